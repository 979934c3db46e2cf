# An integer that takes for ever.
# verdicts: TLE MLE RTE

def solve(n):
    return 9 ** 9 ** 9
