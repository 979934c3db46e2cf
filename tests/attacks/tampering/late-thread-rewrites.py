# Changes the answer after it was given.
# verdicts: WA RTE TLE AC

import threading
import time


def solve(n):
    answer = [0]

    def later():
        time.sleep(0.05)
        answer[0] = n * n

    threading.Thread(target=later).start()
    return answer
