"""What a person takes with them and what is left of them, on a database that real services have filled.

Everybody's words hold a marker of their own and everybody's id is as long as Discord's, so that neither is found by
chance.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event, select

from bot.abilities.ledger import EVERYWHERE, Board
from bot.rounds import group, pair
from bot.rounds.dialogue import DIALOGUE
from bot.rounds.events import Kind
from bot.rounds.group import GROUP, Phase, board
from bot.rounds.pair import PAIR
from bot.services.carrying import NoRoundError
from bot.services.group_cards import GroupAskCard, RevealCard, group_card
from bot.services.groups import GroupWish
from bot.services.history import History
from bot.services.pair_cards import pair_card
from bot.services.posting import AnyCard, PlaceGoneError, PostError
from bot.services.privacy import DAY, RETRY, without_words
from bot.services.starting import Format
from bot.store import held, privacy, server_questions, standings
from bot.store.engine import Store
from bot.store.held import REMOVED, RULES, Fate
from bot.store.schema import (
    metadata,
    results,
)
from grader.code.verdict import CaseVerdict, Code, CodeVerdict, GroupVerdict, LintNote, ShownCase
from grader.grade import (
    Dimension,
    Finding,
    Grade,
    Probe,
    ProbeKind,
    Row,
    Span,
    StarReport,
    StarSentence,
    Verdict,
    decode,
    encode,
)
from grader.text import grade as grade_text
from questions.bank import Bank
from questions.model import Behavioral, FreeText, Level, Part, Tier
from tests.clock import ManualClock
from tests.services.house import (
    ANN,
    BOB,
    CARL,
    HERE,
    MARKS,
    ME,
    SERVER,
    Beat,
    House,
    many_answers,
)
from tests.services.pairing import interview_bank
from tests.services.recorder import RecordingPoster
from tests.services.scripted import program


@pytest_asyncio.fixture
async def house(store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster) -> AsyncGenerator[House]:
    written = interview_bank(bank, 8)
    opened = House(store, Bank([*written.loaded.values(), *bank.loaded.values()]), clock, poster)
    yield opened
    await opened.rest()


async def erase_at_once(house: House, user: int) -> None:
    """What happens in the store alone."""
    async with house.store.read() as connection:
        invited = await privacy.invitations(connection, user)
    async with house.store.write() as connection:
        await privacy.erase(connection, user, invited, house.clock.now())


def traces(found: Mapping[str, list[tuple[Any, ...]]], *wanted: str) -> set[str]:
    """The columns in which one of these texts is found, in whatever kind of value."""
    seen: set[str] = set()
    for table, rows_ in found.items():
        names = list(metadata.tables[table].c.keys())
        for row in rows_:
            for name, value in zip(names, row, strict=True):
                text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                if any(one in text for one in wanted):
                    seen.add(f"{table}.{name}")
    return seen


# What is left of somebody


async def test_the_house_holds_something_of_every_kind(house: House) -> None:
    """Else the proofs below would prove nothing: a new table has to be filled here, too."""
    await house.fill(open_rounds=True)
    async with house.store.read() as connection:
        counts = await held.counts(connection, ME)
    kinds = {rule.what for rule in RULES.values()} - {"", "steps in rounds", "my messages in your own rounds"}
    kinds |= {acted.what for rule in RULES.values() for acted in rule.acted.values()}
    assert kinds == counts.keys()


@pytest.mark.parametrize("open_rounds", [True, False])
async def test_after_an_erasure_no_row_names_the_person_or_holds_a_word_of_theirs(
    house: House, open_rounds: bool
) -> None:
    await house.fill(open_rounds=open_rounds)
    async with house.store.write() as connection:
        await standings.renew(connection, SERVER, ME)
    before = house.dump()
    assert {"people.id", "attempts.text", "attempts.grade", "rounds.state", "round_events.payload"} <= traces(
        before, str(ME), MARKS[ME]
    )
    assert (await house.privacy.export(ME)).notes == ()
    await house.privacy.erase(ME)
    await house.settle()
    found = house.dump()
    assert traces(found, str(ME)) == {"blocks.user_id"}, "a block is not lifted by being erased"
    # A published question is its server's; what a moderator wrote to somebody is theirs, and names nobody.
    assert traces(found, MARKS[ME]) == {"server_question_versions.body", "notices.text", "question_drafts.note"}
    assert [row[1:4] for row in found["blocks"] if row[1] == ME] == [(ME, ANN, "")]


@dataclass
class Expected:
    """What is to be left of the tables, worked out from the rules, row by row."""

    before: dict[str, list[dict[str, Any]]]
    at: datetime
    own: set[int] = field(init=False)
    """Rounds of the person alone."""
    shared: set[int] = field(init=False)
    """Rounds that name them beside others."""
    sent: set[int] = field(init=False)
    """Their attempts."""
    upheld: set[int] = field(init=False)
    """Their appeals that were upheld."""

    def __post_init__(self) -> None:
        every = self.before["rounds"]
        self.own = {row["id"] for row in every if row["owner_id"] == ME and row["engine"] == DIALOGUE.name}
        self.shared = {row["id"] for row in every if str(ME) in row["state"]} - self.own
        self.sent = {row["id"] for row in self.before["attempts"] if row["user_id"] == ME}
        mine = [row for row in self.before["appeals"] if row["user_id"] == ME]
        self.upheld = {row["id"] for row in mine if row["state"] == "upheld"}

    def rows(self, table: str) -> list[dict[str, Any]]:
        return [self._left(table, row) for row in self.before[table] if not self._goes(table, row)]

    def _goes(self, table: str, row: Mapping[str, Any]) -> bool:
        rule = RULES[table]
        match table:
            case "rounds":
                return row["id"] in self.own
            case "round_events" | "messages":
                return row["round_id"] in self.own
            case "pictures":
                return row["attempt_id"] in self.sent
            case "appeals":
                return row["user_id"] == ME and row["state"] == "open"
            case _:
                return rule.fate is Fate.DELETED and row[str(rule.person)] == ME

    def _left(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        rule = RULES[table]
        match table:
            case "rounds" if row["id"] in self.shared:
                return self._renamed(row, "state", "owner_id") | {"shown_seq": row["seq"] - 1, "touched_at": self.at}
            case "round_events" if row["round_id"] in self.shared:
                return self._renamed(row, "payload", "by")
            case "messages" if row["round_id"] in self.shared:
                grouped = any(
                    one["id"] == row["round_id"] and one["engine"] == GROUP.name for one in self.before["rounds"]
                )
                left = row["key"].startswith("room:") or (grouped and row["key"].startswith("ask:"))
                return row if left else row | {"face": ""}
            case _:
                changed: dict[str, Any] = {}
        if table == "server_questions" and MARKS[ME] in row["reason"]:
            changed["reason"] = None
        for appeal in self.upheld:
            for name in {"audit_log": ("detail",), "server_question_versions": ("reason",)}.get(table, ()):
                if row[name].startswith(f"appeal {appeal}: "):
                    changed[name] = f"appeal {appeal}"
        for name, acted in rule.acted.items():
            if row[name] == ME:
                changed |= {name: self._nobody(table, name), **acted.blanked}
        if rule.fate is Fate.ANONYMIZED and row[str(rule.person)] == ME:
            changed |= {str(rule.person): self._nobody(table, str(rule.person)), **rule.blanked}
        if rule.fate is Fate.KEPT and row[str(rule.person)] == ME:
            changed |= rule.blanked
        return row | changed

    @staticmethod
    def _nobody(table: str, column: str) -> int | None:
        return None if metadata.tables[table].c[column].nullable else -1

    @staticmethod
    def _renamed(row: dict[str, Any], text: str, who: str) -> dict[str, Any]:
        if str(ME) not in row[text] and row[who] != ME:
            return row
        value = held.with_people(json.loads(row[text]), lambda one: -1 if one == ME else one)
        written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return row | {text: written, who: -1 if row[who] == ME else row[who]}


def private(table: str, row: Mapping[str, Any]) -> bool:
    """Rows of nobody that an erasure writes: former members, and what it notes for itself."""
    if table == "meta":
        return row["key"] == "boards-redone" or row["key"].startswith(("erased-messages:", "bank:"))
    return table == "people" and row["id"] < 0


async def test_of_others_not_a_byte_is_changed_and_in_shared_rounds_the_persons_number_alone(house: House) -> None:
    await house.fill(open_rounds=False)
    before = await house.columns()
    expected = Expected(before, house.clock.now())
    assert (len(expected.own), len(expected.shared), len(expected.upheld)) == (5, 6, 1)
    await erase_at_once(house, ME)
    after = await house.columns()
    for table in metadata.tables:
        found = [row for row in after[table] if not private(table, row)]
        assert found == [row for row in expected.rows(table) if not private(table, row)], table
    assert [(row["id"], row["name"]) for row in after["people"] if row["id"] < 0] == [(-1, "a former member")]


async def test_shared_rounds_replay_and_their_boards_stand_as_they_were(house: House) -> None:
    shared = await house.fill(open_rounds=False)
    before = {name: board((await house.groups.load(shared[name])).state) for name in ("hosted", "played", "coded")}
    assert all(any(line.user == ME and line.points > 0.7 for line in lines) for lines in before.values())
    await house.privacy.erase(ME)
    await house.settle()
    for name, round_id in shared.items():
        state = await house.replays(GROUP if name in {*before, "without"} else PAIR, round_id)
        if name in before:
            lines = [replace(line, user=-1 if line.user == ME else line.user) for line in before[name]]
            assert board(state) == tuple(lines)


async def test_boards_of_the_server_lose_one_line_and_nobody_elses_value_changes(house: House) -> None:
    await house.fill(open_rounds=False)
    keys = await house.boards.periods(EVERYWHERE, ANN)

    async def lines() -> dict[tuple[int, Board], dict[int, float]]:
        found: dict[tuple[int, Board], dict[int, float]] = {}
        for scope in (EVERYWHERE, SERVER):
            for kind in Board:
                for period in keys.values():
                    page = await house.boards.page(scope, kind, "", period, 1, ANN)
                    found.setdefault((scope, kind), {}).update({line.user_id: line.value for line in page.lines})
        return found

    before = await lines()
    assert ME in before[SERVER, Board.EFFORT]
    await house.privacy.erase(ME)
    assert await lines() == {
        key: {user: value for user, value in values.items() if user != ME} for key, values in before.items()
    }


async def test_cards_of_shared_rounds_are_edited_and_no_longer_quote_or_name_the_person(house: House) -> None:
    shared = await house.fill(open_rounds=False)

    def cards(round_id: int) -> dict[str, AnyCard]:
        """What the round's messages show, but questions that are over, which name nobody."""
        every = [m for m in house.poster.messages if m.author is None and m.card.round_id == round_id]
        return {m.key: m.card for m in every if not isinstance(m.card, GroupAskCard)}

    def quoted(round_id: int) -> int:
        reveal = cards(round_id)["reveal:1"]
        assert isinstance(reveal, RevealCard)
        assert reveal.best is not None
        return reveal.best.user

    named = [round_id for name, round_id in shared.items() if "without" not in name]
    assert all(str(ME) in repr(cards(round_id)) for round_id in named)
    assert MARKS[ME] in repr(cards(shared["hosted"]))
    assert quoted(shared["hosted"]) == ME
    await house.privacy.erase(ME)
    await house.settle()
    assert not any(str(ME) in repr(cards(round_id)) or MARKS[ME] in repr(cards(round_id)) for round_id in named)
    assert quoted(shared["hosted"]) == ANN, "the next best answer of those who let themselves be quoted"
    for name in ("hosted", "played", "coded"):
        record = await house.groups.record(shared[name])
        owed = [post for post in group.posts(record.state) if post.kind is not group.PostKind.ASK]
        assert cards(shared[name]) == {post.key: group_card(record, post) for post in owed}
    for name in ("interview", "declined", "called off"):
        pairing = await house.pairs.record(shared[name])
        expected = {post.key: pair_card(pairing, post) for post in pair.posts(pairing.state)}
        assert cards(shared[name]) == expected


async def test_open_rounds_go_on_or_end_without_the_person(house: House) -> None:
    shared = await house.fill(open_rounds=True)
    await house.privacy.erase(ME)
    await house.settle()
    hosting = (await house.groups.load(shared["hosting"])).state
    assert (hosting.vacant, hosting.phase, hosting.owner) == (True, Phase.ASKING, -1)
    for name in ("asked", "agreed"):
        state = (await house.pairs.load(shared[name])).state
        assert state.phase is pair.Phase.FINISHED, name
        assert -1 in state.people, name
    with pytest.raises(NoRoundError):
        await house.pairs.load(shared["asking"])  # nobody else had a part in it
    playing = (await house.groups.load(shared["playing"])).state
    assert group.awaited(playing) == (BOB,)
    assert (await house.groups.take_over(shared["hosting"], by=ANN)).replies == ()
    for user in (ANN, BOB):
        await house.say(shared["hosting"], user, house.strong(user))
    await house.say(shared["playing"], BOB, house.strong(BOB))
    for name in ("hosting", "playing"):
        state = await house.replays(GROUP, shared[name])
        assert state.phase is Phase.FINISHED
        assert {line.user for line in board(state)} == {-1, ANN, BOB}
        async with house.store.read() as connection:
            query = select(results.c.user_id).where(results.c.round_id == shared[name])
            assert set((await connection.scalars(query)).all()) == {ANN, BOB}, "nobody who is gone is rated"


async def test_a_host_who_is_alone_takes_the_lobby_along(house: House) -> None:
    wish = GroupWish(ME, HERE, Kind.QUIZ, Level.MID, None, Format.FREE_TEXT, 1, 600)
    round_id = (await house.groups.open(wish)).id
    await house.groups.carry_out(round_id)
    erased = await house.privacy.erase(ME)
    assert (erased.rounds, erased.shared, erased.messages) == (1, (), 1)
    with pytest.raises(NoRoundError):
        await house.groups.load(round_id)


async def test_a_host_whose_guests_have_left_ends_the_round(house: House) -> None:
    round_id = await house.host(ME, ANN)
    await house.groups.leave(round_id, by=ANN)
    await house.privacy.erase(ME)
    state = (await house.groups.load(round_id)).state
    assert (state.phase, state.stopped) == (Phase.FINISHED, True)


async def test_somebody_who_comes_back_is_new(house: House) -> None:
    await house.fill(open_rounds=False)
    await house.privacy.erase(ME)
    await house.settle()
    assert (await house.privacy.overview(ME)).person is None
    assert await house.people.names([ME]) == {}
    assert (await History(house.store, house.bank).page(ME)).total == 0
    round_id = await house.start(ME)
    await house.people.remember(ME, "somebody new")
    assert await house.people.names([ME]) == {ME: "somebody new"}
    await house.finish(round_id, house.strong(ME))
    async with house.store.read() as connection:
        rows = (await connection.execute(select(results).where(results.c.user_id == ME))).mappings().all()
    assert [(row["first"], row["rated"]) for row in rows] == [(True, True)], "nothing is known of what was met before"


async def test_copies_that_processes_keep_of_a_servers_questions_are_out_of_date(house: House) -> None:
    await house.fill(open_rounds=False)
    async with house.store.read() as connection:
        before = await server_questions.bank_number(connection, SERVER)
    await house.privacy.erase(ME)
    async with house.store.read() as connection:
        assert await server_questions.bank_number(connection, SERVER) > before


async def test_erasing_twice_and_erasing_nobody_change_nothing(house: House) -> None:
    await house.fill(open_rounds=False)
    await house.privacy.erase(ME)
    await house.settle()
    before = house.dump()
    again = await house.privacy.erase(ME)
    await house.privacy.erase(CARL + 1)
    await house.settle()
    assert (again.rounds, again.shared, again.messages) == (0, (), 0)
    left = {**house.dump(), "meta": before["meta"]}
    assert left == before


async def test_a_program_that_is_being_judged_meanwhile_leaves_nothing_behind(house: House) -> None:
    round_id = await house.start(ME, Kind.CODE, Format.CODE)
    house.judge.gate = asyncio.Event()
    row = await house.rounds.load(round_id)
    text = f"# {MARKS[ME]} will draw\n{program('AC')}"
    await house.rounds.answer(round_id, by=ME, text=text, source="interaction:1", turn=row.state.turn)
    house.rounds.carry_out_later(round_id)
    await house.judge.waiting.acquire()
    await house.privacy.erase(ME)
    house.judge.gate.set()
    await house.settle()
    found = house.dump()
    assert traces(found, str(ME), MARKS[ME]) == set()
    assert found["rounds"] == found["attempts"] == found["pictures"] == []


# Messages in Discord


async def test_every_message_of_deleted_rounds_is_removed_and_no_other(house: House) -> None:
    await house.fill(open_rounds=False)
    before = await house.columns()
    own = Expected(before, house.clock.now()).own
    expected = {(row["channel_id"], row["message_id"]) for row in before["messages"] if row["round_id"] in own}
    expected |= {(row["channel_id"], row["message_id"]) for row in before["question_drafts"] if row["author_id"] == ME}
    erased = await house.privacy.erase(ME)
    await house.settle()
    assert erased.messages == len(expected) > 10
    assert sorted(house.cleaner.removed) == sorted(expected)


async def test_messages_that_cannot_be_removed_now_are_removed_later_and_those_that_never_can_are_left(
    house: House,
) -> None:
    await house.finish(await house.start(ME), house.strong(ME))
    house.cleaner.failures = [PlaceGoneError("closed"), PostError("too many at once")]
    posted = (await house.privacy.erase(ME)).messages
    assert posted > 1
    await house.settle()
    assert house.cleaner.removed == []
    await house.pass_time(RETRY / 2)
    assert house.cleaner.removed == []
    for _ in range(2):
        await house.pass_time(RETRY)
        assert len(house.cleaner.removed) == posted - 1


async def test_what_a_process_that_ended_has_left_is_removed_by_the_next_one(house: House) -> None:
    await house.start(ME)
    await erase_at_once(house, ME)
    house.privacy = house.another_process()
    await house.pass_time(timedelta(seconds=1))
    assert len(house.cleaner.removed) == 1


# Much of it


@pytest.mark.soak
async def test_erasing_five_thousand_answers_is_quick_and_lets_everybody_else_run(house: House) -> None:
    await many_answers(house, 1000, 5)
    beat = Beat()
    started = time.perf_counter()
    erased = await beat.during(house.privacy.erase(ME))
    took = time.perf_counter() - started
    assert (erased.rounds, erased.messages) == (1001, 5000)
    assert took < 2.0, f"{took:.2f} s"
    assert beat.longest < 0.05, f"{1000 * beat.longest:.0f} ms"
    await house.settle()
    assert len(house.cleaner.removed) == 5000


# Killed in the middle

CHILD = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from sqlalchemy import event
from bot.store import privacy
from bot.store.engine import Store

async def main():
    store, user, last = Store(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
    async with store.read() as connection:
        invited = await privacy.invitations(connection, user)
    done = 0

    def count(*_):
        nonlocal done
        done += 1
        if done > last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(store._engine.sync_engine, "before_cursor_execute", count)
    async with store.write() as connection:
        await privacy.erase(connection, user, invited, datetime(2026, 4, 1, tzinfo=UTC))
    print(done)
    await store.close()

asyncio.run(main())
"""


def erase_in_a_process(database: Path, last: int) -> subprocess.CompletedProcess[str]:
    """Erases in a process that is killed before statement `last` + 1."""
    command = [sys.executable, "-c", CHILD, str(database), str(ME), str(last)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.thorough
async def test_killed_in_the_middle_it_has_erased_nothing_and_the_next_try_erases_all(house: House) -> None:
    await house.fill(open_rounds=False)
    await house.store.close()
    before = house.dump()
    for last in (0, 7, 25, 60):
        assert erase_in_a_process(house.store.path, last).returncode == -signal.SIGKILL
        assert house.dump() == before, last
    whole = erase_in_a_process(house.store.path, 10**6)
    assert whole.returncode == 0, whole.stderr
    assert int(whole.stdout) > 60, "it was killed in the middle above"
    assert traces(house.dump(), str(ME)) == {"blocks.user_id"}


# How long words are kept


async def test_words_that_are_too_old_go_once_a_day_and_scores_stay(house: House) -> None:
    await house.fill(open_rounds=False)
    await house.pass_time(timedelta(seconds=1))
    before = await house.columns()
    assert await house.privacy.set_retention(ME, 30) == 0
    await house.pass_time(29 * DAY)
    assert traces(house.dump(), MARKS[ME]) >= {"attempts.text", "attempts.grade"}
    await house.pass_time(2 * DAY)
    for _ in range(3):
        await house.pass_time(timedelta(seconds=1))
    after = await house.columns()
    scores = [(row["id"], row["score"], row["user_id"]) for row in before["attempts"]]
    assert [(row["id"], row["score"], row["user_id"]) for row in after["attempts"]] == scores
    for row, old in zip(after["attempts"], before["attempts"], strict=True):
        if row["user_id"] != ME:
            assert row == old
            continue
        open_ = next(one["status"] for one in after["rounds"] if one["id"] == row["round_id"]) == "open"
        assert (row["text"] == REMOVED) != open_
        assert MARKS[ME] not in (row["grade"] or "") or open_
    kept = {row["attempt_id"] for row in after["pictures"]}
    assert kept == {row["attempt_id"] for row in before["pictures"]} - {
        row["id"] for row in before["attempts"] if row["user_id"] == ME
    }
    assert kept
    for name in ("results", "abilities", "standings", "reports", "round_events"):
        assert after[name] == before[name], name


async def test_the_limit_holds_at_once_and_says_what_goes(house: House) -> None:
    await house.fill(open_rounds=False)
    house.clock.move(40 * DAY.total_seconds())
    rows = await house.columns()
    sent = {row["id"] for row in rows["attempts"] if row["user_id"] == ME}
    drawn = [row for row in rows["pictures"] if row["attempt_id"] in sent and row["number"] == 0]
    old = await house.privacy.outdated(ME, 30)
    assert (old.answers, old.pictures) == (len(sent), len(drawn)), "the open round has no answer yet"
    assert await house.privacy.set_retention(ME, 30) == old.answers
    left = await house.privacy.outdated(ME, 30)
    assert (left.answers, left.pictures) == (0, 0)


async def test_a_look_for_old_words_is_done_in_parts_and_once_a_day(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.privacy.CHUNK", 4)
    await house.fill(open_rounds=False)
    await house.privacy.set_retention(ME, 30)
    house.clock.move(31 * DAY.total_seconds())
    asked: list[str] = []

    def note(*found: Any) -> None:
        asked.append(str(found[2]))

    house.privacy = house.another_process()

    async def left() -> int:
        return (await house.privacy.outdated(ME, 30)).answers

    counts: list[int] = [await left()]
    while counts[-1]:
        await house.privacy.tick()
        counts.append(await left())
    assert max(one - another for one, another in pairwise(counts)) == 4
    for _ in range(5):
        await house.privacy.tick()
    await house.settle()
    event.listen(house.store._engine.sync_engine, "before_cursor_execute", note)  # pyright: ignore[reportPrivateUsage]
    await house.privacy.tick()
    assert asked == [], "nothing is due, so nothing is asked"
    later = house.another_process()
    for _ in range(3):
        await later.tick()
    await house.settle()
    assert not any("attempts" in statement for statement in asked), "another process has looked today"


async def test_somebody_who_changes_their_mind_during_the_look_keeps_the_rest_of_their_words(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.privacy.CHUNK", 4)
    await house.fill(open_rounds=False)
    await house.privacy.set_retention(ME, 30)
    house.clock.move(31 * DAY.total_seconds())
    total = (await house.privacy.outdated(ME, 30)).answers
    while (await house.privacy.outdated(ME, 30)).answers == total:
        await house.privacy.tick()
    await house.privacy.set_retention(ME, None)
    for _ in range(10):
        await house.privacy.tick()
    assert (await house.privacy.outdated(ME, 30)).answers == total - 4


@pytest.mark.parametrize("kind", [FreeText, Behavioral])
def test_a_grade_without_words_scores_the_same_and_quotes_nothing(
    bank: Bank, kind: type[FreeText | Behavioral]
) -> None:
    question = next(one for one in bank.questions.values() if isinstance(one, kind))
    said = question.model_answer.full
    for answer in (
        said,
        said.replace(".", ", I believe."),
        f"{said} ".split(".")[0] + ". L2 removes useless features.",
    ):
        whole = grade_text(answer, question)
        left = without_words(whole)
        assert (left.score, left.band, left.confidence, left.gate) == (
            whole.score,
            whole.band,
            whole.confidence,
            whole.gate,
        )
        assert [(row.id, row.verdict, row.credit) for row in left.rows] == [
            (row.id, row.verdict, row.credit) for row in whole.rows
        ]
        spans = [row.span for row in left.rows if row.span] + [found.span for found in left.findings]
        assert {span.text for span in spans} <= {REMOVED}
        texts = repr(left)
        quoted = [row.span.text for row in whole.rows if row.span] + [found.span.text for found in whole.findings]
        quoted += [sentence.span.text for sentence in (whole.star.sentences if whole.star else ())]
        assert quoted
        assert not any(words in texts for words in quoted if len(words) > 15)


def test_whatever_of_a_grade_may_quote_the_answer_is_gone() -> None:
    words, part = Span(0, 3, 11, "xylophone"), Part.ACTION
    sentence = StarSentence(words, part, 1.0, numbers=("xylophone 7",), vague=("xylophone",))
    whole = Grade(
        0.7,
        3,
        rows=(Row("a", "It shrinks.", Tier.CORE, 1.0, Verdict.HIT, 1.0, span=words, reason="This says it."),),
        findings=(Finding("w", "It grows.", "It does not.", 0.1, False, words),),
        probes=(
            Probe("point:b", ProbeKind.KEY_POINT, "What of b?", "b"),
            Probe("unclear:a", ProbeKind.NEUTRAL, "You said “xylophone”. What is it?", "a"),
            Probe("wrong:w", ProbeKind.MISCONCEPTION, "You said “xylophone”. What makes you say so?", "w"),
        ),
        notes=("I took “xylophone” as data.",),
        takeaway="Remember it.",
        star=StarReport(
            (sentence,),
            (Part.RESULT,),
            {part: 1.0},
            0.5,
            (Dimension("own", "Ownership", 3, 1.0, "You say “xylophone”.", words),),
            "Keep “xylophone”.",
            "Change “xylophone”.",
            ((part, (words, words)), (Part.RESULT, ())),
        ),
    )
    left = without_words(whole)
    assert "xylophone" not in repr(left)
    assert [probe.text for probe in left.probes] == [
        "What of b?",
        "Tell me more about that.",
        "Tell me more about that.",
    ]
    assert left.star is not None
    assert (left.star.missing, left.star.shares, left.star.ownership) == ((Part.RESULT,), {part: 1.0}, 0.5)
    assert [(one.id, one.band) for one in left.star.dimensions] == [("own", 3)]
    assert [(one, len(spans)) for one, spans in left.star.outline] == [(part, 1), (Part.RESULT, 0)], "a gap stays a gap"
    assert (left.rows[0].reason, left.takeaway) == ("This says it.", "Remember it.")
    assert decode(encode(left)) == left


def test_a_verdict_without_words_keeps_what_was_earned_and_nothing_of_the_program() -> None:
    case = CaseVerdict(
        "1.1",
        "two neighbors",
        Code.RTE,
        0.1,
        "raises Secret",
        "Try it.",
        ("line 1: secret()",),
        ShownCase("f(1)", "2", "secret"),
    )
    verdict = CodeVerdict(
        "task",
        Code.RTE,
        "It raises Secret.",
        0.6,
        (GroupVerdict("samples", 10, 6.0, True, (case,)),),
        trace=("line 2: secret",),
        output="secret",
        lint=(LintNote("F401", 1, "`secret` imported but unused"),),
    )
    left = without_words(Grade(0.6, 2, code=verdict))
    assert "secret" not in repr(left).lower()
    assert left.code is not None
    assert (left.code.score, left.code.code, left.code.total, left.code.groups[0].earned) == (0.6, Code.RTE, 1, 6.0)
    assert (left.code.groups[0].cases[0].why, left.code.groups[0].cases[0].hint) == ("two neighbors", "Try it.")
