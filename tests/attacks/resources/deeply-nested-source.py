# Source that is nested deeper than the parser can go.
# verdicts: CE RTE MLE

x = __NESTED__


def solve(n):
    return n * n
