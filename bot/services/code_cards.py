"""The cards of code rounds: the task, and what became of each submission."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rounds.dialogue import RUNNING, DialoguePost, Outcome, Phase, is_try, open_task, outcome_of
from bot.rounds.events import Mode
from bot.services.code_report import score_of, submissions, verdict_of
from bot.services.hints import next_hint, taken_hints
from bot.services.judging import Facts, Progress, without_private
from bot.services.record import RoundRecord
from bot.store.rounds import Surface
from grader.code.verdict import Code, CodeVerdict
from questions.code_task import CodeKind, CodeTask
from questions.model import Level
from questions.taxonomy import taxonomy

STARTER = "starter.py"


@dataclass(frozen=True)
class CardFile:
    """A file that stands on a card."""

    name: str
    content: bytes
    description: str = ""


@dataclass(frozen=True)
class TaskCard:
    """A code task. It stays through all submissions."""

    round_id: int
    turn: int
    mode: Mode
    surface: Surface
    in_server: bool
    number: int
    """1-based."""
    total: int
    topic: str
    level: Level
    task: CodeTask
    facts: Facts | None
    """None where the task could not be built just now."""
    hints: tuple[str, ...]
    next_hint: str | None
    deadline: datetime | None
    outcome: Outcome | None
    """None while the task is open."""
    files: tuple[CardFile, ...]


@dataclass(frozen=True)
class VerdictCard:
    """What became of one submission."""

    round_id: int
    turn: int
    mode: Mode
    surface: Surface
    task: CodeTask
    attempt: int
    """1-based number of the submission; those that failed through our fault are not counted."""
    running: bool
    progress: Progress
    """Of a submission that is running."""
    verdict: CodeVerdict | None
    """None while it is running, and where the round was stopped before."""
    open: bool
    """Whether the task takes another submission, with the buttons for it."""
    next_hint: str | None
    best: float | None
    """What the task is worth if it is left now, 0–1; None without any scored submission."""
    passed: bool
    """Of a predict task: whether any submission has passed."""
    followups: int
    """How many questions follow now that the code is accepted."""
    files: tuple[CardFile, ...]
    """Pictures: the submission's, the reference's."""

    @property
    def predict(self) -> bool:
        return self.task.kind is CodeKind.PREDICT


def pictures(found: Sequence[bytes]) -> tuple[CardFile, ...]:
    """The pictures that belong to a verdict, as files."""
    names = ("yours.png", "reference.png")
    return tuple(CardFile(name, png) for name, png in zip(names, found, strict=False))


def task_card(record: RoundRecord, post: DialoguePost, facts: Facts | None) -> TaskCard:
    state = record.state
    item = state.turns[post.turn].item
    task = record.task(item)
    is_open = open_task(state, post.turn)
    files = [CardFile(STARTER, task.starter.encode(), "what you begin with")]
    files += [CardFile(name, content, f"{len(content):,} bytes") for name, content in (facts.tables if facts else ())]
    return TaskCard(
        round_id=record.row.id,
        turn=post.turn,
        mode=state.mode,
        surface=record.row.place.surface,
        in_server=record.row.place.server_id is not None,
        number=item + 1,
        total=len(state.items),
        topic=taxonomy().name(task.topic),
        level=state.level,
        task=task,
        facts=facts,
        hints=taken_hints(record, item),
        next_hint=next_hint(record, item),
        deadline=state.current.deadline if is_open else None,
        outcome=None if is_open else outcome_of(state, item),
        files=tuple(files),
    )


def verdict_card(record: RoundRecord, post: DialoguePost, progress: Progress | None = None) -> VerdictCard:
    state = record.state
    turn = state.turns[post.turn]
    answer = record.answer(post.turn)
    verdict = verdict_of(answer)
    running = post.face == RUNNING
    is_open = post.face.startswith("open")
    earlier = [sent for sent in submissions(record, turn.item) if sent.turn < post.turn]
    result = score_of(record, turn.item)
    # Only what is still to be asked right after this verdict; the card keeps its words afterwards.
    accepted = verdict is not None and verdict.code is Code.AC and record.task(turn.item).kind is not CodeKind.PREDICT
    planned = min(len(record.task(turn.item).followups), state.policy.followups)
    return VerdictCard(
        round_id=record.row.id,
        turn=post.turn,
        mode=state.mode,
        surface=record.row.place.surface,
        task=record.task(turn.item),
        attempt=len(earlier) + 1,
        running=running,
        progress=progress or Progress(),
        verdict=without_private(verdict) if verdict and not running else None,
        open=is_open,
        next_hint=next_hint(record, turn.item) if is_open else None,
        best=result.score if is_open and result.best is not None else None,
        passed=is_open and result.accepted,
        followups=planned if accepted else 0,
        files=pictures(record.pictures.get(answer.row.id, ())) if answer and not running else (),
    )


def waits_for_code(record: RoundRecord) -> bool:
    """Whether what the person sends now is a program."""
    state = record.state
    return state.phase in {Phase.ASKING, Phase.GRADING} and is_try(state, state.turn)
