# An exception with a message of a hundred megabytes.
# verdicts: WA RTE

def solve(n):
    raise ValueError("x" * 100_000_000)
