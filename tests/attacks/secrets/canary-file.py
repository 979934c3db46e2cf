# Reads a file whose path it knows.
# verdicts: RTE WA

def solve(n):
    return open("__CANARY__").read()
