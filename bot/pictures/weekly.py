"""The week of a server: questions answered on each day, who moved up, and one fact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
    PANEL,
    RIGHT,
    TEXT,
    TITLE,
    TRACK,
    WIDTH,
    alt_text,
    drawing,
    spoken,
)

if TYPE_CHECKING:
    from bot.pictures.canvas import Canvas

DAYS = 7
MOST_MOVERS = 5
HEAD = 92
"""From the top of a panel to what it holds."""
MOVER_ROW = 62
BAR, CORNER = 96, 12
"""Width of a bar and how round it is."""


@dataclass(frozen=True)
class Mover:
    """Somebody whose rating rose, and by how much."""

    name: str
    gain: float


@dataclass(frozen=True)
class WeeklyCard:
    """A week of a server."""

    server: str
    first: date
    """The first of the seven days."""
    answered: tuple[int, ...]
    """Questions answered on each of the seven days."""
    people: int
    """How many people answered them."""
    movers: tuple[Mover, ...] = ()
    """In any order; the five that gained most are shown, and nobody who gained nothing."""
    fact: str = ""
    """One sentence, at most three lines long."""


def weekly(card: WeeklyCard) -> Picture:
    """Draws the card, 1,200 pixels wide. Raises ValueError if it does not have seven days, none below zero."""
    if len(card.answered) != DAYS or min(card.answered) < 0:
        raise ValueError("a week has seven days with no negative number of answers")
    with drawing() as canvas:
        bottom = _header(canvas, card)
        bottom = _bars(canvas, bottom + GAP, card)
        bottom = _movers(canvas, bottom + GAP, card)
        if canvas.can_show(card.fact):
            bottom = _fact(canvas, bottom + GAP, card.fact)
        return canvas.picture(bottom, _alt(card))


def climbers(movers: Sequence[Mover]) -> list[Mover]:
    """Those who are shown: who gained at least one point, the most first."""
    return sorted((mover for mover in movers if round(mover.gain) >= 1), key=lambda one: -one.gain)[:MOST_MOVERS]


def _days(card: WeeklyCard) -> list[date]:
    return [card.first + timedelta(days=number) for number in range(DAYS)]


def _span(card: WeeklyCard, month: str) -> str:
    first, last = card.first, _days(card)[-1]
    return f"{first:{month}} {first.day} – " + (
        f"{last.day}" if first.month == last.month else f"{last:{month}} {last.day}"
    )


def _header(canvas: Canvas, card: WeeklyCard) -> float:
    left, right = MARGIN + 8, WIDTH - MARGIN - 8
    span = _span(card, "%b")
    canvas.text(right, MARGIN + 30, span, LARGE, MUTED, align="right")
    canvas.text(left, MARGIN + 30, "Week in review", TITLE, BRIGHT, bold=True)
    server = card.server if canvas.can_show(card.server) else "Your server"
    canvas.text(left, MARGIN + 86, canvas.fit(server, right - left, LARGE), LARGE, MUTED)
    return MARGIN + 110


def _bars(canvas: Canvas, top: float, card: WeeklyCard) -> float:
    total = sum(card.answered)
    if not total:
        height = 208
        canvas.panel(top, height, "Questions answered")
        canvas.text(LEFT, top + HEAD + 14, "A quiet week.", BODY, TEXT)
        canvas.text(LEFT, top + HEAD + 56, "Start the next one with /mock host.", BODY, MUTED)
        return top + height
    height = 500
    canvas.panel(top, height, "Questions answered")
    x = float(RIGHT)
    for text, color, bold in (
        (f"by {counted(card.people, 'person', 'people')}", MUTED, False),
        (f"{total:,}", BRIGHT, True),
    ):
        canvas.text(x, top + 46, text, LARGE, color, bold=bold, align="right")
        x -= canvas.measure(text, LARGE, bold=bold) + 14
    upper, lower = top + HEAD + 46, top + height - 78.0
    most = max(card.answered)
    tops: list[float] = []
    for number, count in enumerate(card.answered):
        tall = math.ceil((lower - upper) * count / most)
        tops.append(lower - tall)
        if tall:
            box = (_middle(number) - BAR / 2, lower - tall, BAR, tall + CORNER)
            canvas.box(box, BLURPLE_LIGHT if count == most else BLURPLE, CORNER)
    canvas.box((LEFT, lower, RIGHT - LEFT, CORNER + 2), PANEL)  # bars stand on the line with straight feet
    canvas.line([(LEFT, lower), (RIGHT, lower)], GRID, 2)
    for number, (day, count) in enumerate(zip(_days(card), card.answered, strict=True)):
        color, bold = (BRIGHT if count else MUTED), count == most
        canvas.text(_middle(number), tops[number] - 26, f"{count:,}", BODY, color, bold=bold, align="center")
        canvas.text(_middle(number), lower + 40, f"{day:%a}", BODY, MUTED, align="center")
    return top + height


def _middle(number: int) -> float:
    """Where the bar of a day stands."""
    return LEFT + (RIGHT - LEFT) / DAYS * (number + 0.5)


def _movers(canvas: Canvas, top: float, card: WeeklyCard) -> float:
    shown = climbers(card.movers)
    if not shown:
        height = 208
        canvas.panel(top, height, "Moving up")
        canvas.text(LEFT, top + HEAD + 14, "This list is waiting for you.", BODY, TEXT)
        canvas.text(LEFT, top + HEAD + 56, "Whoever gains rating in a week stands here.", BODY, MUTED)
        return top + height
    height = HEAD + MOVER_ROW * len(shown) + 14
    canvas.panel(top, height, "Moving up", "rating gained")
    gains = [f"+{mover.gain:,.0f}" for mover in shown]
    room = max(canvas.measure(gain, LARGE, bold=True) for gain in gains)
    for number, (mover, gain) in enumerate(zip(shown, gains, strict=True)):
        y = top + HEAD + MOVER_ROW * number + 20
        canvas.area([(LEFT + 2, y + 11), (LEFT + 28, y + 11), (LEFT + 15, y - 12)], GREEN)
        name = mover.name if canvas.can_show(mover.name) else "A member"
        name = canvas.fit(name, RIGHT - LEFT - 54 - room - 200, LARGE)
        end = LEFT + 54 + canvas.text(LEFT + 54, y, name, LARGE, TEXT)
        canvas.text(RIGHT, y, gain, LARGE, GREEN, bold=True, align="right")
        canvas.line([(end + 24, y + 2), (RIGHT - room - 24, y + 2)], TRACK, 3)
    return top + height


def _fact(canvas: Canvas, top: float, fact: str) -> float:
    lines = canvas.wrap(fact, RIGHT - LEFT - 12, BODY, lines=3)
    height = 44 * len(lines) + 48
    canvas.box((MARGIN, top, WIDTH - 2 * MARGIN, height), PANEL, 18)
    canvas.box((MARGIN, top + 18, 8, height - 36), BLURPLE, 4)
    for number, line in enumerate(lines):
        canvas.text(LEFT, top + 46 + 44 * number, line, BODY, TEXT)
    return top + height


def _alt(card: WeeklyCard) -> str:
    title = f"The week of {_span(card, '%B')} in {spoken(card.server, 60) or 'a server'}."
    total = sum(card.answered)
    if not total:
        numbers = "A quiet week: no question was answered."
    else:
        days = ", ".join(f"{day:%A} {count:,}" for day, count in zip(_days(card), card.answered, strict=True))
        people = counted(card.people, "person", "people")
        numbers = f"{counted(total, 'question')} answered by {people}: {days}."
    moved = [f"{spoken(mover.name, 32) or 'somebody'} +{mover.gain:,.0f}" for mover in climbers(card.movers)]
    return alt_text([title, numbers, f"Moving up: {', '.join(moved)}." if moved else "", spoken(card.fact, 300)])
