"""A sealed task: all that judging needs, as data. Built from a task file in the sandbox (`grader.code.build`)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from grader.code.job import Json
from questions.code_task import CodeKind, Compare, Score

FORMAT = 1


@dataclass(frozen=True)
class Case:
    """One case with its expected value."""

    id: str
    """Unique in the bundle: the group's number and the case's (`2.5`)."""
    why: str
    """What it is about; shown when it fails."""
    args: Json
    kwargs: Json = None
    expected: Json = None
    """The encoded value. A figure's is its description, without the picture."""
    raises: str | None = None
    """The class that the call must raise (subclasses count)."""
    weight: int = 1
    hint: str | None = None
    call: str = ""
    """The call as its author wrote it; shown for samples only."""
    shown: str = ""
    """The expected value as its author wrote it; shown for samples only."""


@dataclass(frozen=True)
class Group:
    name: str
    points: int
    cases: tuple[Case, ...]
    sample: bool = False
    scaling: float | None = None
    """How much faster than the reference's the time may grow, as an exponent of the size."""
    sizes: tuple[float, ...] = ()
    """Of a scaling group: the size of each case."""


@dataclass(frozen=True)
class Bundle:
    """`time_s`, `memory_mb`, `result_kb` are the limits of one group. `reference`, `check` run in the sandbox only."""

    task: str
    version: int
    kind: CodeKind
    entry: str
    compare: Compare
    groups: tuple[Group, ...]
    time_s: float
    memory_mb: int
    result_kb: int
    seed: int
    reference: str
    needs: tuple[str, ...] | None = None
    forbid: tuple[str, ...] = ()
    fixtures: str = ""
    check: str | None = None
    score: Score | None = None
    """predict: how the single case's predictions are scored; `expected` holds the hidden labels."""
    public: tuple[int, ...] = ()
    """predict: the rows of the test set whose score is shown at each submission."""
    baselines: tuple[tuple[str, float], ...] = ()
    """predict: what simple answers score, by name (`always the mean`)."""
    versions: tuple[tuple[str, str], ...] = ()
    """The libraries it was built with."""
    format: int = FORMAT
    sha256: str = ""

    def sealed(self) -> Bundle:
        """The same bundle with its seal."""
        return replace(self, sha256=_digest(self))

    @property
    def intact(self) -> bool:
        return self.sha256 == _digest(self)


_ADAPTER = TypeAdapter(Bundle)


class BrokenBundleError(ValueError):
    """The bundle was changed after it was sealed, or is of a format that this program does not know."""


def encode(bundle: Bundle) -> bytes:
    return _ADAPTER.dump_json(bundle)


def decode(text: bytes) -> Bundle:
    """Raises BrokenBundleError."""
    try:
        bundle = _ADAPTER.validate_json(text)
    except ValueError as error:
        raise BrokenBundleError(str(error)) from error
    if bundle.format != FORMAT or not bundle.intact:
        raise BrokenBundleError(f"the bundle of {bundle.task} is of another format or was changed")
    return bundle


def _digest(bundle: Bundle) -> str:
    data = _ADAPTER.dump_python(replace(bundle, sha256=""), mode="json")
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
