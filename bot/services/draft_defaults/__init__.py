"""What an author leaves empty, made of what is there: a draft with its gaps filled in.

A person who adds a question knows what is asked, what a good answer says and what people get wrong. The rest of a
question file can be worked out from that, well enough to begin with: more wordings of a key point stand in the model
answer, calibration answers are put together from the claims, hints from the topic and the number of points. Drafts are
kept as they were typed; `completed` is asked anew whenever a question is made of one, so what is filled in follows
every change. What somebody has typed is never touched.

Whatever is filled in has to hold before the same lab as what people write: calibration answers carry the labels that
they were built to earn, and the bands that the formula of the score gives for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import cast

from bot.services.draft_defaults._choice_number import multiple_choice, multiple_choice_made, numeric, numeric_made
from bot.services.draft_defaults._fields import Fields, record, records, text_of
from bot.services.draft_defaults._free_text import FOLLOW_UPS, free_text, free_text_made
from bot.services.draft_defaults._story import ANCHORS, LOOK_FOR, PROBES, SCOPES, behavioral, behavioral_made

__all__ = ["ANCHORS", "FOLLOW_UPS", "LOOK_FOR", "PROBES", "SCOPES", "as_typed", "completed", "made"]

_KINDS: dict[str, Callable[[Fields, bool], Fields]] = {
    "free_text": free_text,
    "multiple_choice": multiple_choice,
    "numeric": numeric,
    "behavioral": behavioral,
}
_MADE: dict[str, Callable[[Fields], Iterable[str]]] = {
    "free_text": free_text_made,
    "multiple_choice": multiple_choice_made,
    "numeric": numeric_made,
    "behavioral": behavioral_made,
}


def completed(kind: str, fields: Fields, *, tried: bool = True) -> Fields:
    """The fields of a draft of that kind (as files name it) with what is empty filled in, as far as it can be.

    What nothing can be made of stays empty. `tried`: the grader is asked whether it reads calibration answers and hints
    as they are meant, and others are taken where it does not; without it the result is ready in a millisecond, and is
    a question in the same cases.
    """
    if kind not in _KINDS:
        return fields
    return cast("Fields", json.loads(_completed(kind, json.dumps(fields, ensure_ascii=False), tried)))


@lru_cache(maxsize=128)
def _completed(kind: str, body: str, tried: bool) -> str:
    fields = cast("Fields", json.loads(body))
    return json.dumps({**fields, **_KINDS[kind](fields, tried)}, ensure_ascii=False)


_WHOLE = ("hints", "takeaway", "look_for", "probes", "anchors", "level_scope", "calibration_answers")


def as_typed(kind: str, fields: Fields) -> Fields:
    """The fields without what `completed` fills in just so, which goes on following what is changed.

    `completed` makes the same fields of the result again.
    """
    whole = cast("Fields", json.loads(json.dumps(fields, ensure_ascii=False)))
    if kind not in _KINDS:
        return whole
    filled = completed(kind, _without(whole, whole))
    bare = _without(whole, filled)
    return bare if completed(kind, bare) == whole else whole


def _without(fields: Fields, filled: Fields) -> Fields:
    """The fields without those of the parts that can be filled in that are the same in `filled`."""
    kept = {name: value for name, value in fields.items() if name not in _WHOLE or value != filled.get(name)}
    answer, other = record(fields.get("model_answer")), record(filled.get("model_answer"))
    if answer.get("short") == other.get("short"):
        kept["model_answer"] = {name: value for name, value in answer.items() if name != "short"}
    if points := records(fields.get("key_points")):
        others = {text_of(point.get("id")): point for point in records(filled.get("key_points"))}
        kept["key_points"] = [_bare_point(point, others.get(text_of(point.get("id")), {})) for point in points]
    return {name: value for name, value in kept.items() if name in fields}


def _bare_point(point: Fields, filled: Fields) -> Fields:
    kept = {name: value for name, value in point.items() if name != "followup" or value != filled.get(name)}
    accept, phrases = record(point.get("accept")), record(filled.get("accept")).get("phrases")
    if accept.get("phrases") == phrases:
        accept = {name: value for name, value in accept.items() if name != "phrases"}
        kept = {**kept, "accept": accept} if accept else {k: v for k, v in kept.items() if k != "accept"}
    return kept


def made(kind: str, fields: Fields) -> tuple[str, ...]:
    """What is filled in of these fields as long as nobody writes it, in words."""
    named = _MADE.get(kind)
    return tuple(named(fields)) if named is not None else ()
