"""What a person can do about their data: see what is held, take it with them, limit how long it is kept, erase it.

Erasing is one transaction (`bot.store.privacy.erase`): after a crash in the middle nothing is erased, and the person
asks again. Before it their open rounds end, so that nobody waits for them; after it, in the background, the messages of
shared rounds are edited and those of deleted rounds removed from Discord. What of that a crash cuts off, the next
process does.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.rounds.engine import Scored
from bot.rounds.group import GROUP
from bot.rounds.pair import PAIR
from bot.services.background import Background
from bot.services.carrying import Carrier, NoRoundError, Scorebook
from bot.services.groups import Groups
from bot.services.pairs import Pairs
from bot.services.people import People
from bot.services.posting import PlaceGoneError, PostError
from bot.services.privacy_export import EXPORT_LIMIT, Export, HeldData, packed
from bot.services.rounds import Rounds
from bot.store import held as held_store
from bot.store import people as people_store
from bot.store import privacy
from bot.store.engine import Store
from bot.store.held import REMOVED
from bot.store.people import Person
from bot.store.privacy import Erased
from bot.store.rounds import RoundRow
from grader.code.verdict import NAMES, CodeVerdict
from grader.grade import Grade, ProbeKind, Span, StarReport, decode, encode

_log = logging.getLogger(__name__)

DAY = timedelta(days=1)
RETENTIONS = (30, 90, 365)
"""Days after which a person may want their words removed."""
CHUNK = 100
"""Answers whose words are removed in one transaction."""
RETRY = timedelta(minutes=1)
"""When messages that could not be removed from Discord are tried again."""
_ASK_MORE = "Tell me more about that."


class Cleaner(Protocol):
    """Removes what the bot has said."""

    async def remove(self, channel_id: int, message_id: int) -> None:
        """Deletes one of the bot's messages; one that is gone counts as deleted.

        Raises PlaceGoneError where it cannot be deleted, PostError when it may work later.
        """
        ...


class WithoutFormer:
    """A scorebook that notes nothing for people who are gone. Implements `bot.services.carrying.Scorebook`."""

    def __init__(self, book: Scorebook) -> None:
        self._book = book

    async def note(
        self, connection: AsyncConnection, row: RoundRow[Any], scored: Sequence[Scored], at: datetime
    ) -> None:
        await self._book.note(connection, row, [one for one in scored if one.user > 0], at)


@dataclass(frozen=True)
class Overview:
    """What is held on a person."""

    person: Person | None
    """None: nothing was ever begun."""
    since: datetime | None
    retention_days: int | None
    counts: Mapping[str, int]
    """How much there is of each kind, by its name in plain words."""


@dataclass(frozen=True)
class Outdated:
    """What is older than a person wants it kept."""

    answers: int
    pictures: int


class Privacy:
    """What one process does about people's data."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        people: People,
        rounds: Rounds,
        groups: Groups,
        pairs: Pairs,
        cleaner: Cleaner,
    ) -> None:
        self._store = store
        self._clock = clock
        self._people = people
        self._rounds = rounds
        self._groups = groups
        self._pairs = pairs
        self._cleaner = cleaner
        self._background = Background(_log)
        self._cleaning = asyncio.Lock()
        self._clean_at: datetime | None = clock.now()
        """When messages are to be removed from Discord; at first those that an earlier process left. None: no more."""
        self._sweep_at: datetime | None = None
        """When everybody's words are looked through next; None: it is not known yet."""
        self._to_sweep: deque[tuple[int, int]] = deque()

    # Looking

    async def overview(self, user: int) -> Overview:
        async with self._store.read() as connection:
            person = await people_store.find(connection, user)
            row = await held_store.person_of(connection, user)
            counts = await held_store.counts(connection, user)
        since, days = (row["first_seen_at"], row["retention_days"]) if row else (None, None)
        return Overview(person, since, days, counts)

    async def export(self, user: int) -> Export:
        """Everything that is held on the person, packed; nothing of anybody else. It takes a moment."""
        held = HeldData(user, self._clock.now())
        async with self._store.read() as connection:
            invited = await privacy.invitations(connection, user)
            async for name, part in held_store.held(connection, user, invited.ids):
                await asyncio.to_thread(held.add, name, part)
            room = EXPORT_LIMIT
            for found in await held_store.picture_sizes(connection, user):
                room -= found.size
                png = await held_store.picture(connection, found.attempt) if room > 0 else None
                if png is None:
                    held.left_out += 1
                else:
                    held.pictures.append((found.attempt, png))
        return await asyncio.to_thread(packed, held)

    # Erasing

    async def erase(self, user: int) -> Erased:
        """Erases the person. What remains to be done in Discord goes on in the background (`settled`)."""
        async with self._store.read() as connection:
            invited = await privacy.invitations(connection, user)
            shared = await privacy.open_shared(connection, user, invited)
        for row in await self._rounds.open_of(user):
            await self._rounds.stop(row.id, by=user)
        for round_id, engine in shared:
            await self._leave(round_id, engine, user)
        async with self._store.write() as connection:
            erased = await privacy.erase(connection, user, invited, self._clock.now())
        self._people.forget(user)
        self._clean_at = self._clock.now()
        self._later(lambda: self._after_erasing(user, erased))
        return erased

    async def _leave(self, round_id: int, engine: str, user: int) -> None:
        """The others go on without the person: a host is replaced by whoever takes over, a last one ends the round."""
        try:
            if engine == PAIR.name:
                await self._pairs.stop(round_id, by=user)
                return
            state = (await self._groups.load(round_id)).state
            if state.owner == user and not set(state.active) - {user}:
                await self._groups.end(round_id, by=user)
            else:
                await self._groups.leave(round_id, by=user)
        except NoRoundError:
            _log.info("round %s is gone already", round_id)

    async def _after_erasing(self, user: int, erased: Erased) -> None:
        for round_id, engine in reversed(erased.shared):  # the latest first: they are looked at
            carrier: Carrier[Any, Any, Any, Any] = self._groups if engine == GROUP.name else self._pairs
            try:
                await carrier.carry_out(round_id)
            except Exception:  # noqa: BLE001 - one broken round must not keep the others from being edited
                _log.exception("round %s could not be shown again", round_id)
        # Whoever remembered the name while it was being erased has done so by now.
        self._people.forget(user)
        await self._clean()

    async def _clean(self) -> None:
        """Removes the messages of deleted rounds from Discord, as far as that can be done now."""
        async with self._cleaning:
            while True:
                async with self._store.read() as connection:
                    found = await privacy.leftover(connection)
                if found is None:
                    self._clean_at = None
                    return
                left = await self._remove(found.refs)
                async with self._store.write() as connection:
                    await privacy.removed(connection, found.key, left)
                if left:
                    self._clean_at = self._clock.now() + RETRY
                    return

    async def _remove(self, refs: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
        """Which of these messages are to be tried again."""
        for number, ref in enumerate(refs):
            try:
                await self._cleaner.remove(*ref)
            except PlaceGoneError as error:
                _log.info("message %s stays in Discord: %s", ref[1], error)
            except PostError as error:
                _log.warning("messages are removed later: %s", error)
                return refs[number:]
        return ()

    # How long words are kept

    async def outdated(self, user: int, days: int) -> Outdated:
        """What would be removed now if the person's words were kept for `days`."""
        async with self._store.read() as connection:
            return Outdated(*await privacy.outdated_counts(connection, user, self._clock.now() - days * DAY))

    async def set_retention(self, user: int, days: int | None) -> int:
        """From now on the person's words are kept for `days` (None: until they are erased).

        Returns how many answers that removed at once.
        """
        async with self._store.write() as connection:
            await people_store.ensure(connection, user, self._clock.now())
            await privacy.set_retention(connection, user, days)
        total = 0
        while days is not None and (done := await self._forget_some(user, days)):
            total += done
        return total

    async def _forget_some(self, user: int, days: int) -> int:
        """Removes some of what is older; how many answers that were."""
        before = self._clock.now() - days * DAY
        async with self._store.read() as connection:
            if not await privacy.outdated(connection, user, before, 1):
                return 0
        async with self._store.write() as connection:
            found = await privacy.outdated(connection, user, before, CHUNK)
            left = await asyncio.to_thread(_without_words, found)
            await privacy.forget_words(connection, left)
        return len(found)

    async def _sweep(self, now: datetime) -> None:
        """A part of the daily look at what is older than people want it kept."""
        if self._sweep_at is None:
            async with self._store.read() as connection:
                last = await privacy.swept_at(connection)
            self._sweep_at = last + DAY if last is not None else now
            return
        async with self._store.read() as connection:
            wished = await privacy.retentions(connection)
        if not self._to_sweep:
            self._to_sweep.extend(wished)
        if self._to_sweep:
            one = self._to_sweep[0]
            # Somebody may have changed their mind since the look began.
            if one not in wished or not await self._forget_some(*one):
                self._to_sweep.popleft()
        if not self._to_sweep:
            async with self._store.write() as connection:
                await privacy.swept(connection, now)
            self._sweep_at = now + DAY

    # While running

    async def tick(self) -> None:
        """Called every second: removes what is older than people want it kept, and messages that still stand."""
        now = self._clock.now()
        if self._sweep_at is None or now >= self._sweep_at:
            await self._sweep(now)
        if self._clean_at is not None and now >= self._clean_at and not self._cleaning.locked():
            self._later(self._clean)

    def _later(self, work: Callable[[], Awaitable[None]]) -> None:
        self._background.start(work, "something about people's data could not be done")

    async def settled(self) -> None:
        """Returns when nothing goes on in the background any more."""
        await self._background.settled()

    async def rest(self) -> None:
        """Breaks off what goes on in the background; the next process does it."""
        await self._background.rest()


# Grades without words


def _without_words(found: Iterable[tuple[int, str | None]]) -> dict[int, str | None]:
    return {attempt: encode(without_words(decode(text))) if text else None for attempt, text in found}


def without_words(grade: Grade) -> Grade:
    """The grade without anything that quotes the answer: scores, bands and rows stay."""
    return replace(
        grade,
        rows=tuple(replace(row, span=_emptied(row.span) if row.span else None) for row in grade.rows),
        findings=tuple(replace(found, span=_emptied(found.span)) for found in grade.findings),
        probes=tuple(
            probe if probe.kind is ProbeKind.KEY_POINT else replace(probe, text=_ASK_MORE) for probe in grade.probes
        ),
        notes=(),
        star=_star_without_words(grade.star) if grade.star else None,
        code=_verdict_without_words(grade.code) if grade.code else None,
    )


def _emptied(span: Span) -> Span:
    return Span(span.turn, 0, 0, REMOVED)


def _star_without_words(star: StarReport) -> StarReport:
    return replace(
        star,
        sentences=(),
        dimensions=tuple(replace(one, note="", span=None) for one in star.dimensions),
        keep=REMOVED,
        change=REMOVED,
        outline=tuple((part, tuple(map(_emptied, spans[:1]))) for part, spans in star.outline),
    )


def _verdict_without_words(verdict: CodeVerdict) -> CodeVerdict:
    """Without what the program printed, returned and raised, and without its lines."""
    groups = tuple(
        replace(group, cases=tuple(replace(case, detail="", trace=(), shown=None) for case in group.cases))
        for group in verdict.groups
    )
    return replace(verdict, reason=f"{NAMES[verdict.code]}.", groups=groups, trace=(), output="", lint=())
