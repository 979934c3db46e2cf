"""Multiple choice and numbers: hints, and what to remember."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from bot.services.draft_defaults._fields import (
    Fields,
    areas,
    counted,
    first_fitting,
    hints,
    hints_made,
    records,
    text_of,
)
from bot.services.draft_defaults._wordings import SHORTEST_WORDING, as_sentence, sentences
from questions.model import words

QUIET = 80.0
"""Of 100: a hint less like the right option than this does not tell it."""


# Multiple choice


def multiple_choice(fields: Fields, tried: bool) -> Fields:
    del tried
    options = records(fields.get("options"))
    right = next((option for option in options if option.get("correct")), Fields())
    filled = hints(fields, lambda: _choice_hints(fields, options, text_of(right.get("text"))))
    if not text_of(fields.get("takeaway")) and (why := text_of(right.get("why"))):
        filled["takeaway"] = why
    return filled


def _choice_hints(fields: Fields, options: Sequence[Fields], key: str) -> list[str]:
    def silent(text: str) -> bool:
        return fuzz.token_set_ratio(text, key, processor=default_process) < QUIET

    wrong = next(
        (text for option in options if not option.get("correct") and (text := text_of(option.get("text")))), ""
    )
    first = (
        f"Take the {counted(len(options), 'option')} one by one: what would have to be so for each to be the answer?",
        "Begin with what you can rule out.",
    )
    return [
        first_fitting(first, silent),
        first_fitting(areas(fields), silent),
        f"“{wrong.rstrip('.')}” can be ruled out." if wrong else "One of them can be ruled out at once.",
    ]


def multiple_choice_made(fields: Fields) -> Iterator[str]:
    yield from hints_made(fields)
    if not text_of(fields.get("takeaway")):
        yield "what to remember"


# Numeric


def numeric(fields: Fields, tried: bool) -> Fields:
    del tried
    mistakes = records(fields.get("mistakes"))
    filled = hints(fields, lambda: _numeric_hints(fields, mistakes))
    if not text_of(fields.get("takeaway")):
        slip = next((one for one in mistakes if text_of(one.get("claim")) and text_of(one.get("why_wrong"))), None)
        if slip is not None:
            filled["takeaway"] = (
                f"A common slip: {as_sentence(text_of(slip['claim']))} {as_sentence(text_of(slip['why_wrong']))}"
            )
    return filled


def _numeric_hints(fields: Fields, mistakes: Sequence[Fields]) -> list[str]:
    prompt = sentences(text_of(fields.get("prompt")))
    asked = next((sentence for sentence in reversed(prompt) if sentence.endswith("?")), "")
    slip = next((claim for mistake in mistakes if (claim := text_of(mistake.get("claim")))), "")
    step = _wordless_step(text_of(fields.get("working")))
    if step:
        third = f"Begin like this: {step}"
    elif slip:
        third = f"Do not fall for this slip: {as_sentence(slip)}"
    else:
        third = "Write it as a formula first, and put the numbers in last."
    return [
        "First give a name to everything that is given. "
        + (f"The question is: “{asked}”" if asked else "Then say in one sentence what is asked."),
        first_fitting(areas(fields), lambda text: not re.search(r"\d", text)),
        third,
    ]


_VALUE = re.compile(r"\{[^{}]*\}|(?<!\w)[−-]?\d[\d.,]*(?:e-?\d+)?\s*%?")
_RESULT = re.compile(r"\s*(?:[=≈≃]|:\s*(?=[\d{−(-])|\bis (?=[\d{−-])).*$", re.DOTALL)


def _wordless_step(working: str) -> str:
    """The first step of the working in words, without what comes out; empty where its numbers say all."""
    line = next((line.strip() for line in working.splitlines() if line.strip()), "")
    step = _RESULT.sub("", next(iter(sentences(line)), ""))
    if _VALUE.search(step) or words(step) < SHORTEST_WORDING:
        return ""
    return as_sentence(step)


def numeric_made(fields: Fields) -> Iterator[str]:
    yield from hints_made(fields)
    if not text_of(fields.get("takeaway")):
        yield "what to remember"
