# Names an exception after the input, and leaves with it as a status.
# verdicts: RTE

import os


def solve(n):
    if n == 3:
        os._exit(n)
    raise type(f"Input{n}", (Exception,), {})
