"""The interviewer's sheet: dimensions, one thing to keep, one thing to change, the story as an outline."""

from __future__ import annotations

import re
from collections.abc import Iterable

from grader.grade import Dimension, Finding, Row, Span
from grader.text import star_cues as cues
from grader.text.star._parts import Ownership, is_applied, is_formula, quantities, specifics
from grader.text.star._story import Said, Story, shares
from questions.model import Behavioral, Level, Part

TOO_THIN, SHORT_STORY, TOO_LONG, FAR_TOO_LONG = 40, 80, 450, 750
"""Words of the first answer."""
TARGET_SHARES: dict[Part, float] = {
    Part.SITUATION: 0.15,
    Part.TASK: 0.10,
    Part.ACTION: 0.45,
    Part.RESULT: 0.20,
    Part.LEARNING: 0.10,
}
SCENE_SHARE = 0.35
"""A situation that takes more of the words has swallowed the story."""
HEADLINE_WORDS = 30
QUOTE_WORDS = 24
PART_NAMES: dict[Part, str] = {part: part.value for part in Part}


def dimensions(
    story: Story,
    question: Behavioral | None,
    table: tuple[Row, ...],
    negatives: tuple[Finding, ...],
    owned: Ownership,
    level: Level,
) -> tuple[Dimension, ...]:
    """The judged lines with their weights, then lines for information (weight 0)."""
    credit = {Part(row.id): row for row in table}
    hypothetical = any(finding.id == "hypothetical" for finding in negatives)
    scope = f" Expected at {level.value} level: {question.level_scope[level]}" if question else ""
    return (
        _evidence(story, credit, owned, hypothetical=hypothetical),
        Dimension(
            "competency", "Competency shown", None, 0.30,
            f"Rules cannot judge this: rate yourself against the anchors.{scope}",
        ),
        _result(story, credit[Part.RESULT]),
        _reflection(story, credit[Part.LEARNING], negatives),
        _delivery(story),
        _ownership(owned),
        _quantification(story),
        _specificity(story),
        _balance(story),
    )  # fmt: skip


def sheet_mean(sheet: Iterable[Dimension]) -> float | None:
    """The weighted mean of the judged lines, 1–4; lines without a band leave their weight to the others."""
    judged = [(line.band, line.weight) for line in sheet if line.band is not None and line.weight]
    total = sum(weight for _, weight in judged)
    return sum(band * weight for band, weight in judged) / total if total else None


def _evidence(story: Story, credit: dict[Part, Row], owned: Ownership, *, hypothetical: bool) -> Dimension:
    action, scene = credit[Part.ACTION], credit[Part.SITUATION]
    checkable = len(specifics(story)) + quantities(story)
    if hypothetical or not (action.credit or scene.credit or credit[Part.RESULT].credit):
        band, note = 1, "No past event is told."
    elif action.credit < 1 or not owned.visible:
        band, note = 2, "A real event, but your own steps are thin."
    elif not scene.credit:
        band, note = 2, "Own steps, but nobody can tell when and where it was."
    elif owned.steps >= 4 and checkable >= 3:
        band, note = 4, f"{owned.steps} steps of your own, with details one could check."
    else:
        band, note = 3, f"A specific event with {owned.steps} steps of your own."
    return Dimension("evidence", "Evidence", band, 0.30, note, action.span or scene.span)


def _result(story: Story, row: Row) -> Dimension:
    ends = list(story.of(Part.RESULT))
    measured = any(s.reading.numbers for s in ends)
    people = any(cues.RELATION_OUTCOME.search(s.piece.folded) for s in ends)
    if not row.credit:
        band, note = 1, "The story has no end."
    elif row.credit < 1:
        band, note = 2, "An outcome, but a vague one."
    elif measured and people:
        band, note = 4, "Measured, and it says what it meant for people or at what cost."
    else:
        band, note = 3, "Measured." if measured else "A clear outcome; a number would make it stronger."
    return Dimension("result", "Result", band, 0.15, note, row.span)


def _reflection(story: Story, row: Row, negatives: tuple[Finding, ...]) -> Dimension:
    lessons = list(story.of(Part.LEARNING))
    if not row.credit:
        blames = any(finding.id == "blames" for finding in negatives)
        band, note = (
            1,
            "It blames others instead of looking back." if blames else "Nothing is said about what you learned.",
        )
    elif row.credit < 1:
        band, note = 2, "A formula that fits any story."
    elif any(is_applied(s) and not is_formula(s) for s in lessons):
        band, note = 4, "A lesson that you have put to use since."
    else:
        band, note = 3, "A real lesson; say where you have used it since."
    return Dimension("reflection", "Reflection", band, 0.15, note, row.span)


def _delivery(story: Story) -> Dimension:
    words = story.first_words
    labelled = [s.part for s in story.said if s.part and not s.prompted]
    order = [list(Part).index(part) for part in dict.fromkeys(labelled)]
    if len(order) > 1 and labelled[0] is Part.RESULT:
        # Opening with the outcome is a headline, no disorder.
        order = order[1:]
    ordered = order == sorted(order)
    opening = next((s for s in story.said if s.part is not None), None)
    headline = (
        opening is not None
        and opening.reading.words <= HEADLINE_WORDS
        and (opening.part is Part.RESULT or cues.HEADLINE.search(opening.piece.folded) is not None)
    )
    if words < TOO_THIN or words > FAR_TOO_LONG:
        band, note = (
            1,
            f"{words} words: {'too thin for a story' if words < TOO_THIN else 'far too long'}; aim for 150 to 350.",
        )
    elif words > TOO_LONG:
        band, note = 2, f"{words} words: too long. Give the one-sentence headline first."
    elif not ordered:
        band, note = 2, "The parts come out of order."
    elif words < SHORT_STORY:
        band, note = 3, f"In order, but {words} words leave much out."
    elif headline:
        band, note = 4, "Headline first, then in order."
    else:
        band, note = 3, "In order and of good length."
    return Dimension("delivery", "Delivery", band, 0.10, note, opening.span if opening and headline else None)


def _ownership(owned: Ownership) -> Dimension:
    if owned.share is None:
        return Dimension("ownership", "Ownership", None, 0.0, "No action to tell whose it is.")
    band = 1 if not owned.own else 2 if not owned.visible or owned.share < 0.5 else 3 if owned.share < 0.8 else 4
    note = f'"I" acts in {owned.own} of {owned.sentences} action sentences.'
    return Dimension("ownership", "Ownership", band, 0.0, note)


def _quantification(story: Story) -> Dimension:
    total = quantities(story)
    ends = [s for s in story.of(Part.RESULT) if s.reading.numbers]
    compared = any("change-number" in s.has for s in ends)
    band = 4 if compared and total > 2 else 3 if ends else 2 if total else 1
    note = f"{total} quantit{'y' if total == 1 else 'ies'}, {'some' if ends else 'none'} in the result."
    return Dimension("quantification", "Quantification", band, 0.0, note, ends[0].span if ends else None)


def _specificity(story: Story) -> Dimension:
    found = specifics(story)
    count = len(found) + quantities(story)
    vague = sum(len(s.reading.vague) for s in story.said)
    band = 4 if count >= 6 and vague <= 3 else 3 if count >= 3 else 2 if count else 1
    note = f"{count} names, dates, tools or counts; {vague} vague word{'s' if vague != 1 else ''}."
    return Dimension("specificity", "Specificity", band, 0.0, note)


def _balance(story: Story) -> Dimension:
    have = shares(story.said)
    if not any(have.values()):
        return Dimension("balance", "Balance", None, 0.0, "No part of a story was recognised.")
    apart = sum(abs(have[part] - target) for part, target in TARGET_SHARES.items()) / 2
    band = 4 if apart <= 0.15 else 3 if apart <= 0.30 else 2 if apart <= 0.5 else 1
    split = " / ".join(f"{have[part]:.0%}" for part in Part)
    note = (
        f"Situation, task, action, result, learning take {split} of the words; about 15 / 10 / 45 / 20 / 10 works well."
    )
    return Dimension("balance", "Balance", band, 0.0, note)


# ---------------------------------------------------------------------- advice


def _quote(span: Span) -> str:
    ends = [match.end() for match in re.finditer(r"\S+", span.text)]
    return f'"{span.text}"' if len(ends) <= QUOTE_WORDS else f'"{span.text[: ends[QUOTE_WORDS - 1]]} …"'


def _strongest(said: list[Said]) -> Said | None:
    return max(said, key=lambda s: s.confidence, default=None)


def keep(story: Story, table: tuple[Row, ...]) -> str:
    """One thing to keep, with the candidate's words; empty only where nothing was said."""
    credit = {Part(row.id): row for row in table}
    praise = [
        (Part.RESULT, 1.0, "Keep the outcome that one can check"),
        (Part.ACTION, 1.0, "Keep telling your own steps"),
        (Part.LEARNING, 1.0, "Keep the honest lesson"),
        (Part.ACTION, 0.5, "Keep this step and add the next one"),
        (Part.SITUATION, 0.5, "Keep the scene: it shows a real event"),
        (Part.TASK, 0.5, "Keep saying what you were answerable for"),
        (Part.RESULT, 0.5, "Keep the outcome, and make it checkable"),
        (Part.LEARNING, 0.5, "Keep looking back, and make it specific"),
    ]
    for part, least, text in praise:
        row = credit[part]
        if row.span and row.credit >= least:
            return f"{text}: {_quote(row.span)}"
    spoken = _strongest([s for s in story.said if s.real]) or _strongest(list(story.said))
    return f"Keep answering in your own words: {_quote(spoken.span)}" if spoken else ""


def change(story: Story, table: tuple[Row, ...], negatives: tuple[Finding, ...], owned: Ownership) -> str:
    """The one change that would help most."""
    credit = {Part(row.id): row.credit for row in table}
    found = {finding.id: finding for finding in negatives}
    have = shares(story.said)
    measured = any(s.reading.numbers for s in story.of(Part.RESULT))
    if "hypothetical" in found:
        return (
            f"Tell one event that happened, with a date and a place, instead of {_quote(found['hypothetical'].span)}."
        )
    if not credit[Part.ACTION]:
        return "Say what you did: two or three sentences that start with I and a verb."
    if not owned.visible or "we-only" in found:
        return 'Say "I" for your own steps, and name who did the rest.'
    if "blames" in found:
        return f"Replace {_quote(found['blames'].span)} with what the other person wanted and why."
    if not credit[Part.RESULT]:
        return "Add the end: what was decided or measured, in one sentence."
    if credit[Part.ACTION] < 1:
        return "Add a second step of your own: what you did after that, and why."
    if credit[Part.RESULT] < 1 or not measured:
        return "Put a number on the result, before and after, or say how you would have measured it."
    if not credit[Part.LEARNING]:
        return "End with one sentence on what you have done differently since."
    if not credit[Part.TASK]:
        return "Say in one sentence what you were answerable for."
    if not credit[Part.SITUATION]:
        return "Set the scene in one sentence: when, where, and what was at stake."
    if story.first_words > TOO_LONG:
        return f"Cut it to about 300 words (it has {story.first_words}) and open with a one-sentence headline."
    if have[Part.SITUATION] > SCENE_SHARE:
        return f"Shorten the scene: it takes {have[Part.SITUATION]:.0%} of the words; 15% is enough."
    if "vague" in found:
        return f"Name what is vague in {_quote(found['vague'].span)}."
    if credit[Part.LEARNING] < 1:
        return "Make the lesson specific: what did you do differently the next time?"
    if story.first_words < SHORT_STORY:
        return "Give each step one more detail: what you tried, and why that."
    return "Open with a one-sentence headline: the outcome and your part in it."


def outline(story: Story, table: tuple[Row, ...]) -> tuple[tuple[Part, tuple[Span, ...]], ...]:
    """The candidate's own sentences in STAR order; a part without any is a gap."""
    evidence = {Part(row.id): row.span for row in table}
    told: list[tuple[Part, tuple[Span, ...]]] = []
    for part in Part:
        spans = tuple(said.span for said in story.of(part) if said.real)
        credited = evidence[part]
        told.append((part, spans if spans or credited is None else (credited,)))
    return tuple(told)
