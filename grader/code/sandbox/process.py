"""One child as the runner sees it: asks and answers, output, and the limits, which are all watched from outside."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.code import wire
from grader.code.job import Ending, Json
from grader.code.sandbox.loop import READ, WRITE, Loop, Timer

CHUNK = 256 * 1024
PROGRESS = 0.01
"""A process is idle if it used less than this share of one core for as long as `idle_s`."""
SHORTEST_CHECK_S = 0.005


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
    """Of all, since it was locked in."""
    peak_kb: int


class Process:
    """Starts with `server.fork(process)`. Calls `replied` for each answer and, when all is over, `ended`."""

    def __init__(
        self,
        loop: Loop,
        budget: Budget,
        replied: Callable[[Json, Usage], None],
        ended: Callable[[Ended], None],
        printed: Callable[[bytes], None],
    ) -> None:
        self._loop = loop
        self._budget = budget
        self._replied, self._ended, self._printed = replied, ended, printed
        self._socket, self.socket_of_child = socket.socketpair()
        self._output, self.output_of_child = os.pipe()
        self._socket.setblocking(False)
        os.set_blocking(self._output, False)
        self._frames = wire.Frames(budget.frame)
        self._unsent = bytearray()
        self._asked = False
        self._locked = False
        self._output_left = budget.output
        self._pidfd: int | None = None
        self._clock = 0
        self._stopped: tuple[Ending, str] | None = None
        """Why we killed it, if we did."""
        self._timer: Timer | None = None
        self._cpu = 0.0
        self._asked_at = Usage(0.0, time.monotonic())
        self._began = self._asked_at
        self._moved = self._asked_at
        loop.watch(self._socket.fileno(), self._readable)
        loop.watch(self._output, self._read_output)

    @property
    def memory(self) -> int:
        return self._budget.memory

    @property
    def cpu_limit_s(self) -> int:
        """The kernel's own limit, should we not come to it."""
        return int(self._budget.cpu_s) + 2

    # What is said to it

    def ask(self, message: bytes) -> None:
        """Sends a packed frame; the next frame that comes back is the reply."""
        self._asked = True
        self._asked_at = Usage(self._cpu_now(), time.monotonic())
        self._unsent += message
        self._write()
        if self._timer is None:
            self._check()

    def stop(self, ending: Ending, detail: str = "") -> None:
        """Kills it; `ended` follows."""
        if self._stopped is None:
            self._stopped = ending, detail
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _write(self) -> None:
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
        if self._stopped is not None:
            return
        try:
            texts = list(self._frames.feed(data))
            if texts and not self._locked:
                self._locked = True
                self._begin()
                texts.pop(0)
            if not texts and (self._asked or not self._frames.pending):
                return
            self._read_output()
            if len(texts) != 1 or self._frames.pending or not self._asked:
                self.stop(Ending.PROTOCOL)
            if self._stopped is None:
                usage = self._usage()
                self._asked = False
                self._replied(wire.unpack(texts[0]), usage)
        except wire.FrameTooLargeError as error:
            self.stop(Ending.TOO_LARGE, str(error))
        except wire.FrameError:
            self.stop(Ending.PROTOCOL)

    def _read_output(self) -> None:
        """Takes what was printed; more than is allowed ends the process."""
        try:
            data = os.read(self._output, CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._loop.unwatch(self._output)
            return
        self._printed(data[: max(0, self._output_left)])
        self._output_left -= len(data)
        if self._output_left < 0:
            self.stop(Ending.OUTPUT)

    # What the zygote says

    def close_ends_of_child(self) -> None:
        """They are the child's now."""
        self.socket_of_child.close()
        os.close(self.output_of_child)

    def forked(self, pidfd: int) -> None:
        self._pidfd = pidfd
        self._clock = _cpu_clock(pidfd)
        if self._stopped is not None:
            self.stop(*self._stopped)

    def exited(self, status: int, cpu_s: float, peak_kb: int) -> None:
        self._cpu = max(self._cpu, cpu_s)
        with contextlib.suppress(OSError):  # what it said before it went counts
            while data := self._socket.recv(CHUNK):
                self._take(data)
        self._read_output()
        self._close()
        if self._stopped is not None:
            ending, detail = self._stopped
        elif self._locked:
            ending, detail = _death(status, out_of_time=self._cpu - self._began.cpu_s >= self._budget.cpu_s)
        else:
            ending, detail = None, "the process could not be locked in"
        self._ended(Ended(ending, detail, self._usage(), self._cpu, time.monotonic() - self._began.wall_s, peak_kb))

    def lost(self, reason: str) -> None:
        """It was never born, or has died with its zygote."""
        self._close()
        self._ended(Ended(None, reason, self._usage(), self._cpu, 0.0, 0))

    # Limits

    def _begin(self) -> None:
        """Its own time starts when it is locked in."""
        self._began = self._asked_at = self._moved = Usage(self._cpu_now(), time.monotonic())
        self._check()

    def _cpu_now(self) -> float:
        if self._clock:
            with contextlib.suppress(OSError):  # it has ended
                self._cpu = time.clock_gettime(self._clock)
        return self._cpu

    def _usage(self) -> Usage:
        return Usage(self._cpu_now() - self._asked_at.cpu_s, time.monotonic() - self._asked_at.wall_s)

    def _check(self) -> None:
        """Kills it if a limit is reached; else looks again when the first one can be."""
        self._timer = None
        if self._stopped is not None or not self._locked or not self._asked:
            return
        now = Usage(self._cpu_now(), time.monotonic())
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
        if self._timer is not None:
            self._timer.cancel()
        for descriptor in (self._socket.fileno(), self._output):
            self._loop.unwatch(descriptor)
        self._socket.close()
        os.close(self._output)
        if self._pidfd is not None:
            os.close(self._pidfd)


def _cpu_clock(pidfd: int) -> int:
    """The clock of the CPU time of all threads of a process; see CPUCLOCK_SCHED in the kernel and `clock_getcpuclockid`."""
    text = Path(f"/proc/self/fdinfo/{pidfd}").read_text()
    pid = int(text.partition("Pid:")[2].split()[0])
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
