"""Peer interviews as messages: proposal, meeting, question, rating, end; and what one of the two sees alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, assert_never

import discord
from discord import ui

from bot.counting import counted
from bot.rounds.calibration import Calibration
from bot.rounds.events import Kind
from bot.rounds.pair import End, Outcome, Phase
from bot.rounds.pair_events import CandidateSheet, InterviewerSheet
from bot.services.cards import BAND_NAMES
from bot.services.pair_cards import (
    CandidateReport,
    GatherCard,
    Guide,
    InterviewerReport,
    PairAskCard,
    PairCard,
    PairSummaryCard,
    PointLine,
    ProposalCard,
    RateCard,
)
from cogs._components import round_button, round_select
from cogs._layout import BANDS, FOLLOW_UP, NEUTRAL, QUIET, layout
from cogs._text import escape, percent, quote, shorten
from grader.grade import Gate, Row, Verdict

ENGINE = "pair"
PRIMARY, SUCCESS, DANGER = discord.ButtonStyle.primary, discord.ButtonStyle.success, discord.ButtonStyle.danger
NOUNS = {Kind.QUIZ: "machine-learning questions", Kind.BEHAVIORAL: "behavioral questions"}
MARKS = {1: "not yet", 2: "in part", 3: "well", 4: "very well"}
"""What the marks 1-4 mean in the ratings of people by people."""
OF_CANDIDATE = {"correctness": "Correctness", "depth": "Depth", "communication": "Communication"}
OF_INTERVIEWER = {"clarity": "Clear questions", "help": "Hints and follow-ups", "pace": "Pace"}
"""What is rated: the names of the fields, and how they read."""
SIGNS = {
    Verdict.HIT: "✓",
    Verdict.HALF: "½",
    Verdict.MISSED: "✗",
    Verdict.CONTRADICTED: "✗",
    Verdict.NOT_JUDGED: "?",
}
OPTIONS = 25
"""How many options a list may have."""
ENDED = {
    Outcome.CLOSED: "✓ Ended by the interviewer",
    Outcome.TIMED_OUT: "Time was up",
    Outcome.STOPPED: "Stopped here",
}


def pair_view(card: PairCard) -> ui.LayoutView:
    """The message of a peer interview's card."""
    match card:
        case ProposalCard():
            return _proposal(card)
        case GatherCard():
            return _gather(card)
        case PairAskCard():
            return _ask(card)
        case RateCard():
            return _rate(card)
        case PairSummaryCard():
            return _summary(card)
        case _:
            assert_never(card)


def moment(at: datetime, style: str = "F") -> str:
    """A moment that Discord shows everybody in their own time."""
    return f"<t:{int(at.timestamp())}:{style}>"


# The proposal


def _proposal(card: ProposalCard) -> ui.LayoutView:
    head = f"### Peer interview · {NOUNS[card.kind]} · {card.level.value} level\n{_who_asks(card)}"
    second = card.partner if card.first == card.owner else card.owner
    how = (
        f"-# <@{card.first}> interviews <@{second}> for {card.minutes} minutes, then you swap. I bring the questions, "
        "and the interviewer gets the rubric, hints and follow-ups."
    )
    when = f"🕒 **{moment(card.when)}** · {moment(card.when, 'R')}\n-# Each of you sees this in your own time."
    button = _buttons(card.round_id, card.turn)
    if card.end is not None:
        return layout([head, f"🕒 {moment(card.when)}\n{_ended(card)}"], accent=QUIET)
    if card.phase is Phase.PROPOSED:
        row = [
            button("That suits me", f"accept-{int(card.when.timestamp())}", SUCCESS),
            button("Another time", "time"),
            button("No, thanks", "decline"),
            button("Withdraw", "withdraw"),
        ]
        return layout([head, f"{when}\n{_waits(card)}", how], [row])
    row = [button("I cannot come", "withdraw")]
    if card.phase is Phase.AGREED:
        soon = "✓ **Agreed.** A quarter of an hour before I call you both together."
        return layout([head, f"{when}\n{soon}", how], [row], accent=BANDS[4])
    where = f"in <#{card.room}>" if card.room is not None else "below"
    rows = [row] if card.phase is Phase.GATHERING else []
    return layout([head, f"{when}\n✓ You meet {where}."], rows, accent=BANDS[4])


def _who_asks(card: ProposalCard) -> str:
    if not card.found:
        return f"**<@{card.owner}> asks <@{card.partner}> for a peer interview.**"
    return f"**<@{card.owner}> and <@{card.partner}>, I found you a partner: each other.**"


def _waits(card: ProposalCard) -> str:
    if card.awaiting is None:
        return "This is the first hour that you both have. Does it suit you? I wait for both of you."
    if card.found:
        agreed = card.owner if card.awaiting == card.partner else card.partner
        return f"✓ It suits <@{agreed}>. I wait for <@{card.awaiting}>."
    if card.awaiting == card.owner:
        return f"<@{card.partner}> suggests this time instead. I wait for <@{card.owner}>."
    return f"I wait for <@{card.awaiting}>."


def _ended(card: ProposalCard | GatherCard) -> str:
    """How it ended, in a sentence."""
    found = isinstance(card, ProposalCard) and card.found
    match card.end:
        case End.DECLINED if found:
            going = "I go on looking for both of you; **/mock stop-finding** ends that."
            return f"It does not suit <@{card.ended_by}>. {going}"
        case End.DECLINED:
            return f"<@{card.ended_by}> declined. **/mock pair** asks somebody else, **/mock find** finds somebody."
        case End.CANCELLED:
            return f"<@{card.ended_by}> called it off. **/mock {'find' if found else 'pair'}** finds another time."
        case End.EXPIRED if found:
            return "It did not come about in time. I go on looking for whoever replied; **/mock find** begins anew."
        case End.EXPIRED:
            return "It did not come about: nobody replied in time, or I was away. **/mock pair** finds another time."
        case End.NO_SHOW:
            who = " and ".join(f"<@{person}>" for person in card.missing)
            return f"{who} did not come. That happens; **/mock pair** finds another time."
        case End.NOT_DRAWN:
            return "I had no two questions for you: my fault. Try another level or kind with **/mock pair**."
        case End.STOPPED | End.COMPLETE | None:
            return "✓ It was held."
        case _:
            assert_never(card.end)


# The meeting


def _gather(card: GatherCard) -> ui.LayoutView:
    button = _buttons(card.round_id, card.turn)
    one, another = card.people
    second = another if card.first == one else one
    head = f"### <@{one}> and <@{another}>: your peer interview\n🕒 {moment(card.when)} · {moment(card.when, 'R')}"
    if card.begun:
        return layout([head, "✓ It has begun."], accent=QUIET)
    if card.end is not None:
        return layout([head, _ended(card)], accent=QUIET)
    roles = f"**<@{card.first}> interviews first**, <@{second}> answers; then you swap."
    talk = "Talk in a voice channel or write here. What the candidate sends with **Answer in writing** I grade."
    readers = (
        "Only you two, and whoever moderates this server, can read this thread."
        if card.apart
        else "I could not make a private thread for you, so everybody in this channel can read along."
    )
    blocks = [head, f"{roles}\n{talk}\n-# {readers}", _here(card)]
    rows = [[button("I am here", "here", SUCCESS), button("I cannot come", "cancel")]]
    if card.ready:
        rows = [[button("I cannot come", "cancel")]]
    return layout(blocks, rows, accent=FOLLOW_UP)


def _here(card: GatherCard) -> str:
    if card.ready:
        return f"✓ You are both here. It begins {moment(card.begins_at, 'R')}."
    lines = [f"✓ <@{person}> is here." for person in card.arrived]
    missing = ", ".join(f"<@{person}>" for person in card.people if person not in card.arrived)
    until = f", until {moment(card.until, 't')} at most" if card.until is not None else ""
    return "\n".join([*lines, f"I wait for {missing}{until}."])


# The interview


def _ask(card: PairAskCard) -> ui.LayoutView:
    button = _buttons(card.round_id, card.turn)
    stars = "●" * card.difficulty + "○" * (5 - card.difficulty)
    head = (
        f"### Interview {card.turn + 1} of 2 · {card.topic}\n<@{card.interviewer}> asks, <@{card.candidate}> answers."
    )
    head += f"\n-# {card.level.value} level · difficulty {stars}"
    if card.deadline is not None:
        head += f" · ⏱ Time ends {moment(card.deadline, 'R')}"
    blocks = [head, card.prompt]
    if card.hints:
        blocks.append("\n".join(f"💡 **Hint {n}** · {hint}" for n, hint in enumerate(card.hints, start=1)))
    if card.follow_ups:
        blocks.append("\n".join(f"↪ **{escape(text)}**" for text in card.follow_ups))
    written = f"✓ <@{card.candidate}> has answered in writing."
    if card.outcome is not None:
        blocks.append(f"-# {ENDED[card.outcome]}." + (f" {written}" if card.answered else ""))
        return layout(blocks, accent=QUIET)
    blocks.append(
        f"-# {written}"
        if card.answered
        else f"-# <@{card.candidate}>: answer aloud or here; **Answer in writing** is graded, once."
    )
    first = [button("Interviewer's sheet", "guide", PRIMARY), button("End the interview", "close")]
    if not card.answered:
        first.insert(0, button("Answer in writing", "answer", PRIMARY))
    second = [button("Stop for both", "leave"), button("🚩 Report question", "report")]
    return layout(blocks, [first, second])


def guide_view(sheet: Guide, *, settled: bool) -> ui.LayoutView:
    """What the interviewer alone sees; `settled`: they have rated, so their ticks stand."""
    until = f" · ⏱ Time ends {moment(sheet.deadline, 'R')}" if sheet.deadline is not None else " · it is over"
    help_ = (
        "Tick what you hear, and help only when they are stuck: hints cost points of a typed answer, follow-ups do not."
    )
    points = "\n".join(f"{'✓' if p.id in sheet.ticks else '▢'} {_named(sheet, p.id, p.claim)}" for p in sheet.points)
    model = f"**{'A good story' if sheet.kind is Kind.BEHAVIORAL else 'In short'}** · {sheet.in_short}"
    anchors = "\n".join(f"**{number}** · {text}" for number, text in enumerate(sheet.anchors, start=1))
    hints = [_hint_line(n, *hint, given=n <= sheet.given) for n, hint in enumerate(sheet.hints, start=1)]
    blocks = [
        f"### Interviewer's sheet · interview {sheet.turn + 1} of 2{until}\n-# Only you see this. {help_}",
        f"**Ask <@{sheet.candidate}>** · {shorten(sheet.prompt, 700)}",
        f"**Listen for**\n{points}",
        f"{model}\n{anchors}".strip(),
        "\n".join(hints),
    ]
    if sheet.answer is not None:
        blocks.append(f"**They wrote**\n> {quote(sheet.answer, 900)}")
    rows: list[list[ui.Item[Any]]] = []
    if not settled and sheet.points:
        rows.append([_checklist(sheet)])
    if sheet.deadline is not None:
        rows += _helping(sheet)
    return layout(blocks, rows, accent=FOLLOW_UP)


def _named(sheet: Guide, point: str, claim: str) -> str:
    """A part of a story by its name; a key point speaks for itself."""
    return f"**{point.capitalize()}**: {claim}" if sheet.kind is Kind.BEHAVIORAL else claim


def _hint_line(number: int, hint: str, cost: str, *, given: bool) -> str:
    return f"💡 **Hint {number}** ({'given' if given else cost}) · {hint}"


def _checklist(sheet: Guide) -> ui.Item[Any]:
    options = [
        discord.SelectOption(label=_option(sheet, p.id, p.claim), value=p.id, default=p.id in sheet.ticks)
        for p in sheet.points[:OPTIONS]
    ]
    return round_select(
        sheet.round_id,
        sheet.turn,
        "pick-ticks",
        "Tick what you have heard",
        options,
        engine=ENGINE,
        least=0,
        most=len(options),
    )


def _option(sheet: Guide, point: str, claim: str) -> str:
    return shorten(f"{point.capitalize()}: {claim}" if sheet.kind is Kind.BEHAVIORAL else claim, 100)


def _helping(sheet: Guide) -> list[list[ui.Item[Any]]]:
    """How the interviewer can help while it goes on."""
    button = _buttons(sheet.round_id, sheet.turn)
    rows: list[list[ui.Item[Any]]] = []
    if sheet.follow_ups:
        options = [
            discord.SelectOption(
                label=shorten(f"★ {one.text}" if one.id in sheet.suggested else one.text, 100), value=one.id
            )
            for one in sheet.follow_ups[:OPTIONS]
        ]
        rows.append([round_select(sheet.round_id, sheet.turn, "pick-followup", "Ask this", options, engine=ENGINE)])
    buttons: list[ui.Item[Any]] = []
    if sheet.given < len(sheet.hints):
        number = sheet.given + 1
        buttons.append(button(f"Give hint {number} ({sheet.hints[sheet.given][1]})", f"hint-{number}"))
    buttons += [button("Look again", "refresh"), button("End the interview", "close")]
    return [*rows, buttons]


# The rating


def _rate(card: RateCard) -> ui.LayoutView:
    button = _buttons(card.round_id, card.turn)
    head = f"### Interview {card.turn + 1} is over: how was it?\n-# {ENDED[card.outcome]}"
    if card.until is None:
        return layout([head, "-# ✓ The ratings are closed."], accent=QUIET)
    done = "\n".join(f"✓ <@{person}> is done." for person in card.settled)
    latest = f"at the latest {moment(card.until, 'R')}"
    follows = f"It ends when both are done, {latest}." if card.last else f"You swap when both are done, {latest}."
    text = (
        f"<@{card.interviewer}> rates the answers, <@{card.candidate}> the interviewing: three marks and a note. "
        f"At the end each of you sees what the other one said; nobody else does.\n-# {follows}"
    )
    row = [button("Rate", "mark", PRIMARY), button("Rather not", "pass")]
    return layout([head, text, done], [row], accent=FOLLOW_UP)


# The end


def _summary(card: PairSummaryCard) -> ui.LayoutView:
    button = _buttons(card.round_id, card.turn)
    if card.end is End.COMPLETE:
        said = "Both have interviewed and been interviewed."
    elif card.ended_by is not None:
        said = f"Ended early by <@{card.ended_by}>."
    else:
        said = "It ended early."
    lines = [
        f"{n}. <@{asks}> interviewed <@{answers}> · {topic}" for n, (asks, answers, topic) in enumerate(card.given, 1)
    ]
    row = [
        button("My sheet", "mine", PRIMARY),
        button("How I interviewed", "given"),
        button("Model answers", "models"),
    ]
    one, another = card.people
    private = (
        "-# **My sheet**: what your interviewer heard beside what I read, and their marks. **How I interviewed**: "
        "your ticks against the rubric, and what the other one says. Only you see yours."
    )
    blocks = [f"## Peer interview over\n<@{one}>, <@{another}>: {said}", "\n".join(lines), private]
    return layout(blocks, [row], accent=NEUTRAL)


def candidate_view(report: CandidateReport) -> ui.LayoutView:
    """How somebody did as a candidate, for them alone."""
    asked = shorten(" ".join(report.prompt.split()), 200)
    blocks = [
        f"### My sheet · {report.topic}\n-# <@{report.interviewer}> interviewed you · {asked}",
        _own_grade(report),
    ]
    if report.lines:
        key = "-# First what your interviewer ticked, then what I found in what you typed."
        if not report.typed:
            key = "-# What your interviewer ticked."
        blocks.append(
            "**Point by point**\n" + key + "\n" + "\n".join(_point(line, typed=report.typed) for line in report.lines)
        )
    blocks.append(_given_marks(f"<@{report.interviewer}>", report.sheet, OF_CANDIDATE, report.note))
    if report.grade is not None and report.grade.findings:
        blocks.append("\n".join(f"⚠️ {quote(found.span.text)}\n{found.why_wrong}" for found in report.grade.findings))
    if report.model:
        blocks.append(f"**In short** · {report.model}")
    return layout(blocks, accent=BANDS[report.band] if report.band is not None else QUIET)


def _own_grade(report: CandidateReport) -> str:
    if not report.typed:
        return "You answered aloud, so there is nothing that I could grade."
    if report.grade is not None and report.grade.gate is Gate.LANGUAGE:
        return "I can only judge English answers, so I gave no grade."
    if report.grade is not None and report.grade.gate is Gate.UNDECIDED:
        return "I could not judge half of what counts in it, so I gave no grade."
    if report.score is None or report.band is None:
        return "I could not grade what you typed: my fault."
    hints = f" · {counted(report.hints, 'hint')} given" if report.hints else ""
    return f"What you typed: **{percent(report.score)}** · {BAND_NAMES[report.band]} ({report.band} of 4){hints}"


def _point(line: PointLine, *, typed: bool) -> str:
    heard = "✓" if line.ticked else "–"
    if not typed:
        return f"{heard} {line.claim}"
    read = SIGNS[line.row.verdict] if line.row is not None else "?"
    words = f"\n-# {quote(line.row.span.text, 110)}" if line.row is not None and line.row.span is not None else ""
    return f"{heard} {read} · {line.claim}{words}"


def _given_marks(who: str, sheet: CandidateSheet | InterviewerSheet | None, names: dict[str, str], note: str) -> str:
    if sheet is None:
        return f"{who} gave no marks."
    marks = "\n".join(
        f"{name} · **{mark} of 4**, {MARKS[mark]}" for name, mark in zip(names.values(), sheet.marks, strict=True)
    )
    words = f"\n> {quote(note, 700)}" if note else ""
    return f"**{who} says**\n{marks}{words}"


def interviewer_view(report: InterviewerReport) -> ui.LayoutView:
    """How somebody did as an interviewer, for them alone."""
    blocks = [f"### How I interviewed · {report.topic}\n-# You interviewed <@{report.candidate}>."]
    if report.comparison is None or report.comparison.agreement is None:
        blocks.append(
            f"<@{report.candidate}> typed nothing that I could grade, so there is nothing to hold your ticks against."
        )
    else:
        blocks += _calibrated(report, report.comparison, report.comparison.agreement)
    blocks.append(_given_marks(f"<@{report.candidate}>", report.sheet, OF_INTERVIEWER, report.note))
    return layout(blocks, accent=NEUTRAL)


def _calibrated(report: InterviewerReport, found: Calibration, agreement: float) -> list[str]:
    head = f"**Your ticks and my reading of what they typed** agree to **{percent(agreement)}**."
    if found.kappa is not None:
        head += f"\n-# κ = {found.kappa:.2f}: what is left beyond chance; 1 is full agreement, 0 what dice would give."
    heard = "Perhaps they said it aloud; perhaps it was not quite there."
    groups = [
        (f"**Only you heard**\n-# {heard}", found.only_interviewer, False),
        ("**Only I found**", found.only_bot, True),
        ("**You ticked, I gave half**", found.half, True),
    ]
    if not any(points for _, points, _ in groups):
        return [f"{head}\nWe saw the same in every point."]
    blocks = [head]
    for title, points, quoted in groups:
        if points:
            blocks.append(f"{title}\n" + "\n".join(_difference(report, point, quoted=quoted) for point in points))
    return blocks


def _difference(report: InterviewerReport, point: str, *, quoted: bool) -> str:
    row: Row | None = report.rows.get(point)
    words = f"\n-# {quote(row.span.text, 110)}" if quoted and row is not None and row.span is not None else ""
    return f"· {report.claims.get(point, point)}{words}"


# Parts


def _buttons(round_id: int, turn: int) -> Callable[..., ui.Item[Any]]:
    """Makes the buttons of one message."""

    def button(label: str, action: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary) -> ui.Item[Any]:
        return round_button(round_id, turn, action, label, style, engine=ENGINE)

    return button


def sure_view(round_id: int, turn: int) -> ui.LayoutView:
    """Asks once more before it is stopped for both."""
    button = _buttons(round_id, turn)
    text = "Stop the interview for both of you? What was rated stays; the rest is left out."
    return layout([text], [[button("Yes, stop it", "stop", DANGER)]], accent=QUIET)


def retry_view(text: str, action: str) -> ui.LayoutView:
    """Why a time cannot be taken, and the way to choose another one; `action` holds what was asked for."""
    return layout([text], [[_buttons(0, 0)("Choose another time", action, PRIMARY)]], accent=QUIET)


def model_texts(answers: Sequence[tuple[str, str]]) -> str:
    """Model answers under their questions, in one plain message."""
    each = 1900 // max(len(answers), 1)
    return "\n\n".join(shorten(f"**{shorten(' '.join(asked.split()), 150)}**\n{text}", each) for asked, text in answers)
