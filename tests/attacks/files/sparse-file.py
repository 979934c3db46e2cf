# A file of a terabyte that takes no room, yet.
# verdicts: RTE WA AC

import os


def solve(n):
    for folder in ("__DIR__", "/tmp", "/dev/shm", "."):
        try:
            fd = os.open(folder + "/sparse", os.O_CREAT | os.O_RDWR)
        except OSError:
            continue
        print("ESCAPED: made a file in", folder)
        os.ftruncate(fd, 1 << 40)
    return n * n
