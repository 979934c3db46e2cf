"""How loading a submission can end."""

from __future__ import annotations

import pytest

from grader.code.client import Sandbox
from grader.code.job import Ending, Setup

from .jobs import job, only

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_syntax_error_tells_its_line(sandbox: Sandbox) -> None:
    report = await sandbox.run(job("def f():\n    return (1,\n"))
    assert report.setup is Setup.SYNTAX
    assert report.cases == ()
    assert report.raised is not None
    assert report.raised.type == "SyntaxError"
    assert [(frame.line, frame.text) for frame in report.raised.frames] == [(2, "return (1,")]


@pytest.mark.parametrize("code", ["def f(): '\0'", "(" * 5000 + ")" * 5000])
async def test_what_the_compiler_refuses_in_other_ways_is_a_syntax_error_too(sandbox: Sandbox, code: str) -> None:
    assert (await sandbox.run(job(code))).setup is Setup.SYNTAX


async def test_an_exception_at_module_level(sandbox: Sandbox) -> None:
    report = await sandbox.run(job("x = 0\ny = 1 / x\ndef f(): pass"))
    assert report.setup is Setup.RAISED
    assert report.raised is not None
    assert (report.raised.type, report.raised.frames[0].line) == ("ZeroDivisionError", 2)


async def test_a_missing_entry_names_what_is_most_like_it(sandbox: Sandbox) -> None:
    report = await sandbox.run(
        job("from math import sin\ndef other(): pass\ndef kmeans_stp(): pass", entry="kmeans_step")
    )
    assert report.setup is Setup.NO_ENTRY
    assert report.detail == "kmeans_stp, other"


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        ("while True: pass", Ending.CPU),
        ("import time; time.sleep(60)", Ending.IDLE),
        ("x = bytearray(10**9)", Ending.MEMORY),
        ("import os; os._exit(4)", Ending.CRASHED),
        ("while True: print('x' * 100)", Ending.OUTPUT),
        ("import os; os.write(3, b'surplus')", Ending.TOO_LARGE),
    ],
)
async def test_a_limit_or_a_crash_while_loading(sandbox: Sandbox, code: str, ending: Ending) -> None:
    report = await sandbox.run(job(code))
    assert (report.setup, report.ending, report.cases) == (Setup.STOPPED, ending, ())


@pytest.mark.parametrize(
    ("line", "offender"),
    [
        ("import scipy.stats", "scipy.stats"),
        ("from sklearn import metrics", "sklearn.metrics"),
        ("import grader", "grader"),
        ("import numpy.random as r", "numpy.random"),
        ("from numpy import random", "numpy.random"),
        ("def g():\n    import statistics", "statistics"),
    ],
)
async def test_a_forbidden_import_is_named(sandbox: Sandbox, line: str, offender: str) -> None:
    report = await sandbox.run(
        job(f"{line}\ndef f(): pass", needs=("numpy",), forbid=("numpy.random", "statistics"), libraries=False)
    )
    assert (report.setup, report.detail) == (Setup.FORBIDDEN, offender)


async def test_what_is_needed_and_the_standard_library_may_be_imported(sandbox: Sandbox) -> None:
    code = "import os.path, numpy.linalg\nfrom numpy import array\nfrom collections import abc\ndef f(): return 1"
    report = await sandbox.run(job(code, needs=("numpy",), forbid=("numpy.random",)))
    assert only(report.cases).value == 1


@pytest.mark.thorough
@pytest.mark.parametrize(
    "code",
    [
        "def f(): __import__('pandas')",
        "import importlib\ndef f(): importlib.import_module('pandas')",
        "def f(): exec('import pandas')",
        "import sys\ndef f(): sys.modules['pandas']",
        "def f(): __import__('grader.code.job')",
    ],
)
async def test_a_module_that_is_not_allowed_cannot_be_imported_by_other_ways(sandbox: Sandbox, code: str) -> None:
    case = only((await sandbox.run(job(code, needs=("numpy",), libraries=True))).cases)
    assert case.raised is not None
    assert {"ImportError", "KeyError"} & set(case.raised.bases)


async def test_fixtures_are_loaded_before_the_submission_and_may_import_what_they_like(sandbox: Sandbox) -> None:
    fixtures = "import decimal\nfrom dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int"
    code = "p = Point(3)\ndef f(): return p.x"
    report = await sandbox.run(job(code, fixtures=fixtures, needs=(), forbid=("decimal", "dataclasses")))
    assert only(report.cases).value == 3


async def test_the_submission_is_a_proper_module(sandbox: Sandbox) -> None:
    code = """
import inspect, pickle, sys, typing
from dataclasses import dataclass
@dataclass
class Point:
    x: "int"
def f():
    same = pickle.loads(pickle.dumps(Point(4))) == Point(4)
    return [__name__, sys.modules[__name__].f is f, same, str(typing.get_type_hints(Point)), inspect.getsource(f)[:7]]
"""
    value = only((await sandbox.run(job(code))).cases).value
    assert value == ["submission", True, True, "{'x': <class 'int'>}", "def f()"]
