"""Hostile submissions, one a file, against every tier that this kernel offers; `make attacks` runs them.

Each file says in its head what it tries and which verdicts are acceptable. It prints `ESCAPED` when it has got
something that it must not have. Besides, evidence is looked for from outside: a canary (in a file, in the bot's
environment) that must not come out, folders that must stay as they are, a server that must not be called, a bystander
that must not be touched, processes that must not stay, and the next submission, which must be judged right.

Names in capitals between underscores stand for paths, ports and process ids, which the attacker is told.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import secrets
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from grader.code.bundle import Bundle, Case, Group
from grader.code.client import Sandbox
from grader.code.judge import Judge
from grader.code.sandbox.probe import probe
from grader.code.verdict import Code, CodeVerdict
from questions.code_task import CodeKind, Compare

pytestmark = [pytest.mark.attack, pytest.mark.timeout(300)]

FOLDER = Path(__file__).parent
ATTACKS = sorted(path for path in FOLDER.glob("*/*.py"))
SOURCES = {path: path.read_text() for path in ATTACKS}
TIERS = (1, 2, 3)
SHARED_FOLDERS = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))
RIGHT = "VERY_PRIVATE_SOLUTION = 1\n\n\ndef solve(n):\n    return n * n\n"
LOOKING_BACK = SOURCES[FOLDER / "persistence" / "finds-what-was-left.py"]
LEFT = ("left-behind", "sparse")
SPARE = 1
"""A warm process holds a child ready; not always the same number of them."""
SLOWEST_S = 40.0
"""Wall time of the slowest attack, restarts and a busy machine included."""


@dataclass
class World:
    """What an attacker could reach, and what shows that it did."""

    token: str
    folder: Path
    canary: Path
    bystander: subprocess.Popen[bytes]
    servers: tuple[socket.socket, ...]
    listeners: tuple[socket.socket, ...]
    """For datagrams."""
    names: dict[str, str] = field(default_factory=dict[str, str])

    def evidence(self) -> list[str]:
        """What an attack has left or touched."""
        found: list[str] = []
        if self.canary.read_text() != self.token or stat.S_IMODE(self.canary.stat().st_mode) != 0o644:
            found.append("the canary file was changed")
        if sorted(path.name for path in self.folder.iterdir()) != ["canary", "datagrams", "open", "service"]:
            found.append("the folder was changed")
        if list((self.folder / "open").iterdir()):
            found.append("a file was made in the open folder")
        if self.bystander.poll() is not None:
            found.append("a bystander was killed")
        for called in (*(s.accept for s in self.servers), *(s.recv for s in self.listeners)):
            try:
                called(*(() if called.__name__ == "accept" else (100,)))
            except BlockingIOError:
                continue
            found.append("a server was called")
        return found


@contextmanager
def world(folder: Path) -> Generator[World]:
    token = f"canary-{secrets.token_hex(12)}"
    folder.chmod(0o755)
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    canary = folder / "canary"
    canary.write_text(token)
    canary.chmod(0o644)
    with ExitStack() as stack:
        bystander = stack.enter_context(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100000)"]))
        stack.callback(bystander.kill)
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(str(folder / "service"))
        (folder / "service").chmod(0o777)
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0{token[-8:]}")
        for server in (tcp, unix, abstract):
            server.listen()
            server.setblocking(False)
        datagrams = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        datagrams.bind(str(folder / "datagrams"))
        (folder / "datagrams").chmod(0o777)
        hidden = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        hidden.bind(f"\0{token[-8:]}-datagrams")
        for listener in (datagrams, hidden):
            listener.setblocking(False)
        names = {
            "DATAGRAMS": str(folder / "datagrams"),
            "CANARY": str(canary),
            "DIR": str(folder / "open"),
            "PID": str(bystander.pid),
            "PPID": str(os.getpid()),
            "PORT": str(tcp.getsockname()[1]),
            "SOCKET": str(folder / "service"),
            "ABSTRACT": token[-8:],
            "NESTED": "(" * 5000 + "1" + ")" * 5000,
        }
        yield World(token, folder, canary, bystander, (tcp, unix, abstract), (datagrams, hidden), names)


def bundle() -> Bundle:
    cases = tuple(Case(id=f"1.{n}", why="a square", args=[n], expected=n * n) for n in (2, 3, 4))
    return Bundle(
        task="square",
        version=1,
        kind=CodeKind.FUNCTION,
        entry="solve",
        compare=Compare(),
        groups=(Group("cases", 100, cases, sample=True),),  # what samples print is told
        time_s=1.0,
        memory_mb=256,
        result_kb=1024,
        seed=1,
        reference=RIGHT,
    ).sealed()


def left_behind() -> list[str]:
    """What the attacks on files would leave where anybody may write."""
    return [str(folder / name) for folder in SHARED_FOLDERS for name in LEFT if (folder / name).exists()]


def everything(verdict: CodeVerdict) -> str:
    return json.dumps(dataclasses.asdict(verdict), default=str, ensure_ascii=False)


@dataclass
class Arena:
    tier: int
    judge: Judge
    world: World
    processes: int


def children() -> int:
    """How many processes come from this one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has just ended
    found: set[int] = set()
    generation = {os.getpid()}
    while generation:
        generation = {pid for pid, parent in parents.items() if parent in generation} - found
        found |= generation
    return len(found)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=TIERS, ids=lambda tier: f"tier{tier}")
async def arena(request: pytest.FixtureRequest) -> AsyncGenerator[Arena]:
    tier: int = request.param
    offered = probe().tier
    if offered is None or tier < offered:
        pytest.skip(f"this kernel does not offer tier {tier}")
    with ExitStack() as stack:
        # Not in the tests' own folder: that may lie in memory, where a sandbox may see nothing anyway.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "world"
        folder.mkdir()
        around = stack.enter_context(world(folder))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("MOCKLOOP_CANARY", around.token)
        patch.setenv("DISCORD_TOKEN", around.token)
        before = children()
        async with Sandbox.open(concurrency=2, tier=tier) as sandbox:
            judge = Judge(sandbox)
            assert (await judge.judge(bundle(), RIGHT)).verdict.tier == tier
            # Both warm processes, so that they are not counted as left behind later.
            await judge.judge(bundle(), "import sklearn\n" + RIGHT)
            counts: list[int] = []
            for _ in range(10):
                await asyncio.sleep(0.1)  # each warm process soon holds a spare child ready
                counts.append(children())
            yield Arena(tier, judge, around, max(counts))
        for _ in range(100):
            if children() <= before:
                break
            await asyncio.sleep(0.05)
        assert children() <= before


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_an_attack_gets_nothing(arena: Arena, path: Path) -> None:
    text = SOURCES[path]
    allowed = set(re.findall(r"[A-Z]+", text.splitlines()[1].removeprefix("# verdicts:")))
    assert allowed <= set(Code), path
    for name, value in arena.world.names.items():
        text = text.replace(f"__{name}__", value)
    began = time.perf_counter()
    verdict = (await arena.judge.judge(bundle(), text)).verdict
    took = time.perf_counter() - began
    shown = everything(verdict)
    found = arena.world.evidence()
    if arena.world.token in shown:
        found.append("the canary came out")
    if "ESCAPED" in verdict.output:
        found.append("it got what it must not have")
    if made := left_behind():
        found.append(f"files were left: {made}")
    if took > SLOWEST_S:
        found.append(f"it took {took:.0f} s")
    if verdict.tier != arena.tier:
        found.append(f"it ran in tier {verdict.tier}")
    assert not found, (found, shown[:3000])
    assert verdict.code.value in allowed, shown[:3000]
    for innocent in (RIGHT, LOOKING_BACK):
        after = (await arena.judge.judge(bundle(), innocent)).verdict
        assert after.code is Code.AC, everything(after)[:2000]
        assert "ESCAPED" not in after.output
    count = children()
    for _ in range(100):
        if count <= arena.processes + SPARE:
            break
        await asyncio.sleep(0.05)  # a killed process takes a moment to be gone
        count = children()
    assert count <= arena.processes + SPARE
