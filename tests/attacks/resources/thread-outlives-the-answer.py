# Answers, and leaves a busy thread behind.
# verdicts: AC WA RTE TLE

import threading


def spin():
    while True:
        pass


def solve(n):
    threading.Thread(target=spin, daemon=True).start()
    return n * n
