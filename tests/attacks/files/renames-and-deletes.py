# Removes what is not its own.
# verdicts: RTE WA AC

import os
import shutil


def solve(n):
    for action in (
        lambda: os.remove("__CANARY__"),
        lambda: os.rename("__CANARY__", "__CANARY__.moved"),
        lambda: os.truncate("__CANARY__", 0),
        lambda: os.chmod("__CANARY__", 0o777),
        lambda: os.mkdir("__DIR__/made"),
        lambda: os.symlink("/etc", "__DIR__/link"),
        lambda: os.link("__CANARY__", "__DIR__/hard"),
        lambda: os.mkfifo("__DIR__/fifo"),
        lambda: os.utime("__CANARY__", (0, 0)),
        lambda: shutil.rmtree("__DIR__"),
    ):
        try:
            action()
        except (OSError, PermissionError):
            continue
        print("ESCAPED: changed files")
    return n * n
