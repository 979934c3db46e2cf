"""Rounds as people play them: start, load → step → commit, and carry out what the new state owes.

Every change is one transaction that appends one event. What follows from it (a grade, messages, the next
deadline) is derived from the committed state by `carry_out`, which may run again after any crash: it grades what
is not graded, posts what is not posted, and edits what looks different.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from weakref import WeakValueDictionary

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import UserError
from bot.rounds.dialogue import (
    Phase,
    Post,
    PostKind,
    Reply,
    State,
    pending,
    start,
    step,
)
from bot.rounds.events import (
    Advanced,
    Answered,
    Event,
    Extended,
    GaveUp,
    Graded,
    HintAsked,
    Item,
    Kind,
    Mode,
    Result,
    SelfRated,
    Skipped,
    Started,
    Stopped,
    TimedOut,
)
from bot.services.cards import card
from bot.services.posting import MessageRef, NoInteractionError, PlaceGoneError, Poster, PostError
from bot.services.record import RoundRecord, load_record
from bot.store import meta, people, questions, reports, rounds, servers
from bot.store.engine import Store
from bot.store.rounds import ConflictError, MessageRow, Place, RoundRow, Surface
from grader.grade import Context, Gate, Grade, Turn, encode
from grader.text import grade as grade_text
from questions.bank import Bank, Chance, Choice
from questions.loader import encode as encode_question
from questions.model import AnyQuestion, Behavioral, FreeText, Level, MultipleChoice, Numeric
from questions.taxonomy import taxonomy

_log = logging.getLogger(__name__)

ANSWER_LIMIT = 4000
"""Characters of an answer: what one Discord form holds."""
COOLDOWN = timedelta(minutes=10)
ROUNDS_A_PERSON = 8
ROUNDS_A_SERVER = 60
RETRY = timedelta(seconds=20)
"""When a message that could not be posted is tried again."""
TAKEN_UP = timedelta(days=7)
"""Open rounds idle for longer are not looked after at a start; a click or `/round resume` still finds them."""
TOGETHER = 8
"""How many rounds are taken up at once after a start; Discord limits how fast they can be."""
HEARTBEAT = timedelta(seconds=15)
"""How often the process notes that it is alive, so how exactly an outage is known."""


class Format(StrEnum):
    FREE_TEXT = "free text"
    MULTIPLE_CHOICE = "multiple choice"
    NUMERIC = "numeric"
    MIXED = "mixed"


FORMATS: dict[Format, tuple[type[AnyQuestion], ...]] = {
    Format.FREE_TEXT: (FreeText,),
    Format.MULTIPLE_CHOICE: (MultipleChoice,),
    Format.NUMERIC: (Numeric,),
    Format.MIXED: (FreeText, MultipleChoice, Numeric),
}
STORIES: tuple[type[AnyQuestion], ...] = (Behavioral,)


@dataclass(frozen=True)
class Wish:
    """The round that a person asks for."""

    user_id: int
    place: Place
    kind: Kind
    level: Level
    mode: Mode = Mode.PRACTICE
    topic: str | None = None
    format: Format = Format.MIXED
    count: int = 1
    limit_s: int | None = None

    @property
    def kinds(self) -> tuple[type[AnyQuestion], ...]:
        return STORIES if self.kind is Kind.BEHAVIORAL else FORMATS[self.format]


@dataclass(frozen=True)
class Outcome:
    """What came of an event: the round as it is now, and what to tell the sender."""

    row: RoundRow
    replies: tuple[Reply, ...]


class NoRoundError(UserError):
    def __init__(self) -> None:
        super().__init__("I cannot find that round any more. Start a new one with **/quiz start**.")


class NotAChoiceError(UserError):
    """Typed text that names no option."""


MakeEvent = Callable[[State, datetime], Event | None]
Change = tuple[Event | None, tuple[Reply, ...]]
"""An event to step with, or None and what to reply."""


class Rounds:
    """The rounds of one bot process."""

    def __init__(self, store: Store, bank: Bank, clock: Clock, poster: Poster, chance: Chance) -> None:
        self.store = store
        self.bank = bank
        self.clock = clock
        self._poster = poster
        self._chance = chance
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._retries: dict[int, datetime] = {}
        self._beat = clock.now()

    # Starting

    async def start(self, wish: Wish) -> RoundRow:
        """Draws the questions and begins the round; `carry_out` then asks. Raises UserError where it may not."""
        now = self.clock.now()
        async with self.store.read() as connection:
            await self._may_start(connection, wish, now)
            seen = await questions.seen(connection, wish.user_id)
        choice = Choice(wish.kinds, wish.level, wish.topic, seen)
        drawn = self.bank.draw(choice, wish.count, self._chance)
        if not drawn:
            raise UserError(self._nothing_fits(wish))
        event = Started(
            at=now,
            by=wish.user_id,
            kind=wish.kind,
            level=wish.level,
            mode=wish.mode,
            items=tuple(self._item(question) for question in drawn),
            limit_s=wish.limit_s,
        )
        async with self.store.write() as connection:
            await self._may_start(connection, wish, now)
            await people.ensure(connection, wish.user_id, now)
            for question in drawn:
                await questions.keep(connection, question.id, question.version, encode_question(question))
            return await rounds.create(
                connection, start(event), event, wish.place, wish.topic, format=wish.format.value, asked=wish.count
            )

    async def may_start(self, wish: Wish) -> None:
        """Raises UserError when the person may not start this round (blocked, cooling down, no questions)."""
        async with self.store.read() as connection:
            await self._may_start(connection, wish, self.clock.now())
        if not self.bank.matching(Choice(wish.kinds, wish.level, wish.topic)):
            raise UserError(self._nothing_fits(wish))

    async def _may_start(self, connection: AsyncConnection, wish: Wish, now: datetime) -> None:
        server = wish.place.server_id
        if server is not None and await servers.is_blocked(connection, server, wish.user_id):
            raise UserError(
                "The moderators of this server have blocked you from starting rounds here. "
                "You can still practice in a direct message to me."
            )
        for open_round in await rounds.open_rounds(connection, owner=wish.user_id, channel=wish.place.channel_id):
            state = open_round.state
            raise UserError(
                f"You already have a {open_round.kind.value} round open here (question {state.current.item + 1} of "
                f"{len(state.items)}). **/round resume** shows it again, **/round stop** ends it."
            )
        since = now - COOLDOWN
        mine = await rounds.recently_started(connection, since, owner=wish.user_id)
        if len(mine) >= ROUNDS_A_PERSON:
            raise UserError(
                f"That was {len(mine)} rounds in ten minutes. Take a breath: you can start the next one "
                f"<t:{int((mine[-ROUNDS_A_PERSON] + COOLDOWN).timestamp()) + 1}:R>."
            )
        if server is not None:
            theirs = await rounds.recently_started_in(connection, since, server=server)
            if len(theirs) >= ROUNDS_A_SERVER:
                raise UserError(
                    "This server is very busy right now: the next round can start "
                    f"<t:{int((theirs[-ROUNDS_A_SERVER] + COOLDOWN).timestamp()) + 1}:R>. "
                    "A direct message to me works at once."
                )

    def _nothing_fits(self, wish: Wish) -> str:
        what = "behavioral" if wish.kind is Kind.BEHAVIORAL else wish.format.value
        known = self.bank.topics(wish.kinds)
        if wish.topic and wish.topic not in known and wish.topic not in {slug.partition(".")[0] for slug in known}:
            names = ", ".join(taxonomy().name(slug) for slug in list(known)[:8])
            return (
                f"I have no {what} questions on “{wish.topic}”. Pick a topic from the list that opens while you "
                f"type, for example {names}; or leave it empty."
            )
        return (
            f"I have no {what} questions on that topic for {wish.level.value} level yet. Try another level or format."
        )

    def _item(self, question: AnyQuestion) -> Item:
        if isinstance(question, Numeric):
            return Item(question.id, question.version, variant=int(self._chance.random() * question.variants))
        if isinstance(question, MultipleChoice):
            order = [option.id for option in question.options]
            if question.shuffle:
                order.sort(key=lambda _: self._chance.random())
            return Item(question.id, question.version, order=tuple(order))
        return Item(question.id, question.version)

    # Events

    async def answer(
        self,
        round_id: int,
        *,
        by: int,
        text: str,
        source: str,
        turn: int | None = None,
        message_id: int | None = None,
        at: datetime | None = None,
    ) -> Outcome:
        """Keeps what a person sent and, if it is in time, takes it as the answer of `turn`.

        Without `turn` it answers what stood in the channel when message `message_id` was typed, else the current
        turn. `source` names the message or form, so that the same one arriving twice is one attempt; `at` is when
        it was sent, for what was found after an outage. What is stale or late is kept, too, but not scored. Raises
        NotAChoiceError (nothing kept) when a choice was asked and none is named.
        """

        async def change(connection: AsyncConnection, row: RoundRow) -> Change:
            number = turn
            if number is None:
                number = row.state.turn if message_id is None else await self._turn_seen(connection, row, message_id)
            if by != row.owner_id:
                return None, (Reply.NOT_YOURS,)
            if not 0 <= number < len(row.state.turns):
                return None, (Reply.STALE,)
            given = self._given(row, number, text, typed=source.startswith("message:"))
            if given is None:
                raise NotAChoiceError("Answer with one of the letters, for example **B**, or press its button.")
            hints = row.state.item_states[row.state.turns[number].item].hints
            moment = at or self.clock.now()
            attempt, new = await rounds.add_attempt(
                connection, row, turn=number, user_id=by, source=source, text=given, hints=hints, at=moment
            )
            if not new:
                return None, ()
            return Answered(at=moment, by=by, turn=number, attempt=attempt.id), ()

        return await self._commit(round_id, change)

    @staticmethod
    async def _turn_seen(connection: AsyncConnection, row: RoundRow, message_id: int) -> int:
        """The newest turn whose question stood in the channel before the message (ids grow with time).

        Two messages typed in a row both answer the same question: the second is not for a follow-up that the
        person had not seen.
        """
        shown = await rounds.messages_of(connection, row.id)
        for number in range(row.state.turn, 0, -1):
            asked = shown.get(Post(PostKind.ASK, number, "").key)
            if asked is not None and asked.message_id is not None and asked.message_id < message_id:
                return number
        return 0

    async def accept_draft(self, round_id: int, *, by: int, turn: int) -> Outcome:
        """The short answer of this turn counts as it is."""

        def event(state: State, at: datetime) -> Event | None:
            draft = state.turns[turn].draft if 0 <= turn < len(state.turns) else None
            return Answered(at=at, by=by, turn=turn, attempt=draft) if draft is not None else None

        return await self.act(round_id, event)

    async def hint(self, round_id: int, *, by: int, turn: int) -> Outcome:
        return await self.act(round_id, lambda _, at: HintAsked(at, by, turn))

    async def skip(self, round_id: int, *, by: int, turn: int) -> Outcome:
        return await self.act(round_id, lambda _, at: Skipped(at, by, turn))

    async def give_up(self, round_id: int, *, by: int, turn: int) -> Outcome:
        return await self.act(round_id, lambda _, at: GaveUp(at, by, turn))

    async def advance(self, round_id: int, *, by: int, turn: int) -> Outcome:
        return await self.act(round_id, lambda _, at: Advanced(at, by, turn))

    async def stop(self, round_id: int, *, by: int | None) -> Outcome:
        return await self.act(round_id, lambda _, at: Stopped(at, by))

    async def rate_self(self, round_id: int, *, by: int, band: int) -> Outcome:
        return await self.act(round_id, lambda _, at: SelfRated(at, by, band))

    async def act(self, round_id: int, make: MakeEvent) -> Outcome:
        """Steps the round with the event that `make` builds from its state (None: stale). Raises NoRoundError."""

        async def change(_: AsyncConnection, row: RoundRow) -> Change:
            event = make(row.state, self.clock.now())
            return event, () if event else (Reply.STALE,)

        return await self._commit(round_id, change)

    async def _commit(self, round_id: int, change: Callable[[AsyncConnection, RoundRow], Awaitable[Change]]) -> Outcome:
        """One transaction: load, let `change` write and name the event, step, save. Once more after a conflict."""
        while True:
            try:
                async with self.store.write() as connection:
                    row = await rounds.load(connection, round_id)
                    if row is None:
                        raise NoRoundError
                    event, replies = await change(connection, row)
                    if event is None:
                        return Outcome(row, replies)
                    state, said = step(row.state, event)
                    if state != row.state:
                        row = await rounds.save(connection, row, state, event)
                        # Should nothing carry this out (a failure in between), the waker does.
                        self._retries.setdefault(round_id, self.clock.now() + RETRY)
                    return Outcome(row, said)
            except ConflictError:
                _log.info("round %s changed under us; stepping again", round_id)

    @staticmethod
    def _given(row: RoundRow, number: int, text: str, *, typed: bool) -> str | None:
        """The answer as it is kept: cut to the limit, NUL-free; for a choice the option's id (None: no option)."""
        item = row.state.items[row.state.turns[number].item]
        if item.order:
            return _option(item, text, typed=typed)
        return text.replace("\0", "").strip()[:ANSWER_LIMIT]

    # Carrying out

    async def carry_out(self, round_id: int) -> bool:
        """Does all that the round's state owes: grades, posts, edits. Safe to repeat, never runs twice at once.

        Returns whether everything stands where the round lives. What cannot be posted now is tried again later, and
        whenever the round moves on.
        """
        async with self._lock(round_id):
            try:
                record = await self._graded(round_id)
                if record is not None:
                    await self._show(record)
            except NoInteractionError:
                self._retries.pop(round_id, None)
            except PlaceGoneError as error:
                self._retries.pop(round_id, None)
                _log.warning("round %s waits for /round resume: %s", round_id, error)
            except PostError as error:
                _log.warning("round %s is shown again later: %s", round_id, error)
                self._retries[round_id] = self.clock.now() + RETRY
            except Exception:
                self._retries[round_id] = self.clock.now() + RETRY
                raise
            else:
                self._retries.pop(round_id, None)
                return True
        return False

    def _lock(self, round_id: int) -> asyncio.Lock:
        """The round's lock; it lives as long as somebody holds it or waits for it."""
        return self._locks.setdefault(round_id, asyncio.Lock())

    async def _graded(self, round_id: int) -> RoundRecord | None:
        """The round once nothing in it waits for a grade."""
        while True:
            async with self.store.read() as connection:
                record = await load_record(connection, self.bank, round_id)
            owed = pending(record.state).grade if record else None
            if record is None or owed is None:
                return record
            grade = await self._grade(record, owed.turn)
            await self._save_grade(round_id, owed.turn, owed.attempt, grade)

    async def _grade(self, record: RoundRecord, turn: int) -> Grade | None:
        """The grade of a turn's answer, worked out in a thread; None when the grader failed (our fault)."""
        answer = record.answer(turn)
        asked = record.state.turns[turn]
        if answer is None:  # the person was erased in between
            return Grade(score=0.0, band=1, gate=Gate.EMPTY)
        question = record.question(asked.item)
        async with self.store.read() as connection:
            met = await questions.met_before(connection, record.row.owner_id, question.id, record.row.id)
        context = replace(self.context(record, turn), seen_model_answer=met)
        try:
            grade = await asyncio.to_thread(grade_text, answer.row.text, question, context)
        except Exception:  # noqa: BLE001 - our fault, whatever it is: logged, and never scored
            _log.exception("round %s turn %s: the grader failed on %s", record.row.id, turn, question.id)
            return None
        if not math.isfinite(grade.score):  # it could not be stored and read again
            _log.error("round %s turn %s: a score of %s on %s", record.row.id, turn, grade.score, question.id)
            return None
        return grade

    @staticmethod
    def context(record: RoundRecord, turn: int) -> Context:
        """What the grader must know besides the answer of `turn`."""
        asked = record.state.turns[turn]
        answer = record.answer(turn)
        earlier: list[Turn] = []
        for number in record.turns(asked.item):
            before = record.answer(number)
            if number < turn and before is not None:
                earlier.append(Turn(before.row.text, before.row.hints, record.state.turns[number].probe))
        return Context(
            level=record.state.level,
            hints=answer.row.hints if answer else 0,
            probe=asked.probe,
            earlier=tuple(earlier),
            variant=record.state.items[asked.item].variant,
        )

    async def _save_grade(self, round_id: int, turn: int, attempt: int, grade: Grade | None) -> None:
        async def change(connection: AsyncConnection, _: RoundRow) -> Change:
            if grade is None:
                result = Result(score=None, band=1)
            else:
                await rounds.set_grade(connection, attempt, encode(grade), grade.score)
                again = grade.gate in {Gate.SHORT, Gate.UNREADABLE, Gate.EMPTY, Gate.LANGUAGE}
                # What cannot be read is not judged; nobody loses points for it.
                score = None if grade.gate is Gate.LANGUAGE else grade.score
                result = Result(score, grade.band, tuple(probe.id for probe in grade.probes), again)
            return Graded(self.clock.now(), None, turn, attempt, result), ()

        await self._commit(round_id, change)

    async def _show(self, record: RoundRecord) -> None:
        """Makes the channel look like the state: posts what is missing, edits what looks different."""
        row = record.row
        async with self.store.read() as connection:
            shown = await rounds.messages_of(connection, row.id)
        failed: PostError | None = None
        for post in pending(record.state).posts:
            have = shown.get(post.key)
            if have is not None and have.message_id is not None and have.face == post.face:
                continue
            try:
                await self._show_one(record, post, have)
            except NoInteractionError as error:
                failed = failed or error
                if have is None or have.message_id is None:
                    break  # later messages must not overtake this one
                continue
            except PostError as error:
                if have is None or have.message_id is None:
                    raise
                failed = error  # an old message that cannot be edited holds nothing up
                continue
        if failed is not None:
            raise failed
        async with self.store.write() as connection:
            await rounds.shown(connection, row.id, row.seq)

    async def _show_one(self, record: RoundRecord, post: Post, have: MessageRow | None) -> None:
        row = record.row
        content = card(record, post)
        if have is not None and have.message_id is not None:
            ref = MessageRef(have.channel_id, have.message_id)
            await self._poster.edit(row.place, row.id, ref, content)
            await self._note(row.id, replace(have, face=post.face))
            return
        if have is None:
            mine = MessageRow(post.key, row.place.channel_id, None, post.face, self._nonce(row.id, post))
            async with self.store.write() as connection:
                have = await rounds.claim_message(connection, row.id, mine, self.clock.now())
            if have.nonce != mine.nonce:
                raise PostError("another process is sending it")
            ref = await self._poster.post(row.place, row.id, content, have.nonce)
        else:
            # It was about to be sent once before: perhaps it arrived.
            found = await self._poster.find(row.place, content)
            ref = found or await self._poster.post(row.place, row.id, content, have.nonce)
            if found is not None and have.face != post.face:
                await self._poster.edit(row.place, row.id, found, content)
        sent = replace(have, channel_id=ref.channel_id, message_id=ref.message_id, face=post.face)
        await self._note(row.id, sent)

    async def _note(self, round_id: int, message: MessageRow) -> None:
        async with self.store.write() as connection:
            await rounds.put_message(connection, round_id, message, self.clock.now())

    def _nonce(self, round_id: int, post: Post) -> str:
        """Differs for every posting, also of the same card shown again by `/round resume`."""
        moment = int(self.clock.now().timestamp() * 1000) % 10**9
        return f"{round_id}-{post.kind.value[0]}{post.turn}-{moment}"[-25:]

    # Where a round lives

    async def open_in(self, channel_id: int, user_id: int) -> RoundRow | None:
        """The person's open round in a channel."""
        async with self.store.read() as connection:
            found = await rounds.open_rounds(connection, owner=user_id, channel=channel_id)
        return found[0] if found else None

    async def open_of(self, user_id: int) -> list[RoundRow]:
        """The person's open rounds everywhere, newest first."""
        async with self.store.read() as connection:
            return await rounds.open_rounds(connection, owner=user_id)

    async def load(self, round_id: int) -> RoundRow:
        """Raises NoRoundError."""
        async with self.store.read() as connection:
            row = await rounds.load(connection, round_id)
        if row is None:
            raise NoRoundError
        return row

    async def record(self, round_id: int) -> RoundRecord:
        """Raises NoRoundError."""
        async with self.store.read() as connection:
            record = await load_record(connection, self.bank, round_id)
        if record is None:
            raise NoRoundError
        return record

    async def resume(self, round_id: int, place: Place) -> None:
        """Moves the round to `place` and forgets the messages of the current turn, so that they are posted anew.

        Raises UserError where another round of the person is open, or where they are blocked.
        """
        # A message on its way to the old place would be noted after it was forgotten, and hide the new one.
        async with self._lock(round_id), self.store.write() as connection:
            row = await rounds.load(connection, round_id)
            if row is None:
                raise NoRoundError
            for other in await rounds.open_rounds(connection, owner=row.owner_id, channel=place.channel_id):
                if other.id != round_id:
                    raise UserError(
                        f"There is another open {other.kind.value} round of yours where this one would go. "
                        "End it first: **/round stop**, used there."
                    )
            if place.server_id is not None and await servers.is_blocked(connection, place.server_id, row.owner_id):
                raise UserError("The moderators of this server have blocked you from playing rounds here.")
            await rounds.move(connection, round_id, place)
            current = [post.key for post in pending(row.state).posts if post.turn == row.state.turn]
            if row.state.phase is Phase.REVIEWING:
                current = [key for key in current if key.startswith(PostKind.FEEDBACK.value)]
            await rounds.forget_messages(connection, round_id, current)

    async def report(self, round_id: int, *, by: int, turn: int, text: str) -> int:
        """Keeps what a person says is wrong with a question; returns the report's number. Raises NoRoundError."""
        row = await self.load(round_id)
        item = row.state.items[row.state.turns[turn].item if 0 <= turn < len(row.state.turns) else 0]
        now = self.clock.now()
        async with self.store.write() as connection:
            await people.ensure(connection, by, now)
            return await reports.add(
                connection,
                user_id=by,
                round_id=round_id,
                question_id=item.question,
                version=item.version,
                text=text[:ANSWER_LIMIT],
                at=now,
            )

    async def posted(self, message_id: int) -> tuple[int, int] | None:
        """The round and the turn of one of the bot's messages."""
        async with self.store.read() as connection:
            found = await rounds.message_owner(connection, message_id)
        return (found[0], int(found[1].partition(":")[2])) if found else None

    # After a restart, and while running

    async def recover(self) -> None:
        """What a new process owes: `extend_deadlines`, then `take_up`."""
        await self.take_up(await self.extend_deadlines())

    async def extend_deadlines(self) -> list[RoundRow]:
        """Deadlines move by the outage; returns the rounds to take up."""
        now = self.clock.now()
        async with self.store.write() as connection:
            alive = await meta.last_alive(connection)
            waiting = await rounds.unsettled(connection, now - TAKEN_UP)
            if alive is not None and now > alive:
                away = (now - alive).total_seconds()
                for row in waiting:
                    deadline = row.state.current.deadline
                    if row.state.phase is Phase.ASKING and deadline is not None and deadline > alive:
                        event = Extended(now, None, away)
                        state, _ = step(row.state, event)
                        await rounds.save(connection, row, state, event)
            await meta.still_alive(connection, now)
        return waiting

    async def take_up(self, waiting: list[RoundRow]) -> None:
        """Finds what was typed meanwhile, and carries out every round that is open, or ended without its end being
        shown."""
        together = asyncio.Semaphore(TOGETHER)

        async def take_up(row: RoundRow) -> None:
            async with together:
                try:
                    await self._find_typed(row)
                    await self.carry_out(row.id)
                except Exception:  # noqa: BLE001 - one broken round must not keep the others from going on
                    _log.exception("round %s could not be taken up again", row.id)
                    self._retries[row.id] = self.clock.now() + RETRY

        await asyncio.gather(*(take_up(row) for row in waiting))

    async def _find_typed(self, row: RoundRow) -> None:
        if row.place.surface is not Surface.CHANNEL or row.state.phase is Phase.FINISHED:
            return
        async with self.store.read() as connection:
            last = await rounds.last_message(connection, row.id)
        if last is None:
            return
        try:
            typed = await self._poster.typed_since(row.place, last, row.owner_id)
        except PostError as error:
            _log.warning("round %s: cannot read what was typed meanwhile: %s", row.id, error)
            return
        for sent in typed:
            try:
                source = f"message:{sent.message_id}"
                # All of it was typed before anything asked later was seen.
                outcome = await self.answer(
                    row.id, by=row.owner_id, text=sent.text, source=source, turn=row.state.turn, at=sent.at
                )
            except UserError as error:
                _log.info("round %s: a message sent meanwhile is no answer: %s", row.id, error)
                continue
            if not outcome.replies:
                await self.carry_out(row.id)

    async def tick(self) -> None:
        """Called every second: ends turns whose time is up, tries failed posts again, notes that the process lives."""
        now = self.clock.now()
        if now >= self._beat:
            await self.note_alive()
            self._beat = now + HEARTBEAT
        async with self.store.read() as connection:
            due = await rounds.due(connection, now)
        waiting = [round_id for round_id, moment in self._retries.items() if moment <= now]
        for round_id in dict.fromkeys([*due, *waiting]):
            if self._retries.get(round_id, now) > now:
                continue
            try:
                await self.act(round_id, lambda state, at: TimedOut(at, None, state.turn))
                await self.carry_out(round_id)
            except NoRoundError:
                self._retries.pop(round_id, None)
            except Exception:  # noqa: BLE001 - one broken round must not keep the others from their deadlines
                _log.exception("round %s: its deadline could not be carried out", round_id)
                self._retries[round_id] = now + RETRY

    async def note_alive(self) -> None:
        """Notes that the process is running now, so that the length of an outage is known."""
        async with self.store.write() as connection:
            await meta.still_alive(connection, self.clock.now())


_LETTER = re.compile(
    r"(?:option|answer)?\s*[(\[]?([a-e])(?:[)\].:]?|[)\]:,]\s.*|\s+(?:because|since)\s.*)",
    re.IGNORECASE | re.DOTALL,
)
"""A letter alone, or one set off from what follows: an article ("a good question") is no choice."""


def _option(item: Item, text: str, *, typed: bool) -> str | None:
    """The id of the option that `text` names: an id from a button, or a typed letter.

    Ids are often letters, too, but options are shown in another order, and a person types the letter that is shown.
    """
    if not typed and text in item.order:
        return text
    found = _LETTER.fullmatch(text.strip())
    index = "abcde".index(found[1].lower()) if found else len(item.order)
    return item.order[index] if index < len(item.order) else None
