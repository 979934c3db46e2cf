"""Bundles of tasks, built once and kept on disk under the digest of what they were built from."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
from importlib.metadata import version
from pathlib import Path
from weakref import WeakValueDictionary

from grader.code.build import BUILDER, LIBRARIES, build
from grader.code.bundle import BrokenBundleError, Bundle, decode, encode
from grader.code.client import Sandbox
from questions.code_task import CodeTask

_log = logging.getLogger(__name__)

REMEMBERED = 64
"""Bundles kept in memory; speed groups make some of them megabytes."""


def digest(task: CodeTask) -> str:
    """What a bundle is named after: the task, the builder and the libraries, so that none of them can be stale."""
    written = task.model_dump_json(exclude_defaults=True)  # a new kind of field changes no task that does not use it
    parts = [str(BUILDER), written, *(f"{name}={version(name)}" for name in LIBRARIES)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class Bundles:
    """The bundles of one bot (or command line), in a folder of their own."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._folder = folder
        self._sandbox = sandbox
        self._known: dict[str, Bundle] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def of(self, task: CodeTask) -> Bundle:
        """The task's bundle, built in the sandbox when it is not there yet (a second or two).

        Raises BuildError for a task with mistakes and SandboxError when nothing can be run.
        """
        key = digest(task)
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._known:
                found = await asyncio.to_thread(self._read, key)
                if found is None:
                    found = await build(task, self._sandbox)
                    await asyncio.to_thread(self._write, key, found)
                while len(self._known) >= REMEMBERED:
                    self._known.pop(next(iter(self._known)))
                self._known[key] = found
            return self._known[key]

    def _read(self, key: str) -> Bundle | None:
        try:
            return decode((self._folder / f"{key}.json").read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, BrokenBundleError) as error:
            _log.warning("a bundle is built anew: %s", error)
            return None

    def _write(self, key: str, bundle: Bundle) -> None:
        """A bundle that cannot be kept is built again the next time."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(encode(bundle))
            Path(file.name).replace(self._folder / f"{key}.json")  # whole or not at all
        except OSError as error:
            _log.warning("a bundle is not kept: %s", error)
