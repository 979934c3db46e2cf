# An exception whose class lies about its name.
# verdicts: WA RTE

class Meta(type):
    __name__ = property(lambda cls: 1 / 0)
    __mro__ = property(lambda cls: 1 / 0)

    def __instancecheck__(cls, other):
        return True


class Hostile(Exception, metaclass=Meta):
    pass


def solve(n):
    raise Hostile("x")
