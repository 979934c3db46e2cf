# Looks a name up.
# verdicts: RTE WA

import socket


def solve(n):
    print("ESCAPED:", socket.gethostbyname("example.org"))
    return n * n
