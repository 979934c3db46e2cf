"""Free text: short model answer, wordings, follow-ups, hints and calibration answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from bot.services.draft_defaults._answers import free_text_answers
from bot.services.draft_defaults._fields import (
    ANSWERS,
    Fields,
    answers_made,
    areas,
    counted,
    first_fitting,
    hints,
    hints_made,
    in_words,
    record,
    records,
    text_of,
    typed_texts,
)
from bot.services.draft_defaults._wordings import among, bare, first_sentences, shorter, wordings
from grader.check import given_away
from questions.model import SHORT_MODEL_WORDS, FreeText, Level, Tier

WORDINGS = 2
"""Of a key point, at least."""
FOLLOW_UPS = (
    "What else belongs to a complete answer?",
    "Which part of it have you not spoken of yet?",
    "What would you add if you had another minute?",
    "Can you go a step deeper, and say what lies behind that?",
    "What would a colleague say is still missing?",
    "Look at the question once more: what has your answer not covered?",
    "Is there another side to it that matters?",
    "What would you want to know or check before you rely on that?",
    "What follows from what you said?",
    "What have you left out because it seemed obvious?",
)
"""They name nothing, so they fit every key point; a question has ten points at most."""


LEAST_OPENING = 2
"""Words of a claim that tell somebody how it goes on."""


def free_text(fields: Fields, tried: bool) -> Fields:
    filled: Fields = {**_short_answer(fields), **_key_points(fields), **_misconceptions(fields)}
    whole = {**fields, **filled}
    question = _as_free_text(whole) if tried else None
    filled |= hints(fields, lambda: _free_text_hints(whole, question))
    return filled | free_text_answers({**fields, **filled}, question)


def _short_answer(fields: Fields) -> Fields:
    answer = record(fields.get("model_answer"))
    full = text_of(answer.get("full"))
    if not full or text_of(answer.get("short")):
        return {}
    return {"model_answer": {**answer, "short": first_sentences(full, SHORT_MODEL_WORDS)}}


def _misconceptions(fields: Fields) -> Fields:
    """A wrong claim is recognized by itself at least."""
    entries = records(fields.get("misconceptions"))
    if not entries:
        return {}
    return {
        "misconceptions": [
            entry
            if typed_texts(entry.get("phrases")) or typed_texts(entry.get("signals")) or not text_of(entry.get("claim"))
            else {**entry, "phrases": [text_of(entry["claim"])]}
            for entry in entries
        ]
    }


def _key_points(fields: Fields) -> Fields:
    points = records(fields.get("key_points"))
    if not points:
        return {}
    claims = [text_of(point.get("claim")) for point in points]
    short = [len(typed_texts(record(point.get("accept")).get("phrases"))) < WORDINGS for point in points]
    found = wordings(claims, text_of(record(fields.get("model_answer")).get("full"))) if any(short) else None
    typed = {text_of(point.get("followup")) for point in points}
    neutral = [asked for asked in FOLLOW_UPS if asked not in typed]
    filled: list[Fields] = []
    for number, (point, claim) in enumerate(zip(points, claims, strict=True)):
        entry = {**point}
        if short[number] and claim and found is not None:
            accept = record(point.get("accept"))
            phrases = typed_texts(accept.get("phrases"))
            # The grader knows the claim as a wording anyway; the model answer's words come first.
            for text in (*found[number], claim, *shorter(claim)):
                if not among(text, phrases):
                    phrases.append(text)
            # Where nobody says it otherwise there is one wording twice: the lab tells that right answers may be missed.
            entry["accept"] = {**accept, "phrases": [*phrases, bare(claim), claim][:WORDINGS]}
        if not text_of(point.get("followup")):
            entry["followup"] = neutral[number % len(neutral)]
        filled.append(entry)
    return {"key_points": filled}


def _as_free_text(fields: Fields) -> FreeText | None:
    """The question without its calibration answers, for the grader; None where it is none yet."""
    blank = [
        {"label": str(number), "text": "-", "band": dict.fromkeys((level.value for level in Level), 1)}
        for number in range(ANSWERS)
    ]
    hints = typed_texts(fields.get("hints"))
    try:
        return FreeText.model_validate(
            {
                **fields,
                "version": 1,
                "hints": hints if len(hints) == 3 else ["-", "-", "-"],
                "calibration_answers": blank,
            }
        )
    except ValidationError:
        return None


def _free_text_hints(fields: Fields, question: FreeText | None) -> list[str]:
    points = records(fields.get("key_points"))
    core = [point for point in points if point.get("tier") == Tier.CORE.value]

    def silent(text: str) -> bool:
        return question is None or not any(given_away(question, text))

    return [
        first_fitting(_narrowing(len(points), len(core)), silent),
        first_fitting(areas(fields), silent),
        first_fitting(_leading([*core, *points]), silent),
    ]


def _leading(points: Sequence[Fields]) -> Iterator[str]:
    """Third hints, which lead to the first point: how its claim begins, then what its author asks for it.

    None says the point itself, so that there is still something to answer after the last hint.
    """
    first = next((point for point in points if text_of(point.get("claim"))), Fields())
    said = text_of(first.get("claim")).split()
    for many in (len(said) // 2, len(said) // 3):
        if many >= LEAST_OPENING:
            yield f"One point begins: “{' '.join(said[:many]).rstrip(',;:')} …”"
    asked = text_of(first.get("followup"))
    if asked and asked not in FOLLOW_UPS:
        yield f"Ask yourself: {asked}"
    yield "Begin with the point that everything else rests on."


def _narrowing(points: int, core: int) -> Iterator[str]:
    whole = f"A full answer makes {counted(points, 'point')}"
    if 0 < core < points:
        some = "One of them is" if core == 1 else f"{in_words(core).capitalize()} of them are"
        yield f"{whole}. {some} what everybody should say: begin there."
    if points:
        yield f"{whole}. Say each of them in a sentence of its own."
    yield "Take the question apart: say what happens, why it happens, and what follows from it."


def free_text_made(fields: Fields) -> Iterator[str]:
    points = records(fields.get("key_points"))
    if any(len(typed_texts(record(point.get("accept")).get("phrases"))) < WORDINGS for point in points):
        yield "more wordings of key points"
    if any(not text_of(point.get("followup")) for point in points):
        yield "follow-ups"
    if not text_of(record(fields.get("model_answer")).get("short")):
        yield "the short model answer"
    yield from hints_made(fields)
    yield from answers_made(fields)
