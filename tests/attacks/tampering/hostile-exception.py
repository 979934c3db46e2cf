# An exception that fights back when it is shown.
# verdicts: WA RTE

class Hostile(Exception):
    def __str__(self):
        raise SystemExit(0)

    def __repr__(self):
        while True:
            pass

    @property
    def args(self):
        raise KeyboardInterrupt


def solve(n):
    raise Hostile
