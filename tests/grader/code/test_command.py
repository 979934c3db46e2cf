"""`python -m grader code`, from the command line to the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.__main__ import main

CASES = [{"args": [1, 2], "expected": 3}]
BUNDLE = {"id": "add", "entry_point": "add", "cases": CASES, "compare": "exact"}
SUBMISSION = {"id": "s", "task": "add", "code": "def add(a, b):\n    return a + b\n"}


def test_the_command_line_judges_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / name for name in ("b.jsonl", "s.jsonl", "o.jsonl")]
    paths[0].write_text(json.dumps(BUNDLE))
    paths[1].write_text(json.dumps(SUBMISSION))
    options = ["--bundle", "--submissions", "--out"]
    call = ["code", *(text for pair in zip(options, map(str, paths), strict=True) for text in pair)]
    assert main(call) == 0
    assert json.loads(paths[2].read_text())["verdict"] == "AC"
    assert main([*call[:-1], str(tmp_path)]) == 2
    assert "cannot write" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        main(["code", "--bundle", "b.jsonl"])
    assert caught.value.code == 2


TASK = Path(__file__).parents[3] / "docs" / "code-tasks.md"


@pytest.mark.thorough
def test_the_command_line_judges_one_submission_to_the_guides_task(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = TASK.read_text(encoding="utf-8").partition("````markdown\n")[2].partition("\n````")[0]
    solution = example.partition("```python solution\n")[2].partition("\n```")[0]
    task, code = tmp_path / "task.md", tmp_path / "submission.py"
    task.write_text(example, encoding="utf-8")
    code.write_text(solution, encoding="utf-8")
    assert main(["code", str(task), str(code)]) == 0
    assert capsys.readouterr().out.startswith("AC  Accepted")
    code.write_text(solution.replace("argmin(1)", "argmax(1)"), encoding="utf-8")
    assert main(["code", str(task), str(code), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "WA"
    assert main(["code", "no.such.task", str(code)]) == 2
    assert main(["code", str(task), str(tmp_path / "none.py")]) == 2
