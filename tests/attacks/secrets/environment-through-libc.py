# The same past Python.
# verdicts: RTE WA

import ctypes


def solve(n):
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_char_p
    value = libc.getenv(b"MOCKLOOP_CANARY")
    print(value)
    return str(value)
