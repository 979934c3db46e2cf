"""What every kind of round has in common, whatever its rules.

An engine is a pure state machine: `step(state, event)` gives the next state and what to reply to the sender. What the
bot owes the channel is a function of the state, too: `posts` says which messages must stand there and how they
look, `wake_at` when the state changes by itself, `scored` what everybody has earned so far.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from pydantic import TypeAdapter

from bot.rounds.events import Kind, Mode
from questions.model import Level

VERSION = 1
"""The version of events that is written. A change of an event's fields raises it and teaches `Codec` the old one."""
GRACE = timedelta(seconds=5)
"""An answer this late still counts: it was on its way when the time ended. The turn ends after it."""


class RoundEvent(Protocol):
    """Something that happened: when (UTC), and who sent it (a person's id; None: the bot)."""

    @property
    def at(self) -> datetime: ...
    @property
    def by(self) -> int | None: ...


class RoundState(Protocol):
    """What the store needs to know of any round."""

    @property
    def owner(self) -> int: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def level(self) -> Level: ...
    @property
    def mode(self) -> Mode: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def finished_at(self) -> datetime | None:
        """None while the round is open."""
        ...

    @property
    def stopped(self) -> bool:
        """Whether it was ended before its end."""
        ...

    @property
    def score(self) -> float | None:
        """The owner's score, 0–1; None where there is none."""
        ...


S = TypeVar("S", bound=RoundState)
E = TypeVar("E", bound=RoundEvent)
R = TypeVar("R", bound=StrEnum)
K = TypeVar("K", bound=StrEnum)


class IllegalEventError(Exception):
    """An event that no honest sender produces (a second start, a rating of 7)."""


@dataclass(frozen=True)
class Post(Generic[K]):
    """A message that must stand in the channel. `key` names it in its round; `face` changes with its looks."""

    kind: K
    turn: int
    """The turn that its buttons act on."""
    face: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.turn}"


@dataclass(frozen=True)
class Scored:
    """What one person earned on one item. Once it is there it does not change."""

    user: int
    item: int
    score: float
    """0–1, after hints; 0 for an item that was skipped, given up or not answered in time."""
    band: int
    """1–4."""
    hints: int
    told: bool
    """Whether the answer was shown before the person had answered."""
    asked_at: datetime


class CodecError(ValueError):
    """The stored event is of a type or version that this program does not know."""


class Codec(Generic[S, E]):
    """Events and states of one engine as JSON. The `type` and `version` of an event say how to read its payload."""

    def __init__(self, state: type[S], events: Mapping[str, type[E]]) -> None:
        self._state: TypeAdapter[S] = TypeAdapter(state)
        self._events: dict[str, TypeAdapter[E]] = {name: TypeAdapter(kind) for name, kind in events.items()}
        self._names = {kind: name for name, kind in events.items()}

    def encode_event(self, event: E) -> tuple[str, int, str]:
        """`(type, version, payload)` of an event, the payload as JSON."""
        name = self._names[type(event)]
        return name, VERSION, self._events[name].dump_json(event).decode()

    def decode_event(self, name: str, version: int, payload: str) -> E:
        """The event of a stored row. Raises CodecError for one from a newer program."""
        if version != VERSION or name not in self._events:
            raise CodecError(f"unknown event {name!r} version {version}")
        return self._events[name].validate_json(payload)

    def encode_state(self, state: S) -> str:
        return self._state.dump_json(state).decode()

    def decode_state(self, text: str) -> S:
        return self._state.validate_json(text)


@dataclass(frozen=True)
class Engine(Generic[S, E, R, K]):
    """The rules of one kind of round, as the services and the store use them."""

    name: str
    """Under which its rounds are stored."""
    codec: Codec[S, E]
    step: Callable[[S, E], tuple[S, tuple[R, ...]]]
    posts: Callable[[S], tuple[Post[K], ...]]
    """The messages of the round so far, in channel order."""
    wake_at: Callable[[S], datetime | None]
    """When something happens by itself; None: not before somebody acts."""
    time_out: Callable[[S, datetime], E]
    """The event that says that this moment has come."""
    outage: Callable[[S, datetime, datetime], E | None]
    """The event that makes good for the bot's absence from the first moment to the second; None: nothing moves."""
    scored: Callable[[S], tuple[Scored, ...]]
    """Everything that is scored so far, in the order of the items."""
