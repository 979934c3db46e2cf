# The other address family.
# verdicts: RTE WA

import socket


def solve(n):
    socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    print("ESCAPED: an IPv6 socket")
    return n * n
