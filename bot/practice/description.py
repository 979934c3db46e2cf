"""Which topics a job description names, and by which of its words.

Words are compared as the grader compares them: stems, known synonyms joined, case and hyphens left out. What counts
are the topics' names and subtopics, as far as they are two words or more, and the words of `job_terms.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from grader.text.normalise import fold, tokenize
from questions.loader import YAML_LOADER
from questions.taxonomy import Topic, taxonomy

MOST_CHARACTERS = 20_000
QUOTES = 3
"""So many places are quoted for each topic at most."""
_PARTS = re.compile(r"[;&,()→]|\bvs\b|\bor\b")
_PLAIN_TRACKS = frozenset({"behav", "process", "case"})
"""Their subtopics are everyday words that any text holds."""
_ELSEWHERE = "elsewhere"
_STARTUP_WORDS = ("start-up", "startup", "early-stage", "seed stage", "series A", "series B")
_STARTUP: frozenset[str] = frozenset({""})
"""Stands for what names no topic but a start-up."""

Terms = tuple[str, ...]


@dataclass(frozen=True)
class Named:
    """What a description names."""

    topics: Mapping[str, tuple[str, ...]]
    """By topic, the words of the text that name it; in curriculum order."""
    startup: bool = False


def topics_named(text: str) -> Named:
    """The topics that a description names. At each place the longest known words count."""
    text = text[:MOST_CHARACTERS]
    known, longest = _known()
    tokens = list(_tokens(text))
    found: dict[str, list[str]] = {}
    startup = False
    index = 0
    while index < len(tokens):
        length = 1
        for size in range(min(longest, len(tokens) - index), 0, -1):
            hit = known.get(tuple(term for term, _, _ in tokens[index : index + size]))
            if hit is None:
                continue
            length = size
            quote = _words(text, tokens[index][1], tokens[index + size - 1][2])
            startup = startup or hit is _STARTUP
            for slug in hit & taxonomy().topics.keys():
                quotes = found.setdefault(slug, [])
                if len(quotes) < QUOTES and quote.casefold() not in {old.casefold() for old in quotes}:
                    quotes.append(quote)
            break
        index += length
    return Named({slug: tuple(found[slug]) for slug in taxonomy().topics if slug in found}, startup)


def _words(text: str, start: int, end: int) -> str:
    """The whole words at a place, without what is written around them."""
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return " ".join(text[start:end].split()).strip(".,;:!?()[]{}\"'“”‘’*•·-–—/")


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Terms with where they stand in the text."""
    folded = fold(text)
    for token in tokenize(folded.text):
        if token.term:
            start, end = folded.original(token.start, token.end)
            yield token.term, start, end


@cache
def _known() -> tuple[Mapping[Terms, frozenset[str]], int]:
    """What names which topics, and how many terms the longest has."""
    table: dict[Terms, set[str]] = {}
    every = taxonomy().topics
    for slug, topic in every.items():
        for phrase in _phrases(topic):
            terms = _terms(phrase)
            if len(terms) >= 2:
                table.setdefault(terms, set()).add(slug)
    job_terms = _job_terms()
    for slug, phrases in job_terms.items():
        if slug == _ELSEWHERE:
            continue
        if slug not in every:
            raise ValueError(f"job_terms.yaml: unknown topic {slug!r}")
        for phrase in phrases:
            terms = _terms(phrase)
            if not terms:
                raise ValueError(f"job_terms.yaml: {slug}: nothing is left of {phrase!r}")
            table.setdefault(terms, set()).add(slug)
    known = {terms: frozenset(slugs) for terms, slugs in table.items()}
    for phrase in job_terms[_ELSEWHERE]:
        terms = _terms(phrase)
        if terms in known or len(terms) < 2:
            raise ValueError(f"job_terms.yaml: {phrase!r} would hide a topic")
        known[terms] = frozenset()
    known |= dict.fromkeys(map(_terms, _STARTUP_WORDS), _STARTUP)
    return known, max(map(len, known))


def _phrases(topic: Topic) -> Iterable[str]:
    yield topic.name
    if topic.track in _PLAIN_TRACKS:
        return
    for text in (topic.name, *topic.subtopics):
        # What stands around a slash shares a word with what is on its other side ("group/time-series splits").
        yield from (part for part in _PARTS.split(text) if "/" not in part)


def _terms(phrase: str) -> Terms:
    return tuple(term for term, _, _ in _tokens(phrase))


def _job_terms() -> Mapping[str, list[str]]:
    text = (Path(__file__).parent / "job_terms.yaml").read_text(encoding="utf-8")
    return yaml.load(text, YAML_LOADER)  # noqa: S506 - the loader is the safe one
