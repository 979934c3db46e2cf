"""Lists of a draft as one text: key points, options and sources, written the way people keep them in their notes.

Reading is tolerant: blank lines, numbers, letters, bullets and check boxes all part one entry from the next. Whatever
is read, no word is dropped: what fits nowhere stays in the entry it stands next to, where its author sees it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from bot.services.drafts import Fields, slug_of

POINTS_HINT = "The claim [core 3]\n- how people say it\n? a follow-up\n\nThe next claim [depth 2]"
OPTIONS_HINT = "The right option [x]\n- why it is right\n\nA wrong one\n- what is wrong with it"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NUMBER = re.compile(r"\(?(?:\d{1,2}|[A-Za-z])\)\s*|(?:\d{1,2}|[A-Za-z])[.:]\s+|[•●▪·]\s*")
"""What stands before an entry of a list."""
_ONE_LINE = 60
"""Characters; a shorter line ends where its author ended it, not where the page did."""


def _plain(value: object) -> str:
    return " ".join(str(value or "").split())


def _opens(line: str, before: str) -> bool:
    """Whether a line without any mark begins an entry, rather than going on with the line before."""
    return line[:1].isupper() and (before.endswith((".", "!", "?", "]", ")")) or len(before) < _ONE_LINE)


class _Known:
    """The entries that there were, each to be met again once."""

    def __init__(self, entries: Sequence[Fields], name: str) -> None:
        self._name = name
        self.left = [*entries]
        self.texts = frozenset(map(self._text, entries))

    def _text(self, entry: Fields) -> str:
        return _plain(entry.get(self._name)).casefold()

    def take(self, text: str) -> Fields | None:
        """The first entry of that text that is left."""
        for number, entry in enumerate(self.left):
            if self._text(entry) == text.casefold():
                return self.left.pop(number)
        return None


# Key points

_WORTH = re.compile(r"\s*[\[(]\s*(core|depth|stretch)\b[\s,:]*([1-3])?\s*[\])]\.?\s*$", re.IGNORECASE)
_MARKS = "-&?"


@dataclass
class _Point:
    claim: str = ""
    marked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def all(self, mark: str) -> list[str]:
        return [text for one, text in self.marked if one == mark and text]


def points_text(points: Sequence[Mapping[str, Any]]) -> str:
    """Key points as paragraphs: the claim with its worth, below it wordings, what must be named, the follow-up."""
    paragraphs: list[str] = []
    for point in points:
        accept = cast("Fields", point.get("accept") or {})
        lines = [f"{_plain(point.get('claim'))} [{point.get('tier', 'core')} {point.get('weight', 2)}]"]
        lines += [f"- {phrase}" for phrase in cast("list[str]", accept.get("phrases") or [])]
        lines += [f"& {' | '.join(group)}" for group in cast("list[list[str]]", accept.get("concepts") or [])]
        lines += [f"? {point['followup']}"] if point.get("followup") else []
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs)


def read_points(text: str, points: Sequence[Fields]) -> tuple[list[Fields], frozenset[str]]:
    """The key points that a text holds, and the ids of those that it leaves out.

    A paragraph, a numbered or bulleted line, or a line that is a sentence of its own is a point. What a text does not
    show, such as patterns, stays with the point of the same claim.
    """
    known = _Known(points, "claim")
    found: list[Fields] = []
    for read in _points_of(text, known.texts):
        worth = _WORTH.search(read.claim)
        claim = read.claim[: worth.start()] if worth else read.claim
        old = known.take(claim) or {}
        accept = {
            name: value
            for name, value in cast("Fields", old.get("accept") or {}).items()
            if name not in {"phrases", "concepts"}
        }
        if phrases := read.all("-"):
            accept["phrases"] = phrases
        if groups := [[word.strip() for word in line.split("|") if word.strip()] for line in read.all("&")]:
            accept["concepts"] = groups
        point = {
            **{name: value for name, value in old.items() if name not in {"accept", "followup"}},
            "id": old.get("id") or slug_of(claim, 40, {str(one.get("id")) for one in (*found, *known.left)}),
            "tier": worth[1].lower() if worth else old.get("tier", "core"),
            "weight": int(worth[2] or 2) if worth else old.get("weight", 2),
            "claim": claim,
        }
        if accept:
            point["accept"] = accept
        if asked := " ".join(read.all("?")):
            point["followup"] = asked
        found.append(point)
    return found, frozenset(str(point.get("id")) for point in known.left)


def _points_of(text: str, known: Collection[str]) -> list[_Point]:
    lines = [line.strip() for line in text.splitlines()]
    marks = _MARKS if any(line and line[0] not in _MARKS for line in lines) else _MARKS[1:]
    found: list[_Point] = []
    gap, before = True, ""
    for line in lines:
        if not line:
            gap = True
            continue
        kept = _WORTH.sub("", line).casefold() in known
        if not kept and line[0] in marks and (found or line[0] != "-"):
            if not found:
                found.append(_Point())
            found[-1].marked.append((line[0], line[1:].strip()))
        else:
            number = None if kept else _NUMBER.match(line)
            claim = line[number.end() :] if number else line if kept else line.removeprefix("- ")
            if gap or number or kept or line[0] == "-" or _WORTH.search(before) or _opens(line, before):
                found.append(_Point(_plain(claim)))
            elif found[-1].marked:  # a wording that goes on in the next line
                mark, so_far = found[-1].marked.pop()
                found[-1].marked.append((mark, f"{so_far} {line}"))
            else:
                found[-1].claim = _plain(f"{found[-1].claim} {line}")
        gap, before = False, line
    return [point for point in found if point.claim or point.marked]


# Options

_BOX = re.compile(r"[-*]?\s*(?:\[\s*(?:(?P<right>[xX✓✔*])\s*|\s)\]|\(\s*(?:(?P<tick>[xX✓✔])\s*|\s)\))\s*")
_SIGN = re.compile(r"(?:(?P<star>\*+)|(?P<right>[✓✔✅☑])|[✗✘❌☐☒])\ufe0f?\s*")
_BEHIND = re.compile(
    r"\s*(?:(?P<star>\*+)|\[\s*[xX✓✔*]\s*\]|\((?:correct|right answer)\)|[✓✔✅☑]\ufe0f?)\s*$", re.IGNORECASE
)
_LETTER = re.compile(r"\(?([A-Za-z])[.):]")
_WHY = re.compile(r"(?:-(?!\s*\[[\sxX✓✔*]*\])|[–—→>]|Why:)\s*", re.IGNORECASE)


@dataclass
class _Option:
    text: str = ""
    right: bool = False
    star: bool = False
    """Whether it has a star; that marks the right one unless several have it."""
    letter: str = ""
    loose: list[str] = field(default_factory=list[str])
    """Lines below it without any mark."""
    why: list[str] = field(default_factory=list[str])


def options_text(options: Sequence[Mapping[str, Any]]) -> str:
    """Options as paragraphs, the right one marked with a cross, below each its explanation."""
    paragraphs: list[str] = []
    for option in options:
        name = str(option.get("id", ""))
        letter = f"{name}) " if len(name) == 1 and name in LETTERS else ""
        lines = [f"{letter}{'[x] ' if option.get('correct') else ''}{_plain(option.get('text'))}"]
        lines += [f"- {_plain(option['why'])}"] if option.get("why") else []
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs)


def read_options(text: str, options: Sequence[Fields]) -> list[Fields]:
    """The options that a text holds.

    A paragraph, or a line with a letter, number or check box before it, is an option; `[x]` or `*` marks the right
    one, and what follows a hyphen explains it. An option keeps its letter and what the text does not show as long as
    its words, or its letter, stay.
    """
    known = _Known(options, "text")
    read = _options_of(text, known.texts)
    same = [known.take(one.text) for one in read]
    for number, one in enumerate(read):
        if same[number] is None:
            same[number] = next((old for old in known.left if old.get("id") == one.letter), None)
            known.left = [old for old in known.left if old is not same[number]]
    taken = {str(old["id"]) for old in same if old and old.get("id")}
    found: list[Fields] = []
    for one, old in zip(read, same, strict=True):
        before = old or {}
        name = str(before.get("id") or "")
        if not name:
            name = one.letter if one.letter and one.letter not in taken else free_letter(taken)
            taken.add(name)
        option: Fields = {
            **{key: value for key, value in before.items() if key not in {"correct", "tag", "why"}},
            "id": name,
            "text": one.text,
        }
        if why := _plain(" ".join(one.why)):
            option["why"] = why
        if one.right:
            option["correct"] = True
        else:
            made = slug_of(_plain(before.get("text")), 40)
            option["tag"] = slug_of(one.text, 40) if before.get("tag") in {None, made} else before["tag"]
        found.append(option)
    return found


def free_letter(taken: Collection[str]) -> str:
    """What a further option is called."""
    every = (*LETTERS, *map(str, range(len(taken) + 1)))
    return next(name for name in every if name not in taken)


def _options_of(text: str, known: Collection[str]) -> list[_Option]:
    lines = [line.strip() for line in text.strip().splitlines()]
    reasons = [bool(_WHY.match(line)) for line in lines]
    explained = any(reasons) and any(line and not reason for line, reason in zip(lines, reasons, strict=True))
    numbered = sum(bool(_NUMBER.match(line) or _BOX.match(line)) for line in lines) > 1
    parted = numbered or "" in lines
    found: list[_Option] = []
    gap, below = True, False  # `below`: the line before belongs to an explanation
    for line, reason, next_reason in zip(lines, reasons, [*reasons, False][1:], strict=True):
        if not line:
            gap = True
            continue
        if reason and explained and found:
            found[-1].why.append(_WHY.sub("", line, count=1))  # it stands at the beginning
            below = True
        elif (
            gap
            or not found
            or _marked(line)
            or (not parted and not explained)  # a line each
            or (below and next_reason)
            or (explained and not parted and line[:1].isupper())
        ):
            found.append(_option(line, known))
            below = False
        elif below:
            found[-1].why.append(line)
        else:
            found[-1].loose.append(line)
        gap = False
    _settle(found)
    return found


def _settle(found: Sequence[_Option]) -> None:
    """What takes all of them to tell: whether stars are bullets, and whether a line goes on or explains."""
    by_star = not any(one.right for one in found) and sum(one.star for one in found) == 1
    for one in found:
        one.right |= by_star and one.star
        if one.why:
            one.text = _plain(" ".join([one.text, *one.loose]))
        else:
            one.why = one.loose


def _marked(line: str) -> bool:
    return any(pattern.match(line) for pattern in (_NUMBER, _BOX, _SIGN)) or _BEHIND.search(line) is not None


def _option(line: str, known: Collection[str]) -> _Option:
    """A line as an option: what stands before and behind its words says which, and whether it is right."""
    found = _Option()
    dash = _WHY.match(line)
    text = (line[dash.end() :] if dash else line) or line
    while text.casefold() not in known:
        if mark := _BOX.match(text):
            found.right |= bool(mark["right"] or mark["tick"])
        elif mark := _SIGN.match(text):
            found.right |= mark["right"] is not None
            found.star |= mark["star"] is not None
        elif mark := _NUMBER.match(text):
            letter = _LETTER.match(text)
            found.letter = letter[1].lower() if letter else found.letter
        if mark is None or mark.end() == len(text):
            break
        text = text[mark.end() :]
    if text.casefold() not in known and (behind := _BEHIND.search(text)) and behind.start():
        found.right |= behind["star"] is None
        found.star |= behind["star"] is not None
        text = text[: behind.start()]
    found.text = _plain(text)
    return found


# Sources

_YEAR = re.compile(r"1[7-9]\d\d|20\d\d")


def sources_text(sources: Sequence[Mapping[str, Any]]) -> str:
    """Sources as lines."""
    return "\n".join(
        " | ".join(str(one[name]) for name in ("title", "author", "year", "chapter") if one.get(name))
        for one in sources
    )


def read_sources(lines: Sequence[str]) -> list[Fields]:
    """The sources that lines hold: `title | author | year | chapter`, of year and chapter one or both.

    Commas do where they leave no doubt: "Title, Author, 2021". A line that cannot be told apart is kept as the title.
    """
    return [_source(line) for line in lines]


def _source(line: str) -> Fields:
    parts = [part.strip() for part in line.split("|")] if "|" in line else _by_commas(line)
    title, author, *rest = [*parts, ""] if len(parts) < 2 else parts
    found: Fields = {"title": title}
    if author:
        found["author"] = author
    chapters: list[str] = []
    for part in filter(None, rest):
        if _YEAR.fullmatch(part.strip("()")) and "year" not in found:
            found["year"] = int(part.strip("()"))
        else:
            chapters.append(part)
    if chapters:
        found["chapter"] = ", ".join(chapters)
    return found


def _by_commas(line: str) -> list[str]:
    """Title, author, year and chapter of a line with commas; the whole line where they cannot be told apart."""
    spaced = re.sub(r",?\s+\((\d{4})\)", r", \1", line)
    parts = [part.strip() for part in spaced.rstrip(".").split(",")]
    if len(parts) in {3, 4} and _YEAR.fullmatch(parts[2]) and all(parts):
        return parts
    return [line]
