# Reads standard input, which nobody will ever write.
# verdicts: WA RTE TLE

def solve(n):
    return int(input())
