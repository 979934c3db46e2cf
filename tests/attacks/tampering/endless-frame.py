# Announces four gigabytes.
# verdicts: WA RTE TLE MLE OLE

import os


def solve(n):
    for fd in range(3, 64):
        try:
            os.write(fd, b"\xff" * 8)
        except OSError:
            pass
    return n * n
