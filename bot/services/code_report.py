"""What a code round has come to: its submissions, their score, and the answers to the follow-ups."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.rounds.code_score import CodeScore, Try, code_score
from bot.rounds.dialogue import Outcome, is_try
from bot.rounds.events import Result
from bot.services.record import Answer, RoundRecord
from grader.code.verdict import Code, CodeVerdict
from grader.grade import UNSCORED, Grade
from questions.code_task import CodeKind, CodeTask, FollowUp

SOLUTION, EDITORIAL = "solution.py", "editorial.md"


@dataclass(frozen=True)
class Submission:
    """One scored submission and the turn that it took."""

    turn: int
    answer: Answer
    verdict: CodeVerdict


@dataclass(frozen=True)
class FollowUpReport:
    """A follow-up that was asked, and what its answer earned."""

    followup: FollowUp
    outcome: Outcome | None
    grade: Grade | None
    """None: not answered, or our fault."""
    answered: bool


@dataclass(frozen=True)
class CodeReport:
    """A task at its end."""

    task: CodeTask
    result: CodeScore
    submissions: int
    best: CodeVerdict | None
    """The verdict that counts."""
    hints: int
    """Taken in all."""
    followups: tuple[FollowUpReport, ...]

    @property
    def predict(self) -> bool:
        return self.task.kind is CodeKind.PREDICT


def verdict_of(answer: Answer | None) -> CodeVerdict | None:
    return answer.grade.code if answer and answer.grade else None


def submissions(record: RoundRecord, item: int) -> list[Submission]:
    """The scored submissions on a task, in order."""
    found: list[Submission] = []
    for turn in record.turns(item):
        answer = record.answer(turn)
        verdict = verdict_of(answer)
        if is_try(record.state, turn) and answer and verdict and verdict.code is not Code.IE:
            found.append(Submission(turn, answer, verdict))
    return found


def tried(answer: Answer, verdict: CodeVerdict) -> Try:
    """A submission as its score is computed from."""
    ran = bool(verdict.groups)  # what cannot even be loaded has not come to the samples
    samples = ran and all(group.passed == len(group.cases) for group in verdict.groups if group.sample)
    counted = verdict.code not in {Code.AC, Code.CE, Code.IE} and samples and verdict.metric is None
    return Try(verdict.score, answer.row.hints, verdict.accepted, counted)


def followup_reports(record: RoundRecord, item: int) -> tuple[FollowUpReport, ...]:
    """The follow-ups that were asked on a task, in order."""
    known = {followup.id: followup for followup in record.task(item).followups}
    found: list[FollowUpReport] = []
    for number in record.turns(item):
        turn = record.state.turns[number]
        if turn.probe in known:
            answer = record.answer(number)
            grade = answer.grade if answer else None
            found.append(FollowUpReport(known[turn.probe], turn.outcome, grade, turn.attempt is not None))
    return tuple(found)


def score_of(record: RoundRecord, item: int) -> CodeScore:
    """The score of a task as it stands."""
    planned = min(len(record.task(item).followups), record.state.policy.followups)
    answers = [_earned(report) for report in followup_reports(record, item)]
    return code_score([tried(sent.answer, sent.verdict) for sent in submissions(record, item)], answers, planned)


def _earned(report: FollowUpReport) -> float | None:
    """What a follow-up earned; None where we could not grade what was answered."""
    if report.grade is None:
        return None if report.answered else 0.0
    return None if report.grade.gate in UNSCORED else report.grade.score


def result_of_submission(record: RoundRecord, turn: int, verdict: CodeVerdict) -> Result:
    """What the engine needs of a verdict; `record` already holds it."""
    item = record.state.turns[turn].item
    if verdict.code is Code.IE:
        return Result(score=None, band=1, retry=True)
    task, score = record.task(item), score_of(record, item)
    over = verdict.accepted and task.kind is not CodeKind.PREDICT
    planned = tuple(followup.id for followup in task.followups) if score.accepted else ()
    return Result(score.score, score.band, planned, retry=not over)


def result_of_followup(record: RoundRecord) -> Result:
    """What the engine needs of the grade of the current follow-up: the score of the whole task with it."""
    item = record.state.current.item
    score = score_of(record, item)
    return Result(score.score, score.band, tuple(followup.id for followup in record.task(item).followups))


def report(record: RoundRecord, item: int) -> CodeReport:
    task = record.task(item)
    result = score_of(record, item)
    sent = submissions(record, item)
    return CodeReport(
        task=task,
        result=result,
        submissions=len(sent),
        best=sent[result.best].verdict if result.best is not None else None,
        hints=record.state.item_states[item].hints,
        followups=followup_reports(record, item),
    )


def defines(entry: str, text: str) -> bool:
    """Whether a text looks like a program that defines `entry`."""
    pattern = rf"^(?:async\s+)?(?:def|class)\s+{re.escape(entry)}\b|^{re.escape(entry)}\s*=(?!=)"
    return re.search(pattern, text, re.MULTILINE) is not None


def last_code(record: RoundRecord, item: int) -> str:
    """The program that the person sent last, for a verdict or to the samples; the starter before the first."""
    task = record.task(item)
    turns = {number for number in record.turns(item) if is_try(record.state, number)}
    sent = [answer.row.text for answer in record.answers.values() if answer.row.turn in turns]
    return next((text for text in reversed(sent) if defines(task.entry, text)), task.starter)
