# A child that leaves the session and lives on.
# verdicts: RTE WA TLE AC

import os
import time


def solve(n):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                time.sleep(1)
        os._exit(0)
    print("ESCAPED: fork")
    return n * n
