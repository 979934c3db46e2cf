"""Landlock: from here on this process may read beneath some directories, and touch no other file.

Covers opening, not `stat` or `chdir`. Kernel 5.13 and newer; the rights that a kernel knows follow from its ABI number.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable

from grader.code.sandbox import syscalls

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_RIGHTS_OF_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_NETWORK_ABI, _TCP = 4, 0b11
_SCOPE_ABI, _ABSTRACT_SOCKETS_AND_SIGNALS = 6, 0b11
_VERSION_FLAG = 1
_PATH_BENEATH = 1


class _Attributes(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi() -> int:
    """The kernel's version of Landlock. Raises OSError where there is none."""
    return syscalls.call("landlock", syscalls.LANDLOCK_CREATE_RULESET, None, 0, _VERSION_FLAG)


def ruleset(readable: Iterable[str], writable: Iterable[str] = ()) -> int:
    """A descriptor for `restrict`. Paths that do not exist are left out. Raises OSError."""
    version = abi()
    size = 24 if version >= _SCOPE_ABI else 16 if version >= _NETWORK_ABI else 8
    rights = _Attributes(
        _RIGHTS_OF_ABI.get(version, _RIGHTS_OF_ABI[5]),
        _TCP if version >= _NETWORK_ABI else 0,
        _ABSTRACT_SOCKETS_AND_SIGNALS if version >= _SCOPE_ABI else 0,
    )
    rules = syscalls.call("landlock", syscalls.LANDLOCK_CREATE_RULESET, ctypes.byref(rights), size, 0)
    for path in readable:
        _allow(rules, path, _READ_FILE | _READ_DIR)
    for path in writable:
        _allow(rules, path, _READ_FILE | _WRITE_FILE)
    return rules


def restrict(rules: int) -> None:
    """Applies a ruleset to this thread, for good; `no_new_privs` must be set. Raises OSError."""
    syscalls.call("landlock", syscalls.LANDLOCK_RESTRICT_SELF, rules, 0)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= ~_READ_DIR
        rule = _PathBeneath(rights, descriptor)
        syscalls.call("landlock", syscalls.LANDLOCK_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)
