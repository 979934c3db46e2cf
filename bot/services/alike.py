"""Answers of two people that are nearly the same words: a question for the host, never a penalty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz import fuzz

SHORTEST = {False: 80, True: 160}
"""Characters of a normalized text (of a program: True) below which people are alike by chance."""
NEARLY = {False: 90.0, True: 95.0}
"""From which similarity (0–100) on two texts (programs: True) are nearly the same."""
_COMMENT = re.compile(r"#[^\n]*")
_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Alike:
    """Two people whose answers are nearly the same."""

    first: int
    second: int
    similarity: float
    """0–100."""


def normalized(text: str, *, code: bool) -> str:
    """The words (of a program: the tokens, comments left out) with one space between, in lower case."""
    if code:
        return " ".join(_TOKEN.findall(_COMMENT.sub("", text)))
    return " ".join(_WORD.findall(text.casefold()))


def alike(answers: Mapping[int, str], *, code: bool = False) -> tuple[Alike, ...]:
    """The pairs of people whose answers (by user id) are nearly the same, the most similar first.

    Similarity is rapidfuzz's normalized indel similarity of the normalized texts.
    """
    texts = {user: normalized(text, code=code) for user, text in answers.items()}
    long = {user: text for user, text in sorted(texts.items()) if len(text) >= SHORTEST[code]}
    found: list[Alike] = []
    for (first, one), (second, other) in combinations(long.items(), 2):
        similarity = fuzz.ratio(one, other, score_cutoff=NEARLY[code])
        if similarity:
            found.append(Alike(first, second, similarity))
    return tuple(sorted(found, key=lambda pair: -pair.similarity))
