"""Tries a multiple-choice question: whether the key can be told without knowing the matter."""

from __future__ import annotations

import re
from itertools import combinations

from rapidfuzz import fuzz

from grader.check import check_question
from grader.lab._report import Found, error, note, quoted, warning
from questions.model import MultipleChoice, Option

LONGER, LONGER_BY = 1.3, 12
"""A key so many times as long as the longest distractor, and by so many characters, gives itself away."""
BIT_LONGER = 1.15
SHORTER = 0.6
ALIKE = 97.5
"""Of 100; options may differ in one word, as long as it is the one that matters."""
TOLD_BY_HINT = 85.0
FEWEST_WORDS = 5
"""Of a reason that explains anything."""

_LUMP = re.compile(
    r"(?:all|none|both|neither|either|any)(?: of)?(?: the| these| those| them)?(?: above| others?| options?| answers?)?"
    r"(?: (?:is|are|apply|applies|hold|true|right|correct|wrong|false))*"
    r"|.*\b(?:all|none|both|neither|any) of the (?:above|others?|options|answers)\b.*"
    r"|(?:both |neither )?\(?[a-e]\)?(?:, \(?[a-e]\)?)* (?:and|or|nor) \(?[a-e]\)?",
    re.IGNORECASE,
)
_FILLER = re.compile(r"\b(?:the|an?)\b|[^\w\s.+\-−*/=<>≤≥%²√^()\[\]]")


def try_choice(question: MultipleChoice) -> Found:
    for problem in check_question(question):
        yield error("options", problem, "Mend the options.")
    yield from _lengths(question)
    for one, other in combinations(question.options, 2):
        yield from _alike(one, other)
    for option in question.options:
        yield from _option(question, option)
    for number, hint in enumerate(question.hints[:2], 1):
        if fuzz.token_set_ratio(hint.casefold(), question.key.text.casefold()) >= TOLD_BY_HINT:
            advice = "Only the third hint gives a part of the answer away."
            yield error(f"hint {number}", f"it says what the key says: {quoted(hint)}", advice)
    forms = {(option.text[:1].isupper(), option.text[-1:] in ".!?") for option in question.options}
    if len(forms) > 1:
        yield note("options", "some begin with a capital or end with a period and some do not", "Write them alike.")
    if question.difficulty.c == 0:
        share = 1 / len(question.options)
        yield note("difficulty", "c is 0, but a guess is right now and then", f"Write c: {share:.2g}.")


def _lengths(question: MultipleChoice) -> Found:
    key = question.key
    place = f"option {key.id}"
    others = [len(option.text) for option in question.options if not option.correct]
    longest, shortest, mine = max(others), min(others), len(key.text)
    told = f"the right option has {mine} characters, the longest wrong one {longest}"
    advice = "Bring the options to one length: test-takers choose the longest."
    if mine >= LONGER * longest and mine - longest >= LONGER_BY:
        yield error(place, f"its length gives it away: {told}", advice)
    elif mine > BIT_LONGER * longest and mine - longest >= LONGER_BY // 2:
        yield warning(place, f"it stands out by its length: {told}", advice)
    elif mine < SHORTER * shortest and shortest - mine >= LONGER_BY:
        told = f"the key has {mine} characters, the shortest distractor {shortest}"
        yield warning(place, f"it stands out by its length: {told}", advice)


def _alike(one: Option, other: Option) -> Found:
    place = f"options {one.id} and {other.id}"
    if _plain(one.text) == _plain(other.text):
        yield error(place, "they say the same", "Replace one of them by another mistake that people make.")
    elif fuzz.ratio(one.text, other.text) >= ALIKE:
        yield warning(place, "they are hard to tell apart", "Make the word that matters stand out.")
    if _plain(one.why) == _plain(other.why):
        yield error(place, "they have the same reason", "Say for each option what is right or wrong with it.")
    if one.tag is not None and one.tag == other.tag:
        yield note(place, f"both stand for the mistake {one.tag}")


def _plain(text: str) -> str:
    return " ".join(_FILLER.sub(" ", text.casefold()).rstrip(". ").split())


def _option(question: MultipleChoice, option: Option) -> Found:
    place = f"option {option.id}"
    if _LUMP.fullmatch(option.text.strip(" .")):
        yield error(place, f"{quoted(option.text)} stands for other options", "Every option is an answer of its own.")
    if _plain(option.why) == _plain(option.text):
        yield error(place, "its reason only repeats it", "Say why it is right, or what is wrong with it.")
    elif len(option.why.split()) < FEWEST_WORDS:
        yield warning(place, f"its reason explains little: {quoted(option.why)}", "Say why, in a sentence or two.")
    if option.correct and len(option.text) > 20 and _plain(option.text) in _plain(question.prompt):
        yield error(place, "the prompt says the key word for word", "Take it out of the prompt.")
