"""The final board of a group round: who reached how many points, and how each question went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bot.counting import counted
from bot.pictures import Picture
from bot.pictures.style import (
    BANDS,
    BODY,
    BRIGHT,
    DARK,
    GAP,
    GRID,
    LARGE,
    LEFT,
    MARGIN,
    MEDALS,
    MUTED,
    RIGHT,
    SMALL,
    TEXT,
    TITLE,
    TRACK,
    WIDTH,
    alt_text,
    band_limits,
    drawing,
    listed,
    spoken,
)
from grader.text.score import band_of

if TYPE_CHECKING:
    from bot.pictures.canvas import Box, Canvas

MOST_PEOPLE = 15
"""People of a board that are drawn; the others are counted."""
HEAD = 84
"""From the top of a panel to what it holds."""
BAR_ROW, CELL_ROW = 60, 52
NAMES = 330
"""Most width of the names beside the bars."""
WIDE, NARROW = 330, 252
"""Width of the column of names beside the cells, for few and for many questions."""
FEW = 10
SIGNED = 8
"""With so many questions there is room for a percent sign in the cells."""
WIDEST_CELL = 250


@dataclass(frozen=True)
class Standing:
    """What a person reached: points, and a score (0–1) for each question, None where none counts."""

    name: str
    points: float
    scores: tuple[float | None, ...]


@dataclass(frozen=True)
class GroupCard:
    """A finished group round. All standings have one score for each question."""

    kind: str
    topic: str
    day: date
    most: float
    """Points that somebody with full marks would have."""
    standings: tuple[Standing, ...]


def group_summary(card: GroupCard) -> Picture:
    """Draws the board: 1,200 pixels wide, as high as it needs. The order of the standings does not matter.

    Raises ValueError if the standings have scores for different numbers of questions.
    """
    if len({len(standing.scores) for standing in card.standings}) > 1:
        raise ValueError("all standings of a board need a score for each question")
    placed = ranked(card.standings)
    with drawing() as canvas:
        bottom = _header(canvas, card)
        if not placed:
            top, height = bottom + GAP, 190
            canvas.panel(top, height, "Final board")
            canvas.text(
                LEFT, top + HEAD + 36, "Nobody answered in this round. The next one is open to all.", BODY, MUTED
            )
            return canvas.picture(top + height, _alt(card, placed))
        bottom = _board(canvas, bottom + GAP, card, placed)
        if placed[0][1].scores:
            bottom = _questions(canvas, bottom + GAP, placed)
        return canvas.picture(bottom, _alt(card, placed))


def ranked(standings: Sequence[Standing]) -> list[tuple[int, Standing]]:
    """The standings from most points to fewest with their ranks; equal points share a rank (1, 2, 2, 4)."""
    ordered = sorted(standings, key=lambda standing: -standing.points)
    ranks: list[tuple[int, Standing]] = []
    for number, standing in enumerate(ordered, 1):
        tied = number > 1 and standing.points == ordered[number - 2].points
        ranks.append((ranks[-1][0] if tied else number, standing))
    return ranks


def _header(canvas: Canvas, card: GroupCard) -> float:
    left, right = MARGIN + 8, WIDTH - MARGIN - 8
    day = f"{card.day:%b} {card.day.day}, {card.day.year}"
    canvas.text(right, MARGIN + 30, day, LARGE, MUTED, align="right")
    room = right - left - canvas.measure(day, LARGE) - 30
    canvas.text(left, MARGIN + 30, canvas.fit(card.kind, room, TITLE, bold=True), TITLE, BRIGHT, bold=True)
    questions = len(card.standings[0].scores) if card.standings else 0
    facts = counted(len(card.standings), "person", "people") + (
        f" · {counted(questions, 'question')}" * bool(questions)
    )
    canvas.text(right, MARGIN + 88, facts, BODY, MUTED, align="right")
    room = right - left - canvas.measure(facts) - 30
    canvas.text(left, MARGIN + 88, canvas.fit(card.topic, room, LARGE), LARGE, TEXT)
    return MARGIN + 112


def _name(canvas: Canvas, standing: Standing, place: int) -> str:
    """A name that can be drawn: who has none in the font's characters is called by the place on the board."""
    return standing.name if canvas.can_show(standing.name) else f"Player {place}"


def _board(canvas: Canvas, top: float, card: GroupCard, placed: Sequence[tuple[int, Standing]]) -> float:
    shown = placed[:MOST_PEOPLE]
    more = len(placed) - len(shown)
    height = HEAD + BAR_ROW * len(shown) + (72 if more else 16)
    canvas.panel(top, height, "Final board", f"of {_points(card.most)} points")
    whole = max(card.most, shown[0][1].points, 1e-9)
    numbers = max(canvas.measure(_points(standing.points), LARGE, bold=True) for _, standing in shown)
    names = [_name(canvas, standing, place) for place, (_, standing) in enumerate(shown, 1)]
    left = LEFT + 62 + min(NAMES, max(map(canvas.measure, names))) + 24
    width = RIGHT - numbers - 22 - left
    for row, (rank, standing) in enumerate(shown):
        y = top + HEAD + BAR_ROW * row + BAR_ROW / 2
        _rank(canvas, LEFT + 22, y, rank)
        canvas.text(LEFT + 62, y, canvas.fit(names[row], NAMES), BODY, TEXT)
        canvas.box((left, y - 16, width, 32), TRACK, 8)
        reached = min(1.0, max(0.0, standing.points / whole))
        if reached:
            canvas.box((left, y - 16, max(10.0, width * reached), 32), BANDS[band_of(_share(standing, card))], 8)
        canvas.text(RIGHT, y, _points(standing.points), LARGE, BRIGHT, bold=True, align="right")
    if more:
        canvas.text(LEFT + 62, top + height - 42, f"and {more} more", BODY, MUTED)
    return top + height


def _rank(canvas: Canvas, x: float, y: float, rank: int) -> None:
    if rank in MEDALS:
        canvas.dot(x, y, 21, MEDALS[rank])
    canvas.text(x, y, str(rank), SMALL, DARK if rank in MEDALS else MUTED, bold=rank in MEDALS, align="center")


def _share(standing: Standing, card: GroupCard) -> float:
    return standing.points / card.most if card.most > 0 else 0.0


def _points(points: float) -> str:
    return f"{points:,.0f}" if abs(points - round(points)) < 0.05 else f"{points:,.1f}"


def _questions(canvas: Canvas, top: float, placed: Sequence[tuple[int, Standing]]) -> float:
    shown = placed[:MOST_PEOPLE]
    count = len(shown[0][1].scores)
    between = 6 if count <= FEW else 4
    left = LEFT + (WIDE if count <= FEW else NARROW)
    pitch = min(WIDEST_CELL, (RIGHT - left + between) / count)
    rows = [(_name(canvas, standing, number), standing.scores) for number, (_, standing) in enumerate(shown, 1)]
    if len(placed) > 1:
        rows.append((f"Mean of {len(placed)}", means([standing.scores for _, standing in placed])))
    height = HEAD + 44 + CELL_ROW * len(rows) + 16 * (len(placed) > 1) + 76
    canvas.panel(top, height, "Question by question", "" if count <= SIGNED else "in percent")
    upper = top + HEAD + 40
    for number in range(count):
        label = f"Q{number + 1}" if pitch > 60 else str(number + 1)
        canvas.text(left + pitch * number + (pitch - between) / 2, upper - 22, label, SMALL, MUTED, align="center")
    colored: dict[int, list[Box]] = {band: [] for band in BANDS}
    missing: list[Box] = []
    texts: list[tuple[float, float, str, str]] = []
    for row, (name, scores) in enumerate(rows):
        mean = row == len(shown)
        y = upper + CELL_ROW * row + 16 * mean
        canvas.text(LEFT, y + 23, canvas.fit(name, left - LEFT - 20, SMALL), SMALL, MUTED if mean else TEXT)
        for number, score in enumerate(scores):
            box = (left + pitch * number, y, pitch - between, CELL_ROW - 6.0)
            if score is None:
                missing.append(box)
                continue
            percent = round(score * 100)
            band = band_of(percent / 100)  # the color of the number that stands there
            colored[band].append(box)
            text = f"{percent}{'%' if count <= SIGNED else ''}"
            texts.append((box[0] + box[2] / 2, y + 23, text, BRIGHT if band == 1 else DARK))
    for band, boxes in colored.items():
        canvas.boxes(boxes, BANDS[band], 7)
    canvas.boxes(missing, TRACK, 7)
    canvas.stripes([(x + 3, y + 3, width - 6, height - 6) for x, y, width, height in missing], GRID)
    size = SMALL - 2 if count <= FEW else 22
    for x, y, text, color in texts:
        canvas.text(x, y, text, size, color, bold=True, align="center")
    _legend(canvas, top + height - 42, bool(missing))
    return top + height


def means(scores: Sequence[Sequence[float | None]]) -> tuple[float | None, ...]:
    """The mean of each question over the people with a score, None where nobody has one."""
    columns = [[score for score in column if score is not None] for column in zip(*scores, strict=True)]
    return tuple(sum(column) / len(column) if column else None for column in columns)


def _legend(canvas: Canvas, y: float, missing: bool) -> None:
    x = float(LEFT)
    for band, text in band_limits().items():
        canvas.box((x, y - 13, 26, 26), BANDS[band], 6)
        x += 38 + canvas.text(x + 38, y, text, SMALL - 2, MUTED) + 34
    if missing:
        canvas.box((x, y - 13, 26, 26), TRACK, 6)
        canvas.stripes([(x + 2, y - 11, 22, 22)], GRID, apart=11)
        canvas.text(x + 38, y, "not scored", SMALL - 2, MUTED)


def _alt(card: GroupCard, placed: Sequence[tuple[int, Standing]]) -> str:
    day = f"{card.day:%B} {card.day.day}, {card.day.year}"
    title = f"Final board of a group round: {spoken(card.kind, 40)}, {spoken(card.topic, 80)}, {day}."
    if not placed:
        return alt_text([title, "Nobody answered."])
    people = [f"{rank}. {spoken(one.name, 32) or 'somebody'} with {_points(one.points)}" for rank, one in placed[:10]]
    more = len(placed) - len(people)
    board = f"Of {_points(card.most)} points: {'; '.join(people)}" + (f"; and {more} more." if more else ".")
    scored = [
        (mean, number) for number, mean in enumerate(means([one.scores for _, one in placed]), 1) if mean is not None
    ]
    questions = ""
    if len(scored) > 1:
        best, worst = max(scored, key=lambda pair: pair[0]), min(scored, key=lambda pair: pair[0])
        questions = listed(
            [
                f"Question {best[1]} went best with a mean of {best[0]:.0%}",
                f"question {worst[1]} worst with {worst[0]:.0%}.",
            ]
        )
    return alt_text([title, f"{counted(len(placed), 'person', 'people')}.", questions, board])
