"""Boards and weekly posts as messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import discord
from discord import ui

from bot.abilities.ledger import ALL_TRACKS, EVERYWHERE, Board
from bot.abilities.model import ENOUGH_RESULTS
from bot.abilities.periods import Period
from bot.services.boards import BoardLine, BoardPage
from bot.services.weekly import WeeklyPost
from cogs._layout import NEUTRAL, layout
from cogs._text import escape
from questions.taxonomy import taxonomy

TITLES = {Board.SKILL: "Skill", Board.EFFORT: "Effort", Board.IMPROVEMENT: "Improvement", Board.HELP: "Help"}
TOLD = {
    Board.SKILL: f"Their rating less two deviations, from {ENOUGH_RESULTS} rated questions on.",
    Board.EFFORT: "Days on which they finished a question, by their own calendar.",
    Board.IMPROVEMENT: "What ratings have gained in this time.",
    Board.HELP: "Peer interviews given and questions contributed.",
}
PERIODS = {
    Period.WEEK: "this week",
    Period.MONTH: "this month",
    Period.SEASON: "this season",
    Period.ALL: "all time",
}
MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}
_NO_TRACK = "all"
TEMPLATE = (
    r"board:(?P<scope>[0-9]{1,20}):(?P<board>skill|effort|improvement|help):(?P<track>[a-z]{2,16}):"
    r"(?P<period>week|month|season|all):(?P<page>[0-9]{1,7})"
)


@dataclass(frozen=True)
class BoardView:
    """Which page of which board."""

    scope: int
    """A server's id, or 0 for everywhere."""
    board: Board
    track: str
    """'' for all tracks."""
    period: Period
    page: int = 1

    @property
    def custom_id(self) -> str:
        track = self.track or _NO_TRACK
        return f"board:{self.scope}:{self.board.value}:{track}:{self.period.value}:{self.page}"

    @classmethod
    def of(cls, match: Mapping[str, str]) -> BoardView:
        track = "" if match["track"] == _NO_TRACK else match["track"]
        return cls(int(match["scope"]), Board(match["board"]), track, Period(match["period"]), int(match["page"]))


def board_blocks(view: BoardView, page: BoardPage) -> list[str]:
    """A page of a board as blocks of text."""
    where = "everywhere" if view.scope == EVERYWHERE else "this server"
    track = taxonomy().name(view.track) if view.track != ALL_TRACKS else "all tracks"
    head = f"## {TITLES[view.board]} · {PERIODS[view.period]}\n-# {where} · {track} · {TOLD[view.board]}"
    if page.lines:
        blocks = [head, "\n".join(_line(line, view.board) for line in page.lines)]
    else:
        blocks = [head, _EMPTY[view.board]]
    own = page.own
    if own is None:
        blocks.append(f"-# {_HOW_TO_GET_IN[view.board]}")
    elif own.private:
        blocks.append(f"**You** · {_value(own.value, view.board)}\n-# Only you see this line.")
    elif all(not line.mine for line in page.lines):
        blocks.append(f"**You** · {_line(own, view.board)}")
    if page.total:
        people = "1 person" if page.total == 1 else f"{page.total:,} people"
        blocks.append(f"-# Page {page.page} of {page.pages} · {people}")
    return blocks


_EMPTY = {
    Board.SKILL: "Nobody has enough rated questions yet. Exam rounds and group rounds (**/mock host**) are rated.",
    Board.EFFORT: "Nobody has finished a question in this time yet. **/quiz start** begins.",
    Board.IMPROVEMENT: "No rating has risen in this time yet. Exam rounds and group rounds (**/mock host**) are rated.",
    Board.HELP: "Nobody has given an interview in this time yet. **/mock pair** and **/mock find** do.",
}
_HOW_TO_GET_IN = {
    Board.SKILL: f"You are not on it yet: it takes {ENOUGH_RESULTS} questions in exam rounds or group rounds.",
    Board.EFFORT: "You are not on it yet: finish a question.",
    Board.IMPROVEMENT: f"You are not on it yet: it takes {ENOUGH_RESULTS} rated questions to measure from.",
    Board.HELP: "You are not on it yet: interview somebody with **/mock pair**.",
}


def _line(line: BoardLine, board: Board) -> str:
    name = f"**{escape(line.name)}**" if line.mine else escape(line.name)
    return (
        f"{MEDALS.get(line.rank, f'{line.rank}.')} {name} · {_value(line.value, board)}{' ← you' if line.mine else ''}"
    )


def _value(value: float, board: Board) -> str:
    match board:
        case Board.SKILL:
            return f"{value:.0f}"
        case Board.EFFORT:
            return "1 day" if value == 1 else f"{value:.0f} days"
        case Board.IMPROVEMENT:
            return f"{value:+.0f}"
        case Board.HELP:
            return "once" if value == 1 else f"{value:.0f} times"


def weekly_view(post: WeeklyPost) -> ui.LayoutView:
    """A server's weekly post."""
    answered = "1 question" if post.answered == 1 else f"{post.answered} questions"
    by = "one person" if post.people == 1 else f"{post.people} people"
    blocks: list[str | ui.Item[Any]] = [
        f"## The week of <t:{_noon(post)}:D>\nThis group answered **{answered}**, {by} in all."
    ]
    blocks.append(ui.MediaGallery(discord.MediaGalleryItem("attachment://week.png", description=post.alt[:1024])))
    if post.movers:
        movers = [f"▲ **{escape(mover.name)}** +{mover.gain:.0f}" for mover in post.movers]
        blocks.append("**Moved up**\n" + "\n".join(movers))
    active = [line for line in post.effort.lines if line.rank == 1][:5]
    if active and active[0].value >= 2:
        names = ", ".join(escape(line.name) for line in active)
        blocks.append(f"**Most active** · {names}, {active[0].value:.0f} days")
    blocks.append(post.fact)
    button: ui.Button[ui.LayoutView] = ui.Button(label="Leaderboard", custom_id=weekly_id(post))
    return layout(blocks, [[button]], accent=NEUTRAL)


def weekly_id(post: WeeklyPost) -> str:
    """The custom_id of a weekly post's button, by which the post is found again."""
    return BoardView(post.server_id, Board.SKILL, ALL_TRACKS, Period.WEEK).custom_id


def _noon(post: WeeklyPost) -> int:
    """A moment of the first day that is the same day in most zones: Discord shows it in the reader's own."""
    return int(datetime.combine(post.first, time(12), UTC).timestamp())
