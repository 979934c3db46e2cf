# Through the C library.
# verdicts: RTE WA AC

import os


def solve(n):
    if os.system("true") == 0:
        print("ESCAPED: a shell ran")
    return n * n
