# One allocation larger than the machine.
# verdicts: MLE

def solve(n):
    return len(bytearray(1 << 42))
