# A name that is in no folder.
# verdicts: RTE WA

import socket


def solve(n):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect("\0__ABSTRACT__")
    print("ESCAPED: connected to an abstract socket")
    return n * n
