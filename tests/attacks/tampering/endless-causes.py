# A chain of exceptions without end.
# verdicts: WA RTE TLE MLE

def solve(n):
    error = None
    for _ in range(100_000):
        new = ValueError("x")
        new.__cause__ = error
        error = new
    error.__context__ = error
    raise error
