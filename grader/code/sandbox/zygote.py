"""The fork server: has Python's libraries loaded, and forks one locked child for each job.

It is told numbers and handed descriptors; what a job is about it never sees. Descriptor 3 is a SOCK_SEQPACKET socket to
the runner. `FORK` asks for a child; the answers are `FORKED` with a pidfd, or `FAILED`, and later `EXITED`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import zoneinfo
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from grader.code import wire
from grader.code.sandbox import child, landlock, libraries, lockdown, namespaces
from grader.code.sandbox.lockdown import Walls
from grader.code.sandbox.protocol import CONTROL, EXITED, FAILED, FORK, FORKED, LIMITS, NEWS
from grader.code.sandbox.seccomp import Filter

ENDED_EARLY = "the process ended early"
SELF_TEST_S = 20.0
SELF_TEST_MEMORY = 64 * 1024 * 1024
SELF_TEST = """
import ctypes, os, socket

def namespaces():
    if ctypes.CDLL(None).unshare(0x10000000):
        raise OSError

def escapes():
    found = []
    for name, attempt in {
        "reading a file": lambda: open("/etc/passwd").close(),
        "writing a file": lambda: os.close(os.open("/tmp", os.O_TMPFILE | os.O_WRONLY)),
        "a socket": lambda: socket.socket().close(),
        "another process": lambda: os.fork() or os._exit(0),
        "new namespaces": lambda: namespaces(),
        "a signal to others": lambda: os.kill(os.getppid() or -1, 0),
    }.items():
        try:
            attempt()
        except OSError:
            continue
        found.append(name)
    return found
"""


@dataclass(frozen=True)
class Config:
    """How a zygote is started: `json.loads(sys.argv[1])`."""

    everything: bool
    """Whether all libraries are loaded, or only numpy."""
    tiers: list[int]
    """The tiers to try, in this order; 0 is no walls."""
    program: str
    """The directory of this program, which is on the path only until it is loaded."""
    paths: list[str]
    """Where third-party libraries are."""


class _NotHereError(Exception):
    """A tier that this machine does not offer; the message says why."""


def main() -> NoReturn:
    config = Config(**json.loads(sys.argv[1]))
    with contextlib.suppress(OSError):  # forbidden in some containers
        Path("/proc/self/oom_score_adj").write_text("800")  # when memory runs out, the sandbox goes first
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # the runner ignores it
    sys.path += config.paths
    libraries.load(everything=config.everything)
    sys.path.remove(config.program)
    gc.collect()
    reasons: dict[int, str] = {}
    for tier in config.tiers:
        found = attempt(tier)
        if "base_kb" in found:
            _tell({**found, "tier": tier, "reasons": reasons})
            os._exit(0)
        reasons[tier] = found.get("reason", ENDED_EARLY)
    _tell({"reasons": reasons})
    os._exit(1)


def _tell(announcement: dict[str, Any]) -> None:
    with socket.socket(fileno=os.dup(CONTROL)) as control:
        control.send(json.dumps(announcement).encode())


def attempt(tier: int) -> dict[str, Any]:
    """Starts a zygote behind a tier's walls. Its `pid` and `base_kb`, or the `reason` why there is none."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(read)
        _become(tier, write)
    os.close(write)
    with os.fdopen(read) as pipe:
        found: dict[str, Any] = {"pid": process}
        for line in pipe:
            found.update(json.loads(line))
    if tier == 1 or "base_kb" not in found:
        os.waitpid(process, 0)
    return found


def _become(tier: int, report: int) -> NoReturn:
    """Turns this process, or a child of it, into the zygote, and says on `report` how that went."""

    def say(**facts: object) -> None:
        os.write(report, json.dumps(facts).encode() + b"\n")

    try:
        proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        if tier == 1:
            namespaces.isolate(_visible())
            if first := os.fork():
                say(pid=first)
                os._exit(0)
        zygote = Zygote(tier, proc)
        os.close(proc)
        base_kb = zygote.self_test()
    except Exception as error:  # noqa: BLE001 - whatever it is, there is no sandbox of this tier
        say(reason=f"{type(error).__name__}: {error}")
        os._exit(1)
    say(base_kb=base_kb)
    os.close(report)
    zygote.serve()


def _visible() -> list[str]:
    return [*sys.path, *libraries.directories_of_mapped_files(), *libraries.SYSTEM_DIRECTORIES, *zoneinfo.TZPATH]


class Zygote:
    """Forks children behind the walls of one tier. Raises OSError when something of the tier is missing."""

    def __init__(self, tier: int, proc: int) -> None:
        """`proc` is a descriptor of /proc, which may be out of sight already."""
        self._namespace = os.open("self/ns/pid", os.O_RDONLY, dir_fd=proc) if tier == 1 else None
        rules: int | None = None
        if tier in {1, 2}:
            try:
                rules = landlock.ruleset(["/"] if tier == 1 else _visible(), [os.devnull])
            except OSError:
                if tier == 2:
                    raise
        # In tier 1 root is given up already; in tier 3 nothing is read any more, so it does not matter who may.
        is_root = tier > 1 and os.geteuid() == 0
        give_up_root = is_root and (tier == 3 or namespaces.readable_by_anyone(_visible()))
        self._walls = Walls(
            tier=tier,
            filter=Filter(files=tier != 3) if tier > 0 else None,
            rules=rules,
            size=_address_space(proc),
            tasks=0 if tier == 1 else _tasks(proc, namespaces.NOBODY if give_up_root else os.geteuid()),
            give_up_root=give_up_root,
        )
        if tier > 1:  # in tier 1 each child has a user namespace, and with it a bounding set, of its own
            lockdown.drop_bounding_set()
        self._children: dict[int, tuple[int, int]] = {}
        """By pidfd: the runner's number and the pid."""
        child.prepare()
        gc.collect()
        gc.freeze()
        gc.disable()  # a collection would copy pages that all children share

    def spawn(self, sock: int, output: int) -> int:
        """The pid of a new child that serves `sock` and prints to `output`. Raises OSError."""
        if self._namespace is None:
            return os.fork() or self._be_child(sock, output)
        namespaces.unshare(namespaces.NEW_PID)
        try:
            pid = os.fork()
        except OSError:
            namespaces.enter_pid_namespace(self._namespace)
            raise
        if pid == 0:
            self._be_child(sock, output)
        namespaces.enter_pid_namespace(self._namespace)
        return pid

    def _be_child(self, sock: int, output: int) -> NoReturn:
        try:
            lockdown.lock(self._walls, sock, output)
            child.greet()
            if not select.select([lockdown.SOCKET], [], [], 0)[0]:  # else somebody waits already
                child.rehearse()
            child.serve(self._walls)
        except BaseException:  # noqa: BLE001 - nothing may return into the zygote's code
            os._exit(lockdown.NOT_LOCKED)

    def self_test(self) -> int:
        """The resident kB of a child that does nothing; before that, whether the walls stand. Raises _NotHereError."""
        ours, theirs = socket.socketpair()
        output = os.open(os.devnull, os.O_WRONLY)
        with ours, theirs:
            ours.settimeout(SELF_TEST_S)
            pid = self.spawn(theirs.fileno(), output)
            theirs.close()
            os.close(output)
            try:
                found = self._escapes(ours)
            finally:
                os.kill(pid, signal.SIGKILL)
                _, status, usage = os.wait4(pid, 0)
        if found is None:
            raise _NotHereError(f"a locked process does not answer (wait status {status})")
        if found and self._walls.tier > 0:
            raise _NotHereError(f"a locked process can do this: {', '.join(found)}")
        return usage.ru_maxrss

    def _escapes(self, sock: socket.socket) -> list[str] | None:
        request: Any = {"code": SELF_TEST, "entry": "escapes", "fixtures": "", "needs": None, "forbid": [], "seed": 0,
                   "result_bytes": 1000}  # fmt: skip
        case: Any = {"action": "call", "args": [], "kwargs": None, "args_after": [], "repeat": 1}
        replies = wire.Frames(100_000)
        texts: list[bytes] = []
        try:
            limits = LIMITS.pack(SELF_TEST_MEMORY, int(SELF_TEST_S))
            sock.sendall(limits + wire.pack(request) + wire.pack(case))
            while len(texts) < 3:  # locked, loaded, done
                data = sock.recv(10_000)
                if not data:
                    return None
                texts += replies.feed(data)
        except OSError:
            return None
        return wire.unpack(texts[2]).get("value")

    def serve(self) -> NoReturn:
        """Until the runner closes the control socket; then the children die with this process."""
        control = socket.socket(fileno=CONTROL)
        poll = select.poll()
        poll.register(control, select.POLLIN)
        try:
            while True:
                for descriptor, _ in poll.poll():
                    if descriptor == CONTROL:
                        self._obey(control, poll)
                    else:
                        poll.unregister(descriptor)
                        self._bury(descriptor, control)
        except ConnectionError:
            os._exit(0)

    def _obey(self, control: socket.socket, poll: select.poll) -> None:
        order, descriptors, _, _ = socket.recv_fds(control, FORK.size, 2)
        if not order:
            raise ConnectionError
        (number,) = FORK.unpack(order)
        try:
            pid = self.spawn(*descriptors)
        except OSError as error:
            control.send(NEWS.pack(FAILED, number, error.errno or 0, 0, 0))
            return
        finally:
            for passed in descriptors:
                os.close(passed)
        pidfd = os.pidfd_open(pid)
        self._children[pidfd] = number, pid
        poll.register(pidfd, select.POLLIN)
        socket.send_fds(control, [NEWS.pack(FORKED, number, 0, 0, 0)], [pidfd])

    def _bury(self, pidfd: int, control: socket.socket) -> None:
        number, pid = self._children.pop(pidfd)
        os.close(pidfd)
        _, status, usage = os.wait4(pid, 0)
        cpu_us = round((usage.ru_utime + usage.ru_stime) * 1e6)
        control.send(NEWS.pack(EXITED, number, status, cpu_us, usage.ru_maxrss))


def _address_space(proc: int) -> int:
    with os.fdopen(os.open("self/statm", os.O_RDONLY, dir_fd=proc)) as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _tasks(proc: int, user: int) -> int:
    """Processes and threads of a user."""
    total = 0
    for name in filter(str.isdigit, os.listdir(proc)):
        with contextlib.suppress(OSError):  # it may be gone
            if os.stat(name, dir_fd=proc).st_uid == user:
                with os.fdopen(os.open(f"{name}/status", os.O_RDONLY, dir_fd=proc)) as file:
                    total += int(file.read().partition("Threads:")[2].split()[0])
    return total


if __name__ == "__main__":
    main()
