"""Pages of boards, one's own place, and who is listed under which name."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
import pytest_asyncio
from hypothesis import given
from sqlalchemy import event, insert, select, update

from bot.abilities.ledger import Board
from bot.abilities.periods import Period
from bot.errors import UserError
from bot.services.boards import NAMELESS, BoardLine, BoardPage, Boards, checked_nickname
from bot.services.ratings import Ratings
from bot.store import people
from bot.store.engine import Store
from bot.store.schema import helps as helps_table
from bot.store.schema import people as people_table
from bot.store.schema import standings as standings_table
from questions.bank import Bank
from tests.clock import START, ManualClock
from tests.services.scoring import begin, earned, ids, many_questions, play, rows

DAY = timedelta(days=1)
ANA, BEN, CAT = 1, 2, 3
SERVER = 7
INDEX = "ix_standings_scope_board_track_period_user_id"


@pytest.fixture(scope="session")
def many(bank: Bank) -> Bank:
    return many_questions(bank)


@pytest.fixture
def ratings(store: Store, many: Bank) -> Ratings:
    return Ratings(store, many)


@pytest.fixture
def boards(store: Store, clock: ManualClock) -> Boards:
    return Boards(store, clock)


async def put(
    store: Store, values: Mapping[int, float], *, board: Board = Board.EFFORT, hidden: Sequence[int] = ()
) -> None:
    """Rows of a board over all time and tracks, as if they had been earned."""
    async with store.write() as connection:
        for user in values:
            await people.ensure(connection, user, START)
        await connection.execute(
            insert(standings_table),
            [
                {
                    "scope": 0,
                    "board": board.value,
                    "track": "",
                    "period": "all",
                    "user_id": user,
                    "value": value,
                    "base": None,
                    "visible": user not in hidden,
                }
                for user, value in values.items()
            ],
        )


async def whole(boards: Boards, number: int = 1, viewer: int | None = None, board: Board = Board.EFFORT) -> BoardPage:
    return await boards.page(0, board, "", "all", number, viewer)


def places(page: BoardPage) -> list[tuple[int, int, float]]:
    return [(line.rank, line.user_id, line.value) for line in page.lines]


async def test_equal_values_share_a_rank_and_stand_in_the_order_of_their_ids(store: Store, boards: Boards) -> None:
    await put(store, {5: 2.0, 1: 3.0, 9: 2.0, 4: 1.0, 2: 1.0})
    page = await whole(boards)
    assert places(page) == [(1, 1, 3.0), (2, 5, 2.0), (2, 9, 2.0), (4, 2, 1.0), (4, 4, 1.0)]
    assert (page.page, page.pages, page.total, page.own) == (1, 1, 5, None)


async def test_pages_have_ten_lines_and_ranks_go_on(store: Store, boards: Boards) -> None:
    await put(store, {user: float(user // 4) for user in range(1, 26)})
    pages = [await whole(boards, number) for number in (1, 2, 3)]
    assert [len(page.lines) for page in pages] == [10, 10, 5]
    assert {(page.pages, page.total) for page in pages} == {(3, 25)}
    assert [rank for page in pages for rank, _, _ in places(page)] == [
        1, 1, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15, 19, 19, 19, 19, 23, 23, 23,
    ]  # fmt: skip
    assert (await whole(boards, 99)).lines == pages[2].lines
    assert (await whole(boards, -5)).lines == pages[0].lines


async def test_a_board_without_anybody_is_one_empty_page(boards: Boards) -> None:
    assert await whole(boards, 3, ANA) == BoardPage((), 1, 1, 0, None)


async def test_ones_own_line_comes_with_every_page(store: Store, boards: Boards) -> None:
    await put(store, {user: float(user) for user in range(1, 26)})
    own = BoardLine(24, 2, NAMELESS, 2.0, mine=True)
    for number in (1, 2, 3):
        page = await whole(boards, number, viewer=2)
        assert page.own == own
        assert [line for line in page.lines if line.mine] == ([own] if number == 3 else [])
    assert (await whole(boards, 1, viewer=77)).own is None


async def test_hidden_people_are_neither_listed_nor_counted_and_see_their_own_place(
    store: Store, boards: Boards
) -> None:
    await put(store, {ANA: 5.0, BEN: 4.0, CAT: 3.0})
    await boards.set_privacy(BEN, True, None)
    page = await whole(boards, viewer=BEN)
    assert places(page) == [(1, ANA, 5.0), (2, CAT, 3.0)]
    assert page.total == 2
    assert page.own == BoardLine(2, BEN, NAMELESS, 4.0, mine=True, private=True)
    await boards.set_privacy(BEN, False, None)
    page = await whole(boards, viewer=BEN)
    assert places(page) == [(1, ANA, 5.0), (2, BEN, 4.0), (3, CAT, 3.0)]
    assert page.own == BoardLine(2, BEN, NAMELESS, 4.0, mine=True)


async def test_what_hidden_people_earn_stays_hidden(store: Store, ratings: Ratings, boards: Boards, many: Bank) -> None:
    await boards.set_privacy(ANA, True, None)
    for user in (ANA, BEN):
        await play(store, ratings, {ids(many, "ml")[0]: 0.5}, START, user=user)
    assert places(await whole(boards)) == [(1, BEN, 1.0)]
    async with store.write() as connection:
        await ratings.rebuild(connection)
    assert places(await whole(boards)) == [(1, BEN, 1.0)]


async def test_who_has_not_gained_is_not_listed_as_improving_but_sees_it(store: Store, boards: Boards) -> None:
    await put(store, {ANA: 12.5, BEN: 0.0, CAT: -30.0}, board=Board.IMPROVEMENT)
    page = await whole(boards, viewer=CAT, board=Board.IMPROVEMENT)
    assert (places(page), page.total) == ([(1, ANA, 12.5)], 1)
    assert page.own == BoardLine(2, CAT, NAMELESS, -30.0, mine=True, private=True)
    assert (await whole(boards, viewer=ANA, board=Board.IMPROVEMENT)).own == BoardLine(
        1, ANA, NAMELESS, 12.5, mine=True
    )


async def test_people_are_called_by_their_nickname_else_by_their_name(store: Store, boards: Boards) -> None:
    await put(store, {ANA: 3.0, BEN: 2.0, CAT: 1.0})
    async with store.write() as connection:
        await people.set_name(connection, ANA, "ana#1")
        await people.set_name(connection, BEN, "ben#2")
    await boards.set_privacy(ANA, False, "  Ana   of Erfurt ")
    names = [line.name for line in (await whole(boards)).lines]
    assert names == ["Ana of Erfurt", "ben#2", NAMELESS]
    await boards.set_privacy(ANA, False, " ")
    assert (await whole(boards)).lines[0].name == "ana#1"


async def test_a_person_whom_nobody_knows_yet_may_choose(store: Store, boards: Boards) -> None:
    await boards.set_privacy(ANA, True, "Ana")
    async with store.read() as connection:
        person = await people.find(connection, ANA)
    assert person is not None
    assert (person.hidden, person.nickname) == (True, "Ana")


async def test_two_people_cannot_have_the_same_nickname(store: Store, boards: Boards) -> None:
    await boards.set_privacy(ANA, False, "Straße")
    for alike in ("Straße", "STRASSE", "ｓｔｒａｓｓｅ"):
        with pytest.raises(UserError, match="Somebody else uses that nickname"):
            await boards.set_privacy(BEN, True, alike)
    async with store.read() as connection:
        assert await people.find(connection, BEN) is None
    await boards.set_privacy(ANA, False, "strasse")
    await boards.set_privacy(BEN, False, "Straßen")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a", "2 to 32 characters; that one has 1"),
        ("   a   ", "2 to 32 characters"),
        ("x" * 33, "that one has 33"),
        ("@everyone", "leave out @"),
        ("<@1234>", "leave out < > @"),
        ("**bold**", r"leave out \*"),
        ("_so_", "leave out _"),
        ("~~gone~~", "leave out ~"),
        ("`code`", "leave out `"),
        ("||secret||", r"leave out \|"),
        ("back\\slash", "leave out"),
        ("# title", "leave out #"),
        ("[a](b)", r"leave out \["),
        ("https://x.example", "link"),
        ("Discord.gg/abc", "link"),
        ("two\nlines", "invisible"),
        ("bell\x07", "invisible"),
        ("zero\u200bwidth", "invisible"),
        ("right\u202eleft", "invisible"),
        ("\u3164\u3164\u3164", "invisible"),
        ("\ue000private", "invisible"),
        ("Z\u0300\u0301\u0302\u0303algo", "marks"),
        ("\u0301\u0301", "marks"),
    ],
)
def test_a_nickname_that_cannot_be_is_refused_in_plain_words(text: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        checked_nickname(text)


@pytest.mark.parametrize(
    "text", ["Al", "x" * 32, "Ana-María O'Neil", "李雷", "ml fan 42", "🐙 octo", "é" * 32, "J. (she/her)"]
)
def test_a_nickname_may_be_written_in_any_script(text: str) -> None:
    assert checked_nickname(text) == text


@given(st.text())
def test_any_text_is_a_nickname_or_refused(text: str) -> None:
    try:
        nickname = checked_nickname(text)
    except UserError:
        return
    assert 2 <= len(nickname) <= 32
    assert nickname.isprintable()
    assert not set(nickname) & set("@<>*_~`|\\#[]")
    assert checked_nickname(nickname) == nickname


async def test_periods_are_those_of_the_viewers_day(store: Store, boards: Boards, clock: ManualClock) -> None:
    clock.at = datetime(2026, 12, 31, 20, 0, tzinfo=UTC)
    assert await boards.periods(0, ANA) == {
        Period.WEEK: "2026-W53",
        Period.MONTH: "2026-12",
        Period.SEASON: "2026-3m-4",
        Period.ALL: "all",
    }
    async with store.write() as connection:
        await people.ensure(connection, ANA, START)
        await people.set_zone(connection, ANA, "Asia/Tokyo")
    assert (await boards.periods(0, ANA))[Period.SEASON] == "2027-3m-1"


# A board in memory is as new as the database


def literally(path: Path, board: str) -> list[tuple[int, float]]:
    """Who is listed, from the rows themselves."""
    above = " AND value > 0" if board == "improvement" else ""
    query = f"SELECT user_id, value FROM standings WHERE scope = 0 AND board = '{board}' AND track = ''"
    return rows(path, f"{query} AND period = 'all' AND visible{above} ORDER BY value DESC, user_id")  # type: ignore[return-value]


async def check(boards: Boards, path: Path, board: Board) -> None:
    """All pages of a board, and everybody's own line, are what the rows say."""
    expected = literally(path, board.value)
    ranks = [1 + sum(other > value for _, other in expected) for _, value in expected]
    page = await whole(boards, board=board)
    found = [line for number in range(1, page.pages + 1) for line in (await whole(boards, number, board=board)).lines]
    assert [(line.user_id, line.value) for line in found] == expected
    assert [line.rank for line in found] == ranks
    assert page.total == len(expected)


async def test_pages_follow_whatever_happens(store: Store, ratings: Ratings, many: Bank, clock: ManualClock) -> None:
    chance = random.Random(3)
    boards = Boards(store, clock)
    names = list(many.questions)
    lately: list[int] = []
    for number in range(40):
        user = chance.randrange(1, 6)
        match chance.randrange(8):
            case 0:
                async with store.write() as connection:
                    await ratings.helped(connection, user, SERVER, f"interview:{number}", "ml", START)
            case 1:
                await boards.set_privacy(user, chance.random() < 0.5, None)
            case 2:
                async with store.write() as connection:
                    await ratings.rebuild(connection, user=user)
            case 3 if lately:
                async with store.write() as connection:
                    gone = lately.pop()
                    await connection.exec_driver_sql("DELETE FROM results WHERE user_id = ?", (gone,))
                    await ratings.rebuild(connection, user=gone)
            case _:
                asked = {name: (number + chance.random()) / 40 for name in chance.sample(names, 6)}
                await play(store, ratings, asked, START + number * DAY, user=user)
                lately.append(user)
        for board in chance.sample(list(Board), 2):
            await check(boards, store.path, board)
    for board in Board:
        await check(boards, store.path, board)
        assert literally(store.path, board.value), board


async def test_a_page_sees_what_another_process_has_written(
    store: Store, database: Path, ratings: Ratings, many: Bank, boards: Boards
) -> None:
    other = Store(database)
    theirs = Boards(other, ManualClock())
    try:
        for user in (BEN, ANA):
            await play(store, ratings, {ids(many, "ml")[0]: 0.5}, START, user=user)
            assert places(await whole(theirs))[0] == (1, min(user, BEN), 1.0)
            assert await whole(theirs) == await whole(boards)
        await boards.set_privacy(ANA, True, None)
        assert places(await whole(theirs)) == [(1, BEN, 1.0)]
    finally:
        await other.close()


async def test_a_board_that_missed_much_is_read_anew(store: Store, boards: Boards) -> None:
    await put(store, {ANA: 3.0}, board=Board.HELP)
    assert (await whole(boards, board=Board.HELP)).total == 1
    crowd = range(10, 1500)
    await put(store, dict.fromkeys(crowd, 1.0), board=Board.HELP)
    async with store.write() as connection:
        values = {"server_id": None, "track": "", "day": START.date(), "at": START}
        new = [{"user_id": user, "source": f"q{user}", **values} for user in crowd]
        await connection.execute(insert(helps_table), new)
    assert (await whole(boards, board=Board.HELP)).total == 1491
    await check_first(boards)


async def check_first(boards: Boards) -> None:
    assert places(await whole(boards, board=Board.HELP))[:2] == [(1, ANA, 3.0), (2, 10, 1.0)]


async def test_boards_that_nobody_looks_at_leave_the_memory(
    store: Store, boards: Boards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.boards._ROWS", 50)
    await put(store, dict.fromkeys(range(1, 41), 1.0))
    await put(store, dict.fromkeys(range(1, 41), 1.0), board=Board.HELP)
    assert (await whole(boards)).total == 40
    async with store.write() as connection:
        await connection.execute(update(standings_table).values(value=2.0))  # which no page can know of
    assert (await whole(boards)).lines[0].value == 1.0
    assert (await whole(boards, board=Board.HELP)).total == 40
    assert (await whole(boards)).lines[0].value == 2.0


# What is read


@pytest_asyncio.fixture
async def asked(store: Store) -> AsyncGenerator[list[tuple[str, Any]]]:
    """Every statement that reaches the database, with its parameters."""
    found: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        found.append((given[2], given[3]))

    async with store.read() as connection:
        assert connection.sync_connection is not None
        engine = connection.sync_connection.engine
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def plans(path: Path, asked: Sequence[tuple[str, Any]]) -> dict[str, list[str]]:
    """How SQLite carries out each statement, in its own words."""
    found: dict[str, list[str]] = {}
    with closing(sqlite3.connect(path)) as connection:
        for statement, parameters in asked:
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                steps = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
                found[statement] = [step[3] for step in steps if step[3] != "SCAN CONSTANT ROW"]
    return found


async def test_a_page_is_read_by_its_index_and_never_by_looking_through_results(
    store: Store, boards: Boards, ratings: Ratings, many: Bank, asked: list[tuple[str, Any]]
) -> None:
    await play(store, ratings, dict.fromkeys([*ids(many, "ml"), *ids(many, "eval")], 0.8), START)
    async with store.write() as connection:
        await ratings.helped(connection, ANA, None, "question:1", "", START)
    for number, board in enumerate(Board):
        asked.clear()
        await whole(boards, viewer=ANA, board=board)
        cold = plans(store.path, asked)
        (listing,) = (
            plan
            for statement, plan in cold.items()
            if "WHERE standings.scope = ?" in statement and "UNION" not in statement
        )
        assert listing == [f"SEARCH standings USING INDEX {INDEX} (scope=? AND board=? AND track=? AND period=?)"]
        await play(store, ratings, {ids(many, "math")[number]: 0.8}, START)
        asked.clear()
        await whole(boards, viewer=ANA, board=board)
        warm = plans(store.path, asked)
        assert len(warm) == 2, "what changed, and the names"
        for statement, steps in {**cold, **warm}.items():
            assert not any("TEMP B-TREE" in step for step in steps), (statement, steps)
            for step in steps:
                if "results" in step:
                    assert step in {"SEARCH results", "SEARCH results USING INTEGER PRIMARY KEY (rowid>?)"}, statement
                if "standings" in step and INDEX not in step:
                    assert step.count("=?") == 5, (statement, step)


@pytest.mark.thorough
async def test_a_new_result_writes_as_few_pages_however_many_people_are_on_the_boards(
    store: Store, ratings: Ratings, many: Bank
) -> None:
    async def pages(question: str) -> int:
        """Pages that one more result of Ana's writes, beside the round."""
        async with store.write() as connection:
            row = await begin(connection, [question], START, users=[ANA], server=SERVER)
        with closing(sqlite3.connect(store.path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            async with store.write() as connection:
                await ratings.note(connection, row, [earned(ANA, 0, 0.5, START)], START)
            return int(other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])

    names = ids(many, "ml")
    await play(store, ratings, dict.fromkeys(names[:8], 0.8), START, server=SERVER)
    alone = await pages(names[8])
    draw = random.Random(5)
    async with store.write() as connection:
        await connection.execute(
            insert(people_table), [{"id": user, "first_seen_at": START} for user in range(100, 3100)]
        )
        found = await connection.execute(select(standings_table).where(standings_table.c.user_id == ANA))
        mine = found.mappings().all()
        others = [
            {**row, "user_id": user, "value": row["value"] + draw.uniform(-9, 9)}
            for row in mine
            for user in range(100, 3100)
        ]
        await connection.execute(insert(standings_table), others)
    assert len(others) >= 30 * 3000
    assert await pages(names[9]) <= alone + 4


async def test_a_new_result_looks_nothing_through(
    store: Store, ratings: Ratings, many: Bank, asked: list[tuple[str, Any]]
) -> None:
    names = ids(many, "ml")
    await play(store, ratings, dict.fromkeys(names[:8], 0.8), START, server=SERVER)
    async with store.write() as connection:
        row = await begin(connection, [names[8]], START, users=[ANA, BEN], server=SERVER)
        asked.clear()
        await ratings.note(connection, row, [earned(user, 0, 0.5, START) for user in (ANA, BEN)], START)
    explained = plans(store.path, asked)
    assert len(asked) <= 7, [statement for statement, _ in asked]
    for statement, steps in explained.items():
        assert not any("SCAN" in step or "TEMP B-TREE" in step for step in steps), (statement, steps)
    (steps,) = (steps for statement, steps in explained.items() if "FROM standings" in statement)
    found = {step.split()[1]: step.count("=?") for step in steps if step.startswith("SEARCH")}
    assert found == {"abilities": 2, "active_days": 4, "standings": 5}
