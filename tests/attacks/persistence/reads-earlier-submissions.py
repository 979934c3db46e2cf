# Looks through all memory for somebody else's code.
# verdicts: WA RTE AC

import gc


def solve(n):
    for thing in gc.get_objects():
        if type(thing) in (str, bytes, dict, list) and "VERY_PRIVATE_SOLUTION" in str(thing)[:200000]:
            if "gc.get_objects" not in str(thing):
                print("ESCAPED: somebody else's code")
    return n * n
