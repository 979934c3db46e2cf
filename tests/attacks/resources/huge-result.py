# A result of a hundred megabytes.
# verdicts: RTE MLE

def solve(n):
    return "x" * 100_000_000
