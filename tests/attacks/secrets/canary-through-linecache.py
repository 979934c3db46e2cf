# A helper of tracebacks that reads any file.
# verdicts: RTE WA

import linecache


def solve(n):
    return linecache.getline("__CANARY__", 1)
