"""Group rounds as people play them together: a lobby, private answers, reveals, boards."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import UserError
from bot.rounds.events import Advanced, Answered, Item, Kind, Mode, Regraded, Result, Skipped
from bot.rounds.group import (
    GROUP,
    OwedGrade,
    Phase,
    PostKind,
    Reply,
    State,
    board,
    grades,
    item_score,
    open_round,
    posts,
)
from bot.rounds.group_events import (
    Begun,
    Done,
    Ended,
    Graded,
    GroupEvent,
    Joined,
    Left,
    Opened,
    Seen,
    TimeAdded,
    TookOver,
)
from bot.services.alike import Alike, alike
from bot.services.carrying import RETRY, Carrier, Corrected, NoRoundError, Outcome, Scorebook
from bot.services.code_cards import CardFile, pictures
from bot.services.code_text import tidy
from bot.services.grading import graded, result_of
from bot.services.group_cards import GroupPost, group_card
from bot.services.group_record import GroupRecord, load_group
from bot.services.judging import ClosingError, Facts, Judged, Judging, Progress, Watch, without_private
from bot.services.posting import AnyCard, Poster
from bot.services.record import questions_of
from bot.services.rounds import ANSWER_LIMIT, SamplesCard
from bot.services.shared_rounds import Shared, open_shared
from bot.services.starting import Format, Starting, Wish
from bot.store import people, questions, rounds
from bot.store.engine import Store
from bot.store.rounds import AttemptRow, Place, RoundRow
from grader.code.verdict import Code
from grader.grade import Context, Gate, Grade, encode
from grader.text import grade as grade_text
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.model import Level, Numeric

_log = logging.getLogger(__name__)

Draw = Callable[[GroupRecord], tuple[CardFile, str]]
"""Draws the final board: the picture, and what it shows in words."""
Change = tuple[GroupEvent | None, tuple[Reply, ...]]
SEEN_EVERY = timedelta(minutes=1)
"""How often it is noted that a host is there, who is missed after five minutes."""
LATELY = 100
"""Submissions whose verdicts may still be on their way to their authors."""
NOTHING_DRAWN = (Item("", 0),)
"""Stands in for questions to ask the engine whether a round may begin; no round begins with it."""


@dataclass(frozen=True)
class GroupWish:
    """The group round that a host asks for."""

    user_id: int
    place: Place
    kind: Kind
    level: Level
    topic: str | None
    format: Format
    count: int
    limit_s: int
    plays: bool = True
    channel_id: int | None = None
    """The channel that a server may have listed: around the place if it is a thread, else (None) the place itself."""

    @property
    def wish(self) -> Wish:
        """The same as one person's round, for what holds for all rounds."""
        return Wish(
            self.user_id,
            self.place,
            self.kind,
            self.level,
            Mode.EXAM,
            self.topic,
            self.format,
            self.count,
            self.limit_s,
            self.channel_id,
        )


@dataclass(frozen=True)
class Taken:
    """What was sent: the round, the attempt (None: nothing was kept), and what to tell the sender."""

    row: RoundRow[State]
    attempt: AttemptRow | None
    replies: tuple[Reply, ...]


@dataclass(frozen=True)
class Judgement:
    """A submission that is being judged."""

    task: asyncio.Task[object]
    progress: list[Progress]
    """The latest last."""
    pictures: list[CardFile]
    """What was drawn, once it is judged."""


class Groups(Carrier[State, GroupEvent, Reply, PostKind]):
    """The group rounds of one bot process."""

    def __init__(
        self,
        store: Store,
        bank: Bank,
        clock: Clock,
        poster: Poster,
        starting: Starting,
        judge: Judging,
        scorebook: Scorebook | None = None,
        draw: Draw | None = None,
    ) -> None:
        super().__init__(GROUP, store, clock, poster, scorebook)
        self.bank = bank
        self._starting = starting
        self._judge = judge
        self._draw = draw
        self._drawn: dict[int, tuple[CardFile, str] | None] = {}
        self._judging: dict[int, Judgement] = {}
        self._judged_lately: dict[int, Judgement] = {}
        self._hosts: dict[tuple[int, int], list[int]] = {}
        """The rounds that somebody hosts in a channel, as they were when last looked up."""
        self._hosts_until = clock.now()
        self._queued: set[int] = set()
        """Rounds that a task waits to carry out."""

    # The lobby

    async def open(self, wish: GroupWish) -> RoundRow[State]:
        """Opens a lobby. Raises UserError where the host may not, or where no question fits."""
        now = self.clock.now()
        await self._starting.check_host(wish.wish)
        event = Opened(now, wish.user_id, wish.kind, wish.level, wish.count, wish.limit_s, wish.plays)
        async with self.store.write() as connection:
            await people.ensure(connection, wish.user_id, now)
            return await rounds.create(
                connection,
                GROUP,
                open_round(event),
                event,
                wish.place,
                wish.topic,
                format=wish.format.value,
                asked=wish.count,
            )

    async def join(self, round_id: int, *, by: int) -> Outcome[State, Reply]:
        """Raises UserError for somebody whom the moderators have blocked."""

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            await self._starting.check_blocked(connection, row.place.server_id, by)
            event = Joined(self.clock.now(), by)
            after, _ = self.engine.step(row.state, event)
            if after.participant(by) is not None:  # else they were turned away
                await people.ensure(connection, by, event.at)
                await rounds.take_part(connection, row.id, by, event.at)
            return event, ()

        return await self._commit(round_id, change)

    async def leave(self, round_id: int, *, by: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: Left(at, by))

    async def begin(self, round_id: int, *, by: int) -> Outcome[State, Reply]:
        """Draws the questions for whoever is there, and asks the first. Raises UserError when none can be asked."""
        found = await self.load(round_id)
        _, refused = self.engine.step(found.state, Begun(self.clock.now(), by, NOTHING_DRAWN))
        items = NOTHING_DRAWN if refused else await self._items(found)

        async def change(_: AsyncConnection, row: RoundRow[State]) -> Change:
            event = Begun(self.clock.now(), by, items)
            if refused and not self.engine.step(row.state, event)[1]:
                return None, refused  # what stood in the way is gone since, but nothing was drawn
            return event, ()

        return await self._commit(round_id, change)

    async def _items(self, row: RoundRow[State]) -> tuple[Item, ...]:
        state = row.state
        wish = Wish(
            state.owner,
            row.place,
            row.kind,
            state.level,
            Mode.EXAM,
            row.topic,
            Format(row.format),
            state.asked,
            state.limit_s,
        )
        return await self._starting.draw_for(wish, state.active)

    async def lobby_like(self, wish: GroupWish) -> RoundRow[State] | None:
        """An open lobby in the same channel for a round of the same settings."""
        async with self.store.read() as connection:
            found = await rounds.open_rounds(connection, GROUP, channel=wish.place.channel_id)
        wanted = wish.kind, wish.level, wish.topic, wish.format.value, wish.count, wish.limit_s
        for row in found:
            state = row.state
            same = wanted == (row.kind, state.level, row.topic, row.format, row.asked, state.limit_s)
            if same and state.phase is Phase.LOBBY:
                return row
        return None

    # What the host does

    async def skip(self, round_id: int, *, by: int, turn: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: Skipped(at, by, turn))

    async def add_time(self, round_id: int, *, by: int, turn: int, seconds: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: TimeAdded(at, by, turn, seconds))

    async def advance(self, round_id: int, *, by: int, turn: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: Advanced(at, by, turn))

    async def end(self, round_id: int, *, by: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: Ended(at, by))

    async def take_over(self, round_id: int, *, by: int) -> Outcome[State, Reply]:
        """Makes the person the host instead of one who is away."""
        return await self.act(round_id, lambda _, at: TookOver(at, by))

    async def seen(self, round_id: int, *, by: int) -> None:
        """The person looked at something of the round; a host who does so is there. Raises NoRoundError."""

        def missed(row: RoundRow[State]) -> bool:
            state, recently = row.state, row.state.host_seen_at + SEEN_EVERY > self.clock.now()
            hosts = by == state.owner and state.phase is not Phase.FINISHED
            return hosts and (state.vacant or not recently)

        async def change(_: AsyncConnection, row: RoundRow[State]) -> Change:
            return (Seen(self.clock.now(), by) if missed(row) else None), ()

        if missed(await self.load(round_id)):
            await self._commit(round_id, change)
            self.carry_out_later(round_id)

    async def seen_in(self, channel_id: int, user: int) -> None:
        """The person wrote something in a channel: who hosts a round there is there.

        Called for every message that anybody writes anywhere, so that who hosts where is looked up now and then only.
        """
        now = self.clock.now()
        if now >= self._hosts_until:
            self._hosts_until = now + SEEN_EVERY
            async with self.store.read() as connection:
                found = await rounds.hosted(connection, GROUP)
            self._hosts = {}
            for channel, owner, round_id in found:
                self._hosts.setdefault((channel, owner), []).append(round_id)
        for round_id in self._hosts.get((channel_id, user), ()):
            await self.seen(round_id, by=user)

    # Answers

    async def answer(self, round_id: int, *, by: int, turn: int, text: str, source: str) -> Taken:
        """Keeps what a person sent and, if it may count, takes it as their answer.

        `source` names the form or click, so that the same one arriving twice is one attempt. For a choice `text` is the
        option's id. What comes too late is kept, too, but not scored. Raises UserError for what is no answer at all,
        such as a number without digits: nothing is kept then, and the person may try again.
        """
        kept: list[AttemptRow] = []

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            kept.clear()
            attempt, new = await self._keep(connection, row, by, turn, text, source)
            if attempt is None:
                # Nothing to answer: the engine says why, and no attempt has this id.
                return Answered(self.clock.now(), by, turn, 0), ()
            kept.append(attempt)
            entry = row.state.item_states[turn - 1].entry(by)
            if not new and entry is not None and attempt.id in entry.attempts:
                return None, ()
            return Answered(self.clock.now(), by, turn, attempt.id), ()

        outcome = await self._commit(round_id, change)
        return Taken(outcome.row, kept[0] if kept else None, outcome.replies)

    async def keep(self, round_id: int, *, by: int, turn: int, text: str, source: str) -> Taken:
        """Keeps a program that is only to be run on the samples. Raises NoRoundError."""
        async with self.store.write() as connection:
            row = await rounds.load(connection, GROUP, round_id)
            if row is None:
                raise NoRoundError
            if not row.state.tries:
                raise UserError("There are no samples to run in this round.")
            attempt, _ = await self._keep(connection, row, by, turn, text, source)
            return Taken(row, attempt, () if attempt is not None else (Reply.NOT_IN_ROUND,))

    async def _keep(
        self, connection: AsyncConnection, row: RoundRow[State], by: int, turn: int, text: str, source: str
    ) -> tuple[AttemptRow | None, bool]:
        """The attempt, and whether it is new; None from somebody who was not asked this."""
        state = row.state
        if not 1 <= turn <= state.turn or state.item_states[turn - 1].entry(by) is None:
            return None, False
        item = state.items[turn - 1]
        given = tidy(text) if state.tries else text.replace("\0", "").strip()[:ANSWER_LIMIT]
        await self._require_answer(connection, item, state.level, given)
        return await rounds.add_attempt(
            connection,
            row.id,
            item,
            turn=turn,
            user_id=by,
            source=source,
            text=given,
            hints=0,
            at=self.clock.now(),
        )

    async def _require_answer(self, connection: AsyncConnection, item: Item, level: Level, text: str) -> None:
        """Raises UserError for a slip that should not use up the only answer that counts."""
        if item.order and text not in item.order:
            raise UserError("That is not one of the options any more.")
        if not text:
            raise UserError("There was nothing in that form. Nothing was counted; please send it again.")
        [question] = (await questions_of(connection, self.bank, [item])).values()
        if isinstance(question, Numeric):
            found = grade_text(text, question, Context(level=level, variant=item.variant))
            if found.gate is Gate.UNREADABLE:
                raise UserError(
                    "I found no number in that, so nothing was counted. Send it again with the number alone, "
                    "such as `0.25`."
                )

    async def submit_kept(self, round_id: int, *, by: int, turn: int, attempt: int) -> Taken:
        """Submits a program that was only run on the samples; pressed twice, it is submitted once."""
        async with self.store.read() as connection:
            found = await rounds.attempt(connection, attempt)
        if found is None or found.round_id != round_id or found.user_id != by:
            return Taken(await self.load(round_id), None, (Reply.NOT_IN_ROUND,))
        return await self.answer(round_id, by=by, turn=turn, text=found.text, source=f"attempt:{attempt}")

    async def done(self, round_id: int, *, by: int, turn: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: Done(at, by, turn))

    async def run_samples(self, kept: Taken, watch: Watch | None = None) -> SamplesCard:
        """What the samples say to a program that was kept; nothing is scored."""
        assert kept.attempt is not None
        record = await self.record(kept.row.id)
        task = record.task(kept.attempt.turn - 1)
        judged = await self._judge.judge(
            task, kept.attempt.text, person=kept.attempt.user_id, samples_only=True, watch=watch
        )
        return SamplesCard(
            round_id=kept.row.id,
            turn=kept.attempt.turn,
            attempt=kept.attempt.id,
            task=task,
            verdict=without_private(judged.verdict),
            files=pictures(judged.pictures),
        )

    # Reading

    async def record(self, round_id: int) -> GroupRecord:
        """Raises NoRoundError."""
        async with self.store.read() as connection:
            record = await load_group(connection, self.bank, round_id)
        if record is None:
            raise NoRoundError
        return record

    async def open_of(self, user: int) -> list[Shared[State]]:
        """The open rounds that the person is in or hosts, newest first."""
        found = await open_shared(self.store, GROUP, user)
        return [one for one in found if user in {one.row.state.owner, *one.row.state.active}]

    async def alike(self, record: GroupRecord, item: int) -> tuple[Alike, ...]:
        """Pairs of people whose answers to a revealed item are nearly the same."""
        question = record.question(item)
        if record.state.items[item].order or not record.may_see(item):
            return ()
        return await asyncio.to_thread(alike, record.texts(item), code=isinstance(question, CodeTask))

    def judgement(self, attempt: int) -> Judgement | None:
        """A submission that is being judged in this process, or was lately."""
        return self._judging.get(attempt) or self._judged_lately.get(attempt)

    async def facts(self, record: GroupRecord) -> dict[int, Facts]:
        """What the cards of tasks say beyond their files, by turn; without those of which it cannot be known."""
        found: dict[int, Facts] = {}
        if not record.state.tries:
            return found
        for item in range(record.state.turn):
            try:
                found[item + 1] = await self._judge.facts(record.task(item))
            except UserError as error:
                _log.warning("round %s: task %s is shown without its limits: %s", record.row.id, item + 1, error)
        return found

    # Carrying out

    def carry_out_later(self, round_id: int) -> None:
        """Carries a round out in the background. Many answers at once need it once: it shows the latest state."""
        if round_id not in self._queued:
            self._queued.add(round_id)
            super().carry_out_later(round_id)

    async def _settle(self, round_id: int) -> tuple[RoundRow[State], Callable[[GroupPost], AnyCard]] | None:
        self._queued.discard(round_id)  # what comes from now on may not be seen here
        while True:
            judging = set(self._judging)  # what ends while the record is read still looks ungraded in it
            async with self.store.read() as connection:
                record = await load_group(connection, self.bank, round_id)
            if record is None:
                return None
            owed = grades(record.state)
            if record.state.tries:
                for grade in owed:
                    if grade.attempt not in judging:
                        self._judge_later(record, grade)
                break
            if not owed:
                break
            for grade in owed:
                await self._grade(record, grade)
        facts, picture = await self.facts(record), await self._picture(record)
        return record.row, lambda post: group_card(record, post, facts.get(post.turn), picture)

    async def _grade(self, record: GroupRecord, owed: OwedGrade) -> None:
        answer = record.answer(owed.attempt)
        question, drawn = record.question(owed.turn - 1), record.state.items[owed.turn - 1]
        grade: Grade | None = Grade(score=0.0, band=1)  # the person was erased in between
        if answer is not None:
            async with self.store.read() as connection:
                met = await questions.met_before(connection, owed.user, question.id, record.row.id)
            context = Context(level=record.state.level, variant=drawn.variant, seen_model_answer=met)
            grade = await graded(answer.row.text, question, context, f"round {record.row.id} turn {owed.turn}")
        await self._save_grade(record.row.id, owed, grade, result_of(grade))

    async def _save_grade(
        self,
        round_id: int,
        owed: OwedGrade,
        grade: Grade | None,
        result: Result,
        drawn: Sequence[bytes] = (),
    ) -> None:
        """`drawn`: the pictures of a figure that was submitted."""

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            if owed not in grades(row.state):
                return None, ()  # another process was first
            if grade is not None:
                score = result.score if result.score is None or grade.code is None else grade.code.score
                await rounds.set_grade(connection, owed.attempt, encode(grade), score)
            if drawn and await rounds.attempt(connection, owed.attempt) is not None:  # else they were erased
                await rounds.keep_pictures(connection, owed.attempt, drawn)
            return Graded(self.clock.now(), None, owed.turn, owed.user, owed.attempt, result), ()

        await self._commit(round_id, change)

    async def regrade(
        self, round_id: int, item: int, user: int, grades: Sequence[tuple[int, Grade]], corrected: Corrected
    ) -> bool:
        """Stores a better grade of a person's answer to an item (attempt and grade); whether it is better.

        `corrected` notes the new score in the same transaction.
        """

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            earned, best = item_score(row.state, item, user), grades[-1][1]
            if earned is None or best.score <= earned:
                return None, (Reply.STALE,)
            for attempt, grade in grades:
                await rounds.set_grade(connection, attempt, encode(grade), grade.score)
            await corrected(connection, best)
            return Regraded(self.clock.now(), None, user, item, best.score, best.band), ()

        return not (await self._commit(round_id, change)).replies

    # Judging

    def _judge_later(self, record: GroupRecord, owed: OwedGrade) -> None:
        """Judges a submission in the background, unless that goes on already."""
        if owed.attempt in self._judging:
            return
        round_id = record.row.id
        progress, drawn = [Progress()], list[CardFile]()

        async def judge() -> None:
            try:
                drawn.extend(await self._judged(record, owed, progress))
                self.carry_out_later(round_id)
            except ClosingError:
                _log.info("round %s is judged by the next process", round_id)
            except Exception:  # noqa: BLE001 - logged; the waker tries again
                _log.exception("round %s: attempt %s could not be judged", round_id, owed.attempt)
                self._judging.pop(owed.attempt, None)
                async with self._lock(round_id):  # whoever is carrying it out would forget the time at the end
                    self._retries[round_id] = self.clock.now() + RETRY
            finally:
                self._judging.pop(owed.attempt, None)

        task = self._background.start(judge, f"round {round_id}: attempt {owed.attempt} could not be judged or put off")
        self._judging[owed.attempt] = self._judged_lately[owed.attempt] = Judgement(task, progress, drawn)
        while len(self._judged_lately) > LATELY:
            del self._judged_lately[next(iter(self._judged_lately))]

    async def _judged(self, record: GroupRecord, owed: OwedGrade, progress: list[Progress]) -> tuple[CardFile, ...]:
        """Saves the verdict; returns what was drawn."""
        answer = record.answer(owed.attempt)
        task = record.task(owed.turn - 1)
        code = answer.row.text if answer else ""  # the person was erased in between
        judged: Judged = await self._judge.judge(task, code, person=owed.user, watch=progress.append)
        verdict = judged.verdict
        fault = verdict.code is Code.IE or not math.isfinite(verdict.score)
        grade = Grade(score=0.0 if fault else verdict.score, band=1, code=verdict)
        if fault:
            result = Result(score=None, band=1, retry=True)
        else:
            async with self.store.read() as connection:
                latest = await load_group(connection, self.bank, record.row.id)
            score = (latest or record).with_grade(owed.attempt, grade).code_score(owed.turn - 1, owed.user)
            result = Result(score.score, score.band, retry=not verdict.accepted)
        await self._save_grade(record.row.id, owed, grade, result, judged.pictures)
        return pictures(judged.pictures)

    # Pictures

    async def _picture(self, record: GroupRecord) -> tuple[CardFile, str] | None:
        """The final board as a picture, once the round is over; where nothing was scored, there is none."""
        if self._draw is None or record.state.phase is not Phase.FINISHED or not board(record.state):
            return None
        async with self.store.read() as connection:
            shown = await rounds.messages_of(connection, record.row.id)
        final = posts(record.state)[-1]
        if (have := shown.get(final.key)) and have.message_id is not None and have.face == final.face:
            return None  # it stands there with its picture
        if record.row.id not in self._drawn:
            self._drawn.clear()  # it is needed again only while this round's end is being shown
            try:
                self._drawn[record.row.id] = await asyncio.to_thread(self._draw, record)
            except Exception:  # noqa: BLE001 - the board stands without it
                _log.exception("round %s: its board could not be drawn", record.row.id)
                self._drawn[record.row.id] = None
        return self._drawn[record.row.id]
