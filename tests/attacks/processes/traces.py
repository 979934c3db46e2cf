# Reads the memory of another process.
# verdicts: RTE WA AC

import ctypes


def solve(n):
    libc = ctypes.CDLL(None, use_errno=True)
    for pid in (__PID__, __PPID__):
        if libc.ptrace(16, pid, 0, 0) == 0:
            print("ESCAPED: ptrace")
        buffer = ctypes.create_string_buffer(64)
        local = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 64)
        remote = (ctypes.c_void_p * 2)(0x400000, 64)
        if libc.syscall(310, pid, local, 1, remote, 1, 0) > 0:
            print("ESCAPED: process_vm_readv")
    return n * n
