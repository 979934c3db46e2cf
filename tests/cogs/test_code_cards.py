"""The messages of code rounds at their largest and with the worst in them: all limits hold, nothing breaks out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import hypothesis.strategies as st
import pytest
import simcord
from discord import ui
from hypothesis import given, settings

from bot.rounds.code_score import CodeScore
from bot.rounds.dialogue import Outcome
from bot.rounds.events import Mode
from bot.services.code_cards import CardFile, TaskCard, VerdictCard
from bot.services.code_report import CodeReport, FollowUpReport
from bot.services.judging import Facts, Progress
from bot.services.rounds import SamplesCard
from bot.store.rounds import Surface
from cogs._layout import layout
from cogs._render_code import progress_text, report_blocks, samples_view, task_view, verdict_blocks, verdict_view
from cogs._text import code_block, fit
from grader.code.verdict import (
    CaseVerdict,
    Code,
    CodeVerdict,
    GroupVerdict,
    Growth,
    LintNote,
    MetricScore,
    ShownCase,
)
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.model import Level
from tests.cogs.limits import breaches, texts, walk

NASTY = "``` @everyone <@1> \u202e\u200b **bold** `code` ||spoiler|| [link](https://a.b) \x07" + "word " * 300
"""What a program may print, raise or return."""


def sent(view: ui.LayoutView) -> list[dict[str, Any]]:
    """The components of a message, checked against the limits."""
    components = view.to_components()
    body: dict[str, Any] = {"components": components, "allowed_mentions": {"parse": []}}
    found = breaches(simcord.HttpLogEntry("POST", "/channels/1/messages", {}, body, None))
    assert not found, found
    for text in texts(components):
        assert text.count("```") % 2 == 0, text
        assert not set(text) & set("\u202e\x07"), text
        assert "@everyone" not in text.replace("\u200b", "?") or "```" in text, text
    return components


@pytest.fixture
def task(bank: Bank) -> CodeTask:
    found = bank.get("mlcode.numpy-pandas.running-mean")
    assert isinstance(found, CodeTask)
    return found


def task_card(task: CodeTask, **changes: Any) -> TaskCard:
    card = TaskCard(
        round_id=10**17,
        turn=999_999,
        mode=Mode.PRACTICE,
        surface=Surface.INTERACTION,
        in_server=True,
        number=1,
        total=3,
        topic="numpy and pandas",
        level=Level.SENIOR,
        task=task,
        facts=Facts(1.25, 256),
        hints=(),
        next_hint="×¾",
        deadline=datetime(2026, 3, 2, tzinfo=UTC),
        outcome=None,
        files=(CardFile("starter.py", b"x"), CardFile("train.csv", b"x"), CardFile("test.csv", b"x")),
    )
    return replace(card, **changes)


def verdict(*, code: Code = Code.WA, groups: int = 4, cases: int = 30, text: str = NASTY) -> CodeVerdict:
    shown = ShownCase(text, text, text, text)
    trace = tuple(f"line {number}, in f: {text}" for number in range(9))
    made = tuple(
        GroupVerdict(
            f"group {number} {text[:60]}",
            25,
            1.0,
            number == 0,
            tuple(
                CaseVerdict(
                    f"{number}.{case}", f"case {case} {text[:80]}", code, 0.1, text, "Such as `zip`.", trace,
                    shown if number == 0 else None,
                )
                for case in range(cases)
            ),
        )
        for number in range(groups)
    )  # fmt: skip
    return CodeVerdict(
        "t",
        code,
        text,
        0.3,
        made,
        1.5,
        100.0,
        trace,
        text,
        (Growth("speed " + text[:60], 2.04, 1.0, 1.5, 14.2, within=False),) * 3,
        tuple(LintNote("F841", number, text) for number in range(9)),
        tier=1,
    )


def verdict_card(task: CodeTask, found: CodeVerdict | None, **changes: Any) -> VerdictCard:
    card = VerdictCard(
        round_id=10**17,
        turn=999_999,
        mode=Mode.PRACTICE,
        surface=Surface.CHANNEL,
        task=task,
        attempt=12,
        running=False,
        progress=Progress(),
        verdict=found,
        open=True,
        next_hint="×½",
        best=0.6,
        passed=False,
        followups=0,
        files=(CardFile("yours.png", b"x"), CardFile("reference.png", b"x")),
    )
    return replace(card, **changes)


def words(components: list[dict[str, Any]]) -> str:
    return "\n".join(texts(components))


def labels(components: list[dict[str, Any]]) -> list[str]:
    return [item["label"] for item in walk(components) if item["type"] == 2]


def test_the_longest_task_fits_with_all_hints_and_files(task: CodeTask) -> None:
    long = task.model_copy(
        update={"prompt": "A sentence of the statement. " * 58, "signature": "f(" + "x, " * 60 + ")"}
    )
    components = sent(task_view(task_card(long, hints=("A hint that goes on. " * 30,) * 3)))
    assert [item["file"]["url"] for item in walk(components) if item["type"] == 13] == [
        "attachment://starter.py", "attachment://train.csv", "attachment://test.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_task_that_is_over_has_no_buttons_and_says_how_it_ended(task: CodeTask, outcome: Outcome) -> None:
    assert labels(sent(task_view(task_card(task, outcome=outcome)))) == []


def test_a_task_whose_facts_are_not_known_says_what_its_file_says(task: CodeTask) -> None:
    assert "128 MB" in words(sent(task_view(task_card(task, facts=None))))


@pytest.mark.thorough
def test_every_task_of_the_bank_fits_whole(shipped: Bank) -> None:
    """Nothing of a shipped statement may be cut."""
    tasks = [question for question in shipped.questions.values() if isinstance(question, CodeTask)]
    assert tasks
    for task in tasks:
        text = words(sent(task_view(task_card(task, total=1, hints=()))))
        assert task.prompt in text, task.id


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.IE])
@pytest.mark.parametrize("mode", list(Mode))
def test_the_worst_verdict_fits_and_nothing_breaks_out_of_it(task: CodeTask, code: Code, mode: Mode) -> None:
    components = sent(verdict_view(verdict_card(task, verdict(code=code), mode=mode)))
    assert "submission 12" in words(components)
    assert [len(item["items"]) for item in walk(components) if item["type"] == 12] == [2]


def test_a_verdict_without_anything_fits_too(task: CodeTask) -> None:
    sent(verdict_view(verdict_card(task, CodeVerdict("t", Code.CE, "", 0.0), files=())))
    sent(verdict_view(verdict_card(task, None, open=False)))


def test_our_fault_is_admitted_and_says_what_to_do(task: CodeTask) -> None:
    components = sent(verdict_view(verdict_card(task, CodeVerdict("t", Code.IE, NASTY, 0.0), files=())))
    assert "my fault" in words(components)
    assert "Submit again" in labels(components)


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(ahead=2), "In the queue, 2 ahead of you."),
        (Progress(ahead=0), "In the queue, you are next."),
        (Progress(), "Starting…"),
        (Progress(None, 2, 4, "random data"), "Running group 2 of 4: random data"),
    ],
)
def test_a_running_submission_says_where_it_stands(task: CodeTask, progress: Progress, text: str) -> None:
    assert progress_text(progress) == text
    assert text in words(sent(verdict_view(verdict_card(task, None, running=True, progress=progress))))


def test_growth_is_told_in_plain_words() -> None:
    growth = Growth("speed", 2.0, 1.0, 1.5, 14.0, within=False)
    [text] = [block for block in verdict_blocks(CodeVerdict("t", Code.TLE, "", 0.5, growth=(growth,))) if "⏱" in block]
    assert "your time grows like n²·⁰, the reference's like n¹·⁰; 14× slower than it at the largest size" in text
    assert "More than n¹·⁵ is too much" in text


def test_a_group_of_generated_cases_names_its_failure_once() -> None:
    cases = tuple(CaseVerdict(f"2.{n}", "random data", Code.WA, detail="another shape") for n in range(20))
    found = CodeVerdict("t", Code.WA, "", 0.0, (GroupVerdict("random data", 20, 0.0, False, cases),))
    [text] = verdict_blocks(found)
    assert text.count("another shape") == 1
    assert "random data** · 0 of 20 · 0 of 20 points" in text


def test_the_samples_fit_at_their_worst(task: CodeTask) -> None:
    for code in Code:
        card = SamplesCard(10**17, 999_999, 10**17, task, verdict(code=code), (CardFile("yours.png", b"x"),))
        assert "Submit this code" in labels(sent(samples_view(card)))


def test_the_report_at_the_end_fits_with_the_worst_answers(task: CodeTask) -> None:
    metric = MetricScore("rmse", 1.0, 2.0, (("the mean", 3.0),), 2.0, 0.5)
    for outcome in Outcome:
        report = CodeReport(
            task.model_copy(update={"editorial": "A sentence of the editorial. " * 200}),
            CodeScore(0.4, 2, False, 0, 0.75, 3, 0.85),
            4,
            replace(verdict(), metric=metric),
            3,
            tuple(FollowUpReport(followup, Outcome.ANSWERED, None, answered=True) for followup in task.followups),
        )
        blocks = report_blocks(report, outcome, exam=False, rubric=["row " * 400] * 2)
        sent(layout(blocks))


@given(st.text(max_size=3000), st.integers(1, 30), st.integers(20, 1500))
@settings(max_examples=300, deadline=None)
def test_no_text_gets_out_of_a_code_block(text: str, lines: int, limit: int) -> None:
    block = code_block(text, lines=lines, limit=limit)
    assert block.startswith("```\n")
    assert block.endswith("\n```")
    assert block.count("```") == 2
    assert len(block) <= limit + 12


@given(st.lists(st.sampled_from(["plain words " * 40, code_block("x = 1\n" * 200, lines=99, limit=900)]), max_size=8))
def test_blocks_that_are_cut_close_their_code(blocks: list[str]) -> None:
    for block in fit(blocks, 1500):
        assert block.count("```") % 2 == 0
    assert sum(map(len, fit(blocks, 1500))) <= 1500
