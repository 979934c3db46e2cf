"""Daily questions on their way: what is due is queued, drawn, sent at a steady rate, and noted, exactly once a day.

    next_at ──due──▶ queued ──round begun──▶ sent
                       └──────────────────▶ skipped (and why)

A day is claimed by its row, whose key is the person and the day. Its round begins in the transaction that links the
two, together with the claim to its first message; so after a crash it is known what may have been sent, and it is
looked for before it is sent again under the same nonce. Steps are taken for several people at once: one transaction
to begin their rounds, one to note what became of them.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import UserError
from bot.rounds.dialogue import DIALOGUE, DialoguePost, PostKind, State, posts, start
from bot.rounds.events import Event, Mode, Started, Stopped
from bot.services.background import Background
from bot.services.cards import card
from bot.services.daily import ClosedError, Mail
from bot.services.daily_draw import DailyDraw, Drawn
from bot.services.daily_schedule import AT_MOST_LATE, Pace, fall_due, paces, retry_after
from bot.services.posting import MessageRef, PlaceGoneError, PostError
from bot.services.record import RoundRecord, load_record, questions_of
from bot.services.rounds import Rounds
from bot.store import daily, people, servers
from bot.store import rounds as round_store
from bot.store.daily import DeliveryRow, Habit, Key, Letter, NewRound, OpenRound, Reason, Status, SubscriptionRow
from bot.store.engine import Store
from bot.store.rounds import MessageRow, Place, RoundRow, Surface
from questions.kinds import AnyQuestion
from questions.loader import encode as encode_question

_log = logging.getLogger(__name__)

UNANSWERED = 3
"""After so many in a row it is asked whether to slow down."""
PLAYING = timedelta(minutes=30)
"""A round in which something happened so lately is not interrupted by the next question."""
LOOK_AGAIN = timedelta(minutes=5)
CLAIMED = timedelta(seconds=20)
"""A question that another process began to send so lately is left to it."""
FORGOTTEN = timedelta(hours=6)
"""An untouched round of the person's own makes way for the daily question after so long."""
CHUNK = 250
"""Subscriptions that are queued in one transaction."""
BATCH = 50
"""Questions that are sent together at most."""
PROBE = 5
"""As long as nothing gets through, so many try at a time."""
PAGE = 500
"""Queued deliveries that are read at a time."""
BURST = timedelta(seconds=2)
"""Of a pause in sending so much is caught up with."""
REMEMBERED = 20_000
"""Rounds whose header is kept in memory."""

CLOSED_DM = (
    "Your daily question could not reach you: your direct messages are closed to me, so it rests. Open them in the "
    "privacy settings of a server that we share, or install me for your account; then turn it on again."
)
CLOSED_CHANNEL = (
    "Your daily question could not be posted: I cannot write any more where it came, so it rests. Turn it on again, or "
    "choose another place with **/daily on**."
)
ASKED = DialoguePost(PostKind.ASK, 0, "").key
"""The key of a round's first message."""


@dataclass(frozen=True)
class Header:
    """What stands on top of a daily question."""

    user_id: int
    reason: str = ""
    """Why this question, in a sentence."""
    missed: tuple[DeliveryRow, ...] = ()
    """Days before it that were skipped since the last one came."""
    paces: tuple[Pace, ...] = ()
    """The person is asked whether to slow down; what they may choose."""


class Headers:
    """What stands on top of the daily questions of one process; all but the reason is found in the store, too."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[int, Header | None] = OrderedDict()
        self._left: OrderedDict[int, None] = OrderedDict()

    def put(self, round_id: int, header: Header | None) -> None:
        self._known[round_id] = header
        self._known.move_to_end(round_id)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def of(self, round_id: int) -> Header | None:
        """None where the round is no daily question, or nothing is to be said."""
        if round_id not in self._known:
            self.put(round_id, await self._find(round_id))
        return self._known[round_id]

    async def _find(self, round_id: int) -> Header | None:
        async with self._store.read() as connection:
            delivery = await daily.of_round(connection, round_id)
            if delivery is None:
                return None
            key = (delivery.user_id, delivery.day)
            row = await daily.find(connection, delivery.user_id)
            missed = await daily.skipped_since_sent(connection, [key])
            last = await daily.last_day(connection, delivery.user_id)
        asked = row is not None and row.slow_asked and row.unanswered == UNANSWERED and last == delivery.day
        return Header(delivery.user_id, "", worth_telling(missed), paces(row.days) if row is not None and asked else ())

    async def left_open(self, round_id: int) -> bool:
        """Whether the round was ended because the next question came."""
        if round_id in self._left:
            return True
        async with self._store.read() as connection:
            return await daily.ended_silently(connection, round_id)

    def leave(self, round_id: int) -> None:
        """The round is ended because the next question comes."""
        self.put(round_id, None)
        self._left[round_id] = None
        while len(self._left) > REMEMBERED:
            self._left.popitem(last=False)


def worth_telling(skipped: Iterable[DeliveryRow]) -> tuple[DeliveryRow, ...]:
    """Days whose reason lies with the bot; a person who paused knows."""
    return tuple(row for row in skipped if row.reason in {Reason.LATE, Reason.ERROR, Reason.NO_QUESTION})


@dataclass(frozen=True)
class _Left:
    """An untouched round that ends because the next question comes."""

    row: RoundRow[State]
    """As it was."""
    questions: Mapping[tuple[str, int], AnyQuestion]
    message: MessageRow | None
    daily: bool


@dataclass
class _There:
    """Rounds that are open where people's questions go, by person."""

    looked: set[int]
    """Whose place was looked at."""
    begun: dict[int, list[OpenRound]] = field(default_factory=dict[int, list[OpenRound]])
    left: dict[int, list[_Left]] = field(default_factory=dict[int, list[_Left]])

    def add(self, other: _There) -> None:
        self.looked |= other.looked
        self.begun |= other.begun
        self.left |= other.left


@dataclass(frozen=True)
class _Ready:
    """A delivery that can begin: its questions are drawn, and what it replaces is known."""

    letter: Letter
    place: Place
    drawn: Drawn
    left: tuple[_Left, ...]
    header: Header
    habit: Habit

    @property
    def key(self) -> Key:
        return _key(self.letter.delivery)


@dataclass(frozen=True)
class _Posting:
    """A round whose first message is to be sent."""

    letter: Letter
    record: RoundRecord
    have: MessageRow
    unclear: bool
    """It may have been sent before."""
    left: tuple[_Left, ...] = ()


@dataclass
class _Results:
    """What became of the deliveries of a batch, to be noted at once."""

    ended: dict[Key, Reason | None] = field(default_factory=dict[Key, Reason | None])
    sent: list[tuple[int, MessageRow]] = field(default_factory=list[tuple[int, MessageRow]])
    edited: list[tuple[int, MessageRow]] = field(default_factory=list[tuple[int, MessageRow]])
    shown: dict[int, int] = field(default_factory=dict[int, int])
    never: list[RoundRow[State]] = field(default_factory=list[RoundRow[State]])
    """Rounds whose question did not come."""
    closed: list[SubscriptionRow] = field(default_factory=list[SubscriptionRow])
    unopened: list[bool] = field(default_factory=list[bool])
    """A False for each direct message that could not be opened because Discord could not be reached."""

    def give_up(self, key: Key, reason: Reason, row: RoundRow[State]) -> None:
        """The day is skipped, and its round never shown."""
        self.ended[key] = reason
        self.never.append(row)


class Deliveries:
    """Sends the daily questions of one bot process."""

    def __init__(
        self, store: Store, clock: Clock, rounds_: Rounds, draw: DailyDraw, mail: Mail, headers: Headers, rate: float
    ) -> None:
        """`rate`: how many questions a second are sent at most."""
        self._store = store
        self._clock = clock
        self._rounds = rounds_
        self._draw = draw
        self._mail = mail
        self._headers = headers
        self._rate = rate
        self._allowed = rate
        """How many may be sent now."""
        self._counted_at = clock.now()
        self._line: deque[Key] = deque()
        """What was read of the queue, the next one first."""
        self._going: set[Key] = set()
        self._later: dict[Key, datetime] = {}
        """Deliveries that wait for their next try."""
        self._failures: dict[Key, int] = {}
        self._kept: set[tuple[str, int]] = set()
        """Versions of questions that are stored."""
        self._trouble = 0
        """Batches in a row in which nothing could be sent."""
        self._hold_until = clock.now()
        self._queueing: asyncio.Task[None] | None = None
        self._giving_up: asyncio.Task[None] | None = None
        self._background = Background(_log)

    # By the clock

    async def tick(self) -> None:
        """Called every second: queues what is due, and sends as much as the rate allows, both in the background."""
        now = self._clock.now()
        async with self._store.read() as connection:
            due, queued = await daily.waiting(connection, now)
        if due and (self._queueing is None or self._queueing.done()):
            self._queueing = self._start(self.queue)
        passed = min(max(now - self._counted_at, timedelta()), BURST).total_seconds()
        self._allowed = min(self._allowed + passed * self._rate, max(1.0, self._rate * BURST.total_seconds()))
        self._counted_at = now
        room = min(int(self._allowed), max(BATCH, 10 * math.ceil(self._rate)) - len(self._going))
        if self._trouble:
            room = min(room, PROBE - len(self._going))
        if queued and self._trouble and (self._giving_up is None or self._giving_up.done()):
            self._giving_up = self._start(partial(self._give_up_late, now))
        if not queued or room < 1 or now < self._hold_until:
            return
        keys = await self._next(room, now)
        self._allowed -= len(keys)
        self._going.update(keys)
        for first in range(0, len(keys), BATCH):
            self._start(partial(self._deliver_all, keys[first : first + BATCH]))

    async def recover(self) -> None:
        """Said before a new process takes up rounds: days that are too late now are settled, so that their questions
        are not sent after all."""
        await self.queue()
        now = self._clock.now()
        async with self._store.read() as connection:
            late = await daily.due_before(connection, now - AT_MOST_LATE)
        for first in range(0, len(late), BATCH):
            keys = [key for key in late[first : first + BATCH] if key not in self._going]
            self._going.update(keys)
            await self._deliver_all(keys)

    async def _give_up_late(self, now: datetime) -> None:
        """Settles what is too late and was never tried. That needs no Discord, and the few tries that are made as long
        as nothing gets through are for those who can still get theirs."""
        async with self._store.read() as connection:
            late = await daily.never_begun_before(connection, now - AT_MOST_LATE, PAGE)
        keys = [key for key in late if key not in self._going]
        self._going.update(keys)
        for first in range(0, len(keys), BATCH):
            await self._deliver_all(keys[first : first + BATCH])

    async def settled(self) -> None:
        """Returns when nothing goes on in the background any more."""
        await self._background.settled()

    async def rest(self) -> None:
        """Breaks off what goes on in the background; the next process does it."""
        await self._background.rest()

    def _start(self, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        return self._background.start(work, "daily questions: something failed")

    async def queue(self) -> None:
        """Moves what is due into the queue, and the subscriptions on to their next moment."""
        while True:
            async with self._store.write() as connection:
                now = self._clock.now()
                due = await daily.due(connection, now, CHUNK)
                fallen = {row.user_id: fall_due(row, now) for row in due}
                await daily.enqueue(connection, [day for one in fallen.values() for day in one.days])
                await daily.advance(connection, {user: one.next_at for user, one in fallen.items()})
            if len(due) < CHUNK:
                return

    async def _next(self, room: int, now: datetime) -> list[Key]:
        """The deliveries that are next in line."""
        self._later = {key: at for key, at in self._later.items() if at > now}
        if not self._line:
            passed_over = self._going | self._later.keys()
            async with self._store.read() as connection:
                found = await daily.queued(connection, PAGE + len(passed_over), now.toordinal() * 7919)
            self._line.extend(key for key in found if key not in passed_over)
        keys: list[Key] = []
        while self._line and len(keys) < room:
            key = self._line.popleft()
            if key not in self._going and key not in self._later:
                keys.append(key)
        return keys

    # Delivering

    async def _deliver_all(self, keys: Sequence[Key]) -> None:
        """One that fails through our fault is tried alone, so that it holds up nobody else."""
        try:
            try:
                await self._deliver(keys)
            except Exception:
                if len(keys) == 1:
                    raise
                _log.exception("%s daily questions failed together; each is tried alone", len(keys))
                for key in keys:
                    try:
                        await self._deliver([key])
                    except Exception:  # noqa: BLE001 - the others go on
                        await self._failed(key)
        except Exception:  # noqa: BLE001 - it is tried again
            await self._failed(keys[0])
        finally:
            self._going.difference_update(keys)

    async def _failed(self, key: Key) -> None:
        """After a failure of ours a delivery is tried again, like after one of Discord's."""
        _log.exception("the daily question of %s for %s failed", *key)
        self._try_later(key)
        now = self._clock.now()
        async with self._store.write() as connection:
            found = await daily.letters(connection, [key])
            if not found or now - found[0].delivery.due_at < AT_MOST_LATE:
                return
            await daily.become(connection, {key: Reason.ERROR}, now)
            quiet = await daily.untouched(connection, [one.delivery.round_id for one in found if one.delivery.round_id])
            rows = [await round_store.load(connection, DIALOGUE, number) for number in quiet]
            await _end(connection, [row for row in rows if row is not None], now, shown=True)

    def _try_later(self, key: Key, wait: timedelta | None = None) -> None:
        """After a wait; without one given, the longer the oftener it failed."""
        if wait is None:
            self._failures[key] = self._failures.get(key, 0) + 1
            wait = retry_after(self._failures[key])
        self._later[key] = self._clock.now() + wait

    async def _deliver(self, keys: Sequence[Key]) -> None:
        results = _Results()
        ready, again = await self._prepare(keys, results)
        postings = await self._begin(ready)
        reached = await asyncio.gather(*(self._send(posting, results) for posting in (*postings, *again)))
        await self._note(results)
        for key in results.ended:
            self._failures.pop(key, None)
        tried = [*reached, *results.unopened]
        if not tried:
            return  # what was settled without Discord says nothing about it
        self._trouble = 0 if any(tried) else self._trouble + 1
        if self._trouble:
            self._hold_until = self._clock.now() + retry_after(self._trouble)

    async def _prepare(self, keys: Sequence[Key], results: _Results) -> tuple[list[_Ready], list[_Posting]]:
        """Draws the questions of those that are new, and finds the rounds of those that had begun."""
        now = self._clock.now()
        async with self._store.read() as connection:
            found = {_key(one.delivery): one for one in await daily.letters(connection, keys)}
            letters = [found[key] for key in keys if key in found]
            missed = await daily.skipped_since_sent(
                connection, [_key(one.delivery) for one in letters if one.after_skipped]
            )
            blocked = {
                row.user_id
                for row in map(_row, letters)
                if row.fallback_channel_id is not None
                and row.server_id is not None
                and await servers.is_blocked(connection, row.server_id, row.user_id)
            }
            there = await self._there(connection, [(row.user_id, row.place) for row in map(_row, letters)])
            # Who has left one untouched has not answered it.
            counting = [row.user_id for row in map(_row, letters) if row.unanswered or row.slow_asked]
            untouched = {user for user, left in there.left.items() if any(one.daily for one in left)}
            answered = await daily.touched_last(connection, [user for user in counting if user not in untouched])
        begun: list[Letter] = []
        fresh: dict[int, tuple[Letter, Place]] = {}
        for letter in letters:
            key, row = _key(letter.delivery), letter.subscription
            if letter.delivery.round_id is not None:
                if key in self._failures or now - letter.delivery.at >= CLAIMED:
                    begun.append(letter)
                else:
                    self._try_later(key, CLAIMED)
            elif row.status is not Status.ON:
                results.ended[key] = Reason.PAUSED
            elif now - letter.delivery.due_at >= AT_MOST_LATE:
                results.ended[key] = self._too_late(key)
            elif row.user_id in blocked:
                results.ended[key] = Reason.BLOCKED
            elif row.user_id in fresh:
                self._try_later(key, LOOK_AGAIN)  # two days of one person: one after the other
            elif (place := row.place or await self._open_dm(letter, results)) is not None:
                fresh[row.user_id] = (letter, place)
        opened = [(user, place) for user, (_, place) in fresh.items() if user not in there.looked]
        if opened:
            async with self._store.read() as connection:
                there.add(await self._there(connection, opened))
        banks = {server: await self._draw.banks.of(server) for server in {one.server_id for _, one in fresh.values()}}
        missed_by: dict[int, list[DeliveryRow]] = {}
        for day in missed:
            missed_by.setdefault(day.user_id, []).append(day)
        ready: list[_Ready] = []
        for user, (letter, place) in fresh.items():
            row, key = letter.subscription, _key(letter.delivery)
            begun_there = there.begun.get(user, [])
            if any(now - one.touched_at < PLAYING for one in begun_there):
                self._try_later(key, LOOK_AGAIN)
                continue
            try:
                drawn = await self._draw.draw(row, place, banks[place.server_id])
            except UserError as error:
                _log.info("person %s: no daily question: %s", user, error)
                results.ended[key] = Reason.NO_QUESTION
                continue
            for one in begun_there:
                if one.daily:
                    await self._rounds.stop(one.row.id, by=None)
                    await self._rounds.carry_out(one.row.id)
            ends = tuple(there.left.get(user, []))
            habit = _habit(row, place, ends, answered=user in answered)
            asks = habit.slow_asked and not row.slow_asked
            missing = worth_telling(missed_by.get(user, []))
            header = Header(user, drawn.reason, missing, paces(row.days) if asks else ())
            ready.append(_Ready(letter, place, drawn, ends, header, habit))
        return ready, [posting for letter in begun if (posting := await self._found(letter, results)) is not None]

    async def _there(self, connection: AsyncConnection, places: Iterable[tuple[int, Place | None]]) -> _There:
        """What is open where people's questions go, as far as that is known."""
        channels = {user: place.channel_id for user, place in places if place is not None}
        found = await daily.open_rounds(connection, channels)
        leaving = [one for one in found if _makes_way(one, self._clock.now())]
        shown = await daily.first_messages(connection, [one.row.id for one in leaving], ASKED)
        there = _There(set(channels))
        for one in leaving:
            questions = await questions_of(connection, self._draw.banks.shipped, one.row.state.items)
            left = _Left(one.row, questions, shown.get(one.row.id), one.daily)
            there.left.setdefault(one.row.owner_id, []).append(left)
        for one in found:
            if one.begun:
                there.begun.setdefault(one.row.owner_id, []).append(one)
        return there

    async def _open_dm(self, letter: Letter, results: _Results) -> Place | None:
        """The person's direct messages, where their channel is not known yet."""
        key, row = _key(letter.delivery), letter.subscription
        try:
            return Place(None, await self._mail.open_dm(row.user_id), Surface.CHANNEL)
        except ClosedError as error:
            _log.info("person %s: direct messages are closed: %s", row.user_id, error)
            results.ended[key] = Reason.CLOSED
            results.closed.append(row)
        except PlaceGoneError as error:
            _log.warning("person %s: direct messages cannot be opened: %s", row.user_id, error)
            results.ended[key] = Reason.ERROR
        except PostError as error:
            _log.info("person %s: direct messages cannot be opened now: %s", row.user_id, error)
            self._try_later(key)
            results.unopened.append(False)
        return None

    async def _found(self, letter: Letter, results: _Results) -> _Posting | None:
        """A round that was begun for a delivery which was not noted as sent; None where it has come."""
        key, number = _key(letter.delivery), letter.delivery.round_id
        assert number is not None
        async with self._store.read() as connection:
            record = await load_record(connection, self._draw.banks.shipped, number)
            have = (await daily.first_messages(connection, [number], ASKED)).get(number)
        if record is None:
            results.ended[key] = Reason.ERROR
            return None
        if have is None or have.message_id is not None or record.row.seq > 0:
            results.ended[key] = None  # the round has been shown, or moved elsewhere, by the person's own doing
            return None
        return _Posting(letter, record, have, unclear=True)

    async def _begin(self, ready: Sequence[_Ready]) -> list[_Posting]:
        """Begins the rounds of those that are still to be sent, in one transaction."""
        if not ready:
            return []
        now = self._clock.now()
        async with self._store.write() as connection:
            wanted = await daily.not_begun(connection, [one.key for one in ready])
            quiet = await daily.untouched(connection, [left.row.id for one in ready for left in one.left])
            going = [
                one
                for one in ready
                if one.key in wanted
                and wanted[one.key] in {one.place, None}
                and all(left.row.id in quiet for left in one.left)
            ]
            if not going:
                return []
            bodies = {key: body for key, body in _bodies(one.drawn for one in going).items() if key not in self._kept}
            await daily.keep_questions(connection, bodies)
            await _end(connection, [left.row for one in going for left in one.left], now, shown=False)
            new = [_new_round(one.drawn, now, _nonce(one.key)) for one in going]
            rows = await daily.create_rounds(connection, new)
            keys = [one.key for one in going]
            await daily.link_rounds(connection, dict(zip(keys, (row.id for row in rows), strict=True)), now)
            await daily.put_habits(connection, {one.letter.subscription.user_id: one.habit for one in going})
        self._kept.update(bodies)
        found: list[_Posting] = []
        for one, row, begun in zip(going, rows, new, strict=True):
            for left in one.left:
                self._headers.leave(left.row.id)
            self._headers.put(row.id, one.header)
            questions = {(question.id, question.version): question for question in one.drawn.questions}
            record = RoundRecord(row, questions, ())
            have = MessageRow(begun.first.key, row.place.channel_id, None, begun.first.face, begun.nonce)
            found.append(_Posting(one.letter, record, have, unclear=False, left=one.left))
        return found

    async def _send(self, posting: _Posting, results: _Results) -> bool:
        """Posts a first message, and notes what came of it; returns whether Discord could be reached."""
        key, record = _key(posting.letter.delivery), posting.record
        row, subscription = record.row, posting.letter.subscription
        first = posts(row.state)[0]
        late = self._clock.now() - posting.letter.delivery.due_at >= AT_MOST_LATE
        try:
            content = card(record, first, await self._draw.facts(record.question(0)))
            ref = await self._mail.find(row.place, content) if posting.unclear else None
            if ref is None and (late or subscription.status is not Status.ON):
                results.give_up(key, self._too_late(key) if late else Reason.PAUSED, row)
                return True
            ref = ref or await self._mail.post(row.place, row.id, content, posting.have.nonce)
        except ClosedError as error:
            _log.info("person %s: the daily question cannot reach them: %s", key[0], error)
            results.give_up(key, Reason.CLOSED, row)
            results.closed.append(subscription)
        except PlaceGoneError as error:
            _log.error("person %s: their daily question was refused: %s", key[0], error)
            results.give_up(key, Reason.ERROR, row)
        except PostError as error:
            _log.info("person %s: their daily question is sent later: %s", key[0], error)
            self._try_later(key)
            return False
        except Exception:  # noqa: BLE001 - the others of the batch go on
            _log.exception("person %s: their daily question failed", key[0])
            self._try_later(key)
            if late:
                results.give_up(key, Reason.ERROR, row)
        else:
            sent = replace(posting.have, channel_id=ref.channel_id, message_id=ref.message_id, face=first.face)
            results.ended[key] = None
            results.sent.append((row.id, sent))
            results.shown[row.id] = 0
        for left in posting.left:
            await self._leave(left, results)
        return True

    def _too_late(self, key: Key) -> Reason:
        return Reason.ERROR if self._trouble or key in self._failures else Reason.LATE

    async def _leave(self, left: _Left, results: _Results) -> None:
        """Makes the card of a round that was left open say so."""
        row, _ = _stopped(left.row, self._clock.now())
        results.shown[row.id] = row.seq
        if left.message is None or not left.message.message_id:
            return
        first = posts(row.state)[0]
        ref = MessageRef(left.message.channel_id, left.message.message_id)
        record = RoundRecord(row, left.questions, ())
        try:
            content = card(record, first, await self._draw.facts(record.question(0)))
            await self._mail.edit(row.place, row.id, ref, content)
        except PlaceGoneError as error:
            _log.info("round %s keeps its old look: %s", row.id, error)
        except PostError:
            del results.shown[row.id]
            self._rounds.carry_out_later(row.id)
        except Exception:  # noqa: BLE001 - the question itself matters more
            _log.exception("round %s keeps its old look", row.id)
        else:
            results.edited.append((row.id, replace(left.message, face=first.face)))

    async def _note(self, results: _Results) -> None:
        """What became of a batch, in one transaction."""
        now = self._clock.now()
        async with self._store.write() as connection:
            await daily.become(connection, results.ended, now)
            await daily.note_sent(connection, results.sent, now)
            await daily.put_messages(connection, results.edited, now)
            await daily.shown(connection, results.shown)
            quiet = await daily.untouched(connection, [row.id for row in results.never])
            await _end(connection, [row for row in results.never if row.id in quiet], now, shown=True)
            for text, direct in ((CLOSED_DM, True), (CLOSED_CHANNEL, False)):
                users = [one.user_id for one in results.closed if (one.fallback_channel_id is None) == direct]
                if users:
                    await daily.close(connection, users, text)

    # At once

    async def send_now(self, row: SubscriptionRow) -> RoundRow[State]:
        """Begins a round like the daily one, beside it; `Rounds.carry_out` then asks. Raises UserError."""
        place = row.place
        assert place is not None
        drawn = await self._draw.draw(row, place, await self._draw.banks.of(place.server_id))
        await self._rounds.may_start(drawn.wish)
        now = self._clock.now()
        new = _new_round(drawn, now, f"n{row.user_id:x}-{int(now.timestamp()) % 16**6:x}")
        async with self._store.write() as connection:
            await people.ensure(connection, row.user_id, now)
            await daily.keep_questions(connection, _bodies([drawn]))
            [created] = await daily.create_rounds(connection, [new])
        self._headers.put(created.id, Header(row.user_id, drawn.reason))
        return created

    async def asked(self, message_id: int) -> None:
        """The person was asked whether to slow down on top of this message, and has answered."""
        async with self._store.read() as connection:
            owner = await round_store.message_owner(connection, message_id)
            record = await load_record(connection, self._draw.banks.shipped, owner[0]) if owner is not None else None
        if record is None or owner is None or owner[1] != ASKED:
            return
        header = await self._headers.of(record.row.id)
        if header is None:
            return
        self._headers.put(record.row.id, replace(header, paces=()))
        content = card(record, posts(record.state)[0], await self._draw.facts(record.question(0)))
        try:
            await self._mail.edit(
                record.row.place, record.row.id, MessageRef(record.row.place.channel_id, message_id), content
            )
        except PostError as error:
            _log.info("round %s keeps its buttons: %s", record.row.id, error)


def _key(delivery: DeliveryRow) -> Key:
    return delivery.user_id, delivery.day


def _row(letter: Letter) -> SubscriptionRow:
    return letter.subscription


def _makes_way(one: OpenRound, now: datetime) -> bool:
    """Whether an open round ends when the next question comes: an untouched one that nothing hangs on."""
    state = one.row.state
    free = not one.begun and state.mode is Mode.PRACTICE and state.current.deadline is None
    return free and (one.daily or now - one.row.created_at >= FORGOTTEN)


def _habit(row: SubscriptionRow, place: Place, ends: Sequence[_Left], *, answered: bool) -> Habit:
    """What the person's row says once the next question is on its way."""
    unanswered, asked = row.unanswered, row.slow_asked
    if any(one.daily for one in ends):
        unanswered += 1
    elif answered:
        unanswered, asked = 0, False
    direct = row.fallback_channel_id is None
    return Habit(unanswered, asked or unanswered >= UNANSWERED, place.channel_id if direct else row.dm_channel_id)


def _new_round(drawn: Drawn, now: datetime, nonce: str) -> NewRound:
    wish = drawn.wish
    event = Started(
        at=now, by=wish.user_id, kind=wish.kind, level=wish.level, mode=wish.mode, items=drawn.items, limit_s=None
    )
    state = start(event)
    return NewRound(state, event, wish.place, wish.format.value, wish.count, posts(state)[0], nonce)


def _nonce(key: Key) -> str:
    """The same for every try of a day's question, and no other's."""
    return f"d{key[0]:x}-{key[1].toordinal():x}"


def _bodies(drawn: Iterable[Drawn]) -> dict[tuple[str, int], str]:
    questions = {(question.id, question.version): question for one in drawn for question in one.questions}
    return {key: encode_question(question) for key, question in questions.items()}


def _stopped(row: RoundRow[State], now: datetime) -> tuple[RoundRow[State], Event]:
    """The round after the bot has ended it, and the event that did."""
    event = Stopped(now, None)
    state, _ = DIALOGUE.step(row.state, event)
    return replace(row, seq=row.seq + 1, state=state), event


async def _end(connection: AsyncConnection, rows: Sequence[RoundRow[State]], now: datetime, *, shown: bool) -> None:
    """Ends untouched rounds without a summary: there is nothing to sum up."""
    ended = [_stopped(row, now) for row in rows]
    silent = [post for row, _ in ended[:1] for post in posts(row.state) if post.kind is PostKind.SUMMARY]
    await daily.end_rounds(connection, ended, silent, shown=shown)
