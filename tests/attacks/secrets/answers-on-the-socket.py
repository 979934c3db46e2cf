# Looks for them on the channel before they are due.
# verdicts: WA RTE TLE

import os
import select


def solve(n):
    for fd in range(3, 64):
        try:
            ready, _, _ = select.select([fd], [], [], 0)
            if ready:
                print("ESCAPED: data before it is due", os.read(fd, 100))
        except (OSError, ValueError):
            pass
    return -1
