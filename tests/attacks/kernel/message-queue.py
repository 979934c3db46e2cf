# A POSIX queue.
# verdicts: RTE WA AC

import ctypes


def solve(n):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(240, b"left-behind", 0o102, 0o666, None) >= 0:
        print("ESCAPED: mq_open")
    return n * n
