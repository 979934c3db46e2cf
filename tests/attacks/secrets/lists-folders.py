# Looks around.
# verdicts: RTE WA

import os


def solve(n):
    for folder in ("__DIR__", "/home", "/root", "/etc", "/work", "/proc"):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        if folder == "__DIR__" or "passwd" in names or "self" in names:
            print("ESCAPED: listed", folder)
    return 0
