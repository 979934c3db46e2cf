"""Ratings: what people earn is noted as it happens, and adds up to abilities, active days and standings.

`Ratings.note` runs in the transaction of the event that earned it. It and `rebuild` apply the same rules
(`bot.abilities.ledger`) to the same stored values in the same order, so that both give the same state to the last bit.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.abilities import model
from bot.abilities.items import Item, item_of
from bot.abilities.ledger import (
    EVERYWHERE,
    Board,
    Change,
    Credit,
    Help,
    Ledger,
    Rated,
    Spot,
    Standing,
    credited,
    helped,
    spots,
)
from bot.abilities.model import Ability, Rating
from bot.abilities.periods import SEASON_MONTHS, day_of
from bot.rounds.dialogue import DIALOGUE, State
from bot.rounds.engine import Scored
from bot.rounds.events import Mode
from bot.rounds.pair import PAIR
from bot.services.record import UnknownQuestionError
from bot.store import meta, people, results, rounds, server_questions, standings
from bot.store import questions as question_store
from bot.store.engine import Store
from bot.store.results import HelpRow, Preferences, ResultRow
from bot.store.rounds import RoundRow
from bot.store.standings import Kept, Owner
from questions import loader
from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.model import Level

_log = logging.getLogger(__name__)

POINTS = 200
"""At most so many points of a rating over time."""
_TOGETHER = 100
"""People who are replayed at a time."""
_RENEWED = 25
"""People whose standings are computed anew in a second, in a transaction each."""
_BREATH = 25
"""Results after which a replay lets others run."""
_FILLED = "results-filled"
_ALL = "all"
_ROUNDS_AT_ONCE = 10


@dataclass(frozen=True)
class RatingPoint:
    """A rating as it was after a result."""

    at: datetime
    rating: Rating


class Ratings:
    """Notes what is earned, and tells what people can do. Implements `bot.services.carrying.Scorebook`."""

    def __init__(self, store: Store, bank: Bank) -> None:
        self._store = store
        self._bank = bank
        self._items: dict[tuple[str, int, Level], Item] = {}

    # As it happens

    async def note(
        self, connection: AsyncConnection, row: RoundRow[Any], scored: Sequence[Scored], at: datetime
    ) -> None:
        """Keeps what was earned in a round by `at`, and counts it; what was noted before is left alone.

        `row` is the round after the event. Raises UnknownQuestionError.
        """
        if not scored:
            return
        drawn = {number: row.state.items[number] for number in {one.item for one in scored}}
        users, names = {one.user for one in scored}, {item.question for item in drawn.values()}
        server = row.place.server_id
        known = await results.known(connection, row.id, server, users, names, PAIR.name)
        new = [one for one in scored if (one.item, one.user) not in known.noted]
        if not new:
            return
        met = set(known.met)
        if known.others:
            met |= _interviewed(await results.states_naming(connection, known.others, names), names)
        asked = {n: await self._question(connection, item.question, item.version) for n, item in drawn.items()}
        added = await server_questions.standings(connection, names)
        rows: list[ResultRow] = []
        for one in new:
            question, version = asked[one.item], drawn[one.item].version
            first = (one.user, question.id) not in met
            met.add((one.user, question.id))
            counts = row.state.mode is Mode.EXAM and row.engine != PAIR.name and not one.told
            own = added.get(question.id)
            trusted = own is None or not (own.beta or one.user in own.insiders)
            rows.append(
                ResultRow(
                    round_id=row.id,
                    item=one.item,
                    user_id=one.user,
                    question_id=question.id,
                    question_version=version,
                    track=question.track,
                    topic=question.topic,
                    level=row.state.level,
                    mode=row.state.mode,
                    engine=row.engine,
                    server_id=server,
                    score=one.score,
                    band=one.band,
                    hints=one.hints,
                    told=one.told,
                    seconds=max(0.0, (at - one.asked_at).total_seconds()),
                    first=first,
                    rated=first and counts and trusted,
                    day=day_of(at, known.preferences[one.user].zone),
                    at=at,
                )
            )
        await results.add(connection, rows)
        books = Books({server: known.season_months} if server is not None and known.season_months else {})
        await books.open(connection, rows)
        for one in rows:
            await self._credit(connection, books, one)
        await books.keep(connection, known.preferences)

    async def helped(
        self, connection: AsyncConnection, user: int, server_id: int | None, source: str, track: str, at: datetime
    ) -> None:
        """The person did something for others: gave an interview, contributed a question.

        `source` names which, and counts once a person. `track` is '' where it belongs to none.
        """
        await people.ensure(connection, user, at)
        persons = await results.preferences(connection, [user])
        row = HelpRow(user, server_id, source, track, day_of(at, persons[user].zone), at)
        if not await results.add_help(connection, row):
            return
        books = Books(await results.season_months(connection, _scopes(server_id)))
        await books.open_for_help(connection, row)
        for scope in _scopes(server_id):
            books.help(scope, row)
        await books.keep(connection, persons)

    async def _credit(self, connection: AsyncConnection, books: Books, row: ResultRow, only: int | None = None) -> None:
        """Counts a result wherever it counts."""
        if scopes := self._counting(row, only):
            rated = await self._rated(connection, row)
            for scope in scopes:
                books.credit(scope, row, rated)

    def _counting(self, row: ResultRow, only: int | None = None) -> tuple[int, ...]:
        """The scopes in which a result counts; of these, `only` one. Questions of a server count there; everywhere
        only those that everybody has."""
        shipped = self._bank.get(row.question_id) is not None
        return tuple(scope for scope in _scopes(row.server_id, only) if shipped or scope != EVERYWHERE)

    async def _rated(self, connection: AsyncConnection, row: ResultRow) -> Rated | None:
        """What a result tells about the ability; None: nothing. Raises UnknownQuestionError."""
        if not row.rated:
            return None
        key = row.question_id, row.question_version, row.level
        if key not in self._items:
            question = await self._question(connection, row.question_id, row.question_version)
            self._items[key] = item_of(question, row.level)
        return Rated(self._items[key], row.score, row.at)

    async def _question(self, connection: AsyncConnection, question_id: str, version: int) -> AnyQuestion:
        """The question in the version that was asked. Raises UnknownQuestionError."""
        question = self._bank.get(question_id)
        if question is not None and question.version == version:
            return question
        body = await question_store.body(connection, question_id, version)
        if body is None:
            raise UnknownQuestionError(f"{question_id} version {version}")
        return loader.decode(body)

    # Anew

    async def rebuild(self, connection: AsyncConnection, scope: int | None = None, user: int | None = None) -> None:
        """Computes abilities, active days and standings anew from results and helps alone.

        Of a scope, a person, a person in a scope, or of everything. To be called after results were taken away or
        changed, and for a server whose seasons have another length. Raises UnknownQuestionError.
        """
        await standings.clear(connection, scope, user)
        everybody = [user] if user is not None else await results.people_with_any(connection, scope)
        for start in range(0, len(everybody), _TOGETHER):
            await self._replay(connection, everybody[start : start + _TOGETHER], scope)

    async def tick(self) -> None:
        """Called every second: computes some of the standings anew that have to be, so that nobody waits for it."""
        async with self._store.read() as connection:
            waiting = await standings.renewing(connection)
        for scope, after in waiting.items():
            async with self._store.read() as connection:
                users = [user for user in await results.people_with_any(connection, scope) if user > after]
            done = after
            for user in users[:_RENEWED]:
                async with self._store.write() as connection:
                    if (await standings.renewing(connection)).get(scope) != done:
                        break  # it has begun again from the first person, or another process is at it
                    await self.rebuild(connection, scope, user)
                    await standings.renew(connection, scope, user)
                done = user
            if len(users) <= _RENEWED:
                async with self._store.write() as connection:
                    if (await standings.renewing(connection)).get(scope) == done:
                        await standings.renewed(connection, scope)

    async def _replay(self, connection: AsyncConnection, users: Sequence[int], scope: int | None) -> None:
        earned = await results.of_people(connection, users, scope)
        given = await results.helps_of(connection, users, scope)
        scopes = {each for row in (*earned, *given) for each in _scopes(row.server_id, scope)}
        books = Books(await results.season_months(connection, scopes))
        for number, row in enumerate(earned):
            await self._credit(connection, books, row, scope)
            if number % _BREATH == 0:
                await asyncio.sleep(0)
        for row in given:
            for each in _scopes(row.server_id, scope):
                books.help(each, row)
        await books.keep(connection, await results.preferences(connection, users))

    async def backfill(self) -> int:
        """Notes what was scored before results were kept; returns how many rounds were looked at.

        To be called at the start, before rounds go on. It is done once; after a crash it goes on where it was.
        """
        total = 0
        while True:
            async with self._store.write() as connection:
                last = await meta.get(connection, _FILLED)
                if last == _ALL:
                    return total
                ids = await results.rounds_after(connection, DIALOGUE.name, int(last or 0), _ROUNDS_AT_ONCE)
                for round_id in ids:
                    await self._fill(connection, round_id)
                await meta.put(connection, _FILLED, str(ids[-1]) if ids else _ALL)
                total += len(ids)

    async def _fill(self, connection: AsyncConnection, round_id: int) -> None:
        row = await rounds.load(connection, DIALOGUE, round_id)
        assert row is not None
        try:
            for one in DIALOGUE.scored(row.state):
                await self.note(connection, row, [one], _over_at(row.state, one.item))
        except UnknownQuestionError as error:
            _log.warning("round %s is not rated: it names an unknown question, %s", round_id, error)

    # What it tells

    async def ability_of(self, user: int, scope: int = EVERYWHERE) -> Ability:
        """What is known of the person; the prior of mid level where nothing is."""
        async with self._store.read() as connection:
            found = await standings.ability(connection, scope, user)
        return model.decode(found) if found is not None else model.prior()

    async def expected_score(self, user: int) -> Callable[[AnyQuestion, Level], float] | None:
        """A function that tells the score (0–1) to expect of the person on a question asked at a level.

        None while no result of theirs was rated.
        """
        ability = await self.ability_of(user)
        if not ability.count:
            return None
        return lambda question, level: model.expected(ability, item_of(question, level))

    async def history(
        self, user: int, scope: int = EVERYWHERE, track: str | None = None, most: int = POINTS
    ) -> tuple[RatingPoint, ...]:
        """The person's rating after each result that counted for it, overall or in a track, oldest first.

        Of more than `most` (at least 2) the first, the last and evenly chosen ones between. Raises
        UnknownQuestionError, and ValueError for an unknown track.
        """
        points: list[RatingPoint] = []
        ability = model.prior()
        async with self._store.read() as connection:
            rows = await results.of_people(connection, [user], scope, rated=True)
            for number, row in enumerate(rows):
                if scope not in self._counting(row) or (rated := await self._rated(connection, row)) is None:
                    continue
                ability = model.update(ability, rated.item, rated.score, rated.at)
                if track is None or row.track == track:
                    rating = model.track_rating(ability, track) if track else model.overall(ability)
                    points.append(RatingPoint(row.at, rating))
                if number % _BREATH == 0:
                    await asyncio.sleep(0)
        if len(points) <= most:
            return tuple(points)
        return tuple(points[index * (len(points) - 1) // (most - 1)] for index in range(most))


class Books:
    """The ledgers that one transaction works on: opened as far as they are looked at, or begun anew."""

    def __init__(self, season_months: Mapping[int, int]) -> None:
        """`season_months` of the servers that chose."""
        self._season_months = season_months
        self._ledgers: defaultdict[Owner, Ledger] = defaultdict(Ledger)
        self._abilities: dict[Owner, Ability] = {}
        self._days: list[tuple[Owner, str, date]] = []
        self._rows: dict[tuple[Owner, Spot], Standing] = {}

    async def open(self, connection: AsyncConnection, rows: Sequence[ResultRow]) -> None:
        """Reads all that counting these results looks at. They are of one server."""
        scopes, users = _scopes(rows[0].server_id), {row.user_id for row in rows}
        rated = {row.user_id for row in rows if row.rated}
        boards = (Board.EFFORT, Board.SKILL, Board.IMPROVEMENT) if rated else (Board.EFFORT,)
        places = {(row.track, row.day, self._months(scope)) for row in rows for scope in scopes}
        wanted = {spot for place in places for spot in spots(boards, *place)}
        self._read(await standings.kept(connection, scopes, users, rated, {row.day for row in rows}, wanted))

    async def open_for_help(self, connection: AsyncConnection, row: HelpRow) -> None:
        """Reads all that counting this help looks at."""
        scopes = _scopes(row.server_id)
        months = {self._months(scope) for scope in scopes}
        wanted = {spot for each in months for spot in spots((Board.HELP,), row.track, row.day, each)}
        self._read(await standings.kept(connection, scopes, {row.user_id}, (), (), wanted))

    def _read(self, kept: Kept) -> None:
        for owner, state in kept.abilities.items():
            self._ledgers[owner].ability = model.decode(state)
        for owner, track, day in kept.days:
            self._ledgers[owner].days.add((track, day))
        for owner, spot, standing in kept.rows:
            self._ledgers[owner].standings[spot] = standing

    def credit(self, scope: int, row: ResultRow, rated: Rated | None) -> None:
        """Counts a result in a scope."""
        ledger = self._ledgers[scope, row.user_id]
        self._enter((scope, row.user_id), credited(ledger, Credit(row.track, row.day, rated), self._months(scope)))

    def help(self, scope: int, row: HelpRow) -> None:
        """Counts a help in a scope."""
        ledger = self._ledgers[scope, row.user_id]
        self._enter((scope, row.user_id), helped(ledger, Help(row.track, row.day), self._months(scope)))

    def _enter(self, owner: Owner, change: Change) -> None:
        self._ledgers[owner].apply(change)
        if change.ability is not None:
            self._abilities[owner] = change.ability
        self._days += [(owner, track, day) for track, day in change.days]
        self._rows |= {(owner, spot): standing for spot, standing in change.standings.items()}

    def _months(self, scope: int) -> int:
        return self._season_months.get(scope, SEASON_MONTHS)

    async def keep(self, connection: AsyncConnection, persons: Mapping[int, Preferences]) -> None:
        """Writes what has changed."""
        hidden = {user for user, person in persons.items() if person.hidden}
        states = {owner: model.encode(ability) for owner, ability in self._abilities.items()}
        await standings.put_abilities(connection, states)
        await standings.put_days(connection, self._days)
        await standings.put_rows(connection, self._rows, hidden)


def _scopes(server_id: int | None, only: int | None = None) -> tuple[int, ...]:
    """Where something that happened in a server (None: in none) counts; of these, `only` one."""
    found = (EVERYWHERE,) if server_id is None else (EVERYWHERE, server_id)
    return found if only is None else (only,) if only in found else ()


def _interviewed(states: Sequence[tuple[int, str]], questions: Collection[str]) -> set[tuple[int, str]]:
    """Who saw which question in a peer interview, as either of the two; `states` by person."""
    found: set[tuple[int, str]] = set()
    for user, text in states:
        interview = PAIR.codec.decode_state(text)
        shown = {item.question for item in interview.items[: len(interview.parts)]}
        found.update((user, question) for question in shown.intersection(questions))
    return found


def _over_at(state: State, item: int) -> datetime:
    """About when an item was over: when the next one was asked, or the round ended."""
    return min((turn.at for turn in state.turns if turn.item > item), default=state.finished_at or state.current.at)
