# Past Python, straight to the descriptor.
# verdicts: OLE

import os


def solve(n):
    while True:
        os.write(1, b"x" * 65536)
