# The classic.
# verdicts: RTE WA TLE MLE

import os


def solve(n):
    while True:
        os.fork()
        print("ESCAPED: fork")
