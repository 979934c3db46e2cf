# Closes every descriptor.
# verdicts: RTE WA TLE

import os

os.closerange(0, 256)


def solve(n):
    return n * n
