"""A group that plays together: the real service on a real database, a stand-in for Discord, a clock that tests move."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.engine import Scored
from bot.rounds.events import Kind
from bot.rounds.group import GROUP, Entry, Phase, Reply, State, grades, posts, replay, scored
from bot.services.carrying import Outcome
from bot.services.group_cards import GroupAskCard, LobbyCard, RevealCard, group_card
from bot.services.groups import Draw, Groups, GroupWish, Taken
from bot.services.people import People
from bot.services.posting import AnyCard
from bot.services.pulse import Pulse
from bot.services.starting import Format, Starting
from bot.store import rounds as round_store
from bot.store.engine import Store
from bot.store.rounds import AttemptRow, Place, RoundRow, Surface
from questions.bank import Bank
from questions.model import FreeText, Level
from tests.clock import ManualClock
from tests.services.recorder import RecordingPoster
from tests.services.scripted import ScriptedJudge

HOST, ANN, BOB, CARL, DORA = 1, 2, 3, 4, 5
SERVER, CHANNEL = 7, 70
PLACE = Place(SERVER, CHANNEL, Surface.CHANNEL)
LIMIT_S = 60


@dataclass
class RecordingBook:
    """Implements `bot.services.carrying.Scorebook`: what was noted, in order."""

    noted: list[tuple[int, Scored]] = field(default_factory=list[tuple[int, Scored]])

    async def note(
        self, connection: AsyncConnection, row: RoundRow[Any], scored: Sequence[Scored], at: datetime
    ) -> None:
        self.noted += [(row.id, one) for one in scored]

    def of(self, round_id: int) -> dict[tuple[int, int], float]:
        """The scores noted in a round, by person and item. Fails if anything was noted twice."""
        keys = Counter((one.user, one.item) for number, one in self.noted if number == round_id)
        assert all(count == 1 for count in keys.values()), keys
        return {(one.user, one.item): one.score for number, one in self.noted if number == round_id}


def with_more(bank: Bank) -> Bank:
    """The bank with three free-text questions, so that a round may have several of a kind."""
    sample = next(found for found in bank.loaded.values() if isinstance(found.question, FreeText))
    more = [
        replace(sample, question=sample.question.model_copy(update={"id": f"{sample.question.topic}.q{number}"}))
        for number in (2, 3)
    ]
    return Bank([*bank.loaded.values(), *more])


class Party:
    """One process: its store and its group rounds."""

    def __init__(
        self,
        store: Store,
        bank: Bank,
        clock: ManualClock,
        poster: RecordingPoster,
        book: RecordingBook | None = None,
        draw: Draw | None = None,
    ) -> None:
        self.store, self.bank, self.clock, self.poster = store, bank, clock, poster
        self.judge = ScriptedJudge()
        self.book = book or RecordingBook()
        self.draw = draw
        self.people = People(store, clock)
        starting = Starting(store, bank, clock, random.Random(1), self.judge)
        self.groups = Groups(store, bank, clock, poster, starting, self.judge, self.book, draw)
        self.pulse = Pulse(store, clock, [self.groups])

    async def restart(self, away: float = 0) -> Party:
        """The process is killed; `away` seconds later another one takes up the same database and Discord."""
        for running in [self.groups.judgement(attempt) for attempt in range(100)]:
            if running is not None:
                running.task.cancel()
        await self.groups.settled()
        await self.pulse.note_alive()
        self.clock.move(away)
        new = Party(self.store, self.bank, self.clock, self.poster, self.book, self.draw)
        await new.pulse.recover()
        return new

    # Steps, each with what follows from it

    async def open(
        self,
        *joining: int,
        kind: Kind = Kind.QUIZ,
        wanted: Format = Format.FREE_TEXT,
        count: int = 1,
        limit_s: int = LIMIT_S,
        plays: bool = True,
        host: int = HOST,
        place: Place = PLACE,
        topic: str | None = None,
    ) -> int:
        """A lobby in which the host and these people are; returns the round's id."""
        wanted = Format.CODE if kind is Kind.CODE else wanted
        wish = GroupWish(host, place, kind, Level.MID, topic, wanted, count, limit_s, plays)
        row = await self.groups.open(wish)
        await self.groups.carry_out(row.id)
        for user in joining:
            assert (await self.groups.join(row.id, by=user)).replies == ()
        await self.groups.carry_out(row.id)
        return row.id

    async def begin(self, *joining: int, **options: Any) -> int:
        """The same, with the first question asked."""
        round_id = await self.open(*joining, **options)
        assert (await self.groups.begin(round_id, by=options.get("host", HOST))).replies == ()
        await self.show(round_id)
        return round_id

    async def answer(
        self, round_id: int, by: int, text: str, *, turn: int | None = None, source: str | None = None
    ) -> Taken:
        row = await self.groups.load(round_id)
        name = source or f"interaction:{by}-{row.seq}"
        taken = await self.groups.answer(round_id, by=by, turn=turn or row.state.turn, text=text, source=name)
        await self.show(round_id)
        return taken

    async def answers(self, round_id: int, texts: Mapping[int, str]) -> None:
        """Several people answer, one after another; every answer counts."""
        for by, text in texts.items():
            assert (await self.answer(round_id, by, text)).replies == (), by

    async def advance(self, round_id: int, by: int = HOST) -> Outcome[State, Reply]:
        row = await self.groups.load(round_id)
        outcome = await self.groups.advance(round_id, by=by, turn=row.state.turn)
        await self.show(round_id)
        return outcome

    async def show(self, round_id: int) -> None:
        """Everything is done that can be done without time passing."""
        await self.groups.carry_out(round_id)
        await self.groups.settled()

    async def pass_time(self, seconds: float) -> None:
        """Time passes, with the waker running once at its end."""
        self.clock.move(seconds)
        await self.pulse.tick()
        await self.groups.settled()

    # Looking

    async def state(self, round_id: int) -> State:
        return (await self.groups.load(round_id)).state

    async def phase(self, round_id: int) -> Phase:
        return (await self.state(round_id)).phase

    async def entry(self, round_id: int, user: int, item: int = -1) -> Entry:
        found = (await self.state(round_id)).item_states[item].entry(user)
        assert found is not None
        return found

    async def attempts(self, round_id: int) -> list[AttemptRow]:
        async with self.store.read() as connection:
            return await round_store.attempts_of(connection, round_id)

    def keys(self, round_id: int) -> list[str]:
        """The messages of a round in channel order."""
        return [m.key for m in self.poster.messages if m.author is None and m.cards and m.card.round_id == round_id]

    def card(self, round_id: int, key: str) -> AnyCard:
        """What a message shows now; it must stand there once."""
        [found] = [
            m.card for m in self.poster.messages if m.author is None and (m.card.round_id, m.key) == (round_id, key)
        ]
        return found

    def reveal(self, round_id: int, turn: int = 1) -> RevealCard:
        card = self.card(round_id, f"reveal:{turn}")
        assert isinstance(card, RevealCard)
        return card

    async def check(self, round_id: int) -> State:
        """Every message stands once, in order, and looks as the state says; replay agrees; what is earned is noted
        once; nothing waits. Returns the state."""
        await self.pass_time(3)  # for what changes in a live part alone
        record = await self.groups.record(round_id)
        state = record.state
        async with self.store.read() as connection:
            assert replay(await round_store.events(connection, GROUP, round_id)) == state
        assert grades(state) == ()
        owed = posts(state)
        assert self.keys(round_id) == [post.key for post in owed]
        facts = await self.groups.facts(record)
        for post in owed:
            expected = group_card(record, post, facts.get(post.turn))
            shown = self.card(round_id, post.key)
            if not (self.draw is not None and post.kind.value == "final"):
                assert lasting(shown) == lasting(expected), post
        expected_notes = {(one.user, one.item): one.score for one in scored(state)}
        assert self.book.of(round_id) == expected_notes
        return state


def lasting(card: AnyCard) -> AnyCard:
    """A card without what may change behind a message that is left as it was."""
    match card:
        case LobbyCard(open=False):
            return replace(card, host=0, joined=())
        case GroupAskCard(deadline=None):
            return replace(card, host=0, vacant=False, ready=())
        case RevealCard(next=False):
            return replace(card, host=0, vacant=False)
        case _:
            return card
