# Leaves by SystemExit.
# verdicts: WA RTE

import sys


def solve(n):
    sys.exit(0)
