"""Peer interviews as people hold them: a proposal, a meeting, two interviews, what each of the two learns of it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import UserError
from bot.rounds.events import Answered, Graded, Item, Kind, Mode, Skipped, Stopped
from bot.rounds.pair import (
    MOST_HINTS,
    PAIR,
    End,
    Grade,
    Helped,
    PairPost,
    Part,
    Phase,
    PostKind,
    Reply,
    State,
    candidate,
    grading,
    helped,
    interviewer,
    propose,
    ready,
    refused_time,
)
from bot.rounds.pair_events import (
    Accepted,
    Arrived,
    Begun,
    Cancelled,
    CandidateSheet,
    Closed,
    Countered,
    Declined,
    HintGiven,
    InterviewerSheet,
    PairEvent,
    ProbeGiven,
    Proposed,
    Rated,
    Ticked,
)
from bot.services.carrying import Carrier, NoRoundError, Outcome, Scorebook
from bot.services.grading import graded, result_of
from bot.services.pair_cards import pair_card, undecided
from bot.services.pair_record import PROPOSAL, PairRecord, load_pair
from bot.services.partners import Partners
from bot.services.posting import AnyCard, Poster, PostError
from bot.services.rounds import ANSWER_LIMIT
from bot.services.shared_rounds import Shared, open_shared
from bot.services.starting import FORMATS, STORIES, Format, Starting, Wish
from bot.store import people, questions, rounds, seekers, servers
from bot.store.engine import Store
from bot.store.rounds import AttemptRow, MessageRow, Place, RoundRow, Surface
from bot.store.seekers import FOUND, SeekerRow
from bot.store.servers import RoundPlace
from grader.grade import Context, encode
from grader.grade import Grade as TextGrade
from questions.bank import Bank, Chance, Choice
from questions.kinds import AnyQuestion
from questions.loader import encode as encode_question
from questions.model import Level

_log = logging.getLogger(__name__)

ROOM = "room:0"
"""Under which it is noted, beside the messages, that the thread is about to be made."""
ROOM_PATIENCE = timedelta(seconds=20)
"""A process that has said so is left in peace for so long."""
MINUTES = 20
"""How long an interview of a found pair is, each way."""
WORTH_NOTING = timedelta(minutes=5)
"""An interview that was shorter helped somebody only if there was an answer to listen to."""

Change = tuple[PairEvent | None, tuple[Reply, ...]]


@dataclass(frozen=True)
class PairWish:
    """The peer interview that a person asks somebody for, all but its time."""

    user_id: int
    partner: int
    place: Place
    channel_id: int
    """The channel that the server may have listed: around the place if that is a thread."""
    kind: Kind
    level: Level
    minutes: int

    @property
    def wish(self) -> Wish:
        """The same as one person's round, for what holds for all rounds."""
        return Wish(
            self.user_id,
            self.place,
            self.kind,
            self.level,
            Mode.PRACTICE,
            None,
            Format.FREE_TEXT,
            count=2,
            channel_id=self.channel_id,
        )


class TimeRefusedError(UserError):
    """The time cannot be proposed; another one can."""

    def __init__(self, reply: Reply) -> None:
        near = "That is too soon, or past. Choose a time that lies a few minutes ahead."
        super().__init__(near if reply is Reply.IN_THE_PAST else "That is too far ahead. Choose a nearer time.")


@dataclass(frozen=True)
class Typed:
    """What was typed: the round, the attempt (None: nothing was kept), and what to tell the sender."""

    row: RoundRow[State]
    attempt: AttemptRow | None
    replies: tuple[Reply, ...]


class Venue(Protocol):
    """Where two people can talk among themselves."""

    async def open_thread(self, place: Place, name: str, users: Sequence[int], *, again: bool) -> Place:
        """A private thread with these people in it; `place` itself where none can be made.

        `again`: one of this name may be there already, and is then taken. Raises PostError when it may work later.
        """
        ...


class Helping(Protocol):
    """Where it is noted what people do for others."""

    async def helped(
        self, connection: AsyncConnection, user: int, server_id: int | None, source: str, track: str, at: datetime
    ) -> None: ...


class Pairs(Carrier[State, PairEvent, Reply, PostKind]):
    """The peer interviews of one bot process, and the queue of those who look for a partner."""

    def __init__(
        self,
        store: Store,
        bank: Bank,
        clock: Clock,
        poster: Poster,
        venue: Venue,
        starting: Starting,
        chance: Chance,
        scorebook: Scorebook | None = None,
        helping: Helping | None = None,
    ) -> None:
        super().__init__(PAIR, store, clock, poster, scorebook)
        self.bank = bank
        self.partners = Partners(store, clock, starting, self)
        self._venue = venue
        self._starting = starting
        self._chance = chance
        self._helping = helping
        self._token = secrets.token_hex(8)
        """What this process notes its threads with."""
        self._rooms: set[int] = set()
        """Rounds for which it has begun to make one."""

    # Asking for an interview

    async def check(self, wish: PairWish) -> None:
        """Raises UserError when the person may not ask for this interview."""
        await self._starting.check_host(wish.wish)
        async with self.store.read() as connection:
            await self._may_ask(connection, wish)
        bank = await self._starting.banks.of(wish.place.server_id)
        if len(bank.matching(_choice(wish.kind, wish.level))) < 2:
            raise UserError(
                f"I have too few questions of that kind for {wish.level.value} level yet. Try another level."
            )

    async def propose(self, wish: PairWish, when: datetime, *, first: int) -> RoundRow[State]:
        """Proposes the interview; `first` is its first interviewer. Raises UserError, for a time TimeRefusedError."""
        await self.check(wish)
        now = self.clock.now()
        if refusal := refused_time(now, when):
            raise TimeRefusedError(refusal)
        event = Proposed(now, wish.user_id, wish.partner, wish.kind, wish.level, when, first, wish.minutes)
        async with self.store.write() as connection:
            await self._may_ask(connection, wish)
            await people.ensure(connection, wish.user_id, now)
            return await self._create(connection, event, wish.place)

    async def _create(
        self,
        connection: AsyncConnection,
        event: Proposed,
        place: Place,
        format: str = "",  # noqa: A002 - the column's name
    ) -> RoundRow[State]:
        return await rounds.create(connection, PAIR, propose(event), event, place, None, format=format, asked=2)

    async def _may_ask(self, connection: AsyncConnection, wish: PairWish) -> None:
        if wish.partner == wish.user_id:
            raise UserError("It takes two: choose somebody else as your partner.")
        server = wish.place.server_id
        if server is not None and await servers.is_blocked(connection, server, wish.partner):
            raise UserError(f"<@{wish.partner}> cannot take part in rounds here. Choose somebody else.")
        for owner in (wish.user_id, wish.partner):
            for row in await rounds.open_rounds(connection, PAIR, owner=owner):
                if set(row.state.people) == {wish.user_id, wish.partner} and row.place.server_id == server:
                    when = int(row.state.when.timestamp())
                    raise UserError(
                        f"There is an interview of you two already, <t:{when}:F>, in <#{row.place.channel_id}>. "
                        "**Another time** and **Withdraw** are under it."
                    )

    async def bring_together(self, one: SeekerRow, another: SeekerRow, when: datetime) -> int | None:
        """Proposes an interview to two who wait in the queue; both must agree.

        None when they no longer wait as these rows say.
        """
        now = self.clock.now()
        place = Place(one.server_id, one.channel_id, Surface.CHANNEL)
        level = min(one.level, another.level, key=list(Level).index)
        event = Proposed(now, one.user_id, another.user_id, Kind.QUIZ, level, when, another.user_id, MINUTES)
        async with self.store.write() as connection:
            waiting = await seekers.waiting(connection, one.server_id)
            if one not in waiting or another not in waiting:
                return None
            row = await self._create(connection, event, place, FOUND)
            await rounds.take_part(connection, row.id, another.user_id, row.created_at)
        await self.carry_out(row.id)
        return row.id

    # Agreeing on a time

    async def accept(self, round_id: int, *, by: int, when: datetime) -> Outcome[State, Reply]:
        """Agrees to the time that the person has read on the card; STALE when it is another one by now.

        Of a found pair both must do it, in any order. Raises UserError for somebody whom the moderators have blocked.
        """

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            state, now = row.state, self.clock.now()
            await self._starting.check_blocked(connection, row.place.server_id, by)
            if state.phase is not Phase.PROPOSED or by not in state.people:
                return Accepted(now, by), ()
            if int(state.when.timestamp()) != int(when.timestamp()):
                return None, (Reply.STALE,)
            if row.format == FOUND and state.awaiting == state.partner:
                agreed = state.owner in await seekers.agreeing(connection, round_id)
                if by == state.owner and not agreed:
                    await seekers.said_yes(connection, round_id, by, now)
                    await self._look_again(connection, round_id)
                    return None, ()
                if by == state.partner and not agreed:
                    return Countered(now, by, state.when), ()  # the same time again: now the owner is asked
            return Accepted(now, by), ()

        return await self._commit(round_id, change)

    async def _look_again(self, connection: AsyncConnection, round_id: int) -> None:
        """The proposal's message is edited though the state is the same: its looks also show who agrees."""
        messages = await rounds.messages_of(connection, round_id)
        if PROPOSAL in messages:
            await rounds.put_message(connection, round_id, replace(messages[PROPOSAL], face=""), self.clock.now())

    async def counter(self, round_id: int, *, by: int, when: datetime) -> Outcome[State, Reply]:
        """Proposes another time; now the other one must agree.

        Of a found pair whoever is not asked first proposes it as an interview of their own: the outcome's round is
        then that one.
        """
        record = await self.record(round_id)
        if undecided(record) and record.state.phase is Phase.PROPOSED and by == record.state.owner:
            return await self._propose_instead(record, when)

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            now = self.clock.now()
            if row.format == FOUND and by == row.state.owner == row.state.awaiting:
                await seekers.said_yes(connection, round_id, by, now)
            return Countered(now, by, when), ()

        return await self._commit(round_id, change)

    async def _propose_instead(self, record: PairRecord, when: datetime) -> Outcome[State, Reply]:
        now, old = self.clock.now(), record.state
        if refusal := refused_time(now, when):
            return Outcome(record.row, (refusal,))
        event = Proposed(now, old.owner, old.partner, old.kind, old.level, when, old.first, old.minutes)
        made: list[RoundRow[State]] = []

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            made.clear()
            if row.state != old:
                return None, (Reply.STALE,)
            row = await self._create(connection, event, row.place, FOUND)
            await rounds.take_part(connection, row.id, old.partner, row.created_at)
            await seekers.said_yes(connection, row.id, old.owner, now)
            made.append(row)
            return Cancelled(now, old.owner), ()

        outcome = await self._commit(record.row.id, change)
        return Outcome(made[0], ()) if made else outcome

    async def decline(self, round_id: int, *, by: int) -> Outcome[State, Reply]:
        """Of a found pair either may decline at any time."""

        async def change(_: AsyncConnection, row: RoundRow[State]) -> Change:
            now, state = self.clock.now(), row.state
            asked = state.phase is Phase.PROPOSED and by != state.awaiting
            return (Cancelled(now, by) if row.format == FOUND and asked else Declined(now, by)), ()

        return await self._commit(round_id, change)

    async def cancel(self, round_id: int, *, by: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: Cancelled(at, by))

    async def arrive(self, round_id: int, *, by: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: Arrived(at, by))

    # The interview

    async def answer(self, round_id: int, *, by: int, turn: int, text: str, source: str) -> Typed:
        """Keeps what the candidate typed and, if it may count, takes it as their answer.

        `source` names the form, so that the same one arriving twice is one attempt.
        """
        kept: list[AttemptRow] = []

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            kept.clear()
            now, state = self.clock.now(), row.state
            if not _in_part(state, turn, by) or by == interviewer(state, turn):
                # Nothing to answer: the engine says why, and no attempt has this id.
                return Answered(now, by, turn, 0), ()
            attempt, new = await self._keep(connection, row, by, turn, text, source)
            kept.append(attempt)
            return (Answered(now, by, turn, attempt.id) if new else None), ()

        outcome = await self._commit(round_id, change)
        return Typed(outcome.row, kept[0] if kept else None, outcome.replies)

    async def _keep(
        self, connection: AsyncConnection, row: RoundRow[State], by: int, turn: int, text: str, source: str
    ) -> tuple[AttemptRow, bool]:
        return await rounds.add_attempt(
            connection,
            row.id,
            row.state.items[turn],
            turn=turn,
            user_id=by,
            source=source,
            text=text.replace("\0", "").strip()[:ANSWER_LIMIT],
            hints=row.state.parts[turn].hints,
            at=self.clock.now(),
        )

    async def hint(self, round_id: int, *, by: int, turn: int, number: int) -> Outcome[State, Reply]:
        """The interviewer gives hint `number`, counted from 1; one that was given stays given."""

        async def change(_: AsyncConnection, row: RoundRow[State]) -> Change:
            state = row.state
            mine = _in_part(state, turn, by) and by == interviewer(state, turn)
            if mine and number <= state.parts[turn].hints:
                return None, ()
            return HintGiven(self.clock.now(), by, turn), ()

        return await self._commit(round_id, change)

    async def ask(self, round_id: int, *, by: int, turn: int, follow_up: str) -> Outcome[State, Reply]:
        """The interviewer asks a follow-up, by its id. Raises UserError for one that is not there."""
        record = await self.record(round_id)
        mine = _in_part(record.state, turn, by)
        if mine and follow_up not in {one.id for one in record.follow_ups(turn)}:
            raise UserError("I do not know that follow-up any more. Open your sheet again.")
        return await self.act(round_id, lambda _, at: ProbeGiven(at, by, turn, follow_up))

    async def tick_points(self, round_id: int, *, by: int, turn: int, points: Sequence[str]) -> Outcome[State, Reply]:
        """What the interviewer has heard by now, all of it; what is not on the checklist is left out."""
        record = await self.record(round_id)
        there = {point.id for point in record.points(turn)} if _in_part(record.state, turn, by) else set[str]()
        heard = tuple(point for point in points if point in there)
        return await self.act(round_id, lambda _, at: Ticked(at, by, turn, heard))

    async def close(self, round_id: int, *, by: int, turn: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: Closed(at, by, turn))

    async def rate(
        self, round_id: int, *, by: int, turn: int, marks: tuple[int, int, int], note: str, source: str
    ) -> Outcome[State, Reply]:
        """One of the two rates the other, 1-4 each: as interviewer correctness, depth, communication; as candidate
        clarity, help, pace. The note is kept under `source`."""

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            now, state = self.clock.now(), row.state
            kept: int | None = None
            if note.strip() and _in_part(state, turn, by):
                attempt, _ = await self._keep(connection, row, by, turn, note, source)
                kept = attempt.id
            asks = _in_part(state, turn, by) and by == interviewer(state, turn)
            sheet = CandidateSheet(*marks, note=kept) if asks else InterviewerSheet(*marks, note=kept)
            return Rated(now, by, turn, sheet), ()

        return await self._commit(round_id, change)

    async def skip_rating(self, round_id: int, *, by: int, turn: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: Skipped(at, by, turn))

    async def stop(self, round_id: int, *, by: int) -> Outcome[State, Reply]:
        """Ends it for both."""
        return await self.act(round_id, lambda _, at: Stopped(at, by))

    # Reading

    async def record(self, round_id: int) -> PairRecord:
        """Raises NoRoundError."""
        async with self.store.read() as connection:
            record = await load_pair(connection, self.bank, round_id)
        if record is None:
            raise NoRoundError
        return record

    async def open_of(self, user: int) -> list[Shared[State]]:
        """The open peer interviews that the person has asked for or agreed to, newest first."""
        return await open_shared(self.store, PAIR, user)

    # What follows from an event

    async def _save(
        self, connection: AsyncConnection, row: RoundRow[State], state: State, event: PairEvent
    ) -> RoundRow[State]:
        saved = await super()._save(connection, row, state, event)
        if row.state.phase is Phase.PROPOSED and state.phase is not Phase.PROPOSED:
            await self._decided(connection, row, state, event.at)
        for one in helped(state):
            if one not in helped(row.state):
                await self._note_help(connection, saved, one)
        return saved

    async def _decided(self, connection: AsyncConnection, row: RoundRow[State], state: State, at: datetime) -> None:
        """Agreed, both are in the round and have found whom they looked for; else a found pair looks on."""
        server = row.place.server_id
        if state.end is None:
            for person in state.people:
                await people.ensure(connection, person, at)
                await rounds.take_part(connection, row.id, person, at)
            if server is not None and row.format == FOUND:
                await seekers.remove(connection, server, state.people)
            return
        if server is None or row.format != FOUND:
            return
        if state.end is End.EXPIRED:
            silent = await self._silent(connection, row)
            await seekers.remove(connection, server, silent)  # others must not wait for them in vain
        await seekers.wait_again(connection, server, state.people, at)

    async def _silent(self, connection: AsyncConnection, row: RoundRow[State]) -> list[int]:
        """Who of a found pair has not replied."""
        state = row.state
        agreeing = await seekers.agreeing(connection, row.id)
        undecided_yet = state.awaiting == state.partner and state.owner not in agreeing
        return [person for person in state.people if person == state.awaiting or undecided_yet]

    async def _note_help(self, connection: AsyncConnection, row: RoundRow[State], given: Helped) -> None:
        if self._helping is None or not _worth_noting(row.state.parts[given.turn], given):
            return
        source, track = f"interview:{row.id}:{given.turn}", row.state.items[given.turn].question.partition(".")[0]
        await self._helping.helped(connection, given.user, row.place.server_id, source, track, given.at)

    # Carrying out

    async def tick(self, due: Sequence[int]) -> None:
        await super().tick(due)
        await self.partners.tick()

    async def _settle(self, round_id: int) -> tuple[RoundRow[State], Callable[[PairPost], AnyCard]] | None:
        moved = False
        while True:
            async with self.store.read() as connection:
                record = await load_pair(connection, self.bank, round_id)
            if record is None:
                return None
            if not moved and _needs_room(record):
                await self._open_room(record)
                moved = True
                continue
            if ready(record.state, self.clock.now()) and await self._begin(record):
                continue
            owed = grading(record.state)
            if not owed:
                break
            for grade in owed:
                await self._grade(record, grade)
        return record.row, lambda post: pair_card(record, post)

    async def _open_room(self, record: PairRecord) -> None:
        """Moves the round into a private thread where that is wanted and can be.

        That it is about to be made is noted before, so that after a crash in between it is looked for, not made again.
        Raises PostError when it is to be tried again.
        """
        row = record.row
        assert row.place.server_id is not None
        async with self.store.read() as connection:
            if await servers.place(connection, row.place.server_id) is RoundPlace.CHANNEL:
                return
        now = self.clock.now()
        mine = MessageRow(ROOM, row.place.channel_id, None, str(int(now.timestamp())), self._token)
        async with self.store.write() as connection:
            noted = await rounds.claim_message(connection, row.id, mine, now)
        own = noted.nonce == self._token
        if not own and now < datetime.fromtimestamp(int(noted.face), UTC) + ROOM_PATIENCE:
            raise PostError("another process is making its thread")
        again = not own or row.id in self._rooms
        self._rooms.add(row.id)
        name = f"Peer interview {row.id} · {row.state.kind.value} · {row.state.level.value}"
        place = await self._venue.open_thread(row.place, name, row.state.people, again=again)
        if place != row.place:
            async with self.store.write() as connection:
                await rounds.move(connection, row.id, place)

    async def _show_one(self, row: RoundRow[State], post: PairPost, content: AnyCard, have: MessageRow | None) -> None:
        if post.kind is PostKind.PROPOSAL and have is not None:
            # It stays where it was sent, though the round has moved.
            row = replace(row, place=replace(row.place, channel_id=have.channel_id))
        await super()._show_one(row, post, content, have)

    async def _begin(self, record: PairRecord) -> bool:
        """Draws the questions and asks the first; whether there were any."""
        drawn = await self._draw(record)
        if drawn is None:
            _log.warning("round %s: there are no two questions to ask", record.row.id)
            return False
        items = tuple(Item(question.id, question.version) for question in drawn)
        hints = tuple(min(len(question.hints), MOST_HINTS) for question in drawn)

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            now = self.clock.now()
            if not ready(row.state, now):
                return None, ()  # another process was first
            for question in drawn:
                await questions.keep(connection, question.id, question.version, encode_question(question))
            return Begun(now, None, (items[0], items[1]), (hints[0], hints[1])), ()

        await self._commit(record.row.id, change)
        return True

    async def _draw(self, record: PairRecord) -> tuple[AnyQuestion, AnyQuestion] | None:
        """A question for each candidate: new to them, and not the one that they have the rubric of."""
        state = record.state
        bank = await self._starting.banks.of(record.row.place.server_id)
        choice = _choice(state.kind, state.level)
        drawn: list[AnyQuestion] = []
        for turn in range(2):
            async with self.store.read() as connection:
                known = await questions.seen(connection, candidate(state, turn))
            taken = frozenset(question.id for question in drawn)
            found = self._draw_from(bank, choice, known | taken) or self._draw_from(bank, choice, taken)
            if found is None:
                return None
            drawn.append(found)
        return drawn[0], drawn[1]

    def _draw_from(self, bank: Bank, choice: Choice, without: frozenset[str]) -> AnyQuestion | None:
        left = Bank(one for one in bank.loaded.values() if one.question.id not in without)
        return next(iter(left.draw(choice, 1, self._chance)), None)

    async def _grade(self, record: PairRecord, owed: Grade) -> None:
        answer = record.answers.get(owed.attempt)
        question, drawn = record.question(owed.turn), record.state.items[owed.turn]
        grade: TextGrade | None = TextGrade(score=0.0, band=1)  # the person was erased in between
        if answer is not None:
            async with self.store.read() as connection:
                met = await questions.met_before(connection, answer.row.user_id, question.id, record.row.id)
            hints = record.state.parts[owed.turn].answer_hints
            context = Context(level=record.state.level, hints=hints, variant=drawn.variant, seen_model_answer=met)
            where = f"round {record.row.id} interview {owed.turn}"
            grade = await graded(answer.row.text, question, context, where)
        result = result_of(grade)

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            if owed not in grading(row.state):
                return None, ()  # another process was first
            if grade is not None:
                await rounds.set_grade(connection, owed.attempt, encode(grade), result.score)
            return Graded(self.clock.now(), None, owed.turn, owed.attempt, result), ()

        await self._commit(record.row.id, change)


def _needs_room(record: PairRecord) -> bool:
    state, place = record.state, record.row.place
    calling = state.gathered_at is not None and state.end is None and not record.called
    return calling and not record.apart and place.server_id is not None and place.surface is Surface.CHANNEL


def _choice(kind: Kind, level: Level) -> Choice:
    """What a peer interview may ask: questions with a rubric that a person can listen by."""
    kinds: tuple[type[AnyQuestion], ...] = STORIES if kind is Kind.BEHAVIORAL else FORMATS[Format.FREE_TEXT]
    return Choice(kinds, level)


def _in_part(state: State, turn: int, person: int) -> bool:
    """Whether the interview has begun and the person is one of its two."""
    return 0 <= turn < len(state.parts) and person in state.people


def _worth_noting(part: Part, given: Helped) -> bool:
    listened = part.ticks != () and part.attempt is not None
    return given.lasted >= WORTH_NOTING or listened
