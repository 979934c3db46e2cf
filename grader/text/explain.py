"""Says in plain lines why each key point of an answer was decided as it was."""

from __future__ import annotations

from collections.abc import Iterator

from grader.text import match
from grader.text.curves import Curves
from grader.text.decision import LEAST_AGAINST, decided, decision
from grader.text.evidence import NAMES, Signals, Weighed, examine, values
from grader.text.features import features_of
from grader.text.normalise import read
from grader.text.unit import prepare
from questions.model import FreeText

SHOWN = 6
"""How many signals are shown, those that count most."""


def explain(answer: str, question: FreeText) -> Iterator[str]:
    """For each key point: what was decided, how likely, from which words, and which signals counted how much."""
    features = features_of(question)
    prepared = prepare(read(answer), features)
    found = examine(features, prepared)
    model = decision()
    yield (
        f"A point is turned round from {model.opposed:.2f} on (one clause alone from {model.turned:.2f} on); "
        f"from when on it is stated, or asked about, stands beside it."
    )
    for point, rules, weighed in zip(features.points, found.points, found.weighed, strict=True):
        signals = weighed.signals
        verdict = _verdict(rules, weighed)
        yield ""
        stating = model.stating(weighed.thin)
        stated, opposite = stating.probability(signals), model.opposite(signals)
        yield f"{point.point.id}: {verdict}   stated {stated:.2f}   opposite {opposite:.2f}"
        few = "; few wordings are known" if weighed.thin else ""
        yield (
            f"  stated from {stating.hit:.2f} on ({stating.kept:.2f} where the author's wordings match), "
            f"asked about from {stating.unsure:.2f} on{few}"
        )
        yield f"  claim: {point.point.claim}"
        if weighed.evidence is not None:
            start, end = prepared.reading.quote(weighed.evidence.start, weighed.evidence.end)
            yield f"  nearest words: “{' '.join(answer[start:end].split())}”"
        if weighed.turned is not None and signals.against >= LEAST_AGAINST:
            start, end = prepared.reading.quote(weighed.turned.start, weighed.turned.end)
            yield f"  may turn it round ({signals.against:.2f}): “{' '.join(answer[start:end].split())}”"
        yield f"  for and against: {_counts(stating.model, signals)}"
    for wrong, said in zip(features.wrongs, found.wrongs, strict=True):
        if said.evidence is not None:
            start, end = prepared.reading.quote(said.evidence.start, said.evidence.end)
            yield f"\nwrong: {wrong.wrong.claim}\n  “{' '.join(answer[start:end].split())}”"
    for flip in found.said.flips:
        yield f"\nturned round: {flip.claim}\n  {flip.why_wrong}"


def _verdict(rules: match.PointMatch, weighed: Weighed) -> str:
    point = decided(rules, weighed)
    if point.contradicted:
        return "turned round"
    if point.unsure:
        return "not judged"
    return {1.0: "stated", 0.5: "stated in part"}.get(point.credit, "not stated")


def _counts(model: Curves, signals: Signals) -> str:
    numbers = values(signals)
    counted = [part for part in zip(NAMES, model.counts(numbers), numbers, strict=True) if round(part[1], 1)]
    counted.sort(key=lambda part: -abs(part[1]))
    return ", ".join(f"{name} {adds:+.1f} ({number:.2f})" for name, adds, number in counted[:SHOWN]) or "nothing"
