# Steals the channel on which the next case would come.
# verdicts: TLE RTE

import os


def solve(n):
    for fd in range(3, 64):
        try:
            os.read(fd, 1 << 20)
        except OSError:
            pass
    return n * n
