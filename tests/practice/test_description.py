"""Topics that a job description names."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bot.practice.description import MOST_CHARACTERS, QUOTES, topics_named
from questions.taxonomy import taxonomy

POSTING = """Senior Machine Learning Engineer – Recommendations

We are a startup building a two-sided marketplace. You will ship ranking and retrieval models (two-tower, gradient
boosted trees), run A/B tests, own feature stores and model monitoring, and deploy with Docker/Kubernetes.
Strong Python and SQL; PyTorch, Spark and Airflow. Bonus: LLMs, RAG, causal inference.
You communicate with non-technical stakeholders and make recommendations to leadership."""


def test_a_posting_names_topics_and_the_words_are_shown() -> None:
    found = topics_named(POSTING)
    assert found.startup
    assert found.topics["ml.boosting"] == ("gradient boosted trees",)
    assert found.topics["eval.ab-testing"] == ("A/B tests",)
    assert found.topics["domain.recsys"] == ("Recommendations",)
    assert found.topics["domain.marketplace"] == ("two-sided marketplace",)
    assert found.topics["ops.containers"] == ("Docker/Kubernetes",)
    named = {"design.retrieval", "design.ranking", "data.feature-construction", "data.sql", "mlcode.deep-frameworks"}
    named |= {"ops.distributed-data", "ops.pipelines", "nlp.language-models", "nlp.rag", "domain.causal"}
    assert named <= set(found.topics)
    assert not {"domain.search-ranking", "math.calculus", "dsa.trees-graphs"} & set(found.topics)
    assert list(found.topics) == [slug for slug in taxonomy().topics if slug in found.topics]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("XGBoost", "ml.boosting"),
        ("time-series forecasting", "domain.time-series"),
        ("fine tuning of LLMs", "nlp.finetuning-alignment"),
        ("Natural Language Processing", "nlp.text-representation"),
        ("reinforcement   learning", "domain.rl-bandits"),
        ("recommender system", "domain.recsys"),
        ("Recommender Systems", "domain.recsys"),
        ("ci/cd", "ops.ci-cd-testing"),
        ("continuous delivery", "ops.ci-cd-testing"),
        ("hypothesis tests", "math.hypothesis-testing"),
        ("nested cross-validation", "eval.cross-validation"),
        ("mentoring junior engineers", "behav.leadership-influence"),
        ("k8s", "ops.containers"),
    ],
)
def test_the_usual_words_are_understood(text: str, topic: str) -> None:
    assert topic in topics_named(text).topics


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We search for people who deliver. Competitive salary, next steps by mail.",
        "Provide actionable recommendations and the rest of the team will thank you.",
        "5+ years of experience with data and models",
        "🙂 \x00 ﷽ Ж",
    ],
)
def test_everyday_words_name_nothing(text: str) -> None:
    found = topics_named(text)
    assert (found.topics, found.startup) == ({}, False)


def test_the_longest_words_count() -> None:
    assert "design.serving" in topics_named("model serving").topics
    assert "domain.recsys" not in topics_named("actionable recommendations").topics
    assert set(topics_named("logistic regression").topics) == {"ml.logistic-regression"}


def test_every_name_of_a_technical_topic_finds_its_topic() -> None:
    for slug, topic in taxonomy().topics.items():
        if topic.track not in {"behav", "process", "case"}:
            assert slug in topics_named(topic.name).topics, slug


def test_a_word_that_comes_often_is_quoted_a_few_times() -> None:
    found = topics_named("SQL, sql, PostgreSQL, MySQL, Snowflake, BigQuery. " * 50)
    assert found.topics["data.sql"] == ("SQL", "PostgreSQL", "MySQL")
    assert len(found.topics["data.sql"]) == QUOTES


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(POSTING.split()), max_size=60).map(" ".join)))
def test_whatever_is_pasted_the_quotes_stand_in_it(text: str) -> None:
    found = topics_named(text)
    joined = " ".join(text.split())
    assert set(found.topics) <= set(taxonomy().topics)
    assert all(quote and quote in joined for quotes in found.topics.values() for quote in quotes)


def test_a_very_long_text_is_cut() -> None:
    assert topics_named("x" * MOST_CHARACTERS + " SQL").topics == {}
