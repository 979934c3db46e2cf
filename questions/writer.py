"""Writes questions back as the files that people keep: YAML, and Markdown for code tasks, as the bank's own look.

What is written is read again before it is given out, so that a file never says something else than its question.
A question has one text: equal questions are written byte for byte alike.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never, cast

from questions.code_task import CaseSource, CodeTask, Compare, FollowUp, Generated, Limits, Score
from questions.kinds import AnyQuestion
from questions.loader import QuestionFileError, load_text
from questions.model import (
    Accept,
    Behavioral,
    CalibrationAnswer,
    Difficulty,
    FreeText,
    KeyPoint,
    Level,
    Misconception,
    Model,
    MultipleChoice,
    Numeric,
    Part,
    Question,
    Reference,
    Relation,
    Signal,
    StarAnswer,
)
from questions.task_file import HIDDEN, load_task

WIDTH = 120
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can name; the same files then make the same bytes whenever they are packed."""
_MODE = (stat.S_IFREG | 0o644) << 16


class WriteError(ValueError):
    """The question cannot be written so that it reads the same; the message says which."""


def write(question: AnyQuestion) -> str:
    """The text of a question's file: Markdown for a code task, YAML for every other.

    Read again it gives an equal question (of a code task but for the lines of its cases); the part of an id behind a
    `~`, which names a server, is left out, as no file has it. Raises WriteError where the format cannot say what the
    question holds, such as a case whose description has a semicolon.
    """
    question = _of_no_server(question)
    try:
        if isinstance(question, CodeTask):
            text = _task(question)
            same = without_lines(load_task(text).question) == without_lines(question)
        else:
            text = "".join(f"{line}\n" for line in _fields(_written(question), 0))
            same = [item.question for item in load_text(text)] == [question]
    except QuestionFileError as error:
        raise WriteError(f"{question.id} cannot be written: {error.problems[0].message}") from error
    if not same:
        raise WriteError(f"{question.id} cannot be written: its file would read as another question")
    return text


def path_of(question: AnyQuestion) -> str:
    """Where the question's file belongs below the bank's folder: `ml/boosting.shrinkage.yaml`."""
    track, _, name = _of_no_server(question).id.partition(".")
    return f"{track}/{name}{'.md' if isinstance(question, CodeTask) else '.yaml'}"


def export(questions: Iterable[AnyQuestion]) -> bytes:
    """One zip with a file for every question, in folders by track; the same questions give the same bytes.

    Raises WriteError for a question that cannot be written, or whose id is used twice.
    """
    files: dict[str, str] = {}
    for question in questions:
        path = path_of(question)
        if path in files:
            raise WriteError(f"{question.id} is there twice")
        files[path] = write(question)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, text in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _MODE
            entry.create_system = 3  # else it depends on the machine
            archive.writestr(entry, text.encode())
    return packed.getvalue()


def _of_no_server(question: AnyQuestion) -> AnyQuestion:
    name, own, _ = question.id.partition("~")
    return question.model_copy(update={"id": name}) if own else question


def without_lines(question: AnyQuestion) -> AnyQuestion:
    """The question with line 0 for every case of a code task: where a case stands is no part of what it asks."""
    if not isinstance(question, CodeTask):
        return question
    groups = tuple(group.model_copy(update={"cases": _unplaced(group.cases)}) for group in question.hidden)
    return question.model_copy(update={"samples": _unplaced(question.samples), "hidden": groups})


def _unplaced(cases: Sequence[CaseSource]) -> tuple[CaseSource, ...]:
    return tuple(case.model_copy(update={"line": 0}) for case in cases)


# How values look


class _Look(Enum):
    PLAIN = auto()
    """Without quotes where that reads as the same text."""
    DOUBLE = auto()
    SINGLE = auto()
    """Patterns: a backslash is a backslash."""
    PROSE = auto()
    """A folded block, a literal one if it has line breaks."""
    LONG = auto()
    """Without quotes on one line, a folded block if it does not fit."""


@dataclass(frozen=True)
class _Text:
    text: str
    look: _Look = _Look.PLAIN


@dataclass(frozen=True)
class _Bare:
    """A number or a truth value."""

    text: str


@dataclass(frozen=True)
class _Flow:
    """A list on one line."""

    entries: tuple[_Node, ...]


@dataclass(frozen=True)
class _FlowMap:
    """A mapping on one line."""

    entries: Mapping[str, _Node]


@dataclass(frozen=True)
class _Rows:
    entries: tuple[_Node, ...]


@dataclass(frozen=True)
class _Fields:
    entries: Mapping[str | int, _Node] | Mapping[str, _Node]


_Node = _Text | _Bare | _Flow | _FlowMap | _Rows | _Fields

_INDICATORS = "-?:,[]{}#&*!|>'\"%@`"
_NOT_TEXT = re.compile(r"(?!.*\.\.)[-+.0-9][-+.0-9eE_]*|~|null|true|false|<<", re.IGNORECASE)
"""What the loader does not take for text, or might not."""
_NOT_PLAIN = re.compile(r": |:$| #|\t")
_NOT_FLOW = re.compile(r"[,\[\]{}]|:")
_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_BREAKABLE = re.compile(r"(?<=[^ ]) (?=[^ ])")
"""Spaces at which a text may be wrapped: unwrapping gives one back."""


def _plain(text: str, *, flow: bool) -> bool:
    """Whether a text without quotes reads as itself."""
    if not text or text != text.strip() or not text.isprintable() or _NOT_TEXT.fullmatch(text):
        return False
    if text[0] in _INDICATORS and (flow or text[0] != "-" or text[1:2].isspace() or text.startswith("---")):
        return False
    return not _NOT_PLAIN.search(text) and not (flow and _NOT_FLOW.search(text))


def _double(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else _escaped(c)) for c in text) + '"'


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def _inline(node: _Node, *, flow: bool = False) -> str:
    """A node on one line."""
    match node:
        case _Bare(text):
            return text
        case _Text(text, _Look.SINGLE) if text.isprintable():
            return "'" + text.replace("'", "''") + "'"
        case _Text(text, look):
            return text if look is not _Look.DOUBLE and _plain(text, flow=flow) else _double(text)
        case _Flow(entries):
            return "[" + ", ".join(_inline(entry, flow=True) for entry in entries) + "]"
        case _FlowMap(entries):
            return "{" + ", ".join(f"{_key(key)}: {_inline(e, flow=True)}" for key, e in entries.items()) + "}"
        case _Rows() | _Fields():
            raise AssertionError(f"{node} takes more than one line")
        case _:
            assert_never(node)


def _key(text: str) -> str:
    # Fields and labels without quotes; names that an author made up with them.
    return text if re.fullmatch(r"[a-z_][a-z0-9_]*", text) and _plain(text, flow=True) else _double(text)


def _fields(node: _Fields, indent: int) -> Iterator[str]:
    for key, value in node.entries.items():
        name = str(key) if isinstance(key, int) else _key(key)
        yield from _placed(f"{' ' * indent}{name}:", value, indent)


def _placed(head: str, node: _Node, indent: int) -> Iterator[str]:
    """The lines of a value behind its field's name or its hyphen."""
    match node:
        case _Fields():
            yield head
            yield from _fields(node, indent + 2)
        case _Rows(entries) if entries:
            yield head
            for entry in entries:
                yield from _row(entry, indent + 2)
        case _Rows():
            yield f"{head} []"
        case _Flow(entries) if len(line := f"{head} {_inline(node)}") > WIDTH and not head.endswith("-"):
            del line
            yield from _placed(head, _Rows(entries), indent)
        case _Text(text, _Look.PROSE):
            yield from _block(head, text, indent)
        case _Text(text, _Look.LONG) if len(head) + 1 + len(text) > WIDTH:
            yield from _block(head, text, indent)
        case _:
            yield f"{head} {_inline(node)}"


def _row(node: _Node, indent: int) -> Iterator[str]:
    head = f"{' ' * indent}-"
    if isinstance(node, _Fields):
        first, *rest = _fields(node, indent + 2)
        yield f"{head} {first.lstrip()}"
        yield from rest
    else:
        yield from _placed(head, node, indent)


def _block(head: str, text: str, indent: int) -> Iterator[str]:
    """A text as a block below its field, in quotes where a block would read as another text."""
    margin = " " * (indent + 2)
    lines = text.removesuffix("\n").split("\n")
    odd = not all(line.isprintable() for line in lines) or lines[0] != lines[0].strip() or not lines[0] or not lines[-1]
    if odd or (len(lines) == 1 and text.endswith("\n")):
        yield f"{head} {_double(text)}"
    elif len(lines) > 1:
        yield f"{head} |" + ("" if text.endswith("\n") else "-")
        yield from (margin + line if line else "" for line in lines)
    else:
        yield f"{head} >-"
        yield from _wrapped(text, margin, margin)


def _wrapped(text: str, first: str, margin: str, may_begin: re.Pattern[str] | None = None) -> Iterator[str]:
    """The text in lines of at most `WIDTH` where that can be. No line but the first begins with what `may_begin`
    matches; the first one begins with `first`, the others with `margin`."""
    pieces = _BREAKABLE.split(text)
    line = first + pieces[0]
    for number, piece in enumerate(pieces[1:], 1):
        fits = len(line) + 1 + len(piece) <= WIDTH
        if fits or (may_begin is not None and may_begin.match(" ".join(pieces[number : number + 2]) + " ")):
            line += f" {piece}"
        else:
            yield line
            line = margin + piece
    yield line


# Values that several kinds share


def _number(value: float) -> _Bare:
    """As people write it: 3, 0.25."""
    return _Bare(str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value)))


def _words(entries: Iterable[str]) -> _Flow:
    return _Flow(tuple(_Text(str(entry)) for entry in entries))


def _rows(entries: Iterable[str], look: _Look) -> _Rows:
    return _Rows(tuple(_Text(entry, look) for entry in entries))


def _set(model: Model, *names: str) -> Iterator[str]:
    """Those of the fields that do not hold their default."""
    fields = type(model).model_fields
    return (name for name in names if getattr(model, name) != fields[name].get_default(call_default_factory=True))


def _head(question: Question) -> dict[str, _Node]:
    """The fields in front of the prompt."""
    entries: dict[str, _Node] = {"id": _Text(question.id), "version": _Bare(str(question.version))}
    if not isinstance(question, CodeTask):
        entries["type"] = _Text(str(getattr(question, "type")))  # noqa: B009 - every kind adds it, with its own value
    entries["topics"] = _words(question.topics)
    if question.levels != tuple(Level):
        entries["levels"] = _words(question.levels)
    if question.rounds:
        entries["rounds"] = _words(question.rounds)
    entries["difficulty"] = _difficulty(question.difficulty)
    if question.time_limit_s is not None:
        entries["time_limit_s"] = _Bare(str(question.time_limit_s))
    return entries


def _difficulty(difficulty: Difficulty) -> _FlowMap:
    prior = {name: _number(getattr(difficulty, name)) for name in _set(difficulty, "b", "a", "c")}
    return _FlowMap({"level": _Bare(str(difficulty.level)), **prior})


def _references(references: Sequence[Reference]) -> dict[str, _Node]:
    return {"references": _Rows(tuple(_reference(reference) for reference in references))} if references else {}


def _reference(reference: Reference) -> _FlowMap:
    entries: dict[str, _Node] = {
        "title": _Text(reference.title, _Look.DOUBLE),
        "author": _Text(reference.author, _Look.DOUBLE),
    }
    if reference.year is not None:
        entries["year"] = _Bare(str(reference.year))
    if reference.chapter is not None:
        entries["chapter"] = _Text(reference.chapter, _Look.DOUBLE)
    return _FlowMap(entries)


def _bands(bands: Mapping[Level, int]) -> _FlowMap:
    return _FlowMap({level.value: _Bare(str(bands[level])) for level in Level})


def _key_point(point: KeyPoint) -> _Fields:
    entries: dict[str, _Node] = {
        "id": _Text(point.id),
        "tier": _Text(point.tier),
        "weight": _Bare(str(point.weight)),
        "claim": _Text(point.claim),
        "accept": _accept(point.accept),
    }
    for name in ("half", "reject_if"):
        if patterns := getattr(point, name):
            entries[name] = _rows(patterns, _Look.SINGLE)
    if point.opposites:
        entries["opposites"] = _rows(point.opposites, _Look.DOUBLE)
    return _Fields({**entries, "followup": _Text(point.followup, _Look.DOUBLE)})


def _accept(accept: Accept) -> _Fields:
    entries: dict[str, _Node] = {"phrases": _rows(accept.phrases, _Look.DOUBLE)}
    if accept.concepts:
        entries["concepts"] = _Rows(tuple(_words(wordings) for wordings in accept.concepts))
    if accept.patterns:
        entries["patterns"] = _rows(accept.patterns, _Look.SINGLE)
    return _Fields(entries)


def _misconception(wrong: Misconception) -> _Fields:
    entries: dict[str, _Node] = {"id": _Text(wrong.id), "penalty": _number(wrong.penalty)}
    if wrong.fatal:
        entries["fatal"] = _Bare("true")
    entries["claim"] = _Text(wrong.claim)
    if wrong.signals:
        entries["signals"] = _rows(wrong.signals, _Look.SINGLE)
    if wrong.phrases:
        entries["phrases"] = _rows(wrong.phrases, _Look.DOUBLE)
    entries["why_wrong"] = _Text(wrong.why_wrong)
    if wrong.probe is not None:
        entries["probe"] = _Text(wrong.probe, _Look.DOUBLE)
    return _Fields(entries)


def _answer_text(text: str) -> _Text:
    return _Text(text, _Look.DOUBLE if text.startswith("@") else _Look.PROSE)


# The kinds


def _written(question: FreeText | MultipleChoice | Numeric | Behavioral) -> _Fields:
    head = _head(question)
    prompt = {"prompt": _Text(question.prompt, _Look.PROSE)}
    match question:
        case FreeText():
            body = _free_text(question)
        case MultipleChoice():
            body = _choice(question)
        case Numeric():
            body = _numeric(question)
        case Behavioral():
            body = _behavioral(question)
        case _:
            assert_never(question)
    return _Fields({**head, **prompt, **body, **_references(question.references)})


def _free_text(question: FreeText) -> dict[str, _Node]:
    entries: dict[str, _Node] = {"key_points": _Rows(tuple(_key_point(point) for point in question.key_points))}
    if question.contrasts:
        entries["contrasts"] = _Rows(
            tuple(_Fields({name: _words(held) for name, held in sides.items()}) for sides in question.contrasts)
        )
    if question.relations:
        entries["relations"] = _Rows(tuple(_relation(relation) for relation in question.relations))
    entries["misconceptions"] = _Rows(tuple(_misconception(wrong) for wrong in question.misconceptions))
    if question.red_flags:
        entries["red_flags"] = _rows(question.red_flags, _Look.DOUBLE)
    entries["hints"] = _rows(question.hints, _Look.PLAIN)
    entries["model_answer"] = _Fields(
        {"short": _Text(question.model_answer.short), "full": _Text(question.model_answer.full, _Look.PROSE)}
    )
    entries["calibration_answers"] = _Rows(tuple(_calibration(answer) for answer in question.calibration_answers))
    return entries


def _relation(relation: Relation) -> _Node:
    if "->" in relation.cause or "→" in relation.cause + relation.effect:
        return _FlowMap({"cause": _Text(relation.cause), "effect": _Text(relation.effect)})
    return _Text(f"{relation.cause} -> {relation.effect}")


def _calibration(answer: CalibrationAnswer) -> _Fields:
    entries: dict[str, _Node] = {"label": _Text(answer.label), "text": _answer_text(answer.text)}
    entries["hits"] = _words(answer.hits)
    for name in ("halves", "misconceptions"):
        if found := getattr(answer, name):
            entries[name] = _words(found)
    return _Fields({**entries, "band": _bands(answer.band)})


def _choice(question: MultipleChoice) -> dict[str, _Node]:
    options: list[_Node] = []
    for option in question.options:
        entries: dict[str, _Node] = {"id": _Text(option.id), "text": _Text(option.text, _Look.DOUBLE)}
        if option.correct:
            entries["correct"] = _Bare("true")
        if option.tag is not None:
            entries["tag"] = _Text(option.tag)
        options.append(_FlowMap({**entries, "why": _Text(option.why, _Look.DOUBLE)}))
    shuffle: dict[str, _Node] = {} if question.shuffle else {"shuffle": _Bare("false")}
    return {
        "options": _Rows(tuple(options)),
        **shuffle,
        "hints": _rows(question.hints, _Look.PLAIN),
        "takeaway": _Text(question.takeaway),
    }


def _numeric(question: Numeric) -> dict[str, _Node]:
    entries: dict[str, _Node] = {}
    if question.params:
        drawn = {name: _Flow(tuple(_number(value) for value in values)) for name, values in question.params.items()}
        entries["params"] = _Fields(drawn)
    entries["answer"] = _Text(question.answer)
    tolerance = {name: _number(getattr(question.tolerance, name)) for name in _set(question.tolerance, *_TOLERANCES)}
    entries["tolerance"] = _FlowMap(tolerance)
    if question.unit:
        entries["unit"] = _Text(question.unit, _Look.DOUBLE)
    entries["mistakes"] = _Rows(
        tuple(
            _Fields({"value": _Text(m.value), "claim": _Text(m.claim), "why_wrong": _Text(m.why_wrong)})
            for m in question.mistakes
        )
    )
    entries["hints"] = _rows(question.hints, _Look.PLAIN)
    entries["working"] = _Text(question.working, _Look.PROSE)
    entries["takeaway"] = _Text(question.takeaway)
    return entries


_TOLERANCES = ("relative", "absolute")


def _behavioral(question: Behavioral) -> dict[str, _Node]:
    entries: dict[str, _Node] = {
        "competency": _Text(question.competency, _Look.LONG),
        "look_for": _Fields({part.value: _Text(question.look_for[part], _Look.LONG) for part in Part}),
        "probes": _Fields({part.value: _rows(question.probes[part], _Look.LONG) for part in Part}),
        "anchors": _Fields({band: _Text(question.anchors[band], _Look.LONG) for band in (1, 2, 3, 4)}),
        "level_scope": _Fields({level.value: _Text(question.level_scope[level], _Look.LONG) for level in Level}),
    }
    for name in ("positives", "negatives"):
        if signals := getattr(question, name):
            entries[name] = _Rows(tuple(_signal(signal) for signal in signals))
    entries["hints"] = _rows(question.hints, _Look.LONG)
    entries["model_answer"] = _Fields({"full": _Text(question.model_answer.full, _Look.PROSE)})
    entries["calibration_answers"] = _Rows(tuple(_story(answer) for answer in question.calibration_answers))
    return entries


def _signal(signal: Signal) -> _Fields:
    return _Fields(
        {
            "id": _Text(signal.id),
            "claim": _Text(signal.claim),
            "signals": _rows(signal.signals, _Look.SINGLE),
            "why": _Text(signal.why),
        }
    )


def _story(answer: StarAnswer) -> _Fields:
    entries: dict[str, _Node] = {
        "label": _Text(answer.label),
        "text": _answer_text(answer.text),
        "parts": _words(answer.parts),
    }
    if answer.negatives:
        entries["negatives"] = _words(answer.negatives)
    return _Fields({**entries, "band": _bands(answer.band)})


# Code tasks

_BEGINS = re.compile(r"\s*(?:[-*+]\s|\d+[.)]\s|>|\||#|`{3}|~{3})| {4}|\t")
"""What would begin a paragraph, a list item, a heading or a block of its own."""
_ITEM = re.compile(r"\s{0,3}(?:[-*+]|\d+[.)])\s+")
_ALONE = re.compile(r"\s*(?:\||#)| {4}|\t")
_FENCE = re.compile(r"(?P<mark>`{3,}|~{3,})")


def _task(task: CodeTask) -> str:
    blocks = [
        _code("python starter", task.starter),
        _code("python solution", task.solution),
        *(_code("python accepted", code) for code in task.accepted),
        *([_code("python fixtures", task.fixtures)] if task.fixtures else []),
        *([_code("python sample", _cases(task.samples))] if task.samples else []),
        *(_code(_hidden(group.name, group.points), _cases(group.cases)) for group in task.hidden),
        *([_code("yaml groups", _yaml(_group(group) for group in task.generated))] if task.generated else []),
        *([_code("python generate", task.generate)] if task.generate is not None else []),
        *([_code("python check", task.check)] if task.check is not None else []),
        *([_code("python data", task.data)] if task.data is not None else []),
        *(_code(f"python wrong expect={w.expect.value} why={_quoted(w.why)}", w.code) for w in task.wrong),
        *([_code("yaml followups", _yaml(_followup(asked) for asked in task.followups))] if task.followups else []),
    ]
    hints = "\n".join(
        line for number, hint in enumerate(task.hints, 1) for line in _wrapped(hint, f"{number}. ", "   ", _BEGINS)
    )
    sections = [("Hints", hints), ("Editorial", _prose(task.editorial))]
    if task.notes:
        sections.append(("Notes for moderators", _prose(task.notes)))
    front = "".join(f"{line}\n" for line in _fields(_front(task), 0))
    body = [f"---\n{front}---\n# {task.title}", f"## Statement\n{_prose(task.prompt)}", *blocks]
    return "\n\n".join([*body, *(f"## {name}\n{text}" for name, text in sections)]) + "\n"


def _front(task: CodeTask) -> _Fields:
    entries = _head(task)
    entries["minutes"] = _Bare(str(task.minutes))
    entries["kind"] = _Text(task.kind)
    entries |= {name: _Text(task.style) for name in _set(task, "style")}
    entries["entry"] = _Text(task.entry)
    entries["signature"] = _Text(task.signature, _Look.DOUBLE)
    entries |= {name: _words(getattr(task, name)) for name in _set(task, "needs", "forbid")}
    if task.limits != Limits():
        entries["limits"] = _options(task.limits)
    if task.compare != Compare():
        entries["compare"] = _options(task.compare)
    if task.score is not None:
        entries["score"] = _score(task.score)
    entries |= {name: _Bare(str(getattr(task, name))) for name in _set(task, "sample_points", "seed")}
    return _Fields({**entries, **_references(task.references)})


def _options(model: Compare | Limits) -> _FlowMap:
    return _FlowMap({name: _option(getattr(model, name)) for name in _set(model, *type(model).model_fields)})


def _option(value: object) -> _Node:
    match value:
        case Compare():
            return _options(value)
        case dict():
            entries = cast("dict[str, object]", value)
            return _FlowMap({name: _option(entry) for name, entry in entries.items()})
        case tuple():
            return _Flow(tuple(_option(entry) for entry in cast("tuple[object, ...]", value)))
        case bool():
            return _Bare(str(value).lower())
        case float():
            return _number(value)
        case int():
            return _Bare(str(value))
        case _:
            return _Text(str(value))


def _score(score: Score) -> _FlowMap:
    entries: dict[str, _Node] = {"metric": _Text(score.metric)}
    entries |= {name: _number(getattr(score, name)) for name in ("baseline", "passing", "full")}
    entries |= {name: _number(getattr(score, name)) for name in _set(score, "public_share", "per_day", "days")}
    return _FlowMap(entries)


def _code(info: str, text: str) -> str:
    """A fenced block, its fence longer than any in the text."""
    longest = max((len(found["mark"]) for line in text.split("\n") if (found := _FENCE.match(line.strip()))), default=2)
    mark = "`" * (longest + 1)
    return f"{mark}{info}\n{text.removesuffix(chr(10))}\n{mark}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _hidden(name: str, points: int) -> str:
    named = "" if name == HIDDEN else f" group={_quoted(name)}"
    return f"python hidden{named} points={points}"


def _cases(cases: Iterable[CaseSource]) -> str:
    """Doctests, each with what it is about behind the last line of its call."""
    lines: list[str] = []
    for case in cases:
        call = case.call.split("\n")
        about = [case.why, *([f"weight={case.weight}"] if case.weight != 1 else [])]
        about += [f"hint={case.hint}"] if case.hint is not None else []
        call[-1] += f"   # {'; '.join(about)}"
        lines += [f"{'...' if number else '>>>'} {line}" for number, line in enumerate(call)]
        lines += case.expected.split("\n") if case.expected is not None else []
    return "\n".join(lines)


def _yaml(entries: Iterable[_Fields]) -> str:
    return "\n".join(line for entry in entries for line in _row(entry, 0))


def _group(group: Generated) -> _Fields:
    entries: dict[str, _Node] = {"group": _Text(group.group)}
    entries |= {name: _Bare(str(group.count)) for name in _set(group, "count")}
    if group.args:
        entries["args"] = _FlowMap({name: _argument(value) for name, value in group.args.items()})
    entries |= {name: _Bare(str(group.points)) for name in _set(group, "points")}
    if group.scaling is not None:
        entries["scaling"] = _number(group.scaling)
    if group.why is not None:
        entries["why"] = _Text(group.why)
    return _Fields(entries)


def _argument(value: object) -> _Node:
    """An argument keeps its type: 1.0 is not 1."""
    return _Bare(repr(value)) if isinstance(value, float) else _option(value)


def _followup(asked: FollowUp) -> _Fields:
    entries: dict[str, _Node] = {
        "id": _Text(asked.id),
        "ask": _Text(asked.ask, _Look.LONG),
        "key_points": _Rows(tuple(_key_point(point) for point in asked.key_points)),
    }
    if asked.misconceptions:
        entries["misconceptions"] = _Rows(tuple(_misconception(wrong) for wrong in asked.misconceptions))
    return _Fields({**entries, "model": _Text(asked.model, _Look.LONG)})


def _prose(text: str) -> str:
    """The text with long paragraphs and list items wrapped; blocks, tables and indented code stay as they are."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        opening = _FENCE.match(line)
        if fence or opening:
            lines.append(line)
            if opening and not fence:
                fence = opening["mark"]
            elif fence and set(line.strip()) == {fence[0]} and len(line.strip()) >= len(fence):
                fence = ""
        elif _ALONE.match(line):
            lines.append(line)
        else:
            item = _ITEM.match(line)
            margin = " " * min(3, len(item[0])) if item else ""
            lines += _wrapped(line, "", margin, _BEGINS)
    return "\n".join(lines)
