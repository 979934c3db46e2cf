"""Boards: pages of everybody's standing, one's own place wherever it is, and who is listed under which name.

The rows are kept by `bot.services.ratings` as things happen. To say how many there are and which place somebody holds,
SQLite would count its way along the index: 10 ms for 100,000 rows. So a board that is looked at is kept in memory, 16
bytes a row, sorted as it is shown. A result or help since then names whose rows to read again; where rows changed by
other means (`standings.Version.redone`), or where too many did, the board is read anew. All that is read for a page is
one view of the database, so a page is never older than that, whichever process wrote the rows.
"""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.abilities import periods
from bot.abilities.ledger import Board, Spot
from bot.abilities.periods import SEASON_MONTHS, Period
from bot.clock import Clock
from bot.errors import UserError
from bot.store import people, results, standings
from bot.store.engine import Store
from bot.store.standings import Version

LINES = 10
"""Lines of a page."""
NAMELESS = "member"
"""What somebody is called whose name is not known."""
NICKNAME_LENGTH = range(2, 33)
_MARKUP = frozenset("*_~`|\\<>@#[]")
_LINKS = ("://", "discord.gg/", "discord.com/invite")
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Unicode categories of characters that nobody sees, or that turn the line round."""
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that are drawn as nothing."""
_MARKS = frozenset(("Mn", "Me"))

_ROWS = 2_000_000
"""Rows of boards that are kept in memory, in all."""


@dataclass(frozen=True)
class BoardLine:
    rank: int
    """1 is the best; equal values share a rank."""
    user_id: int
    name: str
    """As the person or Discord wrote it: not escaped."""
    value: float
    """Rating points (skill, improvement), days (effort), or how often (help)."""
    mine: bool
    private: bool = False
    """Whether it is shown to the person alone: they are hidden, or have not gained anything."""


@dataclass(frozen=True)
class BoardPage:
    lines: tuple[BoardLine, ...]
    page: int
    """From 1."""
    pages: int
    """At least 1."""
    total: int
    """How many people are listed."""
    own: BoardLine | None
    """The viewer's line, wherever it is; None where they have none."""


class Boards:
    """What one process shows of standings."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._tables: OrderedDict[tuple[int, Spot], _Table] = OrderedDict()

    async def periods(self, scope: int, viewer: int) -> Mapping[Period, str]:
        """The keys of the periods that hold the viewer's present day."""
        async with self._store.read() as connection:
            persons = await results.preferences(connection, [viewer])
            months = await results.season_months(connection, [scope])
        zone = persons[viewer].zone if viewer in persons else None
        day = periods.day_of(self._clock.now(), zone)
        return {period: periods.key(period, day, months.get(scope, SEASON_MONTHS)) for period in Period}

    async def page(
        self, scope: int, board: Board, track: str, period: str, number: int, viewer: int | None
    ) -> BoardPage:
        """A page of a board; `track` '' for all tracks, `period` a key, `number` from 1 (the nearest page there is).

        On the improvement board only who gained is listed.
        """
        spot = Spot(board, track, period)
        async with self._store.read() as connection:
            table, own_row = await self._table(connection, scope, spot, viewer)
            pages = max(1, -(-len(table) // LINES))
            number = min(max(number, 1), pages)
            shown = table.rows((number - 1) * LINES, number * LINES)
            users = {user for user, _ in shown}
            if viewer is not None and own_row is not None:
                users.add(viewer)
            names = await people.names(connection, users) if users else {}

        def line(user: int, value: float, *, private: bool = False) -> BoardLine:
            return BoardLine(table.rank(value), user, names.get(user, NAMELESS), value, user == viewer, private)

        lines = tuple(line(user, value) for user, value in shown)
        own = None
        if viewer is not None and own_row is not None:
            value, visible = own_row
            own = line(viewer, value, private=not (visible and _lists(board, value)))
        return BoardPage(lines, number, pages, len(table), own)

    async def set_privacy(self, user: int, hidden: bool, nickname: str | None) -> None:
        """Whether the person is listed on boards, and under which nickname (None or blank: their name).

        Raises UserError for a nickname that cannot be.
        """
        chosen = checked_nickname(nickname) if nickname and nickname.strip() else None
        async with self._store.write() as connection:
            if chosen is not None:
                taken = await standings.nicknames(connection)
                if any(_alike(other, chosen) for who, other in taken.items() if who != user):
                    raise UserError("Somebody else uses that nickname already. Pick another one.")
            await people.ensure(connection, user, self._clock.now())
            before = (await results.preferences(connection, [user]))[user]
            await standings.name(connection, user, hidden=hidden, nickname=chosen)
            if before.hidden != hidden:
                await standings.show(connection, user, visible=not hidden)

    async def _table(
        self, connection: AsyncConnection, scope: int, spot: Spot, viewer: int | None
    ) -> tuple[_Table, tuple[float, bool] | None]:
        """The board as this transaction sees it; the viewer's value on it, and whether they are listed."""
        table = self._tables.get((scope, spot))
        now, rows = await standings.look(connection, scope, spot, viewer, table.version if table is not None else None)
        if table is None or not now.follows(table.version):
            found: list[tuple[int, float]] = []
            async for part in standings.listed(connection, scope, spot, _least(spot.board)):
                found += part
            table = _Table.of(now, found)
        elif now != table.version:
            shown = [(user, value) for user, (value, visible) in rows.items() if visible and _lists(spot.board, value)]
            table = table.changed(now, rows, shown)
        self._keep((scope, spot), table)
        return table, rows.get(viewer) if viewer is not None else None

    def _keep(self, key: tuple[int, Spot], table: _Table) -> None:
        self._tables[key] = table
        self._tables.move_to_end(key)
        rows = sum(map(len, self._tables.values()))
        while rows > _ROWS and len(self._tables) > 1:
            rows -= len(self._tables.popitem(last=False)[1])


def _least(board: Board) -> float | None:
    """Only values above it are listed: nobody is shown to have lost."""
    return 0.0 if board is Board.IMPROVEMENT else None


def _lists(board: Board, value: float) -> bool:
    least = _least(board)
    return least is None or value > least


@dataclass(frozen=True, eq=False)
class _Table:
    """A board in memory. It never changes: other rows are another table."""

    version: Version
    users: NDArray[np.int64]
    losses: NDArray[np.float64]
    """The values with their sign turned, so that both columns ascend: the best first, among equals the lower id."""

    @classmethod
    def of(cls, version: Version, rows: Iterable[tuple[int, float]]) -> _Table:
        columns = list(zip(*rows, strict=True)) or [(), ()]
        users = np.array(columns[0], dtype=np.int64)
        losses = -np.array(columns[1], dtype=np.float64)
        order = np.lexsort((users, losses))
        return cls(version, users[order], losses[order])

    def changed(self, version: Version, users: Iterable[int], rows: Iterable[tuple[int, float]]) -> _Table:
        """The table after the rows of `users` became `rows`."""
        gone = np.isin(self.users, np.array(list(users), dtype=np.int64))
        kept = replace(self, users=self.users[~gone], losses=self.losses[~gone]) if gone.any() else self
        new = _Table.of(version, rows)
        places = [kept._place(user, loss) for user, loss in zip(new.users, new.losses, strict=True)]
        return _Table(version, np.insert(kept.users, places, new.users), np.insert(kept.losses, places, new.losses))

    def _place(self, user: np.int64, loss: np.float64) -> int:
        """Where a row belongs."""
        first, last = self.losses.searchsorted(loss, "left"), self.losses.searchsorted(loss, "right")
        return int(first + self.users[first:last].searchsorted(user))

    def __len__(self) -> int:
        return len(self.users)

    def rows(self, start: int, stop: int) -> list[tuple[int, float]]:
        """Person and value, from place `start` (0 is the best) to before `stop`."""
        pairs = zip(self.users[start:stop].tolist(), (-self.losses[start:stop]).tolist(), strict=True)
        return cast(list[tuple[int, float]], list(pairs))

    def rank(self, value: float) -> int:
        """One more than how many have a better value."""
        return int(self.losses.searchsorted(-value, "left")) + 1


def checked_nickname(text: str) -> str:
    """The nickname as it is kept. Raises UserError, in words for the person, for one that cannot be."""
    if any(unicodedata.category(char) in _UNSEEN or char in _BLANK for char in text):
        raise UserError("A nickname is one line without invisible characters.")
    nickname = " ".join(unicodedata.normalize("NFC", text).split())
    if len(nickname) not in NICKNAME_LENGTH:
        shortest, longest = NICKNAME_LENGTH[0], NICKNAME_LENGTH[-1]
        raise UserError(f"A nickname has {shortest} to {longest} characters; that one has {len(nickname)}.")
    if found := sorted(_MARKUP.intersection(nickname)):
        raise UserError(f"Discord would not show that nickname as you wrote it: leave out {' '.join(found)}")
    if any(link in nickname.casefold() for link in _LINKS):
        raise UserError("A nickname cannot hold a link.")
    marks = "".join("m" if unicodedata.category(char) in _MARKS else "." for char in nickname)
    if "mmm" in marks or marks.startswith("m"):
        raise UserError("That nickname has too many marks above or below its letters.")
    return nickname


def _alike(one: str, another: str) -> bool:
    """Whether two nicknames differ in nothing but capitals and widths of letters."""
    return unicodedata.normalize("NFKC", one).casefold() == unicodedata.normalize("NFKC", another).casefold()
