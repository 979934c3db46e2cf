"""From what people type to what can be compared, without losing where it stood.

An answer is folded character by character (case, quotes, minus signs, Greek, superscripts), so that every position of
the folded text knows its position in the original and evidence can be quoted word for word. Then it is cut into
sentences, sentences into clauses and clauses into tokens. A token carries a *term*: the stem of its word in American
spelling, or the one name that stands for all names of a thing (`lasso` and `absolute penalty` are both `l1`).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, cast

import snowballstemmer

from grader.text import vocabulary
from grader.text.vocabulary import words


class _Stemmer(Protocol):
    def stemWord(self, word: str, /) -> str: ...  # noqa: N802


_STEMMER = cast(_Stemmer, snowballstemmer.stemmer("english"))  # pyright: ignore[reportUnknownMemberType]
_SUPERSCRIPT_SIGNS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ"
_SUPERSCRIPTS = str.maketrans(_SUPERSCRIPT_SIGNS, "0123456789+-n")
_WORD = re.compile(
    r"[^\W\d_][^\W_⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ]*(?:'[^\W\d_]+)*|[0-9]+(?:[.,][0-9]+)*|[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+|_+|->|=>|<-|[<>!]=|[-+*/^=<>~%√]"
)
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|approx|fig|eq|cf|no|resp|w\.r\.t|al)|\b[a-z])$")
_SENTENCE_END = re.compile(r"[.!?]+(?=[\s\"')\]]|$)|\n\s*(?=[-*•▪◦‣–]\s|\d+[.)]\s|\n)|\n+")
_CLAUSE_END = re.compile(
    r"\s*(?:;|—|--|\s-\s|:\s)\s*"
    r"|,\s+(?=(?:but|while|whereas|although|though|however|yet|so|because|since|which|and|then|unlike|or|not)\b)"
    r"|\s+(?=(?:but|while|whereas|although|though|because|unless)\s)"
    r"|\s+(?=(?:so|therefore|hence|thus)\s(?!that|called|much|many|far|long))"
)
_CODE = re.compile(r"```.*?(?:```|$)|`[^`\n]+`", re.DOTALL)
_JOINED_PREFIXES = words("re non pre sub co un over under multi semi anti auto de inter intra mini hyper up down")
_CONTRAST = re.compile(r"(?:but|while|whereas|although|though|however|yet)\b")


@dataclass(frozen=True, slots=True)
class Folded:
    """A rewriting of a text that remembers where each of its characters came from."""

    text: str
    origin: tuple[int, ...]
    """`origin[i]` is the position in the original of character `i`; one more entry marks the end."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that `start:end` of this text stands for."""
        first = self.origin[start]
        last = self.origin[end - 1] + 1 if end > start else first
        return first, max(first, last)


@dataclass(frozen=True, slots=True)
class Token:
    word: str
    """As written, folded."""
    term: str
    """What it is compared by; empty for words that only hold sentences together."""
    start: int
    end: int
    """Where it stands in the folded text."""
    code: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """Part of a sentence that can make a claim of its own."""

    start: int
    end: int
    tokens: tuple[Token, ...]
    sentence: int
    """Which sentence of the text it belongs to."""
    contrast: bool = False
    """It opens with "but", "while", "whereas" or the like."""
    code: bool = False
    question: bool = False
    """Its sentence asks rather than claims."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text ready for comparison. Positions of clauses and tokens refer to `surface.text`."""

    original: str
    surface: Folded
    """Lower case, plain quotes and signs; otherwise as written."""
    spelled: Folded
    """Also with Greek letters and superscripts in ASCII and British spelling made American."""
    clauses: tuple[Clause, ...]
    sentences: tuple[tuple[int, int], ...]
    """Where each sentence stands in the folded text."""

    def quote(self, start: int, end: int) -> tuple[int, int]:
        """Positions in the original, without blanks at the ends."""
        first, last = self.surface.original(start, end)
        while last > first and self.original[last - 1].isspace():
            last -= 1
        while first < last and self.original[first].isspace():
            first += 1
        return first, last

    def spelled_range(self, start: int, end: int) -> tuple[int, int]:
        """`start:end` of the surface as positions in the spelled text."""
        return bisect_left(self.spelled.origin, start), bisect_left(self.spelled.origin, end)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of a lower-case word in American spelling."""
    return _STEMMER.stemWord(american(vocabulary.IRREGULAR.get(word, word)))


@lru_cache(maxsize=65536)
def american(word: str) -> str:
    """The American spelling of a lower-case word."""
    if word in vocabulary.BRITISH_WORDS:
        return vocabulary.BRITISH_WORDS[word]
    if word in vocabulary.BRITISH_KEEP or len(word) < 6:
        return word
    for british, us in vocabulary.BRITISH_WORDS.items():
        if len(british) > 5 and word.startswith(british):
            return us + word[len(british) :]
    return re.sub(r"is(e|es|ed|er|ers|ing|ation|ations|ational|able)$", r"iz\1", word)


def fold(text: str) -> Folded:
    """Lower case with plain quotes and signs; characters without a width or a meaning are dropped."""
    out: list[str] = []
    origin: list[int] = []
    for run in _RUN.finditer(text):
        first, last = run.span()
        if run[0] < "\x80":
            out.append(run[0].lower().translate(_BLANKS))
            origin += range(first, last)
        else:
            piece = _folded(run[0])
            out.append(piece)
            origin += [first] * len(piece)
    origin.append(len(text))
    return Folded("".join(out), tuple(origin))


_RUN = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]")
_BLANKS = {0: " ", ord("\r"): " "}


def _folded(character: str) -> str:
    """What stands for a character beyond ASCII."""
    signs = vocabulary.SIGNS
    if character in signs:
        return signs[character]
    category = unicodedata.category(character)
    if category in {"Cf", "Mn"}:
        return ""
    if category in {"Cs", "Co", "Cn", "Cc"}:
        return " "
    if character in vocabulary.GREEK or character in _SUPERSCRIPT_SIGNS:
        return character if character in "ΣΠ∑∏" else character.lower()
    return "".join(signs.get(c, c) for c in unicodedata.normalize("NFKC", character).lower())


_SPELL = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+|[" + "".join(vocabulary.GREEK) + r"]|[a-z]{4,}")


def spell(surface: Folded) -> Folded:
    """Greek letters by name, superscripts with a caret, American spelling. Positions map to the surface."""
    text, last = surface.text, 0
    out: list[str] = []
    origin: list[int] = []
    for found in _SPELL.finditer(text):
        piece = found[0]
        if piece in vocabulary.GREEK:
            new = vocabulary.GREEK[piece]
        elif piece[0] in _SUPERSCRIPT_SIGNS:
            new = "^" + piece.translate(_SUPERSCRIPTS)
        else:
            new = american(piece)
        if new == piece:
            continue
        start, end = found.span()
        out += [text[last:start], new]
        origin += range(last, start)
        origin += [min(start + index, end - 1) for index in range(len(new))]
        last = end
    out.append(text[last:])
    origin += range(last, len(text) + 1)
    return Folded("".join(out), tuple(origin))


def _canonical(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(stem(word) for word in words)


def _synonyms() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """By first stem: the stems of each known name, longest first, with the term that stands for it."""
    table: dict[tuple[str, ...], str] = {}
    for line in vocabulary.SYNONYMS.strip().splitlines():
        name, _, variants = line.partition(":")
        term = name.strip().replace(" ", "-")
        for variant in (name, *variants.split(",")):
            key = _canonical(_pieces(variant.strip()))
            table.setdefault(key, term)
    by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for key, term in table.items():
        by_first.setdefault(key[0], []).append((key, term))
    for rows in by_first.values():
        rows.sort(key=lambda row: -len(row[0]))
    return by_first


def _pieces(text: str) -> list[str]:
    return [piece for piece in _WORD.findall(spell(fold(text)).text) if piece not in {"-", "/", "_"}]


_SYNONYMS = _synonyms()
_STOP_TERMS = vocabulary.STOP_WORDS
NEGATIONS = words("not no never none nothing nobody neither nor cannot without hardly barely rarely seldom")
"""Words that turn a clause round; words ending in n't do too."""


def is_negation(word: str) -> bool:
    return word in NEGATIONS or word.endswith("n't")


def tokenize(text: str, start: int = 0, code: Sequence[tuple[int, int]] = ()) -> list[Token]:
    """The tokens of a folded text that begins at `start` of the whole, known names joined into one."""
    raw: list[tuple[str, int, int]] = []
    hyphen = False
    for found in _WORD.finditer(text):
        word, begin, end = found[0], found.start(), found.end()
        if word == "-" and raw and raw[-1][2] == begin and text[end : end + 1].isalpha() and raw[-1][0][-1:].isalpha():
            hyphen = True
            continue
        if word in {"-", "_"} or word[0] == "_":
            continue
        if word[0] in _SUPERSCRIPT_SIGNS:
            raw += [("^", begin, end), (word.translate(_SUPERSCRIPTS), begin, end)]
            hyphen = False
            continue
        if hyphen and raw and raw[-1][0] in _JOINED_PREFIXES:
            previous, at, _ = raw.pop()
            raw.append((previous + word, at, end))
        else:
            raw.append((word, begin, end))
        hyphen = False
    stems = [_spelled_stem(word) for word, _, _ in raw]
    tokens: list[Token] = []
    index = 0
    while index < len(raw):
        length, term = 1, ""
        for key, name in _SYNONYMS.get(stems[index], ()):
            if len(key) == 1 or tuple(stems[index : index + len(key)]) == key:
                length, term = len(key), name
                break
        word, begin, _ = raw[index]
        end = raw[index + length - 1][2]
        if not term and word not in _STOP_TERMS and not is_negation(word):
            term = stems[index]
        if length > 1:
            word = text[begin:end]
        in_code = any(first <= start + begin < last for first, last in code)
        tokens.append(Token(word, term, start + begin, start + end, in_code))
        index += length
    return tokens


@lru_cache(maxsize=65536)
def _spelled_stem(word: str) -> str:
    if word in vocabulary.GREEK:
        return stem(vocabulary.GREEK[word])
    found = stem(word.removesuffix("'s"))
    if found.endswith("s") and found not in _SYNONYMS and found[:-1] in _SYNONYMS:
        return found[:-1]  # the plural of an abbreviation
    return found


def read(text: str) -> Reading:
    """Folds, cuts and tokenizes a text."""
    surface = fold(text)
    folded = surface.text
    code = [found.span() for found in _CODE.finditer(folded)]
    sentences: list[tuple[int, int]] = []
    clauses: list[Clause] = []
    for begin, end in _sentences(folded, code):
        number = len(sentences)
        sentences.append((begin, end))
        asks = folded[begin:end].rstrip().endswith("?")
        for first, stop in _clauses(folded, begin, end, code):
            last = stop
            while last > first and folded[last - 1].isspace():
                last -= 1
            tokens = tuple(tokenize(folded[first:last], first, code))
            if not tokens:
                continue
            in_code = any(a <= first < b for a, b in code)
            contrast = bool(_CONTRAST.match(folded, first))
            clauses.append(Clause(first, last, tokens, number, contrast, in_code, asks))
    return Reading(text, surface, spell(surface), tuple(clauses), tuple(sentences))


def _sentences(text: str, code: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    start = 0
    for found in _SENTENCE_END.finditer(text):
        if found[0][0] == "." and (
            _ABBREVIATION.search(text, start, found.start())
            or any(first <= found.start() < last for first, last in code)
            or (
                text[max(start, found.start() - 3) : found.start()].strip().isdigit()
                and not text[start : found.start()].strip(" \n0123456789")
            )
        ):
            continue
        if text[start : found.end()].strip():
            yield start, found.end()
        start = found.end()
    if text[start:].strip():
        yield start, len(text)


def _clauses(text: str, start: int, end: int, code: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    begin = start
    while begin < end and text[begin] in " \t\n-*•▪◦‣":
        begin += 1
    for found in _CLAUSE_END.finditer(text, begin, end):
        if found.start() <= begin or any(first < found.start() < last for first, last in code):
            continue
        yield begin, found.start()
        begin = found.end()
    if begin < end:
        yield begin, end
