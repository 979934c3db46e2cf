# Leaves a file in the working folder.
# verdicts: RTE WA AC

def solve(n):
    with open("left-behind", "w") as file:
        file.write("x")
    print("ESCAPED: wrote a file")
    return n * n
