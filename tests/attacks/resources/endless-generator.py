# A generator without an end.
# verdicts: RTE WA TLE MLE

import itertools


def solve(n):
    return itertools.count()
