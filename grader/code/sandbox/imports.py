"""Which modules a submission may import: a rule of the task, not a wall. The walls stand elsewhere."""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_NEEDED_BY = {"pandas": (), "scipy": (), "matplotlib": (), "sklearn": ("scipy",), "torch": ()}
"""Libraries that may be loaded already, each with the others of them that it cannot do without."""


@dataclass(frozen=True)
class Rules:
    """`needs` are the third-party modules that may be imported (None: all), `forbid` the modules that may not."""

    needs: tuple[str, ...] | None
    forbid: tuple[str, ...]

    def allow(self, name: str) -> bool:
        """Whether a module (`scipy.cluster.vq`) may be imported."""
        if any(_within(name, module) for module in self.forbid):
            return False
        if self.needs is None or name.partition(".")[0] in sys.stdlib_module_names:
            return True
        return any(_within(name, module) for module in self.needs)

    def offender(self, tree: ast.AST) -> str | None:
        """The first module that a program says it imports and may not."""
        return next((name for node in ast.walk(tree) for name in _imported(node) if not self.allow(name)), None)

    def guard(self, namespace: dict[str, Any]) -> None:
        """Holds to the rules what the code that is executed in `namespace` imports in other ways."""
        if self.needs is None and not self.forbid:
            return
        original, original_module = builtins.__import__, importlib.import_module

        def checked_import(
            name: str,
            globals: Mapping[str, object] | None = None,  # noqa: A002 - as Python calls them
            locals: Mapping[str, object] | None = None,  # noqa: A002
            fromlist: Sequence[str] | None = (),
            level: int = 0,
        ) -> ModuleType:
            for wanted in [f"{name}.{part}" for part in fromlist or ()] or [name]:
                self._check(wanted, level)
            return original(name, globals, locals, fromlist or (), level)

        def checked_import_module(name: str, package: str | None = None) -> ModuleType:
            if sys._getframe(1).f_globals is namespace:  # pyright: ignore[reportPrivateUsage]
                self._check(name, 0)
            return original_module(name, package)

        namespace["__builtins__"] = {**vars(builtins), "__import__": checked_import}
        importlib.import_module = checked_import_module
        if self.needs is not None:
            refused = frozenset(_NEEDED_BY) - set(self._kept())
            for name in refused:
                sys.modules.pop(name, None)
            sys.meta_path.insert(0, _Refusal(refused))

    def _check(self, name: str, level: int) -> None:
        if level == 0 and not self.allow(name):
            raise ModuleNotFoundError(f"this task does not allow {name}", name=name)

    def _kept(self) -> Iterator[str]:
        for need in self.needs or ():
            library = need.partition(".")[0]
            yield library
            yield from _NEEDED_BY.get(library, ())


class _Refusal:
    """A finder that says there is no such module, so that libraries which could use it do without."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if fullname in self.names:
            raise ModuleNotFoundError(f"this task does not allow {fullname}", name=fullname)
        return None


def _within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def _imported(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                yield alias.name
        case ast.ImportFrom(module=str(module), names=names, level=0):
            for alias in names:
                yield f"{module}.{alias.name}"
        case _:
            return
