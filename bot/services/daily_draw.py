"""Which questions a day brings: chosen for the person, or drawn as any round's are."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.clock import Clock
from bot.errors import UserError
from bot.rounds.events import Item, Kind, Mode
from bot.services.banks import Banks
from bot.services.daily import DailyKind, plan_of
from bot.services.judging import Facts, Judging
from bot.services.starting import STORIES, Expectations, Format, Starting, Wish
from bot.store import questions
from bot.store.daily import SubscriptionRow
from bot.store.engine import Store
from bot.store.rounds import Place
from questions.bank import Bank, Chance
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import FreeText, Level, MultipleChoice, Numeric

_log = logging.getLogger(__name__)

_FORMATS = {
    DailyKind.FREE_TEXT: Format.FREE_TEXT,
    DailyKind.MULTIPLE_CHOICE: Format.MULTIPLE_CHOICE,
    DailyKind.NUMERIC: Format.NUMERIC,
    DailyKind.CODE: Format.CODE,
}
TYPES: dict[DailyKind, tuple[type[AnyQuestion], ...]] = {
    DailyKind.FREE_TEXT: (FreeText,),
    DailyKind.MULTIPLE_CHOICE: (MultipleChoice,),
    DailyKind.NUMERIC: (Numeric,),
    DailyKind.CODE: (CodeTask,),
    DailyKind.BEHAVIORAL: STORIES,
}


class NextQuestion(Protocol):
    """Chooses what a person should meet next, such as what they missed some time ago."""

    async def choose(
        self, user_id: int, kinds: tuple[type[AnyQuestion], ...], level: Level, count: int
    ) -> tuple[list[str] | None, str]:
        """Ids of up to `count` questions of these kinds (None: draw them), and why these, in a sentence for the person
        ('': nothing to say)."""
        ...


@dataclass(frozen=True)
class Drawn:
    """The questions of one day: all of one kind of round."""

    wish: Wish
    questions: tuple[AnyQuestion, ...]
    items: tuple[Item, ...]
    reason: str


class DailyDraw(Starting):
    """Draws as any round's start does, and leaves it to the delivery to store what was drawn."""

    def __init__(
        self,
        store: Store,
        bank: Bank,
        clock: Clock,
        chance: Chance,
        judge: Judging,
        expectations: Expectations | None = None,
        banks: Banks | None = None,
        chooser: NextQuestion | None = None,
    ) -> None:
        super().__init__(store, bank, clock, chance, judge, expectations, banks)
        self._chooser = chooser

    async def draw(self, row: SubscriptionRow, place: Place, bank: Bank) -> Drawn:
        """The next questions of a person, from the bank of `place`. Raises UserError when none fits."""
        plan = plan_of(row)
        kinds = tuple(kind for kind in plan.kinds if kind is not DailyKind.CODE or self._judge.refusal is None)
        if not kinds:
            raise UserError(self._judge.refusal or "There is no kind of question to draw from.")
        reason = ""
        chosen: list[AnyQuestion] = []
        if self._chooser is not None:
            types = tuple(one for kind in kinds for one in TYPES[kind])
            ids, reason = await self._chooser.choose(row.user_id, types, plan.level, plan.count)
            found = [question for name in ids or () if (question := bank.get(name)) is not None]
            chosen = [question for question in found if isinstance(question, types)]
        if chosen:
            first = _kind_of(chosen[0])
            wish = self._wish(row, place, [kind for kind in kinds if _round_kind(kind) is first])
            chosen = [question for question in chosen if isinstance(question, wish.kinds)][: plan.count]
            for question in chosen:
                if isinstance(question, CodeTask):
                    await self._judge.facts(question)
        else:
            at = kinds[int(self._chance.random() * len(kinds))]
            wish = self._wish(row, place, [kind for kind in kinds if _round_kind(kind) is _round_kind(at)])
            async with self._store.read() as connection:
                seen = await questions.seen(connection, row.user_id)
            chosen, reason = await self._draw(wish, seen, [row.user_id]), ""
        return Drawn(wish, tuple(chosen), tuple(map(self._item, chosen)), reason)

    def _wish(self, row: SubscriptionRow, place: Place, kinds: Sequence[DailyKind]) -> DailyWish:
        plan = plan_of(row)
        kind = _round_kind(kinds[0])
        return DailyWish(
            user_id=row.user_id,
            place=place,
            kind=kind,
            level=plan.level,
            mode=Mode.PRACTICE,
            format=_FORMATS.get(kinds[0], Format.MIXED) if len(kinds) == 1 else Format.MIXED,
            count=plan.count,
            types=tuple(one for kind in kinds for one in TYPES[kind]),
        )

    async def facts(self, question: AnyQuestion) -> Facts | None:
        """What a task's card says beyond its file; None for other questions, and where it cannot be known."""
        if not isinstance(question, CodeTask):
            return None
        try:
            return await self._judge.facts(question)
        except UserError as error:
            _log.warning("task %s is shown without its limits: %s", question.id, error)
            return None


@dataclass(frozen=True)
class DailyWish(Wish):
    """A wish for any mixture of question types of one kind of round."""

    types: tuple[type[AnyQuestion], ...] = ()

    @property
    def kinds(self) -> tuple[type[AnyQuestion], ...]:
        return self.types


def _round_kind(kind: DailyKind) -> Kind:
    return {DailyKind.CODE: Kind.CODE, DailyKind.BEHAVIORAL: Kind.BEHAVIORAL}.get(kind, Kind.QUIZ)


def _kind_of(question: AnyQuestion) -> Kind:
    return next(_round_kind(kind) for kind, types in TYPES.items() if isinstance(question, types))
