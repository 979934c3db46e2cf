# A result whose decimal form is long.
# verdicts: RTE WA TLE

def solve(n):
    return 10 ** 2_000_000
