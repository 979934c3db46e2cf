# Takes another identity.
# verdicts: RTE WA AC

import os


def solve(n):
    me = os.getuid()
    for action in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0), lambda: os.setgroups([0])):
        try:
            action()
        except OSError:
            continue
        if me != 0:
            print("ESCAPED: changed identity")
    return n * n
