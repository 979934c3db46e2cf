# Writes its own code through /proc.
# verdicts: RTE WA AC

def solve(n):
    with open("/proc/self/mem", "r+b") as file:
        file.seek(0x400000)
    print("ESCAPED: opened its memory")
    return n * n
