# Programs and probes inside the kernel.
# verdicts: RTE WA AC

import ctypes


def solve(n):
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = (ctypes.c_uint32 * 32)(1, 128)
    if libc.syscall(321, 0, attributes, 128) >= 0:
        print("ESCAPED: bpf")
    if libc.syscall(298, attributes, 0, -1, -1, 0) >= 0:
        print("ESCAPED: perf_event_open")
    return n * n
