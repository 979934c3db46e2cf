"""Which words of a clause are denied, set aside, or reported as somebody else's error.

A negation reaches from its cue to the next comma or the end of its clause. "Instead of", "rather than" and "as opposed
to" deny what follows them; "unlike", "than" and "compared with" only set it aside. A frame such as "it is a myth
that" or "some people think" denies the rest of its sentence up to a "but"; "which is wrong" denies the clause before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from grader.text.normalise import Clause, Token, is_negation
from grader.text.vocabulary import words

NOUN_REACH = 5
"""How many tokens "no" and "without" reach: they deny a thing, not the rest of the clause."""

_NOT_DENYING_AFTER = words("only just merely simply necessarily surprisingly exactly")
_NO_PHRASES = words("matter doubt wonder")
_UNFORGETTABLE = words("forget hesitate worry")
_DENYING_PHRASE = re.compile(
    r"\b(?:instead of|rather than|as opposed to|in place of|in lieu of|fail(?:s|ed|ing)? to|lacks?|lacking"
    r"|the opposite of|(?:is|are) free of|far from)\b"
)
_ASIDE_PHRASE = re.compile(r"\b(?:unlike|in contrast (?:to|with)|contrary to|compared (?:to|with)|versus|vs|than)\b")
_FRAME = re.compile(
    r"\b(?:myth|misconception|fallacy|not true|untrue|false|incorrect|wrong|a (?:common )?mistake|tempting|na[iï]ve)"
    r"(?: \w+)? (?:that|to (?:say|think|believe|assume|claim|conclude|expect))\b"
    r"|\b(?:people|someone|somebody|beginners|candidates|many|some) "
    r"(?:often |usually |sometimes |might |may |could |would |also )*(?:think|believe|say|assume|claim)s?\b"
    r"|\bone (?:might|may|could|would) (?:think|believe|say|assume)\b"
    r"|\bit (?:is|was) (?:often|sometimes|commonly|widely) (?:said|claimed|believed|thought|assumed)\b"
    r"|\bcommon (?:myth|mistake|misconception|error)\b"
    r"|\bi (?:used to think|do not think|don't think|do not believe|don't believe|doubt)\b"
)
_FRAME_AFTER = re.compile(
    r"^\W*(?:(?:and|but|which|that|this|it)\b[ ']*){0,2}(?:is|'s|would be|are) (?:\w+ ){0,1}"
    r"(?:wrong|false|incorrect|a myth|a misconception|not true|not correct|not right|not the case|untrue|a mistake)\b"
)
_RELATIVE = re.compile(r",?\s*(?:where|which|whose|that)\b")


@dataclass(frozen=True, slots=True)
class Scope:
    """What one denying word reaches, in positions of the folded text."""

    family: str
    cue: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Polarity:
    """How the tokens of one clause stand."""

    denied: tuple[bool, ...]
    aside: tuple[bool, ...]
    """Only named for comparison ("unlike a forest", "than L2")."""
    scopes: tuple[Scope, ...]
    framed: tuple[Scope, ...]
    """Where the clause reports an error instead of claiming."""


def polarities(text: str, clauses: Sequence[Clause]) -> list[Polarity]:
    """How the tokens of each clause stand; `text` is the folded text that the clauses are part of."""
    result: list[Polarity] = []
    open_frame, sentence = False, -1
    for clause in clauses:
        words = text[clause.start : clause.end]
        if clause.sentence != sentence or clause.contrast:
            open_frame, sentence = False, clause.sentence
        framed: list[Scope] = []
        if open_frame:
            framed.append(Scope("frame", clause.start, clause.start, clause.end))
        elif found := _FRAME.search(words):
            open_frame = True
            framed.append(Scope("frame", clause.start + found.start(), clause.start + found.end(), clause.end))
        if result and _FRAME_AFTER.search(words):
            before = clauses[len(result) - 1]
            taken_back = Scope("frame", before.start, before.start, before.end)
            result[-1] = replace(result[-1], framed=(*result[-1].framed, taken_back))
        scopes, aside = _scopes(words, clause.tokens, clause.start)
        result.append(Polarity(_denied(clause.tokens, scopes), aside, scopes, tuple(framed)))
    return result


def phrase_denied(tokens: Sequence[Token], text: str) -> tuple[bool, ...]:
    """Which tokens of an author's phrase are denied in it."""
    return _denied(tokens, _scopes(text, tokens, 0)[0])


def denied_at(token: Token, scopes: Iterable[Scope]) -> bool:
    """Whether an odd number of denials reaches the token."""
    return sum(scope.start <= token.start < scope.end for scope in scopes) % 2 == 1


def _denied(tokens: Sequence[Token], scopes: Sequence[Scope]) -> tuple[bool, ...]:
    if not scopes:
        return (False,) * len(tokens)
    return tuple(denied_at(token, scopes) for token in tokens)


def _scopes(text: str, tokens: Sequence[Token], base: int) -> tuple[tuple[Scope, ...], tuple[bool, ...]]:
    count = len(tokens)
    scopes: list[Scope] = []
    aside = [False] * count
    commas = [index for index, character in enumerate(text) if character in ",();"]

    def reach(offset: int, relative: bool = False) -> int:
        for comma in commas:
            if comma >= offset:
                if relative and _RELATIVE.match(text, comma):
                    relative = False
                    continue
                return comma
        return len(text)

    for index, token in enumerate(tokens):
        if not is_negation(token.word):
            continue
        following = tokens[index + 1].word if index + 1 < count else ""
        if token.word == "no" and any(t.word == "yes" for t in tokens[max(0, index - 2) : index]):
            continue  # a yes/no column
        if text[token.start - base - 1 : token.start - base] in {'"', "'"}:
            continue  # always answering "no fraud"
        if text[token.end - base : token.end - base + 1] == "-":
            continue  # a no-show, a no-op
        if any(t.word == "who" for t in tokens[max(0, index - 2) : index]):
            continue  # customers who did not pay: says which customers, denies nothing
        if (
            (token.word == "not" and following in _NOT_DENYING_AFTER)
            or (token.word == "no" and following in _NO_PHRASES)
            or following in _UNFORGETTABLE
        ):
            continue
        end, family = token.end - base, _family(token.word)
        last = reach(end)
        if family in {"no", "without"} and index + NOUN_REACH < count:
            last = min(last, tokens[index + NOUN_REACH].end - base)
        scopes.append(Scope(family, token.start, base + end, base + last))
    scopes += [
        Scope(found[0].split()[0][:4], base + found.start(), base + found.end(), base + reach(found.end()))
        for found in _DENYING_PHRASE.finditer(text)
    ]
    for found in _ASIDE_PHRASE.finditer(text):
        last = reach(found.end(), relative=True)
        for index, token in enumerate(tokens):
            if found.end() <= token.start - base < last:
                aside[index] = True
    return tuple(scopes), tuple(aside)


def _family(word: str) -> str:
    if word.endswith("n't") or word in {"not", "cannot"}:
        return "not"
    return "no" if word in {"no", "none", "nothing", "nobody"} else word


@lru_cache(maxsize=16384)
def named_denials(pattern: str) -> frozenset[str]:
    """The families of denying words that an author's pattern names itself; inside its match they are meant."""
    plain = re.sub(r"\\[a-zA-Z]", " ", pattern)
    found: set[str] = set()
    if re.search(
        r"(?<![a-z])(?:not|cannot)(?![a-z])|[a-z]n(?:\['[^\]]*\]|['’.])[?*]?\)?t(?![a-z])|(?<![a-z])not?\?", plain
    ):
        found.add("not")
    if re.search(r"(?<![a-z])(?:no|none|nothing|nobody)(?![a-z])|(?<![a-z])no\W?t\?", plain):
        found.add("no")
    for word in ("never", "neither", "nor", "without", "hardly", "barely", "rarely", "seldom"):
        if re.search(rf"(?<![a-z]){word}(?![a-z])", plain):
            found.add(word)
    for word in ("instead", "rather", "fail", "lack", "opposite", "far"):
        if re.search(rf"(?<![a-z]){word}", plain):
            found.add(word[:4])
    return frozenset(found)
