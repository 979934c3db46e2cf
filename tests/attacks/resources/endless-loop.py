# Never comes back.
# verdicts: TLE

def solve(n):
    while True:
        pass
