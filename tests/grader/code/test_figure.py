"""Figures: what is described, and which differences matter."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import matplotlib as mpl
import numpy as np
import pytest

from grader.code.compare import compare
from grader.code.sandbox.encoding import Unsupported
from grader.code.sandbox.figure import describe
from grader.code.values import decode
from questions.code_task import Compare

mpl.use("Agg")
from matplotlib import pyplot

plt: Any = pyplot
ALL = [
    "axes",
    "titles",
    "labels",
    "scales",
    "limits",
    "legend",
    "lines",
    "bars",
    "points",
    "images",
    "texts",
    "histogram",
]


def figure(**changes: Any) -> Any:
    """Two axes with a bit of everything; `changes` are made by name."""
    fig, (left, right) = plt.subplots(1, 2)
    left.plot([0, 1, 2], [0, 1, 4], label=changes.get("legend", "squares"))
    left.plot([0, 1, 2], changes.get("line", [0, 1, 8]), color=changes.get("color", "red"), label="cubes")
    if changes.get("diagonal"):
        left.plot([0, 2], [0, 2], "--")
    if changes.get("curve"):
        left.plot([0, 1, 2], [3, 3, 3])
    left.legend()
    left.set_title(changes.get("title", "Growth"))
    left.set_xlabel(changes.get("xlabel", "x"))
    left.set_yscale(changes.get("scale", "linear"))
    left.set_xlim(0, changes.get("limit", 2))
    left.text(1, 1, changes.get("text", "peak"))
    names, heights = changes.get("bars", (["a", "b"], [1.0, 2.0]))
    right.bar(names, heights)
    right.scatter([1, 2], changes.get("points", [3, 4]))
    if changes.get("image") is not None:
        right.imshow(changes["image"])
    return fig


def described(result: object) -> Any:
    return decode(describe(result)["figure"])


@cache
def plain() -> Any:
    """The figure without any change."""
    return described(figure())


def looking_at(*parts: str) -> Compare:
    return Compare.model_validate({"checker": "figure", "parts": parts})


def differs(part: str, **changes: Any) -> str | None:
    found = compare(
        plain(),
        described(figure(**changes)),
        Compare(checker=cast(Any, "figure"), parts=cast(Any, (part,))),
    )
    return None if found is None else str(found)


def test_a_figure_equals_itself_in_all_parts() -> None:
    assert compare(plain(), described(figure(color="blue")), looking_at(*ALL)) is None


@pytest.mark.every(3)
@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("titles", {"title": "The growth of squares"}),
        ("lines", {"diagonal": True}),
        ("bars", {"bars": (["b", "a"], [2.0, 1.0])}),
        ("points", {"points": [3, 4]}),
        ("legend", {"legend": "Squares (n²)"}),
        ("labels", {"title": "other"}),
    ],
)
def test_what_does_not_matter_is_let_pass(part: str, changes: dict[str, Any]) -> None:
    assert differs(part, **changes) is None


@pytest.mark.every(3)
@pytest.mark.parametrize(
    ("part", "changes", "said"),
    [
        ("titles", {"title": "Shrinking"}, "axes[0].title: expected the words 'Growth', got 'Shrinking'"),
        ("labels", {"xlabel": ""}, "axes[0].xlabel: expected the words 'x', got ''"),
        ("scales", {"scale": "log"}, "axes[0].yscale: expected linear, got log"),
        ("limits", {"limit": 3}, "axes[0].xlim: expected [0.0, 2.0], got [0.0, 3.0]"),
        ("legend", {"legend": "other"}, "axes[0].legend: expected 'squares', got ['other', 'cubes']"),
        ("texts", {"text": "valley"}, "axes[0].texts: expected 'peak', got ['valley']"),
        ("lines", {"line": [0, 1, 9]},
         "axes[0].lines: expected a line of 3 points, y = [0.0, 1.0, 8.0], got 2 lines without it"),
        ("lines", {"curve": True}, "axes[0].lines: expected 2 lines, got also of 3 points, y = [3.0, 3.0, 3.0]"),
        ("bars", {"bars": (["a", "b"], [2.0, 1.0])}, "axes[1].bars: expected ['a', 1.0], got ['a', 2.0]"),
        ("bars", {"bars": (["a"], [1.0])}, "axes[1].bars: expected 2, got 1"),
        ("points", {"points": [3, 5]}, "axes[1].points: expected [2.0, 4.0], got [2.0, 5.0]"),
        ("images", {"image": np.eye(2)}, "axes[1].images: expected 0 items, got 1"),
    ],
)  # fmt: skip
def test_what_matters_is_told(part: str, changes: dict[str, Any], said: str) -> None:
    assert differs(part, **changes) == said


def test_another_number_of_axes_is_told_whatever_the_parts() -> None:
    one = plt.subplots()[0]
    found = compare(
        described(figure()), described(one), Compare.model_validate({"checker": "figure", "parts": ["titles"]})
    )
    assert found is not None
    assert (found.hidden, str(found)) == ("another number of axes", "expected 2 axes, got 1")


def histogram(kind: str, values: list[float]) -> Any:
    fig, axes = plt.subplots()
    axes.hist(values, bins=3, histtype=kind)
    return fig


@pytest.mark.parametrize("kind", ["bar", "step", "stepfilled"])
def test_histograms_are_compared_by_edges_and_counts_however_they_are_drawn(kind: str) -> None:
    spec = looking_at("histogram")
    expected = described(histogram("bar", [1, 2, 2, 4]))
    assert expected["axes"][0]["histogram"] == [{"edges": [1.0, 2.0, 3.0, 4.0], "counts": [1.0, 2.0, 1.0]}]
    assert compare(expected, described(histogram(kind, [1, 2, 2, 4])), spec) is None
    assert compare(expected, described(histogram(kind, [1, 2, 3, 4])), spec) is not None


def test_images_and_colour_bars_are_described() -> None:
    fig, axes = plt.subplots()
    fig.colorbar(axes.imshow([[1.0, np.nan], [3.0, 4.0]]))
    found = described(fig)
    assert found["colorbar"] is True
    assert len(found["axes"]) == 1
    assert found["axes"][0]["images"][0]["shape"] == [2, 2]
    assert found["axes"][0]["images"][0]["data"][2:] == [3.0, 4.0]


FORMS: list[Callable[[], Any]] = [
    lambda: plt.plot([1, 2])[0].figure,
    lambda: plt.plot([1, 2])[0].axes,
    lambda: plt.plot([1, 2]),
    lambda: (plt.plot([1, 2])[0].figure, 3),
    lambda: np.array([plt.plot([1, 2])[0].axes]),
    lambda: plt.plot([1, 2]) and None,
]


@pytest.mark.parametrize("make", FORMS, ids=range(len(FORMS)))
def test_a_figure_is_found_in_every_form_of_result_and_closed(make: Callable[[], Any]) -> None:
    assert described(make())["axes"][0]["lines"][0]["y"] == [1.0, 2.0]
    assert plt.get_fignums() == []


def test_no_figure_is_an_unsupported_result() -> None:
    for result, said in ((None, "None, and no figure is open"), (3, "int")):
        with pytest.raises(Unsupported) as caught:
            describe(result)
        assert caught.value.type_name == said


def test_the_picture_is_a_png_of_the_promised_size() -> None:
    data = base64.b64decode(cast(str, describe(figure())["png"]))
    assert data.startswith(b"\x89PNG")
    assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == (800, 500)
    noise = plt.figure()
    noise.add_axes((0, 0, 1, 1)).imshow(np.random.default_rng(0).random((500, 800, 3)))
    drawn = describe(noise)["png"]
    assert drawn is None or len(base64.b64decode(drawn)) <= 500_000


def test_a_huge_figure_is_described_within_bounds() -> None:
    fig, axes = plt.subplots()
    axes.imshow(np.zeros((1000, 1000)))
    axes.scatter(np.zeros(50_000), np.zeros(50_000))
    found = described(fig)["axes"][0]
    assert sum(map(len, found["points"][0])) + len(found["images"][0]["data"]) <= 40_000
