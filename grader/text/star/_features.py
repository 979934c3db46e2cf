"""What a piece says, as named numbers that the model weighs: its wording, and its place among its neighbours."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.text import star_cues as cues
from grader.text.normalise import stem
from grader.text.star._sentences import WORD, Piece
from grader.text.star._verbs import Doing, doing
from grader.text.star_cues import LABELS, Label
from questions.model import Part

LEAST_LOG = -6.0
"""Log-probabilities below this say no more."""
NEIGHBORS = (-2, -1, 1, 2)
LENGTHS = (3, 6, 10, 20)
DECLINING_WORDS = 6
"""A longer "I don't know …" may well tell something."""
FILLER_WORDS = 2
SHORT_STORY = 5
"""Pieces."""

_TOKEN = re.compile(r"[a-z0-9][\w'./%-]*|[?!:;]")
_PRONOUNS = {
    "i": "i", "i'm": "i", "i've": "i", "i'd": "i", "my": "my", "me": "me",
    "we": "we", "we've": "we", "we'd": "we", "we're": "we", "our": "our", "us": "us",
    "he": "he", "she": "he", "they": "they", "you": "you", "your": "you", "one": "one",
    "it": "it", "it's": "it", "there": "there", "this": "this", "that": "that", "that's": "that",
    "nobody": "everybody", "everybody": "everybody", "everyone": "everybody", "people": "people",
    "the": "the", "a": "a",
}  # fmt: skip
_PERSONS = frozenset({"i", "my", "me", "we", "our", "us", "he", "they", "you", "one"})
_FIRST = frozenset({"i", "my", "me", "we", "our", "us"})
_PASSIVE = re.compile(r"\b(?:was|were|been|is|are|got)\b(?: \w+ly)? \w+(?:ed|en)\b")
_PAST = re.compile(
    r"\b\w{3,}ed\b|\b(?:was|were|had|did|went|came|took|made|got|said|told|found|ran|wrote|built|gave|kept|led|sent|"
    r"saw|met|brought|chose|fell|rose|grew|cut|put|read|sat|drew|began|knew|thought|felt|spoke|stood|became|left|"
    r"lost|won|bought|taught)\b"
)
_PRESENT = re.compile(r"\b(?:is|are|am|do|does|has|have|can|will)\b|'(?:m|re|ll)\b|\b(?:it|that)'s\b")
_MODAL = re.compile(r"\b(?:would|should|could|might|must|i'd|we'd)\b")


@dataclass(frozen=True)
class Reading:
    """What a piece says, whatever its place in the story."""

    features: dict[str, float]
    doing: Doing
    numbers: tuple[str, ...]
    vague: tuple[str, ...]
    hypothetical: bool
    words: int

    @property
    def instruction(self) -> bool:
        """It speaks to the grader."""
        return "instruction" in self.features

    @property
    def declines(self) -> bool:
        """It says that there is nothing to say."""
        return ("no-answer" in self.features and self.words <= DECLINING_WORDS) or (
            "filler" in self.features and self.words <= FILLER_WORDS
        )


def read(folded: str) -> Reading:
    """The reading of a piece, folded."""
    did = doing(folded)
    count = len(WORD.findall(folded))
    numbers = tuple(match.group().strip() for match in cues.NUMBER.finditer(folded))
    features = {cue.name: 1.0 for cue in cues.CUES if cue.pattern.search(folded)}
    hypothetical = (
        cues.HYPOTHETICAL.search(folded) is not None
        and cues.REPORTED.search(folded) is None
        and not features.keys() & {"hindsight", "since-then", "learned"}
    )
    past = cues.PAST_MARK.search(folded) is not None
    flags = {
        "own-step": bool(did.own) and not did.present and not did.implied,
        "own-steps": len(did.own) > 1,
        "own-steps-many": len(did.own) > 2,
        "own-present": did.present,
        "own-observation": did.observed,
        "implied-step": did.implied,
        "shared-step": bool(did.shared),
        "other-step": bool(did.other),
        "own-outcome": did.outcome and bool(numbers),
        "number": bool(numbers),
        "change-number": bool(numbers) and cues.CHANGE_NUMBER.search(folded) is not None,
        "hypothetical": hypothetical,
        "past": past,
        "present": not past and cues.PRESENT_MARK.search(folded) is not None,
        "fragment": count < 3 and not numbers,
        "instruction": cues.INSTRUCTION.search(folded) is not None,
    }
    features |= {name: 1.0 for name, on in flags.items() if on}
    features |= dict(_shape(folded))
    features |= {f"“{gram}”": 1.0 for gram in _grams(folded)}
    vague = tuple(match.group() for match in cues.VAGUE.finditer(folded))
    return Reading(features, did, numbers, vague, hypothetical, count)


def _shape(folded: str) -> Iterator[tuple[str, float]]:
    """Person, tense, mood and length."""
    words = [token for token in _TOKEN.findall(folded) if token[0].isalnum()]
    for word in words[:3]:
        if word in _PRONOUNS:
            yield f"starts-{_PRONOUNS[word]}", 1.0
        elif word not in {"and", "so", "then", "but", "also"}:
            break
    persons = {_PRONOUNS.get(word, "") for word in words} & _PERSONS
    yield from ((f"person-{person}", 1.0) for person in sorted(persons))
    past, present = len(_PAST.findall(folded)), len(_PRESENT.findall(folded))
    yield "past-verbs", min(3, past) / 3
    yield "present-verbs", min(3, present) / 3
    longest = next((length for length in LENGTHS if len(words) <= length), None)
    flags = {
        "no-first-person": not persons & _FIRST,
        "no-past": not past,
        "only-present": present > 0 and not past,
        "modal": _MODAL.search(folded) is not None,
        "passive": _PASSIVE.search(folded) is not None,
        "question": "?" in folded,
        "exclamation": "!" in folded,
        "quotation": '"' in folded,
        f"words-{longest or 'more'}": True,
    }
    yield from ((name, 1.0) for name, on in flags.items() if on)


def _grams(folded: str) -> set[str]:
    """Stems, and pairs of words. Numbers count as one word."""
    words = ["#" if any(c.isdigit() for c in token) else token for token in _TOKEN.findall(folded)]
    return {stem(word) for word in words} | {f"{a} {b}" for a, b in zip(["^", *words], words, strict=False)}


def name_of(label: Label) -> str:
    return label.value if label else "none"


def placed(
    story: Sequence[Piece], beliefs: Sequence[Sequence[float]], asked: Part | None, *, first: bool
) -> list[Mapping[str, float]]:
    """Features of each piece of one turn in its place.

    `beliefs` are the log-probabilities of each piece's labels by its wording alone. `asked` is the part that the turn
    was asked for; `first` tells the turn that opens the story, where the place in the text says something.
    """
    total = len(story)
    capped = [[max(LEAST_LOG, value) for value in row] for row in beliefs]
    likely = [[math.exp(value) for value in row] for row in capped]
    found: list[Mapping[str, float]] = []
    for index, piece in enumerate(story):
        features = {f"itself {name_of(label)}": capped[index][k] for k, label in enumerate(LABELS)}
        for offset in NEIGHBORS:
            there = index + offset
            if not 0 <= there < total:
                features[f"{offset:+} nothing"] = 1.0
                continue
            features |= {f"{offset:+} {name_of(label)}": likely[there][k] for k, label in enumerate(LABELS)}
        for k, label in enumerate(LABELS):
            features[f"before {name_of(label)}"] = max((row[k] for row in likely[:index]), default=0.0)
            features[f"after {name_of(label)}"] = max((row[k] for row in likely[index + 1 :]), default=0.0)
        if first:
            features |= _position(index, total)
        if piece.heading is not None:
            features[f"heading {piece.heading}"] = 1.0
        if piece.below is not None:
            features[f"below {piece.below}"] = 1.0
        if asked is not None:
            features[f"asked {asked}"] = 1.0
        found.append(features)
    return found


def _position(index: int, total: int) -> dict[str, float]:
    share = index / max(1, total - 1)
    flags = {
        "first": index == 0,
        "second": index == 1,
        "last": index == total - 1,
        "last but one": index == total - 2,
        f"fifth {min(4, int(share * 5))}": True,
        "short story": total <= SHORT_STORY,
    }
    return {"share": share} | {name: 1.0 for name, on in flags.items() if on}
