"""A zygote as the runner sees it: started, asked for children, replaced."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from grader.code.sandbox import protocol
from grader.code.sandbox.loop import Loop
from grader.code.sandbox.process import Budget, Owner, Process

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JOBLIB_MULTIPROCESSING": "0",
    "MALLOC_ARENA_MAX": "1",  # an arena a thread would use up the address space
    "MPLBACKEND": "Agg",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
}
_START = "import sys; sys.path.insert(0, sys.argv[2]); from grader.code.sandbox.zygote import main; main()"
_MESSAGE = 64 * 1024
SPARES = 2
"""How many children wait for a job: one more is ready while the next is made."""
START_S = 120.0
"""How long a zygote may take to load the libraries."""


class Kind(NamedTuple):
    """What a zygote has ready."""

    everything: bool
    """All libraries, or numpy alone."""
    hash_seed: int


@dataclass(frozen=True)
class Setting:
    """How zygotes are started."""

    program: str
    """The directory of this program."""
    paths: tuple[str, ...]
    """Where third-party libraries are."""
    tiers: tuple[int, ...]
    """To be tried in this order."""


class ZygoteServer:
    """`ready` is called once children can be had, `dead` when that is over; the processes are told on their own."""

    def __init__(
        self,
        loop: Loop,
        kind: Kind,
        setting: Setting,
        ready: Callable[[ZygoteServer], None],
        dead: Callable[[ZygoteServer], None],
    ) -> None:
        self.kind = kind
        self.tier: int | None = None
        """None before it is ready."""
        self.pid: int | None = None
        self.base_kb = 0
        """Peak resident size of a child that does nothing."""
        self.reasons: dict[str, str] = {}
        """Why a tier was not to be had."""
        self.jobs = 0
        self._loop = loop
        self._ready, self._dead = ready, dead
        self._processes: dict[int, Process] = {}
        self._alive = True
        self.retired = False
        self._forks = 0
        self._spares: deque[Process] = deque()
        """They wait for a job, so that forking costs it no time."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        config = {
            "everything": kind.everything,
            "tiers": setting.tiers,
            "program": setting.program,
            "paths": setting.paths,
        }
        # Not -I: it would ignore PYTHONHASHSEED. The environment has nothing else to ignore.
        arguments = [sys.executable, "-s", "-S", "-P", "-B", "-c", _START, json.dumps(config), setting.program]
        environment = {**ENVIRONMENT, "PYTHONHASHSEED": str(kind.hash_seed)}
        if "LD_LIBRARY_PATH" in os.environ:
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        starter = os.posix_spawn(
            sys.executable,
            arguments,
            environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), protocol.CONTROL)],
        )
        theirs.close()
        self._pidfds = [os.pidfd_open(starter)]
        loop.watch(self._control.fileno(), self.receive)
        self._timer = loop.after(START_S, self.kill)

    @property
    def busy(self) -> bool:
        """Whether a child works."""
        return any(process.active for process in self._processes.values())

    def take(self, budget: Budget, owner: Owner) -> Process:
        """A child that begins with a job."""
        self.jobs += 1
        process = self._spares.popleft() if self._spares else self._fork()
        process.begin(budget, owner)
        return process

    def _fork(self) -> Process:
        process = Process(self._loop)
        self._forks += 1
        self._processes[self._forks] = process
        passed = [process.socket_of_child.fileno(), process.output_of_child]
        try:
            socket.send_fds(self._control, [protocol.FORK.pack(self._forks)], passed)
        except OSError:
            self._loop.after(0, self._end)  # it has died; the process is told so
        finally:
            process.close_ends_of_child()
        return process

    def retire(self) -> None:
        """Ends it as soon as no child works."""
        self.retired = True
        self.settle()

    def settle(self) -> None:
        """To be called when a job is over: has children wait for the next ones."""
        if self.retired:
            if not self.busy:
                self.kill()
        elif len(self._spares) < SPARES and self._alive:
            self._spares.append(self._fork())

    def kill(self) -> None:
        """Ends it and its children at once."""
        for pidfd in self._pidfds:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)

    def receive(self) -> None:
        """Takes one message of the zygote."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE, 1)
        except ConnectionResetError:
            message, descriptors = b"", []
        if not message:
            self._end()
        elif self.tier is None:
            self._greeted(json.loads(message))
        else:
            self._told(message, descriptors)

    def _greeted(self, hello: dict[str, Any]) -> None:
        self.reasons = hello["reasons"]
        if "tier" in hello:
            self.tier, self.pid, self.base_kb = hello["tier"], hello["pid"], hello["base_kb"]
            with contextlib.suppress(ProcessLookupError):  # then the socket will end, too
                self._pidfds.append(os.pidfd_open(hello["pid"]))
            self._timer.cancel()
            self._spares.extend(self._fork() for _ in range(SPARES))
            self._ready(self)

    def _told(self, message: bytes, descriptors: Sequence[int]) -> None:
        kind, number, first, cpu_us, peak_kb = protocol.NEWS.unpack(message)
        process = self._processes[number]
        if kind == protocol.FORKED:
            process.forked(descriptors[0])
            return
        del self._processes[number]
        if process in self._spares:
            self._spares.remove(process)
        if kind == protocol.EXITED:
            process.exited(first, cpu_us / 1e6, peak_kb)
        else:
            process.lost(f"fork: {os.strerror(first)}")

    def _end(self) -> None:
        if not self._alive:
            return
        self._alive = False
        self._timer.cancel()
        self._loop.unwatch(self._control.fileno())
        self._control.close()
        self.kill()
        while self._pidfds:
            os.close(self._pidfds.pop())
        processes, self._processes = list(self._processes.values()), {}
        self._dead(self)
        for process in processes:
            process.lost("the zygote died")
