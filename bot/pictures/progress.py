"""The progress of one person: strengths over tracks, rating over time, active days, strongest and weakest topics."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bot.counting import counted
from bot.pictures import Picture
from bot.pictures.style import (
    BLURPLE,
    BLURPLE_LIGHT,
    BODY,
    BRIGHT,
    GAP,
    GREEN,
    GRID,
    LARGE,
    LEFT,
    MARGIN,
    MUTED,
    ORANGE,
    PAD,
    PANEL,
    RIGHT,
    SMALL,
    TEXT,
    TITLE,
    TRACK,
    WIDTH,
    alt_text,
    drawing,
    listed,
    spoken,
)

if TYPE_CHECKING:
    from bot.pictures.canvas import Canvas

WEEKS = 26
"""Weeks of the calendar; the last one holds today."""
LOWEST, HIGHEST = 1100.0, 1900.0
"""What bars and the radar show, unless a rating lies outside."""
RING = 200.0
"""Rating between two rings of the radar."""
TOPICS = 3
FEWEST_AXES = 3
"""A radar with fewer axes has no area; bars are drawn instead."""
MOST_POINTS = 300
"""Of the rating over time; more are thinned out evenly."""
HEAD = 92
"""From the top of a panel to what it holds."""
ROW = 96
"""Height of a name with its bar."""
RADIUS = 205.0
OUTSIDE = 22.0
"""Between the circle and the labels around it."""
SPACE = 9.0
"""Between a rating and its ±."""
NUMBERS = 194
"""Width that a row leaves beside its bar."""
LINE = 33.0
"""Height of a line of a radar's label."""


@dataclass(frozen=True)
class TrackRating:
    """The rating of a track with its 80% interval, rating ± `plus_minus`; None as long as nothing tells."""

    name: str
    rating: float | None
    plus_minus: float = 0.0


@dataclass(frozen=True)
class TopicRating:
    """The rating of a topic with its 80% interval, rating ± `plus_minus`."""

    name: str
    rating: float
    plus_minus: float


@dataclass(frozen=True)
class RatingPoint:
    """The rating at a moment, of the same kind (with or without time zone) in all points of a card."""

    at: datetime
    rating: float
    plus_minus: float


@dataclass(frozen=True)
class ProgressCard:
    """What is known about one person. Ratings are finite numbers, usually from 1100 to 1900."""

    name: str
    level: str
    today: date
    """In the person's time zone, as all days are."""
    overall: tuple[float, float] | None = None
    """Rating and half the width of its 80% interval."""
    tracks: tuple[TrackRating, ...] = ()
    history: tuple[RatingPoint, ...] = ()
    history_of: str = "overall"
    """Whose rating the history is: "overall", or the name of a track."""
    days: frozenset[date] = frozenset()
    """Days with an answer; those before the weeks shown and after today are not counted."""
    strongest: tuple[TopicRating, ...] = ()
    weakest: tuple[TopicRating, ...] = ()
    """Best and worst topic first; the first three of each are shown."""


def progress(card: ProgressCard) -> Picture:
    """Draws the card: 1,200 pixels wide, as high as it needs. Panels without data say what would fill them."""
    with drawing() as canvas:
        bottom = _header(canvas, card)
        bottom = _tracks(canvas, bottom + GAP, card.tracks)
        bottom = _history(canvas, bottom + GAP, card)
        bottom = _calendar(canvas, bottom + GAP, card)
        bottom = _topics(canvas, bottom + GAP, card)
        return canvas.picture(bottom, _alt(card))


def first_day(today: date) -> date:
    """The Monday with which the calendar begins."""
    return today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))


def days_shown(days: Collection[date], today: date) -> int:
    """How many of the days the calendar shows."""
    first = first_day(today)
    return sum(first <= day <= today for day in set(days))


def _header(canvas: Canvas, card: ProgressCard) -> float:
    top = MARGIN
    right = WIDTH - MARGIN - 8
    room = right - MARGIN - 24
    if card.overall is not None:
        rating, plus_minus = card.overall
        about = f"± {plus_minus:.0f}"
        canvas.text(right, top + 34, about, LARGE, MUTED, align="right")
        taken = canvas.measure(about, LARGE) + 12
        canvas.text(right - taken, top + 30, f"{rating:.0f}", TITLE + 8, BRIGHT, bold=True, align="right")
        taken += canvas.measure(f"{rating:.0f}", TITLE + 8, bold=True)
        canvas.text(right, top + 86, "overall rating", BODY, MUTED, align="right")
        room -= taken
    name = card.name if canvas.can_show(card.name, bold=True) else "Your progress"
    canvas.text(MARGIN + 8, top + 30, canvas.fit(name, room, TITLE, bold=True), TITLE, BRIGHT, bold=True)
    canvas.text(MARGIN + 8, top + 86, canvas.fit(card.level, room - 220), BODY, MUTED)
    return top + 108


def _empty(canvas: Canvas, top: float, title: str, words: str) -> None:
    canvas.text(LEFT, top + HEAD + 14, title, BODY, TEXT)
    for number, line in enumerate(canvas.wrap(words, RIGHT - LEFT, BODY, lines=3)):
        canvas.text(LEFT, top + HEAD + 56 + 40 * number, line, BODY, MUTED)


# ----- strengths over tracks


def _tracks(canvas: Canvas, top: float, tracks: Sequence[TrackRating]) -> float:
    rated = [track for track in tracks if track.rating is not None]
    unrated = [track.name for track in tracks if track.rating is None]
    title = "Tracks"
    if not rated:
        height = 250
        canvas.panel(top, height, title)
        _ghost(canvas, RIGHT - 110, top + height / 2)
        for number, line in enumerate(("Nothing is rated yet.", "Take a quiz in exam mode, or join a group round,")):
            canvas.text(LEFT, top + HEAD + 20 + 44 * number, line, BODY, MUTED if number else TEXT)
        canvas.text(LEFT, top + HEAD + 108, "and your strengths take shape here.", BODY, MUTED)
        return top + height
    note = _untried(canvas, unrated)
    extra = 58 if note else 0
    if len(rated) < FEWEST_AXES:
        height = HEAD + ROW * len(rated) + extra
        canvas.panel(top, height, title)
        scale = _scale([_rating(track) for track in rated])
        for number, track in enumerate(rated):
            row = (LEFT, top + HEAD - 8 + ROW * number, RIGHT - LEFT)
            _bar(canvas, row, TopicRating(track.name, _rating(track), track.plus_minus), BLURPLE, scale)
    else:
        radar = _Radar(canvas, rated)
        height = radar.height + 36 + extra
        canvas.panel(top, height, title)
        radar.draw(top)
    if note:
        canvas.text(LEFT, top + height - 46, note, SMALL, MUTED)
    return top + height


def _rating(track: TrackRating) -> float:
    return track.rating or 0.0


def _untried(canvas: Canvas, names: Sequence[str]) -> str:
    for shown in range(len(names), 0, -1):
        rest = len(names) - shown
        text = "Not rated yet: " + listed([*names[:shown], *([f"{rest} more"] if rest else [])])
        if canvas.measure(text, SMALL) <= RIGHT - LEFT:
            return text
    return f"{counted(len(names), 'track is', 'tracks are')} not rated yet" if names else ""


def _ghost(canvas: Canvas, x: float, y: float) -> None:
    for radius in (90, 60, 30):
        canvas.area(_polygon(x, y, [radius] * 6), GRID, alpha=0, outline=2)
    for end in _polygon(x, y, [90] * 6):
        canvas.line([(x, y), end], GRID, 2)
    canvas.area(_polygon(x, y, [52, 70, 44, 60, 34, 66]), BLURPLE, alpha=0.3)


def _polygon(x: float, y: float, radii: Sequence[float]) -> list[tuple[float, float]]:
    turn = 2 * math.pi / len(radii)
    return [(x + radius * math.sin(turn * n), y - radius * math.cos(turn * n)) for n, radius in enumerate(radii)]


def _corners(left: float, top: float, width: float, height: float) -> list[tuple[float, float]]:
    return [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]


def _scale(ratings: Sequence[float]) -> tuple[float, float]:
    """The usual range, widened by whole rings until it holds all ratings."""
    low, high = LOWEST, HIGHEST
    if ratings:
        low -= RING * max(0, math.ceil((low - min(ratings)) / RING))
        high += RING * max(0, math.ceil((max(ratings) - high) / RING))
    return low, high


@dataclass
class _Label:
    """What stands at an axis of the radar."""

    lines: list[str]
    value: str
    plus_minus: str
    numbers: float
    """The width of both."""
    width: float
    height: float
    side: int
    """-1 left of the circle, 1 right, 0 above or below."""
    y: float
    """Middle, from the center of the circle."""


class _Radar:
    """A radar whose labels stand around the circle without touching one another."""

    def __init__(self, canvas: Canvas, tracks: Sequence[TrackRating]) -> None:
        self._canvas = canvas
        self._tracks = tracks
        self._labels = [self._label(number) for number in range(len(tracks))]
        for side in (-1, 1):
            column = sorted((one for one in self._labels if one.side == side), key=lambda one: one.y)
            for label, y in zip(column, apart([(one.y, one.height + 14) for one in column]), strict=True):
                label.y = y
        ends = [y for _, y in _polygon(0, 0, [RADIUS] * len(tracks))]
        # Beside the title there is room for a label in the middle, below it for those at the sides.
        self._above = max(
            [56 - min(ends), *((HEAD - 4 if one.side else 56) + one.height / 2 - one.y for one in self._labels)]
        )
        below = max([max(ends), *(one.height / 2 + one.y for one in self._labels)])
        self.height = self._above + below

    def _label(self, number: int) -> _Label:
        canvas, track = self._canvas, self._tracks[number]
        angle = 2 * math.pi * number / len(self._tracks)
        across, up = math.sin(angle), math.cos(angle)
        side = 0 if abs(across) < 1e-6 else int(math.copysign(1, across))
        room = RIGHT - LEFT if side == 0 else (RIGHT - LEFT) / 2 - RADIUS * max(abs(across), 0.8) - OUTSIDE
        lines = canvas.wrap(track.name, room, SMALL, lines=1 if side == 0 else 2)
        value, plus_minus = f"{_rating(track):.0f}", f"± {track.plus_minus:.0f}"
        numbers = canvas.measure(value, SMALL, bold=True) + SPACE + canvas.measure(plus_minus, SMALL)
        width = max([numbers, *(canvas.measure(line, SMALL) for line in lines)])
        height = LINE * (len(lines) + 1)
        y = -up * (RADIUS + (14 + height / 2 if side == 0 else OUTSIDE))
        return _Label(lines, value, plus_minus, numbers, width, height, side, y)

    def draw(self, top: float) -> None:
        canvas = self._canvas
        x, y = WIDTH / 2, top + self._above
        low, high = _scale([_rating(track) for track in self._tracks])
        count = len(self._tracks)
        rings = [ring * RADIUS * RING / (high - low) for ring in range(1, round((high - low) / RING) + 1)]
        for ring in rings:
            canvas.area(_polygon(x, y, [ring] * count), GRID, alpha=0, outline=2)
        for end in _polygon(x, y, [RADIUS] * count):
            canvas.line([(x, y), end], GRID, 2)
        radii = [RADIUS * max(0.0, (_rating(track) - low) / (high - low)) for track in self._tracks]
        corners = _polygon(x, y, radii)
        canvas.area(corners, BLURPLE, alpha=0.35)
        for ring in rings[: -1 : math.ceil(len(rings) / 5)]:
            number = f"{low + (high - low) * ring / RADIUS:.0f}"
            canvas.area(_corners(x + 4, y - ring - 13, canvas.measure(number, 22) + 8, 26), PANEL, alpha=0.7)
            canvas.text(x + 8, y - ring, number, 22, MUTED)
        canvas.area(corners, BLURPLE_LIGHT, alpha=0, outline=4)
        for corner in corners:
            canvas.dot(*corner, 7, BLURPLE_LIGHT)
        for label in self._labels:
            self._write(label, x, y)

    def _write(self, label: _Label, x: float, y: float) -> None:
        canvas = self._canvas
        first = y + label.y - label.height / 2 + LINE / 2
        if label.side:
            nearest = max(0.0, abs(label.y) - label.height / 2)
            away = math.sqrt(max(0.0, (RADIUS + OUTSIDE) ** 2 - nearest**2))
            for other in self._labels:
                if not other.side and abs(other.y - label.y) < (other.height + label.height) / 2:
                    away = max(away, other.width / 2 + OUTSIDE)
            x += label.side * max(away, 40)
        align = ("right", "center", "left")[label.side + 1]
        for number, line in enumerate(label.lines):
            canvas.text(x, first + LINE * number, line, SMALL, TEXT, align=align)
        start = x
        if align != "left":
            start -= label.numbers / (2 if align == "center" else 1)
        last = first + LINE * len(label.lines)
        start += canvas.text(start, last, label.value, SMALL, BRIGHT, bold=True)
        canvas.text(start + SPACE, last, label.plus_minus, SMALL, MUTED)


def apart(wanted: Sequence[tuple[float, float]]) -> list[float]:
    """Middles of boxes (wanted middle, height) in their order that do not overlap, with the least squares of moves."""
    offsets: list[float] = []
    for number, (_, height) in enumerate(wanted):
        offsets.append(offsets[-1] + (wanted[number - 1][1] + height) / 2 if number else 0.0)
    # Pool adjacent violators: what is left is to make `middle - offset` ascend.
    pools: list[tuple[float, int]] = []
    for (middle, _), offset in zip(wanted, offsets, strict=True):
        mean, size = middle - offset, 1
        while pools and pools[-1][0] > mean:
            before, number = pools.pop()
            mean, size = (mean * size + before * number) / (size + number), size + number
        pools.append((mean, size))
    means = [mean for mean, size in pools for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


# ----- rating over time


def _history(canvas: Canvas, top: float, card: ProgressCard) -> float:
    points = _thinned(sorted(card.history, key=lambda point: point.at))
    if not points:
        height = 208
        canvas.panel(top, height, "Rating over time")
        _empty(
            canvas, top, "Your line starts with the first rated answer.",
            "The band around it narrows as more is known.",
        )  # fmt: skip
        return top + height
    height = 420
    canvas.panel(top, height, "Rating over time", f"{canvas.fit(card.history_of, 440)}, 80% band")
    ticks = ticks_around(
        min(point.rating - point.plus_minus for point in points),
        max(point.rating + point.plus_minus for point in points),
    )
    left, right = LEFT + canvas.measure("1500") + 18, RIGHT - 14.0
    upper, lower = top + HEAD + 16, top + height - 84.0
    begin, end = points[0].at, points[-1].at
    length = (end - begin).total_seconds()

    def across(at: datetime) -> float:
        return left + (right - left) * ((at - begin).total_seconds() / length if length else 0.5)

    def up(rating: float) -> float:
        return lower - (lower - upper) * (rating - ticks[0]) / (ticks[-1] - ticks[0])

    for tick in ticks:
        canvas.line([(left, up(tick)), (right, up(tick))], GRID, 2)
        canvas.text(left - 18, up(tick), f"{tick:.0f}", SMALL, MUTED, align="right")
    if length:
        ceiling = [(across(point.at), up(point.rating + point.plus_minus)) for point in points]
        floor = [(across(point.at), up(point.rating - point.plus_minus)) for point in points]
        canvas.area([*ceiling, *reversed(floor)], BLURPLE, alpha=0.3)
        canvas.line([(across(point.at), up(point.rating)) for point in points], BLURPLE_LIGHT, 5)
    else:
        last = points[-1]
        upmost, lowest = up(last.rating + last.plus_minus), up(last.rating - last.plus_minus)
        canvas.area(_corners(across(last.at) - 60, upmost, 120, lowest - upmost), BLURPLE, alpha=0.3)
        canvas.line(
            [(across(last.at) - 60, up(last.rating)), (across(last.at) + 60, up(last.rating))], BLURPLE_LIGHT, 5
        )
    canvas.dot(across(end), up(points[-1].rating), 10, BRIGHT)
    _dates(canvas, left, right, lower + 44, begin, end)
    return top + height


def _thinned(points: Sequence[RatingPoint]) -> list[RatingPoint]:
    if len(points) <= MOST_POINTS:
        return list(points)
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(number * step)] for number in range(MOST_POINTS)]


def ticks_around(low: float, high: float) -> list[float]:
    """Three to five round numbers that enclose both."""
    if high - low < 100.0:
        low, high = (low + high) / 2 - 50.0, (low + high) / 2 + 50.0
    room = high - low
    magnitude = 10.0 ** math.floor(math.log10(room / 4))
    for step in (magnitude * factor for factor in (1, 2, 5, 10, 20)):
        first = math.floor(low / step)
        last = max(math.ceil(high / step), first + 2)
        if last - first <= 4:
            return [step * number for number in range(first, last + 1)]
    raise AssertionError("the largest step always fits")


def _dates(canvas: Canvas, left: float, right: float, y: float, begin: datetime, end: datetime) -> None:
    days = (end.date() - begin.date()).days
    if not days:
        canvas.text((left + right) / 2, y, _day(end), SMALL, MUTED, align="center")
        return
    parts = min(4, days)
    for number in range(parts + 1):
        at = begin + (end - begin) * number / parts
        text = at.strftime("%b %Y") if days > 300 else _day(at)
        align = "left" if number == 0 else "right" if number == parts else "center"
        canvas.text(left + (right - left) * number / parts, y, text, SMALL, MUTED, align=align)


def _day(at: date) -> str:
    return f"{at:%b} {at.day}"


# ----- active days


def _calendar(canvas: Canvas, top: float, card: ProgressCard) -> float:
    pitch, size = 38, 31
    left = RIGHT - WEEKS * pitch + (pitch - size)
    upper = top + HEAD + 36
    height = HEAD + 36 + 7 * pitch + 30
    count = days_shown(card.days, card.today)
    canvas.panel(top, height, "Active days")
    if count:
        canvas.text(RIGHT, top + 46, counted(count, "active day"), BODY, GREEN, bold=True, align="right")
    else:
        canvas.text(RIGHT, top + 46, "today can be the first", BODY, MUTED, align="right")
    first = first_day(card.today)
    idle: list[tuple[float, float, float, float]] = []
    active: list[tuple[float, float, float, float]] = []
    for number in range((card.today - first).days + 1):
        week, weekday = divmod(number, 7)
        box = (left + week * pitch, upper + weekday * pitch, size, size)
        (active if first + timedelta(days=number) in card.days else idle).append(box)
    canvas.boxes(idle, TRACK, 6)
    canvas.boxes(active, GREEN, 6)
    week, weekday = WEEKS - 1, card.today.weekday()
    canvas.frame((left + week * pitch - 2, upper + weekday * pitch - 2, size + 4, size + 4), BRIGHT, 8)
    for row, name in ((0, "Mon"), (2, "Wed"), (4, "Fri"), (6, "Sun")):
        canvas.text(LEFT, upper + row * pitch + size / 2, name, SMALL - 2, MUTED)
    for week in range(WEEKS):
        monday = first + timedelta(days=7 * week)
        begins = any((monday + timedelta(days=day)).day == 1 for day in range(7))
        if begins and week < WEEKS - 1:
            month = (monday + timedelta(days=6)).strftime("%b")
            canvas.text(left + week * pitch, upper - 26, month, SMALL, MUTED)
    return top + height


# ----- topics


def _topics(canvas: Canvas, top: float, card: ProgressCard) -> float:
    columns = (("Strongest topics", card.strongest[:TOPICS], GREEN), ("Weakest topics", card.weakest[:TOPICS], ORANGE))
    rows = max(len(topics) for _, topics, _ in columns)
    if not rows:
        height = 208
        canvas.panel(top, height, "Strongest and weakest topics")
        _empty(
            canvas, top, "Three of each stand here soon.",
            "A topic counts once you have answered questions about it.",
        )  # fmt: skip
        return top + height
    scale = _scale([topic.rating for _, topics, _ in columns for topic in topics])
    height = HEAD + ROW * rows
    canvas.panel(top, height)
    width = (RIGHT - LEFT - PAD) / 2
    for number, (title, topics, color) in enumerate(columns):
        x = LEFT + number * (width + PAD)
        canvas.text(x, top + 46, title, LARGE, BRIGHT, bold=True)
        for row, topic in enumerate(topics):
            _bar(canvas, (x, top + HEAD - 4 + ROW * row, width), topic, color, scale)
        if not topics:
            canvas.text(x, top + HEAD + 14, "None yet.", BODY, MUTED)
    return top + height


def _bar(
    canvas: Canvas,
    row: tuple[float, float, float],
    topic: TopicRating,
    color: str,
    scale: tuple[float, float],
) -> None:
    """A name, and below it a bar and its number, in a row (left, top, width) `ROW` pixels high."""
    left, top, width = row
    canvas.text(left, top + 18, canvas.fit(topic.name, width, SMALL), SMALL, TEXT)
    right, about = left + width, f"± {topic.plus_minus:.0f}"
    canvas.text(right, top + 56, about, SMALL, MUTED, align="right")
    right -= canvas.measure(about, SMALL) + SPACE
    canvas.text(right, top + 56, f"{topic.rating:.0f}", SMALL, BRIGHT, bold=True, align="right")
    width -= NUMBERS
    share = (topic.rating - scale[0]) / (scale[1] - scale[0])
    canvas.box((left, top + 48, width, 16), TRACK, 8)
    canvas.box((left, top + 48, max(16.0, width * share), 16), color, 8)


# ----- words


def _alt(card: ProgressCard) -> str:
    name = spoken(card.name) or "somebody"
    whose = f"Progress of {name}" + (f", {spoken(card.level, 30)}." if card.level else ".")
    overall = ""
    if card.overall is not None:
        overall = f"Overall rating {card.overall[0]:.0f} ± {card.overall[1]:.0f}."
    rated = sorted((track for track in card.tracks if track.rating is not None), key=_rating, reverse=True)
    tracks = "No track is rated yet."
    if rated:
        tracks = "Tracks: " + ", ".join(f"{spoken(one.name, 40)} {_rating(one):.0f}" for one in rated[:8])
        tracks += f" and {len(rated) - 8} more." if len(rated) > 8 else "."
    history = "No rating over time yet."
    if card.history:
        ordered = sorted(card.history, key=lambda point: point.at)
        start, last = ordered[0], ordered[-1]
        history = f"Rating over time ({spoken(card.history_of, 40)}): "
        if len(ordered) > 1:
            history += f"from {start.rating:.0f} on {_day(start.at)} to "
        history += f"{last.rating:.0f} on {_day(last.at)}."
    days = f"{counted(days_shown(card.days, card.today), 'active day')} in the last {WEEKS} weeks."
    return alt_text(
        [whose, overall, history, days, _named("Strongest", card.strongest), _named("Weakest", card.weakest), tracks]
    )


def _named(what: str, topics: Sequence[TopicRating]) -> str:
    named = [f"{spoken(topic.name, 50)} {topic.rating:.0f}" for topic in topics[:TOPICS]]
    return f"{what}: {listed(named)}." if named else ""
