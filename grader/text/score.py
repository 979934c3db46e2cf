"""The score of an answer: a formula over its rows.

With `W` the weight of a tier at the level and `e` what hints and follow-ups leave of a credit::

    base  = sum(W * weight * credit * e) / sum(W * weight)
    bonus = min(0.10, 0.02 * sum of the weights of points hit above the level)
    penalties = those of the findings + 0.05 for each contradicted row that no finding speaks of, at most 0.15
    score = base + bonus - penalties, kept within 0 and 1

Bands: 4 from 0.80, 3 from 0.60, 2 from 0.35. Gates lower the band: a senior with less than 30% of the depth and
stretch weight, a fatal misconception that stands, a very short answer (2 at most); nobody at mid level reaches 4
without depth, and nobody who was given part of the solution does.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.grade import Finding, Gate, Row, Verdict
from questions.model import Level, Tier

TIER_WEIGHTS: dict[Level, dict[Tier, float]] = {
    Level.JUNIOR: {Tier.CORE: 1.0, Tier.DEPTH: 0.0, Tier.STRETCH: 0.0},
    Level.MID: {Tier.CORE: 1.0, Tier.DEPTH: 0.75, Tier.STRETCH: 0.0},
    Level.SENIOR: {Tier.CORE: 1.0, Tier.DEPTH: 1.0, Tier.STRETCH: 0.5},
}
HINT_FACTORS = (1.0, 1.0, 0.75, 0.5)
FOLLOWUP_FACTOR = 0.7
BONUS_PER_WEIGHT = 0.02
BONUS_CAP = 0.10
BANDS = ((0.80, 4), (0.60, 3), (0.35, 2))
SENIOR_DEPTH_SHARE = 0.3
CONTRADICTION_PENALTY, CONTRADICTION_CAP = 0.05, 0.15
CORRECTED_FACTOR = 0.5
"""What a penalty keeps once a later turn takes the mistake back."""


def band_of(score: float) -> int:
    """The band of a score before gates."""
    return next((band for least, band in BANDS if score >= least - 1e-9), 1)


def kept(hints: int, turn: int) -> float:
    """What hints and follow-ups leave of a credit earned in the turn of that number."""
    return HINT_FACTORS[min(max(hints, 0), len(HINT_FACTORS) - 1)] * (FOLLOWUP_FACTOR if turn else 1.0)


def score_of(rows: Sequence[Row], findings: Sequence[Finding], level: Level) -> float:
    """The score of the rows at a level, 0–1."""
    weights = TIER_WEIGHTS[level]
    whole = sum(weights[row.tier] * row.weight for row in rows)
    earned = sum(weights[row.tier] * row.weight * row.credit * row.factor for row in rows)
    above = sum(row.weight for row in rows if weights[row.tier] == 0 and row.credit == 1)
    base = earned / whole if whole else 0.0
    bonus = min(BONUS_CAP, BONUS_PER_WEIGHT * above)
    penalties = sum(finding.penalty for finding in findings) + for_contradictions(rows, findings, level)
    return min(1.0, max(0.0, base + bonus - penalties))


def for_contradictions(rows: Sequence[Row], findings: Sequence[Finding], level: Level) -> float:
    """What claiming the opposite of points that count costs, beyond their credit: a wrong claim is worse than none."""
    told = [finding.span for finding in findings]
    count = sum(
        row.verdict is Verdict.CONTRADICTED
        and TIER_WEIGHTS[level][row.tier] > 0
        and not (row.span and any(row.span.overlaps(span) for span in told))
        for row in rows
    )
    return min(CONTRADICTION_CAP, CONTRADICTION_PENALTY * count)


def gated_band(
    score: float,
    rows: Sequence[Row],
    findings: Sequence[Finding],
    level: Level,
    hints: int,
    whole: Gate | None,
) -> int:
    """The band after gates; `hints` is how far up the ladder the candidate got."""
    band = band_of(score)
    deep = [row for row in rows if row.tier is not Tier.CORE]
    if level is Level.SENIOR and deep:
        hit = sum(row.weight * row.credit for row in deep)
        if hit < SENIOR_DEPTH_SHARE * sum(row.weight for row in deep):
            band = min(band, 2)
    depth = [row for row in rows if row.tier is Tier.DEPTH]
    if level is Level.MID and depth and not any(row.credit for row in depth):
        band = min(band, 3)
    if any(finding.fatal and not finding.corrected for finding in findings):
        band = min(band, 2)
    if hints >= 3:
        band = min(band, 3)
    counted = [row for row in rows if TIER_WEIGHTS[level][row.tier] > 0]
    if whole is Gate.SHORT and not all(row.credit == 1 for row in counted):
        band = min(band, 2)
    return band


def confidence_of(rows: Sequence[Row], level: Level) -> float:
    """How sure the rows are, each by what it weighs at the level."""
    weights = TIER_WEIGHTS[level]
    whole = sum(weights[row.tier] * row.weight for row in rows)
    return sum(weights[row.tier] * row.weight * row.confidence for row in rows) / whole if whole else 1.0
