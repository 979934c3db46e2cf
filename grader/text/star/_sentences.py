"""Cutting an answer into the pieces that carry a label: sentences, bullets, and the clauses of run-on sentences."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.text.star_cues import HEADINGS, Label

MAX_CHARACTERS = 20_000
"""Of one turn, more is not read: nobody tells a story of that length."""
LONG_SENTENCE = 18
"""Words from which a sentence is cut at "; " and "so I" whatever its clauses hold."""
RUN_ON = 40
"""Words from which a sentence is taken for spoken text without full stops, and cut at every "and I"."""
CLAUSE_REACH = 400
"""How many characters on either side of a joint decide about it."""
CLAUSE_WORDS = 4
"""A clause cut off has at least so many words."""

WORD = re.compile(r"[^\W_]+(?:['’.+#/-][^\W_]+)*[+#]{0,2}")
_SAME_LENGTH = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": " ", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " ", "*": " ", "_": " "}
)
_BULLET = re.compile(r"\s*(?:(?:[-+•–—▪●◦‣·>#~→]+|\(?\d{1,2}[.)]|\(?[a-z]\))\s+|[-•●▪]\s*)+")
_HEADING = re.compile(r"\s*([a-z][a-z ]{0,18}?)(?: \((?:[a-z]|\w+ ?\w*)\))?\s*(?:[:\-–—=]+(?=\s|$)|$)")
_FENCE = re.compile(r"```[\w+-]*")
_ABBREVIATION = re.compile(
    r"(?:(?<!\w)(?:e\.g|i\.e|vs|approx|etc|dr|mr|mrs|(?<!\d )(?<!\d)ms|prof|no|fig|ca|incl|resp|cf|st|inc|ltd|a\.m|p\.m"
    r"|sr|jr)|(?<!\w)[a-z])\.$"
)
_STOP = re.compile(
    r"[.!?…。！？]+[\"')\]]*(?=\s)|[。！？]+"
    r"|(?<=[a-z]{3})[.!?](?=(?:i|we|the|so|then|after|in|it|my|and|but|he|she|they|this|that|as)\b)"
)
_HARD_JOINT = re.compile(
    r";\s+|\s+(?:[–—]|-{1,2}>?|→|=>)\s+|,?\s+(?=(?:and )?so (?:i|we)\b)|,?\s+(?=and then\b)|,?\s+(?=then (?:i|we)\b)"
)
_RUN_ON_JOINT = re.compile(
    r",?\s+(?=(?:and|so|but|um|uh|yeah|okay) "
    r"(?:then |so |um |uh |yeah |like |i |we |they |he |she |it |that's |in the end )+)"
)
_SOFT_JOINT = re.compile(
    r",\s+(?=(?:which|so|but|and|then|because|after|in|as|i|we|it|he|she|they|the|this|that|my|our|now|since|today|"
    r"reducing|cutting|saving|improving|bringing|increasing|leading|resulting|making|next|looking|with)\b)"
    r"|\s+(?=(?:and|so|but) (?:i|we|it|he|she|they|the|this|that|my|our|now|since|then|in the|as a|today|"
    r"everyone|nobody|eventually|finally|next|looking|after|accuracy|latency)\b)"
    r"|\s+(?=because\b)|\s+(?=in hindsight\b)|\s+(?=(?:and )?since then\b)|:\s+|\s+(?=\()"
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A stretch of one turn that gets one label; `folded` is its text in lower case, of the same length."""

    turn: int
    start: int
    end: int
    folded: str
    heading: Label
    """The part that a heading announces, right before it or alone in a line above it."""
    below: Label
    """The part of the last heading, where other sentences stand between."""
    sentence: int
    """Which sentence of its turn it belongs to."""

    @property
    def words(self) -> int:
        return len(WORD.findall(self.folded))


def fold(text: str) -> str:
    """Lower case with straight apostrophes, character by character: positions stay those of `text`."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    if not lowered.isascii():
        # A lone surrogate cannot be encoded, and RE2 reads UTF-8.
        lowered = "".join(" " if "\ud800" <= c <= "\udfff" else c for c in lowered)
    return lowered.translate(_SAME_LENGTH)


def pieces(turn: int, folded: str, differ: Callable[[str, str], bool]) -> list[Piece]:
    """The pieces of one turn. `differ` says whether two neighbouring clauses belong to different parts."""
    found: list[Piece] = []
    heading: Label = None
    alone = False
    number = 0
    for line_start, line_end in _lines(folded):
        bullet = _BULLET.match(folded, line_start, line_end)
        begin = bullet.end() if bullet else line_start
        here = alone
        for start, end in _sentences(folded, begin, line_end):
            announced, text_start = _heading(folded, start, end)
            if announced is not None:
                heading, here = announced, True
                alone = not folded[text_start:line_end].strip()
            clauses = list(_clauses(folded, text_start, end, differ))
            on, below = (heading, None) if here else (None, heading)
            # Text behind a heading, in its line, may run on into the next part.
            here = alone
            found += [Piece(turn, s, e, folded[s:e], on, below, number) for s, e in clauses]
            number += bool(clauses)
    return found


def _lines(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    for line in text[:MAX_CHARACTERS].splitlines(keepends=True):
        start = position
        for fence in _FENCE.finditer(line):
            yield start, position + fence.start()
            start = position + fence.end()
        position += len(line)
        yield start, position


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] in ",;:-–—*_=>~|"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ",;:-–—*_=<~|("):
        end -= 1
    return start, end


def _sentences(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    start = begin
    for stop in _STOP.finditer(text, begin, end):
        # The last letters before the full stop tell an abbreviation from an end.
        if text[stop.start()] == "." and _ABBREVIATION.search(text[max(start, stop.start() - 6) : stop.start() + 1]):
            continue
        yield start, stop.end()
        start = stop.end()
    yield start, end


def _heading(text: str, start: int, end: int) -> tuple[Label, int]:
    match = _HEADING.match(text, start, end)
    if match is None:
        return None, start
    part = HEADINGS.get(" ".join(match[1].split()))
    return (None, start) if part is None else (part, match.end())


def _clauses(text: str, start: int, end: int, differ: Callable[[str, str], bool]) -> Iterator[tuple[int, int]]:
    start, end = _trim(text, start, end)
    if not WORD.search(text, start, end):
        return
    at = [match.start() for match in WORD.finditer(text, start, end)]
    words = len(at)
    long = words >= LONG_SENTENCE
    joints = {m.end(): (m.start(), True) for m in _HARD_JOINT.finditer(text, start, end) if long}
    if words >= RUN_ON:
        joints |= {m.end(): (m.start(), True) for m in _RUN_ON_JOINT.finditer(text, start, end)}
    for match in _SOFT_JOINT.finditer(text, start, end):
        joints.setdefault(match.end(), (match.start(), False))
    ends = sorted(joints)
    for index, resume in enumerate(ends):
        cut, hard = joints[resume]
        until = ends[index + 1] if index + 1 < len(ends) else end
        first, last, after = bisect_left(at, start), bisect_left(at, cut), bisect_left(at, resume)
        if min(last - first, words - after) < CLAUSE_WORDS:
            continue
        if hard or differ(text[max(start, cut - CLAUSE_REACH) : cut], text[resume : min(until, resume + CLAUSE_REACH)]):
            yield _trim(text, start, cut)
            start = resume
    start, end = _trim(text, start, end)
    if WORD.search(text, start, end):
        yield start, end
