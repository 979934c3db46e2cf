"""Weighs the evidence on a key point: the probability that the answer states it, and that it claims the opposite.

Additive models over `evidence.Signals` (`curves`), trained by `make train-grader` and stored in `weights/points.json`
together with a record of data and figures. The thresholds were chosen on the training questions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from grader.text.curves import Curves, curves_of
from grader.text.evidence import NAMES, Signals, Weighed, values
from grader.text.match import MISSED_CONFIDENCE, PointMatch

AGAINST = (
    "turned", "opposite", "rejected", "opposites", "wrong", "flip", "parity", "swapped", "question", "reported",
    "against",
)  # fmt: skip


LEAST_AGAINST = 0.25
"""From this probability of a turned clause on, something speaks against the point."""


@dataclass(frozen=True)
class Stating:
    """Whether a point is stated."""

    model: Curves
    hit: float
    """From this probability on a point counts as stated."""
    kept: float
    """The same where the author's wordings say so already."""
    unsure: float
    """From here to `hit` it is not judged, and the candidate is asked again."""

    def probability(self, signals: Signals) -> float:
        return self.model.probability(values(signals))


@dataclass(frozen=True)
class Decision:
    states: Stating
    thin: Stating
    """The same for points of which the author gave few wordings (`PointFeatures.thin`): their evidence is weaker."""
    opposes: Curves
    """Whether its opposite is claimed."""
    opposed: float
    """From this probability on its opposite counts as claimed."""
    turned: float
    """The same for one clause that turns it round."""

    def stating(self, thin: bool) -> Stating:
        return self.thin if thin else self.states

    def opposite(self, signals: Signals) -> float:
        return self.opposes.probability(values(signals))


def decision_of(stored: Mapping[str, Any]) -> Decision:
    """A decision from its stored form. Signals that the form does not name count nothing."""

    def stating(part: Mapping[str, Any]) -> Stating:
        return Stating(curves_of(part, NAMES), part["hit"], part["kept"], part["unsure"])

    opposes = stored["opposes"]
    return Decision(
        stating(stored["states"]),
        stating(stored["thin"]),
        curves_of(opposes, NAMES),
        opposes["opposed"],
        stored["turned"],
    )


@lru_cache(maxsize=1)
def decision() -> Decision:
    """The shipped one."""
    return decision_of(json.loads((files("grader.text") / "weights" / "points.json").read_text(encoding="utf-8")))


def _disputed(signals: Signals) -> bool:
    """Whether anything speaks against what the author's wordings say."""
    return signals.against >= LEAST_AGAINST or any(getattr(signals, name) > 0 for name in AGAINST if name != "against")


def decided(found: PointMatch, weighed: Weighed) -> PointMatch:
    """What the answer says about a key point, after the rules' finding and the rest of the evidence are weighed.

    The author's half credit and what the rules saw denied stand; a clause that turns the point round takes its credit,
    wherever else it is stated; for the rest the model has the last word.
    """
    if found.contradicted:
        return found
    model = decision()
    stating = model.stating(weighed.thin)
    stated = stating.probability(weighed.signals)
    if weighed.turned is not None and weighed.signals.against >= model.turned:
        return PointMatch(0.0, weighed.signals.against, weighed.turned, contradicted=True)
    suspicious = not found.credit or weighed.signals.against >= LEAST_AGAINST
    if suspicious and weighed.evidence and model.opposite(weighed.signals) >= max(model.opposed, stated):
        return PointMatch(0.0, stated, weighed.evidence, contradicted=True)
    evidence = found.evidence or weighed.evidence
    if found.credit and (stated >= stating.kept or not _disputed(weighed.signals)):
        return replace(found, confidence=max(stated, found.confidence))
    if found.credit == 0 and (weighed.signals.reported or weighed.signals.rejected):
        return found
    if evidence is None or stated < stating.unsure:
        return PointMatch(0.0, max(MISSED_CONFIDENCE, 1 - stated) if found.evidence is None else 1 - stated, None)
    if stated < stating.hit:
        return PointMatch(0.0, stated, evidence, unsure=True)
    return PointMatch(1.0, stated, evidence)
