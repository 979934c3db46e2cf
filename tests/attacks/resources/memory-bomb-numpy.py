# The same through numpy.
# verdicts: MLE

import numpy as np


def solve(n):
    return int(np.ones((1 << 36,), dtype=np.float64).sum())
