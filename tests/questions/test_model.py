"""What a question must hold, kind by kind."""

from __future__ import annotations

import copy
from typing import Any, cast

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from questions.model import (
    Behavioral,
    DiscriminatedQuestion,
    FreeText,
    Level,
    MultipleChoice,
    Numeric,
    Relation,
    Tier,
    WrittenQuestion,
)
from tests.conftest import BANK

ADAPTER: TypeAdapter[WrittenQuestion] = TypeAdapter(DiscriminatedQuestion)
FREE, CHOICE, NUMERIC, STORY = cast(
    "list[dict[str, Any]]", list(yaml.load_all(BANK.read_text(encoding="utf-8"), yaml.CSafeLoader))
)


def build(data: dict[str, Any], **changes: Any) -> WrittenQuestion:
    return ADAPTER.validate_python({**copy.deepcopy(data), **changes})


def refusal(data: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        build(data, **changes)
    return str(caught.value)


def test_the_four_kinds_are_told_apart() -> None:
    kinds = [type(build(data)) for data in (FREE, CHOICE, NUMERIC, STORY)]
    assert kinds == [FreeText, MultipleChoice, Numeric, Behavioral]


@pytest.mark.parametrize("data", [FREE, CHOICE, NUMERIC, STORY], ids=lambda data: data["type"])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"surprise": 1}, "Extra inputs are not permitted"),
        ({"id": "boosting"}, "is not an id"),
        ({"id": "ml.Boosting.x"}, "is not an id"),
        ({"version": "1"}, "valid integer"),
        ({"version": True}, "valid integer"),
        ({"topics": []}, "at least 1 item"),
        ({"topics": ["ml"]}, "is not a topic"),
        ({"topics": ["ml.boosting", "ml.boosting"]}, "listed twice"),
        ({"levels": ["chief"]}, "'junior', 'mid' or 'senior'"),
        ({"difficulty": {"level": 0}}, "greater than or equal to 1"),
        ({"difficulty": {"level": 2, "b": 9}}, "less than or equal to 4"),
        ({"difficulty": {"level": 2, "a": "high"}}, "a number is expected"),
        ({"difficulty": {"level": 2, "b": float("nan")}}, "less than or equal to 4"),
        ({"prompt": "word " * 91}, "91 words; a prompt has at most 90"),
        ({"prompt": ""}, "at least 1 character"),
        ({"prompt": 5}, "valid string"),
        ({"time_limit_s": 5}, "greater than or equal to 30"),
        ({"hints": []}, "at least"),
        ({"references": [{"title": "x", "author": "y", "year": "1999"}]}, "valid integer"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_every_kind_refuses(data: dict[str, Any], changes: dict[str, Any], message: str) -> None:
    assert message in refusal(data, **changes)


def test_the_track_and_topic_are_the_first_ones() -> None:
    question = build(FREE, topics=["ml.regularization", "eval.calibration"])
    assert (question.topic, question.track) == ("ml.regularization", "ml")
    assert question.levels == tuple(Level)


# Free text


def point(**changes: Any) -> list[dict[str, Any]]:
    """The key points with the first one changed."""
    return [{**FREE["key_points"][0], **changes}, *FREE["key_points"][1:]]


def calibration(**changes: Any) -> list[dict[str, Any]]:
    return [{**FREE["calibration_answers"][0], **changes}, *FREE["calibration_answers"][1:]]


REFUSED_FREE_TEXT: list[tuple[dict[str, Any], str]] = [
    ({"key_points": FREE["key_points"][:2]}, "at least 3 items"),
    ({"key_points": point(id="l2-shrinks")}, "key_points: an id is used twice"),
    ({"key_points": point(id="L1 zeros")}, "is not a slug"),
    ({"key_points": point(weight=4)}, "less than or equal to 3"),
    ({"key_points": point(weight=2.0)}, "valid integer"),
    ({"key_points": [{**p, "tier": "depth"} for p in FREE["key_points"]]}, "at least one must be core"),
    ({"key_points": point(accept={"phrases": ["one"]})}, "at least 2 items"),
    ({"key_points": point(half=["("])}, "pattern '('"),
    ({"key_points": point(reject_if=["(?!x)y"])}, "no look-around"),
    ({"misconceptions": []}, "at least 1 item"),
    ({"misconceptions": [{**FREE["misconceptions"][0], "signals": []}]}, "at least one signal or phrase"),
    ({"misconceptions": [{**FREE["misconceptions"][0], "penalty": 0.5}]}, "less than or equal to 0.3"),
    ({"misconceptions": [{**FREE["misconceptions"][0], "fatal": "yes"}]}, "valid boolean"),
    ({"misconceptions": FREE["misconceptions"] * 2}, "misconceptions: an id is used twice"),
    ({"calibration_answers": FREE["calibration_answers"][:2]}, "at least 3 items"),
    ({"calibration_answers": calibration(hits=["nowhere"])}, "hits names unknown 'nowhere'"),
    ({"calibration_answers": calibration(misconceptions=["no"])}, "misconceptions names unknown 'no'"),
    ({"calibration_answers": calibration(label="partial")}, "a label is used twice"),
    ({"calibration_answers": calibration(band={"mid": 4})}, "a band for junior, mid and senior"),
    ({"calibration_answers": calibration(band={"junior": 5, "mid": 4, "senior": 4})}, "less than or equal to 4"),
    ({"model_answer": {"short": "word " * 41, "full": "x"}}, "short: 41 words, at most 40"),
    ({"model_answer": {"short": "x", "full": "word " * 181}}, "full: 181 words, at most 180"),
    ({"model_answer": {"short": "x", "full": r"\frac{1}{2}"}}, "LaTeX"),
    ({"references": []}, "at least 1 item"),
    ({"contrasts": [{"L1": ["sparse"]}]}, "at least two things"),
    ({"relations": ["more of this"]}, "write a relation as"),
    ({"relations": ["data -> less variance"]}, "must start with a direction"),
    ({"relations": ["more data -> "]}, "write a relation as"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED_FREE_TEXT, ids=lambda value: str(value)[:40])
def test_what_a_free_text_question_refuses(changes: dict[str, Any], message: str) -> None:
    assert message in refusal(FREE, **changes)


def test_a_relation_is_written_as_an_arrow_between_two_directions() -> None:
    for text in ("more data | larger sample -> less variance", "more data | larger sample → less variance"):
        relation = Relation.model_validate(text)
        assert (relation.cause, relation.effect) == ("more data | larger sample", "less variance")


def test_a_calibration_answer_may_stand_for_the_model_answer() -> None:
    question = build(FREE)
    assert isinstance(question, FreeText)
    strong, partial = question.calibration_answers[:2]
    assert question.calibration_text(strong) == question.model_answer.full
    assert question.calibration_text(partial) == partial.text
    assert [key_point.tier for key_point in question.key_points] == [Tier.CORE, Tier.CORE, Tier.DEPTH]


# Multiple choice


def options(*changes: tuple[int, dict[str, Any]]) -> list[dict[str, Any]]:
    result = copy.deepcopy(CHOICE["options"])
    for index, change in changes:
        result[index].update(change)
    return result


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (options((1, {"correct": True})), "exactly one option is correct"),
        (options((0, {"correct": False, "tag": "x"})), "exactly one option is correct"),
        (options((1, {"id": "a"})), "an option id is used twice"),
        (options((1, {"text": "ACCURACY"})), "two options read the same"),
        (options((1, {"tag": None})), "a distractor needs a tag"),
        (options((1, {"text": "All of the above"})), "no 'all of the above'"),
        (options((1, {"text": "x" * 201})), "at most 200 characters"),
        (options((1, {"correct": "no"})), "valid boolean"),
        (options()[:2], "at least 3 items"),
        (options() + options((0, {"id": "e"}))[:1] + options((0, {"id": "f"}))[:1], "at most 5 items"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_choice_refuses(changed: list[dict[str, Any]], message: str) -> None:
    assert message in refusal(CHOICE, options=changed)


def test_a_choice_has_one_key() -> None:
    question = build(CHOICE)
    assert isinstance(question, MultipleChoice)
    assert question.key.id == "a"


# Numeric


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"answer": "0.5 ** k"}, "answer: unknown parameter 'k'"),
        ({"answer": "n.real"}, "only numbers, parameters"),
        ({"answer": True}, "an expression is a number or a formula"),
        ({"mistakes": [{"value": "k", "claim": "x", "why_wrong": "y"}]}, "mistakes 1: unknown parameter 'k'"),
        ({"mistakes": []}, "at least 1 item"),
        ({"prompt": "How many of {k}?"}, "prompt: unknown parameter 'k'"),
        ({"working": "{import os}"}, "working: 'import os' is not a formula"),
        ({"working": "{n|z}"}, "working: 'z' is not a number format"),
        ({"takeaway": "{k}"}, "takeaway: unknown parameter 'k'"),
        ({"hints": ["a", "{k}", "c"]}, "hints 2: unknown parameter 'k'"),
        ({"params": {"N": [1]}}, "is not a parameter name"),
        ({"params": {"n": []}}, "give at least one value"),
        ({"params": {"n": [2, 2]}}, "each once"),
        ({"params": {"n": ["2"]}}, "a number is expected"),
        ({"params": {"n": [float("inf")]}}, "finite number"),
        ({"tolerance": {}}, "either relative or absolute"),
        ({"tolerance": {"relative": 0.1, "absolute": 1}}, "either relative or absolute"),
        ({"tolerance": {"relative": 0.5}}, "less than or equal to 0.2"),
        ({"tolerance": {"absolute": float("inf")}}, "finite number"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_a_numeric_question_refuses(changes: dict[str, Any], message: str) -> None:
    assert message in refusal(NUMERIC, **changes)


def test_every_draw_of_a_template_is_different_and_any_number_names_one() -> None:
    question = build(NUMERIC, params={"n": [2, 3], "m": [1, 2, 3]})
    assert isinstance(question, Numeric)
    assert question.variants == 6
    draws = [question.draw(variant) for variant in range(6)]
    assert len({tuple(draw.items()) for draw in draws}) == 6
    assert question.draw(6) == draws[0]
    assert question.draw(-1) == draws[5]


def test_a_template_without_parameters_has_one_draw() -> None:
    question = build(NUMERIC, params={}, answer=0.25, prompt="x", working="y", mistakes=[
        {"value": 1, "claim": "x", "why_wrong": "y"}
    ])  # fmt: skip
    assert isinstance(question, Numeric)
    assert (question.variants, question.draw(17), question.answer) == (1, {}, "0.25")


# Behavioral


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"look_for": {"situation": "x"}}, "name all five parts"),
        ({"probes": {**STORY["probes"], "task": ["one"]}}, "two questions for each"),
        ({"anchors": {1: "a", 2: "b", 3: "c"}}, "give 1, 2, 3 and 4"),
        ({"anchors": {0: "z", 1: "a", 2: "b", 3: "c", 4: "d"}}, "Input should be 1, 2, 3 or 4"),
        ({"level_scope": {"mid": "x"}}, "junior, mid and senior"),
        ({"model_answer": {"full": "too short"}}, "2 words; a model story has 120 to 260"),
        ({"calibration_answers": STORY["calibration_answers"][:1]}, "at least 3 items"),
        (
            {"calibration_answers": [{**answer, "negatives": ["rude"]} for answer in STORY["calibration_answers"]]},
            "unknown negative 'rude'",
        ),
        ({"negatives": [{"id": "x", "claim": "y", "signals": ["("], "why": "z"}]}, "pattern '('"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_a_behavioral_question_refuses(changes: dict[str, Any], message: str) -> None:
    assert message in refusal(STORY, **changes)


def test_anchors_may_be_named_by_text_as_in_json() -> None:
    question = build(STORY, anchors={str(key): value for key, value in STORY["anchors"].items()})
    assert isinstance(question, Behavioral)
    assert set(question.anchors) == {1, 2, 3, 4}


def test_a_question_cannot_be_changed() -> None:
    question = build(FREE)
    with pytest.raises(ValidationError, match="frozen"):
        question.version = 2  # type: ignore[misc]
