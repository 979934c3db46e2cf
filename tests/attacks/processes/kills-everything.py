# Signals all that it may.
# verdicts: RTE WA AC TLE

import os
import signal


def solve(n):
    for target in (-1, 0, os.getppid(), __PID__, __PPID__):
        if target in (1, os.getpid()):
            continue
        try:
            os.kill(target, signal.SIGKILL)
            if target not in (0, -1):
                print("ESCAPED: signalled", target)
        except OSError:
            pass
    return n * n
