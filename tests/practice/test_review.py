"""Cards: when they come back, how many a day, and in which question."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from fsrs import Rating
from hypothesis import given, settings

from bot.practice.review import (
    DUE_A_DAY,
    LEECH,
    RETENTION_AT_LAST,
    Card,
    Memory,
    Seen,
    apply,
    begin,
    due_on,
    explained,
    mean_retrievability,
    rating,
    retention,
    retrievability,
    reviewed,
    wording,
)

DAY = timedelta(days=1)
TODAY = date(2026, 3, 2)

Ratings = st.lists(st.tuples(st.sampled_from(Rating), st.integers(0, 40)), max_size=12)


def played(history: list[tuple[Rating, int]], first: Rating = Rating.Again) -> Card:
    """A card that was missed today and met again so many days after each time."""
    card, day = begin("ml.a.q", "p", "ml.a", first, TODAY), TODAY
    for rated, days in history:
        day += DAY * days
        card = reviewed(card, rated, day)
    return card


# Ratings


@pytest.mark.parametrize(
    ("credit", "hints", "rated"),
    [
        (0.0, 0, Rating.Again),
        (0.39, 0, Rating.Again),
        (0.40, 0, Rating.Hard),
        (0.64, 0, Rating.Hard),
        (0.65, 0, Rating.Good),
        (0.84, 0, Rating.Good),
        (0.85, 0, Rating.Easy),
        (1.0, 1, Rating.Good),
        (1.0, 0, Rating.Easy),
    ],
)
def test_credit_becomes_a_rating(credit: float, hints: int, rated: Rating) -> None:
    assert rating(credit, hints) is rated


# When a card comes back


def test_intervals_of_a_whole_history() -> None:
    days = [1, 2, 6, 17, 2, 4, 11]
    rated = [Rating.Good, Rating.Good, Rating.Good, Rating.Again, Rating.Good, Rating.Easy]
    card = begin("q", "p", "t", Rating.Again, TODAY)
    found = [(card.memory.due - card.memory.last).days]
    for one in rated:
        card = reviewed(card, one, card.memory.due)
        found.append((card.memory.due - card.memory.last).days)
    assert found == days
    assert card.lapses == 1


@settings(max_examples=200, deadline=None)
@given(Ratings)
def test_a_card_is_never_due_before_tomorrow_of_its_last_day(history: list[tuple[Rating, int]]) -> None:
    card = played(history)
    assert card.memory.due > card.memory.last
    assert 0 <= card.lapses <= sum(rated is Rating.Again for rated, _ in history)
    assert card.memory.reviews == len(history) + 1
    assert played(history) == card


@settings(max_examples=200, deadline=None)
@given(Ratings, st.integers(0, 60))
def test_after_it_went_well_it_comes_later_than_after_it_did_not(history: list[tuple[Rating, int]], days: int) -> None:
    card = played(history)
    day = card.memory.last + DAY * days
    again, hard, good, easy = (reviewed(card, rated, day).memory.due for rated in Rating)
    assert day < again <= hard <= good <= easy


@settings(max_examples=200, deadline=None)
@given(Ratings, st.integers(0, 30))
def test_what_is_not_met_is_forgotten_bit_by_bit(history: list[tuple[Rating, int]], days: int) -> None:
    card = played(history)
    day = card.memory.last + DAY * days
    assert 0 < retrievability(card, day + DAY) <= retrievability(card, day) <= 1
    assert retrievability(card, card.memory.last) == 1


def test_in_the_last_week_more_is_kept_in_mind() -> None:
    target = TODAY + DAY * 7
    assert retention(TODAY - DAY, target) == 0.90
    assert retention(TODAY, target) == retention(target, target) == RETENTION_AT_LAST
    assert retention(target + DAY, target) == retention(TODAY, None) == 0.90
    card = played([(Rating.Good, 1), (Rating.Good, 2), (Rating.Good, 6)])
    usual = reviewed(card, Rating.Good, card.memory.due)
    last = reviewed(card, Rating.Good, card.memory.due, RETENTION_AT_LAST)
    assert last.memory.due < usual.memory.due


def test_the_same_day_twice_is_one_lapse() -> None:
    card = reviewed(played([]), Rating.Again, TODAY + DAY)
    assert reviewed(card, Rating.Again, TODAY + DAY).lapses == card.lapses == 1


# A day's measure

Cards = st.lists(
    st.builds(
        Card,
        question=st.integers(0, 30).map("q{}".format),
        point=st.sampled_from(["", "a", "b", "c"]),
        topic=st.sampled_from(["ml.a", "ml.b", "ml.c"]),
        memory=st.builds(
            Memory,
            stability=st.floats(0.1, 100),
            difficulty=st.floats(1, 10),
            last=st.integers(0, 40).map(lambda back: TODAY - DAY * back),
            due=st.integers(-60, 20).map(lambda ahead: TODAY + DAY * ahead),
            met=st.just("q"),
            reviews=st.integers(1, 9),
            explained=st.booleans(),
        ),
        lapses=st.integers(0, 8),
    ),
    max_size=40,
    unique_by=lambda card: card.key,
)


def weight(topic: str) -> float:
    return {"ml.a": 5.0, "ml.b": 3.0}.get(topic, 1.0)


@settings(max_examples=300, deadline=None)
@given(Cards, st.integers(0, 10))
def test_never_more_than_the_days_measure(cards: list[Card], more: int) -> None:
    found = due_on(cards, TODAY, weight, more=more)
    done = sum(card.memory.last == TODAY and card.memory.reviews > 1 for card in cards)
    waiting = [card for card in cards if card.memory.due <= TODAY]
    shown = [*found.cards, *found.explain]
    assert len(shown) <= max(DUE_A_DAY + more - done, 0)
    assert len(shown) + found.later == len(waiting)
    assert len({card.key for card in shown}) == len(shown)
    assert set(shown) <= set(waiting)
    assert all(card.lapses >= LEECH for card in found.explain)
    tomorrow = [card for card in cards if card.memory.due == TODAY + DAY]
    assert found.fresh == len(tomorrow) + len(found.explain)
    assert due_on(list(reversed(cards)), TODAY, weight, more=more) == found


@settings(max_examples=200, deadline=None)
@given(Cards)
def test_the_most_important_come_first(cards: list[Card]) -> None:
    found = due_on(cards, TODAY, weight)
    worth = [retrievability(card, TODAY) * weight(card.topic) for card in found.cards]
    assert worth == sorted(worth, reverse=True)
    left = [c for c in cards if c.memory.due <= TODAY and c not in found.cards and (not c.leech or c.memory.explained)]
    if worth and left:
        assert min(worth) >= max(retrievability(card, TODAY) * weight(card.topic) for card in left)


def test_a_backlog_is_spread_over_days_until_nothing_is_left() -> None:
    cards = {
        card.key: card for card in (begin(f"q{n}", "p", "ml.a", Rating.Again, TODAY - DAY * 30) for n in range(35))
    }
    asked: Counter[date] = Counter()
    for ahead in range(20):
        day = TODAY + DAY * ahead
        for card in due_on(list(cards.values()), day, weight).cards:
            cards[card.key] = reviewed(card, Rating.Good, day)
            asked[day] += 1
        assert not due_on(list(cards.values()), day, weight).cards
    assert max(asked.values()) == DUE_A_DAY
    assert asked[TODAY] == asked[TODAY + DAY] == asked[TODAY + 2 * DAY] == DUE_A_DAY
    assert not [card for card in cards.values() if card.memory.last < TODAY]


def test_what_keeps_slipping_is_explained_first_and_asked_a_day_later() -> None:
    card = played([(Rating.Again, 2)] * LEECH)
    assert card.leech
    day = card.memory.due
    found = due_on([card], day, weight)
    assert (found.cards, found.explain) == ((), (card,))
    told = explained(card, day)
    assert not due_on([told], day, weight).cards
    assert due_on([told], day + DAY, weight).cards == (told,)
    good = reviewed(told, Rating.Good, day + DAY)
    assert due_on([good], good.memory.due, weight).cards == (good,)
    again = reviewed(told, Rating.Again, day + DAY)
    assert due_on([again], again.memory.due, weight).explain == (again,)


def test_how_well_a_topic_is_remembered_is_the_mean_of_its_cards() -> None:
    one, other = played([]), replace(played([]), point="other")
    day = TODAY + DAY * 3
    fresh = reviewed(other, Rating.Good, day)
    found = mean_retrievability([one, fresh], day)
    assert found == {"ml.a": pytest.approx((retrievability(one, day) + 1) / 2)}


# The question a card is met in


@pytest.mark.parametrize(
    ("same", "stand_ins", "met", "last_in_topic", "last", "found"),
    [
        (["kin", "own"], [], "own", "own", "own", "kin"),
        (["kin", "own"], [], "kin", "kin", "kin", "own"),
        (["own"], ["other"], "own", "other", "other", "own"),
        (["own"], ["other"], "own", "own", "x", "other"),
        (["own"], [], "own", "own", "own", None),
        (["own"], [], "own", "own", "elsewhere", "own"),
        (["own"], [], "own", None, None, "own"),
        ([], ["other"], "own", "own", "own", "other"),
        ([], [], "own", "own", "own", None),
    ],
)
def test_the_same_wording_never_comes_twice_in_a_row(
    same: list[str], stand_ins: list[str], met: str, last_in_topic: str | None, last: str | None, found: str | None
) -> None:
    assert wording(same, stand_ins, met, last_in_topic, last) == found


Names = st.lists(st.sampled_from(["own", "kin", "a", "b"]), unique=True, max_size=3)
Name = st.sampled_from(["own", "kin", "a", "b"])


@given(Names, Names, Name, Name)
def test_whatever_was_answered_last_is_not_asked_next(
    same: list[str], stand_ins: list[str], met: str, last: str
) -> None:
    assert wording(same, stand_ins, met, last, last) != last


# What answers do to cards


def test_what_was_missed_becomes_cards_the_weightiest_first_and_no_more_than_there_is_room_for() -> None:
    seen = {f"p{n}": Seen(0.0, missed=True, weight=n) for n in range(5)} | {"ok": Seen(1.0, missed=False)}
    found = apply({}, "ml.a.q", "ml.a", seen, lambda _: (), TODAY, hints=0, room=3)
    assert [card.point for card in found] == ["p4", "p3", "p2"]
    assert apply({}, "ml.a.q", "ml.a", seen, lambda _: (), TODAY, hints=0, room=-2) == ()


def test_a_point_said_right_later_is_a_review_wherever_it_was_said() -> None:
    card = begin("ml.a.q", "p", "ml.a", Rating.Again, TODAY)
    seen = {"same": Seen(1.0, missed=False)}
    [found] = apply({card.key: card}, "ml.a.other", "ml.a", seen, lambda _: (card.key,), TODAY + DAY * 3, hints=0)
    assert found == reviewed(card, Rating.Easy, TODAY + DAY * 3, by="ml.a.other")
    assert found.memory.met == "ml.a.other"


def test_a_point_missed_again_under_another_question_is_no_second_card() -> None:
    card = begin("ml.a.q", "p", "ml.a", Rating.Again, TODAY)
    seen = {"same": Seen(0.0, missed=True)}
    found = apply({card.key: card}, "ml.a.other", "ml.a", seen, lambda _: (card.key,), TODAY + DAY, hints=0)
    assert [one.key for one in found] == [card.key]
    assert found[0].lapses == 1
