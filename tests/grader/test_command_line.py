from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from grader.__main__ import main

QUESTION = r"""
id: ml.regularization.tiny
version: 1
type: multiple_choice
topics: [ml.regularization]
difficulty: {level: 1}
prompt: Which penalty gives sparse models?
options:
  - {id: l1, text: The absolute one, correct: true, why: It has a corner at zero.}
  - {id: l2, text: The squared one, why: Its pull fades near zero., tag: swapped}
  - {id: none, text: Neither of them, why: One does., tag: no-sparsity}
hints: [Draw them., Look near zero., One has a corner.]
takeaway: A corner at zero makes zeros.
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(QUESTION, encoding="utf-8")
    return path


def test_an_answer_is_graded_and_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["text", str(file), "l1"]) == 0
    assert "score 1.00" in capsys.readouterr().out


def test_json_holds_the_whole_grade(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["text", f"{file}#ml.regularization.tiny", "l2", "--json", "--level", "senior", "--hints", "1"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["score"] == 0
    assert shown["findings"][0]["id"] == "swapped"


def test_an_answer_may_come_from_a_file_or_standard_input(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "answer.txt").write_text("l1\n", encoding="utf-8")
    assert main(["text", str(file), f"@{tmp_path / 'answer.txt'}"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("l1"))
    assert main(["text", str(file), "-"]) == 0
    assert capsys.readouterr().out.count("score 1.00") == 2


def test_a_batch_is_graded_line_by_line(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [{"question": str(file), "answer": "l1"}, {"question": str(file), "answer": "l2", "level": "junior"}]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(json.dumps(line) for line in lines)))
    assert main(["text", "--in", "-"]) == 0
    assert [json.loads(line)["score"] for line in capsys.readouterr().out.splitlines()] == [1.0, 0]


def test_check_says_that_all_agree(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(file)]) == 0
    assert "every promise is kept" in capsys.readouterr().out


def test_check_points_at_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.yaml").write_text("id: nonsense\ntype: free_text\n", encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 1
    assert "bad.yaml" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["text", "ml.nothing.here", "x"],
        ["text", "missing.yaml", "x"],
        ["check", "missing.yaml"],
    ],
)
def test_an_error_is_one_line_and_exit_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1


def test_a_batch_line_that_is_not_json_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("{nope"))
    assert main(["text", "--in", "-"]) == 2
    assert "line 1" in capsys.readouterr().err
