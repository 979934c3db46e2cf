# Calls home.
# verdicts: RTE WA

import socket


def solve(n):
    connection = socket.create_connection(("127.0.0.1", __PORT__), timeout=1)
    print("ESCAPED: connected")
    connection.send(b"hello")
    return n * n
