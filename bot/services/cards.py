"""What a round's messages say, without how Discord shows it: `card` turns a post of the engine into a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.rounds.dialogue import DialoguePost, Outcome, Phase, PostKind, is_try, outcome_of
from bot.rounds.events import Kind, Mode
from bot.services.code_cards import CardFile, TaskCard, VerdictCard, task_card, verdict_card
from bot.services.code_report import SOLUTION, CodeReport, report, submissions
from bot.services.draft_defaults import FOLLOW_UPS
from bot.services.hints import next_hint, taken_hints
from bot.services.judging import Facts, Progress
from bot.services.record import RoundRecord
from bot.store.rounds import Surface
from grader.code.verdict import Code
from grader.grade import Gate, Grade, Row
from grader.text.followup import as_question
from grader.text.score import band_of
from questions.code_task import CodeTask
from questions.expression import fill
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, KeyPoint, Level, MultipleChoice, Numeric, Tier
from questions.taxonomy import taxonomy

BAND_NAMES = {1: "strong no", 2: "leaning no", 3: "leaning yes", 4: "strong yes"}


@dataclass(frozen=True)
class OptionLine:
    """An option of a multiple-choice question as it is shown."""

    letter: str
    id: str
    text: str


@dataclass(frozen=True)
class AskCard:
    """A question or a follow-up."""

    round_id: int
    turn: int
    kind: Kind
    mode: Mode
    surface: Surface
    in_server: bool
    number: int
    """1-based number of the question."""
    total: int
    topic: str
    level: Level
    difficulty: int
    prompt: str
    options: tuple[OptionLine, ...]
    unit: str | None
    """The unit of a numeric question; None for other kinds."""
    hints: tuple[str, ...]
    """The hints taken so far."""
    next_hint: str | None
    """What the next hint costs; None when there is none."""
    deadline: datetime | None
    outcome: Outcome | None
    reading: bool
    chosen: str | None
    """The option that was chosen."""
    followup: str | None
    followup_number: int
    so_far: Grade | None
    """The grade before this follow-up."""
    first: bool
    """The first message of the round, which says how to answer."""


@dataclass(frozen=True)
class ExpandCard:
    """The answer was too little to grade: send a better one, or leave it so."""

    round_id: int
    turn: int
    kind: Kind
    gate: Gate | None
    words: int
    open: bool


@dataclass(frozen=True)
class FeedbackCard:
    """What was found in the answers to one question."""

    round_id: int
    turn: int
    kind: Kind
    mode: Mode
    level: Level
    number: int
    total: int
    topic: str
    question: AnyQuestion
    outcome: Outcome
    grade: Grade | None
    score: float | None
    """None when the grader failed."""
    band: int
    hidden: bool
    """An exam that is not over: nothing is shown yet."""
    next: bool
    """The person may go on to the next question."""
    variant: int
    options: tuple[OptionLine, ...]
    """The options of a multiple-choice question in the order in which they were shown."""
    next_step: str | None
    code: CodeReport | None = None
    """Of a code task."""
    files: tuple[CardFile, ...] = ()


@dataclass(frozen=True)
class SummaryLine:
    number: int
    topic: str
    prompt: str
    score: float | None
    outcome: Outcome | None
    """How the question itself ended, whatever became of its follow-ups; None: never asked."""
    hints: int
    followups: int
    submissions: int = 0
    """Of a code task."""


@dataclass(frozen=True)
class Moment:
    """A quoted best moment and the point it made."""

    quote: str
    claim: str


@dataclass(frozen=True)
class Gap:
    """Something missed and the question that exposes it."""

    claim: str
    probe: str
    topic: str


@dataclass(frozen=True)
class SummaryCard:
    round_id: int
    turn: int
    kind: Kind
    mode: Mode
    level: Level
    topic: str | None
    stopped: bool
    score: float | None
    band: int
    """1–4; of a round with one question its band, with the gates that apply to it."""
    lines: tuple[SummaryLine, ...]
    moments: tuple[Moment, ...]
    gaps: tuple[Gap, ...]
    review: tuple[str, ...]
    """Names of the topics to review, the weakest first."""
    story: Grade | None
    """A behavioral round's grade."""
    anchors: tuple[str, ...]
    """What 1, 2, 3, 4 look like for the competency; empty for other rounds."""
    scope: str
    self_rating: int | None


Card = AskCard | TaskCard | ExpandCard | VerdictCard | FeedbackCard | SummaryCard


def card(record: RoundRecord, post: DialoguePost, facts: Facts | None = None, progress: Progress | None = None) -> Card:
    """The card of a post. Code tasks also show `facts`, and the `progress` of what is being judged."""
    match post.kind:
        case PostKind.ASK if is_try(record.state, post.turn):
            return task_card(record, post, facts)
        case PostKind.ASK:
            return _ask(record, post.turn)
        case PostKind.VERDICT:
            return verdict_card(record, post, progress)
        case PostKind.EXPAND:
            return _expand(record, post)
        case PostKind.FEEDBACK:
            return feedback(record, post.turn)
        case PostKind.SUMMARY:
            return summary(record)
        case _:
            assert_never(post.kind)


def prompt_of(question: AnyQuestion, variant: int) -> str:
    """The prompt as it was asked: a numeric template with its numbers filled in."""
    return fill(question.prompt, question.draw(variant)) if isinstance(question, Numeric) else question.prompt


def options_of(question: AnyQuestion, order: Sequence[str]) -> tuple[OptionLine, ...]:
    """The options in the order in which they are shown; empty for other kinds of question."""
    if not isinstance(question, MultipleChoice):
        return ()
    texts = {option.id: option.text for option in question.options}
    return tuple(OptionLine("ABCDE"[index], key, texts[key]) for index, key in enumerate(order))


def _ask(record: RoundRecord, number: int) -> AskCard:
    state = record.state
    turn = state.turns[number]
    item = state.items[turn.item]
    question = record.question(turn.item)
    answer = record.answer(number)
    followups = [t for t in record.turns(turn.item) if t <= number]
    current = number == state.turn
    coded = isinstance(question, CodeTask)  # its hints were about the code
    return AskCard(
        round_id=record.row.id,
        turn=number,
        kind=state.kind,
        mode=state.mode,
        surface=record.row.place.surface,
        in_server=record.row.place.server_id is not None,
        number=turn.item + 1,
        total=len(state.items),
        topic=taxonomy().name(question.topic),
        level=state.level,
        difficulty=question.difficulty.level,
        prompt=prompt_of(question, item.variant),
        options=options_of(question, item.order),
        unit=question.unit if isinstance(question, Numeric) else None,
        hints=() if coded else taken_hints(record, turn.item),
        next_hint=None if coded else next_hint(record, turn.item),
        deadline=turn.deadline,
        outcome=turn.outcome,
        reading=current and state.phase is Phase.GRADING,
        chosen=answer.row.text if answer and isinstance(question, MultipleChoice) else None,
        followup=record.probe(number),
        followup_number=sum(state.turns[t].probe is not None for t in followups),
        so_far=record.grade(turn.item, before=number) if state.mode is Mode.PRACTICE and not coded else None,
        first=number == 0,
    )


def _expand(record: RoundRecord, post: DialoguePost) -> ExpandCard:
    draft = record.state.turns[post.turn].draft
    answer = record.answers.get(draft) if draft is not None else None
    return ExpandCard(
        round_id=record.row.id,
        turn=post.turn,
        kind=record.state.kind,
        gate=answer.grade.gate if answer and answer.grade else None,
        words=len(answer.row.text.split()) if answer else 0,
        open=post.face == "open",
    )


def feedback(record: RoundRecord, number: int) -> FeedbackCard:
    """The feedback on the item whose last turn is `number`."""
    state = record.state
    turn = state.turns[number]
    question = record.question(turn.item)
    item = state.item_states[turn.item]
    grade = record.grade(turn.item)
    # The question itself is no news: it was asked just now.
    gaps = [gap for gap in _gaps(question, grade, state.level) if gap[1].probe != question.prompt]
    outcome = turn.outcome or Outcome.STOPPED
    coded = None
    if isinstance(question, CodeTask):
        coded, grade, outcome = report(record, turn.item), None, outcome_of(state, turn.item)
        gaps = _code_gaps(coded, state.level)
    told = coded is not None and outcome is Outcome.GAVE_UP
    return FeedbackCard(
        round_id=record.row.id,
        turn=number,
        kind=state.kind,
        mode=state.mode,
        level=state.level,
        number=turn.item + 1,
        total=len(state.items),
        topic=taxonomy().name(question.topic),
        question=question,
        outcome=outcome,
        grade=grade,
        score=item.score if item.judged else None,
        band=item.band or 1,
        hidden=state.mode is Mode.EXAM and state.phase is not Phase.FINISHED,
        next=number == state.turn and state.phase is Phase.REVIEWING,
        variant=state.items[turn.item].variant,
        options=options_of(question, state.items[turn.item].order),
        next_step=max(gaps, key=lambda entry: entry[0])[1].probe if gaps else None,
        code=coded,
        files=(CardFile(SOLUTION, coded.task.solution.encode()),) if coded and told else (),
    )


def summary(record: RoundRecord) -> SummaryCard:
    """The end of a round: what it was worth, two best moments, three gaps, what to review."""
    state = record.state
    lines: list[SummaryLine] = []
    rows: list[tuple[Row, AnyQuestion]] = []
    gaps: list[tuple[float, Gap]] = []
    bands: list[int] = []
    weak: list[tuple[float, str]] = []
    for index, item in enumerate(state.items):
        question = record.question(index)
        numbers = record.turns(index)
        item_state = state.item_states[index]
        grade = record.grade(index)
        lines.append(
            SummaryLine(
                number=index + 1,
                topic=taxonomy().name(question.topic),
                prompt=question.title if isinstance(question, CodeTask) else prompt_of(question, item.variant),
                score=item_state.score if item_state.judged and item_state.done else None,
                outcome=_ended(record, index),
                hints=item_state.hints,
                followups=sum(state.turns[number].probe is not None for number in numbers),
                submissions=len(submissions(record, index)) if isinstance(question, CodeTask) else 0,
            )
        )
        if not (item_state.done and item_state.judged):
            continue
        bands.append(item_state.band or 1)
        if isinstance(question, CodeTask):
            coded = report(record, index)
            for answered in coded.followups:
                asked = as_question(question, answered.followup)
                rows += [(row, asked) for row in (answered.grade.rows if answered.grade else ())]
            gaps += _code_gaps(coded, state.level)
            grade = None
        if lines[-1].outcome is Outcome.GAVE_UP:
            grade = None  # the answer was told: what a short first attempt earned is void
        if grade is not None:
            rows += [(row, question) for row in grade.rows]
        if not isinstance(question, CodeTask):
            gaps += _gaps(question, grade, state.level)
        if (item_state.score or 0.0) < 0.6:
            weak.append((item_state.score or 0.0, taxonomy().name(question.topic)))
    best = sorted(
        (row for row, asked in rows if row.span and row.credit > 0 and isinstance(asked, FreeText | Behavioral)),
        key=lambda row: (row.credit * row.factor * row.weight, len(row.span.text) if row.span else 0),
        reverse=True,
    )
    first = record.question(0)
    story = first if isinstance(first, Behavioral) else None
    return SummaryCard(
        round_id=record.row.id,
        turn=state.turn,
        kind=state.kind,
        mode=state.mode,
        level=state.level,
        topic=taxonomy().name(record.row.topic) if record.row.topic else None,
        stopped=state.stopped,
        score=state.score,
        band=bands[0] if len(bands) == 1 else band_of(state.score or 0.0),
        lines=tuple(lines),
        moments=_distinct(best),
        gaps=tuple(gap for _, gap in sorted(gaps, key=lambda entry: -entry[0])[:3]),
        review=tuple(dict.fromkeys(name for _, name in sorted(weak))),
        story=record.grade(0) if story else None,
        anchors=tuple(story.anchors[band] for band in (1, 2, 3, 4)) if story else (),
        scope=story.level_scope[state.level] if story else "",
        self_rating=state.self_rating,
    )


def _ended(record: RoundRecord, item: int) -> Outcome | None:
    """How an item ended; None for one that was never asked, or is open."""
    state = record.state
    own = [turn for turn in state.turns if turn.item == item and turn.probe is None]
    return outcome_of(state, item) if own and own[-1].outcome is not None else None


def _code_gaps(coded: CodeReport, level: Level) -> list[tuple[float, Gap]]:
    """What the code fails on, and what the answers to the follow-ups missed."""
    answered = {report.followup.id: report.grade for report in coded.followups}
    failing: list[tuple[float, Gap]] = []
    if coded.best is not None and not coded.result.accepted:
        topic = taxonomy().name(coded.task.topic)
        failed = [case for group in coded.best.groups for case in group.cases if case.code is not Code.AC]
        failing = [
            (WRONG, Gap(f"The code does not yet handle: {why}", hint or "Which input would show it?", topic))
            for why, hint in {case.why: case.hint for case in failed}.items()
        ]
    return failing[:2] + [
        gap
        for followup in coded.task.followups
        for gap in _gaps(as_question(coded.task, followup), answered.get(followup.id), level)
    ]


def _distinct(rows: Sequence[Row]) -> tuple[Moment, ...]:
    """The two best moments that do not quote the same words."""
    found: list[Moment] = []
    for row in rows:
        if row.span is not None and all(row.span.text not in other.quote for other in found):
            found.append(Moment(row.span.text, row.claim))
        if len(found) == 2:
            break
    return tuple(found)


WRONG, EXPECTED_CORE, EXPECTED_DEPTH = 30.0, 20.0, 10.0
"""How much a gap matters: a misconception first, then core points, then depth; weights decide within."""


def _gaps(question: AnyQuestion, grade: Grade | None, level: Level) -> list[tuple[float, Gap]]:
    """What was missed, each with how much it matters."""
    topic = taxonomy().name(question.topic)
    if isinstance(question, FreeText):
        earned = {row.id: row.credit for row in grade.rows} if grade else {}
        found = grade.findings if grade else ()
        wrong = [
            (WRONG + f.penalty, Gap(f.why_wrong, f"Is it true that {_lower(f.claim)}", topic))
            for f in found
            if not f.corrected
        ]
        expected = {Tier.CORE: EXPECTED_CORE}
        if level is not Level.JUNIOR:
            expected[Tier.DEPTH] = EXPECTED_DEPTH
        return wrong + [
            (expected[point.tier] + point.weight, Gap(point.claim, _asked(point, question), topic))
            for point in question.key_points
            if point.tier in expected and earned.get(point.id, 0.0) < 1
        ]
    if grade is not None and grade.score >= 0.8:
        return []
    if isinstance(question, MultipleChoice):
        return [(EXPECTED_CORE, Gap(question.takeaway, question.prompt, topic))]
    if isinstance(question, Numeric):
        again = "Work it through once more with other numbers."
        return [(EXPECTED_CORE, Gap(question.takeaway, again, topic))]
    if isinstance(question, Behavioral) and grade is not None and grade.star is not None:
        return [
            (EXPECTED_CORE - order, Gap(question.look_for[part], question.probes[part][0], topic))
            for order, part in enumerate(grade.star.missing)
        ]
    return []


def _asked(point: KeyPoint, question: FreeText) -> str:
    """What shows that a point is missing: its follow-up, or the question where that one would fit every point."""
    return question.prompt if point.followup in FOLLOW_UPS else point.followup


def _lower(claim: str) -> str:
    """A claim inside a sentence, ending as a question; acronyms keep their capitals."""
    first = claim[:1].lower() + claim[1:] if claim[1:2].islower() else claim
    return first.rstrip(".") + "?"
