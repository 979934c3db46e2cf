# An array with methods of its own.
# verdicts: WA RTE

import numpy as np


class Liar(np.ndarray):
    def tolist(self):
        return 4

    def __array__(self, *args, **kwargs):
        return np.array(4)

    def tobytes(self, *args):
        return b"\x04"


def solve(n):
    return np.zeros(()).view(Liar)
