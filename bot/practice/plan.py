"""A study plan from today to the day of the interview, made anew from what is known whenever somebody looks at it.

Topics are what loops of that level and role touch and the person does not yet do well, with all that these build on.
The most valuable ones come first, each after the prerequisites that are missing, as many as the hours hold. A topic is
met on three days: a first time, again after three days or more, and again five or more after that, then in exam mode.
What only others build on is checked once, and studied if that goes badly. The last seven days bring nothing new.

Nothing is stored but the goal, so nothing can be out of date: a round that was just played changes the next look.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from questions.model import Level
from questions.taxonomy import Topic, taxonomy

ENOUGH_WEIGHT = 3
"""From which weight (0–5) a topic is in the plan."""
ENOUGH_IF_NAMED = 2
"""The same for topics that the job description names."""
MASTERED = 0.8
"""The chance of being above the bar from which a topic needs no more work."""
UNLOCKED = 0.6
"""The chance of being half-way from which a topic can be built on."""
GOOD_SCORE, FAIR_SCORE = 0.65, 0.5
"""In practice: the mean score of the last answers from which a topic is done after three visits, and from which it can
be built on after one."""
VISITS = 3
MINUTES = (25, 10, 10)
"""Of the three visits of a topic, reading included."""
ADVANCE = sum(MINUTES)
"""Minutes that an area may take before they are its own, as topics do not come in shares."""
CHECK = 10
"""Minutes to see whether something that others build on is known."""
RETURNS = (3, 5)
"""Days between the visits, at least."""
BEGUN = 100
"""How much more a topic is worth that was begun: it is finished before another one is."""
NEW_A_DAY = 2
"""At most so many new topics."""

REVIEWS, TOPICS, REFLECTION = 10 / 30, 16 / 30, 2 / 30
"""How each half hour is spent: due reviews, topics (new ones and those that return), looking back. The rest, and what
topics leave, is for mixed rounds in exam mode."""
LAST_REVIEWS, LAST_EXAMS = 0.6, 0.4

FLOOR, CEILING = 0.03, 0.45
"""Shares of the hours that an area has at least and at most."""
CHANGE_A_WEEK = 0.08
PULL = 0.7
"""The exponent of what is missing to readiness."""
MOST_WEEKS = 52
DAY = timedelta(days=1)


class Area(StrEnum):
    """What hours are split between."""

    BREADTH = "ML breadth"
    DSA = "algorithms"
    ML_CODING = "ML coding"
    DESIGN = "system design and operations"
    DOMAIN = "domain"
    DEEP_DIVE = "your projects"
    BEHAVIORAL = "behavioral"
    PROCESS = "the process around it"


class Role(StrEnum):
    ML_ENGINEER = "ML engineer"
    RESEARCH_ENGINEER = "research engineer"
    DATA_SCIENTIST = "data scientist"
    APPLIED_SCIENTIST = "applied scientist"
    LLM_ENGINEER = "LLM engineer"
    MLOPS = "MLOps engineer"


SHARES: Mapping[Level, Mapping[Area, float]] = {
    level: dict(zip(Area, (share / 100 for share in column), strict=True))
    for level, column in {
        Level.JUNIOR: (40, 20, 10, 5, 5, 5, 8, 7),
        Level.MID: (35, 15, 5, 18, 10, 7, 7, 3),
        Level.SENIOR: (25, 10, 5, 28, 12, 8, 10, 2),
    }.items()
}
"""Of the hours, before anything is known of the person."""
STARTUP = {Area.ML_CODING: 0.05, Area.BREADTH: 0.05, Area.DSA: -0.10}
"""What changes for a start-up: coding of models and a take-home instead of algorithms."""

_CLASSICAL = frozenset({"ml.svm", "ml.knn", "ml.naive-bayes"})
ROLE_WEIGHTS: Mapping[Role, Mapping[str, int]] = {
    Role.ML_ENGINEER: {},
    Role.RESEARCH_ENGINEER: {"dl": 1, "mlcode": 1, "ops.distributed-training": 1, "case": -1},
    Role.DATA_SCIENTIST: {
        "eval.ab-testing": 1, "domain.causal": 1, "case": 1, "data.sql": 1, "design": -1, "ops": -1,
    },
    Role.APPLIED_SCIENTIST: {"math": 1, "dl": 1, "ops": -1},
    Role.LLM_ENGINEER: {"nlp": 1, "design.llm-systems": 1, **dict.fromkeys(_CLASSICAL, -1)},
    Role.MLOPS: {"ops": 1, "design.serving": 1, "design.capacity": 1, "math": -1},
}  # fmt: skip
"""What a role adds to the weights of topics, or of all topics of a track."""
OTHER_DOMAIN = -2
"""Added to topics of the domain track that the job description does not name."""


@dataclass(frozen=True)
class Goal:
    role: Role
    level: Level
    target: date
    """The day of the interview."""
    hours: float
    """A week."""
    named: frozenset[str] = frozenset()
    """Topics that the job description names."""
    startup: bool = False
    since: date | None = None
    """When the plan was made."""


@dataclass(frozen=True)
class Knowledge:
    """What is known of a person in a topic."""

    above: float = 0.0
    """The chance (0–1) that they are above the bar."""
    half_way: float = 0.0
    """The chance that they know enough to build on it."""
    days: tuple[date, ...] = ()
    """The different days on which they answered questions on it, oldest first."""
    recent: float = 0.0
    """The mean score (0–1) of their last three answers on it."""

    @property
    def done(self) -> bool:
        return self.above >= MASTERED or (len(self.days) >= VISITS and self.recent >= GOOD_SCORE)

    @property
    def can_build_on(self) -> bool:
        return self.done or self.half_way >= UNLOCKED or (bool(self.days) and self.recent >= FAIR_SCORE)

    @property
    def next_visit(self) -> int:
        """1–3; what was met three times and is not done is met as the third time again."""
        return min(len(self.days), VISITS - 1) + 1

    @property
    def open_from(self) -> date:
        """The day from which the next visit makes sense."""
        if not self.days:
            return date.min
        return self.days[-1] + DAY * RETURNS[min(len(self.days), len(RETURNS)) - 1]


@dataclass(frozen=True)
class Visit:
    """A topic that comes up in a week."""

    topic: str
    area: Area
    number: int
    """1–3."""
    minutes: int
    check: bool = False
    """Whether it is only to see that it is known, as others build on it."""


@dataclass(frozen=True)
class Week:
    number: int
    """From 1."""
    first: date
    last: date
    minutes: int
    """All that there is."""
    visits: tuple[Visit, ...]
    reviews: int
    """Minutes, as all that follow."""
    mixed: int
    reflection: int
    areas: Mapping[Area, float]
    """Shares (0–1) of the time for new things."""
    final: bool = False
    """The last days: nothing new, reviews and exam rounds, and the day before for rest."""

    @property
    def planned(self) -> int:
        """Minutes that are planned."""
        return sum(visit.minutes for visit in self.visits) + self.reviews + self.mixed + self.reflection


@dataclass(frozen=True)
class Plan:
    goal: Goal
    today: date
    weeks: tuple[Week, ...]
    topics: int
    """Topics that still need work, all that they build on included."""
    done: int
    """Topics of the goal that need none any more."""
    left_out: tuple[str, ...]
    """Topics that the hours do not hold, the most valuable first."""

    @property
    def over(self) -> bool:
        return self.today >= self.goal.target


def area_of(topic: str, role: Role) -> Area:
    """Whose hours a topic takes."""
    track = topic.partition(".")[0]
    match track:
        case "dsa":
            return Area.DSA
        case "mlcode":
            return Area.ML_CODING
        case "design" | "ops":
            return Area.DESIGN
        case "domain":
            return Area.DOMAIN
        case "nlp":
            return Area.DOMAIN if role is Role.LLM_ENGINEER else Area.BREADTH
        case "behav":
            return Area.DEEP_DIVE if topic.startswith("behav.project") else Area.BEHAVIORAL
        case "process":
            return Area.PROCESS
        case _:
            return Area.BREADTH


def weight_of(topic: Topic, goal: Goal) -> int:
    """How often the loops of the goal touch a topic, 0–5."""
    changes = ROLE_WEIGHTS[goal.role]
    weight = topic.weight[goal.level] + changes.get(topic.slug, changes.get(topic.track, 0))
    if topic.slug in goal.named:
        weight += 1
    elif topic.track == "domain":
        weight += OTHER_DOMAIN
    return min(max(weight, 0), 5)


# Hours


def splits(goal: Goal, ready: Mapping[Area, float], count: int, elapsed: int = 0) -> list[dict[Area, float]]:
    """How the hours of so many weeks are split: towards what is not ready, by 8 points a week at most.

    `ready` is the chance (0–1) to pass the round of each area, `elapsed` how many weeks have passed since the plan was
    made, whose first week moves from the level's usual shares.
    """
    start = {area: share + (STARTUP.get(area, 0) if goal.startup else 0) for area, share in SHARES[goal.level].items()}
    wanted = {area: start[area] * (1 - ready.get(area, 0.0)) ** PULL for area in Area}
    split = _bounded(start, dict.fromkeys(Area, FLOOR), dict.fromkeys(Area, CEILING))
    found: list[dict[Area, float]] = []
    for _ in range(elapsed + count):
        low = {area: max(FLOOR, split[area] - CHANGE_A_WEEK) for area in Area}
        high = {area: min(CEILING, split[area] + CHANGE_A_WEEK) for area in Area}
        moved = _bounded(wanted, low, high)
        found.append(moved)
        if moved == split:  # it has arrived, and stays
            break
        split = moved
    found += [split] * (elapsed + count - len(found))
    return found[elapsed:]


def _bounded(wanted: Mapping[Area, float], low: Mapping[Area, float], high: Mapping[Area, float]) -> dict[Area, float]:
    """Shares in proportion to what is wanted, as far as the bounds let them; they sum to 1."""
    least, most = 0.0, 1e6
    for _ in range(60):
        factor = (least + most) / 2
        if math.fsum(min(max(wanted[area] * factor, low[area]), high[area]) for area in Area) < 1:
            least = factor
        else:
            most = factor
    found = {area: min(max(wanted[area] * most, low[area]), high[area]) for area in Area}
    short = 1 - math.fsum(found.values())
    if short > 1e-9:  # nothing more is wanted, and time is left
        room = {area: high[area] - found[area] for area in Area}
        whole = math.fsum(room.values())
        found = {area: found[area] + short * room[area] / whole for area in Area}
    return found


# Topics


def asked_topics(goal: Goal) -> frozenset[str]:
    """The topics that loops of the goal ask about often enough."""
    return frozenset(
        slug
        for slug, topic in taxonomy().topics.items()
        if weight_of(topic, goal) >= (ENOUGH_IF_NAMED if slug in goal.named else ENOUGH_WEIGHT)
    )


def wanted_topics(goal: Goal, known: Mapping[str, Knowledge]) -> tuple[str, ...]:
    """All topics that need work, each after those that it builds on, the most valuable first."""
    every = taxonomy().topics
    nothing = Knowledge()
    weights = {slug: weight_of(topic, goal) for slug, topic in every.items()}
    needed = _with_needs({slug for slug in asked_topics(goal) if not known.get(slug, nothing).done}, known)
    value = {
        slug: max(weights[slug], 1)
        * (1 - known.get(slug, nothing).above)
        * (1 + sum(slug in every[other].needs for other in needed))
        * (BEGUN if known.get(slug, nothing).days else 1)
        for slug in needed
    }
    missing = {slug: frozenset(_missing(slug, known)) for slug in needed}
    # What something valuable builds on is as valuable.
    worth = dict(value)
    for slug in reversed(_in_order(missing)):
        for need in missing[slug]:
            worth[need] = max(worth[need], worth[slug])
    rank = {slug: number for number, slug in enumerate(every)}
    placed: list[str] = []
    waiting = set(needed)
    while waiting:
        free = [slug for slug in waiting if not waiting & missing[slug]]
        best = min(free, key=lambda slug: (-worth[slug], -value[slug], rank[slug]))
        placed.append(best)
        waiting.remove(best)
    return tuple(placed)


def _missing(slug: str, known: Mapping[str, Knowledge]) -> list[str]:
    """The prerequisites that must come before a topic. One that was begun goes on, whatever is missing."""
    nothing = Knowledge()
    if known.get(slug, nothing).days:
        return []
    return [need for need in taxonomy().topics[slug].needs if not known.get(need, nothing).can_build_on]


def _with_needs(asked: AbstractSet[str], known: Mapping[str, Knowledge]) -> set[str]:
    found: set[str] = set()
    queue = sorted(asked)
    while queue:
        slug = queue.pop()
        if slug not in found:
            found.add(slug)
            queue += _missing(slug, known)
    return found


def _in_order(missing: Mapping[str, AbstractSet[str]]) -> list[str]:
    """The topics, each after those that it misses."""
    found: list[str] = []
    seen: set[str] = set()

    def visit(slug: str) -> None:
        if slug in seen:
            return
        seen.add(slug)
        for need in sorted(missing[slug]):
            visit(need)
        found.append(slug)

    for slug in sorted(missing):
        visit(slug)
    return found


# Weeks


@dataclass
class _Open:
    """A week that is being filled."""

    first: date
    last: date
    final: bool
    minutes: float
    areas: Mapping[Area, float]
    left: float = 0.0
    """Minutes for topics that are not taken."""
    new: int = 0
    visits: list[Visit] = field(default_factory=list[Visit])

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def make_plan(goal: Goal, known: Mapping[str, Knowledge], ready: Mapping[Area, float], today: date) -> Plan:
    """The plan as it is on a day. `ready` is the chance (0–1) to pass the round of each area."""
    topics = wanted_topics(goal, known)
    weeks = _weeks(goal, ready, today)
    left_out = _fill(weeks, topics, goal, known)
    done = sum(known.get(slug, Knowledge()).done for slug in asked_topics(goal))
    closed = tuple(_closed(number, week) for number, week in enumerate(weeks, 1))
    return Plan(goal, today, closed, len(topics), done, tuple(left_out))


def _weeks(goal: Goal, ready: Mapping[Area, float], today: date) -> list[_Open]:
    """Whole weeks back from the day before the interview; the first is what is left of its week."""
    spans: list[tuple[date, date]] = []
    last = goal.target - DAY
    while last >= today and len(spans) < MOST_WEEKS:
        first = max(last - DAY * 6, today)
        spans.append((first, last))
        last = first - DAY
    spans.reverse()
    elapsed = min(max((today - goal.since).days // 7, 0), MOST_WEEKS) if goal.since else 0
    weeks: list[_Open] = []
    for (first, last), areas in zip(spans, splits(goal, ready, len(spans), elapsed), strict=True):
        final = last == goal.target - DAY
        minutes = goal.hours * 60 * ((last - first).days + 1) / 7
        week = _Open(first, last, final, minutes, areas)
        week.left = 0.0 if final else minutes * TOPICS
        weeks.append(week)
    return weeks


def _fill(weeks: Sequence[_Open], topics: Sequence[str], goal: Goal, known: Mapping[str, Knowledge]) -> list[str]:
    """Puts every topic into the first week that has time for it, after those that it builds on; returns the rest.

    What an area did not use stays its own in later weeks, and it may be ahead of its share by a topic.
    """
    nothing = Knowledge()
    saved: list[dict[Area, float]] = []
    for week in weeks:
        before = saved[-1] if saved else dict.fromkeys(Area, 0.0)
        saved.append({area: before[area] + week.left * week.areas[area] for area in Area})
    asked = asked_topics(goal)
    begun: dict[str, int] = {}
    left_out: list[str] = []
    for slug in topics:
        needs = _missing(slug, known)
        if any(need not in begun for need in needs):
            left_out.append(slug)
            continue
        area, one = area_of(slug, goal.role), known.get(slug, nothing)
        check = slug not in asked and not one.days
        start = max((begun[need] for need in needs), default=0)
        for at in range(start, len(weeks)):
            visits = _visits(weeks, at, slug, area, one.next_visit, check=check)
            if _fits(weeks, saved, at, area, visits, new=not one.days and not check):
                begun[slug] = at
                _take(weeks, saved, visits)
                weeks[at].new += not one.days and not check
                break
        else:
            left_out.append(slug)
    return left_out


def _visits(
    weeks: Sequence[_Open], at: int, slug: str, area: Area, first: int, *, check: bool
) -> list[tuple[int, Visit]]:
    """The visits of a topic that begins in a week: the first two in it, the third in the next; none in the last."""
    if check:
        return [(at, Visit(slug, area, 1, CHECK, check=True))]
    found = [
        (at + (number == VISITS and number > first), Visit(slug, area, number, MINUTES[number - 1]))
        for number in range(first, VISITS + 1)
    ]
    return [(week, visit) for week, visit in found if week < len(weeks) and not weeks[week].final]


def _fits(
    weeks: Sequence[_Open],
    saved: Sequence[Mapping[Area, float]],
    at: int,
    area: Area,
    visits: Sequence[tuple[int, Visit]],
    *,
    new: bool,
) -> bool:
    """Whether each week has the time, all weeks together and the topic's area alone."""
    if weeks[at].final or (new and weeks[at].new >= NEW_A_DAY * weeks[at].days):
        return False
    needed = [0.0] * len(weeks)
    for index, visit in visits:
        needed[index] += visit.minutes
    spent = 0.0
    for index in range(at, len(weeks)):
        spent += needed[index]
        if weeks[index].left < needed[index] or saved[index][area] + ADVANCE < spent:
            return False
    return True


def _take(weeks: Sequence[_Open], saved: Sequence[dict[Area, float]], visits: Sequence[tuple[int, Visit]]) -> None:
    for index, visit in visits:
        weeks[index].visits.append(visit)
        weeks[index].left -= visit.minutes
        for later in saved[index:]:
            later[visit.area] -= visit.minutes


def _closed(number: int, week: _Open) -> Week:
    minutes = round(week.minutes)
    if week.final:
        reviews = int(week.minutes * LAST_REVIEWS)
        return Week(number, week.first, week.last, minutes, (), reviews, minutes - reviews, 0, week.areas, final=True)
    reviews, reflection = int(week.minutes * REVIEWS), int(week.minutes * REFLECTION)
    taken = sum(visit.minutes for visit in week.visits)
    visits = tuple(week.visits)
    mixed = max(minutes - reviews - reflection - taken, 0)
    return Week(number, week.first, week.last, minutes, visits, reviews, mixed, reflection, week.areas)


# Today


def next_visits(plan: Plan, known: Mapping[str, Knowledge]) -> tuple[Visit, ...]:
    """What may be visited today, in the order to do it: topics to come back to first, then new ones.

    Not what was practiced today already, and no more new topics than a day should have.
    """
    if plan.over or not plan.weeks or plan.weeks[0].final:
        return ()
    nothing = Knowledge()
    begun_today = sum(one.days[:1] == (plan.today,) for one in known.values())
    found: list[Visit] = []
    seen: set[str] = set()
    for visit in plan.weeks[0].visits:
        one = known.get(visit.topic, nothing)
        if visit.topic in seen or plan.today < one.open_from or one.days[-1:] == (plan.today,):
            continue
        seen.add(visit.topic)
        if one.days or begun_today < NEW_A_DAY:
            found.append(visit)
    return tuple(sorted(found, key=lambda visit: visit.number == 1))


def rest_day(plan: Plan) -> bool:
    """Whether today is the day before the interview."""
    return plan.today == plan.goal.target - DAY
