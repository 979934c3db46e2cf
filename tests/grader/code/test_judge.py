"""Judging from source text to verdict, in the real sandbox."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import Any

import pytest

from grader.code.bundle import Bundle, Case, Group
from grader.code.client import Sandbox
from grader.code.job import CaseReport, Ending, Frame, Raised, Report, Setup
from grader.code.judge import Judge, verdict_of
from grader.code.ruling import GroupRun
from grader.code.verdict import Code, CodeVerdict
from questions.code_task import CodeKind, Compare, Score

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOT_ALLOWED = "It imports `scipy`, which this task does not allow. Besides the standard library it may import numpy."
NOT_A_VALUE = "returns a function, which cannot be compared; return numbers, text, lists, arrays or tables"
MEAN = "def mean(xs):\n    return sum(xs) / len(xs)\n"


def case(id_: str, args: list[Any], expected: Any = None, **options: Any) -> Case:
    return Case(id=id_, why=options.pop("why", f"case {id_}"), args=args, expected=expected, **options)


def task(groups: tuple[Group, ...] | None = None, **options: Any) -> Bundle:
    """A task with two samples and three hidden cases, one of which must raise."""
    standard = (
        Group(
            "samples", 10, (case("1.1", [[1, 3]], 2.0, call="mean([1, 3])", shown="2"), case("1.2", [[5]], 5.0)), True
        ),
        Group(
            "hidden",
            90,
            (
                case("2.1", [[0.5, 0.25]], 0.375, why="fractions", weight=2),
                case("2.2", [[7777]], 7777.0, why="large", hint="Does it fit?"),
                case("2.3", [[]], raises="ArithmeticError", why="nothing to average"),
            ),
        ),
    )
    bundle = Bundle(
        task="t",
        version=1,
        kind=CodeKind.FUNCTION,
        entry="mean",
        compare=Compare(),
        groups=groups or standard,
        time_s=1.0,
        memory_mb=128,
        result_kb=64,
        seed=1,
        reference=MEAN,
        needs=("numpy",),
    )
    return replace(bundle, **options).sealed()


async def judged(sandbox: Sandbox, code: str, bundle: Bundle | None = None, **options: Any) -> CodeVerdict:
    return (await Judge(sandbox).judge(bundle or task(), textwrap.dedent(code), **options)).verdict


def codes(verdict: CodeVerdict) -> list[str]:
    return [case.code.value for group in verdict.groups for case in group.cases]


async def test_a_right_submission_is_accepted_with_all_points(sandbox: Sandbox) -> None:
    verdict = await judged(sandbox, MEAN)
    assert (verdict.code, verdict.score, verdict.reason) == (Code.AC, 1.0, "All 5 cases pass.")
    assert (verdict.passed, verdict.total, verdict.tier > 0) == (5, 5, True)
    assert verdict.cpu_s > 0


async def test_samples_alone_are_run_when_only_they_are_asked_for(sandbox: Sandbox) -> None:
    verdict = await judged(sandbox, "def mean(xs):\n    print('hi')\n    return sum(xs) / len(xs)", samples_only=True)
    assert (verdict.code, verdict.total, verdict.output) == (Code.AC, 2, "hi\nhi\n")


async def test_a_failing_sample_is_shown_and_a_hidden_case_keeps_its_values(sandbox: Sandbox) -> None:
    verdict = await judged(sandbox, "def mean(xs):\n    print(xs)\n    return sum(xs) / len(xs) + 1\n")
    assert codes(verdict) == ["WA", "WA", "WA", "WA", "AC"]
    sample, hidden = verdict.groups[0].cases[0], verdict.groups[1].cases[1]
    assert sample.shown is not None
    assert (sample.shown.call, sample.shown.expected, sample.shown.got) == ("mean([1, 3])", "2", "3.0")
    assert sample.shown.difference == "expected 2.0, got 3.0"
    assert (hidden.detail, hidden.hint, hidden.shown) == ("another value", "Does it fit?", None)
    assert "7777" not in repr(replace(verdict, groups=(verdict.groups[1],)))
    assert verdict.output == ""
    assert verdict.reason.startswith("1 of 5 cases pass. The first that fails, “case 1.1”: another value (expected 2.0")


async def test_weights_and_points_make_the_score(sandbox: Sandbox) -> None:
    verdict = await judged(
        sandbox, "def mean(xs):\n    return 2.0 if len(xs) == 2 and xs[0] == 1 else 0.375 / bool(xs)\n"
    )
    assert codes(verdict) == ["AC", "WA", "AC", "WA", "AC"]
    assert [group.earned for group in verdict.groups] == pytest.approx([5.0, 90 * 3 / 4])
    assert verdict.score == pytest.approx(0.725)


@pytest.mark.parametrize(
    ("code", "expected", "reason"),
    [
        ("def mean(xs:\n", Code.CE, "It does not compile: '(' was never closed (line 1)."),
        ("import scipy\n" + MEAN, Code.CE, NOT_ALLOWED),
        ("def maen(xs):\n    return 1\n", Code.CE, "You define `maen`; the task asks for `mean`."),
        ("x = 1\n", Code.CE, "It does not define `mean`."),
        ("raise RuntimeError('no')\n", Code.RTE, "It raises RuntimeError while it is loaded: no"),
        ("while True: pass\n", Code.TLE, "While it is loaded, it uses more than 1 s of CPU time."),
    ],
)  # fmt: skip
async def test_what_cannot_be_loaded_is_told_in_a_sentence(
    sandbox: Sandbox, code: str, expected: Code, reason: str
) -> None:
    verdict = await judged(sandbox, code)
    assert (verdict.code, verdict.reason, verdict.score, verdict.groups) == (expected, reason, 0.0, ())


@pytest.mark.parametrize(
    ("body", "expected", "detail"),
    [
        ("while True: pass", Code.TLE, "uses more than 1 s of CPU time"),
        ("x = bytearray(10**9)", Code.MLE, "needs more than 128 MB of memory"),
        ("print('x' * 10**6)", Code.OLE, "prints too much"),
        ("import os; os._exit(3)", Code.RTE, "ends before it has answered"),
        ("return mean", Code.RTE, NOT_A_VALUE),
        ("return [0] * 10**6", Code.RTE, "returns a value that is too large"),
        ("return 1 / 0", Code.RTE, "raises ZeroDivisionError"),
    ],
)  # fmt: skip
async def test_limits_and_errors_have_verdicts_of_their_own(
    sandbox: Sandbox, body: str, expected: Code, detail: str
) -> None:
    bundle = task((Group("hidden", 100, (case("1.1", [[1]], 1.0),)),))
    verdict = await judged(sandbox, f"def mean(xs):\n    {body}\n", bundle)
    assert (verdict.code, verdict.groups[0].cases[0].detail) == (expected, detail)


async def test_a_traceback_has_the_submissions_own_lines(sandbox: Sandbox) -> None:
    code = "def mean(xs):\n    return half(xs)\n\ndef half(xs):\n    return xs[99]\n"
    verdict = await judged(sandbox, code)
    assert verdict.groups[0].cases[0].trace == ("line 2, in mean: return half(xs)", "line 5, in half: return xs[99]")


async def test_the_wrong_exception_and_none_at_all_are_wrong_answers(sandbox: Sandbox) -> None:
    other = await judged(sandbox, MEAN.replace("return", "if not xs: raise KeyError(1)\n    return"))
    none = await judged(sandbox, MEAN.replace("return", "if not xs: return 0\n    return"))
    assert other.groups[1].cases[2].detail == "raises KeyError instead of ArithmeticError"
    assert none.groups[1].cases[2].detail == "does not raise ArithmeticError"
    assert (other.code, none.code) == (Code.WA, Code.WA)


async def test_hidden_inputs_do_not_leak_through_names_of_exceptions_and_types(sandbox: Sandbox) -> None:
    code = """
        def mean(xs):
            if xs == [7777]:
                raise type("Saw_" + str(xs[0]), (ValueError,), {})(xs)
            return type("Got_" + str(xs[0]), (), {})()
        """
    verdict = await judged(sandbox, code)
    details = [case.detail for case in verdict.groups[1].cases]
    assert details[0].startswith("returns an object, which")
    assert details[1] == "raises ValueError"
    assert "7777" not in repr(verdict.groups[1])


async def test_a_group_that_never_ends_costs_the_others_nothing(sandbox: Sandbox) -> None:
    groups = (
        Group("first", 30, (case("1.1", [[1]], 1.0),)),
        Group("second", 30, (case("2.1", [[0]], 0.0), case("2.2", [[3]], 3.0))),
        Group("third", 40, (case("3.1", [[2]], 2.0),)),
    )
    code = "def mean(xs):\n    while xs == [0]: pass\n    return xs[0]\n"
    verdict = await judged(sandbox, code, task(groups, time_s=0.3))
    assert (codes(verdict)[0], codes(verdict)[1], codes(verdict)[3]) == ("AC", "TLE", "AC")
    assert verdict.code is Code.TLE
    assert [group.earned for group in verdict.groups][::2] == [30, 40]


async def test_progress_names_each_group_once_in_order(sandbox: Sandbox) -> None:
    told: list[tuple[int, int, str]] = []

    def tell(position: int, groups: int, name: str) -> None:
        told.append((position, groups, name))

    await judged(sandbox, MEAN, progress=tell)
    assert told == [(0, 2, "samples"), (1, 2, "hidden")]


QUADRATIC = """
def mean(xs):
    total = 0
    for i in range(len(xs)):
        total += sum(xs[:i + 1]) - sum(xs[:i])
    return total / len(xs)
"""
LINEAR = """
def mean(xs):
    total = 0
    for _ in range(250):
        total = sum(x * 1 for x in xs)
    return total / len(xs)
"""


def speed(*sizes: int, scaling: float = 0.4) -> Bundle:
    cases = tuple(case(f"1.{i}", [list(range(n))], (n - 1) / 2) for i, n in enumerate(sizes, 1))
    group = Group("speed", 100, cases, scaling=scaling, sizes=tuple(map(float, sizes)))
    return task((group,), reference=LINEAR, time_s=20.0)


@pytest.mark.thorough
async def test_a_submission_whose_time_grows_too_fast_keeps_part_of_the_points(sandbox: Sandbox) -> None:
    bundle = speed(1500, 3000, 6000)
    slow, quick = await judged(sandbox, QUADRATIC, bundle), await judged(sandbox, LINEAR, bundle)
    assert (slow.code, quick.code) == (Code.TLE, Code.AC)
    assert 0 < slow.score < 1
    (found,) = slow.growth
    assert not found.within
    assert found.yours == pytest.approx(2.0, abs=0.35)
    assert found.reference == pytest.approx(1.0, abs=0.35)
    assert slow.groups[0].cases[-1].detail.startswith("the time grows like n^")


async def test_a_wrong_answer_in_a_speed_group_is_wrong_and_not_slow(sandbox: Sandbox) -> None:
    verdict = await judged(sandbox, "def mean(xs):\n    return -1\n", speed(1500, 3000, 6000))
    assert (verdict.code, verdict.growth) == (Code.WA, ())


@pytest.mark.thorough
async def test_turning_back_the_clock_does_not_make_a_program_fast(sandbox: Sandbox) -> None:
    cheat = "import time\ntime.process_time = lambda: 0.0\n" + QUADRATIC
    verdict = await judged(sandbox, cheat, speed(1500, 3000, 6000))
    assert verdict.code is Code.TLE


CHECK = """
def check(args, got, ref):
    (xs,) = args
    if got == "text": return "a text is no mean"
    if got == "digits": return f"should be {ref}"
    low, high = (ref, ref) if got == ref else got
    assert np.mean(xs) == ref
    return True if low <= ref <= high else 0.25
"""


@pytest.mark.parametrize(
    ("body", "share", "details"),
    [
        ("return (min(xs), max(xs))", 1.0, ["", ""]),
        ("return (min(xs) - 2, min(xs) - 1)", 0.25, ["is only partly right", "is only partly right"]),
        ("return 'text'", 0.0, ["a text is no mean", "a text is no mean"]),
        ("return 'digits'", 0.0, ["should be 2.0", "not what is asked for"]),
        ("return 5", 0.0, ["has another form than what is asked for"] * 2),
    ],
)
async def test_a_property_is_judged_by_the_tasks_own_check(
    sandbox: Sandbox, body: str, share: float, details: list[str]
) -> None:
    groups = (
        Group("samples", 50, (case("1.1", [[1, 3]], 2.0),), sample=True),
        Group("hidden", 50, (case("2.1", [[2, 6]], 4.0),)),
    )
    bundle = task(groups, compare=Compare.model_validate({"checker": "property"}), check=CHECK)
    verdict = await judged(sandbox, f"def mean(xs):\n    {body}\n", bundle)
    assert verdict.score == pytest.approx(share)
    assert [case.detail for group in verdict.groups for case in group.cases] == details


async def test_a_check_that_fails_for_the_reference_is_an_internal_error(sandbox: Sandbox) -> None:
    bundle = task(
        compare=Compare.model_validate({"checker": "property"}), check="def check(args, got, ref):\n    1 / 0\n"
    )
    assert (await judged(sandbox, MEAN, bundle)).code is Code.IE


async def test_an_expected_value_that_its_checker_does_not_know_is_an_internal_error(sandbox: Sandbox) -> None:
    bundle = task((Group("g", 1, (case("1.1", [[1]], 3),)),), compare=Compare.model_validate({"checker": "one_of"}))
    assert (await judged(sandbox, MEAN, bundle)).code is Code.IE


async def test_a_class_is_judged_by_a_script_of_operations(sandbox: Sandbox) -> None:
    script: list[Any] = [["new", [2], {}], ["add", [3], {}], ["total", [], {}], ["add", ["x"], {}]]
    expected = [None, None, 5, {"$exception": {"type": "TypeError"}}]
    bundle = task((Group("g", 10, (case("1.1", script, expected),)),), kind=CodeKind.CLASS, entry="Sum")
    code = """
        class Sum:
            def __init__(self, start):
                self.total = start
            def add(self, x):
                self.total += x
        """
    assert (await judged(sandbox, code, bundle)).code is Code.AC
    wrong = await judged(sandbox, code.replace("+=", "="), bundle)
    assert wrong.code is Code.WA


PREDICT = Score(metric="mae", baseline=3, passing=1, full=0)  # type: ignore[arg-type]


def prediction_task() -> Bundle:
    rows = [1.0, 2.0, 3.0, 4.0]
    group = Group("predictions", 100, (case("1.1", [rows, rows], rows),))
    return task(
        (group,), kind=CodeKind.PREDICT, entry="predict", score=PREDICT, public=(0,), baselines=(("zero", 2.5),)
    )


@pytest.mark.parametrize(
    ("body", "code", "score", "public", "private"),
    [
        ("test", Code.AC, 1.0, 0.0, 0.0),
        ("[0] + test[1:]", Code.AC, 1.0, 1.0, 0.0),
        ("[1] + [x + 1.5 for x in test[1:]]", Code.WA, 0.5, 0.0, 1.5),
    ],
)
async def test_predictions_are_scored_on_public_and_private_rows_and_the_private_ones_decide(
    sandbox: Sandbox, body: str, code: Code, score: float, public: float, private: float
) -> None:
    verdict = await judged(sandbox, f"def predict(train, test):\n    return {body}\n", prediction_task())
    assert verdict.metric is not None
    assert (verdict.code, verdict.score) == (code, pytest.approx(score))
    assert (verdict.metric.public, verdict.metric.private) == (pytest.approx(public), pytest.approx(private))
    assert verdict.metric.baselines == (("zero", 2.5),)


async def test_predictions_of_the_wrong_form_are_explained_and_a_trial_run_tells_no_score(sandbox: Sandbox) -> None:
    short = await judged(sandbox, "def predict(train, test):\n    return test[1:]\n", prediction_task())
    trial = await judged(sandbox, "def predict(train, test):\n    return test\n", prediction_task(), samples_only=True)
    assert (short.code, short.reason) == (
        Code.WA, "4 predictions are needed, one a row of the test set, not 3",
    )  # fmt: skip
    assert (trial.code, trial.metric, trial.score) == (Code.AC, None, 0.0)


async def test_notes_are_made_on_accepted_code_only_when_asked_for(sandbox: Sandbox) -> None:
    untidy = "import os\n" + MEAN
    assert (await judged(sandbox, untidy)).lint == ()
    assert [note.code for note in (await judged(sandbox, untidy, lint=True)).lint] == ["F401"]
    assert (await judged(sandbox, untidy.replace("/", "*"), lint=True)).lint == ()


async def test_answers_from_uninitialized_memory_are_run_again_in_another_order(sandbox: Sandbox) -> None:
    lucky = """
        import numpy as np
        def mean(xs):
            np.empty(1)  # what this leaves to chance, a count of calls does in this test
            mean.calls += 1
            return sum(xs) / len(xs) + (mean.calls == 3 and len(xs) == 1 and xs[0] == 5 and 1)
        mean.calls = 0
        """
    bundle = task((Group("g", 1, (case("1.1", [[4]], 4.0), case("1.2", [[5]], 5.0), case("1.3", [[6]], 6.0))),))
    assert (await judged(sandbox, lucky, bundle)).code is Code.AC
    unlucky = lucky.replace("mean.calls == 3 and len(xs) == 1 and xs[0] == 5", "mean.calls == 1 and xs[0] == 6")
    verdict = await judged(sandbox, unlucky, bundle)
    assert (verdict.code, codes(verdict)) == (Code.WA, ["AC", "AC", "WA"])
    assert verdict.groups[0].cases[2].detail == "gives different answers from run to run"


FIGURE = """
    import matplotlib.pyplot as plt
    def draw(ys):
        fig, axes = plt.subplots()
        axes.plot(ys)
        return fig
    """


async def test_figures_come_with_pictures_of_both(sandbox: Sandbox) -> None:
    report = {"title": "", "axes": [{"lines": [{"x": [0, 1], "y": [3, 4]}]}]}
    bundle = task(
        (Group("samples", 100, (case("1.1", [[3, 4]], report),), sample=True),),
        kind=CodeKind.FIGURE,
        entry="draw",
        needs=("matplotlib",),
        reference=textwrap.dedent(FIGURE),
        compare=Compare.model_validate({"checker": "figure", "parts": ["lines"]}),
        time_s=20.0,
        memory_mb=512,
    )
    right = await Judge(sandbox).judge(bundle, textwrap.dedent(FIGURE))
    wrong = await Judge(sandbox).judge(bundle, textwrap.dedent(FIGURE).replace("plot(ys)", "plot(ys[::-1])"))
    none = await judged(sandbox, "def draw(ys):\n    return 3\n", bundle)
    assert (right.verdict.code, wrong.verdict.code, none.code) == (Code.AC, Code.WA, Code.RTE)
    assert [picture[:4] for picture in right.pictures] == [b"\x89PNG"] * 2
    assert wrong.pictures[0] != wrong.pictures[1]


# Ruling alone: whatever a hostile process reports


def ruled(report: CaseReport, code: str = MEAN) -> CodeVerdict:
    group = Group("hidden", 10, (case("1.1", [[7777]], 7777.0),))
    return verdict_of(task((group,)), code, [Report(Setup.READY, (report,))], [GroupRun(group, (report,))])


async def test_lines_of_a_traceback_come_from_the_submission_and_not_from_the_report() -> None:
    frames = (Frame(2, "saw_7777", "7777"), Frame(99, "mean", "7777"))
    verdict = ruled(CaseReport(Ending.RAISED, raised=Raised("E7777", ("E7777", "OSError"), "7777", frames)))
    assert verdict.groups[0].cases[0].trace == ("line 2: return sum(xs) / len(xs)",)
    assert "7777" not in repr(verdict)


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (Ending.CPU, Code.TLE), (Ending.IDLE, Code.TLE), (Ending.WALL, Code.TLE), (Ending.MEMORY, Code.MLE),
        (Ending.OUTPUT, Code.OLE), (Ending.CRASHED, Code.RTE), (Ending.PROTOCOL, Code.RTE),
        (Ending.UNSUPPORTED, Code.RTE), (Ending.TOO_LARGE, Code.RTE), (Ending.NOT_RUN, Code.RTE),
    ],
)  # fmt: skip
async def test_every_ending_has_its_verdict(ending: Ending, code: Code) -> None:
    verdict = ruled(CaseReport(ending, detail="result: Saw7777"))
    assert verdict.code is code
    assert "7777" not in repr(verdict)


@pytest.mark.parametrize("value", [{"$ndarray": {}}, {"$fn": "mean"}, {"$set": [[1]]}, {"figure": 1}])
async def test_a_value_that_is_none_is_never_right(value: Any) -> None:
    assert ruled(CaseReport(Ending.VALUE, value)).code in {Code.RTE, Code.WA}


async def test_the_time_of_a_group_is_limited_as_a_whole() -> None:
    group = Group("hidden", 10, tuple(case(f"1.{i}", [[i]], i) for i in range(3)))
    reports = tuple(CaseReport(Ending.VALUE, i, cpu_s=0.4) for i in range(3))
    verdict = verdict_of(task((group,)), MEAN, [Report(Setup.READY, reports)], [GroupRun(group, reports)])
    assert codes(verdict) == ["AC", "AC", "TLE"]
