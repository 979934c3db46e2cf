# A handle on another process.
# verdicts: RTE WA AC

import ctypes


def solve(n):
    libc = ctypes.CDLL(None, use_errno=True)
    for pid in (1, __PID__, __PPID__):
        fd = libc.syscall(434, pid, 0)
        if fd >= 0:
            print("ESCAPED: pidfd of", pid)
    return n * n
