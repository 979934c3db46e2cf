"""Questions to care for: the shipped templates, written into servers by the real services."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.services.banks import Banks
from bot.services.drafts import Draft, Kind
from bot.services.lab import BankLab
from bot.services.question_admin import QuestionAdmin
from bot.services.question_drafts import Outcome
from bot.services.ratings import Ratings
from bot.store.engine import Store
from bot.store.server_questions import QuestionRow, State
from questions import intake
from questions.bank import Bank
from questions.kinds import AnyQuestion
from tests.clock import ManualClock
from tests.services.scripted import ScriptedJudge

SERVER, OTHER_SERVER = 710_000_000_000_000_001, 710_000_000_000_000_002
ANA, BEN, CAT = 1, 2, 3
TEMPLATES = Path(intake.__file__).parent / "templates"
HERE = "**Study group**"
CHOICE = {
    "prompt": ("Which loss does a median minimize?",),
    "topics": ("Regression metrics",),
    "difficulty": ("2",),
    "levels": ("junior", "mid", "senior"),
    "name": ("",),
}


def template(kind: Kind) -> AnyQuestion:
    """The shipped example of a kind of question."""
    file = TEMPLATES / f"{kind.value}{'.md' if kind is Kind.CODE else '.yaml'}"
    [loaded] = intake.read(file.name, file.read_bytes())
    return loaded.question


def named(question: AnyQuestion, name: str) -> AnyQuestion:
    """The question under another name."""
    return question.model_copy(update={"id": f"{question.topic}.{name}"})


def open_admin(store: Store, bank: Bank, clock: ManualClock) -> QuestionAdmin:
    """The services of one process."""
    judge = ScriptedJudge()
    return QuestionAdmin(store, Banks(store, bank), clock, BankLab(judge), judge, Ratings(store, bank))


def values(**fields: str | tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """A form as it is sent in."""
    return {name: value if isinstance(value, tuple) else (value,) for name, value in fields.items()}


async def hand_in(admin: QuestionAdmin, draft: Draft, by: int, server: int = SERVER) -> Draft:
    """Hands a draft in, whatever doubts the lab has."""
    result = await admin.drafts.submit(server, draft.id, by, draft.rev, moderator=False)
    if result.outcome is not Outcome.WAITING:
        result = await admin.drafts.submit(server, draft.id, by, draft.rev, moderator=False)
    assert result.outcome is Outcome.WAITING
    return result.draft


async def publish(
    admin: QuestionAdmin,
    question: AnyQuestion,
    *,
    author: int = ANA,
    by: int = BEN,
    state: State = State.ACTIVE,
    server: int = SERVER,
) -> QuestionRow:
    """The question as a server's own, by way of draft and review."""
    draft = await hand_in(admin, await admin.drafts.begin_with(server, author, question), author, server)
    decided = await admin.review.approve(server, draft.id, by, draft.rev, state, others=by != author, where=HERE)
    assert decided.row is not None
    return decided.row
