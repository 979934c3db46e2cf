# A pool, as a library would make it.
# verdicts: RTE WA TLE AC

import multiprocessing


def square(n):
    return n * n


def solve(n):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print("ESCAPED: a pool")
        return pool.map(square, [n])[0]
