# Makes every clock stand still.
# verdicts: TLE

import time

time.perf_counter = time.monotonic = time.time = time.process_time = lambda: 0.0


def solve(n):
    while True:
        pass
