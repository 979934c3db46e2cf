"""All of a question, and what has changed in one, as text that fits into messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.services.question_changes import Change
from bot.services.question_parts import Look, Part, parts_of
from cogs._text import code_block, escape, shorten
from questions.kinds import AnyQuestion

PAGE_TEXT = 3300
"""Characters of a question on a page; the rest of a message is its heading."""
PAGE_BLOCKS = 11
"""A message has at most 40 parts, and every block comes with a line."""
CARD_BLOCKS = 6
CHANGES_TEXT = 3200
ONE_CHANGE = 1500
"""Characters of one change; a longer one is cut, and the file has all of it."""
SHORT = 70
"""A part of so many characters stands in one line with its title."""
AROUND = 9
"""Words that are shown on each side of what has changed."""
_CODE_LINES, _CODE_TEXT = 60, 2600
_AS_SHOWN = frozenset({"prompt", "model_answer", "editorial", "working"})
"""Sections whose line breaks and formatting candidates see, so that reviewers see them, too."""
_DENSE = frozenset({"short", "hints", "look_for", "anchors", "level_scope"})
"""Sections whose entries are a line each."""
_DETAILS = frozenset({"type", "topics", "levels", "difficulty"})


# All of it


def whole_blocks(question: AnyQuestion) -> list[str]:
    """All of a question but what `details` says in one line: a block a section, few blocks in all."""
    pieces = _pieces(part for part in parts_of(question) if part.section not in _DETAILS)
    blocks = [
        _between(section).join(text for _, text in same)
        for section, same in groupby(pieces, key=lambda piece: piece[0])
    ]
    return [*blocks[: CARD_BLOCKS - 1], *filter(None, ["\n\n".join(blocks[CARD_BLOCKS - 1 :])])]


def whole_pages(question: AnyQuestion) -> list[list[str]]:
    """All of a question as the blocks of one message after the other."""
    pages: list[list[str]] = [[]]
    last, room = "", PAGE_TEXT
    for section, text in _pieces(parts_of(question)):
        for part in _cut_up(text, PAGE_TEXT):
            joined = section == last and bool(pages[-1])
            if len(part) > room or (not joined and len(pages[-1]) >= PAGE_BLOCKS):
                pages.append([])
                room, joined = PAGE_TEXT, False
            if joined:
                pages[-1][-1] += f"{_between(section)}{part}"
            else:
                pages[-1].append(part)
            last, room = section, room - len(part) - 2
    return pages


def _between(section: str) -> str:
    """What stands between two entries of a section."""
    return "\n" if section in _DENSE else "\n\n"


def _cut_up(text: str, limit: int) -> list[str]:
    """A text in pieces of at most `limit` characters, cut where a line or a word ends."""
    pieces: list[str] = []
    while len(text) > limit:
        cut = max(text.rfind("\n", 0, limit), text.rfind(" ", limit // 2, limit))
        cut = cut if cut > 0 else limit
        pieces.append(text[:cut])
        text = text[cut:].lstrip()
    return [*pieces, text]


def _pieces(every: Iterable[Part]) -> list[tuple[str, str]]:
    """The entries of a question with their sections; short parts that follow each other are one section."""
    found: list[tuple[str, str]] = []
    for (section, _), same in groupby(every, key=lambda part: (part.section, part.entry)):
        parts = list(same)
        if len(parts) == 1 and _is_short(parts[0]):
            found.append(("short", f"**{parts[0].title}** · {_inline(parts[0])}"))
        else:
            found.append((section, _entry(parts)))
    return found


def _is_short(part: Part) -> bool:
    prose = part.look is not Look.CODE and part.section != "prompt"
    return prose and not part.entry and len(part.lines) == 1 and len(part.lines[0]) <= SHORT


def _entry(parts: Sequence[Part]) -> str:
    lines: list[str] = []
    for part in parts:
        head = f"**{part.label if not part.entry else part.title}**"
        if part.look is Look.CODE:
            lines += [head if not part.name else f"-# {part.name}", _program(part.lines[0])]
        elif part.section in _AS_SHOWN:
            lines += [head, *part.lines]
        elif not part.name and len(part.lines) == 1:
            lines.append(f"{head} · {_inline(part)}")
        elif not part.name:
            lines += [head, *(f"- {_worded(part, line)}" for line in part.lines)]
        elif part.look is Look.PATTERN and len(part.lines) > 2:
            lines += [f"-# {part.name}", *(f"- {_worded(part, line)}" for line in part.lines)]
        else:
            lines.append(f"-# {part.name}: {_inline(part)}")
    return "\n".join(lines)


def _program(text: str) -> str:
    shown = code_block(text, lines=_CODE_LINES, limit=_CODE_TEXT, language="py")
    cut = len(text) > _CODE_TEXT or text.strip("\n").count("\n") >= _CODE_LINES
    return f"{shown}\n-# **As a file** has the rest of it." if cut else shown


def _inline(part: Part) -> str:
    shown = " · ".join(_worded(part, line) for line in part.lines)
    return f"{shown} = {escape(part.value)}" if part.value else shown


def _worded(part: Part, line: str) -> str:
    return _formula(line) if part.look is Look.PATTERN else escape(line)


def _formula(text: str) -> str:
    return f"`{' '.join(text.split()).replace('`', '’')}`"


# What has changed


@dataclass(frozen=True)
class Told:
    """Changes as blocks of a message."""

    blocks: tuple[str, ...]
    whole: bool
    """Whether nothing was cut or left out."""


def change_blocks(changes: Sequence[Change], limit: int = CHANGES_TEXT, each: int = ONE_CHANGE) -> Told:
    """What has changed, the most important first, as far as `limit` characters go; the others are named."""
    blocks: list[str] = []
    room, whole = limit, True
    for number, change in enumerate(changes):
        text = _change(change)
        whole = whole and len(text) <= each
        text = _cut(text, each)
        if len(text) > room or len(blocks) == PAGE_BLOCKS - 1:
            others = "; ".join(one.what for one in changes[number:])
            head = "Also changed" if blocks else "Changed"
            blocks.append(shorten(f"-# {head}: {escape(others)}", max(room, 200)))
            return Told(tuple(blocks), whole=False)
        blocks.append(text)
        room -= len(text) + 1
    return Told(tuple(blocks), whole)


def _cut(text: str, limit: int) -> str:
    """At most `limit` characters; what is marked or fenced at the cut is closed again."""
    if len(text) <= limit:
        return text
    cut = shorten(text, limit - 8)
    for mark in ("```", "~~", "**"):
        if cut.count(mark) % 2:
            cut += f"\n{mark}" if mark == "```" else mark
    return cut


def _change(change: Change) -> str:
    if change.look is Look.CODE:
        return f"{_head(change)}\n{_program_change(change)}"
    head = _head(change)
    if not change.before or not change.after:
        return "\n".join([head, *(f"> {_plain(change, line)}" for line in change.before or change.after)])
    if change.entry or len(change.before) > 1 or len(change.after) > 1:
        gone = [f"> **gone** · {_plain(change, line)}" for line in change.before]
        come = [f"> **new** · {_plain(change, line)}" for line in change.after]
        return "\n".join([head, *gone, *come])
    before, after = "".join(change.before), "".join(change.after)
    if change.look is Look.PATTERN:
        old, new = _formula(before), _formula(after)
    else:
        old, new = marked(before, after)
    return f"{head}\n> **before** · {old}\n> **now** · {new}"


def _head(change: Change) -> str:
    what = "" if change.before and change.after else " · new" if change.after else " · taken out"
    return f"**{escape(change.label)}**{what}"


def _plain(change: Change, line: str) -> str:
    return _formula(line) if change.look is Look.PATTERN else escape(line)


def _program_change(change: Change) -> str:
    old, new = ("\n".join(lines).splitlines() for lines in (change.before, change.after))
    lines = [line for line in difflib.unified_diff(old, new, n=2, lineterm="") if not line.startswith(("---", "+++"))]
    shown = ["…" if line.startswith("@@") else line for line in lines]
    return code_block("\n".join(shown[1:] if shown[:1] == ["…"] else shown), lines=40, limit=1300, language="diff")


def marked(before: str, after: str) -> tuple[str, str]:
    """Two texts with what is gone struck out in the first and what is new bold in the second.

    Words that both have are left out where nothing near them has changed. Texts that have little in common come plain.
    """
    old, new = before.split(), after.split()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.3:
        return escape(before), escape(after)
    first: list[str] = []
    second: list[str] = []
    steps = matcher.get_opcodes()
    for number, (step, start, end, begin, stop) in enumerate(steps):
        if step == "equal":
            shown = _near(old[start:end], before=number > 0, behind=number + 1 < len(steps))
            first.append(shown)
            second.append(shown)
            continue
        if end > start:
            first.append(_emphasis(old[start:end], "~~"))
        if stop > begin:
            second.append(_emphasis(new[begin:stop], "**"))
    return " ".join(first), " ".join(second)


def _near(words: Sequence[str], *, before: bool, behind: bool) -> str:
    """Words that have not changed, as far as they are near to some that have (`before` or `behind` them)."""
    head, tail = AROUND if before else 0, AROUND if behind else 0
    if len(words) <= head + tail + 3:
        return escape(" ".join(words))
    return " ".join([*map(escape, words[:head]), "…", *map(escape, words[len(words) - tail :])])


def _emphasis(words: Iterable[str], mark: str) -> str:
    return f"{mark}{escape(' '.join(words))}{mark}"
