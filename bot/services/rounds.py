"""Question-and-answer rounds as people play them: start, answer, hint, submit, and what follows from it."""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import UserError
from bot.rounds.dialogue import (
    DIALOGUE,
    DialoguePost,
    Phase,
    PostKind,
    Reply,
    State,
    is_try,
    latest,
    open_task,
    pending,
    posts,
)
from bot.rounds.dialogue import (
    Grade as OwedGrade,
)
from bot.rounds.events import (
    Advanced,
    Answered,
    Event,
    GaveUp,
    Graded,
    HintAsked,
    Item,
    Kind,
    Regraded,
    SelfRated,
    Skipped,
    Stopped,
)
from bot.services.banks import Banks
from bot.services.cards import card
from bot.services.carrying import Carrier, Corrected, NoRoundError, Outcome, Scorebook
from bot.services.code_cards import CardFile, pictures
from bot.services.code_report import result_of_followup, result_of_submission
from bot.services.code_text import code_in, tidy
from bot.services.grading import graded, result_of
from bot.services.judging import Facts, Judged, Judging, NoJudge, Progress, Watch, without_private
from bot.services.posting import AnyCard, MessageRef, Poster, PostError
from bot.services.record import RoundRecord, load_record, record_of
from bot.services.starting import Expectations, Format, Starting, Wish
from bot.store import people, questions, reports, rounds, servers
from bot.store.engine import Store
from bot.store.rounds import AttemptRow, Place, RoundRow, Surface
from grader.code.verdict import Code, CodeVerdict
from grader.grade import Context, Gate, Grade, Turn, decode, encode
from questions.bank import Bank, Chance
from questions.code_task import CodeTask

_log = logging.getLogger(__name__)

ANSWER_LIMIT = 4000
"""Characters of an answer: what one Discord form holds."""
DAY = timedelta(days=1)
PATIENCE = 0.8
"""Seconds after which a submission that is still judged is shown as running."""
BETWEEN = 1.5
"""Seconds between two words on how it goes."""


@dataclass(frozen=True)
class Kept:
    """Something that was sent and is not to be scored: the round, the attempt, or why nothing was done with it."""

    row: RoundRow[State]
    attempt: AttemptRow | None
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True)
class SamplesCard:
    """What the samples say to a program that was not submitted."""

    round_id: int
    turn: int
    attempt: int
    """The attempt's id, under which it can be submitted."""
    task: CodeTask
    verdict: CodeVerdict
    files: tuple[CardFile, ...]


class NotAChoiceError(UserError):
    """Typed text that names no option."""


Change = tuple[Event | None, tuple[Reply, ...]]
"""An event to step with, or None and what to reply."""


class Rounds(Carrier[State, Event, Reply, PostKind]):
    """The question-and-answer rounds of one bot process."""

    def __init__(
        self,
        store: Store,
        bank: Bank,
        clock: Clock,
        poster: Poster,
        chance: Chance,
        judge: Judging | None = None,
        scorebook: Scorebook | None = None,
        expectations: Expectations | None = None,
        banks: Banks | None = None,
    ) -> None:
        super().__init__(DIALOGUE, store, clock, poster, scorebook)
        self.bank = bank
        self._judge: Judging = judge or NoJudge()
        self.starting = Starting(store, bank, clock, chance, self._judge, expectations, banks)

    # Events

    async def start(self, wish: Wish) -> RoundRow[State]:
        """Draws the questions and begins the round; `carry_out` then asks. Raises UserError where it may not."""
        return await self.starting.start(wish)

    async def may_start(self, wish: Wish) -> None:
        """Raises UserError when the person may not start this round (blocked, cooling down, no questions)."""
        await self.starting.check(wish)

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
    ) -> Outcome[State, Reply]:
        """Keeps what a person sent and, if it is in time, takes it as the answer of `turn`.

        Without `turn` it answers what stood in the channel when message `message_id` was typed, else the current
        turn. `source` names the message or form, so that the same one arriving twice is one attempt; `at` is when
        it was sent, for what was found after an outage. What is stale or late is kept, too, but not scored. Raises
        NotAChoiceError (nothing kept) when a choice was asked and none is named.
        """

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            number = turn
            if number is None:
                number = row.state.turn if message_id is None else await self._turn_seen(connection, row, message_id)
            if by != row.owner_id:
                return None, (Reply.NOT_YOURS,)
            if not 0 <= number < len(row.state.turns):
                return None, (Reply.STALE,)
            if open_task(row.state, number):
                number = row.state.turn
            given = self._given(row, number, text, typed=source.startswith("message:"))
            if given is None:
                raise NotAChoiceError("Answer with one of the letters, for example **B**, or press its button.")
            hints = row.state.item_states[row.state.turns[number].item].hints
            moment = at or self.clock.now()
            attempt, new = await rounds.add_attempt(
                connection,
                row.id,
                row.state.items[row.state.turns[number].item],
                turn=number,
                user_id=by,
                source=source,
                text=given,
                hints=hints,
                at=moment,
            )
            if not new and (not source.startswith("attempt:") or _taken(row.state, attempt.id)):
                return None, ()  # the same message or form again; a kept program may have been refused before
            if is_try(row.state, number) and await self._next_submission(connection, row, moment) is not None:
                return None, (Reply.ENOUGH_TODAY,)
            return Answered(at=moment, by=by, turn=number, attempt=attempt.id), ()

        return await self._commit(round_id, change)

    @staticmethod
    async def _turn_seen(connection: AsyncConnection, row: RoundRow[State], message_id: int) -> int:
        """The newest turn whose question stood in the channel before the message (ids grow with time).

        Two messages typed in a row both answer the same question: the second is not for a follow-up that the
        person had not seen.
        """
        shown = await rounds.messages_of(connection, row.id)
        for number in range(row.state.turn, 0, -1):
            asked = shown.get(DialoguePost(PostKind.ASK, number, "").key)
            if asked is not None and asked.message_id is not None and asked.message_id < message_id:
                return number
        return 0

    async def accept_draft(self, round_id: int, *, by: int, turn: int) -> Outcome[State, Reply]:
        """The short answer of this turn counts as it is."""

        async def change(_: AsyncConnection, row: RoundRow[State]) -> Change:
            turns = row.state.turns
            draft = turns[turn].draft if 0 <= turn < len(turns) else None
            if draft is None:
                return None, (Reply.STALE,)
            return Answered(at=self.clock.now(), by=by, turn=turn, attempt=draft), ()

        return await self._commit(round_id, change)

    async def hint(self, round_id: int, *, by: int, turn: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: HintAsked(at, by, turn))

    async def skip(self, round_id: int, *, by: int, turn: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: Skipped(at, by, turn))

    async def give_up(self, round_id: int, *, by: int, turn: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: GaveUp(at, by, turn))

    async def advance(self, round_id: int, *, by: int, turn: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: Advanced(at, by, turn))

    async def stop(self, round_id: int, *, by: int | None) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: Stopped(at, by))

    async def rate_self(self, round_id: int, *, by: int, band: int) -> Outcome[State, Reply]:
        return await self.act(round_id, lambda _, at: SelfRated(at, by, band))

    @staticmethod
    def _given(row: RoundRow[State], number: int, text: str, *, typed: bool) -> str | None:
        """The answer as it is kept: cut to the limit, NUL-free; for a choice the option's id (None: no option)."""
        item = row.state.items[row.state.turns[number].item]
        if item.order:
            return _option(item, text, typed=typed)
        if is_try(row.state, number):
            return tidy(text)
        return text.replace("\0", "").strip()[:ANSWER_LIMIT]

    async def regrade(
        self, round_id: int, item: int, user: int, grades: Sequence[tuple[int, Grade]], corrected: Corrected
    ) -> bool:
        """Stores better grades of an item's answers (attempt and grade, the last one counts); whether they are better.

        `corrected` notes the new score in the same transaction.
        """

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            state, best = row.state.item_states[item], grades[-1][1]
            if not (state.done and state.judged) or best.score <= (state.score or 0.0):
                return None, (Reply.STALE,)
            for attempt, grade in grades:
                await rounds.set_grade(connection, attempt, encode(grade), grade.score)
            await corrected(connection, best)
            return Regraded(self.clock.now(), None, user, item, best.score, best.band), ()

        return not (await self._commit(round_id, change)).replies

    # Programs

    async def keep(self, round_id: int, *, by: int, turn: int, text: str, source: str) -> Kept:
        """Keeps what the owner of a code round sent without submitting it. Raises NoRoundError."""
        async with self.store.write() as connection:
            row = await rounds.load(connection, DIALOGUE, round_id)
            if row is None:
                raise NoRoundError
            if by != row.owner_id:
                return Kept(row, None, (Reply.NOT_YOURS,))
            if not 0 <= turn < len(row.state.turns):
                return Kept(row, None, (Reply.STALE,))
            task_open = open_task(row.state, turn)
            number = row.state.turn if task_open else turn
            hints = row.state.item_states[row.state.turns[number].item].hints
            attempt, _ = await rounds.add_attempt(
                connection,
                row.id,
                row.state.items[row.state.turns[number].item],
                turn=number,
                user_id=by,
                source=source,
                text=text,
                hints=hints,
                at=self.clock.now(),
            )
            over = Reply.FINISHED if row.state.phase is Phase.FINISHED else Reply.STALE
            return Kept(row, attempt, () if task_open else (over,))

    async def run_samples(self, kept: Kept, watch: Watch | None = None) -> SamplesCard:
        """What the samples say to a program that was kept; nothing is scored."""
        assert kept.attempt is not None
        record = await self.record(kept.row.id)
        task = record.task(record.state.turns[kept.attempt.turn].item)
        judged = await self._judge.judge(
            task, kept.attempt.text, person=kept.row.owner_id, samples_only=True, watch=watch
        )
        return SamplesCard(
            round_id=kept.row.id,
            turn=kept.attempt.turn,
            attempt=kept.attempt.id,
            task=task,
            verdict=without_private(judged.verdict),
            files=pictures(judged.pictures),
        )

    async def submit_kept(self, round_id: int, *, by: int, turn: int, attempt: int) -> Outcome[State, Reply]:
        """Submits a program that was only run on the samples; pressed twice, it is submitted once."""
        async with self.store.read() as connection:
            found = await rounds.attempt(connection, attempt)
        if found is None or found.round_id != round_id or found.user_id != by:
            return Outcome(await self.load(round_id), (Reply.NOT_YOURS,))
        return await self.answer(round_id, by=by, text=found.text, source=f"attempt:{attempt}", turn=turn)

    async def next_submission(self, round_id: int) -> datetime | None:
        """When the next submission is possible; None: now."""
        row = await self.load(round_id)
        async with self.store.read() as connection:
            return await self._next_submission(connection, row, self.clock.now())

    async def _next_submission(
        self, connection: AsyncConnection, row: RoundRow[State], now: datetime
    ) -> datetime | None:
        """A task with a metric takes so many submissions in 24 hours, also over several rounds."""
        if row.format != Format.CHALLENGE:
            return None
        record = await record_of(connection, self.bank, row)
        task = record.task(row.state.current.item)
        if task.score is None:
            return None
        sent = await rounds.scored_since(connection, row.owner_id, task.id, now - DAY)
        verdicts = [(attempt.created_at, decode(attempt.grade).code) for attempt in sent if attempt.grade]
        times = [at for at, verdict in verdicts if verdict is not None and verdict.code is not Code.CE]
        return times[-task.score.per_day] + DAY if len(times) >= task.score.per_day else None

    # Carrying out

    async def _settle(self, round_id: int) -> tuple[RoundRow[State], Callable[[DialoguePost], AnyCard]] | None:
        record = await self._graded(round_id)
        return (record.row, await self._content(record)) if record is not None else None

    async def _content(
        self, record: RoundRecord, progress: Progress | None = None
    ) -> Callable[[DialoguePost], AnyCard]:
        facts = await self._facts(record)
        return lambda post: card(record, post, facts, progress)

    def _slow(self, state: State) -> bool:
        return state.phase is Phase.GRADING and state.trying

    async def _graded(self, round_id: int) -> RoundRecord | None:
        """The round once nothing in it waits for a grade."""
        while True:
            async with self.store.read() as connection:
                record = await load_record(connection, self.bank, round_id)
            owed = pending(record.state).grade if record else None
            if record is None or owed is None:
                return record
            if record.state.trying:
                await self._judged(record, owed)
                continue
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
        return await graded(answer.row.text, question, context, f"round {record.row.id} turn {turn}")

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
        row = await self.load(round_id)
        record = await self.record(round_id) if row.kind is Kind.CODE else None

        async def change(connection: AsyncConnection, _: RoundRow[State]) -> Change:
            coded = record.with_grade(attempt, grade) if record is not None else None
            result = result_of_followup(coded) if coded is not None else result_of(grade)
            if grade is not None:
                await rounds.set_grade(connection, attempt, encode(grade), grade.score)
            return Graded(self.clock.now(), None, turn, attempt, result), ()

        await self._commit(round_id, change)

    # Judging

    async def _judged(self, record: RoundRecord, owed: OwedGrade) -> None:
        """Gets the verdict on a submission, showing how it goes when that takes a while."""
        answer = record.answer(owed.turn)
        task = record.task(record.state.turns[owed.turn].item)
        progress = [Progress()]
        code = answer.row.text if answer else ""  # the person was erased in between
        judging = asyncio.create_task(self._judge.judge(task, code, person=record.row.owner_id, watch=progress.append))
        shown: Progress | None = None
        try:
            while not judging.done():
                await asyncio.wait({judging}, timeout=PATIENCE if shown is None else BETWEEN)
                if not judging.done() and progress[-1] != shown:
                    await self._show_progress(record, owed.turn, progress[-1], first=shown is None)
                    shown = progress[-1]
            judged = judging.result()
        finally:
            judging.cancel()
        await self._save_verdict(record, owed, judged)

    async def _show_progress(self, record: RoundRecord, turn: int, progress: Progress, *, first: bool) -> None:
        """Says where a submission stands; that it cannot be said now holds up no verdict."""
        try:
            if first:
                await self._show(record.row, await self._content(record, progress))
                return
            row = await self.load(record.row.id)
            if row.seq != record.row.seq:
                return  # another process has the verdict, and has shown it
            post = next(
                post for post in posts(record.state) if post.key == DialoguePost(PostKind.VERDICT, turn, "").key
            )
            async with self.store.read() as connection:
                have = (await rounds.messages_of(connection, record.row.id)).get(post.key)
            if have is not None and have.message_id is not None:
                ref = MessageRef(have.channel_id, have.message_id)
                await self._poster.edit(record.row.place, record.row.id, ref, card(record, post, None, progress))
        except PostError as error:
            _log.info("round %s: progress is not shown: %s", record.row.id, error)

    async def _save_verdict(self, record: RoundRecord, owed: OwedGrade, judged: Judged) -> None:
        verdict = judged.verdict
        fault = verdict.code is Code.IE or not math.isfinite(verdict.score)
        grade = Grade(score=0.0 if fault else verdict.score, band=1, code=verdict)
        result = result_of_submission(record.with_grade(owed.attempt, grade), owed.turn, verdict)

        async def change(connection: AsyncConnection, row: RoundRow[State]) -> Change:
            if pending(row.state).grade != owed:
                return None, ()  # stopped, or judged by another process
            await rounds.set_grade(connection, owed.attempt, encode(grade), None if fault else verdict.score)
            await rounds.keep_pictures(connection, owed.attempt, judged.pictures)
            return Graded(self.clock.now(), None, owed.turn, owed.attempt, result), ()

        await self._commit(record.row.id, change)

    async def _facts(self, record: RoundRecord) -> Facts | None:
        """What the current task's card says beyond its file; None for other rounds, and where it cannot be known."""
        if record.row.kind is not Kind.CODE:
            return None
        try:
            return await self._judge.facts(record.task(record.state.current.item))
        except UserError as error:
            _log.warning("round %s: the task is shown without its limits: %s", record.row.id, error)
            return None

    # Where a round lives

    async def open_in(self, channel_id: int, user_id: int) -> RoundRow[State] | None:
        """The person's open round in a channel."""
        async with self.store.read() as connection:
            found = await rounds.open_rounds(connection, DIALOGUE, owner=user_id, channel=channel_id)
        return found[0] if found else None

    async def open_of(self, user_id: int) -> list[RoundRow[State]]:
        """The person's open rounds everywhere, newest first."""
        async with self.store.read() as connection:
            return await rounds.open_rounds(connection, DIALOGUE, owner=user_id)

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
            row = await rounds.load(connection, DIALOGUE, round_id)
            if row is None:
                raise NoRoundError
            mine = await rounds.open_rounds(connection, DIALOGUE, owner=row.owner_id, channel=place.channel_id)
            for other in mine:
                if other.id != round_id:
                    raise UserError(
                        f"There is another open {other.kind.value} round of yours where this one would go. "
                        "End it first: **/round stop**, used there."
                    )
            if place.server_id is not None and await servers.is_blocked(connection, place.server_id, row.owner_id):
                raise UserError("The moderators of this server have blocked you from playing rounds here.")
            await rounds.move(connection, round_id, place)
            await rounds.forget_messages(connection, round_id, [post.key for post in latest(row.state)])

    async def report(self, round_id: int, *, by: int, turn: int, text: str) -> int:
        """Keeps what a person says is wrong with a question; returns the report's number. Raises NoRoundError."""
        row = await self.load(round_id)
        item = row.state.items[row.state.turns[turn].item if 0 <= turn < len(row.state.turns) else 0]
        return await self.report_item(round_id, by=by, item=item, text=text)

    async def report_item(self, round_id: int, *, by: int, item: Item, text: str) -> int:
        """The same of any question of any round."""
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

    async def _find_typed(self, row: RoundRow[State]) -> None:
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
        record = await self.record(row.id) if row.state.trying else None
        for sent in typed:
            source, turn, text = f"message:{sent.message_id}", row.state.turn, sent.text
            try:
                if record is not None:
                    entry = record.task(row.state.current.item).entry
                    program = tidy(sent.program) if sent.program is not None else code_in(sent.text, entry)
                    if not program:
                        await self.keep(row.id, by=row.owner_id, turn=turn, text=text[:ANSWER_LIMIT], source=source)
                        continue
                    text = program
                # All of it was typed before anything asked later was seen.
                outcome = await self.answer(row.id, by=row.owner_id, text=text, source=source, turn=turn, at=sent.at)
            except UserError as error:
                _log.info("round %s: a message sent meanwhile is no answer: %s", row.id, error)
                continue
            if not outcome.replies:
                await self._go_on(row.id)


def _taken(state: State, attempt: int) -> bool:
    """Whether an attempt is already the answer of a turn."""
    return any(attempt in {turn.attempt, turn.draft} for turn in state.turns)


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
