"""Blueprints of rounds, and what is said about being ready for them."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from bot.abilities import model
from bot.abilities.blueprints import BLUEPRINTS, MIXES, Blueprint, Played, RoundKind
from bot.abilities.items import Item
from bot.abilities.model import Ability
from bot.abilities.readiness import (
    BORDERLINE,
    ENOUGH_COVERED,
    ENOUGH_SD,
    GOOD_EXAM,
    READY,
    SURELY_WEAK,
    Evidence,
    Forecast,
    State,
    above_bar,
    bar,
    forecast,
    half_way,
    moments,
    needed,
    verdict,
    worth_most,
)
from questions.model import Level
from questions.taxonomy import taxonomy

AT = datetime(2026, 3, 2, tzinfo=UTC)
EVALUATION = BLUEPRINTS[RoundKind.EVALUATION]
TOPICS = tuple(EVALUATION.topics(Level.MID))


def chance() -> np.random.Generator:
    return np.random.default_rng(7)


def answered(answers: dict[str, float], times: int = 1) -> Ability:
    """The ability of somebody who scored so much on questions of middling difficulty."""
    ability = model.prior()
    for slug, score in answers.items():
        for _ in range(times):
            ability = model.update(ability, Item(1.2, 0.0, 0.0, 0.35, 0.14, ((slug, 1.0),)), score, AT)
    return ability


def shifted(ability: Ability, by: float) -> Ability:
    return replace(ability, mean=ability.mean + by)


# Blueprints


@pytest.mark.parametrize("blueprint", BLUEPRINTS.values(), ids=lambda one: one.kind.value)
@pytest.mark.parametrize("level", Level)
def test_a_blueprint_is_made_of_known_topics_that_sum_to_one(blueprint: Blueprint, level: Level) -> None:
    every = taxonomy().topics
    topics = blueprint.topics(level)
    assert math.isclose(sum(topics.values()), 1)
    assert math.isclose(sum(blueprint.shares.values()), 1)
    assert all(slug in every and share > 0 for slug, share in topics.items())
    assert set(blueprint.shares) <= {*every, *(track.slug for track in taxonomy().tracks)}
    assert len(topics) >= blueprint.questions or blueprint.played is Played.NOT_YET
    assert math.isclose(sum(MIXES[level]), 1)


def test_topics_of_a_track_share_it_by_how_often_loops_touch_them() -> None:
    topics = BLUEPRINTS[RoundKind.MATH].topics(Level.JUNIOR)
    assert topics["math.probability-bayes"] == pytest.approx(2 * topics["math.eigen-svd"])
    assert "behav.project-depth" not in BLUEPRINTS[RoundKind.BEHAVIORAL].topics(Level.MID)


def test_the_same_bar_is_higher_where_questions_are_harder() -> None:
    bars = [bar(RoundKind.ML_CODING, level) for level in Level]
    assert bars == [pytest.approx(0.05, abs=0.01), pytest.approx(0.55, abs=0.01), pytest.approx(1.03, abs=0.01)]


# Abilities


def test_moments_are_those_of_a_state_in_which_every_topic_was_scored() -> None:
    some = answered({"eval.ab-testing": 0.9, "data.class-imbalance": 0.3})
    mean, cov = moments(some, TOPICS)
    harmless = Item(1e-9, 0.0, 0.0, 1.0, 1.0, ((TOPICS[0], 1.0),))
    for slug in TOPICS:
        some = model.update(some, replace(harmless, topics=((slug, 1.0),)), 0.5, AT)
    place = [len(model.tracks()) + some.topics.index(slug) for slug in TOPICS]
    assert np.allclose(mean, some.mean[place])
    assert np.allclose(cov, some.cov[np.ix_(place, place)])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(list(BLUEPRINTS)),
    st.sampled_from(Level),
    st.dictionaries(st.sampled_from(TOPICS), st.floats(0, 1), max_size=6),
    st.floats(0.01, 2),
)
def test_more_ability_never_makes_less_ready(
    kind: RoundKind, level: Level, answers: dict[str, float], more: float
) -> None:
    blueprint, ability = BLUEPRINTS[kind], answered(answers)
    low = forecast(ability, blueprint, level, chance())
    high = forecast(shifted(ability, more), blueprint, level, chance())
    assert high.p >= low.p
    assert high.above >= low.above
    assert (high.score, high.low, high.high) > (low.score, low.low, low.high)
    assert all(high.weak[slug] <= low.weak[slug] for slug in low.weak)
    for found in (low, high):
        assert 0 <= found.p <= 1
        assert found.low <= found.score <= found.high or found.sd > 0.1
        assert found.low < found.high


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(TOPICS), st.floats(0, 1), min_size=1))
def test_what_is_forgotten_never_makes_more_ready(recalled: dict[str, float]) -> None:
    ability = answered(dict.fromkeys(TOPICS, 0.8), times=2)
    fresh = forecast(ability, EVALUATION, Level.MID, chance())
    faded = forecast(ability, EVALUATION, Level.MID, chance(), recalled)
    assert faded.p <= fresh.p
    assert faded.score <= fresh.score
    before, after = (above_bar(ability, TOPICS, Level.MID, given) for given in (None, recalled))
    assert all(after[slug] <= before[slug] for slug in TOPICS)


def test_forgetting_everything_costs_half_a_logit() -> None:
    ability = answered(dict.fromkeys(TOPICS, 0.8))
    gone = forecast(ability, EVALUATION, Level.MID, chance(), dict.fromkeys(TOPICS, 0.0))
    lower = forecast(shifted(ability, -0.5), EVALUATION, Level.MID, chance())
    assert gone.p == pytest.approx(lower.p)


def test_the_same_chance_gives_the_same_forecast() -> None:
    ability = answered({"eval.ab-testing": 0.7})
    assert forecast(ability, EVALUATION, Level.MID, chance()) == forecast(ability, EVALUATION, Level.MID, chance())


def test_answers_make_surer() -> None:
    sds = [
        forecast(answered(dict.fromkeys(TOPICS[:count], 0.6)), EVALUATION, Level.MID, chance()).sd
        for count in (0, 4, 8, 12)
    ]
    assert sds == sorted(sds, reverse=True)
    assert sds[0] > ENOUGH_SD > sds[-1]


def test_half_way_is_easier_than_the_bar() -> None:
    ability = answered({"eval.ab-testing": 0.6})
    above, half = above_bar(ability, TOPICS, Level.MID), half_way(ability, TOPICS, Level.MID)
    assert all(half[slug] > above[slug] for slug in TOPICS)


# Verdicts

CERTAIN = Forecast(p=0.9, above=0.95, score=0.7, low=0.66, high=0.74, sd=0.05, weak=dict.fromkeys(TOPICS, 0.1))
PLENTY = Evidence(answers=20, recent=frozenset(TOPICS), last_exam=3.2)
CORE = next(slug for slug in TOPICS if taxonomy().topics[slug].weight[Level.MID] == 5)
MINOR = next(slug for slug in TOPICS if taxonomy().topics[slug].weight[Level.MID] < 5)


@pytest.mark.parametrize(
    ("found", "evidence", "state"),
    [
        (CERTAIN, PLENTY, State.READY),
        (replace(CERTAIN, p=READY), PLENTY, State.READY),
        (replace(CERTAIN, p=READY - 0.01), PLENTY, State.BORDERLINE),
        (replace(CERTAIN, p=BORDERLINE), PLENTY, State.BORDERLINE),
        (replace(CERTAIN, p=BORDERLINE - 0.01), PLENTY, State.NOT_YET),
        (replace(CERTAIN, sd=ENOUGH_SD + 0.001), PLENTY, State.NOT_ENOUGH),
        (CERTAIN, replace(PLENTY, recent=frozenset(TOPICS[:4])), State.NOT_ENOUGH),
        (CERTAIN, replace(PLENTY, last_exam=GOOD_EXAM - 0.1), State.BORDERLINE),
        (CERTAIN, replace(PLENTY, last_exam=None), State.BORDERLINE),
        (replace(CERTAIN, weak={**CERTAIN.weak, CORE: SURELY_WEAK + 0.01}), PLENTY, State.BORDERLINE),
        (replace(CERTAIN, weak={**CERTAIN.weak, MINOR: 0.99}), PLENTY, State.READY),
    ],
)
def test_states_follow_their_rules(found: Forecast, evidence: Evidence, state: State) -> None:
    assert verdict(found, EVALUATION, Level.MID, evidence).state is state


def test_a_core_topic_in_the_way_is_named() -> None:
    found = replace(CERTAIN, weak={**CERTAIN.weak, CORE: 0.95, MINOR: 0.99})
    assert verdict(found, EVALUATION, Level.MID, PLENTY).obstacle == CORE
    assert verdict(CERTAIN, EVALUATION, Level.MID, PLENTY).obstacle is None


@pytest.mark.parametrize("kind", [RoundKind.BEHAVIORAL, RoundKind.ML_CODING, RoundKind.DESIGN, RoundKind.DEEP_DIVE])
def test_some_rounds_say_nothing_without_an_exam(kind: RoundKind) -> None:
    topics = BLUEPRINTS[kind].topics(Level.MID)
    found = replace(CERTAIN, weak=dict.fromkeys(topics, 0.1))
    evidence = Evidence(20, frozenset(topics), None)
    without = verdict(found, BLUEPRINTS[kind], Level.MID, evidence)
    assert (without.state, without.exam_missing) == (State.NOT_ENOUGH, True)
    with_one = verdict(found, BLUEPRINTS[kind], Level.MID, replace(evidence, last_exam=3.0))
    assert (with_one.state, with_one.exam_missing) == (State.READY, False)


# What to do next


def test_who_has_shown_nothing_needs_about_eight_answers() -> None:
    found = forecast(model.prior(), EVALUATION, Level.MID, chance())
    more = needed(model.prior(), EVALUATION, Level.MID, found, Evidence())
    assert 6 <= more.answers <= 10
    assert more.tracks == ("eval", "data")


def test_so_many_answers_as_are_said_to_be_needed_are_enough() -> None:
    found = forecast(model.prior(), EVALUATION, Level.MID, chance())
    more = needed(model.prior(), EVALUATION, Level.MID, found, Evidence()).answers
    by_weight = sorted(TOPICS, key=lambda slug: -EVALUATION.topics(Level.MID)[slug])
    asked = by_weight[: more + 1]
    ability = answered(dict.fromkeys(asked, 0.5))
    after = forecast(ability, EVALUATION, Level.MID, chance())
    state = verdict(after, EVALUATION, Level.MID, Evidence(len(asked), frozenset(asked), 2.0)).state
    assert state is not State.NOT_ENOUGH


def test_nothing_more_is_needed_once_there_is_enough() -> None:
    ability = answered(dict.fromkeys(TOPICS, 0.6), times=2)
    found = forecast(ability, EVALUATION, Level.MID, chance())
    assert needed(ability, EVALUATION, Level.MID, found, PLENTY).answers == 0


def test_topics_that_did_not_come_up_are_needed_however_sure_the_rest_is() -> None:
    ability = answered({TOPICS[0]: 0.6}, times=60)
    found = forecast(ability, EVALUATION, Level.MID, chance())
    evidence = Evidence(60, frozenset(TOPICS[:1]), 3.0)
    more = needed(ability, EVALUATION, Level.MID, found, evidence).answers
    heaviest = sorted((EVALUATION.topics(Level.MID)[slug] for slug in TOPICS[1:]), reverse=True)
    share = EVALUATION.topics(Level.MID)[TOPICS[0]]
    least = next(n for n in range(12) if share + sum(heaviest[:n]) >= ENOUGH_COVERED)
    assert more >= least


def test_the_topics_worth_most_are_weak_ones_that_count() -> None:
    strong = {slug: 0.95 for slug in TOPICS if slug not in {"eval.ab-testing", "eval.calibration"}}
    ability = answered(strong | {"eval.ab-testing": 0.4, "eval.calibration": 0.4}, times=5)
    found = worth_most(ability, EVALUATION, Level.MID, chance())
    assert set(found) == {"eval.ab-testing", "eval.calibration"}
    assert worth_most(ability, EVALUATION, Level.MID, chance(), most=5)[:2] == found
