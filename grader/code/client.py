"""The bot's side of the sandbox: hands jobs to the runner process and awaits their reports."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import pkgutil
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Any

from grader.code import wire
from grader.code.job import (
    CaseReport,
    Ending,
    Frame,
    Job,
    Json,
    NoSandboxError,
    Raised,
    Report,
    SandboxError,
    Setup,
)

LARGE = 256 * 1024
"""Bytes of a report that is read in a thread."""
TIERS = (1, 2, 3)
NO_TIER = 0
"""No walls; only if the owner allows it."""
_START = "import sys; sys.path.insert(0, sys.argv[2]); from grader.code.runner import main; main()"
_PROGRAM = str(Path(__file__).parents[2])


class Sandbox:
    """Runs jobs. Open it with `async with Sandbox.open() as sandbox`.

    The runner is started with the first job. If it dies it is started again, and the jobs it had are tried once more.
    """

    def __init__(self, tiers: Sequence[int], concurrency: int) -> None:
        self._tiers = tuple(tiers)
        self._concurrency = concurrency
        self._runner: _Runner | None = None
        self._starting = asyncio.Lock()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, concurrency: int | None = None, *, unsafe: bool = False, tier: int | None = None
    ) -> AsyncGenerator[Sandbox]:
        """`concurrency` jobs run at once (the number of cores), the others wait in order. `unsafe` allows to run jobs
        without walls where there are none to be had. `tier` demands a certain one, for tests."""
        tiers = TIERS if tier is None else (tier,)
        sandbox = cls((*tiers, NO_TIER) if unsafe else tiers, concurrency or os.cpu_count() or 1)
        try:
            yield sandbox
        finally:
            await sandbox._close()

    @property
    def tier(self) -> int | None:
        """1 to 3, as in `grader.code.sandbox`, 0 if there are no walls; None before the first job or `start`."""
        return self._runner.tier if self._runner is not None else None

    @property
    def modules(self) -> frozenset[str]:
        """The third-party modules that are installed where submissions can import them."""
        return frozenset(module.name for module in pkgutil.iter_modules(_library_paths()))

    def memory_mb(self) -> float:
        """What runner and zygotes take, with pages that they share counted once (where the system tells)."""
        if self._runner is None:
            return 0.0
        return sum(_memory_kb(pid) for pid in (self._runner.pid, *self._runner.zygotes)) / 1024

    async def start(self) -> int:
        """Starts the runner if it does not run; the tier. Raises NoSandboxError."""
        return (await self._ready()).tier or NO_TIER

    async def run(self, job: Job, progress: Callable[[int], None] | None = None) -> Report:
        """What became of the job. `progress` is told how many cases are done. Cancelling it kills what runs.

        Raises NoSandboxError where there is no sandbox, and SandboxError if it failed twice.
        """
        for attempt in itertools.count():
            runner = await self._ready()
            try:
                return await runner.run(job, progress)
            except SandboxError:
                if attempt or runner.alive:
                    raise
        raise AssertionError

    async def _ready(self) -> _Runner:
        async with self._starting:
            if self._runner is None or not self._runner.alive:
                self._runner = await _Runner.start(self._tiers, self._concurrency)
            return self._runner

    async def _close(self) -> None:
        if self._runner is not None:
            await self._runner.close()


class _Runner:
    """One runner process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        self.tier: int | None = None
        self.zygotes: tuple[int, ...] = ()
        self.alive = True
        self._process = process
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[asyncio.Future[Report], Callable[[int], None] | None]] = {}
        self._greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, tiers: Sequence[int], concurrency: int) -> _Runner:
        """Raises NoSandboxError."""
        if sys.platform != "linux":
            raise NoSandboxError("code rounds need Linux")
        config = {"program": _PROGRAM, "paths": _library_paths(), "tiers": tiers, "concurrency": concurrency}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", "-B", "-c", _START, json.dumps(config), _PROGRAM,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=_environment(), cwd="/",
            start_new_session=True,
        )  # fmt: skip
        runner = cls(process)
        try:
            await runner._greeted
        except BaseException:
            await runner.close()
            raise
        return runner

    async def run(self, job: Job, progress: Callable[[int], None] | None) -> Report:
        number = next(self._numbers)
        future: asyncio.Future[Report] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future, progress
        try:
            await self._tell({"id": number, "progress": progress is not None, "job": _plain(job)})
            return await future
        except asyncio.CancelledError:
            if self.alive:
                self._send({"cancel": number})
            raise
        finally:
            self._waiting.pop(number, None)

    def _send(self, message: Json) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(wire.pack(message))

    async def _tell(self, message: Json) -> None:
        assert self._process.stdin is not None
        try:
            self._send(message)
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise SandboxError("the sandbox's runner ended") from error

    async def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            while True:
                size = int.from_bytes(await self._process.stdout.readexactly(wire.HEADER), "big")
                text = await self._process.stdout.readexactly(size)
                self._told(await asyncio.to_thread(json.loads, text) if size > LARGE else json.loads(text), size)
        except asyncio.IncompleteReadError:
            pass  # it ended
        finally:
            self.alive = False
            error = SandboxError("the sandbox's runner ended")
            for future in (self._greeted, *(future for future, _ in self._waiting.values())):
                if not future.done():
                    future.set_exception(error)

    def _told(self, message: dict[str, Any], size: int) -> None:
        match message:
            case {"tier": tier, "zygotes": zygotes}:
                self.tier, self.zygotes = tier, tuple(zygotes)
                if not self._greeted.done():
                    self._greeted.set_result(None)
            case {"none": reason}:
                self._greeted.set_exception(NoSandboxError(f"this machine offers no sandbox ({reason})"))
            case {"id": number} if number in self._waiting:
                future, progress = self._waiting[number]
                if future.done():
                    return
                match message:
                    case {"done": done}:
                        if progress is not None:
                            progress(done)
                    case {"report": report}:
                        future.set_result(_report(report, size))
                    case {"error": reason}:
                        future.set_exception(SandboxError(reason))
                    case _:
                        raise AssertionError(message)
            case _:
                pass  # of a job that was cancelled

    async def close(self) -> None:
        """Ends the runner, and with it all that it has started."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading


def _library_paths() -> list[str]:
    return [path for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}]


def _environment() -> dict[str, str]:
    """Nothing of ours, but what the loader may need to find Python's own library."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {"LC_ALL": "C.UTF-8", **kept}


def _memory_kb(pid: int) -> int:
    """The proportional set size, or the resident one where that is not to be seen."""
    process = Path(f"/proc/{pid}")
    try:
        return next(int(line.split()[1]) for line in (process / "smaps_rollup").read_text().splitlines()
                    if line.startswith("Pss:"))  # fmt: skip
    except OSError:
        pass
    try:
        return int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    except OSError:
        return 0


def _plain(job: Job) -> dict[str, Json]:
    """The fields of a job as JSON; its values, which are JSON, are not copied."""
    return {**vars(job), "cases": [vars(case) for case in job.cases], "limits": vars(job.limits)}


def _report(told: dict[str, Any], size: int) -> Report:
    parts: dict[str, Any] = {
        **told,
        "setup": Setup(told["setup"]),
        "cases": tuple(_case(case) for case in told["cases"]),
        "raised": _raised(told.get("raised")),
        "size": size,
        "ending": None if told.get("ending") is None else Ending(told["ending"]),
    }
    return Report(**parts)


def _case(told: dict[str, Any]) -> CaseReport:
    parts: dict[str, Any] = {**told, "ending": Ending(told["ending"]), "raised": _raised(told["raised"])}
    return CaseReport(**parts)


def _raised(told: Json) -> Raised | None:
    if told is None:
        return None
    frames = tuple(Frame(**frame) for frame in told["frames"])
    return Raised(told["type"], tuple(told["bases"]), told["message"], frames)
