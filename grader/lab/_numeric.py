"""Tries a numeric question: its draws, its tolerance, and whether what it shows agrees with what it expects."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.check import tried_variants, variant_problems
from grader.grade import Context
from grader.lab._report import Found, Trial, error, note, quoted, warning
from grader.text import grade
from grader.text.normalise import read
from grader.text.number import candidates, within
from questions.expression import Expression, ExpressionError, fill, format_number, placeholders
from questions.model import Numeric, Tolerance

TIGHT = 0.001
"""A relative tolerance that refuses answers rounded to three digits."""
LOOSE = 0.05
HALF = 0.5
"""An absolute tolerance below it tells whole numbers apart."""
FEW_ANSWERS = 0.3
"""The share of draws that have an answer of their own."""
SHOWN_OFTEN = 0.4
"""The share of draws in which a text may hold the answer by chance; 0.3 at most in the shipped bank."""

_UNIT = re.compile(
    r"\bin (?P<unit>percent(?:age points)?|%|milliseconds|ms|seconds|minutes|hours|days|weeks|months|years|bytes"
    r"|[kKMGT]i?B|bits|nats|dollars|euros|cents|meters|kilograms|tokens per second)\b",
    re.IGNORECASE,
)


def try_numeric(question: Numeric) -> tuple[list[Trial], Found]:
    """What a plain right answer gets, and the findings."""
    return _trials(question), _findings(question)


def _trials(question: Numeric) -> list[Trial]:
    try:
        answer = f"{Expression(question.answer).value(question.draw(0)):.10g}"
    except ExpressionError:
        return []
    return [
        Trial(f"{name}: {text}", round(grade(text, question, Context(variant=0)).score, 4), {})
        for name, text in (("the right number", answer), ("no number", "Sorry, I don't know."))
    ]


def _findings(question: Numeric) -> Found:
    draws = tried_variants(question)
    for variant in draws:
        if problems := list(variant_problems(question, variant)):
            yield from (error(_place(problem), f"{_drawn(question, variant)}: {problem}") for problem in problems)
            break
    yield from _parameters(question)
    try:
        answers = [Expression(question.answer).value(question.draw(variant)) for variant in draws]
    except ExpressionError:
        return  # told above
    yield from _answers(question, answers)
    yield from _tolerance(question, answers)
    yield from _unit(question)
    yield from _shown(question, draws, answers)


def _place(problem: str) -> str:
    """The field that a problem of the check begins with."""
    found = re.match(r"(answer|prompt|working|takeaway|hint \d|mistake \d+)\b", problem)
    return found[1] if found else "answer"


def _drawn(question: Numeric, variant: int) -> str:
    drawn = ", ".join(f"{name} = {format_number(value)}" for name, value in question.draw(variant).items())
    return f"with {drawn}" if drawn else "the only draw"


def _parameters(question: Numeric) -> Found:
    shown = {name for part in placeholders(question.prompt) for name in part.expression.names}
    for name in question.params:
        if name not in shown:
            yield error(
                f"params {name}", "the prompt does not show it", f"Put {{{name}}} into the prompt, or leave it out."
            )


def _answers(question: Numeric, answers: Sequence[float]) -> Found:
    different = len({f"{answer:.9g}" for answer in answers})
    if len(answers) > 1 and different == 1:
        yield error("answer", f"all {len(answers)} draws have the same answer", "Use the parameters in the answer.")
    elif len(answers) > 4 and different < FEW_ANSWERS * len(answers):
        advice = "Choose values that do not cancel each other."
        yield warning("params", f"{len(answers)} draws have only {different} different answers", advice)
    if not question.params:
        yield note(
            "params", "there is only one draw, which can be learned by heart", "Give a few values for its numbers."
        )


def _tolerance(question: Numeric, answers: Sequence[float]) -> Found:
    tolerance: Tolerance = question.tolerance
    smallest = min(abs(answer) for answer in answers)
    relative = tolerance.relative
    if relative is None and tolerance.absolute is not None:
        if smallest == 0:
            return
        relative = tolerance.absolute / smallest
    elif smallest == 0:
        advice = "Give an absolute tolerance."
        yield error("tolerance", "a draw has the answer 0, and no share of 0 is a tolerance", advice)
        return
    assert relative is not None
    whole = all(answer == round(answer) for answer in answers)
    counted = whole and tolerance.absolute is not None and tolerance.absolute < HALF
    if relative > LOOSE and not counted:
        advice = f"Up to {LOOSE:.0%} covers rounding."
        yield warning("tolerance", f"{relative:.0%} of the smallest answer counts as right", advice)
    elif relative < TIGHT and not whole:
        advice = "Allow at least what rounding to three digits takes."
        yield warning("tolerance", f"{relative:.2%} refuses answers that are rounded to three digits", advice)
    for answer in answers:
        if not within(float(f"{answer:.4g}"), answer, tolerance):
            message = f"the value that is shown, {answer:.4g}, is not within it"
            yield error("tolerance", message, "Widen it: feedback shows four digits.")
            return


def _unit(question: Numeric) -> Found:
    if not question.unit and (asked := _UNIT.search(question.prompt)):
        unit = "%" if asked["unit"].lower() == "percent" else asked["unit"]
        yield warning(
            "unit", f"the prompt asks for {asked['unit']}, and the answer has no unit", f'Write unit: "{unit}".'
        )


def _shown(question: Numeric, draws: Sequence[int], answers: Sequence[float]) -> Found:
    """Whether the working leads to the answer, and nothing before it does."""
    for variant, answer in zip(draws, answers, strict=True):
        if _holds(question, question.working, variant, answer) is False:
            message = f"{_drawn(question, variant)}: it does not mention the answer, {format_number(answer)}"
            yield error("working", message, "End it with the value: {" + question.answer + "|.4g}")
            break
    texts = [("prompt", question.prompt), ("hint 1", question.hints[0]), ("hint 2", question.hints[1])]
    for place, text in texts:
        count = sum(
            _holds(question, text, variant, answer) or False for variant, answer in zip(draws, answers, strict=True)
        )
        if count == len(draws) or (count > SHOWN_OFTEN * len(draws) and count > 1):
            advice = "Only the working and the takeaway come after the answer."
            yield error(place, f"it shows the answer in {count} of {len(draws)} draws: {quoted(text, 60)}", advice)


def _holds(question: Numeric, text: str, variant: int, answer: float) -> bool | None:
    """Whether a text shows the answer; None for a text without a value, which is told already."""
    try:
        filled = fill(text, question.draw(variant))
    except ExpressionError:
        return None
    for found in candidates(read(filled)):
        meant = found.value if question.unit == "%" or not found.percent else found.value / 100
        if within(meant, answer, question.tolerance):
            return True
    return False
