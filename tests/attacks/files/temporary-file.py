# As a library would.
# verdicts: RTE WA AC

import tempfile


def solve(n):
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * 1000)
        print("ESCAPED: a temporary file")
    return n * n
