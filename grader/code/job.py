"""What the sandbox is asked to run, and what it reports. Plain data; both cross process borders as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = Any
"""A JSON value; values of other types are tagged (`grader.code.values`)."""


class Action(StrEnum):
    """What is done with a case."""

    CALL = "call"
    """`entry(*args, **kwargs)`; the result is encoded (generators are consumed, at most 10,000 items)."""
    SCRIPT = "script"
    """A list of operations on one object of the class `entry`; the list of their results."""
    FIGURE = "figure"
    """As CALL, then the figure that came back (or is current) is described and drawn as PNG, 800 × 500."""
    CAPTURE = "capture"
    """Authors only: evaluates `source` with `entry` as a recorder and gives its arguments `[args, kwargs]`; for a class
    the list of operations."""
    EVALUATE = "evaluate"
    """Authors only: the value of the expression `source`."""


@dataclass(frozen=True)
class RunCase:
    """One case without its expected value. Arguments are decoded anew for each call."""

    args: Json = ()
    """A JSON array of encoded arguments; for SCRIPT an array of `[name, args, kwargs]`."""
    kwargs: Json = None
    """An object of encoded arguments, or None."""
    action: Action = Action.CALL
    source: str = ""
    args_after: tuple[int, ...] = ()
    """Positions of arguments to give back as they are after the call (instead of the result)."""
    repeat: int = 1
    """Runs it this often and reports the fastest; the first result counts. For measuring growth."""


@dataclass(frozen=True)
class RunLimits:
    cpu_s: float = 2.0
    """CPU time of all threads, for all cases of the job together."""
    idle_s: float = 3.0
    """Wall time without any CPU progress (asleep, waiting) after which the run is over."""
    wall_s: float = 30.0
    """A ceiling far above `cpu_s`, so that a busy machine fails nobody."""
    memory_mb: int = 256
    """Above what interpreter and libraries take."""
    output_bytes: int = 64 * 1024
    """Of standard output and error together."""
    result_bytes: int = 1024 * 1024
    """Of one result."""


@dataclass(frozen=True)
class Job:
    """One program and the cases to run it on, in one sandbox process (or a few, when it dies on the way)."""

    code: str
    entry: str
    cases: tuple[RunCase, ...]
    fixtures: str = ""
    """Trusted public code, loaded before `code` into the same namespace."""
    needs: tuple[str, ...] | None = None
    """Third-party modules that may be imported; None: no such rule."""
    forbid: tuple[str, ...] = ()
    limits: RunLimits = RunLimits()
    seed: int = 0
    """Seeds `random` and numpy's global generator before every case."""
    libraries: bool | None = None
    """Whether all libraries must be warm; None: seen from the imports."""
    hash_seed: int = 0
    """0 is the warm sandbox's; another one starts a cold process (building compares two)."""
    keep_going: bool = True
    """After a case that killed the process, run the others in a new one (at most `RESTARTS` times)."""


RESTARTS = 4


class Ending(StrEnum):
    """How one case ended."""

    VALUE = "value"
    RAISED = "raised"
    UNSUPPORTED = "unsupported"
    """The result is of a type that has no encoding."""
    TOO_LARGE = "too-large"
    """The result is larger or deeper than allowed."""
    CPU = "cpu"
    IDLE = "idle"
    WALL = "wall"
    MEMORY = "memory"
    OUTPUT = "output"
    CRASHED = "crashed"
    """The process ended before it answered (exit, abort, a fault in C code)."""
    PROTOCOL = "protocol"
    """Bytes that are no answer."""
    NOT_RUN = "not-run"


class Setup(StrEnum):
    """How loading the submission ended."""

    READY = "ready"
    SYNTAX = "syntax"
    FORBIDDEN = "forbidden"
    """Imports a module that the task does not allow."""
    NO_ENTRY = "no-entry"
    RAISED = "raised"
    """An exception at module level."""
    STOPPED = "stopped"
    """A limit or a crash while loading; `ending` says which."""


@dataclass(frozen=True)
class Frame:
    """A line of a traceback inside the submission. `line` is 1-based."""

    line: int
    function: str
    text: str


@dataclass(frozen=True)
class Raised:
    """An exception, as text: cut, and without control characters."""

    type: str
    bases: tuple[str, ...]
    """The names of its classes, itself first."""
    message: str
    frames: tuple[Frame, ...] = ()
    """Only the submission's own lines, outermost first."""


@dataclass(frozen=True)
class CaseReport:
    ending: Ending
    value: Json = None
    """The encoded result of VALUE. For FIGURE `{"figure": description, "png": base64}`."""
    raised: Raised | None = None
    detail: str = ""
    """UNSUPPORTED: the type and its path (`result[1]['model']: Pipeline`); CRASHED: how (`SIGSEGV`, `exit 3`)."""
    cpu_s: float = 0.0
    """Measured from outside; with `repeat` the fastest run, as the sandbox saw it."""
    wall_s: float = 0.0


@dataclass(frozen=True)
class Report:
    """What became of a job. `cases` has one entry a case of the job, in order."""

    setup: Setup
    cases: tuple[CaseReport, ...] = ()
    raised: Raised | None = None
    """Of SYNTAX and RAISED."""
    ending: Ending | None = None
    """Of STOPPED."""
    detail: str = ""
    """FORBIDDEN: the module; NO_ENTRY: names that the submission does define, the nearest first."""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    memory_mb: float = 0.0
    """The peak above what interpreter and libraries take."""
    output: str = ""
    """The first 2,000 characters that were printed, cleaned of control characters."""
    tier: int = 0
    """1 to 3; 0: unsafe, allowed by the owner."""
    size: int = 0
    """Bytes of the report as JSON: how much work it is to go through it."""


class SandboxError(Exception):
    """The sandbox itself failed (twice): an internal error, never the candidate's."""


class NoSandboxError(SandboxError):
    """This machine offers no sandbox; the message says why, in words for the person."""
