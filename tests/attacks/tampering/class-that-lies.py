# Says that it is an integer.
# verdicts: WA RTE

class Liar:
    __class__ = int

    def __index__(self):
        return 4

    def __int__(self):
        return 4


def solve(n):
    return Liar()
