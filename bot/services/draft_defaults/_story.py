"""Behavioral questions: what to listen for, follow-ups, anchors, scope, the hint and calibration answers."""

from __future__ import annotations

from collections.abc import Iterator

from bot.services.draft_defaults._answers import story_answers
from bot.services.draft_defaults._fields import Fields, answers_made, record, text_of, typed_texts
from bot.services.draft_defaults._wordings import as_sentence
from questions.model import Level, Part

LOOK_FOR = {
    Part.SITUATION: "What was going on, and who was concerned",
    Part.TASK: "What they themselves were responsible for",
    Part.ACTION: "What they did, step by step, and why",
    Part.RESULT: "What came of it, best with a number",
    Part.LEARNING: "What they do differently since",
}
PROBES = {
    Part.SITUATION: ("When was this, and who was affected?", "What made it difficult?"),
    Part.TASK: ("What was your own part in it?", "What were you supposed to achieve?"),
    Part.ACTION: ("What exactly did you do yourself?", "Why did you do it that way?"),
    Part.RESULT: ("How did it end?", "How did you know that it had worked, or had not?"),
    Part.LEARNING: ("What did you take from it?", "What would you do differently today?"),
}
ANCHORS = {
    "1": "No story of their own, or only what one would do; nothing that they did can be told apart.",
    "2": "A real story, but their own part or how it ended stays vague.",
    "3": "A clear story with their own steps, the reasons for them and a result.",
    "4": "Also the alternatives that they weighed, a result with figures, and what they do differently since.",
}
SCOPES = {
    Level.JUNIOR: "A task or a teammate of their own",
    Level.MID: "A project or a team",
    Level.SENIOR: "Several teams, or a decision that bound others for long",
}
"""What fits most prompts for a story; some want a word or two of their own."""


def behavioral(fields: Fields, tried: bool) -> Fields:
    filled = _story_parts(fields)
    competency = text_of(fields.get("competency"))
    if not typed_texts(fields.get("hints")) and competency:
        filled["hints"] = [f"Think of one time in your own work that shows this: {as_sentence(competency)}"]
    return filled | story_answers({**fields, **filled}, tried=tried)


def _story_parts(fields: Fields) -> Fields:
    filled: Fields = {}
    for name, known in (("look_for", LOOK_FOR), ("anchors", ANCHORS), ("level_scope", SCOPES)):
        typed = record(fields.get(name))
        texts = {str(key): text for key, text in known.items() if not text_of(typed.get(str(key)))}
        if texts:
            filled[name] = {**typed, **texts}
    asked = record(fields.get("probes"))
    every = {probe.casefold() for part in Part for probe in typed_texts(asked.get(part.value))}
    probes = {
        part.value: [*typed, *(probe for probe in PROBES[part] if probe.casefold() not in every)][: max(2, len(typed))]
        for part in Part
        if len(typed := typed_texts(asked.get(part.value))) < 2
    }
    return {**filled, "probes": {**asked, **probes}} if probes else filled


def behavioral_made(fields: Fields) -> Iterator[str]:
    filled = _story_parts(fields)
    for name, called in (
        ("look_for", "what to listen for"),
        ("probes", "follow-ups"),
        ("anchors", "anchors"),
        ("level_scope", "the scope by level"),
    ):
        if name in filled:
            yield called
    if not typed_texts(fields.get("hints")):
        yield "the hint"
    yield from answers_made(fields)
