# Starts a program.
# verdicts: RTE WA

import subprocess


def solve(n):
    found = subprocess.run(["id"], capture_output=True).stdout
    print("ESCAPED:", found)
    return n * n
