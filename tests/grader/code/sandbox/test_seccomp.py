"""The filter, run by an interpreter of BPF: what it answers for a call, on both architectures."""

from __future__ import annotations

import errno

import pytest

from grader.code.sandbox.seccomp import Instruction, program

ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OWN_PID = 4711

NUMBERS = {
    "x86_64": {
        "read": 0, "write": 1, "close": 3, "mmap": 9, "ioctl": 16, "getpid": 39, "socket": 41, "connect": 42,
        "socketpair": 53, "clone": 56, "fork": 57, "execve": 59, "kill": 62, "fcntl": 72, "ptrace": 101, "prctl": 157,
        "mount": 165, "setrlimit": 160, "tgkill": 234, "openat": 257, "unshare": 272, "prlimit64": 302, "setns": 308,
        "sendto": 44, "getrandom": 318, "seccomp": 317, "memfd_create": 319, "bpf": 321, "userfaultfd": 323,
        "tkill": 200,
    },
    "aarch64": {
        "read": 63, "write": 64, "close": 57, "mmap": 222, "ioctl": 29, "getpid": 172, "socket": 198, "connect": 203,
        "socketpair": 199, "clone": 220, "execve": 221, "kill": 129, "fcntl": 25, "ptrace": 117, "prctl": 167,
        "mount": 40, "setrlimit": 164, "tgkill": 131, "openat": 56, "unshare": 97, "prlimit64": 261, "setns": 268,
        "sendto": 206, "getrandom": 278, "seccomp": 277, "memfd_create": 279, "bpf": 280, "userfaultfd": 282,
        "tkill": 130,
    },
}  # fmt: skip
BOTH = {"clone3": 435, "io_uring_setup": 425, "pidfd_open": 434, "openat2": 437, "pidfd_getfd": 438}


def answer(steps: list[Instruction], architecture: int, number: int, *arguments: int) -> int:
    """What the kernel would do with a call: the interpreter of seccomp_data in a few lines."""
    words = {0: number, 4: architecture}
    for index, value in enumerate((*arguments, 0, 0, 0, 0, 0, 0)[:6]):
        words[16 + 8 * index] = value & 0xFFFFFFFF
        words[16 + 8 * index + 4] = value >> 32 & 0xFFFFFFFF
    accumulator = position = 0
    while True:
        code, if_true, if_false, constant = steps[position]
        position += 1
        match code:
            case 0x20:
                accumulator = words[constant]
            case 0x54:
                accumulator &= constant
            case 0x15:
                position += if_true if accumulator == constant else if_false
            case 0x35:
                position += if_true if accumulator >= constant else if_false
            case 0x06:
                return constant
            case _:
                raise AssertionError(code)


def call(machine: str, name: str, *arguments: int, files: bool = True) -> int:
    number = BOTH.get(name) or NUMBERS[machine][name]
    return answer(program(machine, OWN_PID, files=files), ARCHITECTURES[machine], number, *arguments)


@pytest.fixture(params=sorted(ARCHITECTURES))
def machine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.parametrize("name", ["read", "write", "close", "mmap", "getpid", "getrandom", "openat"])
def test_ordinary_calls_are_allowed(machine: str, name: str) -> None:
    assert call(machine, name) == ALLOW


@pytest.mark.parametrize(
    "name",
    ["socket", "connect", "execve", "ptrace", "mount", "unshare", "setns", "seccomp", "memfd_create", "bpf",
     "setrlimit", "userfaultfd", "io_uring_setup", "pidfd_open", "pidfd_getfd", "tkill"],
)  # fmt: skip
def test_dangerous_calls_are_refused(machine: str, name: str) -> None:
    assert call(machine, name) == FAIL | errno.EPERM


@pytest.mark.parametrize("name", ["clone3", "openat2"])
def test_libc_falls_back_from_calls_whose_arguments_cannot_be_checked(machine: str, name: str) -> None:
    assert call(machine, name) == FAIL | errno.ENOSYS


@pytest.mark.parametrize("number", [442, 462, 1000, 0x3FFFFFFF])
def test_calls_younger_than_the_table_do_not_exist(machine: str, number: int) -> None:
    steps = program(machine, OWN_PID, files=True)
    assert answer(steps, ARCHITECTURES[machine], number) == FAIL | errno.ENOSYS


def test_calls_of_another_architecture_kill(machine: str) -> None:
    steps = program(machine, OWN_PID, files=True)
    for other in (0x40000003, 0x40000028, *(set(ARCHITECTURES.values()) - {ARCHITECTURES[machine]})):
        assert answer(steps, other, NUMBERS[machine]["getpid"]) == KILL


def test_the_x32_numbers_kill() -> None:
    assert answer(program("x86_64", OWN_PID, files=True), ARCHITECTURES["x86_64"], 0x40000000) == KILL


THREAD = 0x3D0F00
"""What pthread_create passes to clone."""


@pytest.mark.parametrize(
    ("flags", "allowed"),
    [
        (THREAD, True),
        (17, False),  # fork: SIGCHLD alone
        (0x4100 | 17, False),  # vfork
        (THREAD & ~0x10000, False),  # not CLONE_THREAD
        (THREAD | 0x10000000, False),  # a user namespace
        (THREAD | 0x20000000, False),  # a process namespace
        (THREAD | 0x40000000, False),  # a network namespace
        (THREAD | 0x00020000, False),  # a mount namespace
        (THREAD | 0x2000, False),  # traced
    ],
)
def test_only_threads_can_be_made(machine: str, flags: int, allowed: bool) -> None:
    assert call(machine, "clone", flags) == (ALLOW if allowed else FAIL | errno.EPERM)


@pytest.mark.parametrize("name", ["kill", "tgkill"])
@pytest.mark.parametrize("target", [1, OWN_PID + 1, 0, -1 & 0xFFFFFFFFFFFFFFFF, -OWN_PID & 0xFFFFFFFFFFFFFFFF])
def test_signals_go_to_oneself_only(machine: str, name: str, target: int) -> None:
    assert call(machine, name, OWN_PID, 10) == ALLOW
    assert call(machine, name, target, 10) == FAIL | errno.EPERM


@pytest.mark.parametrize("signal", [9, 19])
def test_a_process_cannot_kill_or_stop_itself_because_that_is_what_we_do(machine: str, signal: int) -> None:
    assert call(machine, "kill", OWN_PID, signal) == FAIL | errno.EPERM
    assert call(machine, "tgkill", OWN_PID, OWN_PID, signal) == FAIL | errno.EPERM


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("prctl", (22,)),  # PR_SET_SECCOMP
        ("prctl", (4, 1)),  # PR_SET_DUMPABLE
        ("fcntl", (0, 6)),  # F_SETLK
        ("fcntl", (0, 1031)),  # F_SETPIPE_SZ
        ("socketpair", (2,)),  # AF_INET
        ("prlimit64", (1, 7, 0, 0)),  # of another process
    ],
)
def test_calls_that_are_checked_by_argument(machine: str, name: str, arguments: tuple[int, ...]) -> None:
    assert call(machine, name, *arguments) == FAIL | errno.EPERM


@pytest.mark.parametrize("request_", [0x5412, 0x541C, 0xAE01, 0x8933])
def test_devices_cannot_be_controlled(machine: str, request_: int) -> None:
    assert call(machine, "ioctl", 1, 0x5401) == ALLOW
    assert call(machine, "ioctl", 1, request_) == FAIL | errno.ENOTTY


def test_reading_and_lowering_ones_own_limits_is_allowed(machine: str) -> None:
    assert call(machine, "prlimit64", 0, 7, 0, 0x7F0000000000) == ALLOW
    assert call(machine, "prlimit64", 0, 7, 0x7F0000000000, 0) == ALLOW


def test_without_landlock_no_file_can_be_opened(machine: str) -> None:
    assert call(machine, "openat", files=False) == FAIL | errno.EACCES


@pytest.mark.parametrize(("kind", "expected"), [(1, ALLOW), (1 | 0o2000000, ALLOW), (2, FAIL | errno.EPERM)])
def test_pairs_of_sockets_are_streams(machine: str, kind: int, expected: int) -> None:
    assert call(machine, "socketpair", 1, kind, 0) == expected
    assert call(machine, "socketpair", 2, kind, 0) == FAIL | errno.EPERM


def test_nothing_is_sent_to_an_address(machine: str) -> None:
    assert call(machine, "sendto", 3, 0x1000, 5, 0, 0, 0) == ALLOW
    assert call(machine, "sendto", 3, 0x1000, 5, 0, 0x7FFF_0000_1000, 16) == FAIL | errno.EPERM
    assert call(machine, "sendto", 3, 0x1000, 5, 0, 0x7FFF_0000_0000, 16) == FAIL | errno.EPERM
