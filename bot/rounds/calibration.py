"""How an interviewer's ticks compare with the bot's grade of the same answer.

A tick t is 0 or 1, the bot's credit c is 0, ½ or 1, and the two agree on a point by a = 1 − |t − c|. The *agreement* is
the mean of a over the points, weighted as the rubric weights them.

Much of it comes by chance: who ticks everything agrees with a good answer without having listened. *Kappa* is what is
left beyond that, (A − E) / (1 − E), where E is the agreement to be expected if the ticks were dealt out anew among the
points: p·m + (1 − p)·(1 − m), with p the weighted share of ticked points and m the weighted mean credit. 1 is full
agreement, 0 what chance would give. With equal weights this is Cohen's weighted kappa with linear weights (J. Cohen,
"Weighted kappa: Nominal scale agreement with provision for scaled disagreement or partial credit", Psychological
Bulletin 70 (1968) 213–220). It says little about few points, so fewer than `ENOUGH` have none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from grader.grade import Row, Verdict

ENOUGH = 5
"""Points that it takes for a kappa."""
_CERTAIN = 1e-9
"""Chance agreement this near to 1 leaves nothing to divide by."""


@dataclass(frozen=True)
class Calibration:
    agreement: float | None
    """0–1; None when the bot judged no point."""
    only_interviewer: tuple[str, ...]
    """Ticked, but the bot gave no credit; in the order of the rows, as all three."""
    only_bot: tuple[str, ...]
    """Not ticked, though the bot gave half or full credit."""
    half: tuple[str, ...]
    """Ticked, and the bot gave half credit."""
    kappa: float | None
    """−1–1; None for fewer than `ENOUGH` points, or where both said the same of all points."""


def calibration(ticks: Collection[str], rows: Sequence[Row]) -> Calibration:
    """Compares the ids of the ticked points with the rows of a grade.

    Points that the bot did not judge or that weigh nothing are left out, ticked or not.
    """
    judged = [row for row in rows if row.verdict is not Verdict.NOT_JUDGED and row.weight > 0]
    ticked = [row.id in ticks for row in judged]
    pairs = list(zip(judged, ticked, strict=True))
    only_interviewer = tuple(row.id for row, tick in pairs if tick and row.credit == 0)
    only_bot = tuple(row.id for row, tick in pairs if not tick and row.credit > 0)
    half = tuple(row.id for row, tick in pairs if tick and 0 < row.credit < 1)
    whole = sum(row.weight for row in judged)
    if not judged:
        return Calibration(None, only_interviewer, only_bot, half, None)
    agreement = sum(row.weight * (1 - abs(tick - row.credit)) for row, tick in pairs) / whole
    share = sum(row.weight for row, tick in pairs if tick) / whole
    credit = sum(row.weight * row.credit for row in judged) / whole
    by_chance = share * credit + (1 - share) * (1 - credit)
    meaningful = len(judged) >= ENOUGH and 1 - by_chance > _CERTAIN
    kappa = (agreement - by_chance) / (1 - by_chance) if meaningful else None
    return Calibration(agreement, only_interviewer, only_bot, half, kappa)
