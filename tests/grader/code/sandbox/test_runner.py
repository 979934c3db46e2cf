from __future__ import annotations

import pytest

from grader.code.runner import clean


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain\ttext\nof lines", "plain\ttext\nof lines"),
        ("\x1b[1;31mred\x1b[0m \x1b]0;title\x07done", "red done"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("bell\x07 null\x00 delete\x7f", "bell null delete"),
        ("left\u202eright \u200bzero \ufeffmark \udc80alone", "leftright zero mark alone"),
        (None, ""),
        (["a list"], ""),
    ],
)
def test_texts_of_a_submission_are_cleaned(text: object, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_texts_of_a_submission_are_cut() -> None:
    assert len(clean("x" * 10_000)) == 500
    assert len(clean("\x00" * 10_000 + "x", limit=100)) <= 100
