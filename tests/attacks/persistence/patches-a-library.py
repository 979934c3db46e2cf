# Spoils numpy for whoever comes next.
# verdicts: AC WA RTE

import numpy as np

np.sum = lambda *args, **kwargs: 42


def solve(n):
    return n * n
