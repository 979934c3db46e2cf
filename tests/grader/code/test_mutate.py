from __future__ import annotations

import ast

import pytest

from grader.code.mutate import mutants

STEP = """\
def clip(values, limit, strict=False):
    total = sum(values)
    if total > limit and not strict:
        return [v * limit / total for v in values]
    return list(values)
"""


def changes(code: str) -> list[tuple[int, str]]:
    return [(mutant.line, mutant.change) for mutant in mutants(code)]


def test_each_operator_is_changed_once_and_told_with_its_line() -> None:
    assert changes(STEP) == [
        (1, "True for False"),
        (2, "mean for sum"),
        (3, "not (total > limit and (not strict))"),
        (3, "or for and"),
        (3, ">= for >"),
        (4, "* for /"),
        (4, "/ for *"),
    ]


def test_every_mutant_is_a_program_that_differs_from_the_original_and_from_the_others() -> None:
    found = [mutant.code for mutant in mutants(STEP)]
    assert len(set(found)) == len(found)
    assert ast.unparse(ast.parse(STEP)) not in found
    for code in found:
        compile(code, "<mutant>", "exec")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = a[-1]", ["1 for -1", "2 for 1"]),
        ("x = a.sum(axis=0)", ["mean for sum", "without axis=", "1 for 0"]),
        ("x = 3", ["4 for 3", "6 for 3"]),
        ("x = a is None", ["is not for is"]),
        ("x += 1", ["- for +", "2 for 1"]),
        ("x = 'text'", []),
    ],
)
def test_the_ways_to_change_a_line(code: str, expected: list[str]) -> None:
    assert sorted(what for _, what in changes(code)) == sorted(expected)


def test_a_program_that_does_not_compile_has_no_mutants() -> None:
    with pytest.raises(SyntaxError):
        mutants("def (")
