# A deadlock with itself.
# verdicts: TLE RTE

import threading


def solve(n):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
