# Opens devices.
# verdicts: RTE WA AC

import os


def solve(n):
    for name in ("/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/ptmx", "/dev/tty"):
        try:
            os.open(name, os.O_RDWR)
            print("ESCAPED: opened", name)
        except OSError:
            pass
    return n * n
