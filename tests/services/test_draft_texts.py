"""Key points, options and sources as people write them in their notes."""

from __future__ import annotations

import json
import re
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bot.services.draft_texts import (
    options_text,
    points_text,
    read_options,
    read_points,
    read_sources,
    sources_text,
)

THREE = [("Median", True), ("Mean", False), ("Mode", False)]


def read(text: str) -> list[tuple[str, bool]]:
    return [(option["text"], option.get("correct", False)) for option in read_options(text, [])]


@pytest.mark.parametrize(
    "text",
    [
        "Median [x]\n- half lie above\n\nMean\n- it minimizes squares\n\nMode\n- it is the most frequent",
        "[x] Median\n- half lie above\n\n[ ] Mean\n- squares\n\n[ ] Mode\n- frequent",
        "A) Median [x]\n- half\nB) Mean\n- squares\nC) Mode\n- frequent",
        "1. Median ✓\n2. Mean\n3. Mode",
        "a. *Median\nb. Mean\nc. Mode",
        "*Median\n- half\n\nMean\n- squares\n\nMode\n- frequent",
        "**Median**\n\nMean\n\nMode",
        "- [x] Median\n- [ ] Mean\n- [ ] Mode",
        "(x) Median\n( ) Mean\n( ) Mode",
        "✅ Median\n❌ Mean\n❌ Mode",
        "Median (correct)\nMean\nMode",
        "Median [x]\n- half\nmean\n- squares\nmode\n- frequent".replace("mean", "Mean").replace("mode", "Mode"),
        "1) Median [X]\nbecause half lie above\n2) Mean\nbecause of squares\n3) Mode\nnot that",
    ],
)
def test_options_are_read_however_they_are_marked(text: str) -> None:
    assert read(text) == THREE


def test_the_lines_below_an_option_explain_it() -> None:
    text = "a) [x] Median\n- half of the errors\nlie on each side\n\nb) Mean\nIt minimizes squares.\n\nc) Mode"
    assert [option.get("why") for option in read_options(text, [])] == [
        "half of the errors lie on each side",
        "It minimizes squares.",
        None,
    ]


@pytest.mark.parametrize("text", ["* Median\n* Mean\n* Mode", "- Median\n- Mean\n- Mode", "Median\nMean\nMode"])
def test_bullets_mark_no_option_as_right(text: str) -> None:
    assert read(text) == [(words, False) for words, _ in THREE]


def test_options_get_letters_in_their_order_and_wrong_ones_a_misconception() -> None:
    options = read_options("The median [x]\n\nThe mean\n\nThe mean of the middle half", [])
    assert [option["id"] for option in options] == ["a", "b", "c"]
    assert [option.get("tag") for option in options] == [None, "mean", "mean-middle-half"]


def test_an_option_that_looks_like_a_mark_is_still_an_option() -> None:
    for text in ("1.", "[x]", "-", "*"):
        [option] = read_options(text, [])
        assert option["text"] == text
    assert read("a) f(x) = 2\n\nb) [x] -1\n\nc) 3.5 points") == [
        ("f(x) = 2", False),
        ("-1", True),
        ("3.5 points", False),
    ]


WORDS = st.text(st.sampled_from("abCD xy19.-*[]()&?|:\n"), min_size=1, max_size=120)


@settings(deadline=None)
@given(WORDS)
def test_options_that_are_shown_as_text_read_the_same_again(text: str) -> None:
    options = read_options(text, [])
    assert read_options(options_text(options), options) == options


@settings(deadline=None)
@given(WORDS)
def test_key_points_that_are_shown_as_text_read_the_same_again(text: str) -> None:
    points, gone = read_points(text, [])
    assert not gone
    again, gone = read_points(points_text(points), points)
    assert not gone
    assert [point["claim"] for point in again] == [point["claim"] for point in points]


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from("qwz é3,;.-*[]()&?|>✓"), max_size=40), max_size=8))
def test_no_word_that_is_typed_is_dropped(lines: list[str]) -> None:
    text = "\n".join(lines)
    for found in (read_options(text, []), read_points(text, [])[0]):
        kept = json.dumps(found, ensure_ascii=False)
        for word in re.findall(r"[qwzé]{2,}", text):
            assert word in kept


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("1. A is small.\n2. B is large\n3) C is neither", ["A is small.", "B is large", "C is neither"]),
        ("• A is small\n• B is large", ["A is small", "B is large"]),
        ("- A is small\n- B is large", ["A is small", "B is large"]),
        ("A is small.\nB is large.", ["A is small.", "B is large."]),
        ("A is small [core 3]\nB is large [depth]", ["A is small", "B is large"]),
        ("Bias falls with capacity\nVariance rises with it", ["Bias falls with capacity", "Variance rises with it"]),
        (
            "A long claim that an editor has broken at the end of a line because it\nis long. [core 3]\n\nB is large",
            ["A long claim that an editor has broken at the end of a line because it is long.", "B is large"],
        ),
        ("A is small\n\n- tiny\n- little\n? How small is it?\n\nB is large", ["A is small", "B is large"]),
        ("A is small\n- tiny\nB is large\n- huge", ["A is small", "B is large"]),
    ],
)
def test_each_line_or_paragraph_that_is_a_claim_is_a_key_point(text: str, claims: list[str]) -> None:
    points, _ = read_points(text, [])
    assert [point["claim"] for point in points] == claims


def test_how_much_a_key_point_matters_is_read_with_or_without_a_weight() -> None:
    points, _ = read_points("A [core 3]\n\nB [Depth]\n\nC (stretch, 1).\n\nD", [])
    assert [(point["tier"], point["weight"]) for point in points] == [
        ("core", 3),
        ("depth", 2),
        ("stretch", 1),
        ("core", 2),
    ]


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("ISL | James et al. | 2021", {"title": "ISL", "author": "James et al.", "year": 2021}),
        ("ISL | James et al. | ch. 3 | p. 59", {"title": "ISL", "author": "James et al.", "chapter": "ch. 3, p. 59"}),
        (
            "Deep Learning, Goodfellow et al., 2016",
            {"title": "Deep Learning", "author": "Goodfellow et al.", "year": 2016},
        ),
        (
            "Deep Learning, Goodfellow et al. (2016), ch. 8",
            {"title": "Deep Learning", "author": "Goodfellow et al.", "year": 2016, "chapter": "ch. 8"},
        ),
        ("ISL, James, Witten, Hastie, 2021", {"title": "ISL, James, Witten, Hastie, 2021"}),
        ("https://example.org/post", {"title": "https://example.org/post"}),
    ],
)
def test_a_source_is_read_where_it_leaves_no_doubt_and_kept_whole_otherwise(line: str, source: dict[str, Any]) -> None:
    assert read_sources([line]) == [source]
    assert read_sources(sources_text([source]).splitlines()) == [source]
