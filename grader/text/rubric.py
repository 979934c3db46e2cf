"""Grades a free-text answer point by point: gates, rows, findings, score, band, probes.

The score is a formula over the rows. With `W` the weight of a tier at the level and `e` what hints and follow-ups
leave of a credit::

    base  = sum(W * weight * credit * e) / sum(W * weight)
    bonus = min(0.10, 0.02 * sum of the weights of points hit above the level)
    score = base + bonus - penalties, kept within 0 and 1

Bands: 4 from 0.80, 3 from 0.60, 2 from 0.35. Gates lower the band: a senior with less than 30% of the depth and
stretch weight, a fatal misconception that stands, a very short answer (2 at most); nobody at mid level reaches 4
without depth, and nobody who was given part of the solution does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.grade import Context, Finding, Gate, Grade, Probe, ProbeKind, Row, Span, Turn, Verdict
from grader.text import gate, match
from grader.text.features import Features, PointFeatures, features_of
from grader.text.normalise import Reading, read
from grader.text.relation import Flip, Statements, statements
from grader.text.unit import Prepared, prepare
from grader.text.vocabulary import words
from questions.model import FreeText, KeyPoint, Level, Tier

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
FLIP_PENALTY = 0.1
FLIP_PENALTY_CAP = 0.3
CORRECTED_FACTOR = 0.5
JUDGED_FROM = 0.5
"""Below this confidence a row is not judged."""
MAX_PROBES = 6
"""Rounds ask at most three; spares stand in for those that were asked already."""

_UNGRADED = frozenset({Gate.EMPTY, Gate.DONT_KNOW, Gate.COPY, Gate.LANGUAGE, Gate.MODEL_ANSWER})


def band_of(score: float) -> int:
    """The band of a score before gates."""
    return next((band for least, band in BANDS if score >= least - 1e-9), 1)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One turn, read and screened."""

    index: int
    turn: Turn
    reading: Reading
    screening: gate.Screening
    prepared: Prepared
    points: tuple[match.PointMatch, ...]
    wrongs: tuple[match.WrongMatch, ...]
    said: Statements

    @property
    def factor(self) -> float:
        hint = HINT_FACTORS[min(max(self.turn.hints, 0), 3)]
        return hint * (FOLLOWUP_FACTOR if self.index else 1.0)

    def span(self, evidence: match.Evidence) -> Span:
        start, end = _quoted(self.prepared, evidence)
        start, end = self.reading.quote(start, end)
        return Span(self.index, start, end, self.reading.original[start:end])


QUOTE_LENGTH = 160
"""A longer clause is quoted only where it says the point."""


def _quoted(prepared: Prepared, evidence: match.Evidence) -> tuple[int, int]:
    """The clauses of the evidence if they make a fair quotation, else the matched words themselves."""
    inside = [
        c
        for c in prepared.clauses[evidence.first : evidence.last + 1]
        if c.start < evidence.end and c.end > evidence.start
    ]
    if inside and inside[-1].end - inside[0].start <= QUOTE_LENGTH:
        return min(inside[0].start, evidence.start), max(inside[-1].end, evidence.end)
    text = prepared.reading.surface.text
    start, end = evidence.start, evidence.end
    while start > 0 and text[start - 1].isalnum() and text[start : start + 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1 : end].isalnum():
        end += 1
    return start, end


def grade_free_text(answer: str, question: FreeText, context: Context) -> Grade:
    """The grade of a free-text question over all its turns."""
    features = features_of(question)
    given = (*context.earlier, Turn(answer, context.hints, context.probe))
    turns = [_read_turn(index, turn, features, context) for index, turn in enumerate(given)]
    notes, whole = _gate(turns)
    rows = [_row(index, features, turns) for index in range(len(features.points))]
    findings = _findings(features, turns)
    standing, flip_findings = _flip_findings(turns, findings)
    rows = [_void(row, part, standing) for row, part in zip(rows, features.points, strict=True)]
    if whole is Gate.LANGUAGE or whole is Gate.MODEL_ANSWER:
        rows = [replace(row, verdict=Verdict.NOT_JUDGED, credit=0.0, span=None, confidence=1.0) for row in rows]
    findings = [*findings, *flip_findings]
    score = _score(rows, findings, context.level)
    if whole is Gate.KEYWORDS:
        score = min(score, gate.KEYWORD_CAP)
    band = _band(score, rows, findings, turns, context.level, whole)
    probes = (
        () if whole in {Gate.LANGUAGE, Gate.MODEL_ANSWER} else _probes(rows, findings, features, context, score, band)
    )
    return Grade(
        score=score,
        band=band,
        rows=tuple(rows),
        findings=tuple(findings),
        probes=probes,
        confidence=_confidence(rows, context.level),
        gate=whole,
        notes=notes,
        takeaway=question.model_answer.short,
    )


def _read_turn(index: int, turn: Turn, features: Features, context: Context) -> _Turn:
    question = features.question
    reading = read(turn.answer)
    models = (question.model_answer.full, question.model_answer.short) if context.seen_model_answer else ()
    screening = gate.screen(reading, question.prompt, models)
    if screening.instructions:
        kept = tuple(
            clause
            for clause in reading.clauses
            if not any(start <= clause.start < end for start, end in screening.instructions)
        )
        reading = replace(reading, clauses=kept)
    prepared = prepare(reading, features)
    if screening.gate in _UNGRADED:
        prepared = replace(prepared, units=(), longer=(), clauses=(), polarities=())
    points = match.match_points(features, prepared)
    wrongs = tuple(match.match_wrong(wrong, prepared) for wrong in features.wrongs)
    return _Turn(index, turn, reading, screening, prepared, points, wrongs, statements(features, prepared))


def _gate(turns: Sequence[_Turn]) -> tuple[tuple[str, ...], Gate | None]:
    """The notes for the latest turn and the gate of the whole."""
    last = turns[-1].screening
    notes: list[str] = []
    words = sum(len(turn.reading.original.split()) for turn in turns if turn.screening.gate not in _UNGRADED)
    graded = [turn for turn in turns if turn.screening.gate not in _UNGRADED]
    if not graded:
        whole = turns[0].screening.gate if len(turns) == 1 else last.gate
    elif all(turn.screening.gate is Gate.KEYWORDS for turn in graded):
        whole = Gate.KEYWORDS
    elif words < gate.SHORT_WORDS:
        whole = Gate.SHORT
    else:
        whole = None
    if last.gate is not None and (last.gate is not Gate.SHORT or whole is Gate.SHORT):
        notes.append(gate.NOTES[last.gate])
    if last.instructions:
        notes.append(gate.INSTRUCTION_NOTE)
    return tuple(notes), whole


def _row(index: int, features: Features, turns: Sequence[_Turn]) -> Row:
    """The best that any turn earned; a later clear denial takes it back."""
    point = features.points[index].point
    best = Row(point.id, point.claim, point.tier, point.weight, Verdict.MISSED, 0.0, confidence=match.MISSED_CONFIDENCE)
    for turn in turns:
        row = _judged(best, turn.points[index], turn)
        denied = row.verdict is Verdict.CONTRADICTED and not turn.points[index].conflict
        earns = row.credit * row.factor > best.credit * best.factor
        if denied or earns or (best.credit == 0 and row.span is not None):
            best = row
    return best


def _judged(base: Row, found: match.PointMatch, turn: _Turn) -> Row:
    evidence = found.evidence
    blank = replace(
        base, verdict=Verdict.MISSED, credit=0.0, factor=1.0, span=None, confidence=found.confidence, reason=""
    )
    if evidence is None:
        return blank
    span = turn.span(evidence)
    if not span.text:
        return blank
    if found.conflict:
        return replace(
            blank, verdict=Verdict.CONTRADICTED, span=span, reason="Two of your sentences say opposite things here."
        )
    if found.contradicted:
        return replace(blank, verdict=Verdict.CONTRADICTED, span=span, reason="This says the opposite.")
    if found.unsure or found.confidence < JUDGED_FROM:
        return replace(blank, verdict=Verdict.NOT_JUDGED, span=span, reason="I could not tell whether this was meant.")
    verdict = Verdict.HIT if found.credit == 1 else Verdict.HALF
    reason = "" if verdict is Verdict.HIT else "The right idea; a condition is missing or off."
    return replace(blank, verdict=verdict, credit=found.credit, factor=turn.factor, span=span, reason=reason)


def _findings(features: Features, turns: Sequence[_Turn]) -> list[Finding]:
    findings: list[Finding] = []
    for index, wrong in enumerate(features.wrongs):
        stated = [turn for turn in turns if turn.wrongs[index].evidence is not None]
        if not stated:
            continue
        evidence = stated[-1].wrongs[index].evidence
        assert evidence is not None
        corrected = any(_takes_back(turn, index, features) for turn in turns[stated[-1].index + 1 :])
        item = wrong.wrong
        penalty = item.penalty * (CORRECTED_FACTOR if corrected else 1.0)
        findings.append(
            Finding(item.id, item.claim, item.why_wrong, penalty, item.fatal, stated[-1].span(evidence), corrected)
        )
    return findings


_RETRACTION = words("actually sorry correction wrong mistaken mistake misspoke oops")


def _takes_back(turn: _Turn, index: int, features: Features) -> bool:
    """Whether a later turn, which does not repeat the wrong claim, corrects it."""
    if turn.wrongs[index].denied:
        return True
    wrong = features.wrongs[index].wrong
    terms = {token.term for clause in turn.prepared.clauses for token in clause.tokens if token.term}
    about = {term for phrase in features.wrongs[index].phrases for term in phrase.weights}
    words = {token.word for clause in turn.prepared.clauses for token in clause.tokens}
    if words & _RETRACTION and terms & about:
        return True
    if turn.turn.probe != f"wrong:{wrong.id}":
        return False
    if any(found.credit > 0 for found in turn.points):
        return True
    reasons = {token.term for clause in read(wrong.why_wrong).clauses for token in clause.tokens if token.term}
    telling = reasons - about
    return bool(telling) and len(terms & telling) >= max(2, 0.3 * len(telling))


def _flip_findings(
    turns: Sequence[_Turn], findings: Sequence[Finding]
) -> tuple[list[tuple[_Turn, Flip]], list[Finding]]:
    """Roles and directions that stand turned round, and findings for those that no author foresaw."""
    standing: list[tuple[_Turn, Flip]] = []
    result: list[Finding] = []
    spent = 0.0
    for turn in turns:
        for flip in turn.said.flips:
            corrected = any(
                flip.id in later.said.right and flip.id not in {f.id for f in later.said.flips}
                for later in turns[turn.index + 1 :]
            )
            if not corrected:
                standing.append((turn, flip))
            span = turn.span(flip.evidence)
            foreseen = any(
                f.span.turn == turn.index and f.span.start < span.end and span.start < f.span.end for f in findings
            )
            if foreseen or any(f.id == flip.id for f in result):
                continue
            penalty = min(FLIP_PENALTY * (CORRECTED_FACTOR if corrected else 1.0), FLIP_PENALTY_CAP - spent)
            spent += penalty
            result.append(Finding(flip.id, flip.claim, flip.why_wrong, penalty, False, span, corrected))
    return standing, result


def _void(row: Row, features: PointFeatures, standing: Sequence[tuple[_Turn, Flip]]) -> Row:
    """The row without its credit if the words that earned it turn a role or a direction round."""
    if row.span is None or row.credit == 0:
        return row
    terms = {term for phrase in features.phrases for term in phrase.weights}
    for turn, flip in standing:
        span = turn.span(flip.evidence)
        overlaps = row.span.turn == turn.index and row.span.start < span.end and span.start < row.span.end
        if overlaps and all(group & terms for group in flip.about):
            return replace(row, verdict=Verdict.CONTRADICTED, credit=0.0, span=span, reason=flip.why_wrong)
    return row


def _score(rows: Sequence[Row], findings: Sequence[Finding], level: Level) -> float:
    weights = TIER_WEIGHTS[level]
    whole = sum(weights[row.tier] * row.weight for row in rows)
    earned = sum(weights[row.tier] * row.weight * row.credit * row.factor for row in rows)
    above = sum(row.weight for row in rows if weights[row.tier] == 0 and row.credit == 1)
    base = earned / whole if whole else 0.0
    bonus = min(BONUS_CAP, BONUS_PER_WEIGHT * above)
    return min(1.0, max(0.0, base + bonus - sum(finding.penalty for finding in findings)))


def _band(
    score: float,
    rows: Sequence[Row],
    findings: Sequence[Finding],
    turns: Sequence[_Turn],
    level: Level,
    whole: Gate | None,
) -> int:
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
    if any(turn.turn.hints >= 3 for turn in turns):
        band = min(band, 3)
    counted = [row for row in rows if TIER_WEIGHTS[level][row.tier] > 0]
    if whole is Gate.SHORT and not all(row.credit == 1 for row in counted):
        band = min(band, 2)
    return band


def _confidence(rows: Sequence[Row], level: Level) -> float:
    weights = TIER_WEIGHTS[level]
    whole = sum(weights[row.tier] * row.weight for row in rows)
    return sum(weights[row.tier] * row.weight * row.confidence for row in rows) / whole if whole else 1.0


def _probes(
    rows: Sequence[Row],
    findings: Sequence[Finding],
    features: Features,
    context: Context,
    score: float,
    band: int,
) -> tuple[Probe, ...]:
    """What is worth asking next, in the order of asking; nothing when no answer could change the band."""
    weights = TIER_WEIGHTS[context.level]
    points = {part.point.id: part.point for part in features.points}
    wrongs = {part.wrong.id: part.wrong for part in features.wrongs}
    standing = [finding for finding in findings if not finding.corrected]
    fatal = [finding for finding in standing if finding.fatal]
    if not fatal and not _can_change(rows, standing, context.level, score, band):
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
        text = f"You said “{_short(row.span.text)}”. Can you put that in other words, and say when it holds?"
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
    return band_of(min(1.0, best)) > band


def _short(text: str, limit: int = 100) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"
