"""All questions of a server, its own and the shipped ones: finding, looking, earlier versions, what is asked."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pydantic import ValidationError

from bot.clock import Clock
from bot.errors import UserError
from bot.services.banks import Banks
from bot.services.lab import Lab
from bot.services.question_changes import Change, changes_between
from bot.services.question_drafts import listed
from bot.services.question_versions import (
    REASON_LIMIT,
    NoQuestionError,
    Publication,
    QuestionVersions,
    difference,
    read_text,
    written,
)
from bot.store import audit, server_questions
from bot.store.audit import Action, Entry
from bot.store.engine import Store
from bot.store.server_questions import ASKED, Off, QuestionRow, State, VersionRow
from grader.text.normalise import stem
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.loader import decode
from questions.model import Behavioral, FreeText, Level, MultipleChoice, Numeric
from questions.taxonomy import taxonomy
from questions.writer import write

PAGE = 8
"""Questions on a page of what was found."""
LOG_PAGE = 10
CHOICES = 25
_REMEMBERED = 50
"""Servers whose questions are kept in memory."""
_WORD = re.compile(r"[a-z0-9]+")
STATES = frozenset(
    {
        Action.ACTIVATED,
        Action.RETIRED,
        Action.QUARANTINED,
        Action.RESTORED,
        Action.SWITCHED_OFF,
        Action.SWITCHED_ON,
    }
)
"""What changes whether a question is asked; a new version is on record by itself."""


class Standing(StrEnum):
    """Where a question stands in a server, for people who look for it."""

    BETA = State.BETA.value
    ACTIVE = State.ACTIVE.value
    RETIRED = State.RETIRED.value
    QUARANTINED = State.QUARANTINED.value
    SHIPPED = "shipped"
    OFF = "switched off"
    """Shipped, and not wanted here."""
    REPLACED = "replaced"
    """Shipped, and the server has its own version."""


@dataclass(frozen=True)
class Query:
    """What somebody looks for."""

    text: str = ""
    topic: str | None = None
    """A topic or a track."""
    level: Level | None = None
    standing: Standing | None = None
    author: int | None = None


@dataclass(frozen=True)
class Hit:
    """A question that was found; its id is that of its file."""

    question: AnyQuestion
    standing: Standing
    row: QuestionRow | None
    """None: it is shipped."""

    @property
    def id(self) -> str:
        return self.question.id


@dataclass(frozen=True)
class HitPage:
    hits: tuple[Hit, ...]
    page: int
    """0-based."""
    pages: int
    total: int


@dataclass(frozen=True)
class LogPage:
    entries: tuple[Entry, ...]
    page: int
    pages: int


@dataclass(frozen=True)
class Timeline:
    """What became of a question in a server."""

    row: QuestionRow | None
    """None: it is shipped, and the server has no version of its own."""
    events: tuple[VersionRow | Entry, ...]
    """Versions, and changes of state, the latest first."""


@dataclass(frozen=True)
class Comparison:
    """Two versions of a question side by side."""

    question: AnyQuestion
    """The later one."""
    old: int
    new: int
    version: VersionRow | None
    """Who made the later one, and why; None: it is shipped."""
    changes: tuple[Change, ...]
    text: str
    """The same line by line, as between two files."""


@dataclass(frozen=True)
class _Own:
    number: int
    """Of the server's bank when this was read."""
    found: tuple[tuple[QuestionRow, AnyQuestion], ...]
    off: Mapping[str, Off]


class QuestionLibrary:
    """The questions of all servers, as one process shows and keeps them."""

    def __init__(self, store: Store, banks: Banks, clock: Clock, lab: Lab, versions: QuestionVersions) -> None:
        self._store = store
        self._lab = lab
        self._banks = banks
        self._clock = clock
        self._versions = versions
        self._own: OrderedDict[int, _Own] = OrderedDict()
        self._terms: dict[tuple[str, int], frozenset[str]] = {}

    # Finding

    async def find(self, server_id: int, query: Query, page: int = 0) -> HitPage:
        """A page of the questions that fit, best first, the server's own before shipped ones that fit as well; the
        nearest page where there is no such one."""
        hits = await self._all(server_id)
        wanted = frozenset(stem(word) for word in _WORD.findall(query.text.lower()))
        ranked: list[tuple[float, bool, str, Hit]] = []
        for number, hit in enumerate(hits):
            if number % 50 == 0:
                await asyncio.sleep(0)
            if _fits(hit, query) and (rank := self._rank(hit, wanted, query.text)) > 0:
                ranked.append((-rank, hit.row is None, hit.id, hit))
        ranked.sort(key=lambda entry: entry[:3])
        pages = max(1, -(-len(ranked) // PAGE))
        page = min(max(page, 0), pages - 1)
        shown = tuple(hit for *_, hit in ranked[page * PAGE : (page + 1) * PAGE])
        return HitPage(shown, page, pages, len(ranked))

    def _rank(self, hit: Hit, wanted: Collection[str], typed: str) -> float:
        """How well a question fits the words: all of them must be in it, as words or as beginnings."""
        if not wanted:
            return 1.0
        terms = self._terms_of(hit)
        found = sum(1.0 if word in terms else 0.6 if any(t.startswith(word) for t in terms) else 0.0 for word in wanted)
        if typed.strip().lower() in hit.id:
            found = max(found, len(wanted)) + 1
        enough = len(wanted) * 0.6
        return found if found >= enough else 0.0

    def _terms_of(self, hit: Hit) -> frozenset[str]:
        key = hit.row.id if hit.row else hit.id, hit.question.version
        known = self._terms.get(key)
        if known is None:
            words = _WORD.findall(" ".join(_texts(hit.question)).lower())
            known = self._terms[key] = frozenset(stem(word) for word in words) | frozenset(_WORD.findall(hit.id))
        return known

    async def suggestions(
        self, server_id: int, typed: str, standings: Collection[Standing] | None = None
    ) -> list[tuple[str, str]]:
        """Up to 25 questions for a list that opens while somebody types: what it says, and the id."""
        wanted = typed.casefold().split()
        found: list[tuple[bool, str, str]] = []
        for hit in await self._all(server_id):
            if standings is not None and hit.standing not in standings:
                continue
            first = " ".join(_title(hit.question).split())
            label = f"{hit.id} · {first}" if hit.row is None else f"{hit.id} · {hit.standing.value} · {first}"
            if all(word in label.casefold() for word in wanted):
                found.append((hit.row is None, hit.id, label))
        found.sort()
        return [(label, name) for _, name, label in found[:CHOICES]]

    async def _all(self, server_id: int) -> list[Hit]:
        own = await self._own_of(server_id)
        everywhere = await self._banks.of(None)
        replaced = {row.file_id for row, _ in own.found if row.state in ASKED}
        hits = [Hit(question, Standing(row.state.value), row) for row, question in own.found]
        for name, question in everywhere.questions.items():
            if name in replaced:
                standing = Standing.REPLACED
            elif name in own.off or question.track in own.off:
                standing = Standing.OFF
            else:
                standing = Standing.SHIPPED
            hits.append(Hit(question, standing, None))
        return hits

    async def _own_of(self, server_id: int) -> _Own:
        async with self._store.read() as connection:
            number = await server_questions.bank_number(connection, server_id)
            kept = self._own.get(server_id)
            if kept is not None and kept.number == number:
                self._own.move_to_end(server_id)
                return kept
            known = {(row.id, row.version): question for row, question in kept.found} if kept else {}
            rows = await server_questions.all_of(connection, server_id)
            _, bodies = await server_questions.current_bodies(connection, server_id, frozenset(State), known.keys())
            off = {entry.what: entry for entry in await server_questions.off(connection, server_id)}
        read = await asyncio.to_thread(_decoded, bodies)
        found: list[tuple[QuestionRow, AnyQuestion]] = []
        for row in rows:
            question = known.get((row.id, row.version)) or read.get((row.id, row.version))
            if question is not None:
                found.append((row, question.model_copy(update={"id": row.file_id})))
        own = self._own[server_id] = _Own(number, tuple(found), off)
        while len(self._own) > _REMEMBERED:
            self._own.popitem(last=False)
        return own

    # Looking

    async def show(self, server_id: int, file_id: str) -> Hit:
        """The server's own question of that id, else the shipped one. Raises NoQuestionError."""
        hits = [hit for hit in await self._all(server_id) if hit.id == file_id]
        if not hits:
            raise NoQuestionError(file_id)
        return hits[0]

    async def text(self, server_id: int, file_id: str) -> str:
        """The question's file. Raises NoQuestionError."""
        hit = await self.show(server_id, file_id)
        if hit.row is None:
            return await asyncio.to_thread(write, hit.question)
        async with self._store.read() as connection:
            version = await server_questions.version(connection, server_id, hit.row.id, hit.row.version)
        assert version is not None
        return version.body

    async def history(self, server_id: int, file_id: str) -> tuple[QuestionRow, list[VersionRow]]:
        """A question of the server with all its versions, the newest first. Raises NoQuestionError."""
        async with self._store.read() as connection:
            row = await server_questions.find(connection, server_id, file_id)
            if row is None:
                raise NoQuestionError(file_id)
            return row, await server_questions.versions(connection, server_id, row.id)

    async def timeline(self, server_id: int, file_id: str) -> Timeline:
        """All that became of a question here, versions and states, the latest first. Raises NoQuestionError."""
        try:
            row, versions = await self.history(server_id, file_id)
        except NoQuestionError:
            if (await self._banks.of(None)).get(file_id) is None:
                raise
            row, versions = None, []
        async with self._store.read() as connection:
            states = await audit.of_question(connection, server_id, file_id, STATES)
        events: list[VersionRow | Entry] = [*states, *versions]
        return Timeline(row, tuple(sorted(events, key=lambda event: event.at, reverse=True)))

    async def compare(self, server_id: int, file_id: str, old: int | None = None, new: int | None = None) -> Comparison:
        """What has changed between two versions (the last two unless said otherwise).

        A server's version of a shipped question is compared with that one where there is none before it. Raises
        NoQuestionError, and UserError for a version that is not there.
        """
        shipped = (await self._banks.of(None)).get(file_id)
        try:
            row, versions = await self.history(server_id, file_id)
        except NoQuestionError as error:
            if shipped is None:
                raise
            raise UserError(f"`{file_id}` is shipped, and this server has not changed it.") from error
        texts = {version.version: version.body for version in versions}
        if shipped is not None:
            texts.setdefault(shipped.version, await asyncio.to_thread(write, shipped))
        new = row.version if new is None else new
        earlier = [number for number in texts if number < new]
        if old is None:
            if not earlier:
                raise UserError(f"There is no version before version {new}.")
            old = max(earlier)
        for number in (old, new):
            if number not in texts:
                known = ", ".join(map(str, sorted(texts)))
                raise UserError(f"There is no version {number} of `{file_id}`; there is {known}.")
        before, after = await asyncio.to_thread(lambda: (read_text(texts[old]), read_text(texts[new])))
        return Comparison(
            after,
            old,
            new,
            next((version for version in versions if version.version == new), None),
            changes_between(before, after),
            difference(texts[old], texts[new], f"version {old}", f"version {new}"),
        )

    # What is asked

    async def retire(self, server_id: int, file_id: str, by: int, reason: str) -> QuestionRow:
        """It is asked no more; rounds that had it keep it. Raises NoQuestionError and UserError."""
        return await self._move(server_id, file_id, by, State.RETIRED, Action.RETIRED, reason.strip())

    async def restore(self, server_id: int, file_id: str, by: int, *, others: bool) -> QuestionRow:
        """What was retired or quarantined is asked again; in beta if its author alone has seen it and there are others.

        Raises NoQuestionError, and UserError where the lab finds mistakes in it.
        """
        row, versions = await self.history(server_id, file_id)
        question = await asyncio.to_thread(read_text, versions[0].body)
        found = await self._lab.examine(question, await self._banks.as_filed(server_id), person=by)
        if found.errors:
            raise UserError(
                f"`{file_id}` has mistakes that have to be mended before it is asked again: **/question edit**.\n"
                f"{listed(found.errors)}"
            )
        state = State.BETA if row.self_approved and others else State.ACTIVE
        return await self._move(server_id, file_id, by, state, Action.RESTORED, "")

    async def activate(self, server_id: int, file_id: str, by: int, *, others: bool) -> QuestionRow:
        """A question in beta counts for ratings from now on. `others`: whether there is another moderator.

        Raises NoQuestionError, and UserError where it may not be.
        """
        row, versions = await self.history(server_id, file_id)
        if row.state is not State.BETA:
            raise UserError(f"`{file_id}` is not in beta but {row.state.value}.")
        alone = row.self_approved and versions[0].author_id == by
        if alone and others:
            raise UserError(
                f"Nobody but you has looked at `{file_id}` yet. There is another moderator here, who can activate it."
            )
        return await self._move(server_id, file_id, by, State.ACTIVE, Action.ACTIVATED, "", checked=not alone)

    async def activate_all(self, server_id: int, by: int, *, others: bool) -> tuple[int, int]:
        """Activates every question in beta that this person may; how many, and how many are left."""
        done = left = 0
        async with self._store.read() as connection:
            rows = await server_questions.all_of(connection, server_id)
        for row in rows:
            if row.state is not State.BETA:
                continue
            try:
                await self.activate(server_id, row.file_id, by, others=others)
            except UserError:
                left += 1
            else:
                done += 1
        return done, left

    async def _move(
        self, server_id: int, file_id: str, by: int, state: State, action: Action, reason: str, *, checked: bool = False
    ) -> QuestionRow:
        """`checked`: somebody else than its author has looked at it now."""
        now = self._clock.now()
        async with self._store.write() as connection:
            row = await server_questions.find(connection, server_id, file_id)
            if row is None:
                raise NoQuestionError(file_id)
            if row.state is state or (action is Action.RESTORED and row.state in ASKED):
                raise UserError(f"`{file_id}` is {row.state.value} already.")
            moved = replace(
                row,
                state=state,
                once_tried=None,
                reason=reason[:REASON_LIMIT] or None,
                self_approved=row.self_approved and not checked,
                updated_at=now,
            )
            await server_questions.put(connection, moved)
            await audit.add(connection, server_id, by, action, file_id, reason, now)
        return moved

    async def revert(self, server_id: int, file_id: str, version: int, by: int) -> QuestionRow:
        """Publishes an earlier version once more, under a new number. Raises NoQuestionError and UserError."""
        row, versions = await self.history(server_id, file_id)
        old = next((one for one in versions if one.version == version), None)
        if old is None:
            raise UserError(f"There is no version {version} of `{file_id}`.")
        if version == row.version:
            raise UserError(f"Version {version} is the current one.")
        question = await asyncio.to_thread(read_text, old.body)
        number = row.version + 1
        question = question.model_copy(update={"version": number})
        text = await written(question)
        now = self._clock.now()
        async with self._store.write() as connection:
            if await self._versions.next_version(connection, server_id, file_id) != number:
                raise UserError("Somebody has published a version just now. Look at **/question history** once more.")
            reason = f"as version {version} was"
            new = Publication(question, text, old.author_id, by, reason, old.lab)
            moved = await self._versions.publish(
                connection, server_id, new, self_approved=old.author_id == old.approved_by == by
            )
            await audit.add(connection, server_id, by, Action.REVERTED, file_id, f"version {number}, {reason}", now)
        return moved

    # What is shipped and not wanted

    async def switchable(self, server_id: int, typed: str, *, on: bool) -> list[tuple[str, str]]:
        """Tracks and shipped questions that can be switched (`on`: that are off), for a list while somebody types."""
        wanted = typed.casefold().split()
        own = await self._own_of(server_id)
        entries = [(f"all of {track.name}", track.slug) for track in taxonomy().tracks]
        entries = [entry for entry in entries if (entry[1] in own.off) == on]
        shown = {Standing.OFF} if on else {Standing.SHIPPED}
        found = [entry for entry in entries if all(word in " ".join(entry).casefold() for word in wanted)]
        found += [
            (label, name)
            for label, name in await self.suggestions(server_id, typed, shown)
            if not on or name in own.off
        ]
        return found[:CHOICES]

    async def switch(self, server_id: int, what: str, by: int, *, on: bool) -> bool:
        """Switches a track or a shipped question; False where it was so already. Raises UserError for anything else."""
        everywhere = await self._banks.of(None)
        known = what in everywhere.questions or what in {track.slug for track in taxonomy().tracks}
        now = self._clock.now()
        async with self._store.write() as connection:
            if on:
                changed = await server_questions.switch_on(connection, server_id, what)
            elif known:
                changed = await server_questions.switch_off(connection, server_id, what, by, now)
            else:
                raise UserError(
                    f"I ship neither a track nor a question `{what[:80]}`. Pick one from the list that opens while you "
                    "type; a question of this server is retired instead, with **/question retire**."
                )
            if changed:
                action = Action.SWITCHED_ON if on else Action.SWITCHED_OFF
                await audit.add(connection, server_id, by, action, what, "", now)
        return changed

    async def off(self, server_id: int) -> Sequence[Off]:
        """What the server has switched off."""
        return tuple((await self._own_of(server_id)).off.values())

    # The log

    async def log(self, server_id: int, page: int = 0) -> LogPage:
        """A page of the audit log, newest first; the nearest one where there is no such page."""
        async with self._store.read() as connection:
            _, total = await audit.page(connection, server_id, 0, 1)
            pages = max(1, -(-total // LOG_PAGE))
            page = min(max(page, 0), pages - 1)
            entries, _ = await audit.page(connection, server_id, page * LOG_PAGE, LOG_PAGE)
        return LogPage(tuple(entries), page, pages)


def _decoded(bodies: Mapping[tuple[str, int], str]) -> dict[tuple[str, int], AnyQuestion]:
    found: dict[tuple[str, int], AnyQuestion] = {}
    for key, body in bodies.items():
        try:
            found[key] = decode(body)
        except ValidationError:  # of an earlier release; `Banks` says so in the log
            continue
    return found


def _fits(hit: Hit, query: Query) -> bool:
    question = hit.question
    if query.topic is not None:
        known = {*question.topics, *(topic.partition(".")[0] for topic in question.topics)}
        if query.topic not in known:
            return False
    if query.level is not None and query.level not in question.levels:
        return False
    if query.standing is not None and hit.standing is not query.standing:
        return False
    return query.author is None or (hit.row is not None and hit.row.author_id == query.author)


def _title(question: AnyQuestion) -> str:
    return question.title if isinstance(question, CodeTask) else question.prompt


def _texts(question: AnyQuestion) -> list[str]:
    """What is searched: the prompt and the claims."""
    topics = [taxonomy().name(topic) for topic in question.topics]
    texts = [question.id.replace("-", " "), question.prompt, *topics]
    match question:
        case FreeText():
            texts += [point.claim for point in question.key_points]
            texts += [wrong.claim for wrong in question.misconceptions]
        case MultipleChoice():
            texts += [option.text for option in question.options]
        case Numeric():
            texts += [mistake.claim for mistake in question.mistakes]
        case Behavioral():
            texts.append(question.competency)
        case CodeTask():
            texts += [question.title, question.entry, *(asked.ask for asked in question.followups)]
    return texts
