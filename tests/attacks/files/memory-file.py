# A file in memory that no limit counts.
# verdicts: RTE WA AC

import os


def solve(n):
    fd = os.memfd_create("bomb")
    print("ESCAPED: memfd")
    os.write(fd, b"x" * 1000)
    return n * n
