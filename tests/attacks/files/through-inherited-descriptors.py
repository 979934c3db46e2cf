# Uses descriptors that somebody forgot to close.
# verdicts: WA RTE AC

import os


def solve(n):
    for fd in range(4, 256):
        try:
            info = os.fstat(fd)
        except OSError:
            continue
        print("ESCAPED: descriptor", fd, info.st_mode)
    return n * n
