"""Study plans: order, hours, weeks, and what to do today."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bot.practice.plan import (
    CEILING,
    CHANGE_A_WEEK,
    CHECK,
    FLOOR,
    LAST_REVIEWS,
    MINUTES,
    NEW_A_DAY,
    SHARES,
    Area,
    Goal,
    Knowledge,
    Plan,
    Role,
    area_of,
    asked_topics,
    make_plan,
    next_visits,
    rest_day,
    splits,
    wanted_topics,
    weight_of,
)
from questions.model import Level
from questions.taxonomy import taxonomy

TODAY = date(2026, 3, 4)
DAY = timedelta(days=1)
TOPICS = tuple(taxonomy().topics)
GOAL = Goal(Role.ML_ENGINEER, Level.MID, TODAY + timedelta(weeks=8), 8.0)

Chance = st.floats(0, 1)
Past = st.lists(st.integers(0, 60), max_size=5, unique=True).map(
    lambda back: tuple(sorted(TODAY - DAY * number for number in back))
)
Knowing = st.dictionaries(
    st.sampled_from(TOPICS), st.builds(Knowledge, above=Chance, half_way=Chance, days=Past, recent=Chance), max_size=60
)
Goals = st.builds(
    Goal,
    role=st.sampled_from(Role),
    level=st.sampled_from(Level),
    target=st.integers(-3, 150).map(lambda ahead: TODAY + DAY * ahead),
    hours=st.floats(0.5, 40),
    named=st.frozensets(st.sampled_from(TOPICS), max_size=12),
    startup=st.booleans(),
    since=st.one_of(st.none(), st.integers(0, 90).map(lambda back: TODAY - DAY * back)),
)
Ready = st.dictionaries(st.sampled_from(Area), Chance)


def order(plan: Plan) -> dict[str, tuple[int, int]]:
    """When each topic of a plan comes first: its week, and its place in it."""
    found: dict[str, tuple[int, int]] = {}
    for week in plan.weeks:
        for place, visit in enumerate(week.visits):
            found.setdefault(visit.topic, (week.number, place))
    return found


def needs(slug: str, known: dict[str, Knowledge]) -> list[str]:
    """What must come before a topic, unless it was begun already."""
    if known.get(slug, Knowledge()).days:
        return []
    return [need for need in taxonomy().topics[slug].needs if not known.get(need, Knowledge()).can_build_on]


@pytest.mark.thorough
@settings(max_examples=150, deadline=None)
@given(Goals, Knowing, Ready)
def test_what_holds_for_any_plan(goal: Goal, known: dict[str, Knowledge], ready: dict[Area, float]) -> None:
    plan = make_plan(goal, known, ready, TODAY)
    assert plan == make_plan(goal, known, ready, TODAY)
    days = max((goal.target - TODAY).days, 0)
    assert len(plan.weeks) == math.ceil(days / 7)
    if plan.weeks:
        assert plan.weeks[0].first == TODAY
        assert plan.weeks[-1].last == goal.target - DAY
    for before, after in zip(plan.weeks, plan.weeks[1:], strict=False):
        assert after.first == before.last + DAY
        assert all(abs(after.areas[area] - before.areas[area]) <= CHANGE_A_WEEK + 1e-9 for area in Area)
    for week in plan.weeks:
        length = (week.last - week.first).days + 1
        assert week.minutes <= goal.hours * 60 * length / 7 + 1
        assert week.planned <= week.minutes
        assert min(week.reviews, week.mixed, week.reflection) >= 0
        assert week.final == (week is plan.weeks[-1])
        assert not (week.final and week.visits)
        new = [visit for visit in week.visits if visit.number == 1 and not visit.check]
        assert len(new) <= NEW_A_DAY * length
    first = order(plan)
    wanted = wanted_topics(goal, known)
    assert {*first, *plan.left_out} == (set(wanted) if len(plan.weeks) else set(plan.left_out))
    assert not set(first) & set(plan.left_out)
    for slug, place in first.items():
        for need in needs(slug, known):
            assert first[need] < place


@settings(max_examples=100, deadline=None)
@given(Goals, Knowing)
def test_topics_come_after_what_they_build_on_and_all_that_is_asked_for_is_there(
    goal: Goal, known: dict[str, Knowledge]
) -> None:
    topics = wanted_topics(goal, known)
    assert len(set(topics)) == len(topics)
    place = {slug: number for number, slug in enumerate(topics)}
    for slug in topics:
        for need in needs(slug, known):
            assert place[need] < place[slug]
    todo = {slug for slug in asked_topics(goal) if not known.get(slug, Knowledge()).done}
    assert todo <= set(topics)


@settings(max_examples=200, deadline=None)
@given(Goals, Ready, st.integers(1, 12), st.integers(0, 12))
def test_shares_are_shares_within_their_bounds(goal: Goal, ready: dict[Area, float], count: int, elapsed: int) -> None:
    found = splits(goal, ready, count, elapsed)
    assert len(found) == count
    for split in found:
        assert math.isclose(sum(split.values()), 1, abs_tol=1e-6)
        assert all(FLOOR - 1e-9 <= share <= CEILING + 1e-9 for share in split.values())
    assert found == splits(goal, ready, elapsed + count)[elapsed:]


def test_hours_move_to_what_is_not_ready_eight_points_a_week_at_most() -> None:
    ready = dict.fromkeys(Area, 0.3) | {Area.BREADTH: 0.98}
    shares = [split[Area.BREADTH] for split in splits(GOAL, ready, 6)]
    assert math.isclose(SHARES[Level.MID][Area.BREADTH] - shares[0], CHANGE_A_WEEK)
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.1


def test_usual_shares_stay_while_nothing_is_known() -> None:
    found = splits(GOAL, {}, 3)[2]
    assert all(math.isclose(found[area], share, abs_tol=1e-6) for area, share in SHARES[Level.MID].items())
    startup = splits(replace(GOAL, startup=True), {}, 3)[2]
    assert startup[Area.DSA] < found[Area.DSA] < startup[Area.DSA] + 0.11
    assert startup[Area.ML_CODING] > found[Area.ML_CODING]


def test_a_domain_counts_only_where_the_job_names_it() -> None:
    topic = taxonomy().topics["domain.recsys"]
    assert weight_of(topic, GOAL) == 2
    assert weight_of(topic, replace(GOAL, named=frozenset({"domain.recsys"}))) == 5
    assert "domain.recsys" not in wanted_topics(GOAL, {})
    assert "domain.recsys" in wanted_topics(replace(GOAL, named=frozenset({"domain.recsys"})), {})


@pytest.mark.parametrize(
    ("role", "more", "less"),
    [
        (Role.LLM_ENGINEER, "nlp.rag", "ml.svm"),
        (Role.MLOPS, "ops.pipelines", "math.inference"),
        (Role.DATA_SCIENTIST, "case.segmentation", "design.ranking"),
        (Role.APPLIED_SCIENTIST, "math.inference", "ops.containers"),
        (Role.RESEARCH_ENGINEER, "mlcode.linear-models-scratch", "case.framing"),
    ],
)
def test_a_role_shifts_the_weights(role: Role, more: str, less: str) -> None:
    goal, topics = replace(GOAL, role=role), taxonomy().topics
    assert weight_of(topics[more], goal) == min(topics[more].weight[Level.MID] + 1, 5)
    assert weight_of(topics[less], goal) == topics[less].weight[Level.MID] - 1


def test_language_models_are_the_domain_of_those_who_work_on_them() -> None:
    assert area_of("nlp.rag", Role.LLM_ENGINEER) is Area.DOMAIN
    assert area_of("nlp.rag", Role.ML_ENGINEER) is Area.BREADTH


def test_what_is_done_leaves_the_plan() -> None:
    [slug, *_] = wanted_topics(GOAL, {})
    for one in (
        Knowledge(above=0.8),
        Knowledge(days=(TODAY - DAY * 20, TODAY - DAY * 10, TODAY), recent=0.7),
    ):
        assert slug not in wanted_topics(GOAL, {slug: one})
    bad = Knowledge(days=(TODAY - DAY * 20, TODAY - DAY * 10, TODAY), recent=0.5)
    assert slug in wanted_topics(GOAL, {slug: bad})


def test_what_only_others_build_on_is_checked_once() -> None:
    plan = make_plan(GOAL, {}, {}, TODAY)
    checks = [visit for week in plan.weeks for visit in week.visits if visit.check]
    assert checks
    assert all(visit.minutes == CHECK and visit.topic not in asked_topics(GOAL) for visit in checks)
    went_well = {checks[0].topic: Knowledge(days=(TODAY,), recent=0.9)}
    assert checks[0].topic not in wanted_topics(GOAL, went_well)
    went_badly = {checks[0].topic: Knowledge(days=(TODAY,), recent=0.2)}
    later = make_plan(GOAL, went_badly, {}, TODAY + DAY)
    studied = [visit for week in later.weeks for visit in week.visits if visit.topic == checks[0].topic]
    assert [visit.number for visit in studied] == [2, 3]
    assert not any(visit.check for visit in studied)


def test_a_topic_has_three_visits_in_two_weeks() -> None:
    plan = make_plan(GOAL, {}, {}, TODAY)
    visits = [
        (week.number, v.number, v.minutes) for week in plan.weeks for v in week.visits if v.topic == "ml.paradigms"
    ]
    begun = visits[0][0]
    assert visits == [(begun, 1, MINUTES[0]), (begun, 2, MINUTES[1]), (begun + 1, 3, MINUTES[2])]


def test_more_hours_leave_less_out() -> None:
    left = [len(make_plan(replace(GOAL, hours=hours), {}, {}, TODAY).left_out) for hours in (2, 6, 12, 30)]
    assert left == sorted(left, reverse=True)
    assert left[0] > left[-1]


def test_the_last_seven_days_bring_nothing_new() -> None:
    plan = make_plan(replace(GOAL, target=TODAY + DAY * 7), {}, {}, TODAY)
    [week] = plan.weeks
    assert week.final
    assert next_visits(plan, {}) == ()
    assert week.reviews == int(week.minutes * LAST_REVIEWS)
    assert week.reviews + week.mixed == week.minutes
    assert not rest_day(plan)
    assert rest_day(make_plan(GOAL, {}, {}, GOAL.target - DAY))


def test_a_day_that_has_passed_has_no_weeks() -> None:
    plan = make_plan(replace(GOAL, target=TODAY), {}, {}, TODAY)
    assert plan.over
    assert plan.weeks == ()
    assert next_visits(plan, {}) == ()


# Today


def test_today_begins_at_most_two_topics_and_comes_back_to_a_topic_after_days() -> None:
    goal = replace(GOAL, target=TODAY + DAY * 21)
    plan = make_plan(goal, {}, {}, TODAY)
    first, second = next_visits(plan, {})[:2]
    known = {first.topic: Knowledge(days=(TODAY,), recent=0.7)}
    assert first.topic not in {visit.topic for visit in next_visits(make_plan(goal, known, {}, TODAY), known)}
    known[second.topic] = Knowledge(days=(TODAY,), recent=0.7)
    assert all(visit.number > 1 for visit in next_visits(make_plan(goal, known, {}, TODAY), known))
    for days, number in ((1, None), (2, None), (3, 2)):
        day = TODAY + DAY * days
        again = {v.topic: v.number for v in next_visits(make_plan(goal, known, {}, day), known)}
        if not first.check:
            assert again.get(first.topic) == number


def test_topics_to_come_back_to_are_first() -> None:
    known = {"ml.regularization": Knowledge(days=(TODAY - DAY * 4,), recent=0.6, half_way=0.7)}
    known |= {slug: Knowledge(half_way=0.7) for slug in TOPICS if slug not in known}
    visits = next_visits(make_plan(GOAL, known, {}, TODAY), known)
    assert (visits[0].topic, visits[0].number) == ("ml.regularization", 2)


@settings(max_examples=100, deadline=None)
@given(Goals, Knowing)
def test_nothing_is_visited_twice_a_day_or_too_early(goal: Goal, known: dict[str, Knowledge]) -> None:
    visits = next_visits(make_plan(goal, known, {}, TODAY), known)
    assert len({visit.topic for visit in visits}) == len(visits)
    for visit in visits:
        one = known.get(visit.topic, Knowledge())
        assert one.open_from <= TODAY
        assert TODAY not in one.days
