"""What can happen in a round. Every event says when (`at`, UTC) and who sent it (`by`, a person's id; None: the bot).

Events name attempts by id and never hold what people typed, so erasing a person does not break a replay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from questions.model import Level


class Kind(StrEnum):
    QUIZ = "quiz"
    BEHAVIORAL = "behavioral"
    CODE = "code"


class Mode(StrEnum):
    PRACTICE = "practice"
    """Feedback after every question, all hints, the model answer on request."""
    EXAM = "exam"
    """Feedback at the end, at most two hints, key points stay hidden."""


@dataclass(frozen=True)
class Item:
    """One drawn question. `order` is the order in which the options are shown, `variant` the numeric draw."""

    question: str
    version: int
    order: tuple[str, ...] = ()
    variant: int = 0


@dataclass(frozen=True)
class Result:
    """What the engine needs of a grade."""

    score: float | None
    """0–1; None when the grader failed: the item is then not counted. Of a submission: the whole task's with it."""
    band: int
    probes: tuple[str, ...] = ()
    """Ids of the follow-ups worth asking, best first."""
    again: bool = False
    """Too little to grade (very short, no number in it): offer once to send a better one."""
    retry: bool = False
    """A submission after which the task stays open for another one."""


@dataclass(frozen=True)
class Started:
    at: datetime
    by: int
    kind: Kind
    level: Level
    mode: Mode
    items: tuple[Item, ...]
    limit_s: int | None = None
    """Seconds for each question and each follow-up; None: no limit."""


@dataclass(frozen=True)
class Answered:
    at: datetime
    by: int
    turn: int
    attempt: int


@dataclass(frozen=True)
class HintAsked:
    at: datetime
    by: int
    turn: int


@dataclass(frozen=True)
class Skipped:
    at: datetime
    by: int
    turn: int


@dataclass(frozen=True)
class GaveUp:
    """Asked to be shown the answer instead of answering (practice only)."""

    at: datetime
    by: int
    turn: int


@dataclass(frozen=True)
class Advanced:
    """Read the feedback and wants the next question."""

    at: datetime
    by: int
    turn: int


@dataclass(frozen=True)
class TimedOut:
    at: datetime
    by: None
    turn: int


@dataclass(frozen=True)
class Graded:
    at: datetime
    by: None
    turn: int
    attempt: int
    result: Result


@dataclass(frozen=True)
class Extended:
    """The bot was away for `seconds`; an open deadline moves by as much."""

    at: datetime
    by: None
    seconds: float


@dataclass(frozen=True)
class SelfRated:
    """The person rates what offline rules cannot judge, on the anchors 1–4."""

    at: datetime
    by: int
    band: int


@dataclass(frozen=True)
class Regraded:
    """What somebody earned on an item is more than was thought: an appeal was upheld, and the question mended."""

    at: datetime
    by: None
    user: int
    item: int
    score: float
    """0–1."""
    band: int


@dataclass(frozen=True)
class Stopped:
    at: datetime
    by: int | None


Event = (
    Started
    | Answered
    | HintAsked
    | Skipped
    | GaveUp
    | Advanced
    | TimedOut
    | Graded
    | Regraded
    | Extended
    | SelfRated
    | Stopped
)
