"""Reading code tasks: what the author's guide shows works, and mistakes are told with their line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from questions.code_task import Checker, CodeKind, CodeTask, Expect
from questions.loader import QuestionFileError
from questions.task_file import load_task

GUIDE = Path(__file__).parents[2] / "docs" / "code-tasks.md"


def example() -> str:
    """The task in the author's guide, with an editorial and second follow-up claim as long as a real one's."""
    match = re.search(r"````markdown\n(.*?)\n````", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert match is not None
    return match[1]


def load(text: str) -> CodeTask:
    question = load_task(text, "task.md").question
    assert isinstance(question, CodeTask)
    return question


def problems(text: str) -> list[str]:
    with pytest.raises(QuestionFileError) as caught:
        load_task(text, "task.md")
    return [str(problem) for problem in caught.value.problems]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if part in line)


def test_the_example_of_the_guide_is_a_task() -> None:
    task = load(example())
    assert task.id == "mlcode.kmeans-knn-scratch.one-lloyd-step"
    assert task.title == "One Lloyd step"
    assert task.kind is CodeKind.FUNCTION
    assert task.prompt.startswith("Write `kmeans_step(X, C)`")
    assert task.limits.time_s is None
    assert task.compare.checker is Checker.APPROX
    assert [wrong.expect for wrong in task.wrong] == [Expect.WRONG_ANSWER, Expect.TIME_LIMIT]
    assert len(task.hints) == 3
    assert task.generated[1].scaling == 0.4
    assert task.followups[0].key_points[0].id == "time"


def test_a_case_has_its_call_its_reason_its_weight_and_its_hint() -> None:
    tie, empty, widths = load(example()).hidden[0].cases
    assert (tie.why, tie.weight, tie.hint) == ("a tie", 2, None)
    assert (empty.why, empty.hint) == ("an empty cluster", "What is the mean of no rows?")
    assert empty.call == "kmeans_step(np.ones((3, 2)), np.array([[1., 1], [5, 5]]))"
    assert (widths.expected, widths.raises) == ("ValueError", True)
    assert widths.line == line_of(example(), "# widths differ")


def test_a_hash_inside_a_text_is_no_comment() -> None:
    task = load(example().replace("# a tie; weight=2", "# a tie").replace("np.array([[0.], [2.]])", "'a # b'"))
    assert task.hidden[0].cases[0].call.endswith("'a # b')")


def test_a_call_may_go_over_several_lines() -> None:
    text = example().replace(
        ">>> kmeans_step(np.ones((2, 2)), np.ones((1, 3)))                 # widths differ",
        ">>> kmeans_step(\n...     np.ones((2, 2)),  # widths\n...     np.ones((1, 3)),  # differ\n... )",
    )
    case = load(text).hidden[0].cases[2]
    assert case.why == "widths differ"
    assert "#" not in case.call


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("   # two clear groups", "", "say in a comment behind the call"),
        (">>> kmeans_step(np.ones((2, 2))", ">>> kmeans_step(np.ones((2, 2)", "was never closed"),
        ("; weight=2", "; wieght=2", "unknown 'wieght=2'"),
        ("points=50", "points=many", "'many' is not a whole number"),
        ('group="edge cases"', "gruop=edge", "does not know 'gruop=edge'"),
        ("kind: function", "kind: funktion", "kind"),
        ("minutes: 20 ", "minuets: 20 ", "minuets"),
        ("scaling: 0.4", "scaling: fast", "scaling"),
        ("## Editorial", "## Solution notes", "unknown section 'Solution notes'"),
        ("```python solution", "```python reference", "unknown block `python reference`"),
        ("entry: kmeans_step ", "entry: kmeans-step ", "is not a Python name"),
        ("checker: approx", "checker: topk", "the checker topk needs k"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, message: str) -> None:
    text = example()
    assert old in text
    found = problems(text.replace(old, new, 1))
    assert any(message in line for line in found), found
    assert all(re.match(r"task\.md:\d+: ", line) for line in found)


def test_the_line_is_that_of_the_mistake() -> None:
    text = example().replace("scaling: 0.4", "scaling: fast")
    assert problems(text)[0].startswith(f"task.md:{line_of(text, 'scaling: fast')}: ")
    text = example().replace("   # two clear groups", "")
    assert problems(text)[0].startswith(f"task.md:{line_of(text, '>>> kmeans_step(np.array([[0., 0]')}: ")


def test_two_solutions_are_refused() -> None:
    text = example()
    found = problems(text + "\n```python solution\ndef kmeans_step(X, C): pass\n```\n")
    assert any("there are two such blocks" in line for line in found)


def test_a_block_without_end_is_refused() -> None:
    assert any("this block is not closed" in line for line in problems(example() + "\n```python wrong\npass\n"))


def test_a_block_without_a_role_stays_prose() -> None:
    text = example().replace("## Editorial\n", "## Editorial\n```python\nX.mean(0)\n```\n")
    assert "X.mean(0)" in load(text).editorial


def test_paragraphs_and_list_items_are_unwrapped_and_code_is_not() -> None:
    text = (
        "One sentence that\ngoes on.\n\n1. An item that\n   goes on.\n2. Another.\n\n```python\na = 1\nb = 2\n```\n"
        "After it,\nmore.\n"
    )
    task = load(example().replace("## Editorial\n", f"## Editorial\n{text}", 1))
    assert task.editorial.startswith(
        "One sentence that goes on.\n\n1. An item that goes on.\n2. Another.\n\n"
        "```python\na = 1\nb = 2\n```\nAfter it, more."
    )
