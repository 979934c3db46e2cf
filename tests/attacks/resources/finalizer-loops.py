# The loop comes when the interpreter ends.
# verdicts: AC TLE RTE

import atexit


@atexit.register
def spin():
    while True:
        pass


def solve(n):
    return n * n
