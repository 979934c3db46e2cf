"""The forms in which a question is written part by part: what each asks, and what it makes of the answers.

A form is data: the cogs show it and hand back what was typed. What an author types is kept as it is; whether it makes a
question is told by `bot.services.drafts`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from bot.errors import UserError
from bot.services.draft_defaults import ANCHORS, LOOK_FOR, PROBES, SCOPES
from bot.services.draft_texts import (
    OPTIONS_HINT,
    POINTS_HINT,
    free_letter,
    options_text,
    points_text,
    read_options,
    read_points,
    read_sources,
    sources_text,
)
from bot.services.drafts import Draft, Fields, Kind, Tried, is_slug, slug_of, unused
from bot.services.question_parts import negative_words
from bot.services.topic_names import topics_in
from questions.model import BUILT_IN_NEGATIVES, FULL_ANSWER, Level, Part, Tier

MOST = 4000
"""Characters of a field; Discord takes no more."""
CHOICES = 25
Values = Mapping[str, tuple[str, ...]]
"""What was typed, or chosen from a list, in each field of a form, by the field's name."""


@dataclass(frozen=True)
class FormField:
    """A field to type in; with `choices` (value and label) a list to choose from."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    """What it is filled in with."""
    long: bool = False
    required: bool = True
    most: int = 300
    choices: tuple[tuple[str, str], ...] = ()
    chosen: tuple[str, ...] = ()
    several: bool = False
    example: str = ""
    """What stands in it in grey as long as nothing is typed."""


@dataclass(frozen=True)
class Form:
    name: str
    title: str
    fields: tuple[FormField, ...]
    note: str = ""
    """What is said above the fields."""


@dataclass(frozen=True)
class PartLine:
    """An entry of a draft's lists, which can be changed or taken out."""

    form: str
    index: int
    label: str


@dataclass(frozen=True)
class _Kind:
    """A kind of form: of the whole draft, or (with `entries`) of one entry of a list."""

    title: str
    button: str
    ask: Callable[[Draft, Fields], Sequence[FormField]]
    """The fields, filled in from the draft's fields, or from those of the entry (empty for a new one)."""
    take: Callable[[Draft, Fields, Values], Fields]
    """The draft's fields, or those of the entry, with what was typed."""
    entries: str = ""
    noun: str = ""
    label: str = "claim"
    """The field by which an entry is called."""
    note: Callable[[Draft], str] = lambda _: ""
    """What is said above the fields."""


def buttons(kind: Kind) -> tuple[tuple[str, str], ...]:
    """The forms of a kind of question, and what their buttons say."""
    return tuple((name, _FORMS[name].button) for name in _OF[kind])


def form(draft: Draft, name: str, index: int | None = None) -> Form | None:
    """A form of the draft, filled in; `index` of an entry to change. None where there is no such form or entry."""
    kind = _FORMS.get(name)
    if kind is None or name not in _OF[draft.kind]:
        return None
    if not kind.entries:
        return Form(name, kind.title, tuple(kind.ask(draft, draft.fields)), kind.note(draft))
    entry: Fields = {}
    if index is not None:
        found = _entries(draft.fields, kind.entries)
        if not 0 <= index < len(found):
            return None
        entry = found[index]
    title = kind.title if index is None else f"Change this {kind.noun}"
    return Form(name, title, tuple(kind.ask(draft, entry)), kind.note(draft))


def filled(draft: Draft, name: str, index: int | None, values: Values) -> Fields | None:
    """The draft's fields with a form that was sent in; None where there is no such form or entry."""
    kind = _FORMS.get(name)
    if kind is None or name not in _OF[draft.kind]:
        return None
    if not kind.entries:
        return kind.take(draft, draft.fields, values)
    found = [dict(entry) for entry in _entries(draft.fields, kind.entries)]
    if index is None:
        found.append(kind.take(draft, {}, values))
    elif 0 <= index < len(found):
        found[index] = kind.take(draft, found[index], values)
    else:
        return None
    return {**draft.fields, kind.entries: found}


def part_lines(draft: Draft) -> tuple[PartLine, ...]:
    """The entries of the draft's lists, in the order of its forms."""
    lines: list[PartLine] = []
    for name in _OF[draft.kind]:
        kind = _FORMS[name]
        if kind.entries:
            lines += [
                PartLine(
                    name,
                    index,
                    f"{kind.noun.capitalize()} {_called(kind.entries, entry, index)}: {entry.get(kind.label, '')}",
                )
                for index, entry in enumerate(_entries(draft.fields, kind.entries))
            ]
    return tuple(lines)


def _called(entries: str, entry: Mapping[str, Any], index: int) -> str:
    """What an entry is called where the lab speaks of it: an option by its letter."""
    return str(entry.get("id") or index + 1) if entries == "options" else str(index + 1)


def without(draft: Draft, name: str, index: int) -> Fields | None:
    """The draft's fields without an entry; None where there is no such entry."""
    kind = _FORMS.get(name)
    if kind is None or not kind.entries:
        return None
    found = _entries(draft.fields, kind.entries)
    if not 0 <= index < len(found):
        return None
    fields = {**draft.fields, kind.entries: [entry for number, entry in enumerate(found) if number != index]}
    if kind.entries in {"key_points", "misconceptions"}:
        return _forgotten(fields, frozenset({str(found[index].get("id", ""))}))
    return fields


def _forgotten(fields: Fields, gone: frozenset[str]) -> Fields:
    """The fields, where no calibration answer names the key points or misconceptions that are gone."""
    if not gone:
        return fields
    answers = [
        {
            key: [one for one in value if one not in gone] if key in {"hits", "halves", "misconceptions"} else value
            for key, value in answer.items()
        }
        for answer in _entries(fields, "calibration_answers")
    ]
    return _with(fields, calibration_answers=answers)


def with_calibration(draft: Draft, tried: Tried) -> Fields:
    """The draft's fields with an answer to hold the grader against from now on, as it was graded."""
    answers = _entries(draft.fields, "calibration_answers")
    label = unused("tried", {str(answer.get("label")) for answer in answers})
    story = draft.kind is Kind.BEHAVIORAL
    found, against = ("parts", "negatives") if story else ("hits", "misconceptions")
    entry = {"label": label, "text": tried.text, found: list(tried.found), against: list(tried.against)}
    if tried.halves:
        entry["halves"] = list(tried.halves)
    return {**draft.fields, "calibration_answers": [*answers, {**entry, "band": tried.band}]}


def _entries(fields: Fields, name: str) -> list[Fields]:
    return cast("list[Fields]", fields.get(name) or [])


def _one(values: Values, name: str) -> str:
    return next(iter(values.get(name, ())), "").strip()


def _lines(text: str) -> list[str]:
    return [line.strip().removeprefix("- ").strip() for line in text.splitlines() if line.strip(" -\t")]


def _with(fields: Fields, **typed: object) -> Fields:
    """The fields with what was typed; of what was left empty, nothing is kept."""
    return {
        **{name: value for name, value in fields.items() if name not in typed},
        **{k: v for k, v in typed.items() if v},
    }


def _short(
    name: str, label: str, value: object, hint: str = "", *, required: bool = True, most: int = 300
) -> FormField:
    text = "" if value is None else str(value)
    return FormField(name, label, hint, text, required=required, most=min(max(most, len(text)), MOST))


def _long(
    name: str,
    label: str,
    value: object,
    hint: str = "",
    *,
    required: bool = True,
    most: int = 2000,
    example: str = "",
) -> FormField:
    text = "" if value is None else str(value)
    most = min(max(most, len(text)), MOST)
    return FormField(name, label, hint, text, long=True, required=required, most=most, example=example)


def _choice(
    name: str,
    label: str,
    choices: Sequence[tuple[str, str]],
    chosen: Sequence[str],
    hint: str = "",
    *,
    several: bool = False,
    required: bool = True,
) -> FormField:
    return FormField(
        name, label, hint, choices=tuple(choices)[:CHOICES], chosen=tuple(chosen), several=several, required=required
    )


# What every kind has

DIFFICULTIES = (
    ("1", "1 · recall"),
    ("2", "2 · explain"),
    ("3", "3 · apply or diagnose"),
    ("4", "4 · trade-off or design"),
    ("5", "5 · derive, or quite new"),
)
LEVELS = tuple((level.value, level.value) for level in Level)


def prompt_form(draft: Draft | None, topic: str = "", kind: Kind | None = None) -> Form:
    """The first form of a draft; of one that is there already, its prompt."""
    fields = draft.fields if draft is not None else {}
    slugs = ", ".join(cast("list[str]", fields.get("topics") or [topic]))
    level = str(cast("Fields", fields.get("difficulty") or {}).get("level", 2))
    levels = cast("list[str]", fields.get("levels") or [value for value, _ in LEVELS])
    story = (draft.kind if draft is not None else kind) is Kind.BEHAVIORAL
    example = "One situation, one or two asks; at most 90 words"
    if (draft.kind if draft is not None else kind) is Kind.NUMERIC:
        example += ". {n} stands for a number that is drawn"
    asked = [
        _long("prompt", "What is asked", fields.get("prompt"), example, most=1500),
        _short(
            "topics", "Topics", slugs, "By name, the main one first; at most three, with commas between them", most=160
        ),
        _choice("difficulty", "Difficulty", DIFFICULTIES, [level]),
        _choice("levels", "Asked at these levels", LEVELS, levels, several=True),
    ]
    if draft is None or draft.base is None:
        name = str(fields.get("id", "")).rpartition(".")[2]
        hint = "Short, with hyphens, such as late-labels; left empty, I make one"
        asked.append(_short("name", "Its name in lists and files", name, hint, required=False, most=36))
    return Form("prompt", "A prompt for a story" if story else "The question", tuple(asked))


def _take_prompt(draft: Draft, fields: Fields, values: Values) -> Fields:
    taken = prompt_fields(fields, values)
    if draft.base is not None:  # a published question keeps its id
        return {**taken, "id": fields["id"]}
    return taken


def prompt_fields(fields: Fields, values: Values) -> Fields:
    """The fields with what the first form says; the id is made of the main topic and the name."""
    topics = topics_in(_one(values, "topics"), str(fields.get("type", "")))
    prompt = _one(values, "prompt")
    old = str(fields.get("id", "")).rpartition(".")[2]
    typed = _one(values, "name") or old
    name = typed if is_slug(typed) else slug_of(typed or prompt)
    level = _one(values, "difficulty")
    difficulty = {**cast("Fields", fields.get("difficulty") or {}), "level": int(level) if level.isdecimal() else level}
    changes: Fields = {
        "id": f"{topics[0] if topics else ''}.{name}",
        "topics": topics,
        "difficulty": difficulty,
        "prompt": prompt,
    }
    levels = [level for level in values.get("levels", ()) if level]
    if levels and len(levels) < len(Level):
        changes["levels"] = [level.value for level in Level if level.value in levels]
    return {**{key: value for key, value in fields.items() if key != "levels"}, **changes}


def with_topic(draft: Draft, index: int, slug: str) -> Values:
    """The first form as it would be sent in with another topic in place of the one at `index`."""
    sent = {field.name: field.chosen or (field.value,) for field in prompt_form(draft).fields}
    topics = [str(topic) for topic in cast("list[object]", draft.fields.get("topics") or [])]
    topics[index : index + 1] = [slug]
    return {**sent, "topics": (", ".join(topics),)}


def _ask_prompt(draft: Draft, fields: Fields) -> Sequence[FormField]:
    del fields
    return prompt_form(draft).fields


def _ask_hints(draft: Draft, fields: Fields) -> Sequence[FormField]:
    del draft
    hints = [*cast("list[str]", fields.get("hints") or []), "", "", ""]
    return [
        _short(f"hint{number}", f"Hint {number} (optional)", hint, f"{what}. {_EMPTY} make one", required=False)
        for number, (hint, what) in enumerate(zip(hints, _HINTS, strict=False), 1)
    ]


_EMPTY = "Left empty, I"
_HINTS = ("Narrows the question", "Names the area", "Gives part of the solution")


def _take_hints(draft: Draft, fields: Fields, values: Values) -> Fields:
    """Each hint stays in its place; one that was left empty before another is made like those behind it."""
    del draft
    hints = [_one(values, f"hint{number}") for number in (1, 2, 3)]
    while hints and not hints[-1]:
        hints.pop()
    return _with(fields, hints=hints)


def _ask_takeaway(draft: Draft, fields: Fields) -> Sequence[FormField]:
    made = "a typical mistake" if draft.kind is Kind.NUMERIC else "the explanation of the right option"
    hint = f"One or two sentences. {_EMPTY} take {made}"
    return (_long("takeaway", "What to remember (optional)", fields.get("takeaway"), hint, required=False, most=600),)


def _take_takeaway(draft: Draft, fields: Fields, values: Values) -> Fields:
    del draft
    return _with(fields, takeaway=_one(values, "takeaway"))


def _ask_references(draft: Draft, fields: Fields) -> Sequence[FormField]:
    hint = "One a line: title | author | year | chapter; of year and chapter one is enough"
    label = "Books or papers that it rests on"
    if draft.kind is not Kind.FREE_TEXT:
        label += " (optional)"
    return (_long("references", label, sources_text(_entries(fields, "references")), hint, required=False),)


def _take_references(draft: Draft, fields: Fields, values: Values) -> Fields:
    del draft
    return _with(fields, references=read_sources(_lines(_one(values, "references"))))


# Free text

_TIERS = {
    Tier.CORE: "core: everybody says it",
    Tier.DEPTH: "depth: from mid level on",
    Tier.STRETCH: "stretch: a bonus",
}
_WORTH = tuple(
    (f"{tier.value} {weight}", f"{words} · weight {weight}") for tier, words in _TIERS.items() for weight in (3, 2, 1)
)
SEVERITIES: dict[str, tuple[str, float, bool]] = {
    "note": ("only mentioned in the feedback", 0.0, False),
    "some": ("costs a little (0.1)", 0.1, False),
    "much": ("costs a lot (0.2)", 0.2, False),
    "fatal": ("fatal: costs 0.2, and band 2 at most until corrected", 0.2, True),
}


def _ask_point(draft: Draft, entry: Fields) -> Sequence[FormField]:
    del draft
    accept = cast("Fields", entry.get("accept") or {})
    groups = "\n".join(" | ".join(group) for group in cast("list[list[str]]", accept.get("concepts") or []))
    return (
        _short("claim", "The claim", entry.get("claim"), "One thing that a good answer says, as a sentence"),
        _long(
            "phrases",
            "Ways in which people say it (optional)",
            "\n".join(cast("list[str]", accept.get("phrases") or [])),
            f"Whole claims, one a line. {_EMPTY} take the claim and words of the model answer",
            required=False,
        ),
        _long(
            "concepts",
            "Or: what must be named (optional)",
            groups,
            "One idea a line, its wordings with | between them",
            required=False,
        ),
        _short(
            "followup",
            "Follow-up question (optional)",
            entry.get("followup"),
            f"Asks for the point without naming it. {_EMPTY} ask a neutral one",
            required=False,
        ),
        _choice("worth", "How much it matters", _WORTH, [f"{entry.get('tier', 'core')} {entry.get('weight', 2)}"]),
    )


def _take_point(draft: Draft, entry: Fields, values: Values) -> Fields:
    claim = _one(values, "claim")
    groups = [[word.strip() for word in line.split("|") if word.strip()] for line in _lines(_one(values, "concepts"))]
    accept = cast("Fields", entry.get("accept") or {})
    accept = _with(accept, phrases=_lines(_one(values, "phrases")), concepts=[group for group in groups if group])
    tier, _, weight = _one(values, "worth").partition(" ")
    taken: Fields = {
        **entry,
        "id": entry.get("id") or _fresh(draft, "key_points", claim),
        "tier": tier,
        "weight": int(weight) if weight.isdecimal() else weight,
        "claim": claim,
    }
    return _with(taken, accept=accept, followup=_one(values, "followup"))


def _ask_points(draft: Draft, fields: Fields) -> Sequence[FormField]:
    del draft
    text = points_text(_entries(fields, "key_points"))
    if len(text) > MOST:
        raise UserError("These key points are too long for one form. **Change a part**, or **As a file**, mends them.")
    hint = "One a paragraph, or one a line with a number before it"
    return (_long("points", "All key points", text, hint, required=False, most=MOST, example=POINTS_HINT),)


_POINTS_NOTE = (
    "A claim alone is enough. Behind it you may write how much it matters, `core`, `depth` or `stretch`, with a weight "
    "of 1 to 3: `[core 3]`. Below it:\n"
    "`-` a way in which people say it, a line each\n"
    "`&` what must be named, its wordings with `|` between them\n"
    "`?` the follow-up question"
)


def _take_points(draft: Draft, fields: Fields, values: Values) -> Fields:
    del draft
    points, gone = read_points(_one(values, "points"), _entries(fields, "key_points"))
    return _forgotten(_with(fields, key_points=points), gone)


def _fresh(draft: Draft, entries: str, text: str) -> str:
    return slug_of(text, 40, {str(entry.get("id")) for entry in _entries(draft.fields, entries)})


def _ask_wrong(draft: Draft, entry: Fields) -> Sequence[FormField]:
    del draft
    choices = [(key, words) for key, (words, _, _) in SEVERITIES.items()]
    chosen = "some"
    if entry:
        kept = float(entry.get("penalty", 0.0)), bool(entry.get("fatal"))
        chosen = next((key for key, (_, penalty, fatal) in SEVERITIES.items() if (penalty, fatal) == kept), "")
        if not chosen:
            chosen = f"{kept[0]:g}{' fatal' if kept[1] else ''}"
            choices.append((chosen, f"as it is: costs {kept[0]:g}{', fatal' if kept[1] else ''}"))
    known = cast("list[str]", entry.get("signals") or [])
    hint = "One a line, as people really write it" + ("; its patterns stay" if known else f". {_EMPTY} take the claim")
    phrases = "\n".join(cast("list[str]", entry.get("phrases") or []))
    return (
        _short("claim", "The wrong claim", entry.get("claim"), "As people believe it"),
        _long("phrases", "Ways in which people say it (optional)", phrases, hint, required=False),
        _short("why", "Why it is wrong", entry.get("why_wrong"), "Shown to whoever says it", most=600),
        _short(
            "probe",
            "Question that lets them correct it (optional)",
            entry.get("probe"),
            "Without saying that it is wrong",
            required=False,
        ),
        _choice("severity", "What it costs", choices, [chosen]),
    )


def _take_wrong(draft: Draft, entry: Fields, values: Values) -> Fields:
    claim, severity = _one(values, "claim"), _one(values, "severity")
    taken: Fields = {
        **entry,
        "id": entry.get("id") or _fresh(draft, "misconceptions", claim),
        "claim": claim,
        "why_wrong": _one(values, "why"),
    }
    if severity in SEVERITIES:
        _, taken["penalty"], taken["fatal"] = SEVERITIES[severity]
    for name, value in (("phrases", _lines(_one(values, "phrases"))), ("probe", _one(values, "probe"))):
        taken.pop(name, None)
        if value:
            taken[name] = value
    if not taken.get("fatal"):
        taken.pop("fatal", None)
    return taken


def _ask_model(draft: Draft, fields: Fields) -> Sequence[FormField]:
    del draft
    answer = cast("Fields", fields.get("model_answer") or {})
    return (
        _long(
            "full", "In full", answer.get("full"), "At most 180 words; it makes all core and depth points", most=2000
        ),
        _long(
            "short",
            "In short (optional)",
            answer.get("short"),
            f"At most 40 words. {_EMPTY} take the first sentences of the full one",
            required=False,
            most=400,
        ),
    )


def _take_model(draft: Draft, fields: Fields, values: Values) -> Fields:
    del draft
    return _with(fields, model_answer=_with({}, short=_one(values, "short"), full=_one(values, "full")))


def _calibration_fields(entry: Fields) -> tuple[FormField, FormField, FormField]:
    text = str(entry.get("text", ""))
    band = cast("Mapping[str, Any]", entry.get("band") or {})
    bands = " ".join(str(band.get(level.value, "")) for level in Level).strip()
    return (
        _short("label", "Its name", entry.get("label"), "Such as strong, partial or wrong", most=40),
        _long(
            "text",
            "The answer",
            "" if text.strip() == FULL_ANSWER else text,
            "Left empty, it is the full model answer",
            required=False,
            most=MOST,
        ),
        _short(
            "bands",
            "Bands it must get",
            bands,
            "1 (weak) to 4 (strong), for junior, mid, senior: 4 3 2",
            most=40,
        ),
    )


_BANDS = {"one": 1, "two": 2, "three": 3, "four": 4}


def _bands(typed: str) -> Fields:
    """The bands that were typed, one for all levels or one for each; what is no band is kept as it was typed."""
    words = re.sub(rf"\b({'|'.join(Level)})\b", " ", typed, flags=re.IGNORECASE)
    words = [word for word in re.split(r"[\s,;:/=]+", words) if word]
    if len(words) == 1 and re.fullmatch(r"[1-4]{3}", words[0]):
        words = [*words[0]]
    read: list[object] = [_BANDS.get(word.lower(), int(word) if word.isdecimal() else word) for word in words]
    if len(read) == 1 and isinstance(read[0], int):
        read *= len(Level)
    elif len(read) > len(Level):
        read[len(Level) - 1 :] = [" ".join(words[len(Level) - 1 :])]
    return {level.value: band for level, band in zip(Level, read, strict=False)}


def _take_calibration_fields(entry: Fields, values: Values) -> Fields:
    return {
        **entry,
        "label": _one(values, "label"),
        "text": _one(values, "text") or FULL_ANSWER,
        "band": _bands(_one(values, "bands")),
    }


def _note_calibration(draft: Draft) -> str:
    missing = [
        words
        for name, words in (("key_points", "key points"), ("misconceptions", "misconceptions"))
        if not _entries(draft.fields, name)
    ]
    if not missing:
        return ""
    what = " or ".join(missing)
    return f"There are no {what} yet. Add them first: then this form asks which of them the answer makes."


def _ask_calibration(draft: Draft, entry: Fields) -> Sequence[FormField]:
    label, text, bands = _calibration_fields(entry)
    asked = [label, text]
    for name, title, entries in (
        ("hits", "Key points it makes (leave empty: none)", "key_points"),
        ("misconceptions", "Misconceptions in it (leave empty: none)", "misconceptions"),
    ):
        choices = [(str(one.get("id")), str(one.get("claim", ""))) for one in _entries(draft.fields, entries)]
        if choices:
            chosen = cast("list[str]", entry.get(name) or [])
            asked.append(
                _choice(name, title, choices, chosen, "None, or as many as apply", several=True, required=False)
            )
    return (*asked, bands)


def _take_calibration(draft: Draft, entry: Fields, values: Values) -> Fields:
    del draft
    taken = _take_calibration_fields(entry, values)
    for name in ("hits", "misconceptions"):
        chosen = [value for value in values.get(name, ()) if value]
        taken.pop(name, None)
        if chosen:
            taken[name] = chosen
    halves = [one for one in cast("list[str]", entry.get("halves") or []) if one not in taken.get("hits", [])]
    taken.pop("halves", None)
    return {**taken, "halves": halves} if halves else taken


# Multiple choice


def _ask_option(draft: Draft, entry: Fields) -> Sequence[FormField]:
    del draft
    right = bool(entry.get("correct"))
    return (
        _short("text", "The option", entry.get("text"), "As long as the others, and of the same form", most=200),
        _choice(
            "right", "Is it right?", (("no", "no"), ("yes", "yes, this is the answer")), ["yes" if right else "no"]
        ),
        _long("why", "Explanation", entry.get("why"), "Why it is right, or what is wrong with it", most=600),
        _short(
            "tag",
            "The misconception behind it (optional)",
            entry.get("tag"),
            "Of a wrong one, such as recall-is-accuracy",
            required=False,
            most=40,
        ),
    )


def _take_option(draft: Draft, entry: Fields, values: Values) -> Fields:
    text, right = _one(values, "text"), _one(values, "right") == "yes"
    letters = {str(one.get("id")) for one in _entries(draft.fields, "options")}
    taken: Fields = {
        **entry,
        "id": entry.get("id") or free_letter(letters),
        "text": text,
        "why": _one(values, "why"),
    }
    for name in ("correct", "tag"):
        taken.pop(name, None)
    if right:
        taken["correct"] = True
    elif tag := _one(values, "tag"):
        taken["tag"] = tag
    else:
        taken["tag"] = slug_of(text, 40)
    return taken


def _ask_options(draft: Draft, fields: Fields) -> Sequence[FormField]:
    del draft
    text = options_text(_entries(fields, "options"))
    if len(text) > MOST:
        raise UserError("These options are too long for one form. **Change a part**, or **As a file**, mends them.")
    hint = "One a paragraph, or one a line with a letter before it; [x] marks the right one"
    return (_long("options", "All options", text, hint, required=False, most=MOST, example=OPTIONS_HINT),)


def _take_options(draft: Draft, fields: Fields, values: Values) -> Fields:
    del draft
    return _with(fields, options=read_options(_one(values, "options"), _entries(fields, "options")))


# Numeric

TOLERANCE = "1%"
"""What the form proposes."""


def _ask_answer(draft: Draft, fields: Fields) -> Sequence[FormField]:
    del draft
    params = cast("Mapping[str, list[Any]]", fields.get("params") or {})
    lines = [f"{name} = {', '.join(_number(value) for value in values)}" for name, values in params.items()]
    tolerance = cast("Fields", fields.get("tolerance") or {})
    shown = TOLERANCE
    if tolerance.get("absolute") is not None:
        shown = _number(tolerance["absolute"])
    elif (share := tolerance.get("relative")) is not None:
        shown = f"{share * 100:g}%" if isinstance(share, int | float) else f"{share}%"
    return (
        _long(
            "params",
            "Numbers to draw from (optional)",
            "\n".join(lines),
            "One a line: n = 2, 3, 5",
            required=False,
            most=800,
        ),
        _short("answer", "The answer", fields.get("answer"), "A number, or a formula such as 0.5 ** n"),
        _short(
            "tolerance",
            "How far off still counts",
            shown,
            "5% of the value, or an amount: 0.01; for a count 0.5",
            most=30,
        ),
        _short("unit", "Unit (optional)", fields.get("unit"), "Such as % or ms", required=False, most=20),
        _long(
            "working",
            "The working",
            fields.get("working"),
            "The steps; {n} and {0.5 ** n|.3g} are filled in",
            most=1500,
        ),
    )


def _number(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, int | float) else str(value)


def _read_number(text: str) -> float | int | str:
    """The number that was typed; the text itself where it is none, for the checklist to tell."""
    try:
        number = float(text.replace("−", "-"))
    except ValueError:
        return text
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _take_answer(draft: Draft, fields: Fields, values: Values) -> Fields:
    del draft
    taken = {name: value for name, value in fields.items() if name not in {"params", "unit"}}
    params: dict[str, Any] = {}
    for line in _lines(_one(values, "params")):
        name, _, numbers = line.partition("=")
        params[name.strip()] = [_read_number(part) for part in re.split(r"[,;\s]+", numbers) if part]
    if params:
        taken["params"] = params
    answer, unit = _one(values, "answer"), _one(values, "unit")
    if not unit and _PERCENT.fullmatch(answer):
        unit = "%"
    if unit:
        taken["unit"] = unit
        if mistakes := _entries(taken, "mistakes"):
            taken["mistakes"] = [{**one, "value": _bare(str(one.get("value", "")), unit)} for one in mistakes]
    typed = _one(values, "tolerance")
    share = _read_number(typed.removesuffix("%").strip())
    if typed.endswith("%"):
        taken["tolerance"] = {"relative": share / 100 if isinstance(share, int | float) else share}
    else:
        taken["tolerance"] = {"absolute": share}
    return {**taken, "answer": _bare(answer, unit), "working": _one(values, "working")}


_PERCENT = re.compile(r"[-−+]?[\d.]+\s*%")


def _bare(formula: str, unit: str) -> str:
    """A number without the unit behind it; a percent sign goes from behind a formula, too."""
    head = formula.removesuffix(unit).rstrip()
    return head if head and (unit == "%" or re.fullmatch(r"[-−+]?[\d.]+", head)) else formula


def _ask_mistake(draft: Draft, entry: Fields) -> Sequence[FormField]:
    del draft
    return (
        _short("value", "The wrong result", entry.get("value"), "A number, or a formula such as 1 / (n + 1)"),
        _short("claim", "What people do to get there", entry.get("claim")),
        _short("why", "Why it is wrong", entry.get("why_wrong"), most=600),
    )


def _take_mistake(draft: Draft, entry: Fields, values: Values) -> Fields:
    value = _bare(_one(values, "value"), str(draft.fields.get("unit") or ""))
    return {**entry, "value": value, "claim": _one(values, "claim"), "why_wrong": _one(values, "why")}


# Behavioral

_LEVEL_HINTS = {
    Level.JUNIOR: "Such as: one teammate",
    Level.MID: "Such as: a project",
    Level.SENIOR: "Such as: several teams",
}


_LIKE_THIS = "I use this unless you change it"


def _own(values: Values, made: Mapping[str, object], read: Callable[[str], object] = str) -> Fields:
    """What somebody typed in each field, but for what stood there of itself."""
    typed = {name: read(_one(values, name)) for name in made}
    return {name: value for name, value in typed.items() if value and value != made[name]}


def _ask_competency(draft: Draft, fields: Fields) -> Sequence[FormField]:
    del draft
    hint = next(iter(cast("list[str]", fields.get("hints") or [])), "")
    return (
        _long(
            "competency", "The competency", fields.get("competency"), "What to listen for, in one sentence", most=400
        ),
        _short("hint", "Hint (optional)", hint, f"Helps to think of a story. {_EMPTY} make one", required=False),
    )


def _take_competency(draft: Draft, fields: Fields, values: Values) -> Fields:
    del draft
    hint = _one(values, "hint")
    return {**_with(fields, hints=[hint] if hint else []), "competency": _one(values, "competency")}


def _ask_look_for(draft: Draft, fields: Fields) -> Sequence[FormField]:
    del draft
    known = cast("Mapping[str, str]", fields.get("look_for") or {})
    return [
        _short(part.value, part.value.capitalize(), known.get(part.value) or LOOK_FOR[part], _LIKE_THIS, required=False)
        for part in Part
    ]


def _take_look_for(draft: Draft, fields: Fields, values: Values) -> Fields:
    del draft
    return _with(fields, look_for=_own(values, {part.value: LOOK_FOR[part] for part in Part}))


def _ask_probes(draft: Draft, fields: Fields) -> Sequence[FormField]:
    del draft
    known = cast("Mapping[str, list[str]]", fields.get("probes") or {})
    return [
        _long(
            part.value,
            f"Where the {part.value} is missing",
            "\n".join(known.get(part.value) or PROBES[part]),
            f"Two questions, one a line. {_LIKE_THIS}",
            required=False,
            most=600,
        )
        for part in Part
    ]


def _take_probes(draft: Draft, fields: Fields, values: Values) -> Fields:
    del draft
    return _with(fields, probes=_own(values, {part.value: [*PROBES[part]] for part in Part}, _lines))


def _ask_anchors(draft: Draft, fields: Fields) -> Sequence[FormField]:
    del draft
    known = cast("Mapping[str, str]", fields.get("anchors") or {})
    names = {"1": "1 · strong no", "2": "2 · leaning no", "3": "3 · leaning yes", "4": "4 · strong yes"}
    hint = f"What such a story looks like. {_LIKE_THIS}"
    return [_short(key, name, known.get(key) or ANCHORS[key], hint, required=False) for key, name in names.items()]


def _take_anchors(draft: Draft, fields: Fields, values: Values) -> Fields:
    del draft
    return _with(fields, anchors=_own(values, ANCHORS))


def _ask_scope(draft: Draft, fields: Fields) -> Sequence[FormField]:
    del draft
    known = cast("Mapping[str, str]", fields.get("level_scope") or {})
    return [
        _short(
            level.value,
            level.value.capitalize(),
            known.get(level.value) or SCOPES[level],
            f"{_LEVEL_HINTS[level]}. {_LIKE_THIS}",
            required=False,
        )
        for level in Level
    ]


def _take_scope(draft: Draft, fields: Fields, values: Values) -> Fields:
    del draft
    return _with(fields, level_scope=_own(values, {level.value: SCOPES[level] for level in Level}))


def _ask_story(draft: Draft, fields: Fields) -> Sequence[FormField]:
    del draft
    answer = cast("Fields", fields.get("model_answer") or {})
    return (_long("full", "A model story", answer.get("full"), "120 to 260 words, with all five parts", most=MOST),)


def _take_story(draft: Draft, fields: Fields, values: Values) -> Fields:
    del draft
    return {**fields, "model_answer": {"full": _one(values, "full")}}


def _ask_story_calibration(draft: Draft, entry: Fields) -> Sequence[FormField]:
    label, text, bands = _calibration_fields(entry)
    own = {str(one.get("id")): str(one.get("claim", "")) for one in _entries(draft.fields, "negatives")}
    every = [*sorted(BUILT_IN_NEGATIVES), *own]
    parts = [(part.value, part.value) for part in Part]
    return (
        label,
        text,
        _choice(
            "parts",
            "Parts that are told",
            parts,
            cast("list[str]", entry.get("parts") or []),
            several=True,
            required=False,
        ),
        _choice(
            "negatives",
            "What speaks against it",
            [(one, negative_words(one, own)[:100]) for one in every],
            cast("list[str]", entry.get("negatives") or []),
            "None, or as many as apply",
            several=True,
            required=False,
        ),
        bands,
    )


def _take_story_calibration(draft: Draft, entry: Fields, values: Values) -> Fields:
    del draft
    taken = _take_calibration_fields(entry, values)
    told = values.get("parts", ())
    taken["parts"] = [part.value for part in Part if part.value in told]
    taken.pop("negatives", None)
    if negatives := [value for value in values.get("negatives", ()) if value]:
        taken["negatives"] = negatives
    return taken


_FORMS: dict[str, _Kind] = {
    "prompt": _Kind("The question", "Edit prompt", _ask_prompt, _take_prompt),
    "point": _Kind("A key point", "Add key point", _ask_point, _take_point, "key_points", "key point"),
    "points": _Kind("All key points", "Key points as text", _ask_points, _take_points, note=lambda _: _POINTS_NOTE),
    "wrong": _Kind("A misconception", "Add misconception", _ask_wrong, _take_wrong, "misconceptions", "misconception"),
    "model": _Kind("The model answer", "Model answer", _ask_model, _take_model),
    "hints": _Kind("Three hints", "Hints", _ask_hints, _take_hints),
    "calibration": _Kind(
        "A calibration answer",
        "Add calibration answer",
        _ask_calibration,
        _take_calibration,
        "calibration_answers",
        "calibration answer",
        "label",
        _note_calibration,
    ),
    "references": _Kind("Sources", "Sources", _ask_references, _take_references),
    "option": _Kind("An option", "Add option", _ask_option, _take_option, "options", "option", "text"),
    "options": _Kind("All options", "Options as text", _ask_options, _take_options),
    "takeaway": _Kind("What to remember", "What to remember", _ask_takeaway, _take_takeaway),
    "answer": _Kind("The answer", "Answer", _ask_answer, _take_answer),
    "mistake": _Kind("A typical mistake", "Add mistake", _ask_mistake, _take_mistake, "mistakes", "mistake"),
    "competency": _Kind("The competency", "Competency and hint", _ask_competency, _take_competency),
    "look": _Kind("What to listen for", "What to listen for", _ask_look_for, _take_look_for),
    "probes": _Kind("Follow-ups", "Follow-ups", _ask_probes, _take_probes),
    "anchors": _Kind("Anchors", "Anchors", _ask_anchors, _take_anchors),
    "scope": _Kind("The scope by level", "Scope by level", _ask_scope, _take_scope),
    "story": _Kind("A model story", "Model story", _ask_story, _take_story),
    "told": _Kind(
        "A calibration answer",
        "Add calibration answer",
        _ask_story_calibration,
        _take_story_calibration,
        "calibration_answers",
        "calibration answer",
        "label",
    ),
}
_OF: dict[Kind, tuple[str, ...]] = {
    Kind.FREE_TEXT: ("prompt", "point", "points", "wrong", "model", "hints", "calibration", "references"),
    Kind.MULTIPLE_CHOICE: ("prompt", "option", "options", "hints", "takeaway", "references"),
    Kind.NUMERIC: ("prompt", "answer", "mistake", "hints", "takeaway", "references"),
    Kind.BEHAVIORAL: ("prompt", "competency", "look", "probes", "anchors", "scope", "story", "told", "references"),
    Kind.CODE: (),
}
