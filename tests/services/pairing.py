"""Two people who meet for an interview: the real services on a real database, and a stand-in for Discord's threads."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.events import Kind
from bot.rounds.pair import PAIR, Phase, Reply, State, candidate, grading, interviewer, posts, replay
from bot.rounds.pair_events import PairEvent
from bot.rounds.partners import Days
from bot.services.carrying import Outcome
from bot.services.judging import NoJudge
from bot.services.pair_cards import GatherCard, PairAskCard, ProposalCard, pair_card
from bot.services.pairs import ROOM, Pairs, PairWish
from bot.services.partners import Search, Searching
from bot.services.posting import PostError
from bot.services.pulse import Pulse
from bot.services.starting import Starting
from bot.store import rounds as round_store
from bot.store.engine import Store
from bot.store.rounds import AttemptRow, Place, RoundRow, Surface
from questions.bank import Bank
from questions.loader import Loaded
from questions.model import Behavioral, FreeText, Level
from tests.clock import ManualClock
from tests.services.recorder import RecordingPoster

ANA, BEN, EVE = 1, 2, 3
"""Ana proposes to Ben; Eve has no part in it."""
SERVER, CHANNEL = 7, 50
HERE = Place(SERVER, CHANNEL, Surface.CHANNEL)
HOUR = timedelta(hours=1)


def interview_bank(bank: Bank, each: int = 4) -> Bank:
    """A bank with `each` free-text and `each` behavioral questions, all alike."""
    found: list[Loaded] = []
    for question in bank.questions.values():
        if isinstance(question, FreeText | Behavioral):
            changes = [{"id": f"{question.topic}.q{number}"} for number in range(each)]
            found += [Loaded(question.model_copy(update=change), "interviews.yaml", 1) for change in changes]
    return Bank(found)


class RecordingVenue:
    """Makes threads, and can fail the ways Discord does."""

    def __init__(self) -> None:
        self.threads: dict[str, int] = {}
        """Channels by name."""
        self.members: dict[int, tuple[int, ...]] = {}
        self.made = 0
        self.refuses = False
        self.lost_replies = 0
        """That many threads are made, but nobody hears of it."""
        self.failures: deque[PostError] = deque()

    async def open_thread(self, place: Place, name: str, users: Sequence[int], *, again: bool) -> Place:
        if self.failures:
            raise self.failures.popleft()
        if self.refuses:
            return place
        if not (again and name in self.threads):
            self.made += 1
            self.threads[name] = 500 + self.made
        if self.lost_replies:
            self.lost_replies -= 1
            raise PostError("the connection was lost")
        self.members[self.threads[name]] = tuple(users)
        return replace(place, channel_id=self.threads[name])


@dataclass
class Helps:
    """Notes what people do for others, as `bot.services.ratings` does."""

    given: list[tuple[int, int | None, str, str]] = field(default_factory=list[tuple[int, int | None, str, str]])

    async def helped(
        self, connection: AsyncConnection, user: int, server_id: int | None, source: str, track: str, at: datetime
    ) -> None:
        self.given.append((user, server_id, source, track))


class Meeting:
    """One process and the peer interviews in it."""

    def __init__(
        self, store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster, venue: RecordingVenue | None = None
    ) -> None:
        self.store = store
        self.bank = bank
        self.clock = clock
        self.poster = poster
        self.venue = venue or RecordingVenue()
        self.helps = Helps()
        chance = random.Random(1)
        starting = Starting(store, bank, clock, chance, NoJudge())
        self.pairs = Pairs(store, bank, clock, poster, self.venue, starting, chance, None, self.helps)
        self.pulse = Pulse(store, clock, [self.pairs])

    def restart(self) -> Meeting:
        """The same database and Discord, under a new process."""
        return Meeting(self.store, self.bank, self.clock, self.poster, self.venue)

    # Steps, each with what follows from it

    async def propose(
        self,
        *,
        ahead: timedelta = HOUR,
        kind: Kind = Kind.QUIZ,
        first: int = ANA,
        by: int = ANA,
        partner: int = BEN,
        minutes: int = 20,
    ) -> int:
        wish = PairWish(by, partner, HERE, CHANNEL, kind, Level.MID, minutes)
        row = await self.pairs.propose(wish, self.clock.now() + ahead, first=first)
        await self.pairs.carry_out(row.id)
        return row.id

    async def accept(self, round_id: int, by: int = BEN, when: datetime | None = None) -> tuple[Reply, ...]:
        shown = when or (await self.state(round_id)).when
        return await self._after(round_id, await self.pairs.accept(round_id, by=by, when=shown))

    async def counter(self, round_id: int, by: int, ahead: timedelta) -> Outcome[State, Reply]:
        outcome = await self.pairs.counter(round_id, by=by, when=self.clock.now() + ahead)
        for touched in {round_id, outcome.row.id}:
            await self.pairs.carry_out(touched)
        return outcome

    async def arrive(self, round_id: int, by: int) -> tuple[Reply, ...]:
        return await self._after(round_id, await self.pairs.arrive(round_id, by=by))

    async def _after(self, round_id: int, outcome: Outcome[State, Reply]) -> tuple[Reply, ...]:
        await self.pairs.carry_out(round_id)
        return outcome.replies

    async def carry(self, outcome: Outcome[State, Reply]) -> tuple[Reply, ...]:
        return await self._after(outcome.row.id, outcome)

    async def wait(self, seconds: float) -> None:
        """Time passes, and the waker looks."""
        self.clock.move(seconds)
        await self.pulse.tick()
        await self.pairs.settled()

    async def agreed(self, **options: timedelta | Kind | int) -> int:
        round_id = await self.propose(**options)  # type: ignore[arg-type]
        assert await self.accept(round_id) == ()
        return round_id

    async def gathered(self, **options: timedelta | Kind | int) -> int:
        """A quarter of an hour before the time."""
        round_id = await self.agreed(**options)
        state = await self.state(round_id)
        assert state.until is not None
        await self.wait((state.until - self.clock.now()).total_seconds())
        return round_id

    async def begun(self, **options: timedelta | Kind | int) -> int:
        """Both are here, five minutes before the time: Ana interviews Ben."""
        round_id = await self.gathered(**options)
        await self.arrive(round_id, ANA)
        await self.arrive(round_id, BEN)
        state = await self.state(round_id)
        await self.wait((state.begins_at - self.clock.now()).total_seconds())
        assert (await self.state(round_id)).phase is Phase.INTERVIEW
        return round_id

    async def answer(self, round_id: int, text: str, *, by: int | None = None, source: str = "interaction:1") -> None:
        state = await self.state(round_id)
        who = candidate(state, state.turn) if by is None else by
        await self.pairs.answer(round_id, by=who, turn=state.turn, text=text, source=source)
        await self.pairs.carry_out(round_id)

    async def close(self, round_id: int) -> None:
        state = await self.state(round_id)
        who = interviewer(state, state.turn)
        assert await self.carry(await self.pairs.close(round_id, by=who, turn=state.turn)) == ()

    async def rate(self, round_id: int, by: int, note: str = "", marks: tuple[int, int, int] = (4, 3, 2)) -> None:
        turn = (await self.state(round_id)).turn
        source = f"note:{turn}-{by}"
        outcome = await self.pairs.rate(round_id, by=by, turn=turn, marks=marks, note=note, source=source)
        assert await self.carry(outcome) == ()

    async def both_rate(self, round_id: int) -> None:
        for person in (ANA, BEN):
            await self.rate(round_id, person)

    # The queue

    async def find(
        self,
        user: int,
        *,
        level: Level = Level.MID,
        days: Days = Days.ANY,
        hours: tuple[int, int] = (18, 21),
        zone: str = "UTC",
    ) -> Searching:
        search = Search(SERVER, user, CHANNEL, CHANNEL, level, days, hours[0], hours[1], zone)
        return await self.pairs.partners.find(search)

    # Looking

    async def row(self, round_id: int) -> RoundRow[State]:
        return await self.pairs.load(round_id)

    async def state(self, round_id: int) -> State:
        return (await self.row(round_id)).state

    async def attempts(self, round_id: int) -> list[AttemptRow]:
        async with self.store.read() as connection:
            return await round_store.attempts_of(connection, round_id)

    async def events(self, round_id: int) -> list[PairEvent]:
        async with self.store.read() as connection:
            return await round_store.events(connection, PAIR, round_id)

    def proposal(self, channel: int = CHANNEL) -> ProposalCard:
        """The newest proposal there, as it looks."""
        card = next(m.card for m in reversed(self.poster.posted(channel)) if m.key == "proposal:0")
        assert isinstance(card, ProposalCard)
        return card

    async def gathering(self, round_id: int) -> GatherCard:
        room = (await self.row(round_id)).place.channel_id
        card = next(m.card for m in self.poster.posted(room) if m.key == "gather:0")
        assert isinstance(card, GatherCard)
        return card

    async def asked(self, round_id: int, turn: int = 0) -> PairAskCard:
        """The question's card, as it looks."""
        room = (await self.row(round_id)).place.channel_id
        card = next(m.card for m in self.poster.posted(room) if m.key == f"ask:{turn}")
        assert isinstance(card, PairAskCard)
        return card

    async def check_shown(self, round_id: int) -> None:
        """Every message that the state owes stands once and looks as it should; replaying the events agrees."""
        record = await self.pairs.record(round_id)
        assert replay(await self.events(round_id)) == record.state
        assert grading(record.state) == ()
        async with self.store.read() as connection:
            noted = await round_store.messages_of(connection, round_id)
        owed = posts(record.state)
        assert set(noted) - {ROOM} == {post.key for post in owed}
        for post in owed:
            found = [m for m in self.poster.messages if m.author is None and m.id == noted[post.key].message_id]
            assert len(found) == 1, post
            assert found[0].card == pair_card(record, post), post
            home = post.key == "proposal:0"
            assert found[0].channel_id == (CHANNEL if home else record.row.place.channel_id)
        mine = [m for m in self.poster.messages if m.author is None and m.card.round_id == round_id]
        assert len(mine) == len(owed), "nothing stands twice"
