# Catches MemoryError and goes on.
# verdicts: MLE TLE WA RTE

def solve(n):
    held = []
    while True:
        try:
            held.append(bytearray(50_000_000))
        except MemoryError:
            pass
