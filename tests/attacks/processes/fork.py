# A second process.
# verdicts: RTE WA AC

import os


def solve(n):
    if os.fork() == 0:
        os._exit(0)
    print("ESCAPED: fork")
    return n * n
