# A datagram.
# verdicts: RTE WA

import socket


def solve(n):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    print("ESCAPED: a datagram socket")
    sender.sendto(b"hello", ("127.0.0.1", __PORT__))
    return n * n
