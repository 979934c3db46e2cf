# Makes itself more important.
# verdicts: RTE WA AC

import os


def solve(n):
    for action in (
        lambda: os.nice(-5),
        lambda: os.setpriority(os.PRIO_PROCESS, __PID__, 5),
        lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)),
    ):
        try:
            action()
            print("ESCAPED: changed a priority")
        except OSError:
            pass
    return n * n
