# The same by the system call.
# verdicts: RTE WA

import os


def solve(n):
    return os.read(os.open("__CANARY__", os.O_RDONLY), 100).decode()
