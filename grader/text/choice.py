"""Grades a chosen option: the key earns 1, every other option 0, and each says why."""

from __future__ import annotations

from grader.grade import ChoiceReport, Context, Finding, Gate, Grade, Row, Span, Verdict
from grader.text.score import band_of, kept
from questions.model import MultipleChoice, Tier


def grade_choice(answer: str, question: MultipleChoice, context: Context) -> Grade:
    """The grade of an option's id. With earlier turns, the first choice counts in full and a later one less."""
    given = [*((turn.answer, turn.hints) for turn in context.earlier), (answer, context.hints)]
    key = question.key
    best, best_span = 0.0, None
    for index, (text, hints) in enumerate(given):
        if text.strip().casefold() == key.id.casefold() and kept(hints, index) > best:
            best, best_span = kept(hints, index), _span(text, index)
    chosen = next((o for o in question.options if o.id.casefold() == answer.strip().casefold()), None)
    gate = None if chosen else (Gate.EMPTY if not answer.strip() else Gate.UNREADABLE)
    verdict = Verdict.HIT if best else Verdict.MISSED
    row = Row(key.id, key.text, Tier.CORE, 1.0, verdict, 1.0 if best else 0.0, best or 1.0, best_span)
    findings = ()
    if chosen and not chosen.correct:
        span = _span(answer, len(given) - 1)
        findings = (Finding(chosen.tag or chosen.id, chosen.text, chosen.why, 0.0, False, span),)
    return Grade(
        score=best,
        band=band_of(best),
        rows=(row,),
        findings=findings,
        gate=gate,
        notes=() if chosen else ("Choose one of the options.",),
        takeaway=question.takeaway,
        choice=ChoiceReport(answer.strip(), key.id, chosen.why if chosen else "", key.why),
    )


def _span(text: str, turn: int) -> Span:
    start = len(text) - len(text.lstrip())
    return Span(turn, start, start + len(text.strip()), text.strip())
