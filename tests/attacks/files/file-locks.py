# Holds a lock that others wait for.
# verdicts: RTE WA AC

import fcntl


def solve(n):
    with open("/dev/null") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        print("ESCAPED: a lock on a shared file")
    return n * n
