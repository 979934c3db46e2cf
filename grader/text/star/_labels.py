"""Labelling: features of a piece, their log-scores, and the best sequence under a small prior on order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from grader.text import star_cues as cues
from grader.text.star._sentences import WORD, Piece
from grader.text.star._verbs import Doing, continues, doing
from grader.text.star_cues import LABELS, Label
from questions.model import Part

CLAUSES_DIFFER = 0.9
"""By how much a clause must prefer its own part to be cut off its sentence."""


@dataclass(frozen=True)
class Reading:
    """What a piece says, whatever its place in the story."""

    features: dict[str, float]
    scores: list[float]
    """The log-score of each label, before place and neighbours."""
    doing: Doing
    numbers: tuple[str, ...]
    vague: tuple[str, ...]
    hypothetical: bool
    words: int


class Reader:
    """Reads pieces, each wording once. It lives as long as one grading, so that no answer outlives it."""

    def __init__(self) -> None:
        self._readings: dict[str, Reading] = {}

    def read(self, folded: str) -> Reading:
        reading = self._readings.get(folded)
        if reading is None:
            reading = self._readings[folded] = _read(folded)
        return reading

    def differ(self, left: str, right: str) -> bool:
        """Whether two clauses of one sentence belong to different parts of the story."""
        if continues(left, right):
            return False
        a, b = self.read(left).scores, self.read(right).scores
        best_a, best_b = max(range(len(a)), key=a.__getitem__), max(range(len(b)), key=b.__getitem__)
        if best_a == best_b or None in (LABELS[best_a], LABELS[best_b]):
            return False
        return a[best_a] - a[best_b] >= CLAUSES_DIFFER and b[best_b] - b[best_a] >= CLAUSES_DIFFER

    def label(self, story: Sequence[Piece], asked: Part | None, first: bool) -> list[tuple[Label, float]]:
        """The label of each piece of one turn, with its posterior probability.

        `asked` is the part that the turn was asked for; `first` tells the turn that opens the story, where the
        place in the text says something about the part.
        """
        scores: list[list[float]] = []
        steps = [index for index, piece in enumerate(story) if self._acts(piece)]
        for index, piece in enumerate(story):
            placed: dict[str, float] = {}
            if first and len(story) > 2:
                placed[_position(index, len(story))] = 1.0
                if steps and index not in steps:
                    placed[
                        "before-steps" if index < steps[0] else "after-steps" if index > steps[-1] else "between-steps"
                    ] = 1.0
            if piece.heading is not None:
                placed[f"heading-{piece.heading}"] = 1.0
            if piece.below is not None:
                placed[f"below-{piece.below}"] = 1.0
            if asked is not None:
                placed[f"asked-{asked}"] = 1.0
            scores.append([a + b for a, b in zip(self.read(piece.folded).scores, emission(placed), strict=True)])
        return _decode(scores, first)

    def _acts(self, piece: Piece) -> bool:
        """Whether the piece, by itself, reads as an action told by its doer."""
        reading = self.read(piece.folded)
        did = reading.doing
        return bool(did.own or did.shared or did.observed) and max(reading.scores) == reading.scores[_ACTION]


def _read(folded: str) -> Reading:
    did = doing(folded)
    count = len(WORD.findall(folded))
    numbers = tuple(match.group().strip() for match in cues.NUMBER.finditer(folded))
    features: dict[str, float] = {"bias": 1.0}
    for cue in cues.CUES:
        if cue.pattern.search(folded):
            features[cue.name] = 1.0
    instruction = cues.INSTRUCTION.search(folded) is not None
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
        "instruction": instruction,
    }
    features |= {name: 1.0 for name, on in flags.items() if on}
    vague = tuple(match.group() for match in cues.VAGUE.finditer(folded))
    return Reading(features, emission(features), did, numbers, vague, hypothetical, count)


def emission(features: dict[str, float]) -> list[float]:
    """The log-score of each label, in the order of LABELS: a linear model over named features."""
    scores = [0.0] * len(LABELS)
    for name, value in features.items():
        for index, weight in _columns(name):
            scores[index] += value * weight
    return scores


@lru_cache(maxsize=512)
def _columns(name: str) -> tuple[tuple[int, float], ...]:
    weights = _CUE_WEIGHTS.get(name) or cues.WEIGHTS.get(name, {})
    return tuple((LABELS.index(label), weight) for label, weight in weights.items())


_CUE_WEIGHTS = {cue.name: cue.weights for cue in cues.CUES}
_TRANSITIONS = [[cues.TRANSITIONS[before, after] for after in LABELS] for before in LABELS]
_ACTION = LABELS.index(Part.ACTION)
_START = [cues.START[label] for label in LABELS]


def _position(index: int, total: int) -> str:
    if index == 0:
        return "position-first"
    if index == total - 1:
        return "position-last"
    share = index / (total - 1)
    return "position-early" if share <= 0.25 else "position-late" if share >= 0.7 else "position-middle"


def _decode(scores: list[list[float]], first: bool) -> list[tuple[Label, float]]:
    """Viterbi for the labels, forward and backward sums for their probabilities."""
    if not scores:
        return []
    size = range(len(LABELS))
    start = _START if first else [0.0] * len(LABELS)
    best = forward = [start[k] + scores[0][k] for k in size]
    back: list[list[int]] = []
    forwards = [forward]
    for emitted in scores[1:]:
        came = [max(size, key=lambda j, k=k, b=best: b[j] + _TRANSITIONS[j][k]) for k in size]
        best = [best[came[k]] + _TRANSITIONS[came[k]][k] + emitted[k] for k in size]
        back.append(came)
        forward = [_log_sum([forward[j] + _TRANSITIONS[j][k] for j in size]) + emitted[k] for k in size]
        forwards.append(forward)
    path = [max(size, key=best.__getitem__)]
    for came in reversed(back):
        path.append(came[path[-1]])
    path.reverse()
    behind = [0.0] * len(LABELS)
    labelled: list[tuple[Label, float]] = []
    for index in range(len(scores) - 1, -1, -1):
        joint = [forwards[index][k] + behind[k] for k in size]
        labelled.append((LABELS[path[index]], math.exp(joint[path[index]] - _log_sum(joint))))
        behind = [_log_sum([_TRANSITIONS[k][j] + scores[index][j] + behind[j] for j in size]) for k in size]
    labelled.reverse()
    return labelled


def _log_sum(values: list[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))
