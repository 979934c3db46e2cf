# As a library would.
# verdicts: RTE WA

import urllib.request


def solve(n):
    urllib.request.urlopen("http://127.0.0.1:__PORT__/", timeout=1)
    print("ESCAPED: fetched")
    return n * n
