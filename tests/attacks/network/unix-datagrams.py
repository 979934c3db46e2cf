# Points one end of a pair of datagram sockets at a service of the machine.
# verdicts: AC RTE WA

import socket


def solve(n):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        for address in ("__DATAGRAMS__", "\0__ABSTRACT__-datagrams"):
            try:
                one, _ = socket.socketpair(socket.AF_UNIX, kind)
                one.sendto(b"hello", address)
                print("ESCAPED: sent to", address)
            except OSError:
                pass
    return n * n
