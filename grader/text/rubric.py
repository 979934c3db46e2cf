"""Grades a free-text answer point by point: gates first, then a row a key point, findings, score and probes.

Every turn is read on its own. A row takes the best that any turn earned, and a later clear denial takes it back. A
misconception that a later turn corrects costs half and no longer holds the band down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.grade import Context, Finding, Gate, Grade, Row, Span, Turn, Verdict
from grader.text import gate, match
from grader.text.decision import decided
from grader.text.evidence import examine
from grader.text.features import Features, PointFeatures, features_of
from grader.text.normalise import Reading, read
from grader.text.probe import probes_for
from grader.text.relation import Flip, Statements
from grader.text.score import CORRECTED_FACTOR, TIER_WEIGHTS, confidence_of, gated_band, kept, score_of
from grader.text.unit import Prepared, prepare
from grader.text.vocabulary import words
from questions.model import FreeText, Level

FLIP_PENALTY = 0.1
FLIP_PENALTY_CAP = 0.3
UNDECIDED_SHARE = 0.5
"""Of the weight; an answer with so much of it in doubt gets no score."""
QUOTE_LENGTH = 160
"""A longer clause is quoted only where it says the point."""

_UNGRADED = frozenset({Gate.EMPTY, Gate.DONT_KNOW, Gate.COPY, Gate.LANGUAGE, Gate.MODEL_ANSWER})


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
        return kept(self.turn.hints, self.index)

    def span(self, evidence: match.Evidence) -> Span:
        start, end = _quoted(self.prepared, evidence)
        start, end = self.reading.quote(start, end)
        return Span(self.index, start, end, self.reading.original[start:end])


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
    if whole is None and _undecided(rows, features, context.level):
        whole = Gate.UNDECIDED
    unjudged = whole is Gate.LANGUAGE or whole is Gate.MODEL_ANSWER
    if unjudged:
        rows = [replace(row, verdict=Verdict.NOT_JUDGED, credit=0.0, span=None, confidence=1.0) for row in rows]
    findings = [*findings, *flip_findings]
    score = score_of(rows, findings, context.level)
    if whole is Gate.KEYWORDS:
        score *= gate.KEYWORD_CAP
    hints = max(turn.turn.hints for turn in turns)
    band = gated_band(score, rows, findings, context.level, hints, whole)
    probes = () if unjudged else probes_for(rows, findings, features, context.level, score, band)
    return Grade(
        score=score,
        band=band,
        rows=tuple(rows),
        findings=tuple(findings),
        probes=probes,
        confidence=confidence_of(rows, context.level),
        gate=whole,
        notes=notes,
        takeaway=question.model_answer.short,
    )


def _undecided(rows: Sequence[Row], features: Features, level: Level) -> bool:
    """Whether half of what counts at the level is in doubt, and stands in points with few wordings."""
    weights = [TIER_WEIGHTS[level][row.tier] * row.weight for row in rows]
    doubtful = [
        weight
        for row, weight, part in zip(rows, weights, features.points, strict=True)
        if part.thin and row.verdict is Verdict.NOT_JUDGED
    ]
    return bool(doubtful) and sum(doubtful) >= UNDECIDED_SHARE * sum(weights)


def _read_turn(index: int, turn: Turn, features: Features, context: Context) -> _Turn:
    question = features.question
    reading = read(turn.answer)
    models = (question.model_answer.full, question.model_answer.short) if context.seen_model_answer else ()
    subject = f"{question.prompt} {question.model_answer.full}"
    screening = gate.screen(reading, question.prompt, models, subject)
    if screening.gate in _UNGRADED:
        reading = replace(reading, clauses=())
    elif screening.instructions:
        kept = tuple(
            clause
            for clause in reading.clauses
            if not any(start <= clause.start < end for start, end in screening.instructions)
        )
        reading = replace(reading, clauses=kept)
    prepared = prepare(reading, features)
    found = examine(features, prepared)
    points = tuple(decided(point, weighed) for point, weighed in zip(found.points, found.weighed, strict=True))
    return _Turn(index, turn, reading, screening, prepared, points, found.wrongs, found.said)


def _gate(turns: Sequence[_Turn]) -> tuple[tuple[str, ...], Gate | None]:
    """The notes for the latest turn and the gate of the whole."""
    last = turns[-1].screening
    notes: list[str] = []
    words = sum(len(turn.reading.original.split()) for turn in turns if turn.screening.gate not in _UNGRADED)
    graded = [turn for turn in turns if turn.screening.gate not in _UNGRADED]
    if not graded:
        whole = last.gate
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
    if found.unsure:
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
    said = {token.word for clause in turn.prepared.clauses for token in clause.tokens}
    if said & _RETRACTION and terms & about:
        return True
    if turn.turn.probe != f"wrong:{wrong.id}":
        return False
    reasons = {token.term for clause in read(wrong.why_wrong).clauses for token in clause.tokens if token.term}
    for found, point in zip(turn.points, features.points, strict=True):
        if found.credit > 0 and len((reasons | about) & point.topic.keys()) > 1:
            return True
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
            if any(f.span.overlaps(span) for f in findings) or any(f.id == flip.id for f in result):
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
        if row.span.overlaps(span) and all(group & terms for group in flip.about):
            return replace(row, verdict=Verdict.CONTRADICTED, credit=0.0, span=span, reason=flip.why_wrong)
    return row
