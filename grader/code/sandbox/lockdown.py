"""What a child gives up before it knows of a job. The order matters: a later step would forbid an earlier one."""

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

    _LIMITS = {
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_SIGPENDING: 64,
    }

INPUT, OUTPUT, ERRORS, SOCKET = 0, 1, 2, 3
"""The descriptors that a child keeps."""
THREADS = 64
SPARE_MEMORY = 8 * 1024 * 1024
"""What the child's own runtime may need beside the submission."""
NOT_LOCKED = 97
"""The exit status of a child that could not give something up, and so never ran a submission."""

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
    give_up_root: bool = False


def lock(walls: Walls, sock: int, output: int) -> None:
    """Gives up all that a submission must not have. Raises OSError; nothing of a submission may be read then."""
    os.setsid()
    _keep_descriptors(walls, sock, output)
    if walls.tier == 1:
        # Its own limits on threads are counted in a user namespace of its own. What could be left to the next one in
        # the zygote's other namespaces (messages, a host name), the filter forbids.
        namespaces.unshare(namespaces.NEW_USER)
    if walls.give_up_root:
        namespaces.become_nobody()
    for name, value in _LIMITS.items():
        _limit(name, value)
    _limit(resource.RLIMIT_NPROC, walls.tasks + THREADS)
    if walls.tier > 0:
        syscalls.checked(syscalls.libc().capset(ctypes.byref(_HEADER), ctypes.byref(_NONE)), "capset")
    if walls.tier != 1:  # there it is the end of its namespace that ends it
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    if walls.rules is not None:
        landlock.restrict(walls.rules)
        os.close(walls.rules)
    if walls.filter is not None:
        walls.filter.install(os.getpid())


def limit(walls: Walls, memory: int, cpu_s: int) -> None:
    """The limits of one job, which can only be lowered. Raises OSError.

    `memory` are bytes above the zygote's, `cpu_s` a backstop in whole seconds.
    """
    _limit(resource.RLIMIT_AS, walls.size + memory + SPARE_MEMORY)
    # No lower soft limit: its signal would be ignored in the first process of a namespace.
    _limit(resource.RLIMIT_CPU, cpu_s)


def _keep_descriptors(walls: Walls, sock: int, output: int) -> None:
    # Opened anew: what one child sets on a shared open file, the next one would read.
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, INPUT)
    os.dup2(output, OUTPUT)
    os.dup2(output, ERRORS)
    os.dup2(sock, SOCKET)  # over the zygote's control socket
    last = 1 << 20
    if walls.rules is None:
        os.closerange(SOCKET + 1, last)
    else:
        os.closerange(SOCKET + 1, walls.rules)
        os.closerange(walls.rules + 1, last)


def _limit(name: int, value: int) -> None:
    hard = resource.getrlimit(name)[1]
    limit = value if hard == resource.RLIM_INFINITY else min(value, hard)  # raising one is forbidden in places
    resource.setrlimit(name, (limit, limit))


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


_HEADER = _Header(_CAPABILITY_VERSION, 0)
_NONE = (ctypes.c_uint32 * 6)()


def drop_bounding_set() -> None:
    """Once, in the zygote: what no child of it can get back. It matters for exec alone, which is forbidden anyway."""
    # Without the right to drop from it (EPERM), or beyond the last capability (EINVAL), there is no more to do.
    with contextlib.suppress(OSError):
        for capability in range(_CAPABILITIES):
            syscalls.prctl(syscalls.PR_CAPBSET_DROP, capability)
