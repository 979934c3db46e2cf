"""Rounds as far as ratings look at them: stored, with what everybody earned in them noted. And the tables they fill."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.dialogue import DIALOGUE, State, start
from bot.rounds.engine import Scored
from bot.rounds.events import Item, Kind, Mode, Started
from bot.services.ratings import Ratings
from bot.store import people, rounds
from bot.store.engine import Store
from bot.store.rounds import Place, RoundRow, Surface
from questions.bank import Bank
from questions.loader import Loaded
from questions.model import Level

TRACKS = ("ml", "eval", "math")
TABLES = {
    "abilities": "scope, user_id",
    "active_days": "scope, user_id, track, day",
    "standings": "scope, board, track, period, user_id",
}
"""What adds up, by the columns that put its rows in order."""


def many_questions(bank: Bank, each: int = 10) -> Bank:
    """A bank with `each` questions on each of three tracks, the third of them with a second topic of another track."""
    found: list[Loaded] = []
    for track in TRACKS:
        sample = next(question for question in bank.questions.values() if question.track == track)
        for number in range(each):
            topics = (sample.topic, "ml.boosting") if number == 2 else (sample.topic,)
            changes = {"id": f"{sample.topic}.q{number}", "topics": topics}
            found.append(Loaded(sample.model_copy(update=changes), "many.yaml", 1))
    return Bank(found)


def ids(bank: Bank, track: str) -> list[str]:
    return [question.id for question in bank.questions.values() if question.track == track]


async def begin(
    connection: AsyncConnection,
    questions: Sequence[str],
    at: datetime,
    *,
    users: Sequence[int] = (1,),
    server: int | None = None,
    mode: Mode = Mode.EXAM,
    engine: str = "dialogue",
    level: Level = Level.MID,
    version: int = 1,
) -> RoundRow[State]:
    """A round of these people, the first of them its owner, as a row of `engine`."""
    for user in users:
        await people.ensure(connection, user, at)
    items = tuple(Item(question, version) for question in questions)
    event = Started(at, users[0], Kind.QUIZ, level, mode, items)
    place = Place(server, 50, Surface.CHANNEL)
    row = await rounds.create(connection, DIALOGUE, start(event), event, place, None, asked=len(items))
    for user in users:
        await rounds.take_part(connection, row.id, user, at)
    return replace(row, engine=engine)


def earned(user: int, item: int, score: float, at: datetime, *, told: bool = False, hints: int = 0) -> Scored:
    return Scored(user, item, score, max(1, min(4, round(score * 4))), hints, told, at - timedelta(seconds=90))


async def play(
    store: Store,
    ratings: Ratings,
    scores: Mapping[str, float],
    at: datetime,
    *,
    user: int = 1,
    server: int | None = None,
    mode: Mode = Mode.EXAM,
    told: bool = False,
) -> int:
    """A round of one person, scored question by question; returns its id."""
    async with store.write() as connection:
        row = await begin(connection, list(scores), at, users=[user], server=server, mode=mode)
        for item, score in enumerate(scores.values()):
            await ratings.note(connection, row, [earned(user, item, score, at, told=told)], at)
    return row.id


Rows = list[tuple[Any, ...]]


def rows(path: Path, query: str) -> Rows:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def dump(path: Path) -> dict[str, Rows]:
    """Every row of the tables that add up, as it is stored."""
    return {table: rows(path, f"SELECT * FROM {table} ORDER BY {key}") for table, key in TABLES.items()}
