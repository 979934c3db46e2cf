# Uses no CPU time, so a CPU limit never ends it.
# verdicts: TLE

import time


def solve(n):
    time.sleep(3600)
