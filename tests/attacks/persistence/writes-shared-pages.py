# Writes into memory that it shares with its parent.
# verdicts: AC WA RTE

import ctypes


def solve(n):
    value = 1000003
    ctypes.memset(id(value) + 24, 0, 4)
    return n * n
