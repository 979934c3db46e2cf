# The other numbering of the same calls.
# verdicts: RTE WA AC

import ctypes


def solve(n):
    libc = ctypes.CDLL(None, use_errno=True)
    for number in (0x40000000 + 39, 0x40000000 + 41):
        if libc.syscall(number, 2, 1, 0) >= 0:
            print("ESCAPED: an x32 call")
    return n * n
