"""Takes questions from strangers: the bytes of a file or zip, or a pasted text, become questions or a list of mistakes.

What comes in is hostile until the end. It is screened before anything is built from it: sizes are counted on the bytes
that really come out of an archive, characters are looked at one by one, and YAML is read as a stream of events, where
depth, counts, aliases, tags and repeated keys can be refused without constructing a value. Patterns are compiled once
on trial, because the size of a compiled pattern cannot be told from its text. Only then `questions.loader` and
`questions.task_file` read it as they read the bank.

Nothing else than IntakeError leaves this module, whatever comes in. One bad part, and nothing is taken.
"""

from __future__ import annotations

import io
import lzma
import re
import stat
import struct
import time
import tokenize
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Never, cast

import yaml

from questions.kinds import AnyQuestion
from questions.loader import YAML_LOADER, Loaded, Problem, QuestionFileError, load_text
from questions.model import QUESTION_ID, Numeric
from questions.pattern import Pattern, PatternError, compile_pattern
from questions.task_file import load_task

MAX_FILE = 256 * 1024
"""Bytes of one file."""
MAX_ZIP = 2 * 1024 * 1024
"""Bytes of an archive as it is sent."""
MAX_UNPACKED = 20 * 1024 * 1024
"""Bytes that come out of an archive, counted as they come."""
MAX_FILES = 2_000
"""Entries of an archive."""
MAX_FOLDERS = 4
MAX_QUESTIONS = 100
"""Questions of one file."""
MAX_DEPTH = 12
"""Levels of nesting; questions of the bank have six."""
MAX_NODES = 3_000
"""Fields, entries and values of one question; the longest of the bank has a thousand."""
MAX_ENTRIES = 200
"""Entries of one list, or fields of one mapping."""
MAX_TEXT = 4_000
"""Characters of one value: no message is longer."""
MAX_NUMBER = 30
"""Characters of a number."""
MAX_PATTERNS = 300
"""Patterns of one question; the most in the bank are 108."""
MAX_PROGRAM = 3_500
"""Instructions of one compiled pattern; the longest of the bank has 2,900."""
MAX_QUESTION_PROGRAM = 80_000
"""The same of all patterns of a question; the most in the bank is 56,000."""
MAX_PROGRAMS = 8_000_000
"""Instructions of all patterns that are taken at once; those of the whole bank come to five million."""
MAX_VARIANTS = 10_000
"""Draws of a numeric question."""
MAX_FORMULAS = 120
"""Values to compute in the texts of a numeric question."""
MAX_ALL_NODES = 400_000
"""The same of all questions that are taken at once; the whole bank has 160,000."""
MAX_MESSAGE = 8_000
"""Characters of a pasted text."""
MAX_LINES = 5_000
"""Of a Markdown file."""
MAX_LINE = 2_000
MAX_GAP = 20
"""Spaces in a row in a heading or the first line of a block."""
MAX_BLOCK = 64 * 1024
"""Bytes of a block of code."""
MAX_CASES = 64 * 1024
"""Bytes of all cases of a task: Python's parser is slow on what is nested on purpose."""
MAX_PROBLEMS = 50
"""Mistakes that are listed."""
MAX_SECONDS = 30.0
"""After so long reading stops at the next file, question or pattern."""

YAML_SUFFIXES = frozenset({".yaml", ".yml"})
MARKDOWN_SUFFIXES = frozenset({".md", ".markdown"})

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_IGNORED = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$)")
"""What file managers add to archives; never opened."""
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ ()+,-]*")
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000effff\ud800-\udfff]"
)
"""Control characters, and what is not to be seen: it would hide text from whoever approves the question."""
_WIDE_SPACE = re.compile(r"^[ \t]*[\xa0\u2000-\u200a\u202f\u205f\u3000]")
_NUMBER = re.compile(r"[-+]?[0-9.][0-9._]*([eE][-+]?[0-9]*)?")
_GAP = re.compile(rf"\s{{{MAX_GAP + 1},}}")
_FENCE = re.compile(r"(?P<mark>`{3,}|~{3,})(?P<info>.*)")
_PATTERN_FIELDS = frozenset({"patterns", "half", "reject_if", "signals"})
_BROKEN_ZIP = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError,
    RuntimeError, NotImplementedError, OverflowError, KeyError, IndexError,
)  # fmt: skip
"""What the standard library raises for archives that lie about themselves."""

Clock = Callable[[], float]


class IntakeError(QuestionFileError):
    """Nothing was taken. `problems` lists the mistakes, `left_out` says how many more there are."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        listed = sorted(problems)[:MAX_PROBLEMS]
        super().__init__([_shortened(problem) for problem in listed])
        self.left_out = len(problems) - len(listed)


@dataclass
class _Budget:
    """What one intake may still use."""

    clock: Clock
    ends: float
    programs: int
    nodes: int

    def check_time(self, file: str, line: int = 1) -> None:
        if self.clock() > self.ends:
            _refuse(file, line, f"reading this takes more than {MAX_SECONDS:.0f} seconds; send it in smaller parts")


def read(name: str, data: bytes, *, clock: Clock = time.monotonic) -> tuple[Loaded, ...]:
    """The questions of a file (`.yaml`, `.md`) or a `.zip` of such files, in the order of their ids.

    `name` is the file's name as the sender gives it. `clock` counts seconds. Raises IntakeError, in the sender's words.
    """
    shown = _shown(name)
    budget = _Budget(clock, clock() + MAX_SECONDS, MAX_PROGRAMS, MAX_ALL_NODES)
    if data.startswith(_ZIP_MAGIC) or PurePosixPath(shown.lower()).suffix == ".zip":
        found = _archive(shown, data, budget)
    else:
        found = _file(shown, data, budget)
    _refuse_twins(found)
    return tuple(sorted(found, key=lambda item: item.question.id))


def read_message(text: str, *, clock: Clock = time.monotonic) -> tuple[Loaded, ...]:
    """The questions of a pasted text: plain, or in one code block with words around it. Lines are those of the message.

    A code task begins with its front matter (`---`). Raises IntakeError.
    """
    name = "your message"
    if len(text) > MAX_MESSAGE:
        _refuse(name, 1, f"more than {MAX_MESSAGE:,} characters; send a file")
    budget = _Budget(clock, clock() + MAX_SECONDS, MAX_PROGRAMS, MAX_ALL_NODES)
    before, text = _pasted(name, _plain_breaks(text))
    try:
        found = _questions(name, text, budget, markdown=_is_task(text))
        _refuse_twins(found)
    except IntakeError as error:
        raise IntakeError([replace(problem, line=problem.line + before) for problem in error.problems]) from error
    return tuple(replace(item, line=item.line + before) for item in found)


def _pasted(name: str, text: str) -> tuple[int, str]:
    """How many lines stand before the question, and the question without the fences of a code block."""
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[first:] and lines[first].strip() == "---":
        return first, "\n".join(lines[first:])
    fences = [number for number, line in enumerate(lines) if line.strip().startswith("```")]
    if not fences:
        return first, "\n".join(lines[first:])
    start = fences[0] + 1
    inside = "\n".join(lines[start:]).strip("\n")
    if _is_task(inside) and fences[-1] == len(lines) - 1:
        end = fences[-1]  # a task has blocks of its own
    else:
        end = next(
            (number for number in range(start, len(lines)) if lines[number].rstrip().endswith("```")), len(lines)
        )
        if any(number > end for number in fences):
            _refuse(
                name, next(n for n in fences if n > end) + 1, "put the question into one code block, or send a file"
            )
        if end < len(lines) and (rest := lines[end].rstrip().removesuffix("```")):
            lines[end] = rest
            end += 1
    while start < end and not lines[start].strip():
        start += 1
    return start, "\n".join(lines[start:end])


def _is_task(text: str) -> bool:
    """Whether a text is a code task; a YAML file may begin with `---`, too."""
    return text.startswith("---") and re.search(r"^(`{3,}|~{3,})\s{0,3}python ", text, re.MULTILINE) is not None


def _refuse(file: str, line: int, message: str, where: str = "") -> Never:
    raise IntakeError([Problem(file, line, where, message)])


def _shortened(problem: Problem) -> Problem:
    """The problem with a message that fits its line: authors' values are quoted in it."""
    return replace(
        problem,
        file=_cut(problem.file, 120),
        field=_cut(problem.field, 120),
        message=_cut(problem.message, 300),
        question=_cut(problem.question, 80),
    )


def _cut(text: str, length: int) -> str:
    text = " ".join(_HIDDEN.sub("\N{REPLACEMENT CHARACTER}", text).split())
    return text if len(text) <= length else text[: length - 1] + "…"


def _shown(name: str) -> str:
    return _cut(re.split(r"[\\/]", name)[-1], 80) or "file"


def _refuse_twins(found: Sequence[Loaded]) -> None:
    first: dict[str, Loaded] = {}
    twins: list[Problem] = []
    for item in found:
        known = first.setdefault(item.question.id, item)
        if known is not item:
            message = f"{item.question.id} is already used in {known.file}:{known.line}"
            twins.append(Problem(item.file, item.line, "id", message))
    if twins:
        raise IntakeError(twins)


# Archives


def _archive(name: str, data: bytes, budget: _Budget) -> list[Loaded]:
    if len(data) > MAX_ZIP:
        _refuse(name, 1, f"the archive has {len(data):,} bytes; at most {MAX_ZIP:,} are read")
    if not data.startswith(_ZIP_MAGIC):
        _refuse(name, 1, "this is no zip archive")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _entries(name, archive, budget)
    except QuestionFileError:
        raise
    except _BROKEN_ZIP as error:
        raise IntakeError([Problem(name, 1, "", f"the archive is damaged: {error}")]) from error


def _entries(name: str, archive: zipfile.ZipFile, budget: _Budget) -> list[Loaded]:
    entries = archive.infolist()
    if len(entries) > MAX_FILES:
        _refuse(name, 1, f"the archive has {len(entries):,} entries; at most {MAX_FILES:,} are read")
    wanted = [entry for entry in entries if not _IGNORED.search(entry.filename)]
    names: dict[str, str] = {}
    problems: list[Problem] = []
    for entry in wanted:
        shown = _cut(entry.orig_filename, 80)
        if trouble := _odd(entry):
            problems.append(Problem(shown, 1, "", trouble))
        # Two names that differ in case alone are one file on many machines.
        elif (folded := entry.filename.rstrip("/").casefold()) in names:
            problems.append(Problem(shown, 1, "", f"the archive holds this name twice ({names[folded]})"))
        else:
            names[folded] = shown
    if problems:
        raise IntakeError(problems)
    files = [entry for entry in wanted if not entry.is_dir()]
    if not files:
        _refuse(name, 1, "there is no question in this archive")
    found: list[Loaded] = []
    unpacked = 0
    for entry in files:
        budget.check_time(entry.filename)
        content = _unpacked(archive, entry, MAX_UNPACKED - unpacked)
        unpacked += len(content)
        try:
            found += _file(entry.filename, content, budget)
        except IntakeError as error:
            problems += error.problems
            if len(problems) >= MAX_PROBLEMS:
                break
    if problems:
        raise IntakeError(problems)
    return found


def _odd(entry: zipfile.ZipInfo) -> str:
    """What is wrong with an entry, before it is opened; empty when nothing is."""
    name = entry.orig_filename
    mode = entry.external_attr >> 16
    parts = name.removesuffix("/").split("/")
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        return "an absolute name: entries are named from the archive's own folder"
    if ".." in re.split(r"[\\/]", name):
        return "the name leads out of the archive (..)"
    if "\x00" in name or not all(_PART.fullmatch(part) and not part.endswith((".", " ")) for part in parts):
        return "an odd name: use letters, digits, dots, hyphens and underscores"
    if len(name) > 150 or len(parts) > MAX_FOLDERS + 1:
        return f"the name is too long, or more than {MAX_FOLDERS} folders deep"
    if stat.S_ISLNK(mode):
        return "a link: put the file itself into the archive"
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return "not a plain file"
    if entry.flag_bits & _ENCRYPTED:
        return "the entry is encrypted: archives with a password are not read"
    if entry.is_dir():
        return ""
    suffix = PurePosixPath(name.lower()).suffix
    if suffix in {".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".zst"}:
        return "an archive within the archive is not opened"
    if suffix not in YAML_SUFFIXES | MARKDOWN_SUFFIXES:
        return "only .yaml and .md files are taken"
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return "an unusual compression: use a plain zip"
    return ""


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    """The bytes of an entry. The sizes that headers claim are never used."""
    most = min(MAX_FILE, left)
    with archive.open(entry) as stream:
        content = bytearray()
        while chunk := stream.read(min(64 * 1024, most + 1 - len(content))):
            content += chunk
            if len(content) > most:
                break
    if len(content) > MAX_FILE:
        _refuse(entry.filename, 1, f"unpacked, the file has more than {MAX_FILE:,} bytes")
    if len(content) > left:
        _refuse(entry.filename, 1, f"unpacked, the archive has more than {MAX_UNPACKED:,} bytes")
    return bytes(content)


# Files


def _file(name: str, data: bytes, budget: _Budget) -> list[Loaded]:
    suffix = PurePosixPath(name.lower()).suffix
    if suffix not in YAML_SUFFIXES | MARKDOWN_SUFFIXES:
        _refuse(name, 1, "send questions as .yaml, code tasks as .md, several files as .zip")
    if len(data) > MAX_FILE:
        _refuse(name, 1, f"the file has {len(data):,} bytes; at most {MAX_FILE:,} are read")
    if data.startswith(_ZIP_MAGIC):
        _refuse(name, 1, "this is an archive, not a text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise IntakeError([Problem(name, line, "", "the file is not UTF-8 text; save it as UTF-8")]) from error
    return _questions(name, _plain_breaks(text), budget, markdown=suffix in MARKDOWN_SUFFIXES)


def _plain_breaks(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _questions(file: str, text: str, budget: _Budget, *, markdown: bool) -> list[Loaded]:
    """The questions of one text, screened before they are read."""
    _check_characters(file, text)
    if markdown:
        _check_markdown(file, text)
    for before, part in _yaml_parts(text) if markdown else [(0, text)]:
        _Screen(file, budget, before).check(part)
    try:
        found = [load_task(text, file)] if markdown else load_text(text, file)
    except QuestionFileError as error:
        raise IntakeError(error.problems) from error
    except (ValueError, RecursionError, MemoryError, tokenize.TokenError) as error:
        # What Python's own parser and tokenizer raise for the doctests of a task that are built to hurt them.
        message = f"the file cannot be read: {error or type(error).__name__}"
        raise IntakeError([Problem(file, 1, "", message)]) from error
    if not found:
        _refuse(file, 1, "there is no question in this text")
    problems = [problem for item in found for problem in _beyond_the_schema(item)]
    if problems:
        raise IntakeError(problems)
    return found


def _check_characters(file: str, text: str) -> None:
    if hidden := _HIDDEN.search(text):
        line = text[: hidden.start()].count("\n") + 1
        _refuse(file, line, f"an invisible or control character (U+{ord(hidden[0]):04X}) in this line; type it anew")
    for number, line in enumerate(text.split("\n"), 1):
        if _WIDE_SPACE.match(line):
            _refuse(file, number, "this line is indented by spaces of another kind; use plain ones")


def _check_markdown(file: str, text: str) -> None:
    """What would make the patterns of `task_file` slow: they are meant for lines that people write."""
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        _refuse(file, MAX_LINES + 1, f"the file has {len(lines):,} lines; at most {MAX_LINES:,} are read")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            _refuse(file, number, f"the line has {len(line):,} characters; at most {MAX_LINE:,} are read")
        if line.startswith(("#", "```", "~~~")) and _GAP.search(line):
            _refuse(file, number, f"more than {MAX_GAP} spaces in a row")
    cases = 0
    for number, info, content in _blocks(lines):
        size = sum(len(line.encode()) + 1 for line in content)
        if size > MAX_BLOCK:
            _refuse(file, number, f"the block `{_cut(info, 40)}` has more than {MAX_BLOCK // 1024} kB")
        cases += size if any(line.lstrip().startswith(">>>") for line in content) else 0
        if cases > MAX_CASES:
            _refuse(
                file, number, f"the cases together have more than {MAX_CASES // 1024} kB; let a generator make them"
            )


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, str, list[str]]]:
    """The fenced blocks: the number of the opening line (1-based), what stands behind the fence, the content."""
    number = 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        start = number
        number += 1
        if fence is None:
            continue
        mark = fence["mark"]
        while number < len(lines) and not _closes(lines[number], mark):
            number += 1
        yield start + 1, fence["info"], list(lines[start + 1 : number])
        number += 1


def _closes(line: str, mark: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(mark) and set(bare) == {mark[0]}


def _yaml_parts(text: str) -> Iterator[tuple[int, str]]:
    """The front matter and the YAML blocks of a task, each with the number of lines before it."""
    lines = text.split("\n")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == "---"), len(lines))
    yield 1, "\n".join(lines[1:end])
    for number, info, content in _blocks(lines[end + 1 :]):
        if info.split()[:1] in (["yaml"], ['"yaml"'], ["'yaml'"]):
            yield end + 1 + number, "\n".join(content)


@dataclass
class _Frame:
    """A list or mapping that is open while YAML is screened."""

    mapping: bool
    owner: str
    """The field that it is the value of, itself or through lists."""
    keys: set[str] = field(default_factory=set[str])
    key: str | None = None
    """The field whose value comes next."""
    entries: int = 0


class _Screen:
    """Looks through YAML event by event, before anything is built from it."""

    def __init__(self, file: str, budget: _Budget, before: int = 0) -> None:
        self._file = file
        self._budget = budget
        self._before = before
        self._frames: list[_Frame] = []
        self._documents = 0
        self._nodes = 0
        self._pattern_count = 0
        self._patterns: list[tuple[int, int, str, str]] = []
        """Document, line, field and text of each."""

    def check(self, text: str) -> None:
        """Raises IntakeError for what is refused. YAML that cannot be parsed passes: the loader says why."""
        try:
            for event in yaml.parse(text, YAML_LOADER):
                self._event(event)
        except yaml.YAMLError:
            return
        whole: Counter[int] = Counter()
        for document, line, where, pattern in self._patterns:
            self._budget.check_time(self._file, line)
            size = self._program(line, where, pattern)
            whole[document] += size
            if whole[document] > MAX_QUESTION_PROGRAM:
                _refuse(self._file, line, "the patterns of this question are too large together", where)
            self._budget.programs -= size
            if self._budget.programs < 0:
                _refuse(self._file, line, "too many patterns at once; send fewer questions")

    def _line(self, event: yaml.Event) -> int:
        mark = event.start_mark
        return self._before + (mark.line + 1 if mark else 1)

    def _refuse(self, event: yaml.Event, message: str) -> Never:
        frame = next((frame for frame in reversed(self._frames) if frame.key or frame.owner), None)
        _refuse(self._file, self._line(event), message, (frame.key or frame.owner) if frame else "")

    def _event(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                self._nodes = self._pattern_count = 0
                if event.version or event.tags:
                    self._refuse(event, "YAML directives (%) are not used in question files")
                if self._documents > MAX_QUESTIONS:
                    self._refuse(event, f"more than {MAX_QUESTIONS} questions in one file; send several files")
            case yaml.AliasEvent():
                self._refuse(event, f"an alias (*{event.anchor}) is not allowed: write the text out")
            case yaml.ScalarEvent():
                self._node(event)
                self._scalar(event)
            case yaml.CollectionStartEvent():
                self._node(event)
                if self._expects_key():
                    self._refuse(event, "a field name is text")
                parent = self._frames[-1] if self._frames else None
                owner = ((parent.key if parent.mapping else parent.owner) or "") if parent else ""
                self._frames.append(_Frame(isinstance(event, yaml.MappingStartEvent), owner))
                if len(self._frames) > MAX_DEPTH:
                    self._refuse(event, f"nested more than {MAX_DEPTH} levels deep")
            case yaml.CollectionEndEvent():
                self._frames.pop()
                self._done()
            case _:
                pass

    def _expects_key(self) -> bool:
        return bool(self._frames) and self._frames[-1].mapping and self._frames[-1].key is None

    def _done(self) -> None:
        """A value is complete; in a mapping the next field's name comes."""
        if self._frames and self._frames[-1].mapping:
            self._frames[-1].key = None

    def _node(self, event: yaml.NodeEvent) -> None:
        if event.anchor:
            self._refuse(event, f"an anchor (&{event.anchor}) is not allowed: write the text out")
        if (tag := cast("str | None", getattr(event, "tag", None))) is not None:
            self._refuse(event, f"a tag ({tag}) is not allowed; quote texts that begin with !")
        self._nodes += 1
        self._budget.nodes -= 1
        if self._nodes > MAX_NODES:
            self._refuse(event, f"a question of more than {MAX_NODES:,} entries is not read")
        if self._budget.nodes < 0:
            self._refuse(event, "too many questions at once; send fewer")
        if self._frames and not (frame := self._frames[-1]).mapping:
            frame.entries += 1
            if frame.entries > MAX_ENTRIES:
                self._refuse(event, f"a list has at most {MAX_ENTRIES} entries")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        value = event.value
        plain = not event.style
        if len(value) > MAX_TEXT:
            self._refuse(event, f"a text of {len(value):,} characters; at most {MAX_TEXT:,} are read")
        if plain and len(value) > MAX_NUMBER and _NUMBER.fullmatch(value):
            self._refuse(event, f"a number of {len(value)} characters; at most {MAX_NUMBER} are read")
        if hidden := _HIDDEN.search(value):  # written as an escape
            self._refuse(event, f"an invisible or control character (U+{ord(hidden[0]):04X}) is not allowed")
        if not self._frames:
            return
        frame = self._frames[-1]
        if not frame.mapping:
            if frame.owner in _PATTERN_FIELDS:
                self._pattern(event, value)
            return
        if frame.key is not None:
            self._done()
            return
        if plain and value == "<<":
            self._refuse(event, "a merge key (<<) is not allowed: write the fields out")
        if value in frame.keys:
            self._refuse(event, f"{_cut(value, 40)!r} is given twice")
        frame.keys.add(value)
        frame.key = value
        if len(frame.keys) > MAX_ENTRIES:
            self._refuse(event, f"at most {MAX_ENTRIES} fields stand side by side")

    def _pattern(self, event: yaml.Event, value: str) -> None:
        self._patterns.append((self._documents, self._line(event), self._frames[-1].owner, value))
        self._pattern_count += 1
        if self._pattern_count > MAX_PATTERNS:
            self._refuse(event, f"a question has at most {MAX_PATTERNS} patterns")

    def _program(self, line: int, where: str, pattern: str) -> int:
        """The instructions of a pattern once it is compiled; 0 for one that is none, which the loader tells."""
        try:
            size = program_size(pattern)
        except PatternError as error:
            if "too large" not in str(error):
                return 0
            size = MAX_PROGRAM + 1
        if size > MAX_PROGRAM:
            message = f"the pattern {_cut(pattern, 60)!r} grows too large when it is compiled; use smaller repetitions"
            _refuse(self._file, line, message, where)
        return size


def program_size(pattern: str) -> int:
    """The instructions of a compiled RE2 pattern. The pattern is not kept. Raises PatternError."""
    compile_anew = cast("Callable[[str], Pattern]", compile_pattern.__wrapped__)
    return compiled_size(compile_anew(pattern))


def compiled_size(compiled: Pattern) -> int:
    """The instructions of a compiled pattern, of the larger one of its two programs."""
    sizes = cast("tuple[int, int]", (cast(Any, compiled).programsize, cast(Any, compiled).reverseprogramsize))
    # RE2 says -1 for a program that it could not build.
    return MAX_PROGRAM + 1 if min(sizes) < 0 else max(sizes)


def _beyond_the_schema(item: Loaded) -> Iterator[Problem]:
    """What the schema lets through and a stranger's question must not have."""
    question: AnyQuestion = item.question
    if not QUESTION_ID.fullmatch(question.id):
        yield Problem(item.file, item.line, "id", f"{question.id!r} is not an id", question.id)
    if isinstance(question, Numeric) and question.variants > MAX_VARIANTS:
        message = f"{question.variants:,} different draws; at most {MAX_VARIANTS:,} can be checked"
        yield Problem(item.file, item.line, "params", message, question.id)
    texts = list(_texts(question.model_dump(mode="python"), ()))
    if isinstance(question, Numeric) and (count := sum(text.count("{") for _, text in texts)) > MAX_FORMULAS:
        message = f"{count} values are to be computed in its texts; at most {MAX_FORMULAS} are"
        yield Problem(item.file, item.line, "", message, question.id)
    for path, text in texts:
        if hidden := _HIDDEN.search(text):
            name = ".".join(path)
            message = f"an invisible or control character (U+{ord(hidden[0]):04X}) is not allowed"
            yield Problem(item.file, item.line, name, message, question.id)


def _texts(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, entry in cast("dict[object, object]", value).items():
            yield (*path, str(key)), str(key)
            yield from _texts(entry, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for number, entry in enumerate(cast("Sequence[object]", value), 1):
            yield from _texts(entry, (*path, str(number)))
