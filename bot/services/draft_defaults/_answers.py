"""Calibration answers made of what there is: a strong, a middling and a weak one, each with what it must get.

What an answer to a question in free text is labeled with follows from how it was put together, and its bands from the
formula of the score; the grader is asked whether it agrees. Only where claims share so many words that one earns
another does the label follow the grader. A story is labeled as the analysis reads it: no rule says which parts two
sentences of it tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pydantic import ValidationError

from bot.services.draft_defaults._fields import ANSWERS, Fields, record, records, text_of, typed_texts
from bot.services.draft_defaults._wordings import among, as_sentence, sentences
from grader.check import at_level, calibration_problems
from grader.grade import Context, Gate, Grade, Row, Verdict
from grader.text import grade
from grader.text.gate import SHORT_WORDS
from questions.model import (
    BUILT_IN_NEGATIVES,
    FULL_ANSWER,
    Behavioral,
    CalibrationAnswer,
    FreeText,
    Level,
    Part,
    Tier,
    words,
)

TRIED = 8
"""Partial answers that are tried before the first one is taken as it is."""
MIDDLING = frozenset({2, 3})
"""Bands."""
TALK = (
    "It depends on the data and on the situation. I would try a few things, look at what comes out, and keep whatever "
    "turns out to work best in practice."
)
"""Fluent, and says nothing."""
WOULD = (
    "In a situation like that I would first talk to everybody concerned, and then I would try to find a solution that "
    "works for all sides. Usually I would write down what was agreed, because good communication is what matters most."
)


def filled_up(kept: Sequence[Fields], made: Mapping[str, Callable[[], Fields]], order: Sequence[str]) -> Fields:
    """The answers that there are, and as many of those that can be made as are missing.

    `order`: which are wanted first, unless there is one like it (strong, weak, between).
    """
    bands = [4 if text_of(one.get("text")) == FULL_ANSWER else record(one.get("band")).get("mid") for one in kept]
    there = (4 in bands, 1 in bands, 2 in bands or 3 in bands)
    wanted = [name for name, found in zip(order, there, strict=True) if not found]
    wanted += [name for name in order if name not in wanted]
    chosen = set(wanted[: ANSWERS - len(kept)])
    labels = {text_of(one.get("label")) for one in kept}
    answers = [{"label": _unused(name, labels), **make()} for name, make in made.items() if name in chosen]
    return {"calibration_answers": [*kept, *answers]}


def _unused(label: str, taken: Iterable[str]) -> str:
    names = set(taken)
    return next(
        name
        for number in range(1, len(names) + 2)
        if (name := f"{label}-{number}" if number > 1 else label) not in names
    )


# Free text


@dataclass(frozen=True)
class _Point:
    id: str
    claim: str
    tier: Tier
    weight: int


def _points(fields: Fields) -> list[_Point] | None:
    """The key points, as far as labels need them; None while one of them is not complete."""
    found: list[_Point] = []
    for point in records(fields.get("key_points")):
        name, claim, tier, weight = (
            text_of(point.get("id")),
            text_of(point.get("claim")),
            point.get("tier"),
            point.get("weight"),
        )
        if not (name and claim and tier in set(Tier) and isinstance(weight, int)):
            return None
        found.append(_Point(name, claim, Tier(tier), weight))
    return found or None


def free_text_answers(fields: Fields, question: FreeText | None) -> Fields:
    kept = records(fields.get("calibration_answers"))
    full = text_of(record(fields.get("model_answer")).get("full"))
    points = _points(fields)
    if len(kept) >= ANSWERS or not full or points is None:
        return {}
    return filled_up(
        kept,
        {
            "strong": lambda: _strong(points, full, question),
            "partial": lambda: _partial(points, question),
            "wrong": lambda: _wrong(points, fields, question),
        },
        ("strong", "wrong", "partial"),
    )


def _labeled(
    points: Sequence[_Point], text: str, shown: str, hits: Sequence[str], halves: Sequence[str] = (), wrong: str = ""
) -> Fields:
    """A calibration answer (`shown`, which reads `text`) that earns these points, with the bands they are worth."""
    credit = {**dict.fromkeys(halves, 0.5), **dict.fromkeys(hits, 1.0)}
    rows = tuple(
        Row(point.id, point.claim, point.tier, point.weight, Verdict.MISSED, credit.get(point.id, 0.0))
        for point in points
    )
    gate = Gate.SHORT if words(text) < SHORT_WORDS else None
    # A misconception takes something off a score that is 0 already where no point is made beside it.
    result = Grade(0.0, 1, rows, gate=gate)
    labels: Fields = {
        "text": shown,
        "hits": list(hits),
        "halves": list(halves),
        "misconceptions": [wrong] if wrong else [],
    }
    bands = {level.value: at_level(result, level)[1] for level in Level}
    return {**{name: value for name, value in labels.items() if value}, "band": bands}


def _strong(points: Sequence[_Point], full: str, question: FreeText | None) -> Fields:
    """The model answer: it must make all core and depth points; of stretch points, a bonus, it makes what it makes."""
    rows = grade(full, question).rows if question is not None else ()
    bonus = {row.id: row.verdict for row in rows if row.tier is Tier.STRETCH}
    hits = [point.id for point in points if point.tier is not Tier.STRETCH or bonus.get(point.id) is Verdict.HIT]
    return _labeled(points, full, FULL_ANSWER, hits, [name for name, seen in bonus.items() if seen is Verdict.HALF])


def _partial(points: Sequence[_Point], question: FreeText | None) -> Fields:
    """The claims of some of the points, so that the answer is neither strong nor weak at mid level, if that can be.

    Preferred are claims that earn no other point; where there are none, the label has what they earn besides.
    """
    answers: list[tuple[tuple[bool, float, int], Fields]] = []
    for some in _subsets(points):
        text = " ".join(as_sentence(point.claim) for point in some)
        answer = _labeled(points, text, text, [point.id for point in some])
        core = sum(point.tier is Tier.CORE for point in some)
        rank = answer["band"]["mid"] not in MIDDLING, abs(len(some) - len(points) / 2), -core
        answers.append((rank, answer))
    ranked = [answer for _, answer in sorted(answers, key=lambda pair: pair[0])][:TRIED]
    if question is None:
        return ranked[0]
    read: list[Fields] = []
    for answer in ranked:
        result = grade(answer["text"], question)
        if _is_read(answer, result):
            return answer
        relabeled = _as_read(points, answer, result)
        if set(answer["hits"]) <= set(relabeled.get("hits", ())) and _is_read(relabeled, result):
            read.append(relabeled)
    return next((answer for answer in read if answer["band"]["mid"] in MIDDLING), (read or ranked)[0])


def _as_read(points: Sequence[_Point], answer: Fields, result: Grade) -> Fields:
    """The answer labeled with all that it earns."""
    hits = [row.id for row in result.rows if row.verdict is Verdict.HIT]
    halves = [row.id for row in result.rows if row.verdict is Verdict.HALF]
    return _labeled(points, answer["text"], answer["text"], hits, halves)


def _subsets(points: Sequence[_Point]) -> Iterator[tuple[_Point, ...]]:
    """Parts of the points, each in their order: of many points the first ones alone are put together freely."""
    free = points[:6]
    for count in range(1, len(free) + (len(free) < len(points))):
        yield from combinations(free, count)
    if len(points) == 1:
        yield tuple(points)


def _wrong(points: Sequence[_Point], fields: Fields, question: FreeText | None) -> Fields:
    answers: list[Fields] = []
    for entry in records(fields.get("misconceptions")):
        claim, phrases = text_of(entry.get("claim")), typed_texts(entry.get("phrases"))
        name = text_of(entry.get("id"))
        if not (name and claim):
            continue
        other = next((phrase for phrase in phrases if not among(phrase, [claim])), None)
        for text in ([claim, other] if other else [], [claim], [other] if other else []):
            if text:
                said = " ".join(map(as_sentence, text))
                answers.append(_labeled(points, said, said, (), wrong=name))
    return _as_meant([*answers[:TRIED], _labeled(points, TALK, TALK, ())], question)


def _as_meant(answers: Sequence[Fields], question: FreeText | None) -> Fields:
    """The first answer that the grader reads as it is meant; if there is none, the first, and the lab will tell why."""
    if question is None:
        return answers[0]
    return next((answer for answer in answers if _is_read(answer, grade(answer["text"], question))), answers[0])


def _is_read(answer: Fields, result: Grade) -> bool:
    """Whether the grader reads an answer as its labels say."""
    labeled = CalibrationAnswer.model_validate({"label": "tried", **answer})
    return not any(calibration_problems(labeled, result))


# Behavioral


def story_answers(fields: Fields, *, tried: bool) -> Fields:
    kept = records(fields.get("calibration_answers"))
    full = text_of(record(fields.get("model_answer")).get("full"))
    if len(kept) >= ANSWERS or not full:
        return {}
    question = _as_story(fields) if tried else None
    thin = " ".join(sentences(full)[:2])
    return filled_up(
        kept,
        {
            "strong": lambda: _told(full, FULL_ANSWER, question),
            "thin": lambda: _told(thin, thin, question),
            "hypothetical": lambda: _hypothetical(text_of(fields.get("competency")), question),
        },
        ("strong", "hypothetical", "thin"),
    )


def _as_story(fields: Fields) -> Behavioral | None:
    blank: list[Fields] = [{"label": str(at), "text": "-", "parts": [], "band": _ones()} for at in range(ANSWERS)]
    try:
        return Behavioral.model_validate({**fields, "version": 1, "calibration_answers": blank})
    except ValidationError:
        return None


def _ones() -> dict[str, int]:
    return dict.fromkeys((level.value for level in Level), 1)


def _told(text: str, shown: str, question: Behavioral | None) -> Fields:
    """A story with the parts and bands that it has for the analysis today, which every later version must find too."""
    if question is None:
        return {"text": shown, "parts": [], "band": _ones()}
    results = {level: grade(text, question, Context(level=level)) for level in Level}
    star = results[Level.MID].star
    known = {signal.id for signal in question.negatives} | BUILT_IN_NEGATIVES
    negatives = [one.id for one in results[Level.MID].findings if one.id in known]
    answer: Fields = {"text": shown, "parts": [part.value for part in Part if star and part not in star.missing]}
    if negatives:
        answer["negatives"] = negatives
    return {**answer, "band": {level.value: result.band for level, result in results.items()}}


def _hypothetical(competency: str, question: Behavioral | None) -> Fields:
    """What somebody would do: no part of a story, and the lowest band."""
    meant: Fields = {"parts": [], "negatives": ["hypothetical"], "band": _ones()}
    own = f"I would say that this is what matters: {as_sentence(competency)} {WOULD}"
    texts = [own, WOULD] if competency else [WOULD]
    if question is None:
        return {"text": texts[0], **meant}
    answers = [_told(text, text, question) for text in texts]
    return next((one for one in answers if one == {"text": one["text"], **meant}), answers[-1])
