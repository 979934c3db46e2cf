# Becomes another program.
# verdicts: RTE WA CE

import os
import sys


def solve(n):
    os.execv(sys.executable, [sys.executable, "-c", "print('ESCAPED: exec')"])
