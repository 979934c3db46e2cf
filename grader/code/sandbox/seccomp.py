"""The seccomp filter of a child: which system calls a submission may make, as a BPF program written by hand.

An allow list. What is not on it fails with EPERM; numbers newer than the list, and the few calls that libc tries first
and can do without, fail with ENOSYS, so that it falls back. A call of another architecture kills. The program searches
the numbers like a binary tree: a short program is installed and run faster than a list of rules.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import socket
from collections.abc import Sequence

from grader.code.sandbox import syscalls

_ALLOWED = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, lseek 8 62, close 3 57,
close_range 436 436, dup 32 23, dup2 33 -, dup3 292 24, pipe 22 -, pipe2 293 59, recvfrom 45 207,
getsockopt 55 209, shutdown 48 210, fstat 5 80, stat 4 -, lstat 6 -, newfstatat 262 79, statx 332 291,
access 21 -, faccessat 269 48, faccessat2 439 439, readlink 89 -, readlinkat 267 78, getcwd 79 17, chdir 80 49,
fchdir 81 50, getdents64 217 61, statfs 137 43, fstatfs 138 44, fadvise64 221 223, umask 95 166,
poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, epoll_create 213 -, epoll_create1 291 20,
epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22, eventfd2 290 19, timerfd_create 283 85,
timerfd_settime 286 86, timerfd_gettime 287 87, pause 34 -, nanosleep 35 101, clock_nanosleep 230 115,
mmap 9 222, munmap 11 215, mremap 25 216, mprotect 10 226, madvise 28 233, brk 12 214,
rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136, rt_sigsuspend 130 133,
rt_sigtimedwait 128 137, sigaltstack 131 132, alarm 37 -, setitimer 38 103, getitimer 36 102,
timer_create 222 107, timer_settime 223 110, timer_gettime 224 108, timer_delete 226 111,
timer_getoverrun 225 109, restart_syscall 219 128,
futex 202 98, get_robust_list 274 100, set_robust_list 273 99, set_tid_address 218 96, rseq 334 293,
arch_prctl 158 -, sched_yield 24 124, sched_getaffinity 204 123, sched_getparam 143 121,
sched_getscheduler 145 120, sched_get_priority_max 146 125, sched_get_priority_min 147 126, getcpu 309 168,
clock_gettime 228 113, clock_getres 229 114, gettimeofday 96 169, time 201 -, times 100 153, getpid 39 172,
gettid 186 178, getppid 110 173, getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177,
getgroups 115 158, getresuid 118 148, getresgid 120 150, getpgrp 111 -, getpgid 121 155, getsid 124 156,
getpriority 140 141, getrusage 98 165, getrlimit 97 163, sysinfo 99 179, uname 63 160, getrandom 318 278,
capget 125 90,
exit 60 93, exit_group 231 94, wait4 61 260, waitid 247 95,
"""
"""Calls with their numbers on x86-64 and on 64-bit ARM (include/uapi/asm-generic/unistd.h), `-` where there is none."""

_CHECKED = """
open 2 -, openat 257 56, clone 56 220, kill 62 129, tgkill 234 131, prctl 157 167, fcntl 72 25, ioctl 16 29,
prlimit64 302 261, socketpair 53 199, sendto 44 206, clone3 435 435, openat2 437 437, epoll_pwait2 441 441
"""
_NEWEST = 441
"""Calls above this number are younger than the list."""

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""AUDIT_ARCH_… and the column of the tables."""
_X32 = 0x40000000

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_JUMP_EQUAL, _JUMP_AT_LEAST = 0x15, 0x35
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

_THREAD = 0x00010900  # CLONE_THREAD, CLONE_SIGHAND, CLONE_VM
_NOT_A_THREAD = 0x7E020000 | 0x00802000 | 0x0000C000  # new namespaces; tracing; CLONE_VFORK, CLONE_PARENT
_FILTER_MODE = 2
_STREAMS = [1 | flags for flags in (0, 0o4000, 0o2000000, 0o2004000)]
"""SOCK_STREAM with SOCK_NONBLOCK, SOCK_CLOEXEC, or both."""

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, constant."""

_ALLOW: Sequence[Instruction] = ((_RETURN, 0, 0, 0x7FFF0000),)
_KILL: Sequence[Instruction] = ((_RETURN, 0, 0, 0x80000000),)


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


class Filter:
    """A program for this machine, built once and installed in each child. Raises OSError on other machines."""

    _PID = 0x7FFFFFFF
    """Stands for the pid of the process that installs the filter."""

    def __init__(self, *, files: bool) -> None:
        """`files`: whether opening files is allowed (Landlock then says which)."""
        machine = platform.machine()
        if machine not in _ARCHITECTURES:
            raise OSError(errno.ENOSYS, f"no table of system calls for {machine}")
        steps = program(machine, self._PID, files=files)
        self._array = (_Instruction * len(steps))(*steps)
        self._own_pid = [i for i, step in enumerate(steps) if step[0] == _JUMP_EQUAL and step[3] == self._PID]
        self._program = _Program(len(steps), self._array)

    def install(self, pid: int) -> None:
        """From here on, and for good, in this thread and all it starts; `no_new_privs` must be set. Raises OSError."""
        for index in self._own_pid:
            self._array[index].k = pid
        syscalls.prctl(syscalls.PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(self._program))


def program(machine: str, pid: int, *, files: bool) -> list[Instruction]:
    """The filter for a machine (`x86_64`, `aarch64`) and the process that will install it."""
    architecture, column = _ARCHITECTURES[machine]
    leaves: dict[int, Sequence[Instruction]] = {}
    for number in _numbers(_ALLOWED, column).values():
        leaves[number] = _ALLOW
    for name, number in _numbers(_CHECKED, column).items():
        leaves[number] = _checked(name, pid, files=files)
    starts: list[tuple[int, Sequence[Instruction]]] = []
    for number in range(_NEWEST + 2):
        leaf = leaves.get(number, _fail(errno.EPERM)) if number <= _NEWEST else _fail(errno.ENOSYS)
        if not starts or starts[-1][1] != leaf:
            starts.append((number, leaf))
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture),
        *_KILL,
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_AT_LEAST, 0, 1, _X32),
        *_KILL,
        *_search(starts),
    ]


def _numbers(table: str, column: int) -> dict[str, int]:
    rows = (row.split() for row in table.split(",") if row.strip())
    return {name: int(numbers[column]) for name, *numbers in rows if numbers[column] != "-"}


def _search(starts: Sequence[tuple[int, Sequence[Instruction]]]) -> list[Instruction]:
    """A tree that leads the loaded number to the leaf of the last start that is not above it."""
    if len(starts) == 1:
        return list(starts[0][1])
    middle = len(starts) // 2
    lower, upper = _search(starts[:middle]), _search(starts[middle:])
    return [(_JUMP_AT_LEAST, len(lower), 0, starts[middle][0]), *lower, *upper]


def _checked(name: str, pid: int, *, files: bool) -> Sequence[Instruction]:
    match name:
        case "open" | "openat":
            return _ALLOW if files else _fail(errno.EACCES)
        case "clone":  # threads only
            return [*_load(0), (_AND, 0, 0, _THREAD | _NOT_A_THREAD), *_among([_THREAD], errno.EPERM)]
        case "kill" | "tgkill":  # itself; but SIGKILL and SIGSTOP are for us, so that we know who sent them
            signal = 1 if name == "kill" else 2
            return [
                *_load(0),
                (_JUMP_EQUAL, 1, 0, pid),
                *_fail(errno.EPERM),
                *_load(signal),
                *_none_of([9, 19], errno.EPERM),
            ]
        case "prctl":  # the name of a thread, the name of a mapping (libc's malloc)
            return [*_load(0), *_among([3, 15, 16, 0x53564D41], errno.EPERM)]
        case "fcntl":  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC
            return [*_load(1), *_among([0, 1, 2, 3, 4, 1030], errno.EPERM)]
        case "ioctl":  # TCGETS (isatty), TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
            return [*_load(1), *_among([0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451], errno.ENOTTY)]
        case "prlimit64":  # its own, which can only be lowered
            return [*_load(0), *_among([0], errno.EPERM)]
        case "socketpair":  # asyncio's; a datagram socket could be pointed at somebody else's
            return [
                *_load(0),
                (_JUMP_EQUAL, 1, 0, socket.AF_UNIX),
                *_fail(errno.EPERM),
                *_load(1),
                *_among(_STREAMS, errno.EPERM),
            ]
        case "sendto":  # to the other end alone: no address
            return [
                *_load(4),
                (_JUMP_EQUAL, 1, 0, 0),
                *_fail(errno.EPERM),
                (_LOAD, 0, 0, _ARGUMENTS + 8 * 4 + 4),
                *_among([0], errno.EPERM),
            ]
        case _:
            return _fail(errno.ENOSYS)


def _fail(number: int) -> Sequence[Instruction]:
    return ((_RETURN, 0, 0, 0x00050000 | number),)


def _load(argument: int) -> list[Instruction]:
    """The lower half of an argument; both architectures are little-endian."""
    return [(_LOAD, 0, 0, _ARGUMENTS + 8 * argument)]


def _none_of(values: Sequence[int], otherwise: int) -> list[Instruction]:
    """Allows the loaded word unless it is one of the values."""
    tests = [(_JUMP_EQUAL, len(values) - index, 0, value) for index, value in enumerate(values)]
    return [*tests, *_ALLOW, *_fail(otherwise)]


def _among(values: Sequence[int], otherwise: int) -> list[Instruction]:
    """Allows the loaded word if it is one of the values."""
    tests = [(_JUMP_EQUAL, len(values) - index, 0, value) for index, value in enumerate(values)]
    return [*tests, *_fail(otherwise), *_ALLOW]
