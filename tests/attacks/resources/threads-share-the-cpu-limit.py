# Many busy threads in numpy, each with its own clock.
# verdicts: TLE MLE RTE

import threading

import numpy as np


def solve(n):
    def work():
        a = np.ones((400, 400))
        while True:
            a @ a

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
