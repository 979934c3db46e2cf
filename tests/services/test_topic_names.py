"""Which topic somebody means."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bot.services.topic_names import nearest, question_of_topic, topics_in, unknown_topics
from questions.taxonomy import taxonomy


@pytest.mark.parametrize(
    ("typed", "kind", "slugs"),
    [
        ("ml.clustering", "", ["ml.clustering"]),
        ("ML.Clustering", "", ["ml.clustering"]),
        ("clustering", "", ["ml.clustering"]),
        ("Clustering & mixture models", "", ["ml.clustering"]),
        ("k-means", "free_text", ["ml.clustering"]),
        ("k-means", "code", ["mlcode.kmeans-knn-scratch"]),
        ("K-NN", "free_text", ["ml.knn"]),
        ("PCA, A/B testing", "free_text", ["ml.dimensionality-reduction", "eval.ab-testing"]),
        ("Arrays, strings & hashing, SQL", "code", ["dsa.arrays-hashing", "data.sql"]),
        ("clustering, ml.clustering", "", ["ml.clustering"]),
        ("random forest", "free_text", ["ml.bagging-forests"]),
        ("framing", "", ["framing"]),
        ("clustring", "", ["clustring"]),
    ],
)
def test_topics_are_told_by_slug_name_or_subject_and_kept_as_typed_otherwise(
    typed: str, kind: str, slugs: list[str]
) -> None:
    assert topics_in(typed, kind) == slugs


def test_every_topic_is_found_by_its_slug_and_its_name_whatever_the_kind() -> None:
    for slug, topic in taxonomy().topics.items():
        for kind in ("free_text", "code", "behavioral"):
            assert topics_in(f"{slug}, {topic.name}", kind) == [slug]


@pytest.mark.parametrize(
    ("typed", "kind", "slug"),
    [
        ("clustring", "free_text", "ml.clustering"),
        ("classic-ml.clustering", "", "ml.clustering"),
        ("transfomers", "", "dl.transformers"),
        ("gradient boosting", "", "ml.boosting"),
        ("framing", "", "design.framing"),
        ("conflits", "behavioral", "behav.conflict"),
    ],
)
def test_the_likeliest_topic_is_suggested_first(typed: str, kind: str, slug: str) -> None:
    assert nearest(typed, kind)[0] == slug
    assert f"Did you mean {taxonomy().name(slug)} ({slug})" in question_of_topic(typed, kind)


def test_where_nothing_is_like_it_nothing_is_suggested() -> None:
    assert nearest("xyzzy") == ()
    assert "Did you mean" not in question_of_topic("xyzzy")


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(["", "free_text", "code", "behavioral"]))
def test_any_text_names_topics_or_is_kept(text: str, kind: str) -> None:
    found = topics_in(text, kind)
    for typed in unknown_topics(found):
        assert typed in text
        assert set(nearest(typed, kind)) <= taxonomy().topics.keys()
