"""Study plans: what a person prepares for is kept; what follows from it is worked out whenever they look."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from pydantic import TypeAdapter

from bot.abilities.blueprints import BLUEPRINTS, RoundKind
from bot.abilities.readiness import roughly
from bot.clock import Clock
from bot.counting import counted
from bot.errors import UserError
from bot.practice.description import Named, topics_named
from bot.practice.plan import MOST_WEEKS, Area, Goal, Plan, Role, Visit, make_plan, next_visits, rest_day
from bot.rounds.events import Kind, Mode
from bot.schedule import local_day
from bot.services.learning import Learner, Learning
from bot.services.people import People
from bot.services.reviews import QUIZ_TYPES, ReviewDay, Reviews
from bot.services.starting import Format
from bot.store import people, practice
from bot.store.engine import Store
from bot.store.practice import PlanRow
from questions.bank import Bank, Choice
from questions.code_task import CodeTask
from questions.model import Behavioral, Level

HOURS = (1.0, 40.0)
"""A week."""
QUESTIONS = 3
"""Of a topic's round."""
EXAM_QUESTIONS = 5
"""Of a mixed round in exam mode."""

ROUND_OF: Mapping[Area, RoundKind] = {
    Area.BREADTH: RoundKind.BREADTH,
    Area.DSA: RoundKind.DSA_CODING,
    Area.ML_CODING: RoundKind.ML_CODING,
    Area.DESIGN: RoundKind.DESIGN,
    Area.DOMAIN: RoundKind.DOMAIN,
    Area.DEEP_DIVE: RoundKind.DEEP_DIVE,
    Area.BEHAVIORAL: RoundKind.BEHAVIORAL,
    Area.PROCESS: RoundKind.REVERSE,
}
"""The round of a loop that each area prepares for."""


@dataclass(frozen=True)
class Emphasis:
    """What a job description named."""

    named: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """By topic, the words of it."""
    startup: bool = False


_EMPHASIS: TypeAdapter[Emphasis] = TypeAdapter(Emphasis)


class NoPlanError(UserError):
    def __init__(self) -> None:
        super().__init__(
            "You have no plan yet. **/plan set** makes one from the day of your interview, the role, your level and "
            "the hours you have in a week."
        )


@dataclass(frozen=True)
class ReviewStep:
    """First, what was missed."""

    day: ReviewDay


@dataclass(frozen=True)
class RoundStep:
    """A round on a topic, or a mixed one."""

    kind: Kind
    format: Format
    mode: Mode
    topic: str | None
    """None: a mixed round in exam mode."""
    count: int
    visit: Visit | None = None


@dataclass(frozen=True)
class RestStep:
    """The day before the interview."""


@dataclass(frozen=True)
class DoneStep:
    """Nothing more today."""


Step = ReviewStep | RoundStep | RestStep | DoneStep


@dataclass(frozen=True)
class PlanView:
    """A plan as it is today."""

    plan: Plan
    emphasis: Emphasis
    step: Step
    """What to do now."""


class Plans:
    """People's plans."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        people_: People,
        learning: Learning,
        reviews: Reviews,
        coding: Callable[[], bool],
    ) -> None:
        """`coding` tells whether programs can be run here."""
        self._store = store
        self._clock = clock
        self._people = people_
        self._learning = learning
        self._reviews = reviews
        self._coding = coding

    # What somebody prepares for

    async def set_goal(self, user_id: int, role: Role, level: Level, target: str, hours: float) -> PlanRow:
        """Keeps what the person prepares for; what a job description named before stays. Raises UserError."""
        today = local_day(self._clock.now(), await self._people.zone(user_id))
        day = target_day(target, today)
        low, high = HOURS
        if not low <= hours <= high:
            raise UserError(f"Say how many hours a week you have, from {low:g} to {high:g}.")
        now = self._clock.now()
        async with self._store.write() as connection:
            await people.ensure(connection, user_id, now)
            old = await practice.plan(connection, user_id)
            emphasis = old.emphasis if old is not None else _EMPHASIS.dump_json(Emphasis()).decode()
            row = PlanRow(role.value, level, day, hours, emphasis, now)
            await practice.put_plan(connection, user_id, row)
        return row

    async def describe(self, user_id: int, text: str) -> Named:
        """Gives weight to the topics that a job description names; one that names none changes nothing.

        Only the topics and the words that name them are kept, not the text. Raises NoPlanError.
        """
        named = await asyncio.to_thread(topics_named, text)
        async with self._store.write() as connection:
            row = await practice.plan(connection, user_id)
            if row is None:
                raise NoPlanError
            if named.topics:
                emphasis = Emphasis(dict(named.topics), named.startup)
                row = replace(row, emphasis=_EMPHASIS.dump_json(emphasis).decode())
                await practice.put_plan(connection, user_id, row)
        return named

    async def forget(self, user_id: int) -> bool:
        """Whether there was a plan."""
        async with self._store.write() as connection:
            return await practice.drop_plan(connection, user_id)

    # What follows

    async def view(self, user_id: int, server_id: int | None = None) -> PlanView:
        """The person's plan as it is now. Raises NoPlanError."""
        learner = await self._learning.of(user_id, server_id)
        if learner.plan is None:
            raise NoPlanError
        return await asyncio.to_thread(self.view_of, learner, learner.plan)

    def view_of(self, learner: Learner, row: PlanRow) -> PlanView:
        emphasis = _EMPHASIS.validate_json(row.emphasis)
        plan, visits = self.plan_of(learner, row)
        return PlanView(plan, emphasis, self._step(learner, plan, visits))

    def plan_of(self, learner: Learner, row: PlanRow) -> tuple[Plan, tuple[Visit, ...]]:
        """The plan, and what may be visited today."""
        emphasis = _EMPHASIS.validate_json(row.emphasis)
        goal = Goal(
            role=Role(row.role),
            level=row.level,
            target=row.target,
            hours=row.hours,
            named=frozenset(emphasis.named),
            startup=emphasis.startup,
            since=local_day(row.updated_at, learner.zone),
        )
        known = learner.knowledge(row.level)
        ready = {
            area: roughly(learner.ability, BLUEPRINTS[kind], row.level, learner.recalled)
            for area, kind in ROUND_OF.items()
        }
        plan = make_plan(goal, known, ready, learner.day)
        return plan, next_visits(plan, known)

    def _step(self, learner: Learner, plan: Plan, visits: tuple[Visit, ...]) -> Step:
        if plan.over:
            return DoneStep()
        if rest_day(plan):
            return RestStep()
        day = self._reviews.day_of(learner)
        if day.questions:
            return ReviewStep(day)
        for visit in visits:
            step = self._round(learner.bank, plan.goal.level, visit)
            if step is not None:
                return step
        return self._exam(learner, plan)

    def _round(self, bank: Bank, level: Level, visit: Visit) -> RoundStep | None:
        """The round on a topic; None where nothing can be asked about it."""
        mode = Mode.EXAM if visit.number == 3 else Mode.PRACTICE
        for kind, wanted, types in (
            (Kind.CODE, Format.CODE, (CodeTask,)),
            (Kind.BEHAVIORAL, Format.MIXED, (Behavioral,)),
            (Kind.QUIZ, Format.MIXED, QUIZ_TYPES),
        ):
            if kind is Kind.CODE and not self._coding():
                continue
            found = bank.matching(Choice(types, level, visit.topic))
            own = [question for question in found if question.topic == visit.topic]
            if own:
                count = min(len(found), QUESTIONS) if kind is Kind.QUIZ else 1
                return RoundStep(kind, wanted, mode, visit.topic, count, visit)
        return None

    def _exam(self, learner: Learner, plan: Plan) -> Step:
        """A mixed round in exam mode, if there was none today: of the kind that was longest ago."""
        kinds = [(Kind.QUIZ, Format.MIXED, EXAM_QUESTIONS), (Kind.BEHAVIORAL, Format.MIXED, 1)]
        if self._coding():
            kinds.append((Kind.CODE, Format.CODE, 1))
        exams = [one for one in learner.met if one.mode is Mode.EXAM]
        if exams and exams[-1].day == learner.day:
            return DoneStep()
        number = (plan.goal.target - plan.today).days % (2 * len(kinds))
        # Every other one is the quiz: most of a loop is.
        kind, wanted, count = kinds[number // 2] if number % 2 else kinds[0]
        return RoundStep(kind, wanted, Mode.EXAM, None, count)


# Days as people type them

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AHEAD = re.compile(r"(?:in\s+)?(\d{1,3}|a|one|two|three|four|six|eight)\s*(day|week|month)s?", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[.\s]\s*(?:of\s+)?([a-z]{3,9})\.?,?(?:\s+(\d{4}))?", re.IGNORECASE)
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?(?:\s+(\d{4}))?", re.IGNORECASE)
_WORDS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6, "eight": 8}
_DAYS = {"day": 1, "week": 7, "month": 30}


def target_day(typed: str, today: date) -> date:
    """The day that somebody means. Raises UserError for no day, one that has come, or one that is too far off."""
    day = _read_day(typed.strip(), today)
    if day is None:
        example = today + timedelta(weeks=6)
        raise UserError(f"I do not understand that day. Write it like **{example:%Y-%m-%d}** or **in 6 weeks**.")
    if day <= today:
        raise UserError(f"{day:%Y-%m-%d} is not ahead of you. Which day is your interview?")
    if day > today + timedelta(weeks=MOST_WEEKS):
        raise UserError("That is more than a year ahead. Take a nearer day; you can change it at any time.")
    return day


def _read_day(typed: str, today: date) -> date | None:
    if typed.casefold() == "tomorrow":
        return today + timedelta(days=1)
    if found := _AHEAD.fullmatch(typed):
        count = _WORDS.get(found[1].casefold()) or (int(found[1]) if found[1].isdecimal() else 0)
        return today + timedelta(days=count * _DAYS[found[2].casefold()])
    if found := _ISO.fullmatch(typed):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_MONTH.fullmatch(typed):
        return _named_day(found[1], found[2], found[3], today)
    if found := _MONTH_DAY.fullmatch(typed):
        return _named_day(found[2], found[1], found[3], today)
    return None


def _named_day(day: str, month: str, year: str | None, today: date) -> date | None:
    if month[:3].casefold() not in _MONTHS:
        return None
    number = _MONTHS.index(month[:3].casefold()) + 1
    if year is not None:
        return _date(int(year), number, int(day))
    this_year = _date(today.year, number, int(day))
    return this_year if this_year is None or this_year > today else _date(today.year + 1, number, int(day))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def suggested_days(today: date) -> tuple[tuple[str, date], ...]:
    """Days to choose from while nothing is typed yet."""
    return tuple((f"in {counted(weeks, 'week')}", today + timedelta(weeks=weeks)) for weeks in (1, 2, 4, 6, 8, 12))
