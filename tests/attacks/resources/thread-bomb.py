# Threads without end.
# verdicts: RTE TLE MLE WA

import threading
import time


def solve(n):
    while True:
        threading.Thread(target=time.sleep, args=(3600,)).start()
