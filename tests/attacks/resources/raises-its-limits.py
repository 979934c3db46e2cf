# Tries to lift the limits first.
# verdicts: TLE MLE

import resource

for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE):
    try:
        resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print("ESCAPED: a limit was lifted")
    except (OSError, ValueError):
        pass


def solve(n):
    while True:
        pass
