# Changes a file that it may not.
# verdicts: RTE WA AC

def solve(n):
    with open("__CANARY__", "a") as file:
        file.write("x")
    print("ESCAPED: changed the canary")
