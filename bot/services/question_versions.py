"""Publishing: every change of a question that people added is a new version, which never changes any more."""

from __future__ import annotations

import asyncio
import difflib
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.abilities.ledger import EVERYWHERE
from bot.clock import Clock
from bot.errors import UserError
from bot.services.drafts import ID_LIMIT
from bot.services.moderator_news import tell_moderators
from bot.store import audit, questions, server_questions
from bot.store.audit import Action
from bot.store.server_questions import ASKED, QuestionRow, State, VersionRow, file_id_of, own_id
from questions import intake
from questions.bank import Bank
from questions.intake import IntakeError
from questions.kinds import AnyQuestion
from questions.loader import encode, load_text
from questions.task_file import load_task
from questions.writer import WriteError, path_of, write

REASON_LIMIT = 500


class NoQuestionError(UserError):
    def __init__(self, file_id: str) -> None:
        super().__init__(
            f"There is no question `{file_id[:ID_LIMIT]}` here. Pick one from the list that opens while you type."
        )


@dataclass(frozen=True)
class Publication:
    """A version that is about to be published."""

    question: AnyQuestion
    """With its id and version as they stand in the file."""
    text: str
    """The file."""
    author_id: int | None
    approved_by: int | None
    reason: str
    lab: str | None = None

    @property
    def file_id(self) -> str:
        return self.question.id


async def written(question: AnyQuestion) -> str:
    """The file of a question, once it has been read as a stranger's file would be.

    Raises UserError where the format cannot hold the question, or where a file like this would be refused.
    """
    return await asyncio.to_thread(_written, question)


def _written(question: AnyQuestion) -> str:
    try:
        text = write(question)
        intake.read(path_of(question), text.encode())
    except WriteError as error:
        raise UserError(f"This question does not fit into a file: {error}") from error
    except IntakeError as error:
        first = error.problems[0]
        where = f"{first.field}: " if first.field else ""
        raise UserError(f"This question cannot be taken: {where}{first.message}.") from error
    return text


class QuestionVersions:
    """The published questions of all servers, as one process changes them."""

    def __init__(self, clock: Clock, shipped: Bank) -> None:
        self._clock = clock
        self._shipped = shipped

    async def publish(
        self,
        connection: AsyncConnection,
        server_id: int,
        new: Publication,
        *,
        state: State | None = None,
        self_approved: bool = False,
    ) -> QuestionRow:
        """Makes a version the current one, of a question that may be new.

        `state` None: as it was; what is not asked is asked again. What waits for the lab still does where its state is
        given as it was. The caller has checked that nobody else has published a version with this number.
        """
        now = self._clock.now()
        before = await server_questions.find(connection, server_id, new.file_id)
        name = own_id(new.file_id, server_id)
        waits = before if before is not None and before.once_tried and before.state is state else None
        kept = before.state if before is not None and before.state in ASKED else State.ACTIVE
        row = QuestionRow(
            id=name,
            server_id=server_id,
            file_id=new.file_id,
            state=state or kept,
            version=new.question.version,
            author_id=before.author_id if before is not None else new.author_id,
            self_approved=self_approved,
            reason=waits.reason if waits is not None else None,
            once_tried=waits.once_tried if waits is not None else None,
            created_at=before.created_at if before is not None else now,
            updated_at=now,
        )
        internal = new.question.model_copy(update={"id": name})
        await server_questions.put(connection, row)
        await server_questions.add_version(
            connection,
            VersionRow(
                id=name,
                version=new.question.version,
                body=new.text,
                author_id=new.author_id,
                approved_by=new.approved_by,
                reason=new.reason[:REASON_LIMIT],
                lab=new.lab,
                at=now,
            ),
        )
        await questions.keep(connection, name, new.question.version, encode(internal))
        return row

    async def next_version(self, connection: AsyncConnection, server_id: int, file_id: str, least: int = 1) -> int:
        """The number of a question's next version, `least` at least; a server's own one comes after the shipped one."""
        row = await server_questions.find(connection, server_id, file_id)
        shipped = self._shipped.get(file_id)
        return max(least, row.version + 1 if row else 1, shipped.version + 1 if shipped else 1)

    # What others need (`bot.services.appeals.QuestionKeeper`)

    async def new_version(
        self, connection: AsyncConnection, server_id: int, question: AnyQuestion, *, by: int, reason: str
    ) -> int:
        """Publishes a changed question of a server (0: the owner's version of a shipped one); the version's number."""
        file_id = file_id_of(question.id)
        before = await server_questions.find(connection, server_id, file_id)
        number = await self.next_version(connection, server_id, file_id, question.version)
        changed = question.model_copy(update={"id": file_id, "version": number})
        new = Publication(changed, _written(changed), by, by, reason)
        if before is None:
            await self.publish(connection, server_id, new, state=State.ACTIVE)
        else:
            await self.publish(connection, server_id, new, state=before.state, self_approved=before.self_approved)
        return number

    async def quarantine(self, connection: AsyncConnection, server_id: int, question_id: str, *, reason: str) -> bool:
        """Takes a question out of the draw until somebody has looked, and tells the moderators; False where it was out.

        `reason` is a clause: “three appeals on it were upheld”.
        """
        row = await server_questions.find(connection, server_id, file_id_of(question_id))
        if row is None or row.state not in ASKED:
            return False
        now = self._clock.now()
        changed = replace(row, state=State.QUARANTINED, reason=reason[:REASON_LIMIT], updated_at=now)
        await server_questions.put(connection, changed)
        await audit.add(connection, server_id, None, Action.QUARANTINED, row.file_id, reason, now)
        why = reason[:REASON_LIMIT].rstrip(".")
        await tell_moderators(
            connection, server_id, _quarantined(row.file_id, why, shipped=server_id == EVERYWHERE), now
        )
        return True


def _quarantined(file_id: str, why: str, *, shipped: bool) -> str:
    """What moderators are told."""
    if shipped:
        return (
            f"⚠️ The shipped question `{file_id}` is quarantined: {why}.\nIt is asked nowhere until you say "
            "**/question restore** in a server that you moderate, or a release has a newer version of it."
        )
    return (
        f"⚠️ The question `{file_id}` is quarantined: {why}.\nIt is not asked until one of you has looked. "
        "**/question show** shows it, **/question edit** mends it, **/question restore** lets it be asked again as "
        "it is (if the lab finds no mistake in it), **/question retire** takes it out for good."
    )


def read_text(text: str) -> AnyQuestion:
    """The question of a stored file."""
    if text.startswith("---"):
        return load_task(text).question
    [loaded] = load_text(text)
    return loaded.question


def difference(before: str, after: str, first: str, second: str) -> str:
    """What has changed between two files, line by line; `first` and `second` name them."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), first, second, lineterm="", n=2)
    return "\n".join(lines)
