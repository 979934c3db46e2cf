# A list that shows something else than it holds.
# verdicts: WA RTE

class Liar(list):
    def __iter__(self):
        return iter(["$exception"])

    def __len__(self):
        return 0


def solve(n):
    return Liar([1, 2, 3])
