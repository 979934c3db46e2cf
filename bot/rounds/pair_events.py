"""What can happen in a peer interview beside the events of every round (answered, graded, timed out, extended, stopped,
and skipped: a person who will not rate).

`at` is UTC and `by` the sender's id (None: the bot). `turn` is the interview that is meant: 0, or 1 after the swap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.rounds.events import Answered, Extended, Graded, Item, Kind, Skipped, Stopped, TimedOut
from questions.model import Level


@dataclass(frozen=True)
class CandidateSheet:
    """How the interviewer rates the candidate, each mark 1–4."""

    correctness: int
    depth: int
    communication: int
    note: int | None = None
    """The attempt that holds what was written beside the marks."""

    @property
    def marks(self) -> tuple[int, ...]:
        return self.correctness, self.depth, self.communication


@dataclass(frozen=True)
class InterviewerSheet:
    """How the candidate rates the interviewer, each mark 1–4."""

    clarity: int
    help: int
    """Hints and probes."""
    pace: int
    note: int | None = None
    """The attempt that holds what was written beside the marks."""

    @property
    def marks(self) -> tuple[int, ...]:
        return self.clarity, self.help, self.pace


@dataclass(frozen=True)
class Proposed:
    at: datetime
    by: int
    partner: int
    kind: Kind
    """QUIZ (breadth in free text) or BEHAVIORAL."""
    level: Level
    when: datetime
    first: int
    """Who is the interviewer first: the proposer or the partner."""
    minutes: int = 20
    """For each of the two interviews."""


@dataclass(frozen=True)
class Countered:
    """Another time instead; now the other one must agree."""

    at: datetime
    by: int
    when: datetime


@dataclass(frozen=True)
class Accepted:
    at: datetime
    by: int


@dataclass(frozen=True)
class Declined:
    at: datetime
    by: int


@dataclass(frozen=True)
class Cancelled:
    at: datetime
    by: int


@dataclass(frozen=True)
class Arrived:
    """Is here and ready to begin."""

    at: datetime
    by: int


@dataclass(frozen=True)
class Begun:
    """The questions are drawn: the first is asked of the first candidate, the second after the swap."""

    at: datetime
    by: None
    items: tuple[Item, Item]
    hints_available: tuple[int, int]
    """How many hints each question has, 0–3."""


@dataclass(frozen=True)
class HintGiven:
    """The interviewer shows the candidate the next hint."""

    at: datetime
    by: int
    turn: int


@dataclass(frozen=True)
class ProbeGiven:
    """The interviewer asks one of the question's follow-ups."""

    at: datetime
    by: int
    turn: int
    probe: str


@dataclass(frozen=True)
class Ticked:
    """The key points that the interviewer has heard by now: all of them, not only the new ones."""

    at: datetime
    by: int
    turn: int
    points: tuple[str, ...]


@dataclass(frozen=True)
class Closed:
    """The interviewer ends the interview before its time."""

    at: datetime
    by: int
    turn: int


@dataclass(frozen=True)
class Rated:
    at: datetime
    by: int
    turn: int
    sheet: CandidateSheet | InterviewerSheet


Negotiation = Countered | Accepted | Declined
InterviewEvent = Answered | HintGiven | ProbeGiven | Ticked | Closed | Rated | Skipped
PersonalEvent = Negotiation | Cancelled | Arrived | InterviewEvent | Stopped
PairEvent = Proposed | Begun | Graded | TimedOut | Extended | PersonalEvent
