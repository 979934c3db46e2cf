# A new process by the bare system call.
# verdicts: RTE WA AC

import ctypes


def solve(n):
    libc = ctypes.CDLL(None, use_errno=True)
    for number, flags in ((56, 17), (56, 0x10000000 | 17), (435, 0), (57, 0), (58, 0)):
        pid = libc.syscall(number, flags, 0, 0, 0, 0)
        if pid >= 0:
            print("ESCAPED: clone", number)
            if pid == 0:
                libc.syscall(60, 0)
    return n * n
