# Source that takes long to compile.
# verdicts: CE RTE TLE MLE

x = ((((((((((1,) * 10,) * 10,) * 10,) * 10,) * 10,) * 10,) * 10,) * 10,) * 10,) * 10
y = {x: x for x in range(10 ** 9)}


def solve(n):
    return n * n
