"""What is decided about an answer before any key point is looked for. Each gate is a rule and says what it saw."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from grader.grade import Gate
from grader.text import vocabulary
from grader.text.normalise import Reading, fold, is_negation, tokenize

SHORT_WORDS = 12
KEYWORD_CAP = 0.15
KEYWORD_FUNCTION_SHARE = 0.15
"""A text of terms alone has hardly any function words; prose has a third or more."""
KEYWORD_WORDS = 6
"""Shorter texts are just short."""
KEYWORD_SHARE = 0.6
"""The share of an answer's words that must stand in lists of terms."""
KEYWORD_ITEM_WORDS = 2.5
"""Terms have one or two words; a claim has more."""
LONG_LIST = 8
RUN_ON_WORDS = 9
"""So many words without a function word among them are no sentence."""
SALAD_BREAKS = 3
SALAD_SHARE = 0.2
"""So large a share of the articles leads nowhere only when the words were thrown together."""
COPY_NOVEL_TERMS = 4
"""A copy of the question brings fewer terms of its own than this."""
COPY_SHARE = 0.8
ENGLISH_SHARE = 0.12
"""English prose, even clumsy, has more function words than this."""
LANGUAGE_WORDS = 5
MODEL_ANSWER_LIKENESS = 92
"""Of 100: a text so near the shown model answer is not the candidate's own."""

NOTES = {
    Gate.EMPTY: "There was nothing to grade in this answer.",
    Gate.DONT_KNOW: (
        "Saying that you do not know is fair. A hint can get you started, and a guess with a reason may earn credit."
    ),
    Gate.SHORT: "That is a very short answer. A few more sentences would show what you know.",
    Gate.COPY: "This repeats the question. Tell it in your own words.",
    Gate.LANGUAGE: "I can only judge English answers, so this one was not graded.",
    Gate.KEYWORDS: (
        "This reads as a list of terms. Terms without claims earn at most 15% of the whole: say how they connect."
    ),
    Gate.MODEL_ANSWER: "This is the model answer that you were shown. Tell it in your own words and it will be graded.",
}
INSTRUCTION_NOTE = "Instructions to the grader are read as part of the answer and change nothing."

_ARTICLE = re.compile(r"\b(?:the|an?)\b")
_BROKEN = re.compile(
    r"\b(?:the|an?) (?:the|a|an|of|and|or|but|is|are|was|to|in|on|at|for|with|by|from|that|because|so|if|it|i|we)\b"
    r"|\b(?:the|an?)[.,;]|\b(?:of|and|with|from|by|for) (?:of|and|is|are|because|so)\b"
)
_DONT_KNOW = re.compile(
    r"^\W*(?:(?:sorry|hm+|well|honestly|um+|uh+|no|ok(?:ay)?),? *)*"
    r"(?:i (?:really |honestly |just )?(?:do not|don't|dont|did not|didn't) "
    r"(?:know|remember|recall|have (?:an|any) idea)"
    r"|idk|dunno|no (?:idea|clue)|not sure|i(?:'m| am) not sure|i have no (?:idea|clue)|i forgot"
    r"|(?:skip|pass)(?: this)?(?: one)?|i can(?:no|')t (?:answer|remember|say)|never heard of (?:it|this|that)|\?+)"
    r"(?: (?:this|that|it|the answer|(?:anything )?about (?:this|that|it)|how|what to say|at all))*\W*"
    r"(?:(?:sorry|next|pass|skip|please)\W*)*$"
)
_DEMAND = re.compile(
    r"\b(?:give|grant|award|assign|mark)\b[^.!?\n]{0,30}\b(?:full|maximum|max|perfect|top|highest|all)\b[^.!?\n]{0,15}"
    r"\b(?:mark|score|point|credit|grade|band)s?\b"
    r"|\b(?:score|grade|band|verdict|credit)\s*[:=]\s*"
    r"(?:1(?:\.0+)?|100|4|5|hit|full|a\+?)(?: ?/ ?\d+| ?%)?(?:\s|$|[.!,])"
    r"|\b(?:this|my|the) answer (?:is|covers|deserves|should get|must get|hits)\b[^.!?\n]{0,25}"
    r"\b(?:full|perfect|all|correct|every|top)\b"
)
"""Asks for marks."""
_TALK = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.!?\n]{0,40}\b(?:instruction|prompt|rule|rubric|previous|above|grading)s?\b"
    r"|\b(?:you are|act as|pretend)\b[^.!?\n]{0,30}\b(?:grader|judge|assistant|generous|lenient)\b"
    r"|\b(?:system|assistant|developer) ?(?:prompt|message|:)"
)
"""Talks to a machine; in an answer about language models it may be what the question is about."""


@dataclass(frozen=True, slots=True)
class Screening:
    """What the gates found in one turn."""

    gate: Gate | None
    instructions: tuple[tuple[int, int], ...] = ()
    """Where the folded text talks to the grader."""


@lru_cache(maxsize=4096)
def _terms(text: str) -> frozenset[str]:
    return frozenset(token.term for token in tokenize(fold(text).text) if token.term)


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return " ".join(fold(text).text.split())


@lru_cache(maxsize=4096)
def _speaks_of_talk(subject: str) -> bool:
    return _TALK.search(_folded(subject)) is not None


def screen(reading: Reading, prompt: str, models: Sequence[str] = (), subject: str = "") -> Screening:
    """The gate that one answer falls under.

    `models` are the model answers that the candidate has seen, `subject` is what the author wrote about the question's
    matter.
    """
    text = reading.surface.text
    tokens = [token for clause in reading.clauses for token in clause.tokens]
    words = [token for token in tokens if token.word[0].isalnum()]
    if not words:
        return Screening(Gate.EMPTY)
    if len(words) <= 16 and _DONT_KNOW.match(" ".join(text.split())):
        return Screening(Gate.DONT_KNOW)
    about_talk = _speaks_of_talk(subject)
    instructions = tuple(
        (start, end)
        for start, end in reading.sentences
        if _DEMAND.search(text[start:end]) or (not about_talk and _TALK.search(text[start:end]))
    )
    plain = " ".join(text.split())
    if models and len(words) >= SHORT_WORDS:
        for model in models:
            if fuzz.ratio(plain, _folded(model)) >= MODEL_ANSWER_LIKENESS:
                return Screening(Gate.MODEL_ANSWER, instructions)
    if _foreign(text):
        return Screening(Gate.LANGUAGE, instructions)
    mine = {token.term for token in tokens if token.term}
    asked = _terms(prompt)
    if mine and len(mine - asked) < COPY_NOVEL_TERMS and len(mine & asked) >= max(COPY_SHARE * len(mine), 4):
        likeness = fuzz.partial_ratio(plain, _folded(prompt)) if len(plain) > 20 else 0
        if likeness >= 80:
            return Screening(Gate.COPY, instructions)
    if _keyword_list(reading):
        return Screening(Gate.KEYWORDS, instructions)
    if len(reading.original.split()) < SHORT_WORDS:
        return Screening(Gate.SHORT, instructions)
    return Screening(None, instructions)


_BEYOND_LATIN = re.compile(r"[^\x00-\u024f]")


def _foreign(text: str) -> bool:
    strange = [c for c in _BEYOND_LATIN.findall(text) if c.isalpha() and c not in vocabulary.GREEK]
    if strange and len(strange) > 0.5 * sum(map(str.isalpha, text)):
        return True
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text)
    if len(words) < LANGUAGE_WORDS:
        return False
    english = sum(word in vocabulary.FUNCTION_WORDS for word in words)
    other = sum(word in vocabulary.OTHER_LANGUAGES for word in words)
    return other >= 2 and other > english and english < ENGLISH_SHARE * len(words) + 1


def _keyword_list(reading: Reading) -> bool:
    """Whether most of the text names things without saying anything about them."""
    if _is_salad(reading.surface.text):
        return True
    listed = whole = 0
    text = reading.surface.text
    for start, end in reading.sentences:
        tokens = [t for c in reading.clauses if start <= c.start < end and not c.code for t in c.tokens]
        words = [word for token in tokens if token.word[0].isalpha() for word in token.word.split()]
        whole += len(words)
        if _is_list(words, text[start:end]):
            listed += len(words)
    return whole >= KEYWORD_WORDS and listed >= KEYWORD_SHARE * whole


def _is_salad(text: str) -> bool:
    """Whether the words stand in no order: articles and prepositions that lead nowhere."""
    broken = len(_BROKEN.findall(text))
    articles = len(_ARTICLE.findall(text))
    return broken >= SALAD_BREAKS and broken >= SALAD_SHARE * articles


def _is_list(words: Sequence[str], text: str) -> bool:
    if not words:
        return False
    function = sum(word in vocabulary.FUNCTION_WORDS or is_negation(word) for word in words)
    if function >= KEYWORD_FUNCTION_SHARE * len(words):
        return False
    items = len(re.findall(r"[,;/|•]", text)) + 1
    if items >= LONG_LIST and len(words) / items <= 2:
        return True
    if re.search(r":\s|->|=|<|>|\+", text):
        return False  # terse notes: the signs say how the terms connect
    if items >= 4 and len(words) / items <= KEYWORD_ITEM_WORDS:
        return True
    verbs = sum(word in vocabulary.FINITE_VERBS or is_negation(word) for word in words)
    return verbs == 0 or (function == 0 and len(words) / items >= RUN_ON_WORDS)
