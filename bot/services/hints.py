"""The hint ladder as it is shown."""

from __future__ import annotations

from bot.services.record import RoundRecord
from questions.expression import fill
from questions.kinds import AnyQuestion
from questions.model import Numeric

HINT_COSTS = ("free", "×¾", "×½")
"""What a point earned after hint 1, 2, 3 is still worth."""


def hints_of(question: AnyQuestion, variant: int) -> tuple[str, ...]:
    """The hint ladder of a question; a numeric template's with its numbers filled in."""
    if isinstance(question, Numeric):
        params = question.draw(variant)
        return tuple(fill(hint, params) for hint in question.hints)
    return question.hints


def taken_hints(record: RoundRecord, item: int) -> tuple[str, ...]:
    """The hints that were taken on an item."""
    state = record.state
    return hints_of(record.question(item), state.items[item].variant)[: state.item_states[item].hints]


def next_hint(record: RoundRecord, item: int) -> str | None:
    """What the next hint on an item costs; None when there is none."""
    taken = record.state.item_states[item].hints
    there = min(len(record.question(item).hints), record.state.hints_allowed)
    return HINT_COSTS[taken] if taken < there else None
