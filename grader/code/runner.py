"""The runner: a small process between the bot and the sandbox, which starts, feeds, measures and kills what runs there.

It has no token, no database and a clean environment; one thread carries all jobs. It reads frames from standard input
and writes frames to standard output:

    in    {"id", "job", "progress"} · {"cancel": id}
    out   {"tier", "zygotes"} · {"none": reason} · {"id", "done"} · {"id", "report"} · {"id", "error"}

A job waits for a free place, gets a child of a zygote, and is sent the submission and its cases: a few ahead, so that
nobody waits for a message, but each case that is timed alone.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections import deque
from collections.abc import Sequence
from typing import Any, NoReturn, cast

from grader.code import wire
from grader.code.job import RESTARTS, Ending, Json, Setup
from grader.code.sandbox import protocol, syscalls
from grader.code.sandbox.loop import WRITE, Loop
from grader.code.sandbox.process import Budget, Ended, Process, Usage
from grader.code.sandbox.server import Kind, Setting, ZygoteServer

INPUT, OUTPUT = 0, 1
JOB_BYTES = 256 * 1024 * 1024
READ_BYTES = 1024 * 1024
SHARE_OF_A_RESTART = 0.25
"""Of a job's time, what each new process gets at least, so that one case that hangs does not hide the others."""
JOBS_OF_A_ZYGOTE = 2000
AHEAD = 16
AHEAD_BYTES = 64 * 1024
"""How many cases are sent ahead of their answers, and how large they may be together."""
COLD_ZYGOTE_S = 10.0
"""How long a zygote with another hash seed is kept without work."""
OUTPUT_CHARACTERS = 2000
TEXT_CHARACTERS = 500
FRAMES = 20

REQUEST = ("code", "entry", "fixtures", "needs", "forbid", "seed")
"""What a child is told of a job at first."""

_LIBRARIES = re.compile(
    rb'(?:import|from) +(?:pandas|scipy|sklearn|matplotlib)|\bpd\.|"action":"figure"|'
    rb'"\$(?:dataframe|series|index|pandasarray|timestamp|pandastimedelta|period|interval|na)"'
)
"""Where a job mentions one of these, it gets a zygote that has all libraries."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


def clean(text: object, limit: int = TEXT_CHARACTERS) -> str:
    """Text of a submission, cut, without escape sequences, control and invisible characters and lone surrogates."""
    if not isinstance(text, str):
        return ""
    text = _ESCAPES.sub("", text[: 4 * limit]).replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub("", text)[:limit]


class _Run:
    """One job: its cases, in one process or, when that dies on the way, in a few."""

    def __init__(self, runner: Runner, number: int, job: dict[str, Any], kind: Kind, *, progress: bool) -> None:
        self.number = number
        self.kind = kind
        self.cancelled = False
        self._runner = runner
        self._job = job
        self._progress = progress
        self._unlucky = False
        self._process: Process | None = None
        self._forget()

    def _forget(self) -> None:
        self._setup: dict[str, Json] | None = None
        """What loading gave, the first time."""
        self._cases: list[dict[str, Json]] = []
        self._restarts = 0
        self._cpu_s = self._wall_s = self._memory_mb = 0.0
        self._output = bytearray()

    def start(self, server: ZygoteServer) -> None:
        """Begins, or goes on, in a new process."""
        job, limits = self._job, self._job["limits"]
        share = SHARE_OF_A_RESTART if self._restarts else 1.0
        budget = Budget(
            cpu_s=max(limits["cpu_s"] - self._cpu_s, share * limits["cpu_s"]),
            idle_s=limits["idle_s"],
            wall_s=max(limits["wall_s"] - self._wall_s, share * limits["wall_s"]),
            memory=limits["memory_mb"] * 2**20,
            output=limits["output_bytes"],
            frame=limits["result_bytes"] + protocol.PICTURE,
        )
        self._server = server
        self._loaded = False
        self._sent = len(self._cases)
        self._alone = False
        """Whether the case that runs has the process for itself."""
        self._process = server.take(budget, self)
        request = {name: job[name] for name in REQUEST}
        submission = wire.pack({**request, "result_bytes": limits["result_bytes"]})
        self._process.ask([submission, *self._next_cases()])

    def _next_cases(self) -> list[bytes]:
        """The frames of the cases to ask now, which are none while a timed one runs."""
        cases = self._job["cases"]
        frames: list[bytes] = []
        size = 0
        while self._sent < len(cases) and self._sent - len(self._cases) < AHEAD:
            timed = cases[self._sent]["repeat"] > 1
            if self._alone or (timed and self._sent > len(self._cases)):
                break
            frame = wire.pack(cases[self._sent])
            size += len(frame)
            if size > AHEAD_BYTES and self._sent > len(self._cases):
                break
            frames.append(frame)
            self._sent += 1
            self._alone = timed
        return frames

    def cancel(self) -> None:
        """Ends it without a report."""
        self.cancelled = True
        if self._process is not None:
            self._process.stop(Ending.NOT_RUN)

    def fail(self, reason: str) -> None:
        """Something of ours went wrong: begins again, or gives up the second time."""
        if self._unlucky:
            self._runner.finish(self, {"error": reason})
        else:
            self._unlucky = True
            self._forget()
            self._runner.queue_again(self)

    def make_do(self) -> None:
        """There is no zygote of its kind: begins in one without the large libraries, which are then imported late."""
        if self.kind.everything:
            self.kind = self.kind._replace(everything=False)
            self._runner.queue_again(self)
        else:
            self.fail("the sandbox could not be started")

    # What the process says

    def printed(self, data: bytes) -> None:
        self._output += data[: max(0, 4 * OUTPUT_CHARACTERS - len(self._output))]

    def replied(self, replies: Sequence[Json], usage: Usage) -> None:
        before = len(self._cases)
        for reply, used in zip(replies, _shares(replies, usage), strict=True):
            if not isinstance(reply, dict):
                raise wire.FrameError("a reply is an object")
            told = cast("dict[str, Json]", reply)
            if self._loaded:
                self._cases.append(_case_of_reply(told, used, self._job["cases"][len(self._cases)]))
                self._alone = False
            elif not self._load(told):
                return self._finish_process()
        if len(self._cases) > before:
            self._tell_progress()
        if len(self._cases) == len(self._job["cases"]):
            return self._finish_process()
        assert self._process is not None
        return self._process.ask(self._next_cases())

    def _load(self, reply: dict[str, Json]) -> bool:
        """Takes the answer to the submission; whether it can run."""
        self._loaded = True
        setup = _setup_of_reply(reply)
        if self._setup is None:
            self._setup = setup
        return setup["setup"] is Setup.READY

    def _finish_process(self) -> None:
        assert self._process is not None
        self._process.finish()

    def _tell_progress(self) -> None:
        if self._progress:
            self._runner.tell({"id": self.number, "done": len(self._cases)})

    def ended(self, end: Ended) -> None:
        self._process = None
        server = self._server
        self._answer(end)
        server.settle()

    def _answer(self, end: Ended) -> None:
        """Reports, or goes on with what is left."""
        if self.cancelled:
            return self._runner.finish(self, None)
        if end.ending is None:
            self._runner.distrust(self._server)
            return self.fail(end.detail)
        self._cpu_s += end.cpu_s
        self._wall_s += end.wall_s
        self._memory_mb = max(self._memory_mb, (end.peak_kb - self._server.base_kb) / 1024)
        total = len(self._job["cases"])
        if end.ending is not Ending.VALUE:
            if self._setup is None:
                self._setup = {"setup": Setup.STOPPED, "ending": end.ending, "detail": end.detail}
            elif self._loaded:
                self._cases.append(_case(end.ending, end.last, detail=end.detail))
                self._tell_progress()
                if len(self._cases) < total and self._job["keep_going"] and self._restarts < RESTARTS:
                    self._restarts += 1
                    return self._runner.go_on(self)
        self._cases += [_case(Ending.NOT_RUN) for _ in range(total - len(self._cases))]
        return self._runner.finish(self, {"report": self._report()})

    def _report(self) -> dict[str, Json]:
        assert self._setup is not None
        ready = self._setup["setup"] is Setup.READY
        return {
            **self._setup,
            "cases": self._cases if ready else [],
            "cpu_s": self._cpu_s,
            "wall_s": self._wall_s,
            "memory_mb": max(0.0, self._memory_mb),
            "output": clean(self._output.decode(errors="replace"), OUTPUT_CHARACTERS),
            "tier": self._server.tier,
        }


# What a child says is checked field by field


def _said_s(reply: Json) -> float:
    match reply:
        case {"used_s": float(used)} if used > 0:
            return used
        case _:
            return 0.0


def _shares(replies: Sequence[Json], usage: Usage) -> list[Usage]:
    """What each of some replies that came together has used. How they share it, only the process can say."""
    if len(replies) == 1:
        return [usage]
    said = [_said_s(reply) for reply in replies]
    whole = sum(said)
    parts = [part / whole for part in said] if 0 < whole < float("inf") else [1 / len(said)] * len(said)
    return [Usage(usage.cpu_s * part, usage.wall_s * part) for part in parts]


def _setup_of_reply(reply: dict[str, Json]) -> dict[str, Json]:
    match reply:
        case {"setup": "ready"}:
            return {"setup": Setup.READY}
        case {"setup": "syntax" | "raised" as name, "raised": raised}:
            return {"setup": Setup(name), "raised": _raised(raised)}
        case {"setup": "forbidden" | "no-entry" as name, "detail": detail}:
            return {"setup": Setup(name), "detail": clean(detail)}
        case {"setup": "stopped", "ending": "memory"}:
            return {"setup": Setup.STOPPED, "ending": Ending.MEMORY}
        case _:
            raise wire.FrameError("not a reply to a submission")


def _case_of_reply(reply: dict[str, Json], usage: Usage, asked: dict[str, Json]) -> dict[str, Json]:
    match reply:
        case {"ending": "value", "value": value}:
            fastest = reply.get("cpu_s")
            if asked["repeat"] > 1:
                # The process says itself how fast it was; it cannot have been much faster than all its runs together.
                mean = usage.cpu_s / asked["repeat"]
                said = fastest if isinstance(fastest, float) else mean
                usage = Usage(said if mean / 2 <= said <= usage.cpu_s else mean, usage.wall_s)
            raised = reply.get("raised")
            return _case(Ending.VALUE, usage, value=value, raised=None if raised is None else _raised(raised))
        case {"ending": "raised", "raised": raised}:
            return _case(Ending.RAISED, usage, raised=_raised(raised))
        case {"ending": "unsupported" | "too-large" as name, "detail": detail}:
            return _case(Ending(name), usage, detail=clean(detail))
        case {"ending": "memory"}:
            return _case(Ending.MEMORY, usage)
        case _:
            raise wire.FrameError("not a reply to a case")


_NOTHING = Usage(0.0, 0.0)


def _case(
    ending: Ending, usage: Usage = _NOTHING, *, value: Json = None, raised: Json = None, detail: str = ""
) -> dict[str, Json]:
    return {"ending": ending, "value": value, "raised": raised, "detail": detail, "cpu_s": usage.cpu_s,
            "wall_s": usage.wall_s}  # fmt: skip


def _raised(told: Json) -> dict[str, Json]:
    match told:
        case {"type": str(kind), "bases": [*bases], "message": str(message), "frames": [*frames]}:
            return {
                "type": clean(kind),
                "bases": [clean(base) for base in bases[:FRAMES]],
                "message": clean(message),
                "frames": [_frame(frame) for frame in frames[-FRAMES:]],
            }
        case _:
            raise wire.FrameError("not an exception")


def _frame(told: Json) -> dict[str, Json]:
    match told:
        case {"line": int(line), "function": function, "text": text}:
            return {"line": line, "function": clean(function), "text": clean(text)}
        case _:
            raise wire.FrameError("not a line of a traceback")


class Runner:
    """All jobs. `setting` says how zygotes are started, `concurrency` how many jobs run at once."""

    def __init__(self, setting: Setting, concurrency: int) -> None:
        self.loop = Loop()
        self._setting = setting
        self._concurrency = concurrency
        self._tier: int | None = None
        self._frames = wire.Frames(JOB_BYTES)
        self._unsent = bytearray()
        self._runs: dict[int, _Run] = {}
        """Every job that is not finished."""
        self._queue: deque[_Run] = deque()
        self._running: set[_Run] = set()
        self._servers: dict[Kind, ZygoteServer] = {}
        self._successors: dict[Kind, ZygoteServer] = {}
        self._without_server: dict[Kind, list[_Run]] = {}
        """Jobs whose zygote is not ready."""

    def serve(self) -> NoReturn:
        os.set_blocking(INPUT, False)
        os.set_blocking(OUTPUT, False)
        self.loop.watch(INPUT, self._read)
        self._server(Kind(everything=False, hash_seed=0))
        self.loop.run()

    def _stop(self) -> NoReturn:
        for server in (*self._servers.values(), *self._successors.values()):
            server.kill()
        sys.exit()

    # The bot

    def _read(self) -> None:
        data = os.read(INPUT, READ_BYTES)
        if not data:
            self._stop()
        for text in self._frames.feed(data):
            message = json.loads(text)
            if "cancel" in message:
                self._cancel(message["cancel"])
            else:
                self._accept(message, text)

    def tell(self, message: dict[str, Json]) -> None:
        self._unsent += wire.pack(message)
        self._write()

    def _write(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(OUTPUT, self._unsent)]
        except BlockingIOError:
            self.loop.watch(OUTPUT, self._write, WRITE)
        except BrokenPipeError:
            self._stop()
        else:
            self.loop.unwatch(OUTPUT)

    # Jobs

    def _accept(self, message: dict[str, Any], text: bytes) -> None:
        job = message["job"]
        everything = job["libraries"]
        if everything is None:
            everything = _LIBRARIES.search(text) is not None
        run = _Run(self, message["id"], job, Kind(everything, job["hash_seed"]), progress=message["progress"])
        self._runs[run.number] = run
        self._queue.append(run)
        self._pump()

    def _cancel(self, number: int) -> None:
        if (run := self._runs.get(number)) is not None:
            run.cancel()
            if run not in self._running:
                self.finish(run, None)

    def queue_again(self, run: _Run) -> None:
        self._running.discard(run)
        self._queue.appendleft(run)
        self._pump()

    def go_on(self, run: _Run) -> None:
        """Gives a job that is running a new process."""
        server = self._server(run.kind)
        if server.tier is None:
            self._running.discard(run)
            self._without_server.setdefault(run.kind, []).append(run)
            self._pump()
        else:
            run.start(server)

    def finish(self, run: _Run, answer: dict[str, Json] | None) -> None:
        """Forgets a job; answers, unless nobody waits."""
        self._runs.pop(run.number, None)
        self._running.discard(run)
        if answer is not None:
            self.tell({"id": run.number, **answer})
        self._pump()
        server = self._servers.get(run.kind)
        if server is not None and run.kind.hash_seed != 0 and not server.busy:
            self.loop.after(COLD_ZYGOTE_S, lambda jobs=server.jobs: self._let_go(server, jobs))

    def _pump(self) -> None:
        while self._queue and len(self._running) < self._concurrency:
            run = self._queue.popleft()
            if run.cancelled:
                continue
            server = self._server(run.kind)
            if server.tier is None:
                self._without_server.setdefault(run.kind, []).append(run)
            else:
                self._running.add(run)
                run.start(server)

    # Zygotes

    def _server(self, kind: Kind) -> ZygoteServer:
        """The zygote for a kind of job, started if there is none; a worn one is given a successor."""
        server = self._servers.get(kind)
        if server is None:
            server = self._servers[kind] = self._new_server(kind)
        elif server.jobs >= JOBS_OF_A_ZYGOTE and kind not in self._successors:
            self._successors[kind] = self._new_server(kind)
        return server

    def _new_server(self, kind: Kind) -> ZygoteServer:
        return ZygoteServer(self.loop, kind, self._setting, self._ready, self._dead)

    def distrust(self, server: ZygoteServer) -> None:
        """Something went wrong in a zygote: another one takes its place."""
        if self._servers.get(server.kind) is server:
            del self._servers[server.kind]
            server.retire()

    def _let_go(self, server: ZygoteServer, jobs: int) -> None:
        if self._servers.get(server.kind) is server and server.jobs == jobs and not server.busy:
            del self._servers[server.kind]
            server.retire()

    def _ready(self, server: ZygoteServer) -> None:
        if self._successors.get(server.kind) is server:
            del self._successors[server.kind]
            old = self._servers.get(server.kind)
            self._servers[server.kind] = server
            if old is not None:
                old.retire()
        self._tier = server.tier
        self._tell_state()
        self._queue.extendleft(reversed(self._without_server.pop(server.kind, [])))
        self._pump()

    def _dead(self, server: ZygoteServer) -> None:
        kind = server.kind
        for servers in (self._servers, self._successors):
            if servers.get(kind) is server:
                del servers[kind]
        if server.tier is None and self._tier is None:
            reasons = "; ".join(f"tier {tier}: {reason}" for tier, reason in server.reasons.items())
            self.tell({"none": reasons or "the sandbox process ended early"})
            self._stop()
        self._tell_state()
        for run in self._without_server.pop(kind, []) if kind not in self._servers else []:
            run.make_do()

    def _tell_state(self) -> None:
        pids = [server.pid for server in self._servers.values() if server.pid is not None]
        self.tell({"tier": self._tier, "zygotes": pids})


def main() -> NoReturn:
    """`sys.argv[1]` is a JSON object: program, paths, tiers, concurrency."""
    config = json.loads(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the zygotes
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)  # they are children of a process that has ended
    setting = Setting(config["program"], tuple(config["paths"]), tuple(config["tiers"]))
    Runner(setting, config["concurrency"]).serve()
