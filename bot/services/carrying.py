"""What carrying any kind of round needs: one transaction a step, messages that follow the state, deadlines, restarts.

Every change is one transaction that appends one event. What follows from it (a grade, messages, the next
deadline) is derived from the committed state by `carry_out`, which may run again after any crash: it grades what
is not graded, posts what is not posted, and edits what looks different.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import UserError
from bot.rounds.engine import Engine, Post, RoundEvent, RoundState, Scored
from bot.services.background import Background
from bot.services.judging import ClosingError
from bot.services.posting import AnyCard, MessageRef, NoInteractionError, PlaceGoneError, Poster, PostError
from bot.store import rounds
from bot.store.engine import Store
from bot.store.rounds import ConflictError, MessageRow, RoundRow
from grader.grade import Grade

_log = logging.getLogger(__name__)

RETRY = timedelta(seconds=20)
"""When a message that could not be posted is tried again."""
TAKEN_UP = timedelta(days=7)
"""Open rounds idle for longer are not looked after at a start; a click or `/round resume` still finds them."""
TOGETHER = 8
"""How many rounds are taken up at once after a start; Discord limits how fast they can be."""
LIVE = timedelta(seconds=2)
"""How often a message may change in its live part alone."""

S = TypeVar("S", bound=RoundState)
E = TypeVar("E", bound=RoundEvent)
R = TypeVar("R", bound=StrEnum)
K = TypeVar("K", bound=StrEnum)


@dataclass(frozen=True)
class Outcome(Generic[S, R]):
    """What came of an event: the round as it is now, and what to tell the sender."""

    row: RoundRow[S]
    replies: tuple[R, ...]


class NoRoundError(UserError):
    def __init__(self) -> None:
        super().__init__("I cannot find that round any more. Start a new one with **/quiz start**.")


class Scorebook(Protocol):
    """Where results are noted, in the transaction of the event that brought them."""

    async def note(
        self, connection: AsyncConnection, row: RoundRow[Any], scored: Sequence[Scored], at: datetime
    ) -> None: ...


Corrected = Callable[[AsyncConnection, Grade], Awaitable[None]]
"""Notes what a better grade is worth, in the transaction that stores it."""


class NoScorebook:
    """Notes nothing."""

    async def note(
        self,
        connection: AsyncConnection,
        row: RoundRow[Any],
        scored: Sequence[Scored],
        at: datetime,
    ) -> None:
        """Nothing."""


class Carrier(ABC, Generic[S, E, R, K]):
    """The rounds of one engine, as one process carries them."""

    def __init__(
        self,
        engine: Engine[S, E, R, K],
        store: Store,
        clock: Clock,
        poster: Poster,
        scorebook: Scorebook | None = None,
    ) -> None:
        self.engine = engine
        self.store = store
        self.clock = clock
        self._poster = poster
        self._scorebook: Scorebook = scorebook or NoScorebook()
        self._background = Background(_log)
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._retries: dict[int, datetime] = {}
        self._edited: dict[tuple[int, str], datetime] = {}
        """When a message with a live part was last edited."""

    # What a kind of round adds

    @abstractmethod
    async def _settle(self, round_id: int) -> tuple[RoundRow[S], Callable[[Post[K]], AnyCard]] | None:
        """Does what the state owes besides messages (grades); the round as it is then, and how its messages look.

        None where there is no such round.
        """

    def _slow(self, state: S) -> bool:
        """Whether carrying out waits for something that takes long (the judge), so that nobody should wait for it."""
        del state
        return False

    async def _find_typed(self, row: RoundRow[S]) -> None:
        """Takes in what was typed while the bot was away."""

    # Events

    async def load(self, round_id: int) -> RoundRow[S]:
        """Raises NoRoundError."""
        async with self.store.read() as connection:
            row = await rounds.load(connection, self.engine, round_id)
        if row is None:
            raise NoRoundError
        return row

    async def act(self, round_id: int, make: Callable[[S, datetime], E]) -> Outcome[S, R]:
        """Steps the round with the event that `make` builds from its state. Raises NoRoundError."""

        async def change(_: AsyncConnection, row: RoundRow[S]) -> tuple[E | None, tuple[R, ...]]:
            return make(row.state, self.clock.now()), ()

        return await self._commit(round_id, change)

    async def _commit(
        self,
        round_id: int,
        change: Callable[[AsyncConnection, RoundRow[S]], Awaitable[tuple[E | None, tuple[R, ...]]]],
    ) -> Outcome[S, R]:
        """One transaction: load, let `change` write and name the event (None: what to reply), step, save.

        Once more after a conflict. Raises NoRoundError.
        """
        while True:
            try:
                async with self.store.write() as connection:
                    row = await rounds.load(connection, self.engine, round_id)
                    if row is None:
                        raise NoRoundError
                    event, replies = await change(connection, row)
                    if event is None:
                        return Outcome(row, replies)
                    state, said = self.engine.step(row.state, event)
                    if state != row.state:
                        row = await self._save(connection, row, state, event)
                        # Should nothing carry this out (a failure in between), the waker does.
                        self._retries.setdefault(round_id, self.clock.now() + RETRY)
                    return Outcome(row, said)
            except ConflictError:
                _log.info("round %s changed under us; stepping again", round_id)

    async def _save(self, connection: AsyncConnection, row: RoundRow[S], state: S, event: E) -> RoundRow[S]:
        """Stores the step and what was earned by it."""
        saved = await rounds.save(connection, self.engine, row, state, event)
        before = {(scored.user, scored.item) for scored in self.engine.scored(row.state)}
        earned = [scored for scored in self.engine.scored(state) if (scored.user, scored.item) not in before]
        if earned:
            await self._scorebook.note(connection, saved, earned, event.at)
        return saved

    # Carrying out

    async def carry_out(self, round_id: int) -> bool:
        """Does all that the round's state owes: grades, posts, edits. Safe to repeat, never runs twice at once.

        Returns whether everything stands where the round lives. What cannot be posted now is tried again later, and
        whenever the round moves on.
        """
        async with self._lock(round_id):
            try:
                settled = await self._settle(round_id)
                again = await self._show(*settled) if settled is not None else None
            except NoInteractionError:
                self._retries.pop(round_id, None)
            except PlaceGoneError as error:
                self._retries.pop(round_id, None)
                _log.warning("round %s waits for /round resume: %s", round_id, error)
            except PostError as error:
                _log.warning("round %s is shown again later: %s", round_id, error)
                self._retries[round_id] = self.clock.now() + RETRY
            except ClosingError:
                _log.info("round %s is judged by the next process", round_id)
            except Exception:
                self._retries[round_id] = self.clock.now() + RETRY
                raise
            else:
                self._retries.pop(round_id, None)
                if again is not None:
                    self._retries[round_id] = again
                return True
        return False

    def _lock(self, round_id: int) -> asyncio.Lock:
        """The round's lock; it lives as long as somebody holds it or waits for it."""
        return self._locks.setdefault(round_id, asyncio.Lock())

    # Showing

    async def _show(self, row: RoundRow[S], content: Callable[[Post[K]], AnyCard]) -> datetime | None:
        """Makes the channel look like the state: posts what is missing, edits what looks different.

        Returns when to look again, if a live part waits for its turn.
        """
        async with self.store.read() as connection:
            shown = await rounds.messages_of(connection, row.id)
        failed: PostError | None = None
        again: datetime | None = None
        for post in self.engine.posts(row.state):
            have = shown.get(post.key)
            if have is not None and have.message_id is not None and have.face == post.face:
                continue
            if have is not None and (wait := self._wait(row.id, have, post)) is not None:
                again = wait
                continue
            try:
                await self._show_one(row, post, content(post), have)
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
        if again is None:
            async with self.store.write() as connection:
                await rounds.shown(connection, row.id, row.seq)
        return again

    def _wait(self, round_id: int, have: MessageRow, post: Post[K]) -> datetime | None:
        """Until when an edit waits that changes a live part alone ("5 of 12 have answered"): what stands behind ~."""
        solid, live, _ = post.face.partition("~")
        if not live:
            self._edited.pop((round_id, post.key), None)
            return None
        now = self.clock.now()
        last = self._edited.get((round_id, post.key))
        alike = have.message_id is not None and have.face.partition("~")[0] == solid
        if alike and last is not None and now < last + LIVE:
            return last + LIVE
        self._edited[round_id, post.key] = now
        return None

    async def _show_one(self, row: RoundRow[S], post: Post[K], content: AnyCard, have: MessageRow | None) -> None:
        if have is not None and have.message_id is not None:
            ref = MessageRef(have.channel_id, have.message_id)
            await self._poster.edit(row.place, row.id, ref, content)
            await self._note_message(row.id, replace(have, face=post.face))
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
        await self._note_message(row.id, sent)

    async def _note_message(self, round_id: int, message: MessageRow) -> None:
        async with self.store.write() as connection:
            await rounds.put_message(connection, round_id, message, self.clock.now())

    def _nonce(self, round_id: int, post: Post[K]) -> str:
        """Differs for every posting, also of the same card shown again by `/round resume`."""
        moment = int(self.clock.now().timestamp() * 1000) % 10**9
        return f"{round_id}-{post.kind.value[0]}{post.turn}-{moment}"[-25:]

    # After a restart, and while running

    async def extend_deadlines(self, connection: AsyncConnection, since: datetime | None) -> list[RoundRow[S]]:
        """Deadlines move by the outage that began at `since` (None: there was none); returns the rounds to take up."""
        now = self.clock.now()
        waiting = await rounds.unsettled(connection, self.engine, now - TAKEN_UP)
        for row in waiting:
            event = self.engine.outage(row.state, since, now) if since is not None and now > since else None
            if event is not None:
                state, _ = self.engine.step(row.state, event)
                await self._save(connection, row, state, event)
        return waiting

    async def take_up(self, waiting: Sequence[RoundRow[S]]) -> None:
        """Finds what was typed meanwhile, and carries out every round that is open, or ended without its end being
        shown."""
        together = asyncio.Semaphore(TOGETHER)

        async def take_up(row: RoundRow[S]) -> None:
            async with together:
                try:
                    await self._find_typed(row)
                    await self._go_on(row.id)
                except Exception:  # noqa: BLE001 - one broken round must not keep the others from going on
                    _log.exception("round %s could not be taken up again", row.id)
                    self._retries[row.id] = self.clock.now() + RETRY

        await asyncio.gather(*(take_up(row) for row in waiting))

    async def tick(self, due: Sequence[int]) -> None:
        """Called every second: wakes the rounds whose time has come, tries failed posts again."""
        now = self.clock.now()
        waiting = [round_id for round_id, moment in self._retries.items() if moment <= now]
        for round_id in dict.fromkeys([*due, *waiting]):
            if self._retries.get(round_id, now) > now or self._lock(round_id).locked():
                continue  # somebody is carrying it out, perhaps waiting for the judge
            try:
                await self.act(round_id, self.engine.time_out)
                await self._go_on(round_id)
            except NoRoundError:
                self._retries.pop(round_id, None)
            except Exception:  # noqa: BLE001 - one broken round must not keep the others from their deadlines
                _log.exception("round %s: its deadline could not be carried out", round_id)
                self._retries[round_id] = now + RETRY

    async def _go_on(self, round_id: int) -> None:
        """Carries a round out; one that waits for something slow in a task of its own, so that it keeps nobody
        waiting."""
        row = await self.load(round_id)
        if not self._slow(row.state):
            await self.carry_out(round_id)
            return
        self.carry_out_later(round_id)

    def carry_out_later(self, round_id: int) -> None:
        """Carries a round out in the background; a failure is logged, and it is tried again."""
        self._background.start(lambda: self.carry_out(round_id), f"round {round_id} could not be carried out")

    async def settled(self) -> None:
        """Returns when nothing goes on in the background any more."""
        await self._background.settled()

    async def rest(self) -> None:
        """Breaks off what goes on in the background; the next process does it."""
        await self._background.rest()
