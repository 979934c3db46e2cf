# Changes the tree of files.
# verdicts: RTE WA AC

import ctypes


def solve(n):
    libc = ctypes.CDLL(None, use_errno=True)
    for action in (
        lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
        lambda: libc.umount2(b"/", 2),
        lambda: libc.syscall(155, b"/", b"/"),
        lambda: libc.syscall(428, -100, b"/", 1),
        lambda: libc.syscall(430, b"tmpfs", 0),
    ):
        if action() >= 0:
            print("ESCAPED: mounts")
    return n * n
