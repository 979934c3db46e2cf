"""What a code task is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.text.score import HINT_FACTORS, band_of

CODE_SHARE = 0.75
"""What the code weighs in a task with follow-ups; they share the rest."""
COST_OF_A_FAILURE = 0.05
LEAST_OF_FAILURES = 0.8
BAND_OF_FAILED = 2
"""The best band of code that was never accepted."""


@dataclass(frozen=True)
class Try:
    """One scored submission."""

    score: float
    """The verdict's, 0–1."""
    hints: int
    """Taken before it was sent, 0–3."""
    accepted: bool
    counted: bool
    """Whether it failed beyond the samples, which the candidate could have run free of charge."""


@dataclass(frozen=True)
class CodeScore:
    """The score of a task and what it is made of."""

    score: float
    band: int
    accepted: bool
    best: int | None
    """The try that counts, 0-based; None without any."""
    hint_factor: float = 1.0
    failures: int = 0
    """Counted failures before the best try."""
    failure_factor: float = 1.0


def code_score(tries: Sequence[Try], followups: Sequence[float | None], planned: int) -> CodeScore:
    """The score of a task, 0–1::

        try   = verdict * hints * failures
                hints:    1, 1, 3/4, 1/2 after 0, 1, 2, 3 hints taken when it was sent
                failures: 1 - 0.05 * (earlier submissions that failed beyond compiling and the samples), at least 0.8
        code  = the best try
        score = code                                       without follow-ups
                0.75 * code + 0.25 * mean(follow-ups)      with them; only accepted code is followed up

    The mean is over the `planned` follow-ups. One that was skipped or not reached earns nothing; one that could not be
    graded through our fault (None in `followups`) is left out. The bands are those of other questions (0.80, 0.60,
    0.35), and at most 2 for code that was never accepted.
    """
    best = CodeScore(0.0, 1, False, None)
    code = failures = 0.0
    for number, attempt in enumerate(tries):
        hint_factor = HINT_FACTORS[min(max(attempt.hints, 0), len(HINT_FACTORS) - 1)]
        factor = max(LEAST_OF_FAILURES, 1 - COST_OF_A_FAILURE * failures)
        value = min(max(attempt.score, 0.0), 1.0) * hint_factor * factor
        if best.best is None or value > code:
            code = value
            best = CodeScore(value, 1, False, number, hint_factor, int(failures), factor)
        failures += attempt.counted and not attempt.accepted
    accepted = any(attempt.accepted for attempt in tries)
    score, asked = code, planned - sum(score is None for score in followups)
    if asked > 0:
        earned = sum(score for score in followups if score is not None) if accepted else 0.0
        score = CODE_SHARE * code + (1 - CODE_SHARE) * earned / asked
    band = band_of(score) if accepted else min(band_of(score), BAND_OF_FAILED)
    return CodeScore(score, band, accepted, best.best, best.hint_factor, best.failures, best.failure_factor)
