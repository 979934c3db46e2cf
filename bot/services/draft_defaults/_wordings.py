"""Words of an author used once more: sentences, beginnings, and the passages of a model answer that say a key point."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import fsum

from grader.text.normalise import Reading, read
from questions.model import words

NEAR = 0.2
"""How like a claim (0–1) words of the model answer must be to be a wording of it, and more like it than any other.

Of 240 core and depth points of shipped questions that were stripped to claims and model answers, all but one were then
found in their model answer; with 0.3 three were missed, and no fewer points were earned by answers without them.
"""
SHORTEST_WORDING = 4
"""Words of a claim; fewer are a keyword."""


def as_sentence(text: str) -> str:
    """The words as a sentence."""
    begun = text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "!", "?", "”", '"')) else f"{begun}."


def sentences(text: str) -> list[str]:
    reading = read(text)
    return [_quoted(reading, start, end) for start, end in reading.sentences]


def _quoted(reading: Reading, start: int, end: int) -> str:
    first, last = reading.quote(start, end)
    return " ".join(reading.original[first:last].split())


def first_sentences(text: str, most: int) -> str:
    """As many of the first sentences as have `most` words together; of a longer first one, its beginning.

    A long sentence ends at its last comma, colon or semicolon within the limit if there is one in its second half.
    """
    taken: list[str] = []
    for sentence in sentences(text):
        if words(" ".join([*taken, sentence])) > most:
            break
        taken.append(sentence)
    if taken:
        return " ".join(taken)
    beginning = " ".join(text.split()[:most])
    cuts = [found.start() for found in re.finditer(r"[,;:](?=\s)| [–—-] ", beginning)]
    if cuts and cuts[-1] >= len(beginning) / 2:
        return f"{beginning[: cuts[-1]]}."
    return f"{beginning.rstrip('.,;:')} …" if words(beginning) < words(text) else beginning


def among(text: str, others: Iterable[str]) -> bool:
    return bare(text) in {bare(other) for other in others}


def bare(text: str) -> str:
    """A text without what makes no difference to what it says."""
    return re.sub(r"^(?:the|an?)\s+", "", " ".join(text.casefold().split())).rstrip(" .!;,")


_REASON = re.compile(
    r"[,;:]?\s+(?:because|since|so that|which|whereas|and (?:so|thus|therefore|hence)|thereby|as it|as they)\b.*$"
    r"|\s*\([^()]*\)|[;–—].*$",
    re.IGNORECASE,
)
"""What a claim says beside its point. Conditions ("if", "unless", "only when") are the point, and stay."""


def shorter(claim: str) -> Iterator[str]:
    """The claim without the reasons and remarks in it, where a claim remains."""
    shorter = " ".join(_REASON.sub("", claim).split())
    if shorter != claim and words(shorter) >= SHORTEST_WORDING and len(_terms(read(shorter))) >= 2:
        yield as_sentence(shorter)


def _terms(reading: Reading) -> frozenset[str]:
    return frozenset(token.term for clause in reading.clauses for token in clause.tokens if token.term)


_LEAD = re.compile(
    r"^(?:[\s,;:]|(?:and|but|or|so|then|also|thus|hence|therefore|because|since|while|whereas|for example)\b,?\s)+",
    re.IGNORECASE,
)
_FRAGMENT = re.compile(
    r"^(?:that|which|who|whose|where|to|of|than|if|when|unless)\b|\b(?:a|an|the|of|on|in|at|to|for|with|by|from|and|or|is|are|that)$",
    re.IGNORECASE,
)
"""A passage that begins or ends like this says nothing without what stands around it."""


@dataclass(frozen=True)
class _Passage:
    """Words of the model answer that may say a key point."""

    text: str
    terms: frozenset[str]


def wordings(claims: Sequence[str], answer: str) -> list[list[str]]:
    """For each claim the passages of the answer that say it: a clause or two, or the sentence around them."""
    passages = _passages(answer)
    terms = [_terms(read(claim)) for claim in claims]
    spread = Counter(term for claim in terms for term in claim)

    def likeness(claim: frozenset[str], passage: _Passage) -> float:
        """The harmonic mean of how much of each stands in the other; what several claims say tells less."""
        weight = {term: 1 / max(1, spread[term]) for term in claim | passage.terms}
        shared = fsum(weight[term] for term in claim & passage.terms)
        whole = fsum(weight[term] for term in claim) + fsum(weight[term] for term in passage.terms)
        return 2 * shared / whole if whole else 0.0

    found: list[list[str]] = []
    for number, claim in enumerate(terms):
        rated: list[tuple[float, str]] = []
        for passage in passages:
            mine = likeness(claim, passage)
            others = (likeness(other, passage) for at, other in enumerate(terms) if at != number)
            if mine >= NEAR and mine >= max(others, default=0.0):
                rated.append((mine, passage.text))
        found.append([text for _, text in sorted(rated, key=lambda pair: -pair[0])])
    return found


def _passages(answer: str) -> list[_Passage]:
    reading = read(answer)
    spans = [*reading.sentences]
    clauses = [clause for clause in reading.clauses if not clause.code]
    for first, clause in enumerate(clauses):
        last = clause
        for following in clauses[first : first + 3]:
            if following.sentence != clause.sentence:
                break
            last = following
            spans.append((clause.start, last.end))
    passages: list[_Passage] = []
    for start, end in dict.fromkeys(spans):
        text = _LEAD.sub("", _quoted(reading, start, end)).rstrip(" ,;:")
        terms = _terms(read(text))
        claims = words(text) >= SHORTEST_WORDING and len(terms) >= 2
        if claims and not text.endswith("?") and not _FRAGMENT.search(text):
            passages.append(_Passage(text, terms))
    return passages
