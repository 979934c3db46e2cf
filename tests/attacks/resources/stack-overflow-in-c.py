# A fault in C code.
# verdicts: RTE MLE TLE

import sys

sys.setrecursionlimit(1 << 30)


def solve(n):
    value = ()
    for _ in range(3_000_000):
        value = (value,)
    return hash(value)
