"""How fast a submission is judged: ours against a cold interpreter and bubblewrap around one, in one run.

    python -m bench.judge [--rounds 100] [--libraries]

All judge the same submission on the same ten cases of a numpy task, from the source text to a verdict. The cold ones
start `python -I -S` with numpy on its path and compare the printed results.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Awaitable, Callable

from grader.code.bundle import Bundle, Case, Group
from grader.code.client import Sandbox
from grader.code.judge import Judge
from questions.code_task import CodeKind, Compare

SUBMISSION = """\
import numpy as np


def standardize(X):
    X = np.asarray(X, dtype=float)
    spread = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
"""
LIBRARIES = "import pandas, scipy.stats, sklearn.preprocessing\n" + SUBMISSION
"""The same, where all libraries are loaded."""
CASES = 10
COLD = """\
import json, sys
sys.path.insert(0, {site!r})
{code}
for X in json.load(sys.stdin):
    print(json.dumps(standardize(X).tolist()))
"""


def inputs() -> list[list[list[float]]]:
    """Ten small tables, the same in every run."""
    return [
        [[float((7 * i + 3 * j + n) % 11), float(i + n)] for j in range(1) for i in range(5 + n)] for n in range(CASES)
    ]


def expected(table: list[list[float]]) -> list[list[float]]:
    columns = list(zip(*table, strict=True))
    means = [statistics.fmean(column) for column in columns]
    spreads = [statistics.pstdev(column) or 1.0 for column in columns]
    return [[(value - m) / s for value, m, s in zip(row, means, spreads, strict=True)] for row in table]


def bundle() -> Bundle:
    cases = tuple(
        Case(id=f"1.{n}", why="random table", args=[table], expected=expected(table))
        for n, table in enumerate(inputs(), 1)
    )
    return Bundle(
        task="bench",
        version=1,
        kind=CodeKind.FUNCTION,
        entry="standardize",
        compare=Compare(),
        groups=(Group("cases", 100, cases),),
        time_s=2.0,
        memory_mb=256,
        result_kb=1024,
        seed=1,
        reference=SUBMISSION,
    ).sealed()


def cold(wrapper: list[str], code: str) -> None:
    """Judges the submission in a fresh interpreter."""
    program = COLD.format(site=sysconfig.get_path("purelib"), code=code)
    found = subprocess.run(
        [*wrapper, sys.executable, "-I", "-S", "-c", program],
        input=json.dumps(inputs()),
        capture_output=True,
        text=True,
        check=True,
        env={"OPENBLAS_NUM_THREADS": "1"},
    )
    for line, table in zip(found.stdout.splitlines(), inputs(), strict=True):
        for got, want in zip(json.loads(line), expected(table), strict=True):
            assert all(abs(a - b) <= 1e-8 + 1e-6 * abs(b) for a, b in zip(got, want, strict=True))


def bubblewrap() -> list[str] | None:
    """The command that wraps the interpreter; None where bubblewrap is not installed or not allowed."""
    found = shutil.which("bwrap")
    if found is None:
        return None
    wrapper = [found, "--ro-bind", "/", "/", "--dev", "/dev", "--unshare-all", "--die-with-parent"]
    works = subprocess.run([*wrapper, "/bin/true"], capture_output=True, check=False).returncode == 0
    return wrapper if works else None


async def timed(run: Callable[[], Awaitable[None]], rounds: int) -> list[float]:
    """Milliseconds of each of `rounds` runs, after three that warm up."""
    taken: list[float] = []
    for number in range(rounds + 3):
        began = time.perf_counter()
        await run()
        if number >= 3:
            taken.append((time.perf_counter() - began) * 1000)
    return taken


async def compare(rounds: int, *, libraries: bool) -> None:
    code = LIBRARIES if libraries else SUBMISSION
    sealed = bundle()
    rows: list[tuple[str, list[float]]] = []
    async with Sandbox.open() as sandbox:
        judge = Judge(sandbox)

        async def ours() -> None:
            verdict = (await judge.judge(sealed, code)).verdict
            assert verdict.accepted, verdict

        taken = await timed(ours, rounds)
        rows.append((f"mockloop, tier {sandbox.tier}", taken))
        memory = sandbox.memory_mb()
        together = max(os.cpu_count() or 1, 1)
        began = time.perf_counter()

        async def many() -> None:
            for _ in range(rounds):
                await ours()

        await asyncio.gather(*(many() for _ in range(together)))
        rate = together * rounds / (time.perf_counter() - began)

    wrappers: list[tuple[str, list[str]]] = [("cold python -I -S", [])]
    if (wrapper := bubblewrap()) is not None:
        wrappers.append(("bubblewrap + cold python", wrapper))
    for name, prefix in wrappers:

        async def fresh(prefix: list[str] = prefix) -> None:
            await asyncio.to_thread(cold, prefix, code)

        rows.append((name, await timed(fresh, max(rounds // 5, 5))))
    base = statistics.median(rows[0][1])
    print(f"one submission, ten cases, {'all libraries' if libraries else 'numpy'}:")
    for name, taken in rows:
        median = statistics.median(taken)
        worst = sorted(taken)[int(len(taken) * 0.95)]
        print(f"  {name:28} median {median:8.2f} ms   95% below {worst:8.2f} ms   {median / base:6.1f} x ours")
    print(f"  {rate:.0f} submissions a second with {together} at once, {rate / together:.0f} a core")
    print(f"  memory of the runner and its warm processes: {memory:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--libraries", action="store_true", help="a submission that needs scikit-learn")
    options = parser.parse_args()
    asyncio.run(compare(options.rounds, libraries=options.libraries))


if __name__ == "__main__":
    main()
