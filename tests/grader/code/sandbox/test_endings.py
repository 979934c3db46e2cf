"""What becomes of a case, and of the cases after it."""

from __future__ import annotations

import pytest

from grader.code.client import Sandbox
from grader.code.job import RESTARTS, Action, Ending, RunCase, RunLimits, Setup

from .jobs import calls, job, only

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_value_comes_back(sandbox: Sandbox) -> None:
    report = await sandbox.run(job("def f(x):\n    print('seen', x)\n    return x + 1", *calls(1, 2)))
    assert report.setup is Setup.READY
    assert [(case.ending, case.value) for case in report.cases] == [(Ending.VALUE, 2), (Ending.VALUE, 3)]
    assert report.output == "seen 1\nseen 2\n"
    assert 0 < report.cpu_s < 1
    assert report.tier in {1, 2, 3}


async def test_an_exception_tells_its_classes_and_the_submissions_own_lines(sandbox: Sandbox) -> None:
    code = """
        import json
        class Odd(ValueError):
            pass
        def inner(x):
            raise Odd("a" * 5000 + "\\x1b[31m")
        def f():
            json.loads("1", parse_int=inner)
        """
    code = "\n".join(line[8:] for line in code.strip("\n").splitlines())
    raised = only((await sandbox.run(job(code))).cases).raised
    assert raised is not None
    assert raised.type == "Odd"
    assert raised.bases[:3] == ("Odd", "ValueError", "Exception")
    assert set(raised.message) == {"a"}
    assert len(raised.message) <= 500
    assert [(frame.line, frame.function) for frame in raised.frames] == [(7, "f"), (5, "inner")]
    assert raised.frames[1].text.startswith("raise Odd(")


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        ("def f():\n    while True: pass", Ending.CPU),
        ("import time\ndef f(): time.sleep(60)", Ending.IDLE),
        ("def f(): return bytearray(10**9)", Ending.MEMORY),
        ("def f():\n    kept = []\n    while True: kept.append(bytearray(10**7))", Ending.MEMORY),
        ("def f():\n    while True: print('x' * 1000)", Ending.OUTPUT),
        ("import os\ndef f(): os.write(2, b'x' * 70_000)", Ending.OUTPUT),
        ("import sys\ndef f(): sys.exit(3)", Ending.CRASHED),
        ("import os\ndef f(): os._exit(3)", Ending.CRASHED),
        ("import ctypes\ndef f(): ctypes.string_at(8)", Ending.CRASHED),
        ("import os\ndef f():\n    os.write(3, b'\\0\\0\\0\\2{}')\n    return 1", Ending.PROTOCOL),
        ("import os, time\ndef f(): os.write(3, b'\\0\\0\\0\\4[[]]'); time.sleep(60)", Ending.PROTOCOL),
        ("import os, time\ndef f(): os.write(3, b'\\0\\0\\0\\4}{]['); time.sleep(60)", Ending.PROTOCOL),
        ("import os, time\ndef f(): os.write(3, b'\\x7f\\0\\0\\0'); time.sleep(60)", Ending.TOO_LARGE),
        (
            "import os, time\ndef f(): os.write(3, b'\\0\\0\\4\\0' + b'[' * 512 + b']' * 512); time.sleep(60)",
            Ending.TOO_LARGE,
        ),
        ("def f(): return 'x' * 2_000_000", Ending.TOO_LARGE),
        ("def f():\n    nest = []\n    for _ in range(500): nest = [nest]\n    return nest", Ending.TOO_LARGE),
        ("def f(): return object()", Ending.UNSUPPORTED),
        ("def f(): return f()", Ending.RAISED),
        ("def f(): raise KeyboardInterrupt", Ending.RAISED),
    ],
)
async def test_each_way_to_end_has_its_name(sandbox: Sandbox, code: str, ending: Ending) -> None:
    assert only((await sandbox.run(job(code))).cases).ending is ending


async def test_the_ceiling_of_wall_time_holds_for_a_process_that_is_never_quite_idle(sandbox: Sandbox) -> None:
    code = "import time\ndef f():\n    while True:\n        sum(range(100_000))\n        time.sleep(0.02)"
    report = await sandbox.run(job(code, limits=RunLimits(cpu_s=20, idle_s=0.5, wall_s=0.7)))
    assert only(report.cases).ending is Ending.WALL


async def test_a_crash_says_how(sandbox: Sandbox) -> None:
    code = "import ctypes, sys\ndef f(x):\n    sys.exit(3) if x else ctypes.string_at(8)"
    report = await sandbox.run(job(code, *calls(1, 0)))
    assert [case.detail for case in report.cases] == ["exit 3", "SIGSEGV"]


async def test_an_unsupported_result_says_where(sandbox: Sandbox) -> None:
    report = await sandbox.run(job("class Model: pass\ndef f(): return [1, {'model': Model()}]"))
    assert only(report.cases).detail == "result[1]['model']: Model"


async def test_the_cases_after_one_that_kills_the_process_run_in_a_new_one(sandbox: Sandbox) -> None:
    code = "import os\nstate = []\ndef f(x):\n    state.append(x)\n    if x == 1: os._exit(1)\n    return len(state)"
    report = await sandbox.run(job(code, *calls(0, 1, 2, 3)))
    assert [case.value for case in report.cases] == [1, None, 1, 2]


async def test_one_case_that_hangs_does_not_use_up_the_time_of_the_others(sandbox: Sandbox) -> None:
    code = "def f(x):\n    while x == 1: pass\n    return x"
    report = await sandbox.run(job(code, *calls(0, 1, 2)))
    assert [case.ending for case in report.cases] == [Ending.VALUE, Ending.CPU, Ending.VALUE]


async def test_it_is_not_restarted_for_ever(sandbox: Sandbox) -> None:
    report = await sandbox.run(job("import os\ndef f(x): os._exit(1)", *calls(*range(8))))
    endings = [case.ending for case in report.cases]
    assert endings == [Ending.CRASHED] * (RESTARTS + 1) + [Ending.NOT_RUN] * (7 - RESTARTS)


async def test_without_keep_going_the_rest_is_not_run(sandbox: Sandbox) -> None:
    report = await sandbox.run(job("import os\ndef f(x): os._exit(1)", *calls(0, 1), keep_going=False))
    assert [case.ending for case in report.cases] == [Ending.CRASHED, Ending.NOT_RUN]


async def test_cpu_time_is_measured_from_outside(sandbox: Sandbox) -> None:
    code = """
import time
time.process_time = time.perf_counter = time.time = lambda: 0.0
def f(x):
    return sum(range(x))
"""
    report = await sandbox.run(job(code, *calls(3_000_000, 1), limits=RunLimits(cpu_s=20)))
    long, short = (case.cpu_s for case in report.cases)
    assert long > 0.01
    assert short < long / 5


async def test_memory_is_counted_above_that_of_the_libraries(sandbox: Sandbox) -> None:
    little = await sandbox.run(job("import numpy\ndef f(): return 1"))
    much = await sandbox.run(job("import numpy\ndef f(): return int(numpy.ones(10_000_000).sum())"))
    assert little.memory_mb < 10
    assert 70 < much.memory_mb < 100


async def test_the_first_printed_characters_are_kept_without_control_characters(sandbox: Sandbox) -> None:
    report = await sandbox.run(job("print('\\x1b[31mred\\x07\\u202e' + 'é' * 5000)\ndef f(): pass"))
    assert report.output.startswith("redé")
    assert len(report.output) == 2000


async def test_an_argument_can_be_asked_for_as_it_is_after_the_call(sandbox: Sandbox) -> None:
    case = RunCase(args=[[3, 1, 2], 5], args_after=(0,))
    assert only((await sandbox.run(job("def f(x, y): x.sort()", case))).cases).value == [[1, 2, 3]]


async def test_generators_are_consumed_up_to_a_limit(sandbox: Sandbox) -> None:
    report = await sandbox.run(job("import itertools\ndef f(): return itertools.count()"))
    assert only(report.cases).value == list(range(10_000))


async def test_arguments_are_new_for_each_repetition(sandbox: Sandbox) -> None:
    report = await sandbox.run(job("def f(x):\n    x.append(1)\n    return x", RunCase(args=[[0]], repeat=3)))
    assert only(report.cases).value == [0, 1]


async def test_a_repeated_case_reports_its_fastest_run(sandbox: Sandbox) -> None:
    code = "runs = []\ndef f():\n    runs.append(1)\n    sum(range(20_000_000 if len(runs) == 1 else 10_000))"
    once, thrice = [
        only((await sandbox.run(job(code, RunCase(repeat=n), limits=RunLimits(cpu_s=20)))).cases).cpu_s for n in (1, 3)
    ]
    assert 0 < thrice < once / 2


async def test_a_process_that_stops_its_clock_is_measured_from_outside(sandbox: Sandbox) -> None:
    code = "import time\ntime.process_time = lambda: 0.0\ndef f(): sum(range(1_000_000))"
    case = only((await sandbox.run(job(code, RunCase(repeat=3), limits=RunLimits(cpu_s=20)))).cases)
    assert case.cpu_s > 0.002


async def test_chance_is_seeded_before_every_case(sandbox: Sandbox) -> None:
    code = "import random, numpy\ndef f(): return [random.random(), float(numpy.random.rand())]"
    first = await sandbox.run(job(code, RunCase(), RunCase(), seed=3))
    other = await sandbox.run(job(code, seed=4))
    assert first.cases[0].value == first.cases[1].value != other.cases[0].value


async def test_a_class_is_run_by_a_script(sandbox: Sandbox) -> None:
    code = """
class Counter:
    def __init__(self, start): self.total = start
    def add(self, n): self.total += n; return self.total
    def fail(self): raise LookupError("no")
"""
    script: list[object] = [
        ["new", [10], {}],
        ["add", [], {"n": 5}],
        ["fail", [], {}],
        ["total", [], {}],
        ["gone", [], {}],
    ]
    report = await sandbox.run(job(code, RunCase(args=script, action=Action.SCRIPT), entry="Counter"))
    new, added, failed, total, gone = only(report.cases).value
    assert (new, added, total) == (None, 15, 15)
    assert failed["$exception"]["type"] == "LookupError"
    assert gone["$exception"]["type"] == "AttributeError"


@pytest.mark.thorough
async def test_a_figure_is_described_and_drawn(sandbox: Sandbox) -> None:
    code = "import matplotlib.pyplot as plt\ndef f():\n    plt.plot([1, 3, 2])\n    plt.title('$x^2$')"
    report = await sandbox.run(job(code, RunCase(action=Action.FIGURE), limits=RunLimits(cpu_s=20)))
    value = only(report.cases).value
    assert value["figure"]["axes"][0]["title"] == "$x^2$"
    assert len(value["png"]) > 1000


async def test_an_authors_call_gives_its_arguments(sandbox: Sandbox) -> None:
    case = RunCase(action=Action.CAPTURE, source="f([square, 1], np.arange(2), seed=rng(7), pi=math.pi)")
    report = await sandbox.run(job("def f(): pass", case, fixtures="def square(x): return x * x"))
    args, kwargs = only(report.cases).value
    assert args[0] == [{"$fn": "square"}, 1]
    assert args[1]["$ndarray"]["data"] == [0, 1]
    assert kwargs == {"seed": {"$rng": 7}, "pi": 3.141592653589793}


async def test_captured_functions_and_generators_can_be_arguments(sandbox: Sandbox) -> None:
    code = "def f(function, rng): return [function(3), int(rng.integers(100))]"
    case = RunCase(args=[{"$fn": "square"}, {"$rng": 7}])
    first, again = [
        only((await sandbox.run(job(code, case, fixtures="def square(x): return x * x"))).cases).value for _ in range(2)
    ]
    assert first == again
    assert first[0] == 9


async def test_an_authors_script_gives_its_operations(sandbox: Sandbox) -> None:
    case = RunCase(action=Action.CAPTURE, source="[new(0.1), step([1.0], k=2), max(), rate()]")
    report = await sandbox.run(job("class f: pass", case))
    assert only(report.cases).value == [
        ["new", [0.1], {}],
        ["step", [[1.0]], {"k": 2}],
        ["max", [], {}],
        ["rate", [], {}],
    ]


async def test_an_authors_expected_value_may_hold_exceptions(sandbox: Sandbox) -> None:
    case = RunCase(action=Action.EVALUATE, source="[None, raises(ValueError), math.inf]")
    report = await sandbox.run(job("def f(): pass", case))
    none, raised, infinite = only(report.cases).value
    assert (none, infinite) == (None, {"$float": "inf"})
    assert raised["$exception"]["type"] == "ValueError"
    assert raised["$exception"]["message"] == ""


async def test_pandas_is_there_for_authors_and_arguments(sandbox: Sandbox) -> None:
    written = await sandbox.run(job("def f(): pass", RunCase(action=Action.CAPTURE, source="f(pd.Series([1, 2]))")))
    (series,), _ = only(written.cases).value
    used = await sandbox.run(job("def f(s): return int(s.sum())", RunCase(args=[series])))
    assert only(used.cases).value == 3
