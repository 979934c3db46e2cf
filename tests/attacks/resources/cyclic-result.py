# A list that holds itself.
# verdicts: RTE

def solve(n):
    value = []
    value.append(value)
    return value
