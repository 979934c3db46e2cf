# Looks for what the one before left.
# verdicts: AC

import sys

import numpy as np

if "left_behind" in sys.modules or np.sum([1, 2]) == 42:
    print("ESCAPED: found what another submission left")


def solve(n):
    return n * n
