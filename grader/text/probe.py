"""Which follow-ups are worth asking, in the order of asking.

First a fatal misconception that stands, then other misconceptions that cost something, then the weightiest missed core
points, then what was only half said or unclear, then depth that counts at the level. Nothing, when even perfect
replies could not change the band.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.grade import Finding, Probe, ProbeKind, Row, Verdict
from grader.text.features import Features
from grader.text.score import CORRECTED_FACTOR, FOLLOWUP_FACTOR, TIER_WEIGHTS, band_of, for_contradictions
from questions.model import KeyPoint, Level, Tier

MAX_PROBES = 6
"""Rounds ask at most three; spares stand in for those that were asked already."""


def probes_for(
    rows: Sequence[Row],
    findings: Sequence[Finding],
    features: Features,
    level: Level,
    score: float,
    band: int,
) -> tuple[Probe, ...]:
    """What is worth asking next, in the order of asking; nothing when no answer could change the band."""
    weights = TIER_WEIGHTS[level]
    points = {part.point.id: part.point for part in features.points}
    wrongs = {part.wrong.id: part.wrong for part in features.wrongs}
    standing = [finding for finding in findings if not finding.corrected]
    fatal = [finding for finding in standing if finding.fatal]
    if not fatal and not _can_change(rows, standing, level, score, band):
        return ()
    probes: list[Probe] = []

    def ask_about(finding: Finding) -> None:
        wrong = wrongs.get(finding.id)
        text = (
            wrong.probe if wrong and wrong.probe else f"You said “{_short(finding.span.text)}”. What makes you say so?"
        )
        prefix = "wrong" if wrong else "unclear"
        probes.append(Probe(f"{prefix}:{finding.id}", ProbeKind.MISCONCEPTION, text, finding.id))

    for finding in fatal:
        ask_about(finding)
    for finding in sorted(standing, key=lambda f: -f.penalty):
        if finding.penalty > 0 and not finding.fatal:
            ask_about(finding)

    def order(row: Row) -> tuple[float, int]:
        return -weights[row.tier] * row.weight, rows.index(row)

    missed = [
        row for row in rows if row.verdict is Verdict.MISSED or (row.verdict is Verdict.CONTRADICTED and not row.span)
    ]
    unclear = [
        row for row in rows if row.verdict in {Verdict.HALF, Verdict.NOT_JUDGED, Verdict.CONTRADICTED} and row.span
    ]
    core = [row for row in missed if row.tier is Tier.CORE]
    deeper = [row for row in missed if row.tier is not Tier.CORE and weights[row.tier] > 0]
    unclear = [row for row in unclear if weights[row.tier] > 0]
    probes += [_ask_for(row, points[row.id]) for row in sorted(core, key=order)]
    for row in sorted(unclear, key=order):
        assert row.span is not None
        text = f"You said “{_short(row.span.text)}”. {points[row.id].followup}"
        probes.append(Probe(f"unclear:{row.id}", ProbeKind.NEUTRAL, text, row.id))
    probes += [_ask_for(row, points[row.id]) for row in sorted(deeper, key=order)]
    return tuple(probes[:MAX_PROBES])


def _ask_for(row: Row, point: KeyPoint) -> Probe:
    return Probe(f"point:{row.id}", ProbeKind.KEY_POINT, point.followup, row.id)


def _can_change(rows: Sequence[Row], standing: Sequence[Finding], level: Level, score: float, band: int) -> bool:
    """Whether answering every follow-up perfectly would reach another band."""
    if band == 4:
        return False
    weights = TIER_WEIGHTS[level]
    whole = sum(weights[row.tier] * row.weight for row in rows)
    gain = sum(weights[row.tier] * row.weight * max(0.0, FOLLOWUP_FACTOR - row.credit * row.factor) for row in rows)
    best = score + (gain / whole if whole else 0.0)
    best += sum(finding.penalty * (1 - CORRECTED_FACTOR) for finding in standing)
    best += for_contradictions(rows, standing, level)
    return band_of(min(1.0, best)) > band


def _short(text: str, limit: int = 100) -> str:
    text = " ".join(text.split()).rstrip(" .,;:")
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"
