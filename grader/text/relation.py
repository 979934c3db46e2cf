"""Who has which property, and which way things move: the mistakes that similar words hide.

A *contrast* says which named thing a property belongs to. In an answer the property is bound to a side clause by
clause: to the only side named in its segment, else to the nearest one named before it, else through "it", "the former"
or "the latter" to the clause before. Sides named only for comparison ("unlike L2") bind nothing.

A *relation* says that two quantities move together or against each other. Each direction word of the answer is given
to one quantity (an adjective or a participle to what follows, a verb to its object or else to its subject); the
product of both directions must have the sign of the author's relation. "Raising λ raises variance" is then wrong and
"lowering λ raises variance" right, whichever way round the author wrote it.

Only confident readings count: a wrong accusation costs more trust than a missed mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from grader.text.features import Features
from grader.text.match import Evidence
from grader.text.normalise import Clause, Token, fold, tokenize
from grader.text.polarity import Polarity, phrase_denied
from grader.text.unit import Prepared, Unit
from grader.text.vocabulary import words
from questions.model import DIRECTIONS, Relation

FLIP_CONFIDENCE = 0.65
"""A turned role or direction counts from here on."""
ONLY_SIDE = 0.8
PRECEDING_SIDE = 0.7
CARRIED_SIDE = 0.65
FOLLOWING_SIDE = 0.55
PROPERTY_SLACK = 3
"""How many tokens may stand between the words of a property."""
DIRECTION_REACH = 4
"""How many tokens a direction word may stand from its quantity."""

_FAMILIES = (
    ("deep", "shallow"),
    ("long", "short"),
    ("fast", "slow"),
    ("wide", "narrow"),
)
_UP = words("increase large high strong great big")
_DOWN = words("decrease small low weak")
_QUANTIFIERS = words("all every each only some any one no more less most few many")
_SHARED = words("both neither either respectively")
_HEDGED_DENIAL = words("always necessarily exactly completely fully entirely quite typically usually often")
_INTRANSITIVE = ("go", "rise", "rose", "fall", "fell", "grow", "grew", "declin", "diminish", "went")
_COPULAS = words("is are was were be gets get become becomes stays remains too")
_RELATIVE = re.compile(r"^\W*(?:which|that)\b")
_PRONOUN = re.compile(
    r"^\W*(?:(?:and|but|so|because|since|as|while|thus|therefore|hence) )*(?:it|they|which|its|their)\b"
)


@dataclass(frozen=True, slots=True)
class Flip:
    """A property bound to the wrong side, or a direction turned round."""

    id: str
    claim: str
    why_wrong: str
    evidence: Evidence
    about: tuple[frozenset[str], ...]
    """Groups of terms; a key point that has a term of each group speaks of the same thing."""


@dataclass(frozen=True, slots=True)
class Statements:
    """What an answer says about the question's contrasts and relations."""

    flips: tuple[Flip, ...] = ()
    right: frozenset[str] = frozenset()
    """The ids of those that it states the right way round."""


@dataclass(frozen=True, slots=True)
class _Property:
    text: str
    terms: tuple[str, ...]
    denied: bool
    """It says what the side does not do."""
    quantifiers: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    names: tuple[tuple[str, ...], ...]
    properties: tuple[_Property, ...]


@dataclass(frozen=True, slots=True)
class _Contrast:
    sides: tuple[_Side, ...]
    names: tuple[tuple[tuple[str, ...], int], ...]
    """The terms of each name with the side that it names, the longest first."""
    properties: tuple[tuple[int, _Property], ...]
    """Those that only one side has, with that side."""


@dataclass(frozen=True, slots=True)
class _Quantity:
    sign: int
    family: tuple[str, str] | None
    terms: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Related:
    id: str
    text: str
    cause: tuple[_Quantity, ...]
    effect: tuple[_Quantity, ...]


@dataclass(frozen=True, slots=True)
class _Compiled:
    contrasts: tuple[_Contrast, ...]
    relations: tuple[_Related, ...]


def _terms(text: str) -> tuple[str, ...]:
    return tuple(token.term for token in tokenize(fold(text).text) if token.term)


@lru_cache(maxsize=2048)
def _compiled(features: Features) -> _Compiled:
    contrasts: list[_Contrast] = []
    for contrast in features.question.contrasts:
        sides: list[_Side] = []
        for names, properties in contrast.items():
            labels = [name.strip() for name in names.split("|") if name.strip()]
            named = dict.fromkeys(terms for name in labels if (terms := _terms(name)))
            held = tuple(_property(text) for text in properties if _terms(text))
            sides.append(_Side(labels[0], tuple(sorted(named, key=len, reverse=True)), held))
        contrasts.append(_contrast_of(sides))
    relations = tuple(_related(index, relation) for index, relation in enumerate(features.question.relations))
    return _Compiled(tuple(contrasts), relations)


def _contrast_of(sides: Sequence[_Side]) -> _Contrast:
    names = sorted(((n, i) for i, side in enumerate(sides) for n in side.names), key=lambda row: -len(row[0]))
    every = [(owner, held) for owner, side in enumerate(sides) for held in side.properties]
    own = [
        (owner, held)
        for owner, held in every
        if not any(held.terms == other.terms for side, other in every if side != owner)
    ]
    return _Contrast(tuple(sides), tuple(names), tuple(own))


def _property(text: str) -> _Property:
    folded = fold(text).text
    tokens = tokenize(folded)
    denied = any(flag and token.term for flag, token in zip(phrase_denied(tokens, folded), tokens, strict=True))
    return _Property(text, _terms(text), denied, frozenset(token.word for token in tokens) & _QUANTIFIERS)


def _related(index: int, relation: Relation) -> _Related:
    text = f"{relation.cause.split('|')[0].strip()} → {relation.effect.split('|')[0].strip()}"
    return _Related(f"relation:{index + 1}", text, _quantities(relation.cause), _quantities(relation.effect))


def _quantities(side: str) -> tuple[_Quantity, ...]:
    result: list[_Quantity] = []
    for phrase in side.split("|"):
        direction, _, rest = phrase.strip().partition(" ")
        sign = DIRECTIONS[direction.lower()]
        term = next(iter(_terms(direction)), direction.lower())
        family = next((pair for pair in _FAMILIES if term in pair or term[:4] in {p[:4] for p in pair}), None)
        if terms := _terms(rest):
            result.append(_Quantity(sign, family, terms, rest))
    return tuple(result)


def statements(features: Features, prepared: Prepared) -> Statements:
    """The contrasts and relations that the answer states, right and turned round."""
    compiled = _compiled(features)
    flips: dict[str, Flip] = {}
    right: set[str] = set()
    for contrast in compiled.contrasts:
        for flip, name in _contrast(contrast, prepared):
            if flip is None:
                right.add(name)
            else:
                flips.setdefault(flip.id, flip)
    for related in compiled.relations:
        for flip in _relation(related, prepared):
            if flip is None:
                right.add(related.id)
            else:
                flips.setdefault(flip.id, flip)
    return Statements(tuple(flips.values()), frozenset(right))


# Contrasts


@dataclass(frozen=True, slots=True)
class _Mention:
    side: int
    start: int
    end: int


def _occurrences(terms: tuple[str, ...], unit: Unit, slack: int = 0) -> Iterable[tuple[int, int]]:
    """Where all the terms stand together: token ranges `(first, last)`, in any order when there is slack."""
    tokens = unit.tokens
    if any(term not in unit.positions for term in terms):
        return
    if not slack:
        held = [(index, token.term) for index, token in enumerate(tokens) if token.term]
        for at in range(len(held) - len(terms) + 1):
            if tuple(term for _, term in held[at : at + len(terms)]) == terms:
                yield held[at][0], held[at + len(terms) - 1][0]
        return
    wanted = frozenset(terms)
    for index, token in enumerate(tokens):
        if token.term not in wanted:
            continue
        last = min(len(tokens), index + 2 * len(wanted) + slack)
        seen: set[str] = {token.term}
        for other in range(index, last):
            if tokens[other].term in wanted:
                seen.add(tokens[other].term)
                if len(seen) == len(wanted):
                    yield index, other
                    break
        else:
            continue


def _segments(text: str, tokens: Sequence[Token]) -> list[int]:
    """For each token, the number of its segment: commas and "and" part a clause."""
    numbers: list[int] = []
    number = 0
    for index, token in enumerate(tokens):
        if index and ("," in text[tokens[index - 1].end : token.start] or token.word in {"and", "or"}):
            number += 1
        numbers.append(number)
    return numbers


def _mentions(contrast: _Contrast, unit: Unit, standing: Polarity, *, every: bool = False) -> list[_Mention]:
    """Where sides are named, in order; those named only for comparison are left out unless `every` is asked for."""
    found: list[_Mention] = []
    taken: set[int] = set()
    for name, side in contrast.names:
        if name[0] not in unit.positions:
            continue  # nearly always, and soon seen
        for first, last in _occurrences(name, unit):
            span = set(range(first, last + 1))
            if span & taken:
                continue
            taken |= span
            if every or not (standing.aside[first] or standing.denied[first]):
                found.append(_Mention(side, first, last))
    return sorted(found, key=lambda mention: mention.start)


def _by_order(pair: Sequence[int], tokens: Sequence[Token]) -> Iterable[_Mention]:
    """The sides that "the former" and "the latter" stand for."""
    if len(pair) > 1:
        for index, token in enumerate(tokens):
            if token.word in {"former", "latter"}:
                yield _Mention(pair[0 if token.word == "former" else -1], index, index)


def _contrast(contrast: _Contrast, prepared: Prepared) -> Iterable[tuple[Flip | None, str]]:
    text, sides = prepared.reading.surface.text, contrast.sides
    subject: int | None = None
    pair: tuple[int, ...] = ()
    nearest: int | None = None
    before: Clause | None = None
    for index, clause in enumerate(prepared.clauses):
        unit, standing = prepared.units[index], prepared.polarities[index]
        mentions = _mentions(contrast, unit, standing)
        words = text[clause.start : clause.end]
        carried = subject if _PRONOUN.match(words) else None
        if _RELATIVE.match(words):
            carried = nearest
        usable = not clause.question and not clause.code and not standing.framed and not words.startswith("if ")
        here = [
            (owner, held) for owner, held in contrast.properties if all(map(unit.positions.__contains__, held.terms))
        ]
        if here and usable and not any(token.word in _SHARED for token in clause.tokens):
            segments = _segments(text, clause.tokens)
            named = sorted([*mentions, *_by_order(pair, clause.tokens)], key=lambda mention: mention.start)
            for owner, held in here:
                for first, last in _occurrences(held.terms, unit, PROPERTY_SLACK):
                    if segments[first] != segments[last] or standing.aside[first]:
                        continue
                    if held.quantifiers and not held.quantifiers & {token.word for token in clause.tokens}:
                        continue
                    bound, confidence = _bind(first, last, named, segments, carried)
                    if bound is None or confidence < FLIP_CONFIDENCE:
                        continue
                    denied = standing.denied[first] or standing.denied[last]
                    if denied and any(token.word in _HEDGED_DENIAL for token in clause.tokens):
                        continue
                    identity = f"contrast:{_slug(sides[owner].name)}:{_slug(held.text)}"
                    stated = denied == held.denied
                    if (bound == owner) == stated:
                        if stated:
                            yield None, identity
                        continue
                    evidence = Evidence(
                        clause.tokens[first].start,
                        clause.tokens[last].end,
                        confidence,
                        index,
                        index,
                        frozenset(held.terms),
                    )
                    name = sides[bound].name
                    if stated:
                        claim = f"Says of {name}: {held.text}"
                        why = f"“{held.text}” is a property of {sides[owner].name}, not of {name}."
                    else:
                        claim = f"Denies of {name}: {held.text}"
                        why = f"“{held.text}” is a property of {name}."
                    yield Flip(identity, claim, why, evidence, (frozenset(held.terms),)), identity
        if mentions:
            ordered = tuple(dict.fromkeys(mention.side for mention in mentions))
            subject = ordered[0] if len(ordered) == 1 else None
            pair = ordered if len(ordered) > 1 else (*pair[-1:], *ordered) if pair[-1:] != ordered else pair
        elif before is not None and before.sentence != clause.sentence and not _PRONOUN.match(words):
            subject = None
        last = _mentions(contrast, unit, standing, every=True)
        nearest = last[-1].side if last else None
        before = clause


def _bind(
    first: int, last: int, mentions: Sequence[_Mention], segments: Sequence[int], carried: int | None
) -> tuple[int | None, float]:
    """The side that a property at tokens `first..last` is attached to, and how surely."""
    near = [mention for mention in mentions if segments[mention.start] in {segments[first], segments[last]}]
    sides = {mention.side for mention in near}
    if len(sides) == 1:
        return near[0].side, ONLY_SIDE
    if len(sides) > 1:
        preceding = [mention for mention in near if mention.end < first]
        if preceding:
            return preceding[-1].side, PRECEDING_SIDE
        return near[0].side, FOLLOWING_SIDE
    preceding = [mention for mention in mentions if mention.end < first]
    if preceding:
        return preceding[-1].side, PRECEDING_SIDE
    if mentions:
        return mentions[0].side, FOLLOWING_SIDE
    return carried, CARRIED_SIDE


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


# Relations


def _relation(related: _Related, prepared: Prepared) -> Iterable[Flip | None]:
    text = prepared.reading.surface.text
    for unit in prepared.short:
        if unit.framed or unit.question:
            continue
        cause = _moved(related.cause, unit, text)
        effect = _moved(related.effect, unit, text)
        implied = False
        if effect and not cause:
            cause = _implied(related.cause, effect, unit)
            implied = True
        if not (cause and effect) or cause[1] & effect[1]:
            continue
        if cause[0] == effect[0]:
            yield None
            continue
        indices = sorted(cause[1] | effect[1])
        evidence = Evidence(
            unit.tokens[indices[0]].start,
            unit.tokens[indices[-1]].end,
            PRECEDING_SIDE if implied else ONLY_SIDE,
            unit.first,
            unit.last,
        )
        about = tuple(
            frozenset(term for quantity in side for term in quantity.terms) for side in (related.cause, related.effect)
        )
        why = f"It goes the other way: {related.text}."
        yield Flip(related.id, f"Turns round: {related.text}", why, evidence, about)


def _moved(quantities: Sequence[_Quantity], unit: Unit, text: str) -> tuple[int, frozenset[int]] | None:
    """Whether the quantity moves as the author's side says (1) or against it (-1), and the tokens that say so."""
    tokens, denied = unit.tokens, unit.denied
    found: tuple[int, frozenset[int]] | None = None
    for quantity in quantities:
        for first, last in _occurrences(quantity.terms, unit):
            for at, token in enumerate(tokens):
                sign = _direction(token, quantity.family)
                if not sign or first <= at <= last or denied[at]:
                    continue
                if _governed(at, tokens, text, quantity.family) != _whole(first, last, at):
                    continue
                moved = sign * quantity.sign
                if found and found[0] != moved:
                    return None
                found = (moved, (found[1] if found else frozenset[int]()) | {at, first, last})
    return found


def _whole(first: int, last: int, at: int) -> int:
    """The end of the quantity that lies towards the direction word."""
    return first if at < first else last


def _direction(token: Token, family: tuple[str, str] | None) -> int:
    if family:
        stems = [name[:4] for name in family]
        return 1 if token.term[:4] == stems[0] else -1 if token.term[:4] == stems[1] else 0
    return 1 if token.term in _UP else -1 if token.term in _DOWN else 0


def _governed(at: int, tokens: Sequence[Token], text: str, family: tuple[str, str] | None) -> int:
    """Which content token a direction word speaks of; -1 if none is near."""
    word = tokens[at].word
    after, before = _nearest(at, 1, tokens, text, family), _nearest(at, -1, tokens, text, family)
    previous = tokens[at - 1].word if at else ""
    backwards = word.startswith(_INTRANSITIVE) and not word.endswith("ing")
    if backwards or previous in _COPULAS:
        return before if before >= 0 else after
    return after if after >= 0 else before


def _nearest(at: int, step: int, tokens: Sequence[Token], text: str, family: tuple[str, str] | None) -> int:
    index = at + step
    while 0 <= index < len(tokens) and abs(index - at) <= DIRECTION_REACH:
        low, high = min(index, index - step), max(index, index - step)
        if re.search(r"[,;:.]", text[tokens[low].end : tokens[high].start]):
            return -1
        token = tokens[index]
        if token.word in {"and", "when", "if", "as", "while", "then", "because", "means", "mean"}:
            return -1
        if _direction(token, family):
            return -1
        if token.term and token.term not in {
            "number",
            "amount",
            "level",
            "degre",
            "valu",
            "much",
            "signific",
            "slight",
        }:
            return index
        index += step
    return -1


def directions(tokens: Sequence[Token], denied: Sequence[bool], text: str) -> Iterable[tuple[str, int]]:
    """The terms that something is said to go up (1) or down (-1) of; `text` is the folded text of the tokens."""
    for at, token in enumerate(tokens):
        if sign := _direction(token, None):
            of = _governed(at, tokens, text, None)
            if of >= 0 and tokens[of].term:
                yield tokens[of].term, -sign if denied[at] else sign


def _implied(
    quantities: Sequence[_Quantity], effect: tuple[int, frozenset[int]], unit: Unit
) -> tuple[int, frozenset[int]] | None:
    """ "Regularization raises variance": the subject of a transitive direction verb counts as more of it."""
    tokens, denied = unit.tokens, unit.denied
    verb = min(effect[1])
    for quantity in quantities:
        if quantity.family:
            continue
        for first, last in _occurrences(quantity.terms, unit):
            if 0 < verb - last <= 2 and tokens[verb].word.endswith("s") and _direction(tokens[verb], None):
                opposed = any(
                    _direction(token, None) or denied[i] for i, token in enumerate(tokens[max(0, first - 3) : first])
                )
                if not opposed:
                    return quantity.sign, frozenset({first, last})
    return None
