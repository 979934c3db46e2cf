"""A question part by part: nothing that it says is left out, and whatever changes is told, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.services.drafts import Kind
from bot.services.question_changes import Change, changes_between
from bot.services.question_parts import NEGATIVES, parts_of, value_of
from cogs.questions._parts import PAGE_BLOCKS, PAGE_TEXT, change_blocks, marked, whole_blocks, whole_pages
from questions.bank import Bank
from questions.kinds import AnyQuestion, StoredQuestion
from questions.model import BUILT_IN_NEGATIVES, Behavioral, FreeText, MultipleChoice, Numeric
from tests.services.caring import template

ADAPTER: TypeAdapter[AnyQuestion] = TypeAdapter(StoredQuestion)
UNTOLD = {"id", "version", "type", "label", "line"}
"""Names that nobody reads."""
NAMING = {"hits", "halves", "misconceptions", "negatives"}
"""Of calibration answers: they name other parts, which stand there in words."""


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every text and number with its place."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[Any]", value)):
            yield from leaves(inner, (*path, index))
    elif value is not None:
        yield path, value


def told(path: tuple[str | int, ...]) -> bool:
    return path[-1] not in UNTOLD and not (path[0] == "calibration_answers" and NAMING & set(path))


def of_every_kind(bank: Bank) -> list[AnyQuestion]:
    first = {question.type: question for question in bank.questions.values()}
    return [*map(template, Kind), *first.values()]


def test_nothing_that_a_question_says_is_left_out(bank: Bank) -> None:
    for question in bank.questions.values():
        text = " ".join(" ".join(line for part in parts_of(question) for line in (part.title, *part.lines)).split())
        for path, value in leaves(question.model_dump(mode="json", exclude_defaults=True)):
            if isinstance(value, str) and told(path) and not value.startswith("@"):
                words = value.replace("_", " ") if "expect" in path else value
                assert " ".join(words.split()) in text, f"{question.id} {path}"


@pytest.mark.parametrize("kind", list(Kind))
def test_whatever_is_changed_in_a_question_is_told(kind: Kind) -> None:
    question = template(kind)
    dumped = question.model_dump(mode="json")
    tried = 0
    for path, value in leaves(dumped):
        if path[-1] in UNTOLD or isinstance(value, bool):
            continue
        changed = ADAPTER.dump_python(question, mode="json")
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = (
            value + 1 if isinstance(value, int) else value + 0.1 if isinstance(value, float) else value + " x"
        )
        try:
            other = ADAPTER.validate_python(changed)
        except ValidationError:
            continue
        tried += 1
        assert changes_between(question, other), path
        assert changes_between(other, question), path
    assert tried > 15


def test_a_question_does_not_differ_from_itself_in_another_version(bank: Bank) -> None:
    for question in of_every_kind(bank):
        assert changes_between(question, question.model_copy(update={"version": question.version + 1})) == ()


@pytest.mark.parametrize(
    ("formula", "unit", "told"),
    [
        ("1 + n * (k - 1)", "pixels", "7 pixels for n = 3, k = 3"),
        ("100 / n", "%", "33.3333 % for n = 3"),
        ("2 ** 10", "", "1,024"),
        ("0.5", "ms", ""),
        ("1 / (n - k)", "", ""),
        ("n / m", "", ""),
        ("no formula", "", ""),
        ("9 ** 9 ** 9", "", ""),
    ],
)
def test_a_formula_comes_to_something_unless_it_is_a_number_or_has_no_value(formula: str, unit: str, told: str) -> None:
    assert value_of(formula, {"n": 3, "k": 3}, unit) == told


def test_what_a_formula_comes_to_is_no_change_by_itself() -> None:
    question = template(Kind.NUMERIC)
    assert isinstance(question, Numeric)
    other = question.model_copy(update={"params": {**question.params, "n": (4.0, 5.0)}})
    assert [change.label for change in changes_between(question, other)] == ["Numbers to draw from"]


def test_every_built_in_negative_has_words() -> None:
    assert set(NEGATIVES) == BUILT_IN_NEGATIVES


def test_an_entry_that_moved_or_got_another_id_is_the_same_entry() -> None:
    question = template(Kind.FREE_TEXT)
    assert isinstance(question, FreeText)
    first, *others = question.key_points
    renamed = first.model_copy(update={"id": "another-id", "followup": "What else?"})
    ids = {first.id: renamed.id}
    answers = tuple(
        answer.model_copy(update={"hits": tuple(ids.get(hit, hit) for hit in answer.hits)})
        for answer in question.calibration_answers
    )
    after = question.model_copy(update={"key_points": (renamed, *others), "calibration_answers": answers})
    [change] = changes_between(question, after)
    assert (change.label, change.after) == ("Key point 1, follow-up", ("What else?",))
    [moved] = changes_between(question, question.model_copy(update={"key_points": (*others, first)}))
    assert moved.label == "Key points, their order"
    assert moved.after[-1] == first.claim


def test_entries_that_came_and_went_are_told_with_all_they_say_and_the_prompt_comes_first() -> None:
    question = template(Kind.MULTIPLE_CHOICE)
    assert isinstance(question, MultipleChoice)
    gone, *kept = question.options[1:]
    added = gone.model_copy(update={"id": "e", "text": "Nothing at all", "why": "Two figures tell something."})
    after = question.model_copy(
        update={"prompt": "What do the two figures tell?", "options": (question.options[0], *kept, added)}
    )
    found = changes_between(question, after)
    assert [change.what for change in found] == ["Prompt", "Option e (new)", "Option b (taken out)"]
    assert "why: Two figures tell something." in found[1].after
    assert found[2].before[0] == gone.text


def test_of_a_list_only_what_came_and_went_is_told() -> None:
    question = template(Kind.FREE_TEXT)
    assert isinstance(question, FreeText)
    point = question.key_points[0]
    accept = point.accept.model_copy(update={"phrases": (*point.accept.phrases[1:], "a batch knows one class")})
    after = question.model_copy(
        update={"key_points": (point.model_copy(update={"accept": accept}), *question.key_points[1:])}
    )
    assert changes_between(question, after) == (
        Change("Key point 1, ways to say it", (point.accept.phrases[0],), ("a batch knows one class",)),
    )


def test_another_kind_of_question_under_the_same_name_is_told() -> None:
    found = changes_between(template(Kind.NUMERIC), template(Kind.CODE))
    assert (found[0].label, found[0].before, found[0].after) == ("Kind of question", ("numeric",), ("code",))


# In messages


def test_every_question_fits_into_pages_that_discord_takes(bank: Bank) -> None:
    for question in [*map(template, Kind), *bank.questions.values()]:
        pages = whole_pages(question)
        assert all(sum(map(len, page)) <= PAGE_TEXT and 0 < len(page) <= PAGE_BLOCKS for page in pages), question.id
        assert all(block.count("```") % 2 == 0 for page in pages for block in page), question.id
        shown = _words("\n".join(block for page in pages for block in page))
        for text in _read(question):
            assert _words(text) in shown, (question.id, text)


def _read(question: AnyQuestion) -> list[str]:
    found = [question.prompt, *question.hints, *(one.title for one in question.references)]
    if isinstance(question, FreeText):
        found += [text for wrong in question.misconceptions for text in (wrong.claim, wrong.why_wrong)]
        found += [question.model_answer.full, *(answer.text for answer in question.calibration_answers[1:])]
    if isinstance(question, Behavioral):
        found += [
            question.competency,
            *question.anchors.values(),
            *(answer.text for answer in question.calibration_answers[1:]),
        ]
    return found


def _words(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", "", text.replace("_", "")).split())


def test_a_short_question_is_a_few_blocks() -> None:
    blocks = whole_blocks(template(Kind.MULTIPLE_CHOICE))
    assert len(blocks) <= 6
    assert "Willmott" in "".join(blocks)


TEXTS = st.text(st.sampled_from("ab c\n*_~`|>"), max_size=120)


@given(TEXTS, TEXTS)
def test_marked_texts_hold_every_word_that_differs(before: str, after: str) -> None:
    first, second = marked(before, after)
    for text, other, shown in ((before, after, first), (after, before, second)):
        for word in set(text.split()) - set(other.split()):
            assert word in re.sub(r"\\(.)", r"\1", shown)


def test_what_differs_is_marked_and_what_is_far_from_it_left_out() -> None:
    rest = " ".join(f"w{number}" for number in range(60))
    first, second = marked(f"so it shows a bias {rest} end", f"so it can show a bias {rest} end")
    assert first.startswith("so it ~~shows~~ a bias w0")
    assert second.startswith("so it **can show** a bias w0")
    assert first.endswith("…")
    assert "w40" not in first + second


CHANGES = st.lists(
    st.builds(
        Change,
        st.sampled_from(["Prompt", "Option a, why"]),
        st.lists(TEXTS, max_size=3).map(tuple),
        st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
    ),
    max_size=30,
)


@settings(max_examples=50)
@given(CHANGES)
def test_changes_fit_or_say_that_they_do_not(changes: list[Change]) -> None:
    found = change_blocks(changes, 900, 300)
    assert len(found.blocks) <= PAGE_BLOCKS
    assert sum(map(len, found.blocks)) <= 900 + 220
    if found.whole:
        assert len(found.blocks) == len(changes)
    else:
        assert any("…" in block or "hanged:" in block for block in found.blocks)
