"""What to read on each topic."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from questions.model import Level
from questions.resources import NEEDED, NEEDED_WEIGHT, Resources, resources
from questions.taxonomy import taxonomy


def raw() -> dict[str, Any]:
    return resources().model_dump()


def test_every_topic_that_loops_ask_about_has_something_to_read() -> None:
    found = resources()
    for slug, topic in taxonomy().topics.items():
        if max(topic.weight[level] for level in Level) >= NEEDED_WEIGHT:
            assert len(found.on(slug)) >= NEEDED


def test_a_line_names_author_title_year_and_chapter() -> None:
    found = resources()
    assert found.on("ml.boosting")[0] == (
        "Hastie, Tibshirani, Friedman, *The Elements of Statistical Learning* (2009), ch. 10"
    )
    assert "scikit-learn developers, *scikit-learn user guide*, “Preprocessing data”" in found.on("data.scaling")
    assert found.on("ml.cooking") == ()
    assert all(len(line) <= 230 for slug in found.topics for line in found.on(slug))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"topics": {"ml.cooking": []}}, "unknown topics: ['ml.cooking']"),
        ({"topics": {"ml.boosting": [{"work": "nothing"}, {"work": "esl"}]}}, "unknown works: ['nothing']"),
        ({"topics": {"ml.boosting": [{"work": "esl"}, {"work": "esl"}]}}, "ml.boosting names a work twice"),
        ({"topics": {"ml.boosting": [{"work": "gbm"}]}}, "ml.boosting needs 2 works"),
        ({"topics": {"ml.boosting": [{"work": "esl"}, {"work": "gbm", "chapter": " "}]}}, "name a chapter"),
        ({"works": [{"id": "x", "title": "X", "author": "Y", "kind": "book"}]}, "works that no topic names: ['x']"),
        ({"works": [{"id": "esl", "title": "X", "author": "Y", "kind": "book"}]}, "works with the same id: ['esl']"),
        ({"works": [{"id": "x", "title": "X", "author": "Y", "kind": "film"}]}, "kind"),
    ],
)
def test_mistakes_are_told(change: dict[str, Any], told: str) -> None:
    data = raw()
    data["topics"] = {**data["topics"], **change.get("topics", {})}
    data["works"] = [*data["works"], *change.get("works", [])]
    with pytest.raises(ValidationError) as error:
        Resources.model_validate(data)
    assert told in str(error.value)
