"""What a few clauses say, taken apart into marks that can be counted and compared.

A mark is a short string: a term, a term that is denied, a pole ("wide" and "broad" stand at one end of an axis,
"narrow" at the other; a denial turns it round), a pole with a word beside it, two neighboring words, a word that turns
meaning such as "only" or "instead".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from grader.text import vocabulary
from grader.text.normalise import Token, read, tokenize
from grader.text.polarity import polarities

BESIDE = 3
"""How many terms before and after a pole it may speak of."""
TIGHT_REACH = 4
"""How many tokens may stand between a pole and the word that it surely speaks of."""
_BARRIERS = vocabulary.words("and or but when if while because so than as then")


@lru_cache(maxsize=1)
def _axes() -> dict[str, tuple[tuple[int, int], ...]]:
    """For each term, the axes on which it stands and its end of each (1 or -1)."""
    found: dict[str, tuple[tuple[int, int], ...]] = {}
    for axis, line in enumerate(vocabulary.AXES.strip().splitlines()):
        for sign, side in zip((1, -1), line.split("|"), strict=True):
            for word in side.split():
                term = tokenize(word)[0].term or word
                found[term] = (*found.get(term, ()), (axis, sign))
    return found


def pole(axis: int, sign: int) -> str:
    return f"^{axis}{'+' if sign > 0 else '-'}"


def beside(axis: int, sign: int, term: str) -> str:
    """A pole with a word near it."""
    return f"{pole(axis, sign)} {term}"


def bound(axis: int, sign: int, term: str) -> str:
    """A pole with the word right before or after it."""
    return f"{pole(axis, sign)}!{term}"


def denied(term: str) -> str:
    return f"-{term}"


def only_denied(term: str) -> str:
    """It stands there denied and never otherwise."""
    return f"--{term}"


def pair(first: str, second: str) -> str:
    return f"{first}_{second}"


class Marks:
    """The marks of a text."""

    __slots__ = ("asserted", "beside", "bound", "denied", "pairs", "poles", "said", "terms", "words")

    def __init__(self, tokens: Sequence[Token], flags: Sequence[bool]) -> None:
        asserted: set[str] = set()
        denied: set[str] = set()
        for token, flag in zip(tokens, flags, strict=True):
            if token.term:
                (denied if flag else asserted).add(token.term)
        keys = [token.term or token.word for token in tokens]
        self.asserted, self.denied, self.terms = asserted, denied, asserted | denied
        self.said = frozenset(keys)
        """All terms, and words that have none."""
        self.words = (self.said - self.terms) & vocabulary.TURNING
        self.pairs = frozenset(map(pair, keys, keys[1:]))
        axes = _axes()
        poles: set[tuple[int, int]] = set()
        near: set[tuple[int, int, str]] = set()
        tight: set[tuple[int, int, str]] = set()
        for at, key in enumerate(keys):
            if key not in axes:
                continue
            around, next_to = tuple(_around(at, tokens)), tuple(_next_to(at, tokens))
            for axis, end in axes[key]:
                sign = -end if flags[at] else end
                poles.add((axis, sign))
                near.update([(axis, sign, term) for term in around])
                tight.update([(axis, sign, term) for term in next_to])
        self.poles, self.beside, self.bound = poles, near, tight

    @property
    def clear(self) -> Iterable[tuple[int, int]]:
        """The poles of axes of which the other end is not named."""
        return ((axis, sign) for axis, sign in self.poles if (axis, -sign) not in self.poles)

    def keys(self) -> list[str]:
        """All marks by which texts are compared."""
        return [
            *self.terms,
            *map(denied, self.denied),
            *map(only_denied, self.denied - self.asserted),
            *self.words,
            *(pole(*end) for end in self.clear),
            *(beside(*mark) for mark in self.beside),
            *(bound(*mark) for mark in self.bound),
            *self.pairs,
        ]


def _around(at: int, tokens: Sequence[Token]) -> Iterable[str]:
    for step in (1, -1):
        count, index = 0, at + step
        while 0 <= index < len(tokens) and count < BESIDE:
            if term := tokens[index].term:
                yield term
                count += 1
            index += step


def _next_to(at: int, tokens: Sequence[Token]) -> Iterable[str]:
    for step in (1, -1):
        index = at + step
        while 0 <= index < len(tokens) and abs(index - at) <= TIGHT_REACH and tokens[index].word not in _BARRIERS:
            if term := tokens[index].term:
                yield term
                break
            index += step


def marks_of(text: str) -> Marks:
    """The marks of a wording."""
    reading = read(text)
    standing = polarities(reading.surface.text, reading.clauses)
    tokens = [token for clause in reading.clauses for token in clause.tokens]
    return Marks(tokens, [flag for each in standing for flag in each.denied])
