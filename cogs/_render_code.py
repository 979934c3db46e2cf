"""Code tasks, verdicts and reports as messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.counting import counted
from bot.rounds.code_score import CODE_SHARE
from bot.rounds.dialogue import Outcome
from bot.rounds.events import Mode
from bot.services.code_cards import CardFile, TaskCard, VerdictCard
from bot.services.code_report import CodeReport
from bot.services.judging import Facts, Progress
from bot.services.rounds import SamplesCard
from bot.store.rounds import Surface
from cogs._components import round_button
from cogs._layout import BANDS, FOLLOW_UP, NEUTRAL, QUIET, layout
from cogs._text import code_block, percent, plain, shorten
from grader.code.verdict import NAMES, CaseVerdict, Code, CodeVerdict, GroupVerdict, Growth, MetricScore
from questions.code_task import CodeTask, Score, Style

PRIMARY = discord.ButtonStyle.primary
MARKS = {True: "✓", False: "✗"}
ENDED = {
    Outcome.ANSWERED: "✓ Accepted",
    Outcome.SKIPPED: "Left as it was",
    Outcome.GAVE_UP: "The solution was shown",
    Outcome.TIMED_OUT: "Time was up",
    Outcome.STOPPED: "Stopped here",
}
SAMPLES_SHOWN = 5
FAILING_SHOWN = 3
"""Failing cases of a group that are named."""
_RAISED = str.maketrans("0123456789.-", "⁰¹²³⁴⁵⁶⁷⁸⁹·⁻")


# The task


def task_view(card: TaskCard) -> ui.LayoutView:
    task = card.task
    blocks: list[str | ui.Item[Any]] = [_task_head(card), *task_blocks(task)]
    if task.score is not None:
        blocks.append(_challenge(card, task.score))
    blocks.append(limits(task, card.facts))
    if card.hints:
        blocks.append("\n".join(f"💡 **Hint {i + 1}** · {hint}" for i, hint in enumerate(card.hints)))
    blocks += file_items(card.files)
    if card.outcome is not None:
        blocks.append(f"-# {ENDED[card.outcome]}")
        return layout(blocks, accent=QUIET)
    blocks.append(_how_to_submit(card))
    return layout(blocks, _task_buttons(card), accent=NEUTRAL)


def task_blocks(task: CodeTask) -> list[str]:
    """What a task asks: its words, the signature, a worked sample."""
    what = code_block(task.signature, lines=3, limit=240, language="py")
    if task.samples:
        sample = task.samples[0]
        worked = code_block(f">>> {sample.call}\n{sample.expected or ''}", lines=14, limit=700, language="py")
        what += f"\n**For example** · {sample.why}\n{worked}"
    return [task.prompt, what]


def _task_head(card: TaskCard) -> str:
    task = card.task
    stars = "●" * task.difficulty.level + "○" * (5 - task.difficulty.level)
    details = [card.topic, f"{card.level.value} level", f"difficulty {stars}"]
    details.append(f"about {task.minutes} minutes" if task.score is None else "a challenge over days")
    if card.mode is Mode.EXAM:
        details.append("exam")
    what = f"Task {card.number} of {card.total} · " if card.total > 1 else ""
    lines = [f"### {what}{task.title}", f"-# {' · '.join(details)}"]
    if card.deadline is not None:
        lines.append(f"-# ⏱ Time ends <t:{int(card.deadline.timestamp())}:R>")
    return "\n".join(lines)


def _challenge(card: TaskCard, score: Score) -> str:
    baselines = ", ".join(f"{name} {value:.4g}" for name, value in (card.facts.baselines if card.facts else ()))
    simple = f" Simple answers score: {plain(baselines)}." if baselines else ""
    until = f" until <t:{int(card.deadline.timestamp())}:f>" if card.deadline else ""
    share = percent(score.public_share)
    return (
        f"**Scored by {score.metric.value}** on labels that you do not see: passing is {score.passing:.4g}, all points "
        f"take {score.full:.4g}.{simple}\n"
        f"{score.per_day} submissions in 24 hours{until}. Each shows the score on {share} of the test set; the rest "
        "decides at the end."
    )


def limits(task: CodeTask, facts: Facts | None) -> str:
    """What a submission may use."""
    time_s = facts.time_s if facts else task.limits.time_s
    memory = facts.memory_mb if facts else task.limits.memory_mb
    parts = [f"{time_s:.3g} s of CPU time a group of cases"] if time_s is not None else []
    parts.append(f"{memory} MB of memory")
    modules = f"the standard library{''.join(f', {name}' for name in task.needs)}"
    if task.forbid:
        modules += f"; not {', '.join(task.forbid)}"
    return f"-# Limits: {', '.join(parts)}. Modules: {modules}."


def _how_to_submit(card: TaskCard) -> str:
    begin = "Mend" if card.task.style is Style.DEBUG else "Begin with"
    file = f"{begin} `{card.files[0].name}`. " if card.files else ""
    if card.surface is Surface.INTERACTION:
        return f"-# {file}Press **Submit code** and paste your program, or upload it as a .py file."
    sent = "reply to this message with" if card.in_server else "send"
    return f"-# {file}Press **Submit code**, or {sent} a .py file or a code block (\\`\\`\\`python)."


def _task_buttons(card: TaskCard) -> list[list[ui.Item[Any]]]:
    def button(label: str, action: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary) -> ui.Item[Any]:
        return round_button(card.round_id, card.turn, action, label, style)

    first = [button("Submit code", "submit", PRIMARY), button("Run samples (free)", "samples")]
    if card.next_hint is not None:
        first.append(button(f"Hint {len(card.hints) + 1} ({card.next_hint})", "hint"))
    if card.mode is Mode.PRACTICE:
        first.append(button("Give up (0 points)", "show"))
    second = [button("Stop round", "stop"), button("🚩 Report task", "report")]
    if card.surface is Surface.INTERACTION:
        second.append(button("Continue in DM", "dm"))
    return [first, second]


def file_items(files: Sequence[CardFile]) -> list[ui.Item[Any]]:
    return [ui.File(f"attachment://{file.name}") for file in files]


def _pictures(files: Sequence[CardFile]) -> list[str | ui.Item[Any]]:
    """Figures side by side, under a line that says whose they are."""
    captions = ("yours", "the reference's")
    items = [
        discord.MediaGalleryItem(f"attachment://{file.name}", description=caption)
        for file, caption in zip(files, captions, strict=False)
    ]
    if len(items) > 1:
        return ["-# Left: your figure. Right: the reference's.", ui.MediaGallery(*items)]
    return [ui.MediaGallery(*items)] if items else []


# Verdicts


def verdict_view(card: VerdictCard) -> ui.LayoutView:
    what = f"Submission {card.attempt}"
    mine = round_button(card.round_id, card.turn, "mine", "My code")
    if card.running:
        return layout([f"### ⏳ {what}\n{progress_text(card.progress)}"], [[mine]], accent=QUIET)
    verdict = card.verdict
    if verdict is None:
        return layout([f"### {what}\nThe round was stopped before this was judged."], [[mine]], accent=QUIET)
    rows = [*_verdict_buttons(card), [mine]]
    if verdict.code is Code.IE:
        text = (
            "### That was my fault\nI could not judge this submission; it does not count, and your program is kept. "
            f"Press **Submit again**.\n-# {plain(verdict.reason, 300)}"
        )
        return layout([text], rows, accent=QUIET)
    head = [f"### {_mark(verdict)} {NAMES[verdict.code]} · submission {card.attempt}"]
    if verdict.code is not Code.AC:
        head.append(plain(verdict.reason))
    head.append(f"-# {_figures(card.task, verdict)}")
    blocks: list[str | ui.Item[Any]] = ["\n".join(head)]
    blocks += verdict_blocks(verdict, exam=card.mode is Mode.EXAM)
    blocks += _pictures(card.files)
    blocks.append(_outlook(card))
    return layout(blocks, rows, accent=BANDS[4] if verdict.accepted else BANDS[2])


def _mark(verdict: CodeVerdict) -> str:
    return MARKS[verdict.accepted]


def progress_text(progress: Progress) -> str:
    """Where a submission stands, in words."""
    if progress.ahead is not None:
        return f"In the queue, {progress.ahead} ahead of you." if progress.ahead else "In the queue, you are next."
    if progress.groups and progress.group:
        return f"Running group {progress.group} of {progress.groups}: {plain(progress.name)}"
    return "Starting…"


def _figures(task: CodeTask, verdict: CodeVerdict) -> str:
    parts = [task.title]
    if verdict.total and verdict.metric is None:
        parts.append(f"{verdict.passed} of {verdict.total} cases")
        parts.append(f"{percent(verdict.score)} of the points")
    if verdict.cpu_s:
        parts.append(f"{verdict.cpu_s:.2f} s CPU")
    if verdict.memory_mb:
        parts.append(f"{verdict.memory_mb:.0f} MB")
    if verdict.tier == 0 and verdict.groups:
        parts.append("run without a sandbox")
    return " · ".join(parts)


def verdict_blocks(verdict: CodeVerdict, *, exam: bool = False) -> list[str]:
    """A verdict in full: groups, failing samples, traceback, output, growth, notes."""
    blocks: list[str] = []
    if verdict.metric is not None:
        blocks.append(_metric(verdict.metric))
    elif verdict.groups:
        blocks.append("\n".join(line for group in verdict.groups for line in _group(group, exam=exam)))
    failed = [case for group in verdict.groups if group.sample for case in group.cases if case.code is not Code.AC]
    blocks += [_sample(case) for case in failed[:2] if case.shown is not None]
    trace = verdict.trace or next((case.trace for group in verdict.groups for case in group.cases if case.trace), ())
    if trace:
        blocks.append("**Where it failed**\n" + code_block("\n".join(trace[-6:]), lines=6, limit=500))
    if verdict.output.strip():
        blocks.append("**Printed**\n" + code_block(verdict.output, lines=8, limit=400))
    if verdict.growth and verdict.accepted:
        blocks.append("\n".join(_growth(growth) for growth in verdict.growth))
    elif slow := [growth for growth in verdict.growth if not growth.within]:
        blocks.append("\n".join(_growth(growth) for growth in slow))
    if verdict.lint:
        notes = [f"-# line {note.line}: {plain(note.message, 160)} ({note.code})" for note in verdict.lint[:3]]
        blocks.append("\n".join(notes))
    return blocks


def _metric(score: MetricScore) -> str:
    line = (
        f"**{score.public:.4g}** {score.metric} on the public part · passing {score.passing:.4g}, full {score.full:.4g}"
    )
    if score.private is not None:
        line = f"**{score.private:.4g}** {score.metric} on the hidden part, which decides · {line}"
    simple = ", ".join(f"{name} {value:.4g}" for name, value in score.baselines)
    return line + (f"\n-# {plain(simple)}" if simple else "")


def _group(group: GroupVerdict, *, exam: bool) -> list[str]:
    points = "" if group.sample and not group.points else f" · {group.earned:.3g} of {group.points} points"
    mark, counts = MARKS[group.passed == len(group.cases)], f"{group.passed} of {len(group.cases)}"
    lines = [f"{mark} **{plain(group.name)}** · {counts}{points}"]
    if group.sample:
        return lines
    # A group of generated cases has one name for all: it is told once.
    failing = {(case.why, case.detail): case for case in group.cases if case.code is not Code.AC}
    lines += [_failing(case, group, exam=exam) for case in list(failing.values())[:FAILING_SHOWN]]
    if len(failing) > FAILING_SHOWN:
        lines.append(f"-# … and {len(failing) - FAILING_SHOWN} more")
    return lines


def _failing(case: CaseVerdict, group: GroupVerdict, *, exam: bool) -> str:
    what = "" if case.why == group.name else f"{plain(case.why)} · "
    detail = plain(case.detail, 160) or NAMES[case.code].lower()
    hint = f"\n-# 💡 {case.hint}" if case.hint and not exam else ""
    return f"-# ✗ {what}{detail}{hint}"


def _sample(case: CaseVerdict) -> str:
    shown = case.shown
    assert shown is not None
    text = f">>> {shown.call}\nexpected  {shown.expected}\ngot       {shown.got}"
    if shown.difference:
        text += f"\ndiffers   {shown.difference}"
    return (
        f"{MARKS[case.code is Code.AC]} **{plain(case.why)}**\n{code_block(text, lines=14, limit=700, language='py')}"
    )


def _growth(growth: Growth) -> str:
    if growth.ratio >= 1.15:
        compared = f"{growth.ratio:.3g}× slower than it at the largest size"
    elif growth.ratio <= 0.87:
        compared = f"{1 / max(growth.ratio, 1e-9):.3g}× faster than it at the largest size"
    else:
        compared = "as fast as it at the largest size"
    mark = "" if growth.within else f" More than n{_power(growth.allowed)} is too much here."
    return (
        f"⏱ **{plain(growth.group)}** · your time grows like n{_power(growth.yours)}, the reference's like "
        f"n{_power(growth.reference)}; {compared}.{mark}"
    )


def _power(exponent: float) -> str:
    return f"{exponent:.1f}".translate(_RAISED)


def _outlook(card: VerdictCard) -> str:
    verdict = card.verdict
    assert verdict is not None
    if card.predict:
        return "-# You may submit again; the best one counts." if card.open else ""
    if verdict.accepted:
        many = "One question about it follows" if card.followups == 1 else f"{card.followups} questions about it follow"
        return f"-# {many}, as in an interview." if card.followups else ""
    if card.open and card.best is not None:
        return f"-# Left as it is, the task is worth **{percent(card.best)}**. Hints and failed submissions lower that."
    return ""


def _verdict_buttons(card: VerdictCard) -> list[list[ui.Item[Any]]]:
    if not card.open:
        return []

    def button(label: str, action: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary) -> ui.Item[Any]:
        return round_button(card.round_id, card.turn, action, label, style)

    row = [button("Submit again", "submit", PRIMARY), button("Run samples", "samples")]
    if card.next_hint is not None:
        row.append(button(f"Hint ({card.next_hint})", "hint"))
    if card.predict:
        row.append(button("Finish with my best", "skip"))
    elif card.best is not None:
        row.append(button(f"Leave it at {percent(card.best)}", "skip"))
    if card.mode is Mode.PRACTICE:
        row.append(button("Give up (0 points)", "show"))
    return [row]


# Samples


def samples_view(card: SamplesCard, engine: str = "round") -> ui.LayoutView:
    """What the samples said, for the person alone."""
    verdict = card.verdict
    send = round_button(card.round_id, card.turn, f"send-{card.attempt}", "Submit this code", PRIMARY, engine=engine)
    if verdict.code is Code.IE:
        text = f"### That was my fault\nI could not run the samples.\n-# {plain(verdict.reason, 300)}"
        return layout([text], [[send]], accent=QUIET)
    cases = [case for group in verdict.groups if group.sample for case in group.cases]
    passed = sum(case.code is Code.AC for case in cases)
    title = f"Samples · {passed} of {len(cases)}" if cases else f"Trial run · {NAMES[verdict.code]}"
    head = [f"### {_mark(verdict)} {title}"]
    if verdict.code is not Code.AC:
        head.append(plain(verdict.reason))
    head.append("-# Free: nothing of this is scored.")
    blocks: list[str | ui.Item[Any]] = ["\n".join(head)]
    shown = [case for case in cases if case.shown is not None]
    shown.sort(key=lambda case: case.code is Code.AC)  # what failed comes first
    blocks += [_sample(case) for case in shown[:SAMPLES_SHOWN]]
    if len(shown) > SAMPLES_SHOWN:
        blocks.append(f"-# … and {len(shown) - SAMPLES_SHOWN} more samples")
    quiet = [case for case in cases if case.shown is None]
    told = [_failing(case, GroupVerdict("samples", 0, 0, True, ()), exam=False) for case in quiet if case.detail]
    blocks.append("\n".join(told[:SAMPLES_SHOWN]))
    rest = verdict_blocks(verdict)
    blocks += [block for block in rest if block.startswith(("**Where", "**Printed"))]
    blocks += _pictures(card.files)
    return layout(blocks, [[send]], accent=BANDS[4] if verdict.accepted else FOLLOW_UP)


# The report at the end


def report_blocks(report: CodeReport, outcome: Outcome, *, exam: bool, rubric: Sequence[str]) -> list[str]:
    """How a task ended and how its score came about; `rubric` has the rows of each follow-up."""
    blocks = [_how_it_ended(report, outcome)]
    if outcome is Outcome.GAVE_UP:
        blocks.append(f"**How it is done**\n{shorten(report.task.editorial, 2200)}")
        return blocks
    if report.best is not None and report.result.best is not None:
        blocks.append(_formula(report))
        if report.best.metric is not None:
            blocks.append(_metric(report.best.metric))
    for asked, rows in zip(report.followups, rubric, strict=True):
        lines = [f"**{asked.followup.ask}**"]
        if asked.grade is None:
            lines.append("-# I could not grade this answer; it is left out." if asked.answered else "-# No answer")
        else:
            lines += [f"{percent(asked.grade.score)}", rows]
        if not exam:
            lines.append(f"-# A good answer: {shorten(asked.followup.model, 330)}")
        blocks.append("\n".join(lines))
    return blocks


def _how_it_ended(report: CodeReport, outcome: Outcome) -> str:
    many = counted(report.submissions, "submission")
    hints = f", {counted(report.hints, 'hint')}" if report.hints else ""
    if outcome is Outcome.GAVE_UP:
        return f"You asked for the solution after {many}{hints}, so this one earns nothing. It is worth meeting again."
    if report.result.accepted:
        return f"**{report.task.title}** · {'passed' if report.predict else 'accepted'} · {many}{hints}"
    why = {
        Outcome.TIMED_OUT: "Time was up",
        Outcome.STOPPED: "The round was stopped",
    }.get(outcome, "You ended the challenge" if report.predict else "You left it")
    if not report.submissions:
        return f"**{report.task.title}** · {why} before anything was judged{hints}."
    return f"**{report.task.title}** · {why} before the code was accepted; the best of {many} counts{hints}."


def _formula(report: CodeReport) -> str:
    """The score's parts, as `bot.rounds.code_score` multiplies them."""
    result, best = report.result, report.best
    assert best is not None
    parts = [f"{percent(best.score)} of the points"]
    if result.hint_factor < 1:
        parts.append(f"× {result.hint_factor:g} for hints")
    if result.failure_factor < 1:
        parts.append(f"× {result.failure_factor:g} for {result.failures} failed before it")
    line = f"**Code** · {' '.join(parts)}"
    if report.task.followups:
        line += f", counts {percent(CODE_SHARE)}; the questions after it {percent(1 - CODE_SHARE)}"
    return line
