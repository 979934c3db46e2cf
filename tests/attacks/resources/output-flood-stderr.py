# The same on standard error.
# verdicts: OLE

import sys


def solve(n):
    while True:
        sys.stderr.write("x" * 1000)
