"""What can happen in a group round, besides what `bot.rounds.events` has for every kind of round.

Every event says when (`at`, UTC) and who sent it (`by`, a person's id; None: the bot). Turn 0 is the lobby; turn n asks
item n - 1. Events name attempts by id and never hold what people typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.rounds.events import Advanced, Answered, Extended, Item, Kind, Regraded, Result, Skipped, TimedOut
from questions.model import Level


@dataclass(frozen=True)
class Opened:
    """Somebody opens a lobby and is its host."""

    at: datetime
    by: int
    kind: Kind
    level: Level
    asked: int
    """How many questions are wanted; the bank may have fewer."""
    limit_s: int
    """Seconds for each question."""
    plays: bool = True
    """Whether the host takes part. One who only moderates may still join later."""


@dataclass(frozen=True)
class Joined:
    at: datetime
    by: int


@dataclass(frozen=True)
class Left:
    at: datetime
    by: int


@dataclass(frozen=True)
class Begun:
    """The host starts the questions, which were drawn for whoever is there."""

    at: datetime
    by: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Done:
    """Wants to send no more tries of this code task."""

    at: datetime
    by: int
    turn: int


@dataclass(frozen=True)
class Graded:
    at: datetime
    by: None
    turn: int
    user: int
    """Whose attempt it is."""
    attempt: int
    result: Result


@dataclass(frozen=True)
class TimeAdded:
    """The host gives everybody `seconds` more for the open question."""

    at: datetime
    by: int
    turn: int
    seconds: int


@dataclass(frozen=True)
class TookOver:
    """Wants to be the host instead of one who is away."""

    at: datetime
    by: int


@dataclass(frozen=True)
class Seen:
    """The host was seen: they wrote in the channel, or looked at something of the round."""

    at: datetime
    by: int


@dataclass(frozen=True)
class Ended:
    at: datetime
    by: int | None


GroupEvent = (
    Opened
    | Joined
    | Left
    | Begun
    | Answered
    | Done
    | Graded
    | Regraded
    | Skipped
    | TimeAdded
    | Advanced
    | TookOver
    | Seen
    | TimedOut
    | Extended
    | Ended
)
