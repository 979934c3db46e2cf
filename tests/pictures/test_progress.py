from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pictures.progress import (
    ProgressCard,
    RatingPoint,
    TopicRating,
    TrackRating,
    apart,
    days_shown,
    first_day,
    progress,
    ticks_around,
)
from bot.pictures.style import BLURPLE_LIGHT, GREEN
from questions.taxonomy import taxonomy
from tests.pictures.drawn import HOSTILE, check, check_texts, colored, longest_run, pixels, written

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
MONDAY = date(2026, 11, 16)
NEWCOMER = ProgressCard("Sam", "junior level", TODAY)


def card(tracks: int, points: int, days: int, topics: int = 3) -> ProgressCard:
    """A card with the names of the taxonomy and ratings by chance."""
    chance = random.Random(tracks)
    known = taxonomy().tracks
    rated = [TrackRating(one.name, chance.uniform(1150, 1850), chance.uniform(20, 150)) for one in known[:tracks]]
    names = sorted((topic.name for track in known for topic in track.topics), key=len)
    return ProgressCard(
        name="Alex Rivera",
        level="mid level",
        today=TODAY,
        overall=(1540.4, 61.2) if tracks else None,
        tracks=(*rated, *(TrackRating(one.name, None) for one in known[tracks:])),
        history=tuple(
            RatingPoint(NOW - timedelta(days=points - number), chance.uniform(1400, 1600), 60)
            for number in range(points)
        ),
        days=frozenset(TODAY - timedelta(days=chance.randrange(180)) for _ in range(days)),
        strongest=tuple(TopicRating(name, 1700, 80) for name in names[-topics:]),
        weakest=tuple(TopicRating(name, 1250, 110) for name in names[-2 * topics : -topics]),
    )


@pytest.mark.parametrize(
    "of",
    [NEWCOMER, card(1, 1, 1, 1), card(3, 4, 8, 2), card(8, 60, 60), card(14, 3000, 500)],
    ids=lambda one: str(len(one.history)),
)
def test_a_card_is_drawn_whatever_is_known(of: ProgressCard) -> None:
    check(progress(of))


@pytest.mark.parametrize("tracks", range(15))
def test_texts_stay_apart_with_any_number_of_tracks(tracks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, texts = written(monkeypatch, lambda: progress(card(tracks, 2 * tracks, 5 * tracks)))
    shown = " ".join(one.text for one in texts)
    assert all(f"{one.rating:.0f}" in shown for one in card(tracks, 0, 0).tracks if one.rating is not None)
    check_texts(picture, texts)


def test_a_newcomer_reads_what_would_fill_each_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, texts = written(monkeypatch, lambda: progress(NEWCOMER))
    check_texts(picture, texts)
    shown = [one.text for one in texts]
    for words in (
        "Nothing is rated yet.",
        "Your line starts with the first rated answer.",
        "today can be the first",
        "Three of each stand here soon.",
    ):
        assert words in shown


def test_the_alt_text_tells_the_facts() -> None:
    known = ProgressCard(
        "Zoë 🎉",
        "senior level",
        TODAY,
        overall=(1601.6, 48.2),
        tracks=(TrackRating("Deep learning", 1480.2, 60), TrackRating("NLP & LLMs", None)),
        history=(RatingPoint(NOW, 1601.6, 48), RatingPoint(NOW - timedelta(days=20), 1500, 200)),
        days=frozenset({TODAY, MONDAY}),
        strongest=(TopicRating("Boosting", 1700, 50),),
        weakest=(TopicRating("Kernels", 1300, 50),),
    )
    assert progress(known).alt == (
        "Progress of Zoë 🎉, senior level. Overall rating 1602 ± 48. "
        "Rating over time (overall): from 1500 on Nov 1 to 1602 on Nov 21. 2 active days in the last 26 weeks. "
        "Strongest: Boosting 1700. Weakest: Kernels 1300. Tracks: Deep learning 1480."
    )
    assert progress(NEWCOMER).alt == (
        "Progress of Sam, junior level. No rating over time yet. 0 active days in the last 26 weeks. "
        "No track is rated yet."
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_drawn_as_it_is_written(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    topics = (TopicRating(name, 1500, 50),) * 3
    tracks = tuple(TrackRating(name, 1300 + 90 * number, 50) for number in range(5))
    hostile = ProgressCard(
        name, name, TODAY, (1500, 50), tracks, (RatingPoint(NOW, 1500, 50),), name, frozenset(), topics, topics
    )
    picture, texts = written(monkeypatch, lambda: progress(hostile))
    check(picture)
    check_texts(picture, texts)


def test_a_name_without_a_single_drawable_character_has_a_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, texts = written(monkeypatch, lambda: progress(ProgressCard("山田太郎", "mid level", TODAY)))
    assert texts[0].text == "Your progress"
    assert "山田太郎" in picture.alt


def test_an_active_day_changes_its_own_cell_alone() -> None:
    sunday, monday = (
        progress(ProgressCard("Sam", "mid level", TODAY, days=frozenset({day})))
        for day in (MONDAY - timedelta(days=1), MONDAY)
    )
    rows, columns = np.nonzero((pixels(sunday) != pixels(monday)).any(axis=2))
    of_sunday, of_monday = colored(sunday, GREEN), colored(monday, GREEN)
    # Sunday ends a column, Monday begins the next one: seven rows and two columns of cells 38 pixels apart.
    assert 37 * 6 < rows.max() - rows.min() < 38 * 7
    assert 38 < columns.max() - columns.min() < 38 * 2
    assert of_sunday[rows.max() - 10, columns.min() + 10]
    assert not of_monday[rows.max() - 10, columns.min() + 10]
    assert of_monday[rows.min() + 10, columns.max() - 10]


def test_the_green_of_the_calendar_grows_with_the_days() -> None:
    areas = [
        int(colored(progress(ProgressCard("Sam", "", TODAY, days=frozenset(days))), GREEN).sum())
        for days in ([], [MONDAY], [MONDAY - timedelta(days=number) for number in range(100)])
    ]
    assert areas[0] == 0
    assert areas[1] > 31 * 31 * 0.95
    assert areas[2] - areas[1] == pytest.approx(99 * 31 * 31, rel=0.05)


def test_the_calendar_begins_on_a_monday_and_counts_its_own_days_alone() -> None:
    first = first_day(TODAY)
    assert first == date(2026, 5, 25)
    assert first.weekday() == 0
    assert first_day(MONDAY) == first
    days = [first - timedelta(days=1), first, TODAY, TODAY, TODAY + timedelta(days=1)]
    assert days_shown(days, TODAY) == 2


def test_the_line_ends_higher_when_the_rating_rose() -> None:
    points = tuple(RatingPoint(NOW + timedelta(days=day), 1400 + 20 * day, 30) for day in range(10))
    rows, columns = np.nonzero(colored(progress(ProgressCard("Sam", "", TODAY, history=points)), BLURPLE_LIGHT))
    middle = columns.mean()
    assert rows[columns > middle].mean() < rows[columns < middle].mean() - 50


def test_the_order_of_the_points_does_not_matter() -> None:
    known = card(0, 30, 0)
    turned = ProgressCard(known.name, known.level, TODAY, history=known.history[::-1])
    assert progress(turned).png == progress(ProgressCard(known.name, known.level, TODAY, history=known.history)).png


def test_a_better_topic_has_a_longer_bar() -> None:
    low, high = (
        longest_run(
            colored(progress(ProgressCard("Sam", "", TODAY, strongest=(TopicRating("Boosting", rating, 9),))), GREEN)
        )
        for rating in (1300.0, 1700.0)
    )
    assert high == pytest.approx(3 * low, rel=0.1)


@pytest.mark.thorough
def test_threads_may_draw_at_once() -> None:
    cards = [NEWCOMER, card(2, 1, 3), card(9, 90, 90)]
    with ThreadPoolExecutor(2) as pool:
        drawn = list(pool.map(progress, cards * 2))
    assert [one.png for one in drawn] == [progress(one).png for one in cards] * 2


@given(st.lists(st.tuples(st.floats(-300, 300), st.floats(10, 120)), max_size=8))
def test_labels_are_pushed_apart_no_further_than_needed(boxes: list[tuple[float, float]]) -> None:
    wanted = sorted(boxes)
    placed = apart(wanted)
    for number in range(1, len(placed)):
        room = (wanted[number - 1][1] + wanted[number][1]) / 2
        assert placed[number] - placed[number - 1] >= room - 1e-6
    if all(after[0] - before[0] >= (after[1] + before[1]) / 2 for before, after in pairwise(wanted)):
        assert placed == pytest.approx([middle for middle, _ in wanted])
    assert sum(placed) == pytest.approx(sum(middle for middle, _ in wanted), abs=1e-6)


@given(st.floats(-5000, 5000), st.floats(0, 5000))
def test_the_ticks_enclose_the_line(low: float, height: float) -> None:
    ticks = ticks_around(low, low + height)
    assert 3 <= len(ticks) <= 5
    assert ticks[0] <= low + 1e-6
    assert ticks[-1] >= low + height - 1e-6
    assert len({round(after - before, 6) for before, after in pairwise(ticks)}) == 1
