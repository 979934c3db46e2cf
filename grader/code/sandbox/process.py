"""One child as the runner sees it: asks and answers, output, and the limits, which are all watched from outside."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader.code import wire
from grader.code.job import Ending, Json
from grader.code.sandbox import protocol
from grader.code.sandbox.loop import READ, WRITE, Loop, Timer

CHUNK = 256 * 1024
PROGRESS = 0.01
"""A process is idle if it used less than this share of one core for as long as `idle_s`."""
SHORTEST_CHECK_S = 0.005
ALL_REPLIES = 16 * 1024 * 1024
"""Bytes that a process may answer in all: whoever judges has to go through them."""
START_S = 15.0
"""How long a child may take until it is locked in; a few milliseconds, unless something is very wrong."""


@dataclass(frozen=True)
class Budget:
    """What one process may use."""

    cpu_s: float
    idle_s: float
    wall_s: float
    memory: int
    output: int
    frame: int
    """Bytes: above the zygote's size · of the output · of one reply."""


@dataclass(frozen=True)
class Usage:
    cpu_s: float
    wall_s: float

    def since(self, earlier: Usage) -> Usage:
        return Usage(self.cpu_s - earlier.cpu_s, self.wall_s - earlier.wall_s)


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it used."""

    ending: Ending | None
    """None: it could not be started, or its zygote died; nobody's fault but ours."""
    detail: str
    last: Usage
    """Since the last request."""
    cpu_s: float
    wall_s: float
    """Since it was given the job."""
    peak_kb: int


class Owner(Protocol):
    """Who gave a process its job, and is told what becomes of it."""

    def replied(self, replies: Sequence[Json], usage: Usage) -> None:
        """The next answers to what was asked, and what was used since the last ones. Raises FrameError if one is no
        answer."""
        ...

    def printed(self, data: bytes) -> None: ...

    def ended(self, end: Ended) -> None:
        """Once, after everything else."""
        ...


class Process:
    """A child, forked but idle at first; `begin` gives it a job."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._socket, self.socket_of_child = socket.socketpair()
        self._output, self.output_of_child = os.pipe()
        self._socket.setblocking(False)
        os.set_blocking(self._output, False)
        self._pidfd: int | None = None
        self._pid = 0
        """As this process sees it; 0 before it is forked."""
        self._owner: Owner | None = None
        self._over = False
        self._locked = False
        self._due = 0
        """How many replies are to come."""
        self._stopped: tuple[Ending, str] | None = None
        """Why we killed it, if we did."""
        self._unsent = bytearray()
        self._timer: Timer | None = None
        self._cpu = 0.0
        self._asked_at = self._began = self._moved = self._now()

    @property
    def active(self) -> bool:
        """Whether it has a job that is not over."""
        return self._owner is not None and not self._over

    def begin(self, budget: Budget, owner: Owner) -> None:
        """Its limits, which it makes its own, and whom to tell."""
        self._budget = budget
        self._owner = owner
        self._frames = wire.Frames(budget.frame)
        self._output_left = budget.output
        self._replies_left = ALL_REPLIES
        # The kernel's own limit on time is for the case that we do not come to it.
        limits = protocol.LIMITS.pack(budget.memory, int(budget.cpu_s) + 2)
        self._loop.watch(self._socket.fileno(), self._readable)
        self._loop.watch(self._output, self._read_output)
        self._readable()
        if self._locked:
            self._unsent += limits
        else:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the zygote will say how it went
                self._socket.send(limits)  # it sees that somebody waits
            self._timer = self._loop.after(START_S, self._not_started)

    # What is said to it

    def ask(self, frames: Sequence[bytes]) -> None:
        """Sends packed frames; as many come back, in the same order."""
        if not self._due:
            self._asked_at = self._now()
        self._due += len(frames)
        self._unsent += b"".join(frames)
        self._write()
        if self._timer is None:
            self._check()

    def _not_started(self) -> None:
        self._kill()
        self.lost("the process did not start in time")

    def stop(self, ending: Ending, detail: str = "") -> None:
        """Kills it; `ended` follows when it is dead."""
        if self._stopped is None:
            self._stopped = ending, detail
        self._kill()

    def finish(self) -> None:
        """All is asked and answered: kills it, without waiting for its death where what it used can be seen before."""
        try:
            peak_kb = self._peak_kb()
        except (OSError, ValueError):
            return self.stop(Ending.VALUE)
        return self._end(Ending.VALUE, "", peak_kb)

    def _kill(self) -> None:
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _peak_kb(self) -> int:
        status = Path(f"/proc/{self._pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0])

    def _write(self) -> None:
        if not self._locked:
            return  # its time begins when it is locked in, and so it must not have begun before
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            self._loop.watch(self._socket.fileno(), self._readable_or_writable, READ | WRITE)
            return
        except (BrokenPipeError, ConnectionResetError):
            self._unsent.clear()  # it is gone; the zygote will say how
            return

    def _readable_or_writable(self) -> None:
        self._loop.watch(self._socket.fileno(), self._readable)
        self._write()
        self._readable()

    # What it says

    def _readable(self) -> None:
        try:
            data = self._socket.recv(CHUNK)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        if not data:
            self._loop.unwatch(self._socket.fileno())
            return
        self._take(data)

    def _take(self, data: bytes) -> None:
        assert self._owner is not None
        if self._stopped is not None or self._over:
            return None
        texts, broken = self._texts(data)
        if texts and not self._locked:
            self._locked = True
            self._begin()
            texts.pop(0)
            if self._due:
                self._write()
        self._replies_left -= sum(map(len, texts))
        if len(texts) > self._due or (len(texts) == self._due and self._frames.pending):
            broken = wire.FrameError("more than was asked for")
            texts = texts[: max(0, self._due - 1)]
        if texts:
            self._read_output()
        if self._replies_left < 0:
            return self.stop(Ending.TOO_LARGE, f"more than {ALL_REPLIES:,} bytes in all")
        if texts and self._stopped is None:
            broken = self._hand_on(texts) or broken
        if isinstance(broken, wire.FrameTooLargeError):
            return self.stop(Ending.TOO_LARGE, str(broken))
        if broken is not None:
            return self.stop(Ending.PROTOCOL)
        return None

    def _texts(self, data: bytes) -> tuple[list[bytes], wire.FrameError | None]:
        """The frames that are complete now, up to one that is broken, and what is wrong with that."""
        texts: list[bytes] = []
        try:
            texts.extend(self._frames.feed(data))
        except wire.FrameError as error:
            return texts, error
        return texts, None

    def _hand_on(self, texts: Sequence[bytes]) -> wire.FrameError | None:
        """Gives the owner replies, up to one that is broken; what is wrong with that."""
        assert self._owner is not None
        now = self._now()
        usage = now.since(self._asked_at)
        self._asked_at = now
        self._due -= len(texts)
        replies: list[Json] = []
        broken: wire.FrameError | None = None
        try:
            replies.extend(map(wire.unpack, texts))
        except wire.FrameError as error:
            broken = error
        try:
            if replies:
                self._owner.replied(replies, usage)
        except wire.FrameError as error:
            return error
        return broken

    def _read_output(self) -> None:
        """Takes what was printed; more than is allowed ends the process."""
        assert self._owner is not None
        try:
            data = os.read(self._output, CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._loop.unwatch(self._output)
            return
        self._owner.printed(data[: max(0, self._output_left)])
        self._output_left -= len(data)
        if self._output_left < 0:
            self.stop(Ending.OUTPUT)

    # What the zygote says

    def close_ends_of_child(self) -> None:
        """They are the child's now."""
        self.socket_of_child.close()
        os.close(self.output_of_child)

    def forked(self, pidfd: int) -> None:
        if self._over:  # it took too long; the closed socket ends it
            os.close(pidfd)
            return
        self._pidfd = pidfd
        self._pid = _pid(pidfd)
        if self._stopped is not None:
            self._kill()

    def exited(self, status: int, cpu_s: float, peak_kb: int) -> None:
        if self._over:
            return
        self._pid = 0  # another process may get its number
        self._cpu = max(self._cpu, cpu_s)
        if self._owner is None:
            self._close()
            return
        with contextlib.suppress(OSError):  # what it said before it went counts
            while data := self._socket.recv(CHUNK):
                self._take(data)
        if self._over:
            return
        self._read_output()
        if self._stopped is not None:
            self._end(*self._stopped, peak_kb)
        elif self._locked:
            out_of_time = self._cpu - self._began.cpu_s >= self._budget.cpu_s
            self._end(*_death(status, out_of_time=out_of_time), peak_kb)
        else:
            self._end(None, "the process could not be locked in")

    def lost(self, reason: str) -> None:
        """It was never born, or has died with its zygote."""
        if not self._over:
            self._end(None, reason)

    def _end(self, ending: Ending | None, detail: str, peak_kb: int = 0) -> None:
        self._over = True
        if self._owner is not None:
            now = self._now()
            all_in_all = now.since(self._began)
            last = now.since(self._asked_at)
            self._owner.ended(Ended(ending, detail, last, all_in_all.cpu_s, all_in_all.wall_s, peak_kb))
        self._kill()
        self._close()

    # Limits

    def _begin(self) -> None:
        """Its own time starts when it is locked in."""
        if self._timer is not None:
            self._timer.cancel()
        self._began = self._asked_at = self._moved = self._now()
        self._check()

    def _now(self) -> Usage:
        """What both clocks show."""
        if self._pid:
            with contextlib.suppress(OSError):  # it has ended
                self._cpu = time.clock_gettime(_cpu_clock(self._pid))
        return Usage(self._cpu, time.monotonic())

    def _check(self) -> None:
        """Kills it if a limit is reached; else looks again when the first one can be."""
        self._timer = None
        if self._over or self._stopped is not None or not self._locked or not self._due:
            return
        now = self._now()
        if now.cpu_s - self._moved.cpu_s >= PROGRESS * self._budget.idle_s:
            self._moved = now
        cpu_left = self._budget.cpu_s - (now.cpu_s - self._began.cpu_s)
        wall_left = self._budget.wall_s - (now.wall_s - self._began.wall_s)
        idle_since = max(self._moved.wall_s, self._asked_at.wall_s)
        idle_left = self._budget.idle_s - (now.wall_s - idle_since)
        if cpu_left <= 0:
            self.stop(Ending.CPU)
        elif wall_left <= 0:
            self.stop(Ending.WALL)
        elif idle_left <= 0:
            self.stop(Ending.IDLE)
        else:
            soonest = min(cpu_left / (os.cpu_count() or 1), wall_left, idle_left)
            self._timer = self._loop.after(max(SHORTEST_CHECK_S, soonest), self._check)

    def _close(self) -> None:
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        for descriptor in (self._socket.fileno(), self._output):
            self._loop.unwatch(descriptor)
        self._socket.close()
        os.close(self._output)
        if self._pidfd is not None:
            os.close(self._pidfd)


def _pid(pidfd: int) -> int:
    """The number of a process as this process sees it; the zygote may live in another namespace."""
    return int(Path(f"/proc/self/fdinfo/{pidfd}").read_text().partition("Pid:")[2].split()[0])


def _cpu_clock(pid: int) -> int:
    """The clock of the CPU time of all threads of a process: what `clock_getcpuclockid` gives."""
    return (~pid << 3) | 2


def _death(status: int, *, out_of_time: bool) -> tuple[Ending, str]:
    """What a wait status means that we did not bring about."""
    if not os.WIFSIGNALED(status):
        return Ending.CRASHED, f"exit {os.waitstatus_to_exitcode(status)}"
    number = os.WTERMSIG(status)
    if number == signal.SIGXCPU or (number == signal.SIGKILL and out_of_time):
        return Ending.CPU, ""
    if number == signal.SIGKILL:
        return Ending.MEMORY, ""
    return Ending.CRASHED, signal.Signals(number).name
