"""What a child gives up before it reads a submission. The order matters: each step would be forbidden by a later one."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from dataclasses import dataclass

from grader.code.sandbox import landlock, namespaces, syscalls
from grader.code.sandbox.seccomp import Filter

if sys.platform == "linux":
    import resource

INPUT, OUTPUT, ERRORS, SOCKET = 0, 1, 2, 3
"""The descriptors that a child keeps."""
OPEN_FILES = 64
THREADS = 64
SPARE_MEMORY = 8 * 1024 * 1024
"""What the child's own runtime may need beside the submission."""
NOT_LOCKED = 97
"""The exit status of a child that could not give something up, and so never read a submission."""

_CAPABILITIES = 64
_CAPABILITY_VERSION = 0x20080522


@dataclass(frozen=True)
class Walls:
    """What is the same for every child of a zygote; made once."""

    tier: int
    """0: no walls but the resource limits."""
    filter: Filter | None
    rules: int | None
    """A Landlock ruleset."""
    size: int
    """Bytes of address space that the zygote has."""
    tasks: int
    """Processes and threads that the user has already, where they count against its limit."""
    nothing: int
    """/dev/null, for reading."""
    give_up_root: bool = False


def enter(walls: Walls, sock: int, output: int, memory: int, cpu_s: int) -> None:
    """Locks this process in, for good. `memory` are bytes above the zygote's, `cpu_s` a backstop in whole seconds.

    Raises OSError; nothing of a submission may be read then.
    """
    os.setsid()
    _keep_descriptors(walls, sock, output)
    if walls.tier == 1:
        # Its own limits on threads are counted in a user namespace of its own.
        namespaces.unshare(namespaces.NEW_USER | namespaces.NEW_IPC | namespaces.NEW_UTS)
    if walls.give_up_root:
        namespaces.become_nobody()
    _limit(walls, memory, cpu_s)
    if walls.tier > 0:
        _drop_capabilities()
    if walls.tier != 1:
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    if walls.rules is not None:
        landlock.restrict(walls.rules)
        os.close(walls.rules)
    if walls.filter is not None:
        walls.filter.install(os.getpid())


def _keep_descriptors(walls: Walls, sock: int, output: int) -> None:
    os.dup2(walls.nothing, INPUT)
    os.dup2(output, OUTPUT)
    os.dup2(output, ERRORS)
    os.dup2(sock, SOCKET)  # over the zygote's control socket
    last = 1 << 20
    if walls.rules is None:
        os.closerange(SOCKET + 1, last)
    else:
        os.closerange(SOCKET + 1, walls.rules)
        os.closerange(walls.rules + 1, last)


def _limit(walls: Walls, memory: int, cpu_s: int) -> None:
    wanted = {
        resource.RLIMIT_AS: walls.size + memory + SPARE_MEMORY,
        # No soft limit below: its signal would be ignored in the first process of a namespace.
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_NPROC: walls.tasks + THREADS,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_SIGPENDING: OPEN_FILES,
    }
    for name, value in wanted.items():
        hard = resource.getrlimit(name)[1]
        limit = value if hard == resource.RLIM_INFINITY else min(value, hard)  # raising one is forbidden in places
        resource.setrlimit(name, (limit, limit))


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


_HEADER = _Header(_CAPABILITY_VERSION, 0)
_NONE = (ctypes.c_uint32 * 6)()


def _drop_capabilities() -> None:
    # Without the right to drop from it (EPERM), or beyond the kernel's last capability (EINVAL), there is no more to do:
    # the bounding set matters for exec alone, which is forbidden anyway.
    with contextlib.suppress(OSError):
        for capability in range(_CAPABILITIES):
            syscalls.prctl(syscalls.PR_CAPBSET_DROP, capability)
    syscalls.checked(syscalls.libc().capset(ctypes.byref(_HEADER), ctypes.byref(_NONE)), "capset")
