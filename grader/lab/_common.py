"""What is looked at in every kind of question: its place in the bank, its level, and how it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import cast

from grader.lab._report import Found, error, note, quoted, warning
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import FreeText, Level, Tier
from questions.taxonomy import taxonomy

LONG_SENTENCE = 45
"""Words of a sentence that is hard to take in at one reading."""
MANY_ASKS = 4
B_OF_LEVEL = {1: -1.2, 2: -0.5, 3: 0.1, 4: 0.7, 5: 1.2}
"""Where the difficulty of a level usually lies on the scale of the item-response model."""
FAR_OFF = 1.3

_LATEX = re.compile(
    r"\\(frac|sum|sqrt|text|mathbb|cdot|left|begin|hat|partial|sigma|lambda|mu|alpha|beta)\b|\$[^$\n]*[\\^_][^$\n]*\$"
)
"""Dollars alone are prices."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LINK = re.compile(r"https?://|discord\.gg/|@everyone|@here|<[@#][!&]?\d+>", re.IGNORECASE)
_INNER = frozenset({"signals", "patterns", "half", "reject_if", "solution", "starter", "accepted", "wrong", "fixtures"})
_CODE = frozenset({"generate", "check", "data", "samples", "hidden", "call", "expected", "id", "topics"})
"""Fields that no candidate reads as prose."""


def common(question: AnyQuestion, bank: Bank) -> Found:
    yield from _topics(question)
    yield from _edited(question, bank)
    yield from _levels(question)
    yield from _readable(question)


def _topics(question: AnyQuestion) -> Found:
    known = taxonomy().topics
    for topic in question.topics:
        if topic not in known:
            track = topic.partition(".")[0]
            near = [slug for slug in known if slug.startswith(f"{track}.")]
            advice = f"Topics of {track}: {', '.join(near)}" if near else "Take a topic of the taxonomy."
            yield error("topics", f"unknown topic {topic!r}", advice)


def _edited(question: AnyQuestion, bank: Bank) -> Found:
    """An id never changes its meaning, and an edit has a version of its own."""
    known = bank.get(question.id)
    if known is None:
        return
    if known == question:
        yield note("id", "the bank has this question already, word for word")
    elif known.type != question.type:
        yield error("id", f"{question.id} is a {known.type} question of the bank", "Choose another name.")
    elif question.version <= known.version:
        advice = f"Write version: {known.version + 1}, or choose another id for another question."
        yield error("version", f"the bank has another version {known.version} of this question", advice)


def _levels(question: AnyQuestion) -> Found:
    level, prior = question.difficulty.level, question.difficulty.b
    if level == 5 and Level.JUNIOR in question.levels:
        yield warning(
            "levels", "difficulty 5 is asked of juniors", "Leave junior out of the levels, or lower the difficulty."
        )
    if level == 1 and Level.JUNIOR not in question.levels:
        yield warning(
            "levels", "difficulty 1 is not asked of juniors", "Add junior to the levels, or raise the difficulty."
        )
    if abs(prior - B_OF_LEVEL[level]) > FAR_OFF:
        usual = f"around {B_OF_LEVEL[level]:g}"
        yield warning(
            "difficulty", f"b is {prior:g}, but level {level} usually has b {usual}", "Leave b out, or check it."
        )
    if isinstance(question, FreeText):
        deep = any(point.tier is not Tier.CORE for point in question.key_points)
        if Level.SENIOR in question.levels and not deep:
            advice = "Add points of the tiers depth or stretch, or ask juniors only."
            yield warning("key points", "all are core, so nothing tells a senior from a junior", advice)


def _readable(question: AnyQuestion) -> Found:
    prompt = question.prompt
    if not isinstance(question, CodeTask):
        for sentence in _SENTENCE.split(prompt):
            if (count := len(sentence.split())) > LONG_SENTENCE:
                yield note("prompt", f"a sentence of {count} words: {quoted(sentence, 60)}", "Make two of it.")
        if (asks := prompt.count("?")) > MANY_ASKS:
            yield warning("prompt", f"{asks} questions at once", "Ask one or two; follow-ups can ask for the rest.")
    if prompt.count("```") % 2:
        yield warning("prompt", "a code block is not closed", "Close it with three backticks on a line of their own.")
    for place, text in _prose(question.model_dump(mode="python"), ()):
        if found := _LATEX.search(text):
            advice = "Discord shows no LaTeX: write the formula in Unicode (σ², √n, Σ xᵢ, ≤, λ)."
            yield error(place, f"LaTeX: {quoted(found[0], 40)}", advice)
        if found := _LINK.search(text):
            yield warning(
                place, f"a link or a mention: {quoted(text[found.start() : found.start() + 60], 60)}", "Leave it out."
            )


def _prose(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The texts that people read, each with its place."""
    if isinstance(value, str):
        yield _place(path), value
    elif isinstance(value, dict):
        for key, entry in cast("dict[object, object]", value).items():
            if str(key) not in _INNER | _CODE:
                yield from _prose(entry, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for number, entry in enumerate(cast("Sequence[object]", value), 1):
            yield from _prose(entry, (*path, str(number)))


_SINGULAR = {
    "key_points": "key point", "misconceptions": "misconception", "hints": "hint", "options": "option",
    "mistakes": "mistake", "calibration_answers": "calibration answer", "followups": "follow-up",
    "references": "reference",
}  # fmt: skip


def _place(path: Sequence[str]) -> str:
    """`("key_points", "2", "claim")` becomes `key point 2, claim`."""
    parts: list[str] = []
    for name in path:
        if name.isdigit() and parts:
            parts[-1] = f"{parts[-1]} {name}"
        else:
            parts.append(_SINGULAR.get(name, name.replace("_", " ")))
    return ", ".join(parts)
