"""Finding the program in what people type."""

from __future__ import annotations

import pytest

from bot.services.code_text import TooLongError, code_in, form_code, tidy
from questions.code_task import MAX_CODE

PROGRAM = "def mean(x):\n    return sum(x) / len(x)\n"


@pytest.mark.parametrize(
    "text",
    [
        f"```python\n{PROGRAM}```",
        f"```py\n{PROGRAM}```",
        f"```\n{PROGRAM}```",
        f"Here it is:\n```Python\n{PROGRAM}\n```\nI hope it works.",
        f"```python\nfirst = 1\n```\nno, rather\n```python\n{PROGRAM}```",
        f"```python\n{PROGRAM}```\nIt prints\n```text\n0.5\n```",
        f"```python\r\n{PROGRAM}```".replace("\n", "\r\n").replace("\r\r", "\r"),
        f"```python\n{PROGRAM}",
        f"~~~python\n{PROGRAM}~~~",
        PROGRAM,
        f"import numpy as np\n\n{PROGRAM}",
    ],
)
def test_the_last_python_block_is_the_program_and_so_is_plain_code_that_defines_the_entry(text: str) -> None:
    found = code_in(text, "mean")
    assert found is not None
    assert found.replace("import numpy as np\n\n", "") == PROGRAM


@pytest.mark.parametrize("entry", ["class mean:\n    pass\n", "async def mean(x):\n    pass\n", "mean = sum\n"])
def test_a_class_a_coroutine_and_an_assignment_define_the_entry_too(entry: str) -> None:
    assert code_in(entry, "mean") == entry


@pytest.mark.parametrize(
    "text",
    ["", "I would sum and divide.", "def other(x): ...", "see def mean(x) above", "```text\n0.5\n```", "mean == 3"],
)
def test_what_is_no_program_is_none(text: str) -> None:
    assert not code_in(text, "mean")


def test_a_block_that_does_not_define_the_entry_is_still_taken_for_the_judge_to_say_so() -> None:
    assert code_in("```python\nx = 1\n```", "mean") == "x = 1\n"


def test_one_line_in_a_fence_is_a_program() -> None:
    assert code_in("```mean = sum```", "mean") == "mean = sum\n"


def test_a_form_takes_everything_but_the_fence_around_it() -> None:
    assert form_code(PROGRAM) == PROGRAM
    assert form_code(f"```python\n{PROGRAM}```") == PROGRAM
    assert form_code("x = '''\n```\n'''") == "x = '''\n```\n'''\n"
    assert form_code("  \n ") == ""


def test_indentation_is_kept_and_nul_and_carriage_returns_go() -> None:
    assert tidy("\n\n    x = 1\r\n\0y = 2\r") == "    x = 1\ny = 2\n"


def test_more_code_than_is_taken_is_refused() -> None:
    assert tidy("x" * (MAX_CODE - 1)).startswith("x")
    for text in ("x" * (MAX_CODE + 1), "é" * (MAX_CODE // 2 + 1)):
        with pytest.raises(TooLongError, match="64 kB"):
            tidy(text)
