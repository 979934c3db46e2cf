# Spoils the builtins.
# verdicts: WA RTE AC

import builtins

builtins.len = lambda thing: 7
builtins.sum = lambda things: 7


def solve(n):
    return n * n
