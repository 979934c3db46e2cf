"""Questions in the making: what a draft holds, whether it is a question yet, and what it still lacks.

A draft keeps the fields of a question file, complete or not, and whatever its author has typed, right or wrong:
nothing is refused here, and nothing is lost. `checklist` says in plain words how far it is.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from bot.store.server_questions import DraftRow, DraftState
from questions.kinds import AnyQuestion, StoredQuestion
from questions.loader import problem_of
from questions.model import SLUG, Part
from questions.taxonomy import taxonomy

ID_LIMIT = 70
"""Characters of an id in a file; longer ones do not fit into buttons."""
NAME_LIMIT = 36
Fields = dict[str, Any]
"""The fields of a question file, as `bot.services.draft_forms` fills them."""

_ADAPTER: TypeAdapter[AnyQuestion] = TypeAdapter(StoredQuestion)
_SMALL = re.compile(
    r"(an?|and|are|as|at|be|but|by|can|do|does|for|from|has|have|how|i[fnst]|into|its|o[fnr]|that|the|their|then|there|"
    r"these|they|this|to|was|were|what|when|where|which|while|who|why|will|with|would|you|your)"
)
"""Words that tell nothing in a name."""
_LEAST = {"key_points": 3, "misconceptions": 1, "calibration_answers": 3, "options": 3, "mistakes": 1, "references": 1}
"""How many entries a list needs."""


class Kind(StrEnum):
    """The kinds of question, as files name them."""

    MULTIPLE_CHOICE = "multiple_choice"
    FREE_TEXT = "free_text"
    BEHAVIORAL = "behavioral"
    NUMERIC = "numeric"
    CODE = "code"

    @property
    def words(self) -> str:
        return {Kind.FREE_TEXT: "free text", Kind.MULTIPLE_CHOICE: "multiple choice"}.get(self, self.value)


@dataclass(frozen=True)
class LabResult:
    """What the lab found in a draft at one of its revisions."""

    rev: int
    errors: tuple[str, ...]
    """What must be mended before it is published."""
    warnings: tuple[str, ...]
    text: str
    """The whole report."""


@dataclass(frozen=True)
class Tried:
    """An answer that somebody tried, as it was graded: it can become a calibration answer."""

    text: str
    found: tuple[str, ...]
    """The key points, or the parts of a story."""
    against: tuple[str, ...]
    """The misconceptions, or what speaks against the story."""
    halves: tuple[str, ...]
    """Key points that were made in part."""
    band: dict[str, int]
    """By level."""


@dataclass(frozen=True)
class Draft:
    """A question in the making, and where it stands."""

    row: DraftRow
    rev: int
    """Grows with every change, so that a button of an earlier look can be told."""
    base: int | None
    """The version that it changes."""
    reason: str
    """Why it changes it."""
    fields: Fields
    accepted: int | None = None
    """The revision whose warnings its author has seen and accepted."""
    tried: Tried | None = None
    """The answer that was tried last."""

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def kind(self) -> Kind:
        return Kind(self.row.kind)

    @property
    def file_id(self) -> str:
        return str(self.fields.get("id", ""))

    @property
    def prompt(self) -> str:
        return str(self.fields.get("title") or self.fields.get("prompt") or "")

    @property
    def lab(self) -> LabResult | None:
        """What the lab found in it as it is now; None: it has not been there since the last change."""
        found = self.last_lab
        return found if found is not None and found.rev == self.rev else None

    @property
    def last_lab(self) -> LabResult | None:
        """What the lab found in it when it was there last; None: it never was."""
        if self.row.lab is None:
            return None
        kept = cast("dict[str, Any]", json.loads(self.row.lab))
        return LabResult(kept["rev"], tuple(kept["errors"]), tuple(kept["warnings"]), kept["text"])

    @property
    def editable(self) -> bool:
        """Whether its author may change it."""
        return self.row.state is not DraftState.REVIEW


def body_of(draft: Draft) -> str:
    """What is stored of a draft."""
    return json.dumps(
        {
            "rev": draft.rev,
            "base": draft.base,
            "reason": draft.reason,
            "accepted": draft.accepted,
            "tried": asdict(draft.tried) if draft.tried else None,
            "fields": draft.fields,
        },
        ensure_ascii=False,
    )


def new_body(fields: Fields, *, base: int | None = None, reason: str = "") -> str:
    """What is stored of a draft that begins."""
    begun = {"rev": 1, "base": base, "reason": reason, "accepted": None, "tried": None, "fields": fields}
    return json.dumps(begun, ensure_ascii=False)


def draft_of(row: DraftRow) -> Draft:
    kept = cast("dict[str, Any]", json.loads(row.body))
    tried = kept["tried"]
    if tried is not None:
        halves = tuple(tried["halves"])
        tried = Tried(tried["text"], tuple(tried["found"]), tuple(tried["against"]), halves, tried["band"])
    return Draft(row, kept["rev"], kept["base"], kept["reason"], kept["fields"], kept["accepted"], tried)


def changed(draft: Draft, fields: Fields) -> Draft:
    """The draft with other fields, one revision on."""
    return replace(draft, rev=draft.rev + 1, fields=fields)


def lab_body(result: LabResult) -> str:
    kept = {"rev": result.rev, "errors": result.errors, "warnings": result.warnings, "text": result.text}
    return json.dumps(kept, ensure_ascii=False)


def fields_of(question: AnyQuestion) -> Fields:
    """The fields of a question as they stand in its file, but for its version."""
    dumped = {"type": question.type, **question.model_dump(mode="json", exclude_defaults=True)}
    return {name: value for name, value in dumped.items() if name != "version"}


# Whether it is a question


class IncompleteError(Exception):
    """The draft is no question yet; `problems` are (field, message), the field as a dotted path."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in problems))
        self.problems = tuple(problems)


def question_of(fields: Fields, version: int = 1) -> AnyQuestion:
    """The question that the fields make. Raises IncompleteError."""
    try:
        question = _ADAPTER.validate_python({"id": "", **fields, "version": version})
    except ValidationError as error:
        found = [problem_of("", {(): 1}, "", dict(detail)) for detail in error.errors()]
        raise IncompleteError([(_without_tag(one.field), one.message) for one in found]) from error
    problems: list[tuple[str, str]] = []
    if "~" in question.id:
        problems.append(("id", "an id has no ~"))
    if len(question.id) > ID_LIMIT:
        problems.append(("id", f"the id has {len(question.id)} characters, at most {ID_LIMIT}"))
    problems += [
        ("topics", f"there is no topic {topic!r}") for topic in question.topics if topic not in taxonomy().topics
    ]
    if problems:
        raise IncompleteError(problems)
    return question


def _without_tag(field: str) -> str:
    head, _, rest = field.partition(".")
    return rest if head in set(Kind) else field


# What is missing


@dataclass(frozen=True)
class Check:
    """A line of the checklist."""

    done: bool
    text: str


def checklist(draft: Draft) -> tuple[Check, ...]:
    """What is there and what is still missing, in plain words, the missing ones as something to do."""
    return tuple(_checks(draft.kind, draft.fields))


def problems(draft: Draft) -> tuple[str, ...]:
    """What is wrong with what is there; what is merely missing is for `checklist`."""
    try:
        question_of(draft.fields)
    except IncompleteError as error:
        missing = {name for name in _NAMES if not draft.fields.get(name)}
        short = {
            name for name, least in _LEAST.items() if len(cast("Sequence[Any]", draft.fields.get(name) or ())) < least
        }
        return tuple(
            dict.fromkeys(
                _told(field, message)
                for field, message in error.problems
                if field.partition(".")[0] not in missing and field not in short
            )
        )
    return ()


_NAMES = {
    "id": "the name",
    "topics": "the topic",
    "levels": "the levels",
    "difficulty": "the difficulty",
    "prompt": "the prompt",
    "hints": "the hints",
    "references": "source",
    "key_points": "key point",
    "misconceptions": "misconception",
    "model_answer": "the model answer",
    "calibration_answers": "calibration answer",
    "options": "option",
    "takeaway": "what to remember",
    "params": "the numbers to draw from",
    "answer": "the answer",
    "tolerance": "the tolerance",
    "mistakes": "typical mistake",
    "working": "the working",
    "competency": "the competency",
    "look_for": "what to listen for",
    "probes": "the follow-ups",
    "anchors": "the anchors",
    "level_scope": "the scope of the levels",
}
_INNER = {
    "accept.phrases": "ways to say it",
    "accept.concepts": "what must be named",
    "claim": "the claim",
    "followup": "the follow-up question",
    "why_wrong": "why it is wrong",
    "why": "the explanation",
    "text": "the text",
    "tag": "the misconception behind it",
    "short": "the short version",
    "full": "the full version",
    "band": "the bands",
    "value": "the formula",
    "probe": "the question that lets people correct it",
}


def _told(field: str, message: str) -> str:
    """A mistake with its place in words: “key point 2, ways to say it: …”."""
    head, _, rest = field.partition(".")
    if not field:
        return message
    name = _NAMES.get(head, head)
    number, _, inner = rest.partition(".") if rest[:1].isdigit() else ("", "", rest)
    if number:
        name = f"{name} {number}"
    inner = next((words for key, words in _INNER.items() if inner == key or inner.startswith(f"{key}.")), inner)
    where = ", ".join(part for part in (name, inner) if part)
    return f"{where}: {_plain(message)}"


def _plain(message: str) -> str:
    for theirs, ours in (
        (r"(Tuple|List) should have at least (\d+) items? after validation, not (\d+)", r"at least \2, not \3"),
        (r"(Tuple|List) should have at most (\d+) items? after validation, not (\d+)", r"at most \2, not \3"),
        (r"String should have at least 1 character", "is missing"),
        (r"String should have at most (\d+) characters?", r"at most \1 characters"),
        (r"Input should be greater than (\S+)", r"must be more than \1"),
        (r"Input should be less than or equal to (\S+)", r"must be at most \1"),
    ):
        message = re.sub(theirs, ours, message)
    return message


def _checks(kind: Kind, fields: Fields) -> Iterable[Check]:
    if kind is Kind.CODE:  # comes whole, in a file
        return
    yield _text(fields, "prompt", "Prompt", "write the **prompt**")
    match kind:
        case Kind.FREE_TEXT:
            yield from _points(fields)
            yield _many(fields, "misconceptions", "misconception", "a wrong claim that people make")
            yield _text(fields, "model_answer", "Model answer", "write the **model answer**, short and full")
            yield _three_hints(fields)
            yield _many(fields, "calibration_answers", "calibration answer", "a strong, a partial and a wrong one")
            yield _many(fields, "references", "source", "a book or paper that it rests on")
        case Kind.MULTIPLE_CHOICE:
            options = cast("list[Fields]", fields.get("options") or [])
            right = sum(bool(option.get("correct")) for option in options)
            yield _many(fields, "options", "option", "each with its explanation")
            if options:
                yield Check(right == 1, "One option is right" if right == 1 else "mark exactly **one option** as right")
            yield _three_hints(fields)
            yield _text(fields, "takeaway", "What to remember", "say **what to remember**")
        case Kind.NUMERIC:
            complete = all(fields.get(name) for name in ("answer", "tolerance", "working"))
            yield Check(complete, "Answer" if complete else "give the **answer**, its tolerance and the working")
            yield _many(fields, "mistakes", "typical mistake", "a wrong result and the slip behind it")
            yield _three_hints(fields)
            yield _text(fields, "takeaway", "What to remember", "say **what to remember**")
        case Kind.BEHAVIORAL:
            yield _text(fields, "competency", "Competency", "name the **competency**, in one sentence")
            yield _parts(fields, "look_for", "What to listen for", "say **what to listen for** in each part")
            yield _parts(fields, "probes", "Follow-ups", "write two **follow-ups** for each part")
            yield _parts(fields, "anchors", "Anchors 1 to 4", "describe the **anchors** 1 to 4", 4)
            yield _parts(fields, "level_scope", "Scope by level", "say how big a story is expected by **level**", 3)
            yield _text(fields, "hints", "Hint", "write a **hint**")
            yield _text(fields, "model_answer", "Model story", "write a **model story** of 120 to 260 words")
            yield _many(fields, "calibration_answers", "calibration answer", "a strong, a thin and a hypothetical one")


def _text(fields: Fields, name: str, there: str, todo: str) -> Check:
    done = bool(fields.get(name))
    return Check(done, there if done else todo)


def _many(fields: Fields, name: str, noun: str, what: str) -> Check:
    count, least = len(cast("Sequence[Any]", fields.get(name) or ())), _LEAST[name]
    if count >= least:
        return Check(True, f"{count} {noun}{'' if count == 1 else 's'}")
    so_far = f" ({count} of at least {least})" if count or least > 1 else ""
    return Check(False, f"add {'**' + noun + 's**' if least > 1 else 'a **' + noun + '**'}{so_far}: {what}")


def _points(fields: Fields) -> Iterable[Check]:
    points = cast("list[Fields]", fields.get("key_points") or [])
    yield _many(fields, "key_points", "key point", "single claims that a good answer makes")
    if points and not any(point.get("tier") == "core" for point in points):
        yield Check(False, "make at least one key point **core**: what everybody must say")


def _three_hints(fields: Fields) -> Check:
    hints = [hint for hint in cast("list[str]", fields.get("hints") or []) if hint]
    return Check(len(hints) == 3, "Three hints" if len(hints) == 3 else "write the three **hints**")


def _parts(fields: Fields, name: str, there: str, todo: str, count: int = len(Part)) -> Check:
    given = cast("Mapping[str, Any]", fields.get(name) or {})
    done = sum(bool(value) for value in given.values()) >= count
    return Check(done, there if done else todo)


# Names


def slug_of(text: str, limit: int = NAME_LIMIT, taken: Collection[str] = ()) -> str:
    """A slug of the telling words of a text, different from those that are taken."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    every = re.findall(r"[a-z0-9]+", plain)
    words = [word for word in every if not _SMALL.fullmatch(word)] or every or ["question"]
    slug = words[0][:limit]
    for word in words[1:5]:
        if len(slug) + 1 + len(word) > limit:
            break
        slug += f"-{word}"
    return unused(slug, taken)


def unused(slug: str, taken: Collection[str]) -> str:
    """The slug, with a number behind it where it is taken."""
    number = 2
    found = slug
    while found in taken:
        found = f"{slug}-{number}"
        number += 1
    return found


def is_slug(text: str) -> bool:
    return bool(SLUG.match(text)) and len(text) <= NAME_LIMIT
