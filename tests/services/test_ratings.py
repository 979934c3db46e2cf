"""What is noted of rounds, what it adds up to, and that it is the same computed anew."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import delete, insert, update

from bot.abilities import model, periods
from bot.abilities.items import item_of
from bot.abilities.model import Ability
from bot.rounds.dialogue import DIALOGUE
from bot.rounds.events import Answered, Item, Kind, Mode, Result, Started, TimedOut
from bot.rounds.group import GROUP, open_round
from bot.rounds.group_events import Begun as GroupBegun
from bot.rounds.group_events import Graded as GroupGraded
from bot.rounds.group_events import GroupEvent, Joined, Opened
from bot.rounds.pair import PAIR, propose
from bot.rounds.pair_events import Accepted, Arrived, Begun, PairEvent, Proposed
from bot.services.boards import Boards
from bot.services.ratings import Ratings
from bot.services.record import UnknownQuestionError
from bot.services.rounds import Rounds
from bot.services.servers import Servers
from bot.services.starting import Format, Wish
from bot.store import activity, meta, people, questions, results, server_questions
from bot.store import rounds as round_store
from bot.store.engine import Store
from bot.store.results import ResultRow
from bot.store.rounds import Place, Surface
from bot.store.schema import abilities as abilities_table
from bot.store.schema import active_days as days_table
from bot.store.schema import people as people_table
from bot.store.schema import question_versions as versions_table
from bot.store.schema import results as results_table
from bot.store.schema import servers as servers_table
from bot.store.schema import standings as standings_table
from bot.store.server_questions import QuestionRow, State, VersionRow
from questions.bank import Bank
from questions.loader import Loaded, encode
from questions.model import Level
from tests.clock import START, ManualClock
from tests.services.recorder import RecordingPoster
from tests.services.scoring import TRACKS, begin, dump, earned, ids, many_questions, play, rows
from tests.services.scripted import ScriptedJudge

DAY = timedelta(days=1)
ANA, BEN, CAT = 1, 2, 3
SERVER, OTHER_SERVER = 7, 8


@pytest.fixture(scope="session")
def many(bank: Bank) -> Bank:
    return many_questions(bank)


@pytest.fixture
def ratings(store: Store, many: Bank) -> Ratings:
    return Ratings(store, many)


async def found(store: Store, user: int = ANA) -> list[ResultRow]:
    async with store.read() as connection:
        return await results.of_people(connection, [user])


# What is noted


async def test_a_result_tells_all_about_an_item(store: Store, ratings: Ratings, many: Bank) -> None:
    name = ids(many, "ml")[3]
    async with store.write() as connection:
        row = await begin(connection, [name], START, server=SERVER, level=Level.SENIOR)
        at = START + timedelta(minutes=3)
        await ratings.note(connection, row, [earned(ANA, 0, 0.75, at, hints=1)], at)
    topic = "ml.regularization"
    assert await found(store) == [
        ResultRow(
            row.id, 0, ANA, name, 1, "ml", topic, Level.SENIOR, Mode.EXAM, "dialogue", SERVER, 0.75, 3, 1, False,
            90.0, True, True, START.date(), at,
        )
    ]  # fmt: skip


async def test_what_was_noted_before_is_left_alone(store: Store, ratings: Ratings, many: Bank) -> None:
    names = ids(many, "ml")[:2]
    async with store.write() as connection:
        row = await begin(connection, names, START)
        first = earned(ANA, 0, 0.5, START)
        await ratings.note(connection, row, [first], START)
    before = dump(store.path)
    async with store.write() as connection:
        await ratings.note(connection, row, [replace(first, score=1.0)], START + DAY)
    assert dump(store.path) == before
    async with store.write() as connection:
        await ratings.note(connection, row, [first, earned(ANA, 1, 1.0, START)], START)
    assert [(one.item, one.score) for one in await found(store)] == [(0, 0.5), (1, 1.0)]


@pytest.mark.parametrize(
    ("mode", "told", "rated"),
    [(Mode.EXAM, False, True), (Mode.EXAM, True, False), (Mode.PRACTICE, False, False), (Mode.PRACTICE, True, False)],
)
async def test_only_an_exam_without_the_answer_shown_is_rated(
    store: Store, ratings: Ratings, many: Bank, mode: Mode, told: bool, rated: bool
) -> None:
    await play(store, ratings, {ids(many, "ml")[0]: 0.5}, START, mode=mode, told=told)
    assert [(one.first, one.rated) for one in await found(store)] == [(True, rated)]
    assert bool(dump(store.path)["abilities"]) == rated


async def test_a_peer_interview_is_not_rated_in_any_mode(store: Store, ratings: Ratings, many: Bank) -> None:
    async with store.write() as connection:
        row = await begin(connection, ids(many, "ml")[:1], START, mode=Mode.EXAM, engine=PAIR.name)
        await ratings.note(connection, row, [earned(ANA, 0, 0.5, START)], START)
    assert [(one.first, one.rated) for one in await found(store)] == [(True, False)]


async def test_a_question_counts_the_first_time_whatever_the_place_mode_or_version(
    store: Store, ratings: Ratings, many: Bank
) -> None:
    name = ids(many, "ml")[0]
    await play(store, ratings, {name: 0.5}, START, mode=Mode.PRACTICE)
    ability = await ratings.ability_of(ANA)
    newer = Bank([Loaded(many.questions[name].model_copy(update={"version": 2}), "newer.yaml", 1)])
    async with store.write() as connection:
        row = await begin(connection, [name], START + DAY, server=SERVER, version=2)
        await Ratings(store, newer).note(connection, row, [earned(ANA, 0, 1.0, START + DAY)], START + DAY)
    assert [(one.first, one.rated) for one in await found(store)] == [(True, False), (False, False)]
    assert await ratings.ability_of(ANA) == ability == model.prior()
    await play(store, ratings, {name: 0.5}, START, user=BEN)
    assert [(one.first, one.rated) for one in await found(store, BEN)] == [(True, True)]


async def test_a_question_that_comes_twice_in_a_round_counts_once(store: Store, ratings: Ratings, many: Bank) -> None:
    name = ids(many, "ml")[0]
    async with store.write() as connection:
        row = await begin(connection, [name, name], START)
        await ratings.note(connection, row, [earned(ANA, 0, 0.5, START), earned(ANA, 1, 1.0, START)], START)
    assert [one.rated for one in await found(store)] == [True, False]


async def publish(store: Store, name: str, authors: Sequence[tuple[int, int | None]], state: State) -> None:
    """Question `name` as somebody's own, with who wrote and who approved each version."""
    row = QuestionRow(name, SERVER, name, state, len(authors), authors[0][0], False, None, START, START)
    async with store.write() as connection:
        await server_questions.put(connection, row)
        for number, (author, approver) in enumerate(authors, 1):
            version = VersionRow(name, number, "", author, approver, "", None, START)
            await server_questions.add_version(connection, version)


async def test_who_wrote_or_approved_any_version_of_a_question_is_not_rated_on_it(
    store: Store, ratings: Ratings, many: Bank
) -> None:
    mine, theirs = ids(many, "ml")[:2]
    await publish(store, mine, [(ANA, CAT), (50, None)], State.ACTIVE)
    for user, rated in ((ANA, False), (BEN, True), (CAT, False)):
        await play(store, ratings, {mine: 1.0, theirs: 1.0}, START, user=user)
        assert [(one.first, one.rated) for one in await found(store, user)] == [(True, rated), (True, True)]


async def test_a_question_in_beta_is_not_rated_until_it_is_active(store: Store, ratings: Ratings, many: Bank) -> None:
    name = ids(many, "ml")[0]
    await publish(store, name, [(50, 51)], State.BETA)
    await play(store, ratings, {name: 1.0}, START)
    async with store.write() as connection:
        row = await server_questions.find(connection, SERVER, name)
        assert row is not None
        await server_questions.put(connection, replace(row, state=State.ACTIVE))
    await play(store, ratings, {name: 1.0}, START, user=BEN)
    assert [one.rated for one in (*await found(store), *await found(store, BEN))] == [False, True]


async def test_everybody_in_a_group_round_is_rated_by_its_engine(store: Store, ratings: Ratings, many: Bank) -> None:
    name = ids(many, "eval")[0]
    opened = Opened(START, ANA, Kind.QUIZ, Level.MID, 1, 60)
    over = START + timedelta(minutes=5)
    script: list[GroupEvent] = [
        Joined(START, BEN),
        Joined(START, CAT),
        GroupBegun(START, ANA, (Item(name, 1),)),
        Answered(START, ANA, 1, 11),
        Answered(START, BEN, 1, 12),
        GroupGraded(START, None, 1, ANA, 11, Result(0.8, 4)),
        GroupGraded(START, None, 1, BEN, 12, Result(0.2, 1)),
        TimedOut(over, None, 1),
    ]
    async with store.write() as connection:
        for user in (ANA, BEN, CAT):
            await people.ensure(connection, user, START)
        place = Place(SERVER, 50, Surface.CHANNEL)
        row = await round_store.create(connection, GROUP, open_round(opened), opened, place, None, asked=1)
        for event in script:
            state, _ = GROUP.step(row.state, event)
            row = await round_store.save(connection, GROUP, row, state, event)
        await ratings.note(connection, row, GROUP.scored(row.state), over)
    scores = {
        user: [(one.score, one.rated, one.engine) for one in await found(store, user)] for user in (ANA, BEN, CAT)
    }
    assert scores == {ANA: [(0.8, True, "group")], BEN: [(0.2, True, "group")], CAT: [(0.0, True, "group")]}
    better, worse = await ratings.ability_of(ANA, SERVER), await ratings.ability_of(CAT, SERVER)
    assert model.overall(better).value > 1500 > model.overall(worse).value


async def test_a_peer_interview_is_kept_but_rates_nobody_and_its_questions_are_met_by_both(
    store: Store, ratings: Ratings, many: Bank
) -> None:
    shown, unseen = ids(many, "ml")[:2]
    when = START + timedelta(hours=1)
    proposed = Proposed(START, ANA, BEN, Kind.QUIZ, Level.MID, when, ANA)
    script: list[PairEvent] = [
        Accepted(START, BEN),
        Arrived(when, ANA),
        Arrived(when, BEN),
        Begun(when, None, (Item(shown, 1), Item(unseen, 1)), (3, 3)),
    ]
    async with store.write() as connection:
        await people.ensure(connection, ANA, START)
        await people.ensure(connection, BEN, START)
        place = Place(SERVER, 50, Surface.CHANNEL)
        row = await round_store.create(connection, PAIR, propose(proposed), proposed, place, None, asked=2)
        await round_store.take_part(connection, row.id, BEN, START)
        for event in script:
            state, _ = PAIR.step(row.state, event)
            row = await round_store.save(connection, PAIR, row, state, event)
        await ratings.note(connection, row, [earned(BEN, 0, 0.9, when)], when)
    assert [(one.first, one.rated, one.engine) for one in await found(store, BEN)] == [(True, False, "pair")]
    assert rows(store.path, "SELECT DISTINCT user_id FROM active_days") == [(BEN,)]
    for user, expected in ((ANA, [False, True]), (BEN, [False, True]), (CAT, [True, True])):
        await play(store, ratings, {shown: 1.0, unseen: 1.0}, when + DAY, user=user)
        assert [one.rated for one in await found(store, user)][-2:] == expected, user


async def test_a_score_is_kept_for_the_calendar_day_of_the_person(store: Store, ratings: Ratings, many: Bank) -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # a Sunday, the last of a week
    names = ids(many, "ml")
    async with store.write() as connection:
        for user, zone in ((ANA, None), (BEN, "Asia/Tokyo"), (CAT, "Nowhere/Land")):
            await people.ensure(connection, user, late)
            await connection.execute(update(people_table).where(people_table.c.id == user).values(zone=zone))
    for user in (ANA, BEN, CAT):
        await play(store, ratings, {names[0]: 0.5}, late, user=user)
    weeks = "SELECT user_id, period FROM standings WHERE board = 'effort' AND track = '' AND period LIKE '%-W%'"
    assert rows(store.path, weeks + " ORDER BY user_id") == [(ANA, "2026-W09"), (BEN, "2026-W10"), (CAT, "2026-W09")]
    assert [(await found(store, user))[0].day.day for user in (ANA, BEN, CAT)] == [1, 2, 1]


async def test_a_server_question_counts_in_its_server_alone(store: Store, many: Bank) -> None:
    ratings = Ratings(store, many)
    local = next(iter(many.questions.values())).model_copy(update={"id": "ml.regularization.ours"})
    async with store.write() as connection:
        await questions.keep(connection, local.id, 1, encode(local))
    await play(store, ratings, {local.id: 1.0}, START, server=SERVER)
    assert await ratings.ability_of(ANA) == model.prior()
    assert (await ratings.ability_of(ANA, SERVER)).count == 1
    for table in ("active_days", "standings"):
        assert {row[0] for row in dump(store.path)[table]} == {SERVER}
    async with store.read() as connection:
        assert await activity.days(connection, ANA, date.min) == {START.date()}, "it is an active day of theirs"


async def test_an_old_version_is_rated_by_what_it_was(store: Store, many: Bank) -> None:
    name = ids(many, "ml")[0]
    old = many.questions[name]
    harder = old.difficulty.model_copy(update={"level": 5})
    newer = Bank([Loaded(old.model_copy(update={"version": 2, "difficulty": harder}), "newer.yaml", 1)])
    async with store.write() as connection:
        await questions.keep(connection, name, 1, encode(old))
    await play(store, Ratings(store, newer), {name: 0.5}, START)
    expected = model.update(model.prior(), item_of(old, Level.MID), 0.5, START)
    assert await Ratings(store, newer).ability_of(ANA) == expected


async def test_a_question_that_nobody_knows_is_an_error_and_nothing_is_kept(store: Store, many: Bank) -> None:
    with pytest.raises(UnknownQuestionError, match=r"ml\.regularization\.gone version 1"):
        await play(store, Ratings(store, many), {"ml.regularization.gone": 0.5}, START)
    assert await found(store) == []


async def test_a_help_counts_once_a_person(store: Store, ratings: Ratings) -> None:
    async with store.write() as connection:
        await ratings.helped(connection, ANA, SERVER, "interview:1:0", "ml", START)
        await ratings.helped(connection, ANA, SERVER, "interview:1:0", "ml", START + DAY)
        await ratings.helped(connection, BEN, SERVER, "interview:1:0", "ml", START)
        await ratings.helped(connection, ANA, None, "question:4", "", START + DAY)
    query = "SELECT scope, user_id, track, value FROM standings WHERE board = 'help' AND period = 'all'"
    assert sorted(rows(store.path, query)) == [
        (0, ANA, "", 2.0),
        (0, ANA, "ml", 1.0),
        (0, BEN, "", 1.0),
        (0, BEN, "ml", 1.0),
        (SERVER, ANA, "", 1.0),
        (SERVER, ANA, "ml", 1.0),
        (SERVER, BEN, "", 1.0),
        (SERVER, BEN, "ml", 1.0),
    ]
    assert dump(store.path)["active_days"] == []


# What it adds up to


Literal = dict[tuple[str, str, str], tuple[float, float | None]]
"""Value and base by board, track and period."""


def literally(one: Sequence[ResultRow], many: Bank) -> tuple[Literal, Ability]:
    """The rows of a person's boards in a scope, each from the definition: by looking through all of the results."""
    abilities: list[Ability] = [model.prior()]
    for row in one:
        after = abilities[-1]
        if row.rated:
            item = item_of(many.questions[row.question_id], row.level)
            after = model.update(after, item, row.score, row.at)
        abilities.append(after)

    def mean(ability: Ability, track: str) -> float:
        return (model.track_rating(ability, track) if track else model.overall(ability)).value

    boards: Literal = {}
    for track in ("", *TRACKS):
        mine = [(n, row) for n, row in enumerate(one) if track in ("", row.track)]
        for period in {period for _, row in mine for period in periods.keys(row.day)}:
            within = [(n, row) for n, row in mine if period in periods.keys(row.day)]
            boards["effort", track, period] = (float(len({row.day for _, row in within})), None)
            rated = [n for n, row in within if row.rated]
            shown = [n for n in rated if model.enough(abilities[n + 1], track or None)]
            if shown:
                boards["skill", track, period] = (model.skill(abilities[rated[-1] + 1], track or None), None)
            started = [n for n in rated if model.enough(abilities[n], track or None)]
            if shown or started:
                before = bool(started) and (not shown or started[0] <= shown[0])
                base = mean(abilities[started[0]] if before else abilities[shown[0] + 1], track)
                boards["improvement", track, period] = (mean(abilities[rated[-1] + 1], track) - base, base)
    return boards, abilities[-1]


async def test_boards_hold_what_their_definitions_say(store: Store, ratings: Ratings, many: Bank) -> None:
    chance = random.Random(5)
    names = list(many.questions)
    chance.shuffle(names)
    at = START
    for number in range(60):
        at += timedelta(hours=chance.choice([1, 5, 30, 200]))
        mode = Mode.EXAM if chance.random() < 0.8 else Mode.PRACTICE
        score = round(chance.random(), 2)
        await play(store, ratings, {names[number % len(names)]: score}, at, server=SERVER, mode=mode)
    boards, ability = literally(await found(store), many)
    kinds = {(board, track) for board, track, _ in boards}
    assert kinds >= {(board, track) for board in ("skill", "effort", "improvement") for track in ("", "ml")}
    for scope in (0, SERVER):
        query = f"SELECT board, track, period, value, base FROM standings WHERE scope = {scope}"
        assert {tuple(row[:3]): tuple(row[3:]) for row in rows(store.path, query)} == boards
        assert await ratings.ability_of(ANA, scope) == ability


async def test_no_skill_is_shown_before_there_is_enough_evidence(store: Store, ratings: Ratings, many: Bank) -> None:
    query = "SELECT count(*) FROM standings WHERE board IN ('skill', 'improvement') AND track = ''"
    for number, name in enumerate(many.questions):
        ability = await ratings.ability_of(ANA)
        assert (rows(store.path, query)[0][0] > 0) == model.enough(ability)
        await play(store, ratings, {name: 0.7}, START + number * DAY)
    assert rows(store.path, query)[0][0] > 0


async def test_seasons_are_as_long_as_the_server_wants(store: Store, ratings: Ratings, many: Bank) -> None:
    names = ids(many, "ml")
    await play(store, ratings, {names[0]: 0.5}, datetime(2026, 11, 21, tzinfo=UTC), server=SERVER)
    await choose_season(store, 2)
    async with store.write() as connection:
        await ratings.rebuild(connection, SERVER)
    await play(store, ratings, {names[1]: 0.5}, datetime(2026, 11, 22, tzinfo=UTC), server=SERVER)
    query = "SELECT scope, period, value FROM standings WHERE board = 'effort' AND track = '' AND period LIKE '%m-%'"
    assert sorted(rows(store.path, query)) == [(0, "2026-3m-4", 2.0), (SERVER, "2026-2m-6", 2.0)]


async def test_boards_follow_a_season_of_another_length_within_seconds_and_over_a_restart(
    store: Store, ratings: Ratings, many: Bank
) -> None:
    people = range(1, 31)
    for user in people:
        await play(store, ratings, {ids(many, "ml")[0]: 0.5}, START, user=user, server=SERVER)
    assert await Servers(store, ManualClock()).set_season(SERVER, 6)
    await ratings.tick()
    query = f"SELECT count(*) FROM standings WHERE scope = {SERVER} AND period LIKE '%-6m-%' AND track = ''"
    assert 0 < rows(store.path, query)[0][0] < len(people), "a tick takes a few people at a time"
    await Ratings(store, many).tick()  # the next process goes on where this one was
    assert rows(store.path, query) == [(len(people),)]
    assert rows(store.path, f"SELECT * FROM standings WHERE scope = {SERVER} AND period LIKE '%-3m-%'") == []
    renewed = dump(store.path)
    async with store.write() as connection:
        await ratings.rebuild(connection)
    assert dump(store.path) == renewed
    await ratings.tick()
    assert dump(store.path) == renewed


async def test_a_season_that_changes_again_while_boards_follow_reaches_everybody(
    store: Store, ratings: Ratings, many: Bank
) -> None:
    servers = Servers(store, ManualClock())
    for user in range(1, 31):
        await play(store, ratings, {ids(many, "ml")[0]: 0.5}, START, user=user, server=SERVER)
    await servers.set_season(SERVER, 6)
    await ratings.tick()
    await asyncio.gather(ratings.tick(), servers.set_season(SERVER, 2))
    for _ in range(3):
        await ratings.tick()
    followed = dump(store.path)
    async with store.write() as connection:
        await ratings.rebuild(connection)
    assert dump(store.path) == followed


async def choose_season(store: Store, months: int, server: int = SERVER) -> None:
    async with store.write() as connection:
        await connection.execute(delete(servers_table).where(servers_table.c.id == server))
        values = {"id": server, "place": "thread", "season_months": months, "updated_at": START}
        await connection.execute(insert(servers_table).values(**values))


# What it tells


async def test_a_history_is_the_rating_after_each_counted_result(store: Store, ratings: Ratings, many: Bank) -> None:
    names = {track: ids(many, track) for track in TRACKS}
    for number in range(6):
        await play(store, ratings, {names["ml"][number]: 0.9}, START + number * DAY)
        await play(store, ratings, {names["eval"][number]: 0.1}, START + number * DAY, mode=Mode.PRACTICE)
        await play(store, ratings, {names["math"][number]: 0.3}, START + number * DAY, server=SERVER)
    ability = await ratings.ability_of(ANA)
    history = await ratings.history(ANA)
    assert len(history) == 12
    assert history[-1].rating == model.overall(ability)
    in_track = await ratings.history(ANA, track="ml")
    assert [point.at for point in in_track] == [START + number * DAY for number in range(6)]
    first = model.update(model.prior(), item_of(many.questions[names["ml"][0]], Level.MID), 0.9, START)
    assert in_track[0].rating == model.track_rating(first, "ml")
    assert len(await ratings.history(ANA, SERVER)) == 6
    assert await ratings.history(BEN) == ()
    few = await ratings.history(ANA, most=5)
    assert (few[0], few[-1], len(few)) == (history[0], history[-1], 5)
    assert [point.at for point in few] == sorted(point.at for point in few)


async def test_the_score_to_expect_follows_the_person(store: Store, ratings: Ratings, many: Bank) -> None:
    question = many.questions[ids(many, "ml")[9]]
    assert await ratings.expected_score(ANA) is None
    await play(store, ratings, dict.fromkeys(ids(many, "ml")[:5], 1.0), START)
    expected = await ratings.expected_score(ANA)
    assert expected is not None
    ability = await ratings.ability_of(ANA)
    assert expected(question, Level.MID) == model.expected(ability, item_of(question, Level.MID))
    assert expected(question, Level.MID) > model.expected(model.prior(), item_of(question, Level.MID))
    assert await ratings.expected_score(BEN) is None


# Rounds of before


async def play_rounds(store: Store, bank: Bank, ratings: Ratings | None) -> None:
    """Real rounds: one to its end, an exam that was stopped, and one that is still open after its first question."""
    clock = ManualClock()
    rounds = Rounds(store, bank, clock, RecordingPoster(), random.Random(1), ScriptedJudge(), ratings)
    place = Place(SERVER, 50, Surface.CHANNEL)
    for mode, count, answers, stop in (
        (Mode.PRACTICE, 2, 2, False),
        (Mode.EXAM, 2, 1, True),
        (Mode.EXAM, 3, 1, False),
    ):
        wish = Wish(ANA, place, Kind.QUIZ, Level.MID, mode, None, Format.MULTIPLE_CHOICE, count)
        row = await rounds.start(wish)
        for number in range(answers):
            clock.move(60)
            await rounds.answer(row.id, by=ANA, text="B" if number else "A", source=f"modal:{row.id}-{number}")
            await rounds.carry_out(row.id)
            row = await rounds.load(row.id)
            await rounds.advance(row.id, by=ANA, turn=row.state.turn)
        if stop:
            await rounds.stop(row.id, by=ANA)
        row = await rounds.load(row.id)


async def test_rounds_of_before_are_filled_in_once(
    store: Store, ratings: Ratings, many: Bank, tmp_path: Path, database: Path
) -> None:
    live_path = tmp_path / "live.db"
    shutil.copy(database, live_path)
    live_store = Store(live_path)
    await play_rounds(live_store, many, Ratings(live_store, many))
    live = await found(live_store)
    await live_store.close()

    await play_rounds(store, many, None)
    assert await found(store) == []
    assert await ratings.backfill() == 3
    filled = await found(store)
    assert [(one.round_id, one.item) for one in filled] == [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0)]
    assert filled == live
    before = dump(store.path)
    async with store.write() as connection:
        await connection.execute(delete(results_table))
    assert await ratings.backfill() == 0
    assert await found(store) == []
    assert dump(store.path) == before


async def test_filling_in_goes_on_after_a_crash(store: Store, ratings: Ratings, many: Bank) -> None:
    await play_rounds(store, many, None)
    async with store.write() as connection:
        await meta.put(connection, "results-filled", "2")
    assert await ratings.backfill() == 1
    assert {one.round_id for one in await found(store)} == {3}


async def test_a_round_with_a_lost_question_does_not_keep_others_from_being_filled_in(store: Store, many: Bank) -> None:
    await play_rounds(store, many, None)
    rest = Bank([Loaded(question, "rest.yaml", 1) for question in list(many.questions.values())[-3:]])
    async with store.read() as connection:
        first = await round_store.events(connection, DIALOGUE, 1)
    assert isinstance(first[0], Started)
    lost = first[0].items[0].question
    async with store.write() as connection:
        await connection.execute(delete(versions_table).where(versions_table.c.id == lost))
    await Ratings(store, rest).backfill()
    assert {one.round_id for one in await found(store)} >= {3}


# Computed anew


@dataclass(frozen=True)
class Played:
    users: tuple[int, ...]
    questions: tuple[int, ...]
    scores: tuple[float, ...]
    """One for each person and question."""
    server: int | None
    mode: Mode
    level: Level
    hours: int


@dataclass(frozen=True)
class Helped:
    user: int
    server: int | None
    source: int
    track: str


@dataclass(frozen=True)
class Moved:
    user: int
    zone: str


@dataclass(frozen=True)
class Hid:
    user: int
    hidden: bool


@dataclass(frozen=True)
class Seasons:
    server: int
    months: int


@dataclass(frozen=True)
class Regraded:
    which: int
    score: float


@dataclass(frozen=True)
class Erased:
    which: int


Step = Played | Helped | Moved | Hid | Seasons | Regraded | Erased

USERS = st.integers(1, 4)
SERVERS = st.sampled_from([None, SERVER, OTHER_SERVER])
SCORES = st.floats(0, 1).map(float)
QUESTIONS = 30


@st.composite
def played(draw: st.DrawFn) -> Played:
    users = tuple(draw(st.lists(USERS, min_size=1, max_size=3, unique=True)))
    asked = tuple(draw(st.lists(st.integers(0, QUESTIONS - 1), min_size=1, max_size=8, unique=True)))
    size = len(users) * len(asked)
    scores = tuple(draw(st.lists(SCORES, min_size=size, max_size=size)))
    modes = st.sampled_from([Mode.EXAM, Mode.EXAM, Mode.PRACTICE])
    hours = st.integers(0, 24 * 40)
    return Played(users, asked, scores, draw(SERVERS), draw(modes), draw(st.sampled_from(Level)), draw(hours))


STEPS = st.one_of(
    played(),
    played(),
    played(),
    st.builds(Helped, USERS, SERVERS, st.integers(0, 5), st.sampled_from(["", *TRACKS])),
    st.builds(Moved, USERS, st.sampled_from(["UTC", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati"])),
    st.builds(Hid, USERS, st.booleans()),
    st.builds(Seasons, st.sampled_from([SERVER, OTHER_SERVER]), st.sampled_from(periods.SEASON_LENGTHS)),
    st.builds(Regraded, st.integers(0, 50), SCORES),
    st.builds(Erased, st.integers(0, 50)),
)


@pytest.mark.thorough
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=3, max_size=25))
def test_computed_anew_everything_is_the_same_to_the_last_bit(
    steps: list[Step], many: Bank, migrated: Path, tmp_path: Path
) -> None:
    path = tmp_path / "history.db"
    for old in tmp_path.glob("history.db*"):
        old.unlink()
    shutil.copy(migrated, path)
    asyncio.run(live_through(steps, many, path))


async def live_through(steps: Sequence[Step], many: Bank, path: Path) -> None:
    store = Store(path)
    try:
        at = START
        for step in steps:
            at = await live(step, store, many, at)
        as_it_happened = dump(path)
        ratings = Ratings(store, many)
        async with store.write() as connection:
            await ratings.rebuild(connection)
        assert dump(path) == as_it_happened
        async with store.write() as connection:
            for user in range(1, 5):
                await ratings.rebuild(connection, user=user)
        assert dump(path) == as_it_happened
        async with store.write() as connection:
            for scope in (0, SERVER, OTHER_SERVER):
                await ratings.rebuild(connection, scope)
                await ratings.rebuild(connection, scope, user=1)
        assert dump(path) == as_it_happened
    finally:
        await store.close()


async def live(step: Step, store: Store, many: Bank, at: datetime) -> datetime:
    """What happens in one step; returns the moment after it. Each has a process of its own."""
    ratings = Ratings(store, many)
    match step:
        case Played():
            at += timedelta(hours=step.hours)
            names = [list(many.questions)[number] for number in step.questions]
            async with store.write() as connection:
                row = await begin(
                    connection, names, at, users=step.users, server=step.server, mode=step.mode, level=step.level
                )
                scores = iter(step.scores)
                for item in range(len(names)):
                    at += timedelta(minutes=7)
                    scored = [earned(user, item, next(scores), at) for user in step.users]
                    await ratings.note(connection, row, scored, at)
        case Helped():
            async with store.write() as connection:
                await ratings.helped(connection, step.user, step.server, f"interview:{step.source}", step.track, at)
        case Moved():
            async with store.write() as connection:
                await people.ensure(connection, step.user, at)
                await people.set_zone(connection, step.user, step.zone)
        case Hid():
            await Boards(store, ManualClock(at)).set_privacy(step.user, step.hidden, None)
        case Seasons():
            await choose_season(store, step.months, step.server)
            async with store.write() as connection:
                await ratings.rebuild(connection, step.server)
        case Regraded() | Erased():
            async with store.write() as connection:
                there = await results.of_people(connection, range(1, 5))
                if there:
                    one = there[step.which % len(there)]
                    mine = (results_table.c.round_id == one.round_id) & (results_table.c.user_id == one.user_id)
                    if isinstance(step, Erased):
                        await connection.execute(delete(results_table).where(mine))
                    else:
                        await connection.execute(update(results_table).where(mine).values(score=step.score))
                    await ratings.rebuild(connection, user=one.user_id)
    return at


async def test_a_rebuild_mends_whatever_was_wrong(store: Store, ratings: Ratings, many: Bank) -> None:
    for number, name in enumerate(many.questions):
        await play(store, ratings, {name: 0.6}, START + number * DAY, user=1 + number % 2, server=SERVER)
    right = dump(store.path)
    async with store.write() as connection:
        for table in (abilities_table, days_table, standings_table):
            await connection.execute(delete(table).where(table.c.user_id == ANA))
        await connection.execute(update(standings_table).values(value=standings_table.c.value + 1))
    assert dump(store.path) != right
    async with store.write() as connection:
        await ratings.rebuild(connection)
    assert dump(store.path) == right


async def test_a_rebuild_of_one_person_leaves_the_others_alone(store: Store, ratings: Ratings, many: Bank) -> None:
    for user in (ANA, BEN):
        await play(store, ratings, dict.fromkeys(ids(many, "ml"), 0.6), START, user=user, server=SERVER)
    async with store.write() as connection:
        await connection.execute(update(standings_table).values(value=-1.0))
        await ratings.rebuild(connection, SERVER, ANA)
    assert set(rows(store.path, "SELECT scope, user_id FROM standings WHERE value = -1")) == {(0, 1), (0, 2), (7, 2)}
