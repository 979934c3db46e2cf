# Opens descriptors until there are none.
# verdicts: RTE WA AC

import os


def solve(n):
    while True:
        os.dup(1)
