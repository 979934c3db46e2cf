"""The bank lab: what is wrong with a question is found, named and placed; what is right is left alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.check import at_level
from grader.code.check import TaskReport, check_task
from grader.code.client import Sandbox
from grader.code.job import NoSandboxError
from grader.grade import Context
from grader.lab import LabFinding, LabReport, Severity, decode, encode, neighbors, try_out
from grader.text import grade
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.intake import IntakeError, read
from questions.kinds import AnyQuestion
from questions.loader import Loaded
from questions.model import Accept, Behavioral, FreeText, Level, MultipleChoice, Numeric, Tolerance
from tests.grader.samples import ALERTS, LEAF, MODES, PENALTIES, PRECISION

BAD = Path(__file__).parents[1] / "bad_questions"
TEMPLATES = Path(__file__).parents[2] / "questions" / "templates"
RUN = {"reference-that-fails.md", "wrong-solution-that-passes.md"}
"""Faults that only show when the programs are run."""


@pytest.fixture(scope="module")
def bank(shipped: Bank) -> Bank:
    return shipped


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncGenerator[Sandbox]:
    async with Sandbox.open() as opened:
        yield opened


def template(name: str) -> AnyQuestion:
    path = next(path for path in TEMPLATES.iterdir() if path.stem == name)
    return read(path.name, path.read_bytes())[0].question


def errors(question: AnyQuestion, bank: Bank) -> dict[str, str]:
    return {finding.place: finding.message for finding in try_out(question, bank).errors}


def warnings(question: AnyQuestion, bank: Bank) -> dict[str, str]:
    return {finding.place: finding.message for finding in try_out(question, bank).warnings}


# Bad questions


def expected(path: Path) -> tuple[str, str]:
    """The words of the message and the place that a bad question's first comment promises."""
    lines = path.read_bytes().decode("utf-8", "replace").splitlines()
    comment = next(line for line in lines[:2] if line.startswith("# refused: "))
    words, dot, place = comment.removeprefix("# refused: ").rpartition(" · ")
    assert dot
    assert words
    assert place
    return words, place


def taken(path: Path) -> tuple[AnyQuestion | None, list[tuple[str, str]]]:
    """The question of a file, or the places and messages with which it is refused."""
    try:
        (item,) = read(path.name, path.read_bytes())
    except IntakeError as error:
        return None, [(f"{problem.field}, line {problem.line}", problem.message) for problem in error.problems]
    return item.question, []


def assert_told(path: Path, found: list[tuple[str, str]]) -> None:
    words, where = expected(path)
    assert any(words in message and where in place for place, message in found), found


FILES = sorted(BAD.iterdir())


def test_there_are_sixty_bad_questions_of_all_kinds() -> None:
    assert len(FILES) == 60
    assert {path.suffix for path in FILES} == {".yaml", ".md"}
    texts = [path.read_bytes() for path in FILES]
    for kind in (b"free_text", b"multiple_choice", b"numeric", b"behavioral"):
        assert sum(b"type: " + kind in text for text in texts) >= 4


@pytest.mark.every(4)
@pytest.mark.parametrize("path", [path for path in FILES if path.name not in RUN], ids=lambda path: path.stem)
def test_a_bad_question_is_refused_with_its_fault_and_its_place(path: Path, bank: Bank) -> None:
    question, found = taken(path)
    if question is not None:
        report = try_out(question, bank)
        assert not report.publishable
        found = [(finding.place, finding.message) for finding in report.errors]
    assert_told(path, found)


@pytest.mark.thorough
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", sorted(RUN))
async def test_a_bad_program_is_refused_once_it_is_run(name: str, bank: Bank, sandbox: Sandbox) -> None:
    question, _ = taken(BAD / name)
    assert question is not None
    assert try_out(question, bank).publishable  # it cannot be seen by reading
    loop = asyncio.get_running_loop()

    def run(task: CodeTask) -> TaskReport:
        return asyncio.run_coroutine_threadsafe(check_task(task, sandbox, mutate=False), loop).result()

    report = await asyncio.to_thread(try_out, question, bank, run_code=run)
    assert report.code_ran
    assert_told(BAD / name, [(finding.place, finding.message) for finding in report.errors])


# Good questions


@pytest.mark.parametrize("path", sorted(TEMPLATES.iterdir()), ids=lambda path: path.name)
def test_a_template_has_nothing_to_mend(path: Path, bank: Bank) -> None:
    report = try_out(template(path.stem), bank)
    assert [str(finding) for finding in report.errors] == []
    told = [finding.message for finding in report.warnings]
    assert told == (["its programs were not run"] if path.suffix == ".md" else [])


@pytest.mark.thorough
def test_shipped_questions_have_no_errors(bank: Bank) -> None:
    for question in list(bank.questions.values())[::15]:
        assert [str(finding) for finding in try_out(question, bank).errors] == [], question.id


@pytest.mark.parametrize("question", [PENALTIES, MODES, ALERTS, LEAF, PRECISION], ids=lambda question: question.id)
def test_an_empty_bank_is_enough(question: AnyQuestion) -> None:
    report = try_out(question, Bank([]))
    assert report.nearest is None
    assert not any(finding.message.startswith("nearly") for finding in report.findings)


# The report


def test_the_gravest_findings_come_first_and_a_report_survives_its_codec(bank: Bank) -> None:
    broken = PENALTIES.model_copy(update={"hints": ("L1 gives sparse solutions.", "b", "c"), "topics": ("ml.magic",)})
    report = try_out(broken, bank)
    order = list(Severity)
    assert [order.index(f.severity) for f in report.findings] == sorted(
        order.index(f.severity) for f in report.findings
    )
    assert report.errors
    assert not report.publishable
    assert decode(encode(report)) == report
    assert try_out(broken, bank) == report


def test_a_report_is_plain_lines() -> None:
    report = LabReport(
        "ml.boosting.x",
        2,
        (
            LabFinding(Severity.ERROR, "hint 1", "it tells all", "Tell less."),
            LabFinding(Severity.NOTE, "prompt", "long"),
        ),
    )
    assert report.as_text().splitlines() == [
        "ml.boosting.x, version 2: 1 error, 1 note",
        "ERROR hint 1: it tells all",
        "  → Tell less.",
        "NOTE prompt: long",
    ]
    assert LabReport("a.b.c", 1, ()).as_text() == "a.b.c, version 1: nothing to mend"


def test_every_trial_answer_is_told_with_what_it_got(bank: Bank) -> None:
    report = try_out(PENALTIES, bank)
    got = {trial.label: trial for trial in report.trials}
    assert got["model answer"].score >= 0.8
    assert got["calibration answer wrong"].bands[Level.MID] == 1
    assert got["the prompt, sent back"].points == ()
    assert "model answer: 1.00 (bands: junior 4, mid 4, senior 4); found l1-sparse" in report.as_text()


def test_a_text_question_is_tried_in_less_than_two_seconds(bank: Bank) -> None:
    try_out(PENALTIES, bank)  # the bank is indexed once
    for question in [item for item in bank.questions.values() if isinstance(item, FreeText)][::40]:
        began = time.process_time()
        try_out(question, bank)
        assert time.process_time() - began < 2, question.id


# What all kinds share


def test_a_question_is_not_like_itself_nor_like_its_own_edit(bank: Bank) -> None:
    shipped = bank.questions["ml.overfitting.best-of-many"]
    edited = shipped.model_copy(update={"version": shipped.version + 1, "takeaway": "Another."})
    for question in (shipped, edited, edited.model_copy(update={"id": shipped.id + "~1a"})):
        assert shipped.id not in {near.id for near in neighbors(question, bank)}
        assert errors(question, bank) == {}


@pytest.mark.thorough
def test_no_two_shipped_questions_are_near_the_limit(bank: Bank) -> None:
    for question in list(bank.questions.values())[::5]:
        found = neighbors(question, bank)
        assert len(found) == len(bank) - 1
        assert found[0].matter < 0.5
        assert max(near.prompt for near in found) < 76


def test_another_kind_of_question_cannot_take_an_id(bank: Bank) -> None:
    question = ALERTS.model_copy(update={"id": "ml.overfitting.rising-validation-loss", "topics": ("ml.overfitting",)})
    assert "is a free_text question of the bank" in errors(question, bank)["id"]


def test_a_question_of_the_bank_as_it_is_is_only_noted(bank: Bank) -> None:
    report = try_out(bank.questions["ml.overfitting.best-of-many"], bank)
    assert [(finding.severity, finding.place) for finding in report.findings] == [(Severity.NOTE, "id")]


def test_levels_and_difficulty_must_agree(bank: Bank) -> None:
    hard = ALERTS.difficulty.model_copy(update={"level": 5, "b": -2.0})
    found = warnings(ALERTS.model_copy(update={"difficulty": hard}), bank)
    assert found["levels"] == "difficulty 5 is asked of juniors"
    assert "usually has b around 1.2" in found["difficulty"]
    easy = ALERTS.model_copy(update={"levels": (Level.SENIOR,)})
    assert warnings(easy, bank)["levels"] == "difficulty 1 is not asked of juniors"


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        ({"takeaway": r"Use \frac{1}{2}."}, "takeaway", "LaTeX"),
        ({"takeaway": "Use $x_i$ here."}, "takeaway", "LaTeX"),
        ({"hints": ("a b", "See https://example.org", "c")}, "hint 2", "a link or a mention"),
        ({"takeaway": "Ask @everyone."}, "takeaway", "a link or a mention"),
        ({"prompt": "```\nx = 1\nWhat is x?"}, "prompt", "a code block is not closed"),
        ({"prompt": "Why? When? Who? Where? How?"}, "prompt", "5 questions at once"),
    ],
)
def test_a_text_must_be_readable_in_discord(change: dict[str, object], place: str, message: str, bank: Bank) -> None:
    report = try_out(ALERTS.model_copy(update=change), bank)
    assert any(finding.place == place and message in finding.message for finding in report.findings)


def test_prices_are_no_latex(bank: Bank) -> None:
    question = ALERTS.model_copy(update={"takeaway": "A $5 fine costs more than a $3 check."})
    assert "takeaway" not in errors(question, bank)


# Free text


def test_the_band_at_another_level_is_that_of_the_grader() -> None:
    for question in (PENALTIES, MODES):
        for answer in question.calibration_answers:
            text = question.calibration_text(answer)
            result = grade(text, question)
            for level in Level:
                graded = grade(text, question, Context(level=level))
                assert at_level(result, level) == (pytest.approx(graded.score), graded.band)


def test_a_phrase_of_a_point_is_enough_for_it(bank: Bank) -> None:
    point = PENALTIES.key_points[4]
    german = point.model_copy(
        update={
            "accept": point.accept.model_copy(update={"phrases": ("wir teilen alle Merkmale durch ihre Streuung",) * 2})
        }
    )
    question = PENALTIES.model_copy(update={"key_points": (*PENALTIES.key_points[:4], german, PENALTIES.key_points[5])})
    assert errors(question, bank)["key point 5 (standardize)"] == "none of its own phrases earns it"


def with_opposites(*opposites: str) -> FreeText:
    point = PENALTIES.key_points[0].model_copy(update={"opposites": opposites})
    return PENALTIES.model_copy(update={"key_points": (point, *PENALTIES.key_points[1:])})


def test_an_opposite_that_is_a_right_claim_is_told_with_its_number(bank: Bank) -> None:
    wrong, right = "the L1 penalty keeps every coefficient above zero", "Lasso is sparse. It zeroes out coefficients."
    told = errors(with_opposites(wrong, right), bank)
    assert told["key point 1 (l1-sparse), opposites"].startswith("entry 2 earns the point")
    assert "key point 1 (l1-sparse), opposites" not in errors(with_opposites(wrong, "lasso drops no feature"), bank)


def test_a_point_that_nobody_can_miss_is_told_at_the_point_and_the_pattern(bank: Bank) -> None:
    point = PENALTIES.key_points[0]
    loose = point.model_copy(
        update={"accept": Accept(phrases=point.accept.phrases, patterns=(r"\w+ \w+",)), "reject_if": ()}
    )
    question = PENALTIES.model_copy(update={"key_points": (loose, *PENALTIES.key_points[1:])})
    told = [f.message for f in try_out(question, bank).errors if f.place == "key point 1 (l1-sparse)"]
    assert any("matches 100% of the answers to other questions" in message for message in told)
    assert any("5 of 5 good answers to other questions earn it" in message for message in told)


def test_calibration_answers_must_show_strong_and_wrong(bank: Bank) -> None:
    strong = PENALTIES.calibration_answers[0]
    question = PENALTIES.model_copy(update={"calibration_answers": (strong,)})
    assert warnings(question, bank)["calibration answers"] == "none is wrong (band 1 at mid level)"


# Choice

KEY = "Flagging nothing scores 99%"
AUC = "It equals the area under the curve"


@pytest.mark.parametrize(
    ("old", "new", "place", "severity"),
    [
        (AUC, "It equals the area under the curve.", "options", Severity.NOTE),
        (AUC, "All of these are right", "option auc", Severity.ERROR),
        (AUC, "Both of them", "option auc", Severity.ERROR),
        (AUC, "(a) and (b)", "option auc", Severity.ERROR),
        (AUC, "it is strong, the few are misjudged!", "options strong and auc", Severity.ERROR),
        (KEY, "No", "option baseline", Severity.WARNING),
        (KEY, "Flagging nothing at all scores 99 percent", "option baseline", Severity.WARNING),
        (KEY, "Flagging nothing whatsoever would score 99 percent here", "option baseline", Severity.ERROR),
        (KEY, "One percent of payments are fraud", "option baseline", Severity.ERROR),
    ],
)
def test_an_option_does_not_give_the_key_away(old: str, new: str, place: str, severity: Severity, bank: Bank) -> None:
    options = tuple(o.model_copy(update={"text": new}) if o.text == old else o for o in ALERTS.options)
    report = try_out(ALERTS.model_copy(update={"options": options}), bank)
    assert (severity, place) in {(finding.severity, finding.place) for finding in report.findings}


@pytest.mark.parametrize(
    "text",
    ["None of the ten readings is close to the mean", "Both, as the errors cancel", "Neither of them, as clicks differ",
     "All units receive a zero gradient, so that none of them ever moves"],
)  # fmt: skip
def test_an_option_may_speak_of_all_and_none(text: str, bank: Bank) -> None:
    options = tuple(o.model_copy(update={"text": text}) if o.id == "auc" else o for o in ALERTS.options)
    assert "option auc" not in errors(ALERTS.model_copy(update={"options": options}), bank)


def test_every_option_is_explained_in_words_of_its_own(bank: Bank) -> None:
    whys = ("It is.", "It is the other way round here.", "It is the other way round here!")
    options = tuple(o.model_copy(update={"why": why}) for o, why in zip(ALERTS.options, whys, strict=True))
    report = try_out(ALERTS.model_copy(update={"options": options}), bank)
    places = {(finding.severity, finding.place) for finding in report.findings}
    assert (Severity.WARNING, "option baseline") in places
    assert (Severity.ERROR, "options strong and auc") in places


def test_a_hint_does_not_repeat_the_key(bank: Bank) -> None:
    question = ALERTS.model_copy(update={"hints": ("Flagging nothing scores 99%, does it not?", *ALERTS.hints[1:])})
    assert "hint 1" in errors(question, bank)


# Numeric


def numeric(question: Numeric, **changes: object) -> Numeric:
    return question.model_copy(update=changes)


@pytest.mark.parametrize(
    ("changes", "place", "severity"),
    [
        ({"answer": "g / (h - 8)"}, "answer", Severity.ERROR),
        ({"answer": "sqrt(g)"}, "answer", Severity.ERROR),
        ({"answer": "1e300 * 1e300 + g"}, "answer", Severity.ERROR),
        ({"answer": "0.5"}, "answer", Severity.ERROR),
        ({"prompt": "How far does it move for {g} and {h}?"}, "params r", Severity.ERROR),
        ({"working": "One divides and multiplies."}, "working", Severity.ERROR),
        ({"hints": ("It is {-g / (h + 2) * r}.", "b", "c")}, "hint 1", Severity.ERROR),
        ({"prompt": "{g} {h} {r}: does it move by {-g / (h + 2) * r}?"}, "prompt", Severity.ERROR),
        ({"tolerance": Tolerance(relative=0.2)}, "tolerance", Severity.WARNING),
        ({"tolerance": Tolerance(relative=0.00001)}, "tolerance", Severity.WARNING),
        ({"tolerance": Tolerance(absolute=0.1)}, "tolerance", Severity.WARNING),
        ({"prompt": "With {g}, {h} and {r}, how long does it take, in milliseconds?"}, "unit", Severity.WARNING),
        ({"takeaway": "So {1 / (h - 8)|.2f} it is."}, "takeaway", Severity.ERROR),
    ],
)
def test_a_numeric_question_keeps_its_word(
    changes: dict[str, object], place: str, severity: Severity, bank: Bank
) -> None:
    report = try_out(numeric(LEAF, **changes), bank)
    assert (severity, place) in {(finding.severity, finding.place) for finding in report.findings}, report.as_text()


def test_a_tolerance_that_is_a_share_needs_an_answer_other_than_zero(bank: Bank) -> None:
    question = numeric(LEAF, answer="(g + 6) * r", mistakes=LEAF.mistakes[:1], working="{(g + 6) * r}")
    assert "no share of 0" in errors(question, bank)["tolerance"]


# Stories


def story() -> Behavioral:
    question = template("behavioral")
    assert isinstance(question, Behavioral)
    return question


def test_a_probe_is_asked_once(bank: Bank) -> None:
    base = story()
    probes = {**base.probes}
    first, *_ = probes
    probes[first] = (probes[first][0], probes[first][0])
    assert "asked twice" in errors(base.model_copy(update={"probes": probes}), bank)[f"probes {first.value}"]


def test_a_signal_that_fits_any_story_is_told(bank: Bank) -> None:
    base = story()
    loose = base.positives[0].model_copy(update={"signals": (r"\bI \w+",)})
    found = errors(base.model_copy(update={"positives": (loose,)}), bank)
    assert "of the stories told for other questions" in found["positive 1 (asked-what-for)"]


def test_what_author_and_analysis_see_differently_is_one_finding(bank: Bank) -> None:
    base = story()
    answer = base.calibration_answers[1].model_copy(update={"band": dict.fromkeys(Level, 3), "parts": ()})
    question = base.model_copy(update={"calibration_answers": (base.calibration_answers[0], answer)})
    message = warnings(question, bank)["calibration answer no-learning"]
    assert message.startswith("“Bands it must get” says 3 3 3 (junior, mid, senior), and it is graded 4 4 3;")
    assert "“Parts that are told” does not name the situation, task, action, result" in message


# Code


def task() -> CodeTask:
    question = template("code")
    assert isinstance(question, CodeTask)
    return question


def test_programs_are_run_by_whoever_is_handed_in(bank: Bank) -> None:
    asked: list[CodeTask] = []

    def run(given: CodeTask) -> TaskReport:
        asked.append(given)
        problems = ((7, "solution must be accepted: WA"), (0, "every hidden case is also a sample"))
        return TaskReport(given.id, problems, ("line 4: <= for <",), 9, 12, 1.5)

    report = try_out(task(), bank, run_code=run)
    assert asked == [task()]
    assert report.code_ran
    assert [(finding.place, finding.message) for finding in report.errors] == [
        ("solution, line 7", "must be accepted: WA"),
        ("task", "every hidden case is also a sample"),
    ]
    assert [(f.place, f.message) for f in report.warnings] == [("solution, line 4", "no case notices <= for <")]
    assert try_out(ALERTS, bank, run_code=run).code_ran is False
    assert len(asked) == 1


def test_without_a_sandbox_the_report_says_so(bank: Bank) -> None:
    def run(_: CodeTask) -> TaskReport:
        raise NoSandboxError("this kernel has no walls")

    report = try_out(task(), bank, run_code=run)
    assert not report.code_ran
    assert [finding.message for finding in report.warnings] == [
        "its programs could not be run: this kernel has no walls"
    ]
    assert report.publishable


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"editorial": "Short."}, "editorial"),
        ({"entry": "largest_rise", "prompt": "largest_rise"}, "solution"),
        ({"forbid": ("numpy",)}, "solution"),
        ({"starter": task().solution + "\n# the same\n"}, "starter"),
        ({"hints": ("Try return float(np.max(np.maximum.accumulate(values) - values)).", "b", "c")}, "hint 1"),
        ({"generate": "def make(rng, n)\n    return n"}, "generate"),
        ({"solution": "x = " + "(" * 1_000}, "solution"),
        ({"solution": "x = " + "-" * 100_000 + "1"}, "solution"),
    ],
)
def test_what_can_be_read_is_told_without_running_it(change: dict[str, object], place: str, bank: Bank) -> None:
    assert place in errors(task().model_copy(update=change), bank)


def test_a_follow_up_is_tried_like_a_question(bank: Bank) -> None:
    asked = task().followups[0]
    question = task().model_copy(update={"followups": (asked.model_copy(update={"model": "It is fast."}),)})
    assert set(errors(question, bank)) == {
        "follow-up complexity, key point 1 (linear)",
        "follow-up complexity, key point 2 (all-pairs)",
    }


def test_a_bank_of_one_question_is_enough_to_find_its_twin() -> None:
    bank = Bank([Loaded(ALERTS, "a.yaml", 1)])
    twin = ALERTS.model_copy(update={"id": "eval.classification-metrics.flag-none"})
    assert isinstance(twin, MultipleChoice)
    assert "nearly the same as eval.classification-metrics.flag-nothing" in errors(twin, bank)["question"]


# Whatever people write

TEXTS = st.sampled_from(
    ["x", "?", "I don't know.", "no", "σ² ≤ 3", "{n}", "a, b, c, d, e, f, g, h, i, j", "not not never", "```", "1e308",
     "0", "Batch norm is not switched off at inference, or is it?", "word " * 60]
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(TEXTS, min_size=9, max_size=9))
def test_the_lab_has_an_answer_to_any_question(texts: list[str]) -> None:
    bank = Bank([Loaded(PENALTIES, "a.yaml", 1)])
    point, wrong, answer = MODES.key_points[0], MODES.misconceptions[0], MODES.calibration_answers[1]
    accept = Accept(phrases=(texts[0], texts[1]))
    free = MODES.model_copy(
        update={
            "prompt": texts[2],
            "key_points": (point.model_copy(update={"accept": accept, "claim": texts[3], "followup": texts[4]}),),
            "misconceptions": (wrong.model_copy(update={"claim": texts[5]}),),
            "model_answer": MODES.model_answer.model_copy(update={"full": texts[6], "short": texts[7]}),
            "calibration_answers": (answer.model_copy(update={"text": texts[8], "hits": ()}),),
            "hints": (texts[1], texts[2], texts[3]),
        }
    )
    options = tuple(
        o.model_copy(update={"text": t, "why": texts[8]}) for o, t in zip(ALERTS.options, texts, strict=False)
    )
    number = LEAF.model_copy(update={"working": "1 = 1", "unit": texts[0].replace("{", ""), "prompt": "{g} {h}"})
    for question in (free, ALERTS.model_copy(update={"options": options, "prompt": texts[2]}), number):
        report = try_out(question, bank)
        assert decode(encode(report)) == report
        assert report.as_text().startswith(question.id)
