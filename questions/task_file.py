"""Reads a code task from its Markdown file (`docs/code-tasks.md` describes the format).

Front matter is YAML; fenced blocks with a role (`python solution`, `yaml groups` …) are data; the sections Statement,
Hints, Editorial and Notes for moderators are prose. Cases are doctests and stay source text: nothing is run here.
"""

from __future__ import annotations

import builtins
import doctest
import io
import re
import shlex
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import ValidationError

from questions.code_task import CodeTask
from questions.loader import Loaded, Path_, Problem, QuestionFileError, documents, id_problems, problem_of

ONCE = frozenset({"starter", "solution", "fixtures", "generate", "check", "data", "groups", "followups"})
MANY = frozenset({"sample", "hidden", "accepted", "wrong"})
ATTRIBUTES = {"hidden": {"group", "points"}, "wrong": {"expect", "why"}}
SECTIONS = ("statement", "hints", "editorial", "notes for moderators")
HIDDEN = "hidden cases"
"""The name of a group of hidden cases that gives none."""

_FENCE = re.compile(r"^(?P<mark>`{3,}|~{3,})\s*(?P<info>.*?)\s*$")
_HEADING = re.compile(r"^(?P<level>#{1,2})\s+(?P<text>.*?)\s*#*\s*$")
_NUMBERED = re.compile(r"^\s*\d+[.)]\s+(?P<text>.*)$")
_BEGINS = re.compile(r"\s*(?:[-*+]\s|\d+[.)]\s|>|\||#)| {4}|\t")
"""What begins a line of its own: list items, quotations, tables, headings, code."""
_STANDS_ALONE = re.compile(r"\s*(?:\||#)| {4}|\t")
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Warning)")


@dataclass(frozen=True)
class _Block:
    """A fenced block with a role. `line` is that of its first line of content, 1-based."""

    language: str
    role: str
    attributes: dict[str, str]
    text: str
    line: int


@dataclass
class _Document:
    front: str
    title: str = ""
    sections: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    blocks: list[_Block] = field(default_factory=list[_Block])
    lines: dict[Path_, int] = field(default_factory=dict[Path_, int])


def load_task(text: str, file: str = "<text>") -> Loaded:
    """The task of one file. Raises QuestionFileError listing every mistake with its line."""
    document = _parse(text, file)
    front = list(documents(document.front, file))
    if len(front) != 1 or not isinstance(front[0][0], dict):
        raise _wrong(file, 1, "the front matter must be one list of fields")
    data = {str(key): value for key, value in cast("dict[object, Any]", front[0][0]).items()}
    lines = {**front[0][1], **document.lines}
    name = str(data.get("id", ""))
    problems: list[Problem] = []
    for key, value in _fields(document, file, lines, problems).items():
        if key in data:
            problems.append(Problem(file, lines.get((key,), 1), key, "belongs into a block or section, not here", name))
        data[key] = value
    try:
        task = CodeTask.model_validate({"type": "code", **data})
    except ValidationError as error:
        # What a block with mistakes lacks is not told again as a part that the task lacks.
        details = [dict(detail) for detail in error.errors() if detail["loc"] or not problems]
        problems += [problem_of(file, lines, name, detail) for detail in details]
    else:
        problems += id_problems(task, file, lines.get(("id",), 1))
        if not problems:
            return Loaded(task, file, 1)
    raise QuestionFileError(problems)


def _wrong(file: str, line: int, message: str) -> QuestionFileError:
    return QuestionFileError([Problem(file, line, "", message)])


def _parse(text: str, file: str) -> _Document:
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].strip() != "---" or "---" not in [line.strip() for line in lines[1:]]:
        raise _wrong(file, 1, "a task begins with its front matter between two lines of ---")
    end = next(number for number, line in enumerate(lines[1:], 1) if line.strip() == "---")
    # Empty lines in front keep the line numbers of the file.
    document = _Document("\n" + "\n".join(lines[1:end]))
    section: str | None = None
    number = end + 1
    while number < len(lines):
        line = lines[number]
        if fence := _FENCE.match(line):
            close = _closing(lines, number, fence["mark"])
            if close is None:
                raise _wrong(file, number + 1, "this block is not closed")
            block = _block(fence["info"], lines[number + 1 : close], number + 2, file)
            if block is not None:
                document.blocks.append(block)
            elif section is not None:
                document.sections[section] += lines[number : close + 1]
            number = close + 1
            continue
        if heading := _HEADING.match(line):
            if len(heading["level"]) == 1:
                document.title = document.title or heading["text"]
                document.lines[("title",)] = number + 1
                section = None
            else:
                section = heading["text"].casefold()
                if section not in SECTIONS:
                    known = ", ".join(name.capitalize() for name in SECTIONS)
                    raise _wrong(file, number + 1, f"unknown section {heading['text']!r}; sections are {known}")
                if section in document.sections:
                    raise _wrong(file, number + 1, f"the section {heading['text']!r} is there twice")
                document.sections[section] = []
                document.lines[({"statement": "prompt", "notes for moderators": "notes"}.get(section, section),)] = (
                    number + 1
                )
        elif section is not None:
            document.sections[section].append(line)
        number += 1
    return document


def _closing(lines: list[str], start: int, mark: str) -> int | None:
    return next(
        (
            number
            for number in range(start + 1, len(lines))
            if (bare := lines[number].strip()) and set(bare) == {mark[0]} and len(bare) >= len(mark)
        ),
        None,
    )


def _block(info: str, content: list[str], line: int, file: str) -> _Block | None:
    """The block of an info string with a role; None for a block that is prose."""
    try:
        words = shlex.split(info)
    except ValueError as error:
        raise _wrong(file, line - 1, f"this line cannot be read: {error}") from error
    if len(words) < 2 or words[0] not in {"python", "yaml"}:
        return None
    language, role = words[:2]
    if role not in ONCE | MANY or (language == "yaml") != (role in {"groups", "followups"}):
        raise _wrong(file, line - 1, f"unknown block `{language} {role}`")
    attributes: dict[str, str] = {}
    for word in words[2:]:
        name, equals, value = word.partition("=")
        if not equals or name not in ATTRIBUTES.get(role, set()):
            raise _wrong(file, line - 1, f"a `{role}` block does not know {word!r}")
        attributes[name] = value
    return _Block(language, role, attributes, "\n".join(content) + "\n", line)


def _fields(document: _Document, file: str, lines: dict[Path_, int], problems: list[Problem]) -> dict[str, Any]:
    """The task's fields that stand outside the front matter; `lines` learns where they are."""
    data: dict[str, Any] = {"title": document.title}
    sections = {name: "\n".join(content).strip() for name, content in document.sections.items()}
    for name, key in (("statement", "prompt"), ("editorial", "editorial"), ("notes for moderators", "notes")):
        if name in sections:
            data[key] = _unwrapped(sections[name])
    if "hints" in sections:
        data["hints"] = _numbered(sections["hints"])
    for block in document.blocks:
        if block.role in ONCE and block.role in data:
            problems.append(Problem(file, block.line - 1, block.role, "there are two such blocks"))
            continue
        match block.role:
            case "sample":
                _add(data, "samples", _cases(block, file, problems), lines, block.line)
            case "hidden":
                group = {
                    "name": block.attributes.get("group", HIDDEN),
                    "cases": _cases(block, file, problems),
                    **_points(block, file, problems),
                }
                _add(data, "hidden", [group], lines, block.line)
            case "accepted":
                _add(data, "accepted", [block.text], lines, block.line)
            case "wrong":
                _add(data, "wrong", [{"code": block.text, **block.attributes}], lines, block.line)
            case "groups" | "followups":
                key = "generated" if block.role == "groups" else "followups"
                for value, where in documents("\n" * (block.line - 1) + block.text, file):
                    data[key] = value
                    lines.update({(key, *path): number for path, number in where.items()})
            case role:
                data[role] = block.text
                lines[(role,)] = block.line
    return data


def _add(data: dict[str, Any], key: str, values: list[Any], lines: dict[Path_, int], line: int) -> None:
    entries = data.setdefault(key, [])
    for value in values:
        lines[(key, len(entries))] = value["line"] if isinstance(value, dict) and "line" in value else line
        entries.append(value)


def _points(block: _Block, file: str, problems: list[Problem]) -> dict[str, int]:
    points = block.attributes.get("points")
    if points is None:
        return {}
    if not points.isdecimal():
        problems.append(Problem(file, block.line - 1, "points", f"{points!r} is not a whole number"))
        return {}
    return {"points": int(points)}


def _unwrapped(text: str) -> str:
    """Paragraphs and list items on one line each, however the file wraps them: Discord shows every line break."""
    lines: list[str] = []
    fence = ""
    joinable = False
    for line in text.splitlines():
        opening = _FENCE.match(line)
        if fence or opening:
            lines.append(line)
            if opening and (not fence or (line.strip() == opening["mark"] and opening["mark"].startswith(fence))):
                fence = "" if fence else opening["mark"]
            joinable = False
        elif joinable and line.strip() and not _BEGINS.match(line):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.rstrip())
            joinable = bool(line.strip()) and not _STANDS_ALONE.match(line)
    return "\n".join(lines)


def _numbered(text: str) -> list[str]:
    """The items of a numbered list; a line without a number goes on with the item before."""
    items: list[str] = []
    for line in text.splitlines():
        if numbered := _NUMBERED.match(line):
            items.append(numbered["text"])
        elif items and line.strip():
            items[-1] += " " + line.strip()
    return items


def _cases(block: _Block, file: str, problems: list[Problem]) -> list[dict[str, Any]]:
    try:
        parts = doctest.DocTestParser().parse(block.text)
    except ValueError as error:
        problems.append(Problem(file, block.line, block.role, f"not a list of examples: {error}"))
        return []
    cases: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part, str):
            if part.strip() and not all(line.lstrip().startswith("#") for line in part.strip().splitlines()):
                problems.append(Problem(file, block.line, block.role, f"this is no example: {part.strip()[:60]!r}"))
            continue
        line = block.line + part.lineno
        try:
            case = _case(part)
        except SyntaxError as error:
            problems.append(Problem(file, line, block.role, f"not Python: {error.msg}"))
        except ValueError as error:
            problems.append(Problem(file, line, block.role, str(error)))
        else:
            cases.append({**case, "line": line})
    return cases


def _case(example: doctest.Example) -> dict[str, Any]:
    """The call, its comment (`why; key=value; …`) and what is expected of it."""
    compile(example.source, "<case>", "eval")
    comments = [comment for comment in _comments(example.source) if not comment.startswith("doctest:")]
    call = _without_comments(example.source).strip()
    if not comments:
        raise ValueError("say in a comment behind the call what the case is about:  # an empty cluster")
    why, *rest = (part.strip() for part in " ".join(comments).split(";"))
    case: dict[str, Any] = {"call": call, "why": why}
    for option in rest:
        name, equals, value = option.partition("=")
        if not equals or name.strip() not in {"weight", "hint"}:
            raise ValueError(f"unknown {option!r} behind a case; weight=2 and hint=… may follow its description")
        case[name.strip()] = int(value) if name.strip() == "weight" and value.strip().isdecimal() else value.strip()
    if want := example.want.strip():
        compile(want, "<expected>", "eval")
        case |= {"expected": want, "raises": _is_exception(want)}
    return case


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(source).readline)


def _comments(source: str) -> list[str]:
    return [token.string.lstrip("# ").rstrip() for token in _tokens(source) if token.type == tokenize.COMMENT]


def _without_comments(source: str) -> str:
    lines = source.split("\n")
    for token in _tokens(source):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    return "\n".join(line for line in lines if line.strip())


def _is_exception(text: str) -> bool:
    known = getattr(builtins, text, None)
    return bool(_EXCEPTION.fullmatch(text)) or (isinstance(known, type) and issubclass(known, BaseException))
