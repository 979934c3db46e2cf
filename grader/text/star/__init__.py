"""Behavioral answers: which parts of a story are there, whose steps it tells, and what to ask next.

The theory. A story has five parts: situation, task, action, result, learning (STAR and L). An interviewer hears
them sentence by sentence, in roughly that order, and asks for the one that is missing. So:

1. Every turn is cut into pieces (`_sentences`): sentences, bullets, and the clauses of run-on sentences that
   belong to different parts. A piece is an exact slice of what was typed.
2. Every piece gets features by name (`_features`): cue lexicons, words and pairs of words, who acts (`_verbs`), tense,
   numbers. One linear model says how likely each label is by the wording alone; a second one adds what the
   neighbours say, the place in the story, a heading above it, the follow-up it answers (`_labels`). Viterbi picks the
   sequence (result first is allowed), forward and backward sums give confidences. `bench.train_star` learned the
   weights from labelled stories; `bench.star` measures them on other people's.
3. Rules over the labels (`_parts`) give each part 0, ½ or 1, with the sentence that earned it; negatives are
   taken off; gates cap the band, more strictly for mid and senior. No span, no credit.
4. `_probes` asks for what is missing, in the candidate's words; `_sheet` fills in the interviewer's sheet.

What a rule cannot judge (whether a competency was shown well) is left to the candidate and the anchors.
"""

from __future__ import annotations

from typing import TypedDict

from grader.grade import Context, Gate, Grade, StarReport
from grader.text import star_cues as cues
from grader.text.star._model import Model, stored_model
from grader.text.star._parts import (
    band,
    findings,
    is_quantified,
    match_signal,
    ownership,
    rows,
    score,
    settle,
    teller,
)
from grader.text.star._probes import PROBE_ORDER, probes
from grader.text.star._sentences import MAX_CHARACTERS, WORD, fold
from grader.text.star._sheet import change, dimensions, keep, outline, sheet_mean
from grader.text.star._story import Story, is_english, shares, tell
from questions.model import Behavioral, Part

__all__ = ["Summary", "analyse", "grade_story", "sheet_mean", "summary"]

SHORT_WORDS = 12
DONT_KNOW_WORDS = 14
COPIED_SHARE = 0.9
"""Of the words: from here an answer is the question, or the model answer, repeated."""
COPIED_RUN = 5


def analyse(answer: str, model: Model | None = None) -> Grade:
    """The analysis of a story told without a question."""
    return grade_story(answer, None, model=model)


def grade_story(
    answer: str,
    question: Behavioral | None,
    context: Context = Context(),  # noqa: B008 - frozen
    model: Model | None = None,
) -> Grade:
    """The grade of a behavioral answer over all its turns, with a report on the story."""
    return _graded(tell(answer, context, model or stored_model()), question, context)


def _graded(story: Story, question: Behavioral | None, context: Context) -> Grade:
    gate = _gate(story, question, context)
    if gate in _UNGRADED:
        # Its words are shown, but it has no parts.
        story = Story(story.turns, story.folded, (), story.words, story.first_words, story.asked)
    table = rows(story, question)
    story = settle(story, table)
    negatives = findings(story, question)
    owned = ownership(story)
    value = score(table, negatives)
    measured = any(said.reading.numbers for said in story.of(Part.RESULT)) or any(
        "own-outcome" in said.has for said in story.of(Part.ACTION)
    )
    result, caps = band(value, table, negatives, owned, context.level, measured=measured)
    credit = {row.id: row.credit for row in table}
    share = owned.share
    report = StarReport(
        sentences=tuple(said.sentence for said in story.said),
        missing=tuple(part for part in PROBE_ORDER if not credit[part]),
        shares=shares(story.said),
        ownership=None if share is None else round(share, 4),
        dimensions=dimensions(story, question, table, negatives, owned, context.level),
        keep=keep(story, table),
        change=change(story, table, negatives, owned),
        outline=outline(story, table),
    )
    return Grade(
        score=value,
        band=result,
        rows=table,
        findings=negatives,
        probes=() if gate in _UNGRADED else probes(story, question, table, owned),
        confidence=_confidence(story),
        gate=gate,
        notes=(*_notes(story, question, gate), *caps),
        star=report,
    )


class LabelledSentence(TypedDict):
    text: str
    label: str
    """"S", "T", "A", "R", "L" or "none"."""
    confidence: float


class Summary(TypedDict):
    """What a story has and has not, in letters."""

    sentences: list[LabelledSentence]
    missing: list[str]
    """In the order in which to ask."""
    ownership: str
    """"I", "we", "mixed" or "none": whose actions are told."""
    quantified: bool
    """The result holds a figure."""
    shares: dict[str, float]
    """Share of the words, 0–1, by letter."""
    findings: list[str]
    """The negatives, such as "hypothetical", "we-only", "blames" and "vague"."""
    change: str
    """The one change that would help most."""


def summary(answer: str, model: Model | None = None) -> Summary:
    """The analysis of a story in a few words, for the command line."""
    story = tell(answer, Context(), model or stored_model())
    grade = _graded(story, None, Context())
    report = grade.star
    assert report is not None
    return Summary(
        sentences=[
            LabelledSentence(text=s.span.text, label=_letter(s.part), confidence=s.confidence) for s in report.sentences
        ],
        missing=[_letter(part) for part in report.missing],
        ownership=teller(story),
        quantified=is_quantified(story),
        shares={_letter(part): round(share, 3) for part, share in report.shares.items()},
        findings=[finding.id for finding in grade.findings],
        change=report.change,
    )


def _letter(part: Part | None) -> str:
    return part.value[0].upper() if part else "none"


_UNGRADED = frozenset({Gate.EMPTY, Gate.DONT_KNOW, Gate.LANGUAGE, Gate.COPY, Gate.MODEL_ANSWER})
_GATE_NOTES = {
    Gate.EMPTY: "There is nothing to grade yet.",
    Gate.DONT_KNOW: "No story comes to mind? A small one will do: a course project, a bug, a talk with a team mate.",
    Gate.SHORT: "That is very short. Tell it in a few sentences: the scene, what you did, how it ended.",
    Gate.LANGUAGE: "This does not look like English, and only English can be graded. Please tell it in English.",
    Gate.COPY: "This repeats the question. Tell an event of your own.",
    Gate.MODEL_ANSWER: "This is the model answer word for word. Tell an event of your own.",
}


def _gate(story: Story, question: Behavioral | None, context: Context) -> Gate | None:
    whole = " ".join(story.folded)
    if not story.words:
        return Gate.EMPTY
    if all(_declines(flat) for flat in story.folded):
        return Gate.DONT_KNOW
    if not is_english(whole):
        return Gate.LANGUAGE
    if question is not None:
        if _copies(whole, fold(question.prompt)):
            return Gate.COPY
        if context.seen_model_answer and _copies(whole, fold(question.model_answer.full)):
            return Gate.MODEL_ANSWER
    return Gate.SHORT if story.words < SHORT_WORDS else None


def _declines(flat: str) -> bool:
    words = WORD.findall(flat)
    return all(word in cues.REFUSAL for word in words) or (
        len(words) <= DONT_KNOW_WORDS and cues.DONT_KNOW.search(flat) is not None
    )


def _copies(text: str, source: str) -> bool:
    """Whether nearly all runs of words in `text` stand in `source`."""
    words, known = WORD.findall(text), WORD.findall(source)
    if len(words) < 2 * COPIED_RUN:
        return False
    runs = {tuple(known[i : i + COPIED_RUN]) for i in range(len(known) - COPIED_RUN + 1)}
    mine = [tuple(words[i : i + COPIED_RUN]) for i in range(len(words) - COPIED_RUN + 1)]
    return sum(run in runs for run in mine) >= COPIED_SHARE * len(mine)


def _confidence(story: Story) -> float:
    """How sure the labels are, by words."""
    total = sum(said.reading.words for said in story.said)
    if not total:
        return 1.0
    return round(sum(said.confidence * said.reading.words for said in story.said) / total, 4)


def _notes(story: Story, question: Behavioral | None, gate: Gate | None) -> tuple[str, ...]:
    notes = [_GATE_NOTES[gate]] if gate else []
    if any(cues.INSTRUCTION.search(flat) for flat in story.folded):
        notes.append("Part of the text speaks to the grader. It is read as text like any other and earns nothing.")
    if any(len(turn) > MAX_CHARACTERS for turn in story.turns):
        notes.append(f"Only the first {MAX_CHARACTERS:,} characters of a message are read.")
    if question is not None and gate not in _UNGRADED:
        notes += [
            f'An interviewer would note in your favor: {positive.claim} ("{span.text}")'
            for positive in question.positives
            if (span := match_signal(story, positive))
        ]
    return tuple(notes)
