# Runs a program that is no file.
# verdicts: RTE WA AC

import os


def solve(n):
    fd = os.memfd_create("program")
    os.write(fd, b"#!/bin/sh\necho ESCAPED\n")
    os.execve(fd, ["program"], {})
