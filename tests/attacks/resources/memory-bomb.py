# Takes memory until there is none.
# verdicts: MLE

def solve(n):
    held = []
    while True:
        held.append(bytearray(10_000_000))
