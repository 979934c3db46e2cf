"""What was typed into a draft, whatever it is, read as far as it is what is expected; and what several kinds share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

from bot.counting import plural
from questions.taxonomy import taxonomy

Fields = dict[str, Any]

ANSWERS = 3
"""Calibration answers, at least."""


def text_of(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def record(value: object) -> Fields:
    return cast("Fields", value) if isinstance(value, dict) else {}


def entries(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def records(value: object) -> list[Fields]:
    return [record(entry) for entry in entries(value)]


def typed_texts(value: object) -> list[str]:
    """The texts of a list that are not empty."""
    return [text for entry in entries(value) if (text := text_of(entry))]


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def in_words(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def counted(count: int, noun: str) -> str:
    return f"{in_words(count)} {plural(count, noun)}"


def hints(fields: Fields, made: Callable[[], Sequence[str]]) -> Fields:
    """Three hints, those that were typed in their places."""
    kept = [text_of(hint) for hint in entries(fields.get("hints"))]
    if len(typed_texts(fields.get("hints"))) >= 3:
        return {}
    return {"hints": [kept[at] if at < len(kept) and kept[at] else hint for at, hint in enumerate(made())]}


def _area(fields: Fields) -> tuple[str, str]:
    """The names of the main topic and of its track."""
    slug = next(iter(typed_texts(fields.get("topics"))), "")
    topic = taxonomy().topics.get(slug)
    if topic is None:
        return slug.rpartition(".")[2].replace("-", " "), ""
    return topic.name, taxonomy().name(topic.track)


def areas(fields: Fields) -> Iterator[str]:
    """Second hints, which name the area, the nearest first."""
    topic, track = _area(fields)
    if topic:
        yield f"The area: {topic}."
    if track:
        yield f"The area: {track}."
    yield "Think of the last time you met this in a project, and of what you looked at first."


def first_fitting(variants: Iterable[str], holds: Callable[[str], bool]) -> str:
    """The first variant for which something holds, or the last one."""
    last = ""
    for last in variants:
        if holds(last):
            break
    return last


def hints_made(fields: Fields) -> Iterator[str]:
    count = len(typed_texts(fields.get("hints")))
    if count < 3:
        yield counted(3 - count, "more hint") if count else "hints"


def answers_made(fields: Fields) -> Iterator[str]:
    count = len(entries(fields.get("calibration_answers")))
    if count < ANSWERS:
        yield counted(ANSWERS - count, "more calibration answer") if count else "calibration answers"
