# Leaves its memory behind as a file.
# verdicts: RTE

import ctypes


def solve(n):
    ctypes.string_at(0)
