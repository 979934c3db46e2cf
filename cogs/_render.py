"""Cards as Discord messages (Components V2). The only place that knows how a round looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import discord
from discord import ui

from bot.counting import counted
from bot.rounds.dialogue import Outcome
from bot.rounds.events import Kind, Mode
from bot.services.cards import (
    BAND_NAMES,
    AskCard,
    ExpandCard,
    FeedbackCard,
    OptionLine,
    SummaryCard,
)
from bot.services.code_cards import TaskCard, VerdictCard
from bot.services.code_report import CodeReport
from bot.services.group_cards import FinalCard, GroupAskCard, LobbyCard, RevealCard
from bot.services.pair_cards import GatherCard, PairAskCard, PairSummaryCard, ProposalCard, RateCard
from bot.services.posting import AnyCard
from bot.store.rounds import Surface
from cogs._answers import in_short
from cogs._components import rating_select, round_button
from cogs._layout import BANDS, FOLLOW_UP, NEUTRAL, QUIET, layout
from cogs._render_code import report_blocks, task_view, verdict_view
from cogs._render_group import group_view
from cogs._render_pair import pair_view
from cogs._text import escape, percent, quote, shorten
from cogs.appeals import appeal_button
from grader.grade import UNSCORED, Dimension, Finding, Gate, Grade, Row, Verdict
from questions.expression import fill
from questions.model import FreeText, Level, MultipleChoice, Numeric, Part, Tier

UNDECIDED = (
    "I could not judge half of what counts: this question knows few ways to say it so far. "
    "So it counts neither for you nor against you. Compare with the points yourself."
)
MARKS = {
    Verdict.HIT: "✓",
    Verdict.HALF: "½",
    Verdict.MISSED: "✗",
    Verdict.CONTRADICTED: "✗",
    Verdict.NOT_JUDGED: "?",
}
PART_NAMES = {
    Part.SITUATION: "Situation",
    Part.TASK: "Task",
    Part.ACTION: "Action",
    Part.RESULT: "Result",
    Part.LEARNING: "Learning",
}
ENDED = {
    Outcome.ANSWERED: "✓ Answered",
    Outcome.SKIPPED: "Skipped",
    Outcome.GAVE_UP: "The answer was shown",
    Outcome.TIMED_OUT: "Time was up",
    Outcome.STOPPED: "Stopped here",
}


def render(card: AnyCard) -> ui.LayoutView:
    """The message of a card."""
    match card:
        case LobbyCard() | GroupAskCard() | RevealCard() | FinalCard():
            return group_view(card)
        case ProposalCard() | GatherCard() | PairAskCard() | RateCard() | PairSummaryCard():
            return pair_view(card)
        case AskCard():
            return _ask(card)
        case TaskCard():
            return task_view(card)
        case ExpandCard():
            return _expand(card)
        case VerdictCard():
            return verdict_view(card)
        case FeedbackCard():
            return _feedback(card)
        case SummaryCard():
            return _summary(card)
        case _:
            assert_never(card)


# Questions


def _ask(card: AskCard) -> ui.LayoutView:
    blocks = _followup_blocks(card) if card.followup is not None else _question_blocks(card)
    if card.hints:
        blocks.append("\n".join(f"💡 **Hint {i + 1}** · {hint}" for i, hint in enumerate(card.hints)))
    if card.outcome is not None:
        blocks.append(f"-# {ENDED[card.outcome]}")
        return layout(blocks, accent=QUIET)
    if card.reading:
        blocks.append("-# ⏳ Reading your answer…")
        return layout(blocks, accent=QUIET)
    blocks.append(_how_to_answer(card))
    return layout(blocks, _ask_buttons(card), accent=NEUTRAL if card.followup is None else FOLLOW_UP)


def _question_blocks(card: AskCard) -> list[str]:
    story = card.kind is Kind.BEHAVIORAL
    what = "Your story" if story and card.total == 1 else f"Question {card.number} of {card.total}"
    stars = "●" * card.difficulty + "○" * (5 - card.difficulty)
    details = [f"{card.level.value} level", f"difficulty {stars}"]
    if card.mode is Mode.EXAM:
        details.append("exam")
    head = f"### {what} · {card.topic}\n-# {' · '.join(details)}"
    blocks = [head, f"{card.prompt}{_time(card)}"]
    if card.options:
        blocks.append("\n".join(_option_line(card, o.letter, o.id, o.text) for o in card.options))
    return blocks


def _option_line(card: AskCard, letter: str, key: str, text: str) -> str:
    mark = "  ← your choice" if card.chosen == key else ""
    return f"**{letter}** · {text}{mark}"


def _followup_blocks(card: AskCard) -> list[str]:
    head = f"### Follow-up {card.followup_number} · {card.topic}"
    blocks = [head]
    if card.so_far is not None and card.kind is Kind.QUIZ:
        earned = [row for row in card.so_far.rows if row.credit > 0 and row.span is not None]
        score = "" if card.so_far.gate in UNSCORED else f" **{percent(card.so_far.score)}**"
        lines = [f"So far{score}. What you have made clear:"] if earned else []
        lines += [_earned(row) for row in earned[:5]]
        if not earned:
            lines = ["Nothing I can give points for yet. Let me ask it differently."]
        blocks.append("\n".join(lines))
    blocks.append(f"**{escape(card.followup or '')}**{_time(card)}")
    return blocks


def _earned(row: Row) -> str:
    words = quote(row.span.text, 110) if row.span else ""
    return f"{MARKS[row.verdict]} {words}"


def _time(card: AskCard) -> str:
    if card.deadline is None or card.outcome is not None:
        return ""
    return f"\n-# ⏱ Time ends <t:{int(card.deadline.timestamp())}:R>"


def _how_to_answer(card: AskCard) -> str:
    if card.options and card.followup is None:
        return "-# Press a letter. Your first choice counts."
    if card.surface is Surface.INTERACTION:
        return "-# Press **Answer** to write your answer in a form."
    typed = "reply to this message" if card.in_server else "just type here"
    story = card.kind is Kind.BEHAVIORAL
    told = "your story" if story and card.followup is None else "your answer"
    what = "your number" if card.unit is not None else told
    unit = f" (in {card.unit})" if card.unit else ""
    length = " A real one of yours, 150 to 300 words." if story and card.followup is None else ""
    return f"-# Press **Answer**, or {typed} with {what}{unit}.{length}"


def _ask_buttons(card: AskCard) -> list[list[ui.Item[Any]]]:
    def button(label: str, action: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary) -> ui.Item[Any]:
        return round_button(card.round_id, card.turn, action, label, style)

    primary = discord.ButtonStyle.primary
    first: list[ui.Item[Any]] = []
    if card.options and card.followup is None:
        first = [button(option.letter, f"choose-{option.id}", primary) for option in card.options]
        second: list[ui.Item[Any]] = []
    else:
        second = [button("Answer", "answer", primary)]
    if card.next_hint is not None:
        second.append(button(f"Hint {len(card.hints) + 1} ({card.next_hint})", "hint"))
    second.append(button("Skip" if card.followup is None else "Skip follow-up", "skip"))
    if card.mode is Mode.PRACTICE and card.followup is None and card.kind is Kind.QUIZ:
        second.append(button("Show answer (0 points)", "show"))
    third = [button("Stop round", "stop"), button("🚩 Report question", "report")]
    if card.surface is Surface.INTERACTION:
        third.append(button("Continue in DM", "dm"))
    return [first, second, third]


def _expand(card: ExpandCard) -> ui.LayoutView:
    if card.gate is Gate.UNREADABLE:
        text = "I found no number in that answer. Send it again with the number alone, such as `0.25`."
    elif card.gate is Gate.LANGUAGE:
        text = "I can only read English. Send it again in English, or leave it: it then does not count."
    elif card.gate is Gate.EMPTY:
        text = "There was nothing to read in that answer."
    else:
        count = "one word" if card.words == 1 else f"{card.words} words"
        more = "**why**, and **when it fails**"
        if card.kind is Kind.BEHAVIORAL:
            more = "what happened, what **you** did, and how it ended"
        text = f"That was {count}. An interviewer would wait for more: say {more}. Add to it, or leave it as it is."
    if not card.open:
        return layout([text, "-# ✓ Done"], accent=QUIET)
    rows = [
        [
            round_button(card.round_id, card.turn, "edit", "Edit my answer", discord.ButtonStyle.primary),
            round_button(card.round_id, card.turn, "asis", "Leave it as it is"),
        ]
    ]
    return layout([text], rows, accent=FOLLOW_UP)


# Feedback


def _feedback(card: FeedbackCard) -> ui.LayoutView:
    rows = _feedback_buttons(card)
    if card.hidden:
        said = "Your answer is recorded." if card.grade else f"{ENDED[card.outcome]}."
        return layout([f"### Question {card.number} of {card.total}\n{said} Scores come at the end of the exam."], rows)
    files: list[ui.Item[Any]] = [ui.File(f"attachment://{file.name}") for file in card.files]
    return layout([*feedback_blocks(card), *files], rows, accent=BANDS[card.band] if card.score is not None else QUIET)


def feedback_blocks(card: FeedbackCard) -> list[str]:
    """What was found in the answers to one question, as blocks of text."""
    blocks = [_feedback_head(card)]
    if card.code is not None:
        return blocks + _code_blocks(card, card.code)
    grade = card.grade
    if grade is not None and grade.gate is Gate.LANGUAGE:
        blocks.append("I can only judge English answers, so this question does not count.")
        return blocks
    undecided = grade is not None and grade.gate is Gate.UNDECIDED
    if undecided:
        blocks.append(UNDECIDED)
    if card.score is None and not undecided:
        blocks.append(
            "My grader failed on this answer. That is my fault: the answer is kept in your history, "
            "and this question does not count."
        )
    elif grade is None or card.outcome is Outcome.GAVE_UP:
        blocks.append(_unanswered(card))
    elif grade.star is not None:
        blocks += _story_blocks(grade)
    elif isinstance(card.question, MultipleChoice):
        blocks += _choice_blocks(card.question, card.options, grade)
    elif isinstance(card.question, Numeric):
        blocks += _number_blocks(card, grade)
    else:
        blocks += _rubric_blocks(grade, card.level, exam=card.mode is Mode.EXAM)
    if grade is not None and grade.notes:
        blocks.append("\n".join(f"-# {note}" for note in grade.notes))
    if card.next_step and card.mode is Mode.PRACTICE and card.score is not None and card.kind is Kind.QUIZ:
        if isinstance(card.question, MultipleChoice | Numeric):
            return blocks
        blocks.append(f"**Next step** · Be ready for this one: *{card.next_step}*")
    return blocks


def _code_blocks(card: FeedbackCard, report: CodeReport) -> list[str]:
    exam = card.mode is Mode.EXAM
    rubric = [
        "\n".join(_rubric_blocks(asked.grade, card.level, exam=exam)) if asked.grade else ""
        for asked in report.followups
    ]
    blocks = report_blocks(report, card.outcome, exam=exam, rubric=rubric)
    if card.score is None:
        blocks.append("The judge failed on what you sent. That is my fault, and this task does not count.")
    elif card.next_step and not exam:
        blocks.append(f"**Next step** · Be ready for this one: *{card.next_step}*")
    return blocks


def _feedback_head(card: FeedbackCard) -> str:
    if card.kind is Kind.BEHAVIORAL:
        what = "Interviewer's sheet" if card.total == 1 else f"Interviewer's sheet {card.number}"
    else:
        what = f"Feedback {card.number} of {card.total}"
    if card.score is None:
        return f"### {what} · not scored"
    limits = " · how the story is told; whether it fits is for you to judge" if card.kind is Kind.BEHAVIORAL else ""
    return f"### {what} · {percent(card.score)} · {BAND_NAMES[card.band]} ({card.band} of 4)\n-# {card.topic}{limits}"


def _unanswered(card: FeedbackCard) -> str:
    why = {
        Outcome.SKIPPED: "You skipped this one.",
        Outcome.GAVE_UP: "You asked to see the answer, so this one earns nothing. It is worth meeting again.",
        Outcome.TIMED_OUT: "Time was up before an answer came.",
        Outcome.STOPPED: "The round was stopped here.",
        Outcome.ANSWERED: "There was nothing to grade.",
    }[card.outcome]
    return f"{why}\n{in_short(card.question, card.variant)}" if card.mode is Mode.PRACTICE else why


def _rubric_blocks(grade: Grade, level: Level, *, exam: bool) -> list[str]:
    expected = [row for row in grade.rows if _expected(row, level)]
    beyond = [row for row in grade.rows if not _expected(row, level)]
    shown = [row for row in expected if row.credit > 0] if exam else expected
    lines = [_row(row) for row in shown]
    if exam and (missed := len(expected) - len(shown)):
        lines.append(f"-# {counted(missed, 'expected point')} not made")
    # Each point with its quotation stands by itself; nothing else shows which words belong to which claim.
    blocks = ["\n\n".join(lines)]
    extra = [_row(row) for row in beyond if row.credit > 0]
    if extra:
        blocks.append("**Beyond your level** (a small bonus)\n" + "\n\n".join(extra))
    if grade.findings:
        blocks.append("\n".join(_finding(found) for found in grade.findings))
    return blocks


def _expected(row: Row, level: Level) -> bool:
    return row.tier is Tier.CORE or level is Level.SENIOR or (level is Level.MID and row.tier is Tier.DEPTH)


def _row(row: Row) -> str:
    worth = f" (×{row.factor:g})" if row.credit > 0 and row.factor < 1 else ""
    line = f"{MARKS[row.verdict]} {row.claim}{worth}"
    if row.span is not None:
        line += f"\n-# {quote(row.span.text)}"
    if row.reason:
        line += f"\n-# {escape(row.reason)}"
    return line


def _finding(found: Finding) -> str:
    mark = "Corrected later" if found.corrected else "⚠️ Not so"
    return f"**{mark}** · {quote(found.span.text)}\n{found.why_wrong}"


def _choice_blocks(question: MultipleChoice, shown: Sequence[OptionLine], grade: Grade) -> list[str]:
    chosen = grade.choice.chosen if grade.choice else ""
    options = {option.id: option for option in question.options}
    lines: list[str] = []
    for line in shown:
        option = options[line.id]
        if option.correct:
            mark = "✓"
        elif option.id == chosen:
            mark = "✗"
        else:
            mark = "·"
        yours = " ← your choice" if option.id == chosen else ""
        lines.append(f"{mark} **{line.letter}** · **{option.text}**{yours}\n-# {option.why}")
    return ["\n".join(lines), f"**Remember** · {question.takeaway}"]


def _number_blocks(card: FeedbackCard, grade: Grade) -> list[str]:
    question, report = card.question, grade.number
    assert isinstance(question, Numeric)
    params = question.draw(card.variant)
    if report is None or report.read is None:
        head = "I read no number in your answer."
    elif grade.score > 0:
        head = f"✓ You wrote **{report.read:g}**; the value is **{report.shown}**."
    else:
        head = f"✗ You wrote **{report.read:g}**; the value is **{report.shown}**."
    if report is not None and report.slip:
        head += f"\n⚠️ {report.slip}"
    working, takeaway = fill(question.working, params), fill(question.takeaway, params)
    return [head, f"**Working** · {working}", f"**Remember** · {takeaway}"]


def _story_blocks(grade: Grade) -> list[str]:
    star = grade.star
    assert star is not None
    parts = {row.id: row for row in grade.rows}
    lines: list[str] = []
    for part in Part:
        row = parts.get(part.value)
        if row is None:
            continue
        words = f" · {quote(row.span.text, 120)}" if row.span else " · not told"
        lines.append(f"{MARKS[row.verdict]} **{PART_NAMES[part]}**{words}")
    blocks = ["\n".join(lines)]
    blocks.append("\n".join(_dimension(dimension) for dimension in star.dimensions))
    if grade.findings:
        blocks.append("\n".join(_finding(found) for found in grade.findings))
    # These quote the story.
    blocks.append(f"**Keep** · {escape(star.keep)}\n**Change** · {escape(star.change)}")
    return blocks


def _dimension(dimension: Dimension) -> str:
    parts = [f"**{dimension.title}**"]
    if dimension.band is not None:
        parts.append(f"{dimension.band} of 4")
    if dimension.note:
        parts.append(escape(dimension.note))
    return " · ".join(parts)


def _feedback_buttons(card: FeedbackCard) -> list[list[ui.Item[Any]]]:
    row: list[ui.Item[Any]] = []
    if card.next:
        label = f"Next question ({card.number + 1} of {card.total})"
        row.append(round_button(card.round_id, card.turn, "next", label, discord.ButtonStyle.primary))
    told = isinstance(card.question, MultipleChoice | Numeric)  # their feedback is the model answer
    if not card.hidden and not told:
        row.append(round_button(card.round_id, card.turn, "model", "Model answer"))
    if card.next:
        row.append(round_button(card.round_id, card.turn, "stop", "Stop round"))
    if card.kind is Kind.QUIZ and not card.hidden and _missed_something(card):
        row.append(appeal_button("dialogue", card.round_id, card.number - 1))
    # Not "report": each kind of message of a turn needs a custom_id that no other has.
    row.append(round_button(card.round_id, card.turn, "flag", "🚩 Report question"))
    return [row]


def _missed_something(card: FeedbackCard) -> bool:
    """Whether the candidate could say that a point was made which was not counted in full."""
    return isinstance(card.question, FreeText) and card.grade is not None and any(r.credit < 1 for r in card.grade.rows)


# The end


def _summary(card: SummaryCard) -> ui.LayoutView:
    again = {Kind.BEHAVIORAL: "Tell another story", Kind.CODE: "Another task like this"}.get(
        card.kind, "Another round like this"
    )
    row: list[ui.Item[Any]] = [
        round_button(card.round_id, card.turn, "again", again, discord.ButtonStyle.primary),
        round_button(card.round_id, card.turn, "read", "Reread this round"),
    ]
    rows: list[list[ui.Item[Any]]] = [row]
    if card.anchors and card.score is not None:
        rows.insert(0, [rating_select(card.round_id, card.turn, card.self_rating)])
    accent = BANDS[card.band] if card.score is not None else QUIET
    return layout(summary_blocks(card), rows, accent=accent)


def summary_blocks(card: SummaryCard) -> list[str]:
    """The end of a round as blocks of text."""
    what = {Kind.BEHAVIORAL: "Behavioral round", Kind.CODE: "Code round"}.get(card.kind, "Quiz")
    over = "stopped" if card.stopped else "finished"
    if card.score is None:
        return [f"## {what} {over}\nNothing was scored. What you sent is kept in **/history**."]
    verdict = f"**{percent(card.score)}** · {BAND_NAMES[card.band]}"
    blocks = [f"## {what} {over}\n{verdict}"]
    if card.kind is not Kind.BEHAVIORAL:
        blocks.append("\n".join(_summary_line(card)))
    if card.story is not None and card.story.star is not None:
        blocks += _outline(card)
        return blocks
    if card.moments:
        best = [f"> {quote(moment.quote)}\n-# {moment.claim}" for moment in card.moments]
        blocks.append("**Best moments**\n" + "\n".join(best))
    if card.gaps and card.mode is Mode.PRACTICE:
        gaps = [f"{i + 1}. {gap.claim}\n-# Shown by: *{shorten(gap.probe, 200)}*" for i, gap in enumerate(card.gaps)]
        blocks.append("**Top gaps**\n" + "\n".join(gaps))
    elif card.gaps:
        # An exam keeps its key points: the questions that found the gaps are told, not the answers.
        asked = dict.fromkeys(shorten(gap.probe, 240) for gap in card.gaps)
        gaps = [f"{number}. *{probe}*" for number, probe in enumerate(asked, 1)]
        blocks.append("**Top gaps**: be ready for\n" + "\n".join(gaps))
    if card.review:
        topics = ", ".join(f"**{name}**" for name in card.review[:4])
        blocks.append(f"**To review**: {topics}. What you missed comes back with **/review** before it fades.")
    else:
        blocks.append("Nothing scored below 60%. Try a higher level or another topic next.")
    return blocks


def _summary_line(card: SummaryCard) -> list[str]:
    lines: list[str] = []
    for line in card.lines:
        if line.outcome is None:
            lines.append(f"{line.number}. {line.topic} · not asked")
            continue
        score = percent(line.score) if line.score is not None else "not scored"
        extras = [counted(line.submissions, "submission")] if line.submissions else []
        extras += [ENDED[line.outcome].lower()] if line.outcome is not Outcome.ANSWERED else []
        if line.hints:
            extras.append(counted(line.hints, "hint"))
        if line.followups:
            extras.append(counted(line.followups, "follow-up"))
        first = shorten(" ".join(line.prompt.split()), 110)
        tail = f" ({', '.join(extras)})" if extras else ""
        lines.append(f"{line.number}. **{score}** · {line.topic}{tail}\n-# {first}")
    return lines


def _outline(card: SummaryCard) -> list[str]:
    assert card.story is not None
    assert card.story.star is not None
    lines: list[str] = []
    for part, spans in card.story.star.outline:
        if not spans:
            lines.append(f"**{PART_NAMES[part]}** · ▢ *a gap: add this*")
            continue
        told = " … ".join(escape(shorten(span.text, 220)) for span in spans[:3])
        lines.append(f"**{PART_NAMES[part]}** · {told}")
    anchors = [f"**{number}** · {text}" for number, text in enumerate(card.anchors, start=1)]
    scope = f"-# At {card.level.value} level the story is expected to be about: {card.scope}" if card.scope else ""
    rated = f"\nYou rated yourself **{card.self_rating} of 4**." if card.self_rating else ""
    return [
        "**Your story, in order** (your own sentences)\n" + "\n".join(lines),
        "**Did you show the competency?** I cannot judge that offline; read the anchors and rate yourself.\n"
        + "\n".join(anchors)
        + (f"\n{scope}" if scope else "")
        + rated,
    ]
