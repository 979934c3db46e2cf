# A service on this machine.
# verdicts: RTE WA

import socket


def solve(n):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect("__SOCKET__")
    print("ESCAPED: connected to a local service")
    return n * n
