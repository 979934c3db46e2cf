"""Files of submissions: one answer a line, in order, whatever the lines hold."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.code.batch import Tasks, UnusableFileError, judge_files, judge_lines, read_tasks
from grader.code.client import Sandbox
from grader.code.sandbox.encoding import encode

pytestmark = pytest.mark.asyncio(loop_scope="module")


def lines(*rows: object) -> io.BytesIO:
    return io.BytesIO(b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows))


def bundle(id_: str = "add", **changes: Any) -> dict[str, Any]:
    cases: list[Any] = [
        {"args": [1, 2], "kwargs": {}, "expected": 3},
        {"args": [0.5], "kwargs": {"b": 1}, "expected": 1.5},
    ]
    return {
        "id": id_,
        "entry_point": "add",
        "cases": cases,
        "compare": "exact",
        "rtol": None,
        "normalise": None,
        **changes,
    }


def submission(id_: str, code: str, task: str = "add") -> dict[str, str]:
    return {"id": id_, "task": task, "code": code}


async def answers(sandbox: Sandbox, bundles: list[Any], submissions: list[Any]) -> tuple[list[dict[str, Any]], str]:
    said, out = io.StringIO(), io.StringIO()
    tasks = read_tasks(lines(*bundles), "bundles", said)
    count = await judge_lines(tasks, lines(*submissions), out, sandbox, said, "subs")
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(found) == count
    return found, said.getvalue()


ADD = "def add(a, b):\n    return a + b\n"


@pytest.mark.thorough
async def test_every_submission_gets_a_line_with_a_verdict_for_each_case(sandbox: Sandbox) -> None:
    found, said = await answers(
        sandbox,
        [bundle()],
        [
            submission("right", ADD),
            submission("wrong", ADD.replace("+", "-")),
            submission("half", "def add(a, b):\n    return 3"),
            submission("raises", "def add(a, b):\n    return a + b / (a - 1)"),
            submission("broken", "def add(:"),
            submission("loop", "def add(a, b):\n    while a == 1: pass\n    return a + b"),
        ],
    )
    assert [(line["id"], line["verdict"]) for line in found] == [
        ("right", "AC"), ("wrong", "WA"), ("half", "WA"), ("raises", "RTE"), ("broken", "CE"), ("loop", "TLE"),
    ]  # fmt: skip
    assert [[case["verdict"] for case in line["cases"]] for line in found][:5] == [
        ["AC", "AC"], ["WA", "WA"], ["AC", "WA"], ["RTE", "WA"], ["CE", "CE"],
    ]  # fmt: skip
    assert found[1]["cases"][0]["detail"] == "another value: expected 3, got -1"
    assert found[2]["reason"] == "1 of 2 cases pass; another value: expected 1.5, got 3"
    assert set(found[0]) == {"id", "task", "verdict", "reason", "cpu_s", "memory_mb", "tier", "cases"}
    assert set(found[0]["cases"][0]) == {"verdict", "detail", "cpu_s"}
    assert said == ""


EXPECTING: list[tuple[dict[str, Any], Any, str, str]] = [
    ({}, (1, 2), "return (1, 2)", "AC"),
    ({}, (1, 2), "return [1, 2]", "WA"),
    ({}, 1, "return True", "AC"),
    ({}, float("nan"), "return float('nan')", "AC"),
    ({}, 0.3, "return 0.1 + 0.2", "WA"),
    ({"compare": "approx"}, 0.3, "return 0.1 + 0.2", "AC"),
    ({"compare": "approx", "rtol": 0.1, "atol": 0.0}, [100.0], "return (109.0,)", "AC"),
    ({"compare": "approx", "rtol": 0.1, "atol": 0.0}, [100.0], "return (111.0,)", "WA"),
    ({"normalise": "set"}, [1, 2], "return (2, 1, 1)", "AC"),
    ({"normalise": "set"}, [1, 2], "return [2, 3]", "WA"),
    ({}, np.arange(100.0), "import numpy as np\n    return np.arange(100.0)", "AC"),
    ({}, np.arange(100.0), "import numpy as np\n    return np.arange(99.0)", "WA"),
]


@pytest.mark.parametrize(("options", "expected", "body", "verdict"), EXPECTING, ids=range(len(EXPECTING)))
async def test_answers_are_compared_as_the_bundle_says(
    sandbox: Sandbox, options: dict[str, Any], expected: Any, body: str, verdict: str
) -> None:
    line = bundle(cases=[{"args": [], "expected": encode(expected)}], **options)
    found, _ = await answers(sandbox, [line], [submission("s", f"def add():\n    {body}\n")])
    assert found[0]["verdict"] == verdict


@pytest.mark.parametrize(
    ("body", "verdict"),
    [("raise KeyError('x')", "AC"), ("raise LookupError", "WA"), ("return 1", "WA"), ("return KeyError('x')", "RTE")],
)
async def test_an_exception_can_be_expected_and_a_returned_one_is_none(
    sandbox: Sandbox, body: str, verdict: str
) -> None:
    expected = {"$exception": {"type": "KeyError", "message": "x"}}
    line = bundle(cases=[{"args": [], "expected": expected}])
    found, _ = await answers(sandbox, [line], [submission("s", f"def add():\n    {body}\n")])
    assert found[0]["verdict"] == verdict


async def test_limits_of_the_bundle_are_kept(sandbox: Sandbox) -> None:
    line = bundle(limits={"time_s": 0.3, "memory_mb": 64})
    found, _ = await answers(
        sandbox,
        [line],
        [
            submission("slow", "def add(a, b):\n    while True: pass"),
            submission("large", "def add(a, b):\n    x = bytearray(2 * 10**8)"),
        ],
    )
    assert [answer["verdict"] for answer in found] == ["TLE", "MLE"]
    assert found[0]["cpu_s"] < 1.5


async def test_lines_that_cannot_be_used_are_answered_and_told_and_the_others_judged(sandbox: Sandbox) -> None:
    unreadable: list[dict[str, Any]] = [{"args": [], "expected": {"$set": [[1]]}}]
    found, said = await answers(
        sandbox,
        [bundle(), b"{broken\n", bundle("bad", cases=unreadable), {"id": "none"}, bundle()],
        [
            b"not json\n", b"\xff\xfe\n", b"\n", [1, 2], {"id": "x", "task": "add"},
            {"id": 7, "task": "add", "code": None},
            submission("lost", ADD, "nowhere"), submission("poor", ADD, "bad"), submission("ok", ADD),
            submission("huge", "#" * 70_000), b"[" * 50_000 + b"\n",
        ],
    )  # fmt: skip
    assert [(line["id"], line["verdict"]) for line in found] == [
        (None, "IE"), (None, "IE"), (None, "IE"), ("x", "IE"), (7, "IE"), ("lost", "IE"), ("poor", "IE"), ("ok", "AC"),
        ("huge", "CE"), (None, "IE"),
    ]  # fmt: skip
    assert found[5]["reason"] == "no such task"
    assert found[6]["reason"].startswith("the task cannot be used: case 1: the expected value")
    assert [line for line in said.splitlines() if "bundles:" in line] == [
        "bundles:2: not JSON (Expecting property name enclosed in double quotes at column 2)",
        "bundles:3: case 1: the expected value: list cannot be a key or an item of a set",
        "bundles:4: entry_point: Field required",
        "bundles:5: the task 'add' is there already; this line is ignored",
    ]
    assert "subs:1: not JSON" in said
    assert "subs:5: code: Field required" in said


@pytest.mark.thorough
async def test_many_submissions_keep_their_order(sandbox: Sandbox) -> None:
    codes = [f"def add(a, b):\n    sum(range({10_000 * (i % 5)}))\n    return a + b + {i % 3}\n" for i in range(120)]
    found, _ = await answers(sandbox, [bundle()], [submission(str(i), code) for i, code in enumerate(codes)])
    assert [line["id"] for line in found] == [str(i) for i in range(120)]
    assert [line["verdict"] for line in found] == ["AC" if i % 3 == 0 else "WA" for i in range(120)]


async def test_a_file_that_cannot_be_opened_is_an_error(sandbox: Sandbox, tmp_path: Path) -> None:
    there = tmp_path / "there.jsonl"
    there.write_text("")
    for bundles, submissions, out in (
        (tmp_path / "none", there, tmp_path / "out"),
        (there, tmp_path / "none", tmp_path / "out"),
        (there, there, tmp_path),
    ):
        with pytest.raises(UnusableFileError):
            await judge_files(bundles, submissions, out, sandbox, io.StringIO())


async def test_no_bundles_at_all_is_no_such_task(sandbox: Sandbox) -> None:
    out, said = io.StringIO(), io.StringIO()
    await judge_lines(Tasks(), lines(submission("s", ADD)), out, sandbox, said)
    assert json.loads(out.getvalue())["reason"] == "no such task"
