# Reads the machine's accounts.
# verdicts: RTE WA

def solve(n):
    found = open("/etc/passwd").read()
    print("ESCAPED:", found[:40])
    return found
