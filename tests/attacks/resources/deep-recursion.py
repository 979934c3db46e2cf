# Until the stack ends.
# verdicts: RTE MLE TLE

import sys

sys.setrecursionlimit(1 << 30)


def solve(n):
    return solve(n + 1)
