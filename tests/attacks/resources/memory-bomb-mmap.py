# Anonymous mappings, touched page by page.
# verdicts: MLE RTE

import mmap


def solve(n):
    held = []
    while True:
        block = mmap.mmap(-1, 64 << 20)
        for at in range(0, 64 << 20, 4096):
            block[at] = 1
        held.append(block)
