"""Questions in the making: what a draft holds, whether it is a question yet, and what it still lacks.

A draft keeps the fields of a question file, complete or not, and whatever its author has typed, right or wrong:
nothing is refused here, and nothing is lost. `checklist` says in plain words how far it is. What an author may leave
out is filled in by `bot.services.draft_defaults` whenever a question is made of a draft.
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

from bot.counting import counted
from bot.services.draft_defaults import completed, made
from bot.services.topic_names import question_of_topic, unknown_topics
from bot.store.server_questions import DraftRow, DraftState
from questions.kinds import AnyQuestion, StoredQuestion
from questions.loader import problem_of
from questions.model import SLUG

ID_LIMIT = 70
"""Characters of an id in a file; longer ones do not fit into buttons."""
NAME_LIMIT = 36
Fields = dict[str, Any]
"""The fields of a question file, as `bot.services.draft_forms` fills them: as typed, with gaps."""

_ADAPTER: TypeAdapter[AnyQuestion] = TypeAdapter(StoredQuestion)
_SMALL = re.compile(
    r"(an?|and|are|as|at|be|but|by|can|do|does|for|from|has|have|how|i[fnst]|into|its|o[fnr]|that|the|their|then|there|"
    r"these|they|this|to|was|were|what|when|where|which|while|who|why|will|with|would|you|your)"
)
"""Words that tell nothing in a name."""
_OPENING = re.compile(
    r"^\W*(tell (me|us)|describe|explain|walk me through|give (me|us)|think of|talk about)( about)?"
    r"( an?( recent)? (time|example|situation|case))?( of)?( when| where| in which)?\b"
)
"""How prompts begin."""
ENOUGH = 3
"""Words that name a question without its numbers."""
_LEAST = {"key_points": 3, "misconceptions": 1, "calibration_answers": 3, "options": 3, "mistakes": 1, "references": 1}
"""How many entries a list needs, those included that are filled in."""


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
    reviewed: Fields | None = None
    """Its fields when a reviewer last gave it back."""

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
            "reviewed": draft.reviewed,
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
    reviewed = kept.get("reviewed")  # drafts of earlier releases have none
    return Draft(row, kept["rev"], kept["base"], kept["reason"], kept["fields"], kept["accepted"], tried, reviewed)


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


def question_of(fields: Fields) -> AnyQuestion:
    """The question that the fields make, just as they are. Raises IncompleteError."""
    try:
        question = _ADAPTER.validate_python({"id": "", **fields, "version": 1})
    except ValidationError as error:
        found = [problem_of("", {(): 1}, "", dict(detail)) for detail in error.errors()]
        raise IncompleteError([(_without_tag(one.field), one.message) for one in found]) from error
    problems: list[tuple[str, str]] = []
    if "~" in question.id:
        problems.append(("id", "an id has no ~"))
    if len(question.id) > ID_LIMIT:
        problems.append(("id", f"the id has {len(question.id)} characters, at most {ID_LIMIT}"))
    problems += [("topics", f"there is no topic {topic!r}") for topic in unknown_topics(question.topics)]
    if problems:
        raise IncompleteError(problems)
    return question


def question_in(draft: Draft) -> AnyQuestion:
    """The question that a draft makes, with what its author left empty filled in. Raises IncompleteError.

    The grader is asked about what is filled in, which takes up to a quarter of a second the first time; another call
    on the same fields is quick.
    """
    return question_of(completed(draft.kind, draft.fields))


def _without_tag(field: str) -> str:
    head, _, rest = field.partition(".")
    return rest if head in set(Kind) else field


# What is missing


@dataclass(frozen=True)
class Check:
    """A line of the checklist."""

    done: bool
    """There is nothing to do about it: it is there, or it is `made`."""
    text: str
    made: bool = False
    """Its author has not written it, and need not: it is filled in."""


def checklist(draft: Draft) -> tuple[Check, ...]:
    """What is there and what is still missing, in plain words, the missing ones as something to do.

    What is filled in as long as nobody writes it stands in one line at the end.
    """
    checks = [*_checks(draft.kind, draft.fields)]
    if filled := made(draft.kind, draft.fields):
        *others, last = filled
        names = f"{', '.join(others)} and {last}" if others else last
        checks.append(Check(True, f"{names[:1].upper()}{names[1:]}: made for you unless you write your own", made=True))
    return tuple(checks)


def problems(draft: Draft) -> tuple[str, ...]:
    """What is wrong with what is there; what is merely missing is for `checklist`."""
    strange = unknown_topics(cast("list[str]", draft.fields.get("topics") or []))
    topics = tuple(question_of_topic(topic, draft.kind) for topic in strange)
    try:
        question_of(completed(draft.kind, draft.fields, tried=False))
    except IncompleteError as error:
        missing = {name for name in _NAMES if not draft.fields.get(name)}
        if topics:
            missing.add("topics")
        short = {
            name for name, least in _LEAST.items() if len(cast("Sequence[Any]", draft.fields.get(name) or ())) < least
        }
        if any(field.partition(".")[0] == "topics" for field, _ in error.problems):
            missing.add("id")  # it begins with the topic, and says the same once more
        places = [field for field, _ in error.problems if field]
        unsaid = tuple(f"{field.removesuffix('claim')}accept" for field in places if field.endswith(".claim"))

        def follows(field: str) -> bool:
            """Whether it is wrong only because its entries are, or because there is no claim to word."""
            return any(other.startswith(f"{field}.") for other in places) or field.startswith(unsaid)

        return topics + tuple(
            dict.fromkeys(
                _told(field, message)
                for field, message in error.problems
                if field.partition(".")[0] not in missing and field not in short and not (field and follows(field))
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
    "label": "its name",
    "penalty": "what it costs",
    "tier": "how much it matters",
    "weight": "how much it matters",
    "accept": "ways to say it",
    "hits": "key points it makes",
    "level": "the level",
    "band": "the bands",
    "value": "the formula",
    "probe": "the question that lets people correct it",
}


def _told(field: str, message: str) -> str:
    """A mistake with its place in words: “key point 2, ways to say it: …”."""
    head, _, rest = field.partition(".")
    if not field:
        return message
    name = _NAMES.get(head, head.replace("_", " "))
    number, _, inner = rest.partition(".") if rest[:1].isdigit() else ("", "", rest)
    if number:
        name = f"{name} {number}"
    message = _plain(message)
    if head == "references":
        return f"{name}: write title | author | year"
    if head == "tolerance":
        return f"{name}: {_TOLERANCE.get(inner, message)}"
    inner = next((words for key, words in _INNER.items() if inner == key or inner.startswith(f"{key}.")), inner)
    where = ", ".join(part for part in (name, re.sub(r"\.\d+$", "", inner)) if part)
    return f"{where} {message}" if message == _ABSENT else f"{where}: {message}"


_ABSENT = "is missing"
_TOLERANCE = {
    "relative": "write a share above 0 and up to 20%, such as 5%",
    "absolute": "write a share such as 5%, or an amount above 0 such as 0.01",
}
_PLAINER = tuple(
    (re.compile(theirs), ours)
    for theirs, ours in (
        # A text that is taken apart before it is measured is a “value” of so many “items”.
        (r"(String|Value) should have at least 1 (character|item)\b.*", _ABSENT),
        (r"(String|Value) should have at most (\d+) (character|item)s?\b.*", r"at most \2 characters"),
        (r"(Tuple|List|Dictionary) should have at least (\d+) items? after validation, not 0", r"add at least \2"),
        (
            r"(Tuple|List|Dictionary) should have at least (\d+) items? after validation, not (\d+)",
            r"at least \2, not \3: add one",
        ),
        (
            r"(Tuple|List|Dictionary) should have at most (\d+) items? after validation, not (\d+)",
            r"at most \2, not \3: take one out",
        ),
        (r"Input should be greater than or equal to (\S+)", r"must be at least \1"),
        (r"Input should be greater than (\S+)", r"must be more than \1"),
        (r"Input should be less than or equal to (\S+)", r"must be at most \1"),
        (r"Input should be less than (\S+)", r"must be less than \1"),
        (r"Input should be a valid (number|integer).*", "a number is expected"),
        (r"Input should be a finite number", "a number is expected"),
        (r"Input should be a valid (tuple|list|dictionary).*", "is not what is expected here"),
        (r"Input should be (('[^']*'|\d+)(, | or )?)+", r"choose one of the list"),
        (r"Field required", _ABSENT),
    )
)


def _plain(message: str) -> str:
    for theirs, ours in _PLAINER:
        message = theirs.sub(ours, message)
    return message


def _checks(kind: Kind, fields: Fields) -> Iterable[Check]:
    if kind is Kind.CODE:  # comes whole, in a file
        return
    yield _text(fields, "prompt", "Prompt", "write the **prompt**")
    match kind:
        case Kind.FREE_TEXT:
            yield from _points(fields)
            yield _many(fields, "misconceptions", "misconception", "a wrong claim that people make")
            yield _model(fields, "Model answer", "write the **model answer**: it makes all core and depth points")
            yield from _written(fields)
            yield _many(fields, "references", "source", "a book or paper that it rests on")
        case Kind.MULTIPLE_CHOICE:
            options = cast("list[Fields]", fields.get("options") or [])
            right = sum(bool(option.get("correct")) for option in options)
            yield _many(fields, "options", "option", "each with its explanation")
            if options:
                yield Check(right == 1, "One option is right" if right == 1 else "mark exactly **one option** as right")
            yield from _written(fields)
        case Kind.NUMERIC:
            complete = all(fields.get(name) for name in ("answer", "tolerance", "working"))
            yield Check(complete, "Answer" if complete else "give the **answer**, its tolerance and the working")
            yield _many(fields, "mistakes", "typical mistake", "a wrong result and the slip behind it")
            yield from _written(fields)
        case Kind.BEHAVIORAL:
            yield _text(fields, "competency", "Competency", "name the **competency**, in one sentence")
            yield _model(fields, "Model story", "write a **model story** of 120 to 260 words")
            yield from _written(fields)


def _text(fields: Fields, name: str, there: str, todo: str) -> Check:
    done = bool(fields.get(name))
    return Check(done, there if done else todo)


def _many(fields: Fields, name: str, noun: str, what: str) -> Check:
    count, least = len(cast("Sequence[Any]", fields.get(name) or ())), _LEAST[name]
    if count >= least:
        return Check(True, counted(count, noun))
    so_far = f" ({count} of at least {least})" if count or least > 1 else ""
    return Check(False, f"add {'**' + noun + 's**' if least > 1 else 'a **' + noun + '**'}{so_far}: {what}")


def _points(fields: Fields) -> Iterable[Check]:
    points = cast("list[Fields]", fields.get("key_points") or [])
    yield _many(fields, "key_points", "key point", "single claims that a good answer makes")
    if points and not any(point.get("tier") == "core" for point in points):
        yield Check(False, "make at least one key point **core**: what everybody must say")


def _model(fields: Fields, there: str, todo: str) -> Check:
    full = cast("Fields", fields.get("model_answer") or {}).get("full")
    return Check(bool(full), there if full else todo)


def _written(fields: Fields) -> Iterable[Check]:
    """What is there although it need not be."""
    hints = sum(bool(hint) for hint in cast("list[str]", fields.get("hints") or []))
    if hints:
        yield Check(True, counted(hints, "hint"))
    if fields.get("takeaway"):
        yield Check(True, "What to remember")
    for name, there in _PARTS.items():
        if any(cast("Mapping[str, Any]", fields.get(name) or {}).values()):
            yield Check(True, there)
    if answers := len(cast("Sequence[Any]", fields.get("calibration_answers") or ())):
        yield Check(True, counted(answers, "calibration answer"))


_PARTS = {
    "look_for": "What to listen for",
    "probes": "Follow-ups",
    "anchors": "Anchors",
    "level_scope": "Scope by level",
}


# Names


def slug_of(text: str, limit: int = NAME_LIMIT, taken: Collection[str] = ()) -> str:
    """A slug of the telling words of a text, different from those that are taken."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    every = re.findall(r"[a-z0-9]+", _OPENING.sub("", plain)) or re.findall(r"[a-z0-9]+", plain)
    words = [word for word in every if not _SMALL.fullmatch(word)] or every or ["question"]
    spoken = [word for word in words if not word.isdigit()]
    if len(spoken) >= ENOUGH:  # a number alone is what tells “5 layers” from “10 layers”, and little in a sentence
        words = spoken
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
