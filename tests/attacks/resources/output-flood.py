# Prints without end.
# verdicts: OLE

def solve(n):
    while True:
        print("x" * 1000)
