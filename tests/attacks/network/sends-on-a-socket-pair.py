# Sends a descriptor to itself, which is harmless.
# verdicts: AC RTE WA

import array
import socket


def solve(n):
    a, b = socket.socketpair()
    a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [1]))])
    b.recv(1)
    return n * n
