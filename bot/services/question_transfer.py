"""Many questions at once: into a server from files, all or none, and out of it as one archive."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

from bot.clock import Clock
from bot.errors import UserError
from bot.services.banks import Banks
from bot.services.drafts import ID_LIMIT
from bot.services.lab import Lab
from bot.services.question_drafts import NoDraftError
from bot.services.question_versions import Publication, QuestionVersions, read_text
from bot.services.trials import Trials, found_wrong
from bot.store import audit, people, server_questions
from bot.store.audit import Action
from bot.store.engine import Store
from bot.store.server_questions import ASKED, DraftRow, State
from questions import intake
from questions.intake import IntakeError
from questions.kinds import AnyQuestion
from questions.loader import Loaded, Problem, decode, encode
from questions.writer import WriteError, export, write

KIND = "import"
"""Stands for the kind of a question where an import waits to be confirmed."""
REASON = "imported from {name}"
UNTRIED = "the lab has not tried it yet"
PATIENCE = timedelta(seconds=5)
"""How long a dry run tries questions: somebody waits for it, and a large bank takes the lab minutes."""


@dataclass(frozen=True)
class Incoming:
    """A question that an import would publish."""

    question: AnyQuestion
    """In the version that it would get."""
    text: str
    before: int | None
    """The version that it changes; None: it is new."""
    broken: str | None = None
    """Mistakes that the lab found: it comes in quarantined, and is not asked until they are mended. None: the lab has
    not tried it yet; it is asked once that has happened."""


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do; nothing has been done."""

    id: int | None
    """The number under which it can be confirmed; None where there is nothing to import, or something is wrong."""
    name: str
    new: tuple[str, ...]
    """Ids."""
    changed: tuple[str, ...]
    same: tuple[str, ...]
    """Those that the server, or everybody, has just so."""
    problems: tuple[str, ...]
    """With file and line."""
    left_out: int
    """Problems beyond those that are listed."""
    broken: tuple[str, ...] = ()
    """What the lab found wrong; those questions come in quarantined."""
    warnings: tuple[str, ...] = ()
    untried: int = 0
    """Questions that the lab tries only after the import; they are not asked before."""


@dataclass(frozen=True)
class Imported:
    """What an import has done."""

    count: int
    state: State
    """Of those in which the lab found no mistakes."""
    broken: int
    """Questions that came in quarantined."""
    untried: int
    """Questions that wait for the lab."""


Progress = Callable[[int, int], None]
"""Told how many of how many questions have been through the lab."""


class QuestionTransfer:
    def __init__(
        self,
        store: Store,
        banks: Banks,
        clock: Clock,
        lab: Lab,
        versions: QuestionVersions,
        trials: Trials,
    ) -> None:
        self._store = store
        self._banks = banks
        self._clock = clock
        self._lab = lab
        self._versions = versions
        self._trials = trials

    async def read(self, name: str, data: bytes) -> tuple[Loaded, ...]:
        """The questions of a file or an archive. Raises IntakeError."""
        return await asyncio.to_thread(intake.read, name, data)

    # In

    async def plan(
        self, server_id: int, by: int, name: str, data: bytes, progress: Progress | None = None
    ) -> ImportPlan:
        """Reads a file or an archive, tries the new and changed questions in it while there is time, and says what an
        import would do.

        It waits to be confirmed with `import_all`.
        """
        until = time.monotonic() + PATIENCE.total_seconds()
        try:
            loaded = await self.read(name, data)
        except IntakeError as error:
            return _refused(name, [str(problem) for problem in error.problems], error.left_out)
        async with self._store.read() as connection:
            texts = await server_questions.current_texts(connection, server_id)
            rows = {row.file_id: row for row in await server_questions.all_of(connection, server_id)}
        everywhere = await self._banks.of(None)
        versions = {file_id: row.version for file_id, row in rows.items()}
        known = {file_id: text for file_id, text in texts.items() if rows[file_id].state in ASKED}
        incoming, same, problems = await asyncio.to_thread(_sorted_out, loaded, versions, known, everywhere.questions)
        if problems:
            return _refused(name, problems[: intake.MAX_PROBLEMS], max(0, len(problems) - intake.MAX_PROBLEMS))
        broken: list[str] = []
        warnings: list[str] = []
        items: list[Incoming] = []
        bank = await self._banks.as_filed(server_id)
        for number, item in enumerate(incoming):
            if time.monotonic() >= until:
                items += incoming[number:]
                break
            if progress is not None:
                progress(number, len(incoming))
            found = await self._lab.examine(item.question, bank, person=by, quick=True)
            broken += [f"{item.question.id}: {line}" for line in found.errors]
            warnings += [f"{item.question.id}: {line}" for line in found.warnings]
            items.append(replace(item, broken=" ".join(found.errors)))
        return ImportPlan(
            id=await self._keep(server_id, by, name, items) if items else None,
            name=name,
            new=tuple(item.question.id for item in items if item.before is None),
            changed=tuple(item.question.id for item in items if item.before is not None),
            same=tuple(same),
            problems=(),
            left_out=0,
            broken=tuple(broken),
            warnings=tuple(warnings),
            untried=sum(item.broken is None for item in items),
        )

    async def _keep(self, server_id: int, by: int, name: str, items: Sequence[Incoming]) -> int:
        """Keeps the plan until it is confirmed; an earlier one of the same person makes room for it."""
        now = self._clock.now()
        entries = [
            {"question": encode(item.question), "text": item.text, "before": item.before, "broken": item.broken}
            for item in items
        ]
        body = json.dumps({"name": name, "entries": entries}, ensure_ascii=False)
        async with self._store.write() as connection:
            await people.ensure(connection, by, now)
            for row in await server_questions.drafts_of(connection, server_id, by):
                if row.kind == KIND:
                    await server_questions.drop_draft(connection, server_id, row.id)
            return await server_questions.add_draft(
                connection, server_id=server_id, author_id=by, question_id=None, kind=KIND, body=body, at=now
            )

    async def import_all(self, server_id: int, plan_id: int, by: int, *, others: bool) -> Imported:
        """Publishes all that a plan holds, or nothing.

        `others`: whether there is another moderator; what only one has seen is in beta then. Raises NoDraftError, and
        UserError where the server's questions have changed since the plan was made.
        """
        async with self._store.read() as connection:
            row = _plan_of(await server_questions.draft(connection, server_id, plan_id), by)
        body = cast("dict[str, Any]", json.loads(row.body))
        items = await asyncio.to_thread(_read_entries, cast("list[dict[str, Any]]", body["entries"]))
        state = State.BETA if others else State.ACTIVE
        reason = REASON.format(name=body["name"])
        now = self._clock.now()
        async with self._store.write() as connection:
            _plan_of(await server_questions.draft(connection, server_id, plan_id), by)
            rows = {one.file_id: one for one in await server_questions.all_of(connection, server_id)}
            for item in items:
                there = rows.get(item.question.id)
                if (there.version if there else None) != item.before:
                    raise UserError(
                        f"`{item.question.id}` has changed since you saw what this import would do. Nothing was "
                        "imported; use **/question import** again."
                    )
            for item in items:
                new = Publication(item.question, item.text, by, by, reason)
                before = rows.get(item.question.id)
                asked = before.state if before is not None and before.state in ASKED else state
                wanted = State.BETA if others else asked
                fine = item.broken == ""
                row = await self._versions.publish(
                    connection, server_id, new, state=wanted if fine else State.QUARANTINED, self_approved=True
                )
                if item.broken is None:
                    await server_questions.put(connection, replace(row, reason=UNTRIED, once_tried=wanted))
                elif not fine:
                    await server_questions.put(connection, replace(row, reason=found_wrong(item.broken)))
            await server_questions.drop_draft(connection, server_id, plan_id)
            detail = f"{len(items)} questions, {state.value}: " + ", ".join(item.question.id for item in items)
            await audit.add(connection, server_id, by, Action.IMPORTED, str(body["name"])[:ID_LIMIT], detail, now)
        untried = sum(item.broken is None for item in items)
        if untried:
            self._trials.arrived()
        return Imported(len(items), state, sum(bool(item.broken) for item in items), untried)

    async def forget(self, server_id: int, plan_id: int, by: int) -> None:
        """The import is not wanted. Raises NoDraftError."""
        async with self._store.write() as connection:
            _plan_of(await server_questions.draft(connection, server_id, plan_id), by)
            await server_questions.drop_draft(connection, server_id, plan_id)

    # Out

    async def export(self, server_id: int, by: int, *, everything: bool = False) -> tuple[bytes, int]:
        """The server's own questions as an archive of files, and how many they are; `everything`: retired ones, too.

        Raises UserError where there are none.
        """
        now = self._clock.now()
        async with self._store.read() as connection:
            texts = await server_questions.current_texts(connection, server_id)
            rows = await server_questions.all_of(connection, server_id)
        wanted = [texts[row.file_id] for row in rows if everything or row.state in ASKED]
        if not wanted:
            raise UserError("This server has no questions of its own yet. **/question add** makes the first one.")
        packed = await asyncio.to_thread(_packed, wanted)
        async with self._store.write() as connection:
            await audit.add(connection, server_id, by, Action.EXPORTED, "", f"{len(wanted)} questions", now)
        return packed, len(wanted)


def _plan_of(row: DraftRow | None, by: int) -> DraftRow:
    """The person's own plan. Raises NoDraftError."""
    if row is None or row.kind != KIND or row.author_id != by:
        raise NoDraftError
    return row


def _refused(name: str, problems: Sequence[str], left_out: int) -> ImportPlan:
    return ImportPlan(None, name, (), (), (), tuple(problems), left_out)


def _packed(texts: Sequence[str]) -> bytes:
    return export(read_text(text) for text in texts)


def _sorted_out(
    loaded: Sequence[Loaded],
    versions: Mapping[str, int],
    texts: Mapping[str, str],
    shipped: Mapping[str, AnyQuestion],
) -> tuple[list[Incoming], list[str], list[str]]:
    """What is new or changed, ids of what is there just so, and what cannot be taken."""
    incoming: list[Incoming] = []
    same: list[str] = []
    problems: list[str] = []
    for item in loaded:
        question = item.question
        before = versions.get(question.id)
        known = shipped.get(question.id)
        if len(question.id) > ID_LIMIT:
            message = f"the id has {len(question.id)} characters, at most {ID_LIMIT}"
            problems.append(str(Problem(item.file, item.line, "id", message, question.id)))
            continue
        try:
            text = write(question)
            as_before = (
                before is not None and question.id in texts and texts[question.id] == _numbered(question, before)
            )
            if as_before or (
                before is None and known is not None and write(known) == _numbered(question, known.version)
            ):
                same.append(question.id)
                continue
            least = max(before + 1 if before else 1, known.version + 1 if known else 1)
            if question.version < least:
                question = question.model_copy(update={"version": least})
                text = write(question)
        except WriteError as error:
            problems.append(str(Problem(item.file, item.line, "", str(error), question.id)))
            continue
        incoming.append(Incoming(question, text, before))
    return incoming, same, problems


def _numbered(question: AnyQuestion, version: int) -> str:
    return write(question if question.version == version else question.model_copy(update={"version": version}))


def _read_entries(entries: Sequence[Mapping[str, Any]]) -> list[Incoming]:
    return [
        Incoming(decode(str(entry["question"])), str(entry["text"]), entry["before"], entry["broken"])
        for entry in entries
    ]
