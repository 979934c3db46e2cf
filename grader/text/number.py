"""Grades a number: reads the one that is meant from what was typed, and compares it by the question's tolerance.

People write "about 0.06", "6 %", "1/3", "2e-3", "3.5 million" or "0.1 × 0.6 = 0.06, because …". Of several numbers the
one announced as the answer counts, then one that opens the answer as a statement of its own, then the last after
an equals sign, then the last that is not an operand of a calculation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from grader.grade import Context, Finding, Gate, Grade, NumberReport, Row, Span, Verdict
from grader.text import gate
from grader.text.normalise import Reading, read
from grader.text.score import band_of, kept
from questions.expression import Expression, ExpressionError, fill, format_number
from questions.model import Numeric, Tier, Tolerance

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d{1,3}(?: \d{3})+(?![\d.,])|\d+(?:[.,]\d+)?|\.\d+)"
_NUMBER = re.compile(
    rf"(?P<sign>[-+]\s?)?(?P<digits>{_DIGITS})(?:e(?P<exponent>[-+]?\d{{1,3}})(?![a-z0-9]))?"
    r"(?:\s*(?:\*|x|times)\s*10\s*\^?\s*\(?(?P<power>[-+]?\d{1,3})\)?)?"
    rf"(?:\s*/\s*(?P<denominator>{_DIGITS})(?![\d^(]))?"
    r"\s?(?P<scale>%|percent\b|per cent\b|pct\b|thousand\b|million\b|mn\b|billion\b|bn\b|trillion\b|k\b|m\b|b\b)?"
)
_SCALES = {
    "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "b": 1e9,
    "trillion": 1e12,
}  # fmt: skip
_WORDS = {
    "zero": 0.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0,
    "eight": 8.0, "nine": 9.0, "ten": 10.0, "eleven": 11.0, "twelve": 12.0, "twenty": 20.0, "fifty": 50.0,
    "hundred": 100.0, "thousand": 1e3, "half": 0.5, "a half": 0.5, "one half": 0.5, "a third": 1 / 3,
    "one third": 1 / 3, "two thirds": 2 / 3, "a quarter": 0.25, "one quarter": 0.25,
    "three quarters": 0.75, "a fifth": 0.2, "one fifth": 0.2, "a tenth": 0.1, "one tenth": 0.1,
}  # fmt: skip
_WORD = re.compile(r"\b(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)).replace(" ", r"[ -]") + r")\b")
_ANNOUNCED = re.compile(
    r"(?:\b(?:final )?(?:answer|result|solution)\b(?: (?:is|should be|would be|comes (?:out )?(?:to|as|at)))?"
    r"|\bi get|\bgives|\byields)"
    r"[\s:=~]*(?:about|around|roughly|approximately|approx\.?|nearly|exactly)?\s*[$€£]?$"
)
_EQUALS = re.compile(
    r"(?:=|~|\bequals?|\bis|\bapproximately|\bapprox\.?|\babout|\broughly|\baround)\s*[~=]?\s*(?:about|roughly|around)?\s*[$€£]?$"
)
_OPERATOR_BEFORE = re.compile(r"(?:[*/+^(]|(?<=[\w)]) ?-|\btimes|\bplus|\bminus|\bdivided by|\bover)\s*$")
_OPERATOR_AFTER = re.compile(r"^\s*(?:[*/+^]|- ?[\d(]|times\b|plus\b|minus\b|divided\b)")
NEAR = 1e-9
NO_NUMBER_NOTE = "I found no number in this answer. Write it in digits, such as 0.25."


@dataclass(frozen=True, slots=True)
class Candidate:
    """A number in a text, at `start:end` of its folded form."""

    value: float
    percent: bool
    start: int
    end: int
    rank: int


def candidates(reading: Reading) -> list[Candidate]:
    """The numbers of a text, the likeliest answer first."""
    spelled = reading.spelled
    text = spelled.text
    found: list[Candidate] = []
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        before = text[start - 1] if start else ""
        if before.isalpha() or before == "_" or (before == "." and text[max(0, start - 2) : start - 1].isdigit()):
            continue  # x2, F1: part of a name
        if match["sign"] and (before.isdigit() or before == ")"):
            start += len(match["sign"])
            value = _value(match, signed=False)
        elif match["sign"] and match["sign"].endswith(" ") and text[:start].rstrip()[-1:].isalnum():
            value = _value(match, signed=False)
        else:
            value = _value(match, signed=True)
        if value is None or not math.isfinite(value):
            continue
        scale = match["scale"] or ""
        if scale in {"m", "b"} and not reading.original[spelled.origin[match.start("scale")] :][:1].isupper():
            scale, end = "", match.start("scale")  # 3 m is a length, 3 M are millions
        value *= _SCALES.get(scale, 1.0)
        while end > start and text[end - 1].isspace():
            end -= 1
        percent = scale in {"%", "percent", "per cent", "pct"}
        found.append(Candidate(value, percent, start, end, _rank(text, start, end)))
    if not found:
        for match in _WORD.finditer(text):
            value = _WORDS[match[0].replace("-", " ")]
            percent = bool(re.match(r"\s*(?:%|percent\b|per cent\b)", text[match.end() :]))
            found.append(Candidate(value, percent, match.start(), match.end(), _rank(text, match.start(), match.end())))
    return sorted(found, key=lambda c: (-c.rank, -c.start))


def _value(match: re.Match[str], *, signed: bool) -> float | None:
    value = _plain(match["digits"])
    if signed and match["sign"] and match["sign"].startswith("-"):
        value = -value
    try:
        if match["exponent"]:
            value *= 10.0 ** int(match["exponent"])
        if match["power"]:
            value *= 10.0 ** int(match["power"])
        if match["denominator"]:
            value /= _plain(match["denominator"])
    except (ZeroDivisionError, OverflowError):
        return None
    return value


def _plain(digits: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?", digits) and not digits.startswith("0,"):
        return float(digits.replace(",", "").replace(" ", ""))
    return float(digits.replace(",", "."))


def _rank(text: str, start: int, end: int) -> int:
    before, after = text[max(0, start - 60) : start], text[end : end + 20]
    if _OPERATOR_AFTER.match(after):
        return 0
    if _ANNOUNCED.search(before):
        return 5
    opening = not text[:start].strip(" \n~$€£=:") or re.fullmatch(
        r"\W*(?:it is|it's|its|about|around|roughly|approximately|approx\.?|nearly|exactly|i think|~)?\W*", text[:start]
    )
    if opening and re.match(r"\s*(?:[a-zµ%/²³^]+\s*)?(?:$|[.,;:!(\n]|because\b|since\b|as\b|so\b|-|from\b)", after):
        return 4
    if _EQUALS.search(before):
        return 3 if before.rstrip()[-1:] in {"=", "~"} or "equal" in before[-12:] else 2
    return 0 if _OPERATOR_BEFORE.search(before) else 1


def within(value: float, expected: float, tolerance: Tolerance) -> bool:
    """Whether `value` counts as `expected`."""
    allowed = tolerance.absolute if tolerance.absolute is not None else (tolerance.relative or 0.0) * abs(expected)
    return abs(value - expected) <= allowed + NEAR * max(1.0, abs(expected))


def _meanings(candidate: Candidate, percent_unit: bool) -> Iterable[float]:
    """What a number can mean, the literal reading first."""
    if percent_unit:
        yield candidate.value
        if not candidate.percent and abs(candidate.value) <= 1:
            yield candidate.value * 100
    elif candidate.percent:
        yield candidate.value / 100
    else:
        yield candidate.value


def grade_number(answer: str, question: Numeric, context: Context) -> Grade:
    """The grade of a number over all its turns; the draw is `context.variant`."""
    params = question.draw(context.variant)
    expected = Expression(question.answer).value(params)
    percent = question.unit.strip() == "%"
    unit = question.unit.strip()
    shown = format_number(float(f"{expected:.4g}")) + (unit if percent else f" {unit}" if unit else "")
    given = [*((turn.answer, turn.hints) for turn in context.earlier), (answer, context.hints)]
    best, best_span = 0.0, None
    value: float | None = None
    slip, findings = "", ()
    notes: tuple[str, ...] = ()
    for index, (text, hints) in enumerate(given):
        reading = read(text)
        found = candidates(reading)
        value, slip, findings = None, "", ()
        if not found:
            continue
        first = found[0]
        span = _span(reading, first, index)
        meanings = list(_meanings(first, percent))
        mistaken = [m for m in _mistakes(question, params) if within(meanings[0], m[0], question.tolerance)]
        right = next((m for m in meanings if within(m, expected, question.tolerance)), None)
        if right is not None and not (mistaken and right != meanings[0]):
            value = right
            if kept(hints, index) > best:
                best, best_span = kept(hints, index), span
        else:
            value = meanings[0]
            if mistaken:
                _, claim, why = mistaken[0]
                slip = f"{claim} {why}"
                findings = (Finding("slip", claim, why, 0.0, False, span),)
    whole: Gate | None = None
    if value is None and not best:
        screened = gate.screen(read(answer), question.prompt).gate
        if screened is Gate.EMPTY or screened is Gate.DONT_KNOW:
            whole, notes = screened, (gate.NOTES[screened],)
        else:
            whole, notes = Gate.UNREADABLE, (NO_NUMBER_NOTE,)
    claim = f"The value is {shown}."
    verdict = Verdict.HIT if best else Verdict.MISSED
    row = Row("value", claim, Tier.CORE, 1.0, verdict, 1.0 if best else 0.0, best or 1.0, best_span)
    return Grade(
        score=best,
        band=band_of(best),
        rows=(row,),
        findings=findings,
        gate=whole,
        notes=notes,
        takeaway=_filled(question.takeaway, params),
        number=NumberReport(value, expected, shown, _filled(question.working, params), slip),
    )


def _span(reading: Reading, candidate: Candidate, turn: int) -> Span:
    start, end = reading.spelled.original(candidate.start, candidate.end)
    start, end = reading.quote(start, end)
    return Span(turn, start, end, reading.original[start:end])


def _mistakes(question: Numeric, params: dict[str, float]) -> Iterable[tuple[float, str, str]]:
    for mistake in question.mistakes:
        try:
            yield (
                Expression(mistake.value).value(params),
                _filled(mistake.claim, params),
                _filled(mistake.why_wrong, params),
            )
        except ExpressionError:
            continue  # this slip has no value for this draw; the bank's check reports it to the author


def _filled(text: str, params: dict[str, float]) -> str:
    try:
        return fill(text, params)
    except ExpressionError:
        return text
