# Dies by its own hand.
# verdicts: RTE WA AC

import os
import signal


def solve(n):
    os.kill(os.getpid(), signal.SIGKILL)
    os._exit(9)
