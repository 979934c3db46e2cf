"""The sandbox as a whole: many jobs, processes that die, people who change their minds, and what must not be seen."""

from __future__ import annotations

import asyncio
import os
import select
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from grader.code.client import Sandbox
from grader.code.job import NoSandboxError, RunLimits, SandboxError
from grader.code.sandbox.probe import probe

from .jobs import calls, job, only

LONG = RunLimits(cpu_s=60, idle_s=60, wall_s=60)
WAITS = "import time\ndef f(x):\n    time.sleep(x)\n    return x"


def descendants(of: int) -> dict[int, str]:
    """The command lines of all processes that come from one, by their ids."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has just ended
    found: dict[int, str] = {}
    generation = {of}
    while generation := {pid for pid, parent in parents.items() if parent in generation}:
        for pid in generation:
            try:
                found[pid] = Path(f"/proc/{pid}/cmdline").read_text()
            except OSError:
                continue
    return found


def kill(part: str) -> None:
    """Kills the processes of this one whose command line has that part."""
    for pid in [pid for pid, line in descendants(os.getpid()).items() if part in line]:
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(pid, signal.SIGKILL)


def skip_without(tier: int) -> None:
    offered = probe().tier
    if offered is None or tier < offered:
        pytest.skip(f"this machine does not offer tier {tier}")


def once(act: Callable[[], object]) -> Callable[[int], None]:
    """A progress callback that acts the first time it is called."""
    waiting = [act]

    def progress(_: int) -> None:
        if waiting:
            waiting.pop()()

    return progress


async def test_many_jobs_at_once_get_their_own_answers() -> None:
    async with Sandbox.open(concurrency=3) as sandbox:
        reports = await asyncio.gather(*(sandbox.run(job(f"def f(): return {n}")) for n in range(40)))
    assert [only(report.cases).value for report in reports] == list(range(40))


async def test_waiting_jobs_start_in_the_order_in_which_they_came() -> None:
    order: list[int] = []
    async with Sandbox.open(concurrency=1) as sandbox:

        async def one(n: int) -> None:
            await sandbox.run(job("def f(): pass"))
            order.append(n)

        async with asyncio.TaskGroup() as group:
            for n in range(6):
                group.create_task(one(n))
    assert order == sorted(order)


async def test_progress_counts_the_cases() -> None:
    counted: list[int] = []
    async with Sandbox.open() as sandbox:
        code = "import os, time\ndef f(x): x == 1 and os._exit(0); x == 3 and time.sleep(0.3)"
        await sandbox.run(job(code, *calls(0, 1, 2, 3)), counted.append)
    assert counted == sorted(set(counted))  # cases that are done at once are told together
    assert {2, 3, 4} <= set(counted)


async def test_a_cancelled_job_gives_its_place_free() -> None:
    async with Sandbox.open(concurrency=1) as sandbox:
        begun = asyncio.Event()
        task = asyncio.create_task(sandbox.run(job(WAITS, *calls(0, 50), limits=LONG), once(begun.set)))
        behind = asyncio.create_task(sandbox.run(job(WAITS, *calls(0, 50), limits=LONG)))
        await begun.wait()
        task.cancel()
        behind.cancel()
        async with asyncio.timeout(20):
            assert only((await sandbox.run(job("def f(): return 5"))).cases).value == 5
        assert task.cancelled() or task.cancelling()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("part", ["grader.code.runner", "grader.code.sandbox.zygote"])
async def test_a_job_survives_the_death_of_what_runs_it(part: str) -> None:
    async with Sandbox.open() as sandbox:
        report = await sandbox.run(job(WAITS, *calls(0, 0.2)), once(lambda: kill(part)))
        assert [case.value for case in report.cases] == [0, 0.2]
        assert only((await sandbox.run(job("def f(): return 6"))).cases).value == 6


@pytest.mark.parametrize("part", ["grader.code.runner", "grader.code.sandbox.zygote"])
async def test_a_second_death_is_an_error_of_ours(part: str) -> None:
    async with Sandbox.open() as sandbox:
        with pytest.raises(SandboxError):
            await sandbox.run(job(WAITS, *calls(0, 0.2)), lambda _: kill(part))
        assert only((await sandbox.run(job("def f(): return 7"))).cases).value == 7


@pytest.mark.parametrize("tier", [1, 2, 3])
async def test_nothing_is_left_when_it_is_closed(tier: int) -> None:
    skip_without(tier)
    before = set(descendants(os.getpid()))
    async with Sandbox.open(tier=tier) as sandbox:
        begun = asyncio.Event()
        task = asyncio.create_task(sandbox.run(job(WAITS, *calls(0, 50), limits=LONG), once(begun.set)))
        await begun.wait()
        started = set(descendants(os.getpid())) - before
        assert len(started) >= 3  # runner, zygote, child
        pidfds: list[int] = []
        for pid in started:
            with suppress(ProcessLookupError):  # it has just ended
                pidfds.append(os.pidfd_open(pid))
        task.cancel()
    for pidfd in pidfds:
        assert select.select([pidfd], [], [], 10)[0], "it still lives"
        os.close(pidfd)


async def test_another_hash_seed_gives_other_hashes_and_is_repeatable() -> None:
    asks = job("def f(): return hash('text')")
    async with Sandbox.open() as sandbox:
        warm, again = [only((await sandbox.run(asks)).cases).value for _ in range(2)]
        cold, colder = [
            only((await sandbox.run(job("def f(): return hash('text')", hash_seed=seed))).cases).value
            for seed in (1, 1)
        ]
    assert warm == again != cold == colder


async def test_a_submission_finds_nothing_of_the_bots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "very-secret")
    code = """
import gc, os, sys
def f():
    try:
        proc = open("/proc/self/environ").read() + open(f"/proc/{os.getppid()}/environ").read()
    except OSError:
        proc = ""
    modules = [name for name in sys.modules if name.split(".")[0] in ("grader", "bot", "cogs", "discord")]
    return [dict(os.environ), proc, modules, sys.path]
"""
    async with Sandbox.open() as sandbox:
        case = only((await sandbox.run(job(code))).cases)
    environment, proc, modules, path = case.value
    assert not {"DISCORD_TOKEN", "HOME", "PATH", "USER"} & set(environment)
    assert (proc, modules) == ("", [])
    assert not any((Path(entry) / "grader").is_dir() for entry in path)


async def test_one_submission_leaves_nothing_to_the_next() -> None:
    async with Sandbox.open(concurrency=1) as sandbox:
        leaves = "import builtins, sys, numpy\nbuiltins.mark = numpy.mark = sys.mark = 1\ndef f(): return 1"
        looks = "import builtins, sys, numpy\ndef f(): return [hasattr(m, 'mark') for m in (builtins, sys, numpy)]"
        assert only((await sandbox.run(job(leaves))).cases).value == 1
        assert only((await sandbox.run(job(looks))).cases).value == [False] * 3


async def test_a_tier_that_does_not_keep_its_promises_is_refused() -> None:
    async with Sandbox.open(tier=9) as sandbox:
        with pytest.raises(NoSandboxError, match="reading a file"):
            await sandbox.run(job("def f(): pass"))


async def test_without_walls_only_if_the_owner_allows_it() -> None:
    async with Sandbox.open(tier=9, unsafe=True) as sandbox:
        report = await sandbox.run(job("def f(): return 8"))
        assert sandbox.tier == 0
    assert (report.tier, only(report.cases).value) == (0, 8)


async def test_it_tells_what_it_takes() -> None:
    async with Sandbox.open() as sandbox:
        assert (sandbox.tier, sandbox.memory_mb()) == (None, 0.0)
        assert await sandbox.start() == sandbox.tier == probe().tier
        assert 5 < sandbox.memory_mb() < 60
        assert {"numpy", "pandas", "sklearn"} <= sandbox.modules
        assert "math" not in sandbox.modules


ATTEMPTS = {
    "reads": "open('/etc/passwd').read()",
    "writes": "open('/tmp/mockloop', 'w')",
    "removes": "os.remove('/tmp/mockloop-no-such-file')",
    "connects": "socket.socket().connect(('127.0.0.1', 9))",
    "forks": "os.fork()",
    "executes": "os.execv(sys.executable, ['python'])",
    "signals": "os.kill(os.getppid() or 2, 0)",
    "raises its limits": "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "traces": "ctypes.CDLL(None, use_errno=True).ptrace(0, 0, 0, 0) and (_ for _ in ()).throw(PermissionError)",
}


@pytest.mark.parametrize("tier", [1, 2, 3])
async def test_every_tier_has_its_walls_and_runs_numpy(tier: int) -> None:
    skip_without(tier)
    attempts = "\n".join(f"    def {name.replace(' ', '_')}(): {code}" for name, code in ATTEMPTS.items())
    code = f"""
import ctypes, os, resource, socket, sys
import numpy as np
def f(x):
{attempts}
    done = []
    for name, attempt in list(locals().items()):
        if callable(attempt):
            try:
                attempt()
            except (OSError, ValueError):
                continue
            done.append(name)
    return [done, float(np.linalg.norm([x, 4.0]))]
"""
    async with Sandbox.open(tier=tier) as sandbox:
        report = await sandbox.run(job(code, *calls(3.0)))
    assert (report.tier, only(report.cases).value) == (tier, [[], 5.0])


@pytest.mark.parametrize("tier", [1, 2])
async def test_what_is_imported_late_is_found(tier: int) -> None:
    skip_without(tier)
    code = """
import asyncio, lzma, os, sqlite3, zoneinfo
async def one(): return sqlite3.connect(":memory:").execute("select 1").fetchone()[0]
def f():
    print("seen", file=open(os.devnull, "w"))
    return [asyncio.run(one()), lzma.decompress(lzma.compress(b"x")) == b"x", str(zoneinfo.ZoneInfo("Asia/Tokyo"))]
"""
    async with Sandbox.open(tier=tier) as sandbox:
        report = await sandbox.run(job(code, limits=RunLimits(cpu_s=10)))
    assert only(report.cases).value == [1, True, "Asia/Tokyo"]
