# Raises what is not an Exception.
# verdicts: WA RTE

def solve(n):
    raise KeyboardInterrupt
