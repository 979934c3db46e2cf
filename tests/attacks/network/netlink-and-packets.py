# Talks to the kernel and to the wire.
# verdicts: RTE WA AC

import socket


def solve(n):
    for family, kind in ((socket.AF_NETLINK, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW), (38, 5), (29, 3)):
        try:
            socket.socket(family, kind)
            print("ESCAPED: a socket of family", family)
        except OSError:
            pass
    return n * n
