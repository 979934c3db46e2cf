# Backtracks exponentially in C.
# verdicts: TLE

import re


def solve(n):
    return bool(re.match(r"(a+)+$", "a" * 60 + "b"))
