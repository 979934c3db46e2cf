"""Abilities: one step by hand, the whole against a plain filter over all topics at once, and what must always hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from bench.abilities import Pool, World, run
from bot.abilities import model
from bot.abilities.items import Item
from bot.abilities.model import (
    Ability,
    as_of,
    decode,
    encode,
    enough,
    expected,
    overall,
    prior,
    rating,
    skill,
    suitability,
    topics_by_strength,
    track_rating,
    track_weights,
    tracks,
    update,
)
from questions.bank import Bank
from questions.model import Level
from questions.taxonomy import taxonomy

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SLUGS = tuple(taxonomy().topics)
FEW = (*SLUGS[:4], *SLUGS[9:13], *SLUGS[40:43])
"""Topics of three tracks."""


def text(topic: str = "ml.svm", b: float = 0.0) -> Item:
    return Item(1.2, b, 0.0, 0.35, 0.14, ((topic, 1.0),))


def choice(topic: str = "ml.svm") -> Item:
    return Item(1.2, 0.0, 0.25, 1.0, 0.0, ((topic, 1.0),))


@st.composite
def items(draw: st.DrawFn) -> Item:
    slugs = draw(st.lists(st.sampled_from(FEW), min_size=1, max_size=3, unique=True))
    weights = {1: (1.0,), 2: (0.6, 0.4), 3: (0.5, 0.25, 0.25)}[len(slugs)]
    return Item(
        draw(st.floats(0.3, 3)),
        draw(st.floats(-4, 4)),
        draw(st.sampled_from([0.0, 0.2, 0.25, 0.5])),
        draw(st.sampled_from([0.2, 0.35, 1.0])),
        draw(st.sampled_from([0.0, 0.05, 0.15])),
        tuple(zip(slugs, weights, strict=True)),
    )


answers = st.tuples(items(), st.floats(0, 1), st.floats(0, 60), st.booleans())
"""An item, its score, the days since the answer before, and whether it was met before."""
histories = st.lists(answers, max_size=12)


def played(history: Sequence[tuple[Item, float, float, bool]], start: Ability | None = None) -> Ability:
    ability, at = start or prior(), NOON
    for item, y, days, again in history:
        at += days * DAY
        ability = update(ability, item, y, at, seen_before=again)
    return ability


def position(ability: Ability, slug: str) -> int:
    return [*tracks(), *ability.topics].index(slug)


# One step, and the units


def test_one_step_by_hand() -> None:
    """Curriculum 5.2: m = 0, variance 1.2, b = 0.3, a = 1.3, y = 0.69: p = 0.404, H = 0.313, R = 0.134, K = 1.49."""
    item = Item(1.3, 0.3, 0.0, 0.35, 0.10, (("ml.svm", 1.0),))
    assert expected(prior(), item) == pytest.approx(0.404, abs=5e-4)
    after = update(prior(), item, 0.69, NOON)
    index = position(after, "ml.svm")
    assert after.mean[index] == pytest.approx(0.43, abs=5e-3)
    assert after.cov[index, index] == pytest.approx(0.64, abs=5e-3)
    assert after.mean[position(after, "ml")] == pytest.approx(0.28, abs=6e-3)
    sibling = Item(1.0, 0.0, 0.0, 1.0, 0.0, (("ml.knn", 1.0),))
    assert math.log(1 / expected(after, sibling) - 1) == pytest.approx(-0.285, abs=5e-4)
    other = Item(1.0, 0.0, 0.0, 1.0, 0.0, (("math.calculus", 1.0),))
    assert math.log(1 / expected(after, other) - 1) == pytest.approx(-0.178, abs=5e-4)


def test_a_level_moves_the_start_by_half_a_logit_and_mid_is_fifteen_hundred() -> None:
    assert overall(prior()) == overall(prior(Level.MID))
    values = [overall(prior(level)).value for level in Level]
    assert values == pytest.approx([1413, 1500, 1587])
    assert track_rating(prior(), "ml").plus_minus == pytest.approx(1.2816 * math.sqrt(0.8) * 174)


def test_an_interval_of_eighty_percent_holds_eighty_percent_of_the_prior() -> None:
    rng = np.random.default_rng(5)
    draws = rating(0) + 174 * rng.multivariate_normal(prior().mean, prior().cov, 20_000)[:, 0]
    shown = track_rating(prior(), tracks()[0])
    assert np.mean(np.abs(draws - shown.value) <= shown.plus_minus) == pytest.approx(0.8, abs=0.01)


def test_overall_weighs_tracks_by_how_often_loops_touch_their_topics() -> None:
    assert sum(track_weights()) == pytest.approx(1)
    by_track = dict(zip(tracks(), track_weights(), strict=True))
    assert by_track["ml"] == max(by_track.values())
    history = [(text("ml.svm"), 1.0, 0.0, False)] * 3
    ability = played(history)
    mean = sum(weight * value for weight, value in zip(track_weights(), ability.mean, strict=False))
    assert overall(ability).value == pytest.approx(rating(mean))


# Against a plain filter


class Plain:
    """The same model over all tracks and topics at once, with matrices."""

    def __init__(self) -> None:
        names = [*tracks(), *SLUGS]
        self.names = {name: index for index, name in enumerate(names)}
        track = np.array([name.partition(".")[0] for name in names])
        topic = np.array(["." in name for name in names])
        self.prior = 0.5 + 0.3 * (track[:, None] == track) + np.diag(0.4 * topic)
        self.mean: NDArray[np.float64] = np.zeros(len(names))
        self.cov = self.prior

    def update(self, item: Item, y: float, days: float, again: bool) -> None:
        self.cov = self.prior + (self.cov - self.prior) * math.exp(-0.0025 * days)
        w = np.zeros(len(self.mean))
        for slug, weight in item.topics:
            w[self.names[slug]] = weight
        curve = 1 / (1 + math.exp(-item.a * (w @ self.mean - item.b)))
        p = item.c + (1 - item.c) * curve
        slope = item.a * (1 - item.c) * curve * (1 - curve)
        noise = 1.3 * (p * (1 - p) * item.kappa + item.g**2 + (0.3 * slope) ** 2) * (2 if again else 1)
        gain = self.cov @ w * slope / (slope**2 * (w @ self.cov @ w) + noise)
        self.mean = self.mean + gain * (y - p)
        self.cov = self.cov - np.outer(gain, slope * (w @ self.cov))


@given(histories)
@settings(max_examples=40, deadline=None)
def test_adding_topics_when_they_are_first_scored_changes_nothing(
    history: list[tuple[Item, float, float, bool]],
) -> None:
    plain = Plain()
    for number, (item, y, days, again) in enumerate(history):
        plain.update(item, y, days if number else 0.0, again)  # before the first answer there is nothing to forget
    ability = played(history)
    index = [plain.names[name] for name in (*tracks(), *ability.topics)]
    np.testing.assert_allclose(ability.mean, plain.mean[index], atol=1e-7)
    np.testing.assert_allclose(ability.cov, plain.cov[np.ix_(index, index)], atol=1e-7)


# What must always hold


@given(histories)
@settings(max_examples=60, deadline=None)
def test_the_covariance_stays_symmetric_and_positive_definite(history: list[tuple[Item, float, float, bool]]) -> None:
    ability = played(history)
    assert (ability.cov == ability.cov.T).all()
    assert np.linalg.eigvalsh(ability.cov).min() > 0
    assert np.isfinite(ability.mean).all()


@given(histories, items(), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_no_variance_grows_by_an_answer(history: list[tuple[Item, float, float, bool]], item: Item, y: float) -> None:
    before = played(history)
    after = update(before, item, y, before.updated_at or NOON)
    size = len(before.mean)
    assert (after.cov.diagonal()[:size] <= before.cov.diagonal()).all()


@given(histories, items(), st.tuples(st.floats(0, 1), st.floats(0, 1)))
@settings(max_examples=60, deadline=None)
def test_a_higher_score_never_gives_a_lower_ability_in_what_was_asked(
    history: list[tuple[Item, float, float, bool]], item: Item, scores: tuple[float, float]
) -> None:
    before = played(history)
    low, high = (update(before, item, y, NOON) for y in sorted(scores))
    assert expected(high, item) >= expected(low, item)
    assert (high.cov == low.cov).all()


@given(histories, items())
@settings(max_examples=60, deadline=None)
def test_scoring_what_was_expected_moves_no_mean(history: list[tuple[Item, float, float, bool]], item: Item) -> None:
    before = played(history)
    after = update(before, item, expected(before, item), NOON)
    assert (after.mean[: len(before.mean)] == before.mean).all()
    assert after.count == before.count + 1


@given(histories)
@settings(max_examples=60, deadline=None)
def test_the_same_scores_give_the_same_bits_also_through_a_store(
    history: list[tuple[Item, float, float, bool]],
) -> None:
    at, stored = NOON, encode(prior())
    for item, y, days, again in history:
        at += days * DAY
        stored = encode(update(decode(stored), item, y, at, seen_before=again))
    assert stored == encode(played(history))
    assert decode(stored) == played(history)


@given(histories, st.permutations(FEW[:3]))
@settings(max_examples=40, deadline=None)
def test_the_order_in_which_an_item_lists_its_topics_is_irrelevant(
    history: list[tuple[Item, float, float, bool]], slugs: list[str]
) -> None:
    weights = dict(zip(FEW[:3], (0.5, 0.25, 0.25), strict=True))
    listed = Item(1.2, 0.1, 0.0, 0.35, 0.1, tuple((slug, weights[slug]) for slug in slugs))
    usual = Item(1.2, 0.1, 0.0, 0.35, 0.1, tuple(weights.items()))
    before = played(history)
    assert encode(update(before, listed, 0.8, NOON)) == encode(update(before, usual, 0.8, NOON))


# What scores tell


def test_one_right_choice_tells_less_than_one_good_text() -> None:
    chosen, written = update(prior(), choice(), 1.0, NOON), update(prior(), text(), 0.8, NOON)
    assert (
        track_rating(written, "ml").plus_minus
        < track_rating(chosen, "ml").plus_minus
        < track_rating(prior(), "ml").plus_minus
    )


def test_a_question_met_before_tells_less() -> None:
    fresh, again = (update(prior(), text(), 1.0, NOON, seen_before=seen) for seen in (False, True))
    assert overall(prior()).value < overall(again).value < overall(fresh).value
    assert overall(fresh).plus_minus < overall(again).plus_minus < overall(prior()).plus_minus


def test_giving_up_lowers_a_rating_and_a_wrong_guess_lowers_it_less() -> None:
    gave_up, guessed = update(prior(), text(), 0.0, NOON), update(prior(), choice(), 0.0, NOON)
    assert overall(gave_up).value < overall(guessed).value < 1500


def test_an_easy_question_answered_and_a_hard_one_failed_tell_little() -> None:
    easy = update(prior(), Item(1.2, -3.0, 0.0, 1.0, 0.0, (("ml.svm", 1.0),)), 1.0, NOON)
    hard = update(prior(), Item(1.2, 3.0, 0.0, 1.0, 0.0, (("ml.svm", 1.0),)), 0.0, NOON)
    fair = update(prior(), Item(1.2, 0.0, 0.0, 1.0, 0.0, (("ml.svm", 1.0),)), 1.0, NOON)
    assert 0 < overall(easy).value - 1500 < 10
    assert -10 < overall(hard).value - 1500 < 0
    assert overall(fair).value - 1500 > 30


def test_counts_say_how_many_results_touched_what() -> None:
    both = Item(1.2, 0.0, 0.0, 0.35, 0.1, (("ml.svm", 0.6), ("math.calculus", 0.4)))
    siblings = Item(1.2, 0.0, 0.0, 0.35, 0.1, (("ml.svm", 0.6), ("ml.knn", 0.4)))
    ability = played([(both, 0.5, 0, False), (siblings, 0.5, 0, False)])
    assert ability.count == 2
    assert dict(zip(tracks(), ability.track_counts, strict=True)) == {
        track: {"ml": 2, "math": 1}.get(track, 0) for track in tracks()
    }
    assert {topic.slug: topic.count for topic in topics_by_strength(ability, 1)} == {
        "ml.svm": 2,
        "ml.knn": 1,
        "math.calculus": 1,
    }


@pytest.mark.parametrize("y", [-0.01, 1.01, math.nan, math.inf])
def test_a_score_outside_nought_and_one_is_refused(y: float) -> None:
    with pytest.raises(ValueError, match="score"):
        update(prior(), text(), y, NOON)


def test_topics_of_unknown_tracks_are_refused() -> None:
    with pytest.raises(ValueError, match="astrology"):
        update(prior(), text("astrology.stars"), 0.5, NOON)
    with pytest.raises(ValueError, match="astrology"):
        track_rating(prior(), "astrology")


def test_a_state_cannot_be_changed_in_place() -> None:
    ability = update(prior(), text(), 0.5, NOON)
    for values in (ability.mean, ability.cov, decode(encode(ability)).mean):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1


# Time


def test_days_without_an_answer_make_less_sure_up_to_the_prior() -> None:
    known = played([(text(), 0.8, 0, False)] * 20)
    week, year, century = (as_of(known, NOON + days * DAY) for days in (7, 365, 36_500))
    wide = [track_rating(ability, "ml").plus_minus for ability in (known, week, year, century, prior())]
    assert wide[0] < wide[1] < wide[2] < wide[3]
    assert wide[3] == pytest.approx(wide[4])
    assert (century.mean == known.mean).all()
    topic = position(known, "ml.svm")
    grown = week.cov[topic, topic] - known.cov[topic, topic]
    assert grown / 7 == pytest.approx(0.003, rel=0.2)


def test_waiting_twice_is_waiting_once() -> None:
    known = played([(text(), 0.8, 0, False)])
    twice, once = as_of(as_of(known, NOON + 5 * DAY), NOON + 12 * DAY), as_of(known, NOON + 12 * DAY)
    np.testing.assert_allclose(twice.cov, once.cov, atol=1e-12)


def test_a_result_from_before_the_latest_one_counts_as_of_the_same_moment() -> None:
    known = update(prior(), text(), 0.8, NOON)
    assert update(known, text(), 0.5, NOON - DAY) == update(known, text(), 0.5, NOON)


def test_a_moment_is_the_same_in_every_zone_and_needs_one() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
    assert encode(update(prior(), text(), 0.8, elsewhere)) == encode(update(prior(), text(), 0.8, NOON))
    with pytest.raises(ValueError, match="zone"):
        update(prior(), text(), 0.8, NOON.replace(tzinfo=None))


# What is shown


def test_skill_is_two_deviations_below_the_mean() -> None:
    shown = track_rating(prior(), "ml")
    assert skill(prior(), "ml") == pytest.approx(shown.value - 2 * shown.plus_minus / 1.2816)
    assert skill(prior()) < overall(prior()).value


def test_a_rating_is_shown_to_others_after_enough_results() -> None:
    some = played([(text(slug), 0.7, 0, False) for slug in FEW[:7]])
    more = played([(text(slug), 0.7, 0, False) for slug in FEW])
    assert not enough(prior())
    assert not enough(some)
    assert enough(more)
    assert enough(more, "math")
    assert not enough(more, "behav")


def test_eight_guesses_are_not_enough_where_eight_texts_are() -> None:
    guesses, texts = ([(make(slug), 1.0, 0, False) for slug in SLUGS[::17][:8]] for make in (choice, text))
    assert not enough(played(guesses))
    assert enough(played(texts))


def test_topics_are_listed_from_strong_to_weak_once_they_were_scored_twice() -> None:
    good, bad, once = "ml.svm", "math.calculus", "dl.cnn"
    history = [(text(good), 0.95, 0, False), (text(bad), 0.1, 0, False)] * 2 + [(text(once), 0.5, 0, False)]
    found = topics_by_strength(played(history))
    assert [topic.slug for topic in found] == [good, bad]
    assert all(a.mean >= b.mean for a, b in pairwise(topics_by_strength(played(history), 1)))
    assert len(topics_by_strength(played(history), 1)) == 3


@given(st.floats(0, 1), st.floats(0.3, 0.9))
def test_no_question_is_ever_out_of_the_draw_and_the_target_is_best(p: float, target: float) -> None:
    assert 0 < suitability(p, target) <= suitability(target, target) == 1


def test_an_easier_and_a_harder_question_are_less_suitable() -> None:
    assert suitability(0.7) > suitability(0.6) > suitability(0.4)
    assert suitability(0.7) > suitability(0.8) > suitability(0.95)


# Stored states


def test_a_stored_state_is_compact() -> None:
    ability = played([(text(slug), 0.5, 0, False) for slug in SLUGS[:40]])
    assert len(encode(ability)) < 16_000


@given(st.binary(max_size=300))
def test_garbage_is_no_stored_state(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any words will do
        decode(data)


@given(histories, st.data())
@settings(max_examples=40, deadline=None)
def test_a_damaged_stored_state_is_refused(history: list[tuple[Item, float, float, bool]], data: st.DataObject) -> None:
    stored = bytearray(encode(played(history)))
    place = data.draw(st.integers(0, len(stored) - 1))
    stored[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError):  # noqa: PT011
        decode(bytes(stored))
    with pytest.raises(ValueError):  # noqa: PT011
        decode(bytes(stored[:place]))


def test_a_state_of_another_taxonomy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = encode(prior())
    monkeypatch.setattr(model, "tracks", lambda: ("math", "astrology"))
    with pytest.raises(ValueError, match="tracks"):
        decode(stored)


# In the large


def test_ratings_find_the_order_of_simulated_people_and_their_intervals_hold_it(shipped: Bank) -> None:
    found = run(World(), Pool(shipped), seed=3, people=80, rivals=[]).stops["correlated abilities", 40]
    coverage = found.track_coverage()
    assert found.spearman() > 0.85
    assert coverage is not None
    assert 0.75 < coverage < 0.87
