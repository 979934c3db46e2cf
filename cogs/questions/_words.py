"""How questions are shown to those who care for them: as candidates see them, their rubric, drafts and reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from math import isfinite
from typing import Any, cast

import discord

from bot.counting import counted
from bot.rounds.dialogue import Outcome
from bot.rounds.events import Kind as RoundKind
from bot.rounds.events import Mode
from bot.services.cards import FeedbackCard, options_of, prompt_of
from bot.services.drafts import Draft, Fields, Kind, LabResult, checklist, problems
from bot.services.question_drafts import listed
from bot.services.question_parts import source_words, value_of
from cogs._render import feedback_blocks
from cogs._render_code import task_blocks
from cogs._text import escape, shorten
from cogs.questions._parts import whole_blocks
from grader.grade import Grade
from questions.code_task import CodeTask
from questions.expression import fill
from questions.kinds import AnyQuestion
from questions.model import (
    Behavioral,
    CalibrationAnswer,
    FreeText,
    Level,
    MultipleChoice,
    Numeric,
    Part,
    StarAnswer,
)
from questions.taxonomy import taxonomy

MARK = {True: "✓", False: "▢"}
CARD_TEXT = 3850
"""Characters of a card that a question may fill with all that is said about it."""
PART_SHOWN = 110
"""Characters of an entry in an overview."""


def dots(level: int) -> str:
    return "●" * level + "○" * (5 - level)


def details(question: AnyQuestion) -> str:
    """What kind of question it is, in one line."""
    topics = ", ".join(taxonomy().name(topic) for topic in question.topics)
    levels = ", ".join(level.value for level in question.levels)
    return f"{Kind(question.type).words} · {topics} · {levels} · difficulty {dots(question.difficulty.level)}"


def candidate_blocks(question: AnyQuestion) -> list[str]:
    """The question as candidates see it; of a template, one of its draws."""
    if isinstance(question, CodeTask):
        return [f"**{question.title}**", *task_blocks(question)]
    lines = [prompt_of(question, 0)]
    if isinstance(question, MultipleChoice):
        order = [option.id for option in question.options]
        lines += [f"**{line.letter}** · {line.text}" for line in options_of(question, order)]
    return ["\n".join(lines)]


def rubric_blocks(question: AnyQuestion) -> list[str]:
    """What the question counts and says, in short; `whole_blocks` have it all."""
    hints = [f"{number}. {shorten(hint, 160)}" for number, hint in enumerate(question.hints, 1)]
    sources = escape(shorten("; ".join(map(source_words, question.references)), 240))
    rest = [f"**Sources** · {sources}"] if sources else []
    return [*_rubric(question), "\n".join([*rest, "**Hints**", *hints])]


def question_blocks(question: AnyQuestion, room: int) -> tuple[list[str], bool]:
    """A question for those who decide about it, within `room` characters, and whether that is all of it."""
    whole = whole_blocks(question)
    if sum(map(len, whole)) <= room:
        return whole, True
    return [*candidate_blocks(question), *rubric_blocks(question)], False


def _rubric(question: AnyQuestion) -> list[str]:
    match question:
        case FreeText():
            return _free_text(question)
        case MultipleChoice():
            lines = [
                f"{'✓' if option.correct else '✗'} **{option.text}**\n-# {option.why}" for option in question.options
            ]
            return ["\n".join(lines), f"**Remember** · {question.takeaway}"]
        case Numeric():
            return _numeric(question)
        case Behavioral():
            return _story(question)
        case CodeTask():
            return _task(question)


def _free_text(question: FreeText) -> list[str]:
    points = [
        f"- {point.tier.value}, {point.weight} · {shorten(point.claim, 160)} ({len(point.accept.phrases)} wordings)"
        for point in question.key_points
    ]
    wrong = [
        f"- {'fatal' if one.fatal else f'−{one.penalty:g}'} · {shorten(one.claim, 140)} → {shorten(one.why_wrong, 140)}"
        for one in question.misconceptions
    ]
    return [
        "**Key points**\n" + "\n".join(points),
        "**Misconceptions**\n" + "\n".join(wrong),
        f"**Model answer** · {question.model_answer.full}",
        _held_against(question.calibration_answers),
    ]


def _numeric(question: Numeric) -> list[str]:
    tolerance = question.tolerance
    within = f"{100 * tolerance.relative:.3g} %" if tolerance.relative is not None else f"{tolerance.absolute:.3g}"
    params = question.draw(0)
    mistakes = [f"- {_worked_out(one.value, params, question.unit)} · {one.claim}" for one in question.mistakes]
    many = f", {question.variants} different draws" if question.variants > 1 else ""
    return [
        f"**Answer** · {_worked_out(question.answer, params, question.unit)} · within {within}{many}",
        f"**Working** · {fill(question.working, params)}",
        "**Typical mistakes**\n" + "\n".join(mistakes),
        f"**Remember** · {fill(question.takeaway, params)}",
    ]


def _worked_out(formula: object, params: Mapping[str, float], unit: str) -> str:
    """A formula with what it comes to, for example; of a number, the number with its unit."""
    comes_to = value_of(str(formula or ""), params, unit)
    return f"{_formula(formula)} {f'= {escape(comes_to)}' if comes_to else unit}".strip()


def _story(question: Behavioral) -> list[str]:
    look_for = [f"- {part.value}: {shorten(question.look_for[part], 120)}" for part in Part]
    anchors = [f"- {band}: {shorten(text, 120)}" for band, text in sorted(question.anchors.items())]
    return [
        f"**Competency** · {question.competency}",
        "**What to listen for**\n" + "\n".join(look_for),
        "**Anchors**\n" + "\n".join(anchors),
        _held_against(question.calibration_answers),
    ]


def _held_against(answers: Sequence[CalibrationAnswer | StarAnswer]) -> str:
    """The calibration answers with their bands."""
    told = (f"{escape(answer.label)} {' '.join(str(answer.band[level]) for level in Level)}" for answer in answers)
    return f"**Calibration answers** · {', '.join(told)}\n-# bands at junior, mid and senior level"


def _task(question: CodeTask) -> list[str]:
    hidden = sum(len(group.cases) for group in question.hidden) + sum(group.count for group in question.generated)
    wrong = [f"- {one.expect.value.replace('_', ' ')} · {one.why}" for one in question.wrong]
    asked = counted(len(question.followups), "follow-up")
    return [
        f"**Cases** · {len(question.samples)} samples, {hidden} hidden · {asked}",
        "**Wrong solutions that must fail**\n" + "\n".join(wrong),
        f"**How it is done** · {shorten(question.editorial, 500)}",
    ]


def lab_block(result: LabResult | None, *, before: bool = False) -> str:
    """What the lab found, in short. `before`: the question has been changed since."""
    if result is None or (before and not (result.errors or result.warnings)):
        return ""
    if not (result.errors or result.warnings):
        return "**The lab** · ✓ nothing is wrong with it"
    since = " before your last change" if before else ""
    parts = [
        f"**{head}{since}**\n{listed([shorten(line, 260) for line in lines], 5)}"
        for head, lines in (("The lab found mistakes", result.errors), ("The lab has doubts", result.warnings))
        if lines
    ]
    return "\n".join(parts)


def graded_blocks(question: AnyQuestion, grade: Grade, level: Level, variant: int) -> list[str]:
    """The feedback that a candidate would get."""
    order = [option.id for option in question.options] if isinstance(question, MultipleChoice) else []
    card = FeedbackCard(
        round_id=0,
        turn=0,
        kind=RoundKind.BEHAVIORAL if isinstance(question, Behavioral) else RoundKind.QUIZ,
        mode=Mode.PRACTICE,
        level=level,
        number=1,
        total=1,
        topic=taxonomy().name(question.topic),
        question=question,
        outcome=Outcome.ANSWERED,
        grade=grade,
        score=grade.score,
        band=grade.band,
        hidden=False,
        next=False,
        variant=variant,
        options=options_of(question, order),
        next_step=None,
    )
    return feedback_blocks(card)


# Drafts


def draft_blocks(draft: Draft, *, refused: bool = False) -> list[str]:
    """What is there of a draft, and what is still missing; once it was `refused`, only what is to be done about it."""
    blocks = [shorten(escape_lines(draft.prompt), 1500) or "-# Nothing is asked yet."]
    entries = _entries(draft)
    if entries:
        blocks.append("\n".join(entries))
    wrong = problems(draft)
    mistaken = bool(wrong or (draft.lab and draft.lab.errors))
    if lines := _checklist(draft, refused=refused, mistaken=mistaken):
        blocks.append("\n".join(lines))
    if wrong:
        blocks.append(f"**Please mend**\n{listed([shorten(escape(line), 250) for line in wrong], 6)}")
    if lab := lab_block(draft.last_lab, before=draft.lab is None):
        blocks.append(lab)
    return blocks


def _checklist(draft: Draft, *, refused: bool, mistaken: bool) -> list[str]:
    checks = checklist(draft)
    done = [check.text for check in checks if check.done and not check.made]
    todo = [f"{MARK[False]} {check.text}" for check in checks if not check.done]
    if refused:
        return ["**Still to do**", *todo] if todo else []
    head = ["**Still to do**"] if todo else ["**All parts are there**"] if checks and not mistaken else []
    there = ", ".join([*done[:1], *(f"{text[:1].lower()}{text[1:]}" for text in done[1:])])
    lines = [f"-# {MARK[True]} {there}"] if done else []
    return [*head, *lines, *todo, *(f"-# ✎ {check.text}" for check in checks if check.made)]


def _entries(draft: Draft) -> list[str]:
    fields = draft.fields
    lines = [
        f"- {point.get('tier')}, {point.get('weight')} · {_cut(point.get('claim'))}"
        for point in _dicts(fields, "key_points")
    ]
    lines += [f"- ⚠ {_cost(wrong)} · {_cut(wrong.get('claim'))}" for wrong in _dicts(fields, "misconceptions")]
    lines += [
        f"- {'✓' if option.get('correct') else '✗'} **{option.get('id')}** · {_cut(option.get('text'))}"
        for option in _dicts(fields, "options")
    ]
    params, unit = _first_draw(fields), escape(str(fields.get("unit") or ""))
    if fields.get("answer"):
        lines.append(f"- answer: {_worked_out(fields['answer'], params, unit)}")
    lines += [
        f"- ✗ {_worked_out(mistake.get('value'), params, unit)} · {_cut(mistake.get('claim'))}"
        for mistake in _dicts(fields, "mistakes")
    ]
    lines += [
        f"- ⚖ {_cut(answer.get('label'))}: bands {_bands(answer)}" for answer in _dicts(fields, "calibration_answers")
    ]
    return lines


def _first_draw(fields: Fields) -> Mapping[str, float]:
    """The first value of each parameter, as far as numbers were typed."""
    params = cast("Mapping[str, Sequence[object]]", fields.get("params") or {})
    first = {name: values[0] for name, values in params.items() if values}
    return {name: value for name, value in first.items() if isinstance(value, int | float) and isfinite(value)}


def _cost(wrong: Fields) -> str:
    return "fatal" if wrong.get("fatal") else f"−{wrong.get('penalty', 0):g}"


def _bands(answer: Fields) -> str:
    band = cast("dict[str, Any]", answer.get("band") or {})
    return " ".join(escape(str(band.get(level.value, "?"))) for level in Level)


def _dicts(fields: Fields, name: str) -> Sequence[Fields]:
    return cast("list[Fields]", fields.get(name) or [])


def _formula(value: object) -> str:
    return f"`{shorten(' '.join(str(value or '').split()), PART_SHOWN).replace('`', '’')}`"


def _cut(value: object) -> str:
    return escape(shorten(" ".join(str(value or "").split()), PART_SHOWN))


def escape_lines(text: str) -> str:
    """A person's words with their line breaks, without formatting."""
    return "\n".join(escape(line) for line in text.splitlines())


def person(user_id: int | None) -> str:
    return f"<@{user_id}>" if user_id is not None else "somebody who is gone"


def as_file(text: str, name: str) -> discord.File:
    return discord.File(BytesIO(text.encode()), name)


def file_name(question_id: str, text: str) -> str:
    return f"{question_id}{'.md' if text.startswith('---') else '.yaml'}"
