# Makes the encoder ask the wrong questions.
# verdicts: WA RTE TLE AC

import builtins

real = type
builtins.type = lambda *args: int if len(args) == 1 else real(*args)
builtins.isinstance = lambda *args: True


class Thing:
    pass


def solve(n):
    return Thing()
