# Nested deeper than any parser likes.
# verdicts: RTE

def solve(n):
    value = []
    for _ in range(100_000):
        value = [value]
    return value
