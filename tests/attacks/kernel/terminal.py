# Types into the terminal of whoever started the bot.
# verdicts: RTE WA AC

import fcntl
import termios


def solve(n):
    for fd in range(3):
        try:
            fcntl.ioctl(fd, termios.TIOCSTI, b"x")
            print("ESCAPED: typed into a terminal")
        except OSError:
            pass
    return n * n
