# Text that cannot be encoded.
# verdicts: WA RTE

def solve(n):
    print("\ud800\udfff")
    return "\ud800"
