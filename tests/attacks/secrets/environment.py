# Reads the environment of the bot.
# verdicts: RTE WA

import os


def solve(n):
    print(dict(os.environ))
    return dict(os.environ)
