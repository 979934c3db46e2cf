"""Reads question files: YAML 1.2 with line marks, so that every mistake is told with file, line and field.

Each YAML document of a file is one question. PyYAML's C parser reads the text; the scalars are resolved here by
the YAML 1.2 core schema, in which `yes`, `on` and `12:30` are plain text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import TypeAdapter, ValidationError

from questions.kinds import AnyQuestion, StoredQuestion
from questions.model import DiscriminatedQuestion, WrittenQuestion

YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""PyYAML's safe loader, in C where it was built with it."""
_ADAPTER: TypeAdapter[WrittenQuestion] = TypeAdapter(DiscriminatedQuestion)
_STORED: TypeAdapter[AnyQuestion] = TypeAdapter(StoredQuestion)

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,300}$")
"""Longer digit strings stay text: Python refuses to read them, and no field wants them."""
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a known field",
    "string_type": "should be text (quote it if it looks like a number)",
    "int_type": "should be a whole number",
    "bool_type": "should be true or false",
    "union_tag_not_found": "the field 'type' is missing: free_text, multiple_choice, numeric or behavioral",
    "union_tag_invalid": "the field 'type' must be free_text, multiple_choice, numeric or behavioral",
}

MAX_DEPTH = 40
"""Levels of nesting. The C composer recurses without a check of its own and would take the process down."""
MAX_SIZE = 500_000
"""Characters and nodes of one question once its aliases are written out, so that few of them cannot make billions."""

_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in a question file, in its author's words."""

    file: str
    line: int
    """1-based."""
    field: str
    """Dotted path such as `key_points.2.accept.phrases`; empty for the whole question."""
    message: str
    question: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " + (f"{self.question}: " if self.question else "")
        return where + (f"{self.field}: {self.message}" if self.field else self.message)


class QuestionFileError(ValueError):
    """One or more questions could not be read; `problems` lists every mistake found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Loaded:
    """A question and where it stands."""

    question: AnyQuestion
    file: str
    line: int


def load_text(text: str, file: str = "<text>") -> list[Loaded]:
    """The questions of one YAML text. Raises QuestionFileError listing every mistake."""
    problems: list[Problem] = []
    loaded: list[Loaded] = []
    for data, lines in documents(text, file):
        name = str(cast(dict[str, object], data).get("id", "")) if isinstance(data, dict) else ""
        try:
            question = _ADAPTER.validate_python(data)
        except ValidationError as error:
            details = [dict(detail) for detail in error.errors()]
            problems += [problem_of(file, lines, name, d) for d in details if not _follows_from(d, details)]
        else:
            problems += id_problems(question, file, lines.get(("id",), 1))
            loaded.append(Loaded(question, file, lines[()]))
    if problems:
        raise QuestionFileError(problems)
    return loaded


def decode(text: str) -> AnyQuestion:
    """The question of a JSON text written by `encode`. Raises pydantic's ValidationError."""
    return _STORED.validate_json(text)


def encode(question: AnyQuestion) -> str:
    """A question as JSON, all it needs to be asked and graded again."""
    return json.dumps({"type": question.type, **question.model_dump(mode="json", exclude_defaults=True)})


def load_folder(folder: Path) -> list[Loaded]:
    """Every question below `folder` (`*.yaml`, and code tasks in `*.md`), in the order of their ids.

    Raises QuestionFileError listing the mistakes of all files, including ids that two questions share.
    """
    from questions.task_file import load_task  # noqa: PLC0415 - it reads its front matter with this module

    problems: list[Problem] = []
    loaded: list[Loaded] = []
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.md")]):
        name = path.relative_to(folder).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
            loaded += load_text(text, name) if path.suffix == ".yaml" else [load_task(text, name)]
        except UnicodeDecodeError:
            problems.append(Problem(name, 1, "", "the file is not UTF-8 text"))
        except QuestionFileError as error:
            problems += error.problems
    seen: dict[str, Loaded] = {}
    for item in loaded:
        if first := seen.get(item.question.id):
            where = f"{first.file}:{first.line}"
            problems.append(Problem(item.file, item.line, "id", f"{item.question.id} is already used in {where}"))
        seen.setdefault(item.question.id, item)
    if problems:
        raise QuestionFileError(problems)
    return sorted(loaded, key=lambda item: item.question.id)


def id_problems(question: AnyQuestion, file: str, line: int) -> list[Problem]:
    """What is wrong with the id of a question in a file, though the bot itself may use it."""
    if "~" not in question.id:
        return []
    return [Problem(file, line, "id", "an id in a file has no ~: that part names a server's own question", question.id)]


def _follows_from(detail: dict[str, Any], details: list[dict[str, Any]]) -> bool:
    """Whether a list counts as too short only because its items were refused."""
    path = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(path) and other["loc"][: len(path)] == path for other in details
    )


def problem_of(file: str, lines: dict[Path_, int], question: str, detail: dict[str, Any]) -> Problem:
    # pydantic puts the union's tag first in the path; it is not a field of the file.
    path: Path_ = tuple(detail["loc"])
    if path and path[0] in {"free_text", "multiple_choice", "numeric", "behavioral"}:
        path = path[1:]
    shown = path
    while path and path not in lines:
        path = path[:-1]
    message = _WORDS.get(detail["type"]) or str(detail["msg"]).removeprefix("Value error, ")
    field = ".".join(str(part + 1) if isinstance(part, int) else part for part in shown if part != "[key]")
    return Problem(file, lines.get(path, 1), field, message, question)


def documents(text: str, file: str) -> Iterator[tuple[object, dict[Path_, int]]]:
    try:
        _check_depth(text, file)
        # An empty document composes to None, which the stubs do not say.
        roots = cast("Iterator[yaml.Node | None]", yaml.compose_all(text, YAML_LOADER))
        for root in roots:
            if root is not None:
                builder = _Builder(file)
                data = builder.build(root, ())
                if data is not None:  # nothing after a `---`
                    yield data, builder.lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"not valid YAML: {error.problem or error.context}"
        raise QuestionFileError([Problem(file, mark.line + 1 if mark else 1, "", message)]) from error
    except yaml.YAMLError as error:
        raise QuestionFileError([Problem(file, 1, "", f"not valid YAML: {error}")]) from error


def _check_depth(text: str, file: str) -> None:
    depth = 0
    for event in yaml.parse(text, YAML_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _at(event, file, _TOO_DEEP)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Builder:
    """Turns the nodes of one question into data, noting where each field stands."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path_, int] = {}
        self._size = 0

    def build(self, node: yaml.Node, path: Path_) -> object:
        self.lines[path] = node.start_mark.line + 1
        self._size += 1 + (len(cast(str, node.value)) if isinstance(node, yaml.ScalarNode) else 0)
        if self._size > MAX_SIZE:
            raise _at(node, self.file, "a question this long is not read; do its aliases (*) multiply?")
        if len(path) > MAX_DEPTH:
            raise _at(node, self.file, _TOO_DEEP)
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path)
            case yaml.SequenceNode():
                items = cast(list[yaml.Node], node.value)
                return [self.build(item, (*path, index)) for index, item in enumerate(items)]
            case yaml.ScalarNode():
                return _scalar(cast(str, node.value), plain=not node.style)
            case _:
                raise _at(node, self.file, "this YAML construct is not used in question files")

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> object:
        result: dict[object, object] = {}
        for key_node, value_node in cast(list[tuple[yaml.Node, yaml.Node]], node.value):
            key = self.build(key_node, (*path, "[key]"))
            if not isinstance(key, str | int) or isinstance(key, bool):
                raise _at(key_node, self.file, "a field name is text")
            if key in result:
                raise _at(key_node, self.file, f"{key!r} is given twice")
            result[key] = self.build(value_node, (*path, key))
            self.lines[(*path, key)] = key_node.start_mark.line + 1
        return result


def _at(node: yaml.Node | yaml.Event, file: str, message: str) -> QuestionFileError:
    mark = node.start_mark
    return QuestionFileError([Problem(file, mark.line + 1 if mark else 1, "", message)])


def _scalar(value: str, *, plain: bool) -> object:
    if not plain:
        return value
    if value in _NULL:
        return None
    if value in _BOOL:
        return _BOOL[value]
    if _INT.match(value):
        return int(value)
    if _FLOAT.match(value) and math.isfinite(float(value)):
        return float(value)
    return value
