# Leaves a changed root the classic way.
# verdicts: RTE WA AC

import os


def solve(n):
    os.chroot("/tmp")
    print("ESCAPED: chroot")
    return n * n
