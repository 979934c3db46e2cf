# Spoils the argument and hopes that it is compared with it.
# verdicts: WA

def solve(n):
    return None
