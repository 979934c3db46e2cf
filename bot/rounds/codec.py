"""Events and states as JSON. The `type` and `version` columns of an event say how to read its payload."""

from __future__ import annotations

from pydantic import TypeAdapter

from bot.rounds.dialogue import State
from bot.rounds.events import (
    Advanced,
    Answered,
    Event,
    Extended,
    GaveUp,
    Graded,
    HintAsked,
    SelfRated,
    Skipped,
    Started,
    Stopped,
    TimedOut,
)

VERSION = 1
"""The version that is written. A change of an event's fields raises it and teaches `decode_event` the old one."""

_TYPES: dict[str, type[Event]] = {
    "started": Started,
    "answered": Answered,
    "hint-asked": HintAsked,
    "skipped": Skipped,
    "gave-up": GaveUp,
    "advanced": Advanced,
    "timed-out": TimedOut,
    "graded": Graded,
    "extended": Extended,
    "self-rated": SelfRated,
    "stopped": Stopped,
}
_NAMES = {kind: name for name, kind in _TYPES.items()}
_EVENTS: dict[str, TypeAdapter[Event]] = {name: TypeAdapter(kind) for name, kind in _TYPES.items()}
_STATE = TypeAdapter(State)


class CodecError(ValueError):
    """The stored event is of a type or version that this program does not know."""


def encode_event(event: Event) -> tuple[str, int, str]:
    """`(type, version, payload)` of an event, the payload as JSON."""
    name = _NAMES[type(event)]
    return name, VERSION, _EVENTS[name].dump_json(event).decode()


def decode_event(name: str, version: int, payload: str) -> Event:
    """The event of a stored row. Raises CodecError for one from a newer program."""
    if version != VERSION or name not in _EVENTS:
        raise CodecError(f"unknown event {name!r} version {version}")
    return _EVENTS[name].validate_json(payload)


def encode_state(state: State) -> str:
    return _STATE.dump_json(state).decode()


def decode_state(text: str) -> State:
    return _STATE.validate_json(text)
