# Stops, so that nobody can wait for it.
# verdicts: TLE RTE AC WA

import os
import signal


def solve(n):
    os.kill(os.getpid(), signal.SIGSTOP)
    return n * n
