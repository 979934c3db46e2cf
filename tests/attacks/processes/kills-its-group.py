# Signals its own group, in which somebody else may be.
# verdicts: RTE WA AC TLE

import os
import signal


def solve(n):
    os.killpg(0, signal.SIGTERM)
    return n * n
