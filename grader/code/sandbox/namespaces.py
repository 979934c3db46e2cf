"""A world of its own for the zygote: namespaces, and a read-only view of the file system that holds Python and no more.

An ordinary user gets the right to build it from a user namespace. Root builds the view first, because nobody else may
be able to read where Python lives, and gives root up before the namespaces are made, so that no process inside is root
outside.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.code.sandbox import syscalls

NEW_MOUNTS, NEW_UTS, NEW_IPC, NEW_USER, NEW_PID, NEW_NET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
NOBODY = 65534
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")

_REST = NEW_USER | NEW_PID | NEW_NET | NEW_IPC | NEW_UTS
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REC, _MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
_MNT_DETACH = 2
_READ_ONLY, _NO_SUID, _NO_DEVICES = 1, 2, 4  # MOUNT_ATTR_…
_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE = -100, 0x1000, 0x8000
_CLONE_TREE, _CLOSE_ON_EXEC = 1, 0o2000000
_FROM_DESCRIPTOR = 4


class _MountAttributes(ctypes.Structure):
    _fields_ = (("set", ctypes.c_uint64), ("clear", ctypes.c_uint64), ("propagation", ctypes.c_uint64),
                ("user_namespace", ctypes.c_uint64))  # fmt: skip


def unshare(kinds: int) -> None:
    """Raises OSError."""
    syscalls.checked(syscalls.libc().unshare(ctypes.c_int(kinds)), "unshare")


def enter_pid_namespace(namespace: int) -> None:
    """Where the next child will be born. Raises OSError."""
    syscalls.checked(syscalls.libc().setns(ctypes.c_int(namespace), ctypes.c_int(NEW_PID)), "setns")


def isolate(visible: Iterable[str]) -> None:
    """Leaves the host behind. The next child is the first process of the new process namespace. Raises OSError.

    `visible` are the files and directories that stay, read-only and under the same names.
    """
    itself = os.open("/proc/self", os.O_PATH | os.O_DIRECTORY)
    if os.geteuid() == 0 and _owns_mounts():
        _keep_only(visible)
        become_nobody()
        unshare(_REST)
        _name_users(itself)
    else:
        user, group = os.geteuid(), os.getegid()
        unshare(_REST | NEW_MOUNTS)
        _name_users(itself, user, group)
        _keep_only(visible)
    os.close(itself)


def become_nobody() -> None:
    """Gives up root. Raises OSError."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)  # else our own /proc/self would belong to root


def readable_by_anyone(paths: Iterable[str]) -> bool:
    """Whether a process without any rights could reach these paths."""
    for path in map(Path, paths):
        if path.exists() and not all(part.stat().st_mode & 0o001 for part in (path, *path.parents) if part.is_dir()):
            return False
    return True


def _owns_mounts() -> bool:
    with contextlib.suppress(PermissionError):
        unshare(NEW_MOUNTS)
        return True
    return False


def _name_users(itself: int, user: int = NOBODY, group: int = NOBODY) -> None:
    """Inside, everybody is nobody."""
    lines = {"setgroups": "deny", "uid_map": f"{NOBODY} {user} 1", "gid_map": f"{NOBODY} {group} 1"}
    for name, line in lines.items():
        descriptor = os.open(name, os.O_WRONLY, dir_fd=itself)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)


def _keep_only(visible: Iterable[str]) -> None:
    libc = syscalls.libc()

    def mount(kind: bytes | None, where: str, flags: int, options: bytes | None = None) -> None:
        syscalls.checked(libc.mount(kind, where.encode(), kind, ctypes.c_ulong(flags), options), f"mount {where}")

    mount(None, "/", _MS_REC | _MS_PRIVATE)
    wanted = [path for path in _outermost(visible) if Path(path).exists()]
    devices = [path for path in DEVICES if Path(path).exists()]
    # All are taken hold of before anything is covered; one may lie beneath the place that is.
    trees = [(path, Path(path).is_dir(), _tree(path, device=path in devices)) for path in (*wanted, *devices)]
    base = next(path for path in ("/tmp", "/mnt", "/var", "/dev") if Path(path).is_dir())  # noqa: S108 - not written to
    mount(b"tmpfs", base, _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, b"mode=755,size=1m")
    for path, is_directory, tree in trees:
        target = Path(base + path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.mkdir() if is_directory else target.touch()
        syscalls.call(f"mount {path}", syscalls.MOVE_MOUNT, tree, b"", _AT_FDCWD, bytes(target), _FROM_DESCRIPTOR)
        os.close(tree)
    os.chdir(base)
    syscalls.call("pivot_root", _PIVOT_ROOT[platform.machine()], b".", b".")
    syscalls.checked(libc.umount2(b".", ctypes.c_int(_MNT_DETACH)), "umount")
    os.chdir("/")
    _set_attributes(_AT_FDCWD, b"/", _READ_ONLY | _NO_SUID | _NO_DEVICES, 0)


def _outermost(paths: Iterable[str]) -> Iterator[str]:
    """The paths without those beneath another one."""
    kept: list[str] = []
    for path in sorted(set(map(os.path.normpath, paths))):
        if not any(path.startswith(f"{outer}/") for outer in kept):
            kept.append(path)
            yield path


def _tree(path: str, *, device: bool = False) -> int:
    """A descriptor of a read-only copy of the mounts at a path."""
    flags = _CLONE_TREE | _CLOSE_ON_EXEC | _AT_RECURSIVE
    tree = syscalls.call(f"open_tree {path}", syscalls.OPEN_TREE, _AT_FDCWD, os.fsencode(path), flags)
    attributes = _READ_ONLY | _NO_SUID | (0 if device else _NO_DEVICES)
    _set_attributes(tree, b"", attributes, _AT_EMPTY_PATH | _AT_RECURSIVE)
    return tree


def _set_attributes(where: int, path: bytes, attributes: int, flags: int) -> None:
    wanted = _MountAttributes(attributes, 0, 0, 0)
    syscalls.call("mount_setattr", syscalls.MOUNT_SETATTR, where, path, flags, ctypes.byref(wanted),
                  ctypes.sizeof(wanted))  # fmt: skip
