"""Which topic somebody means: told by its slug, its name, a part of either, one of its subjects, or nearly so."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache

from rapidfuzz import fuzz

from questions.taxonomy import Topic, taxonomy

SUGGESTED = 5
LIKELY = 60.0
"""Of 100; what is less like the words typed is not suggested."""
_OF_KIND = {"behavioral": {"behav"}, "code": {"dsa", "mlcode"}}
"""The tracks that are for one kind of question, as files name it."""
_BEHIND = 20.0
"""How far behind the likeliest one another may be."""
_OF_WORDS = 0.9
"""What words count that stand beside others, and a subject of a topic, against a name that reads the same."""
_OTHER_KIND = 12.0
"""What a topic of another kind of question is put back by, of 100."""


def topics_in(text: str, kind: str = "") -> list[str]:
    """The slugs of the topics that a list with commas names; what names none, or more than one, as it was typed.

    `kind`, as files name it, decides between topics that fit equally well. Names have commas, too.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found: list[str] = []
    while parts:
        for count in range(len(parts), 0, -1):
            if slug := _exact(", ".join(parts[:count])):
                break
        else:
            count, slug = 1, _told(parts[0], kind) or parts[0]
        found.append(slug)
        parts = parts[count:]
    return list(dict.fromkeys(found))


def nearest(typed: str, kind: str = "", most: int = SUGGESTED) -> tuple[str, ...]:
    """The slugs of the topics that are most like the words typed, the likeliest first."""
    wanted = _words(typed)
    scores = {
        slug: _likeness(wanted, slug) - (0 if _fits(topic, kind) else _OTHER_KIND)
        for slug, topic in taxonomy().topics.items()
    }
    least = max(LIKELY, max(scores.values()) - _BEHIND)
    likely = [slug for slug, score in scores.items() if score >= least]
    return tuple(sorted(likely, key=lambda slug: -scores[slug])[:most])


def _likeness(wanted: str, slug: str) -> float:
    """0 to 100."""
    names, subjects = _phrases(slug)
    return max(_alike(wanted, names), _OF_WORDS * _alike(wanted, subjects))


def _alike(wanted: str, phrases: Collection[str]) -> float:
    return max(max(fuzz.ratio(wanted, words), _OF_WORDS * fuzz.token_set_ratio(wanted, words)) for words in phrases)


def unknown_topics(slugs: Collection[object]) -> tuple[str, ...]:
    """Those that are no topics."""
    return tuple(str(slug) for slug in slugs if slug not in taxonomy().topics)


def question_of_topic(typed: str, kind: str = "") -> str:
    """What to say where a topic is not known: a sentence that names the nearest ones."""
    found = [f"{taxonomy().name(slug)} ({slug})" for slug in nearest(typed, kind, 3)]
    if not found:
        return f"I know no topic “{typed}”. /question add lists them all at its topic, as you type."
    *others, last = found
    return f"I know no topic “{typed}”. Did you mean {', '.join(others)}{' or ' if others else ''}{last}?"


def _exact(typed: str) -> str | None:
    wanted = typed.casefold()
    known = taxonomy().topics
    return (
        wanted
        if wanted in known
        else next((slug for slug, one in known.items() if one.name.casefold() == wanted), None)
    )


def _told(typed: str, kind: str) -> str | None:
    """The one topic that the words tell; one of another kind of question only if nothing else has them."""
    wanted = _words(typed)
    if not wanted:
        return None
    ways: tuple[Callable[[Topic], bool], ...] = (
        lambda topic: wanted.replace(" ", "") in {_words(text).replace(" ", "") for text in (_end(topic), topic.name)},
        lambda topic: _within(wanted, (_end(topic), topic.name)),
        lambda topic: _within(wanted, topic.subtopics),
    )
    for fits in (True, False):
        for way in ways:
            found = [topic.slug for topic in taxonomy().topics.values() if way(topic) and _fits(topic, kind) is fits]
            if found:
                return found[0] if len(found) == 1 else None
    return None


def _fits(topic: Topic, kind: str) -> bool:
    return (
        topic.track in _OF_KIND[kind] if kind in _OF_KIND else all(topic.track not in own for own in _OF_KIND.values())
    )


def _end(topic: Topic) -> str:
    return topic.slug.partition(".")[2]


def _within(wanted: str, texts: Collection[str]) -> bool:
    return any(f" {_singular(wanted)} " in f" {_singular(_words(text))} " for text in texts)


@cache
def _phrases(slug: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a topic may be called, and what belongs to it."""
    topic = taxonomy().topics[slug]
    names = (slug, _end(topic), topic.name, *re.split(r" & |, ", topic.name))
    return tuple(map(_words, names)), tuple(map(_words, (*topic.subtopics, topic.name)))


def _words(text: str) -> str:
    """The words of a text, without what stands between them: “k-Means” is “k means”."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _singular(words: str) -> str:
    """The words, of which those in the plural lose their last letter: “random forests” are “random forest”."""
    return re.sub(r"(?<=\w{3})(?<!s)s\b", "", words)
