# Writes noise on every descriptor.
# verdicts: WA RTE TLE

import os


def solve(n):
    for fd in range(3, 64):
        try:
            os.write(fd, os.urandom(100_000))
        except OSError:
            pass
    return n * n
