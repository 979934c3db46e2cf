"""Labelling: what each piece says by itself, then in its place, and the best sequence of labels."""

from __future__ import annotations

import math
from collections.abc import Sequence

from grader.text.star._features import Reading, placed, read
from grader.text.star._model import Model, Scores, log_sum
from grader.text.star._sentences import Piece
from grader.text.star._verbs import continues
from grader.text.star_cues import LABELS, Label
from questions.model import Part

CLAUSES_DIFFER = 3.0
"""By how much, as a logarithm of odds, a clause must prefer its own part to be cut off its sentence."""

HEADING = 8.0
"""What a heading right above adds for its part: the writer says what it is."""


class Reader:
    """Reads pieces, each wording once. It lives as long as one grading, so that no answer outlives it."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._readings: dict[str, tuple[Reading, Scores]] = {}

    def read(self, folded: str) -> Reading:
        return self._known(folded)[0]

    def belief(self, folded: str) -> Scores:
        """The log-probability of each label by the wording alone."""
        return self._known(folded)[1]

    def _known(self, folded: str) -> tuple[Reading, Scores]:
        known = self._readings.get(folded)
        if known is None:
            reading = read(folded)
            known = self._readings[folded] = reading, self._model.wording.log_probabilities(reading.features)
        return known

    def differ(self, left: str, right: str) -> bool:
        """Whether two clauses of one sentence belong to different parts of the story."""
        if continues(left, right):
            return False
        a, b = self.belief(left), self.belief(right)
        best_a, best_b = max(range(len(a)), key=a.__getitem__), max(range(len(b)), key=b.__getitem__)
        if best_a == best_b or None in (LABELS[best_a], LABELS[best_b]):
            return False
        return a[best_a] - a[best_b] >= CLAUSES_DIFFER and b[best_b] - b[best_a] >= CLAUSES_DIFFER

    def label(self, story: Sequence[Piece], asked: Part | None, first: bool) -> list[tuple[Label, dict[Label, float]]]:
        """The label of each piece of one turn, with the posterior probability of every label."""
        beliefs = [self.belief(piece.folded) for piece in story]
        scores = [self._model.place.log_probabilities(row) for row in placed(story, beliefs, asked, first=first)]
        for index, piece in enumerate(story):
            reading = self.read(piece.folded)
            if reading.instruction or reading.declines:
                # Words to the grader and "I don't know" are no part of the story, whatever stands around them.
                scores[index] = [0.0 if label is None else -math.inf for label in LABELS]
            elif piece.heading is not None:
                scores[index][LABELS.index(piece.heading)] += HEADING
        return decode(self._model, scores, first=first)


def decode(model: Model, scores: Sequence[Scores], *, first: bool) -> list[tuple[Label, dict[Label, float]]]:
    """Viterbi for the labels, forward and backward sums for their probabilities."""
    if not scores:
        return []
    size = range(len(LABELS))
    moves = model.transitions
    start = model.start if first else [0.0] * len(LABELS)
    best = forward = [start[k] + scores[0][k] for k in size]
    back: list[list[int]] = []
    forwards = [forward]
    for emitted in scores[1:]:
        came = [max(size, key=lambda j, k=k, b=best: b[j] + moves[j][k]) for k in size]
        best = [best[came[k]] + moves[came[k]][k] + emitted[k] for k in size]
        back.append(came)
        forward = [log_sum([forward[j] + moves[j][k] for j in size]) + emitted[k] for k in size]
        forwards.append(forward)
    path = [max(size, key=best.__getitem__)]
    for came in reversed(back):
        path.append(came[path[-1]])
    path.reverse()
    behind = [0.0] * len(LABELS)
    labelled: list[tuple[Label, dict[Label, float]]] = []
    for index in range(len(scores) - 1, -1, -1):
        joint = [forwards[index][k] + behind[k] for k in size]
        total = log_sum(joint)
        chances = {label: math.exp(value - total) for label, value in zip(LABELS, joint, strict=True)}
        labelled.append((LABELS[path[index]], chances))
        behind = [log_sum([moves[k][j] + scores[index][j] + behind[j] for j in size]) for k in size]
    labelled.reverse()
    return labelled
