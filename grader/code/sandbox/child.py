"""What runs in a locked child: loads one submission and answers one case after the other.

The submission can reach and change everything here. That is expected: the child knows inputs only, the runner believes
nothing it says but values, and other people's submissions are never in the same process.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import gc
import io
import itertools
import json
import linecache
import math
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType, TracebackType
from typing import Any, NoReturn

from grader.code import wire
from grader.code.sandbox import encoding, figure, lockdown, protocol
from grader.code.sandbox.imports import Rules

FILE = "submission.py"
NAME = "submission"
ITEMS = 10_000
"""How far generators are consumed."""
CHUNK = 32 * 1024
"""Bytes to read at a time."""
FRAMES = 20
"""Lines of a traceback; of a longer one the innermost."""
NAMES = 5
"""How many names are suggested where the entry is missing."""

REHEARSAL = """
try:
    import numpy as np
except ImportError:
    np = None
def f(x):
    if np is None:
        return x
    a = np.asarray([[x, 2.0], [3.0, 4.0]])
    return np.where(a > 1, a - a.mean(axis=0), 1.0)
"""
"""What programs do first, so that the memory that it needs is there when a job comes."""

Json = Any

_type_of: Callable[[object], type] = type
_thread_time, _process_time = time.thread_time, time.process_time
_STREAMS = (sys.stdout, sys.stderr)
_OURS: list[str] = []
"""Names of this program's modules, which no submission should be able to import."""


def prepare() -> None:
    """Done once, in the zygote."""
    _OURS.extend(name for name in sys.modules if name.partition(".")[0] == "grader")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)
    rehearse()


def rehearse() -> None:
    """Goes through the motions with a program of ours, so that the memory that this needs is there when a job comes."""
    request: Json = {"code": REHEARSAL, "entry": "f", "fixtures": "", "needs": None, "forbid": [], "seed": 0}
    program = _Program(json.loads(json.dumps(request)))
    program.load()
    program.run({"action": "call", "args": [1], "kwargs": None, "args_after": [], "repeat": 1})
    del sys.modules[NAME]
    linecache.clearcache()


def greet() -> None:
    """Says that this process is locked in."""
    for name in _OURS:
        del sys.modules[name]
    _send({"locked": True})


def serve(walls: lockdown.Walls) -> NoReturn:
    """Makes the limits of one job its own, takes the submission, and answers cases until the socket is closed."""
    channel = _Channel()
    lockdown.limit(walls, *protocol.LIMITS.unpack(channel.take(protocol.LIMITS.size)))
    request = channel.read()
    program = _Program(request)
    gc.enable()
    channel.reply(program.load())
    while True:
        case = channel.read()
        room = protocol.PICTURE if case["action"] == "figure" else protocol.OVERHEAD
        channel.reply(program.run(case), request["result_bytes"] + room)


class _Channel:
    """The runner's questions, as many as there are at a time, and the answers to them."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._used_s = _cpu_s()
        """CPU time at the last reply."""

    def read(self) -> Json:
        """The next question."""
        return json.loads(self.take(int.from_bytes(self.take(wire.HEADER), "big")))

    def take(self, size: int) -> bytes:
        """Exactly so many bytes; where there are no more to come, this process is not needed any longer."""
        buffer = self._buffer
        while len(buffer) < size:
            part = os.read(lockdown.SOCKET, max(CHUNK, size - len(buffer)))
            if not part:
                os._exit(0)
            buffer += part
        taken = bytes(buffer[:size])
        del buffer[:size]
        return taken

    def reply(self, reply: Json, limit: int | None = None) -> None:
        """Answers, and says what that has used."""
        now = _cpu_s()  # also so that the runner reads a clock that is up to date
        reply["used_s"] = now - self._used_s
        self._used_s = now
        _send(reply, limit)


def _send(reply: Json, limit: int | None = None) -> None:
    _flush()
    text = json.dumps(reply, separators=(",", ":")).encode()
    if limit is not None and len(text) > limit:
        text = json.dumps({"ending": "too-large", "detail": f"{len(text):,} bytes"}).encode()
    rest = memoryview(wire.pack_text(text))
    while rest:
        rest = rest[os.write(lockdown.SOCKET, rest) :]


def _cpu_s() -> float:
    """CPU time of this process."""
    _thread_time()  # between two ticks the process's clock stands still; reading the thread's sets it right
    return _process_time()


def _flush() -> None:
    """What was printed must be in the pipe before the reply is: the process may be killed after it."""
    for stream in (sys.stdout, sys.stderr, *_STREAMS):
        try:
            stream.flush()
        except Exception:  # noqa: BLE001, S112 - the submission may have put anything there
            continue


class _Program:
    """One submission. `request` is what the runner sends first."""

    def __init__(self, request: Json) -> None:
        self._code: str = request["code"]
        self._entry: str = request["entry"]
        self._fixtures: str = request["fixtures"]
        needs = request["needs"]
        self._rules = Rules(None if needs is None else tuple(needs), tuple(request["forbid"]))
        self._seed: int = request["seed"]
        self._numpy: Any = sys.modules.get("numpy")
        # Who draws random numbers says so, but for scikit-learn and the like; seeding costs as much as a small case.
        self._draws = "random" in self._code + self._fixtures or "sklearn" in sys.modules
        self._public: dict[str, object] = {}
        """What the fixtures define."""
        self._module = ModuleType(NAME)
        self._module.__dict__.update(__file__=FILE, __builtins__=builtins)

    # Loading

    def load(self) -> Json:
        """Runs the module; says how that went."""
        linecache.cache[FILE] = (len(self._code), None, self._code.splitlines(keepends=True), FILE)
        try:
            tree = ast.parse(self._code, FILE)
            program = compile(tree, FILE, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            return {"setup": "syntax", "raised": self._raised(error)}
        if (offender := self._rules.offender(tree)) is not None:
            return {"setup": "forbidden", "detail": offender}
        sys.modules[NAME] = self._module
        sys.argv[:] = [FILE]
        self._reseed()
        namespace: dict[str, Any] = self._module.__dict__
        try:
            before = set(namespace)
            exec(compile(self._fixtures, "fixtures.py", "exec", dont_inherit=True), namespace)  # noqa: S102
            self._public = {name: namespace[name] for name in namespace.keys() - before}
            self._rules.guard(namespace)
            exec(program, namespace)  # noqa: S102
        except SystemExit as error:
            _leave(error)
        except MemoryError:
            return {"setup": "stopped", "ending": "memory"}
        except BaseException as error:  # noqa: BLE001
            return {"setup": "raised", "raised": self._raised(error)}
        if self._entry not in namespace:
            return {"setup": "no-entry", "detail": ", ".join(self._similar(namespace))}
        return {"setup": "ready"}

    def _similar(self, namespace: dict[str, Any]) -> list[str]:
        """Names that the submission defines, those most like the entry's first."""
        defined = [
            name
            for name, value in namespace.items()
            if not name.startswith("_") and name not in self._public and getattr(value, "__module__", None) == NAME
        ]
        return difflib.get_close_matches(self._entry, defined, NAMES, cutoff=0.0)

    # Running

    def run(self, case: Json) -> Json:
        """Does one case; says how it ended."""
        actions: dict[str, Callable[[Json], Json]] = {
            "call": self._call,
            "script": self._script,
            "figure": self._figure,
            "capture": self._capture,
            "evaluate": self._evaluate,
        }
        try:
            reply = actions[case["action"]](case)
        except SystemExit as error:
            _leave(error)
        except MemoryError:
            return {"ending": "memory"}
        except encoding.Unsupported as found:
            return {"ending": "unsupported", "detail": str(found)}
        except encoding.TooLarge as found:
            return {"ending": "too-large", "detail": str(found)}
        except BaseException as error:  # noqa: BLE001
            return {"ending": "raised", "raised": self._raised(error)}
        return {"ending": "value", **reply}

    def _reseed(self) -> None:
        if not self._draws:
            return
        random.seed(self._seed)
        if self._numpy is not None:
            self._numpy.random.seed(self._seed % 2**32)

    def _arguments(self, args: Json, kwargs: Json) -> tuple[list[Any], dict[str, Any]]:
        names = self._public
        named: dict[str, Json] = kwargs or {}
        return (
            [encoding.decode(value, names) for value in args],
            {name: encoding.decode(value, names) for name, value in named.items()},
        )

    def _call(self, case: Json) -> Json:
        entry = getattr(self._module, self._entry)
        first: Json = None
        times: list[float] = []
        for turn in range(case["repeat"]):
            args, kwargs = self._arguments(case["args"], case["kwargs"])
            self._reseed()
            begin = _cpu_s() if case["repeat"] > 1 else 0.0
            result = _consumed(entry(*args, **kwargs))
            times.append(_cpu_s() - begin if case["repeat"] > 1 else 0.0)
            if turn == 0:
                first = encoding.encode([args[i] for i in case["args_after"]] if case["args_after"] else result)
        return {"value": first, "cpu_s": min(times)}

    def _script(self, case: Json) -> Json:
        self._reseed()
        entry = getattr(self._module, self._entry)
        target: Any = None
        results: list[Json] = []
        first: BaseException | None = None
        for name, args, kwargs in case["args"]:
            positional, named = self._arguments(args, kwargs)
            try:
                if name == "new":
                    target, result = entry(*positional, **named), None
                else:
                    attribute = getattr(target, name)
                    result = attribute(*positional, **named) if callable(attribute) else attribute
                result = _consumed(result)
            except (SystemExit, MemoryError):
                raise
            except BaseException as error:  # noqa: BLE001
                first = first or error
                result = encoding.raised_mark(error)
            try:
                results.append(encoding.encode(result))
            except encoding.Unsupported as found:
                raise found.inside(f"[{len(results)}]") from None
        return {"value": results, "raised": None if first is None else self._raised(first)}

    def _figure(self, case: Json) -> Json:
        self._reseed()
        args, kwargs = self._arguments(case["args"], case["kwargs"])
        return {"value": figure.describe(getattr(self._module, self._entry)(*args, **kwargs))}

    # For authors

    def _capture(self, case: Json) -> Json:
        """Where an author wrote a call, the arguments that it makes."""
        names, marks = self._author_names()
        recorded: list[Json] = []

        def record(name: str) -> Callable[..., Any]:
            def recorder(*args: Any, **kwargs: Any) -> None:
                recorded.append(
                    [name, [_marked(a, marks) for a in args], {k: _marked(v, marks) for k, v in kwargs.items()}]
                )

            return recorder

        tree = ast.parse(case["source"].strip(), "case", "eval")
        if not isinstance(tree.body, ast.List):
            names[self._entry] = record(self._entry)
            _evaluated(tree, names)
            if len(recorded) != 1:
                raise ValueError(f"a case is one call of {self._entry}")
            return {"value": recorded[0][1:]}
        calls = [node.func for node in tree.body.elts if isinstance(node, ast.Call)]
        operations = {function.id for function in calls if isinstance(function, ast.Name)}
        unknown = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {*names, *vars(builtins)}
        _evaluated(tree, {**names, **{name: record(name) for name in operations | unknown}})
        return {"value": recorded}

    def _evaluate(self, case: Json) -> Json:
        """The value of what an author expects."""
        names, marks = self._author_names()
        names["raises"] = encoding.raised_mark
        return {"value": _marked(_evaluated(ast.parse(case["source"].strip(), "case", "eval"), names), marks)}

    def _author_names(self) -> tuple[dict[str, Any], dict[int, Json]]:
        """What a case may mention; and, by identity, the objects that are written down by name or seed."""
        numpy = self._numpy
        marks: dict[int, Json] = {id(value): {"$fn": name} for name, value in self._public.items() if callable(value)}
        kept: list[object] = []

        def rng(seed: int) -> object:
            generator = numpy.random.default_rng(seed)
            kept.append(generator)  # an identity must not be used again
            marks[id(generator)] = {"$rng": seed}
            return generator

        names: dict[str, Any] = {**self._public, "np": numpy, "math": math, "rng": rng}
        if "pandas" in sys.modules:
            names["pd"] = sys.modules["pandas"]
        return names, marks

    # Exceptions

    def _raised(self, error: BaseException) -> Json:
        try:
            mark = encoding.raised_mark(error)
        except BaseException:  # noqa: BLE001 - a candidate's __str__ may raise anything
            mark = encoding.raised_mark(type(error))
        frames = list(self._frames(error.__traceback__))
        if isinstance(error, SyntaxError) and error.filename == FILE:
            frames = [self._frame(error.lineno or 1, "<module>")]
        return {"type": mark.type, "bases": mark.bases, "message": mark.message, "frames": frames[-FRAMES:]}

    def _frames(self, trace: TracebackType | None) -> Iterable[Json]:
        while trace is not None:
            code = trace.tb_frame.f_code
            if code.co_filename == FILE:
                yield self._frame(trace.tb_lineno, code.co_qualname)
            trace = trace.tb_next

    def _frame(self, line: int, function: str) -> Json:
        lines = self._code.splitlines()
        return {"line": line, "function": function, "text": lines[line - 1].strip() if 0 < line <= len(lines) else ""}


def _leave(exit_: SystemExit) -> NoReturn:
    """Ends the process as `sys.exit` would have."""
    _flush()
    code = exit_.code
    os._exit(0 if code is None else code & 0xFF if isinstance(code, int) else 1)


def _consumed(value: Any) -> Any:
    """Generators and other iterators as lists."""
    if not hasattr(_type_of(value), "__next__"):
        return value
    items: list[Any] = list(itertools.islice(value, ITEMS))
    return items


def _marked(value: Any, marks: Mapping[int, Json]) -> Json:
    """As `encoding.encode`, with what has a mark written as its mark, also within lists, tuples and dicts."""
    kind = _type_of(value)
    if id(value) in marks:
        return marks[id(value)]
    if kind is list:
        return [_marked(item, marks) for item in value]
    if kind is tuple:
        return {"$tuple": [_marked(item, marks) for item in value]}
    if kind is dict and all(type(key) is str and not key.startswith("$") for key in value):
        return {key: _marked(item, marks) for key, item in value.items()}
    return encoding.encode(value)


def _evaluated(tree: ast.Expression, names: dict[str, Any]) -> Any:
    return eval(compile(tree, "case", "eval"), {"__builtins__": builtins, **names})  # noqa: S307 - the author's
