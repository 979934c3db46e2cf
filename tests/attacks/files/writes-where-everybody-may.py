# Leaves a file in folders that anybody may write.
# verdicts: RTE WA AC

def solve(n):
    for folder in ("__DIR__", "/tmp", "/var/tmp", "/dev/shm", "/run"):
        try:
            with open(folder + "/left-behind", "w") as file:
                file.write("x")
            print("ESCAPED: wrote to", folder)
        except OSError:
            pass
    return n * n
