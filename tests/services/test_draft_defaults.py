"""What an author leaves empty is filled in so that the lab has nothing to mend; what is typed is not touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import given, settings

from bot.services import draft_forms
from bot.services.draft_defaults import (
    ANCHORS,
    FOLLOW_UPS,
    LOOK_FOR,
    PROBES,
    as_typed,
    completed,
    made,
)
from bot.services.draft_defaults._wordings import first_sentences, wordings
from bot.services.drafts import (
    Draft,
    Fields,
    Kind,
    checklist,
    fields_of,
    problems,
    question_in,
    question_of,
    slug_of,
)
from bot.services.question_admin import QuestionAdmin
from bot.services.question_drafts import Outcome
from bot.store.engine import Store
from bot.store.server_questions import DraftRow, DraftState, State
from grader.check import calibration_problems, given_away
from grader.lab import try_out
from grader.text import grade
from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.loader import YAML_LOADER
from questions.model import SHORT_MODEL_WORDS, Behavioral, FreeText, Level, MultipleChoice, Numeric, Part, words
from tests.clock import START, ManualClock
from tests.services.caring import ANA, BEN, HERE, SERVER, open_admin, template, values

WRITTEN = [kind for kind in Kind if kind is not Kind.CODE]


def draft_of(kind: Kind, fields: Fields) -> Draft:
    row = DraftRow(1, SERVER, ANA, None, kind.value, DraftState.DRAFT, "", None, None, START, START)
    return Draft(row, 1, None, "", fields)


DRAFTS = [
    cast("Fields", drawn)
    for drawn in yaml.load_all(Path(__file__).with_name("minimal_drafts.yaml").read_text("utf-8"), YAML_LOADER)
]
MINIMAL = [(Kind(fields["type"]), fields) for fields in DRAFTS]
FREE_TEXTS, CHOICES, NUMBERS, STORIES = (
    [fields for kind, fields in MINIMAL if kind is wanted]
    for wanted in (Kind.FREE_TEXT, Kind.MULTIPLE_CHOICE, Kind.NUMERIC, Kind.BEHAVIORAL)
)


def name_of(value: object) -> str:
    return str(cast("Fields", value)["id"]).rpartition(".")[2] if isinstance(value, dict) else str(value)


def assert_sound(kind: Kind, fields: Fields, shipped: Bank) -> None:
    draft = draft_of(kind, fields)
    assert [check.text for check in checklist(draft) if not check.done] == []
    assert problems(draft) == ()
    report = try_out(question_in(draft), shipped)
    assert [str(finding) for finding in report.errors] == [], fields["id"]
    assert all("few ways to say it" in finding.message for finding in report.warnings), fields["id"]


def test_a_draft_of_any_kind_with_no_more_than_it_needs_passes_the_lab(shipped: Bank) -> None:
    for kind in WRITTEN:
        assert_sound(*next(pair for pair in MINIMAL if pair[0] is kind), shipped)


@pytest.mark.parametrize(("kind", "fields"), MINIMAL, ids=name_of)
def test_every_draft_with_no_more_than_it_needs_passes_the_lab(kind: Kind, fields: Fields, shipped: Bank) -> None:
    assert_sound(kind, fields, shipped)


@pytest.mark.parametrize(("kind", "fields"), MINIMAL, ids=name_of)
def test_what_is_filled_in_is_told_in_one_line_and_stops_nobody(kind: Kind, fields: Fields) -> None:
    checks = checklist(draft_of(kind, fields))
    [line] = [check for check in checks if check.made]
    assert line.done
    assert line.text.endswith("made for you unless you write your own")
    assert line.text.lower().startswith(made(kind, fields)[0])
    whole = checklist(draft_of(kind, completed(kind, fields)))
    assert not any(check.made for check in whole)


# What is typed is not touched


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_question_that_has_everything_stays_as_it_is(kind: Kind) -> None:
    fields = fields_of(template(kind))
    assert question_of(completed(kind, fields)) == template(kind)
    assert question_of(as_typed(kind, fields)) == template(kind)


def thinned(value: object, draw: st.DataObject, path: tuple[str, ...] = ()) -> object:
    """The value with some of what can be filled in left out."""
    if isinstance(value, dict):
        kept: Fields = {}
        for key, entry in cast("Fields", value).items():
            if key not in OPTIONAL or not draw.draw(st.booleans(), label=".".join((*path, key))):
                kept[key] = thinned(entry, draw, (*path, key))
        return kept
    if not isinstance(value, list):
        return value
    entries = cast("list[object]", value)
    if path and path[-1] in {"hints", "calibration_answers", "phrases"}:
        return entries[: draw.draw(st.integers(0, len(entries)))]
    return [thinned(entry, draw, (*path, str(number))) for number, entry in enumerate(entries)]


OPTIONAL = {
    "hints", "takeaway", "short", "phrases", "followup", "calibration_answers", "look_for", "probes", "anchors",
    "level_scope", "accept", "situation", "action", "1", "4", "junior",
}  # fmt: skip


def kept_in(typed: object, filled: object) -> bool:
    """Whether everything that was typed stands in what is filled in, in its place."""
    if isinstance(typed, dict):
        pairs, made_of = cast("Fields", typed), cast("Fields", filled)
        return isinstance(filled, dict) and all(
            key in made_of and kept_in(entry, made_of[key]) for key, entry in pairs.items()
        )
    if isinstance(typed, list):
        mine, theirs = cast("list[object]", typed), cast("list[object]", filled)
        return isinstance(filled, list) and len(theirs) >= len(mine) and all(map(kept_in, mine, theirs))
    return typed == filled


def assert_untouched(kind: Kind, draw: st.DataObject) -> None:
    whole = json.loads(json.dumps(fields_of(template(kind))))
    bands = [answer.pop("band") for answer in whole.get("calibration_answers", [])]
    typed = cast("Fields", thinned(whole, draw))
    for answer, band in zip(typed.get("calibration_answers", []), bands, strict=False):
        answer["band"] = band
    before = json.dumps(typed)
    filled = completed(kind, typed)
    assert json.dumps(typed) == before
    assert kept_in(typed, filled)
    assert completed(kind, filled) == filled
    assert question_of(filled), "what is left out can all be filled in"
    assert question_of(completed(kind, typed, tried=False))
    assert problems(draft_of(kind, typed)) == ()
    assert completed(kind, as_typed(kind, filled)) == filled


@settings(max_examples=15, deadline=None)
@given(kind=st.sampled_from(WRITTEN), draw=st.data())
def test_nothing_that_is_typed_is_changed_and_filling_in_twice_fills_in_nothing(
    kind: Kind, draw: st.DataObject
) -> None:
    assert_untouched(kind, draw)


@pytest.mark.thorough
@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(WRITTEN), draw=st.data())
def test_nothing_that_is_typed_is_changed_however_much_is_left_out(kind: Kind, draw: st.DataObject) -> None:
    assert_untouched(kind, draw)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(WRITTEN),
    typed=st.lists(st.text(max_size=60), min_size=5, max_size=5),
    draw=st.data(),
)
def test_whatever_is_typed_into_a_form_can_be_filled_up(kind: Kind, typed: list[str], draw: st.DataObject) -> None:
    _, base = next(pair for pair in MINIMAL if pair[0] is kind)
    name = draw.draw(st.sampled_from([name for name, _ in draft_forms.buttons(kind)]))
    draft = draft_of(kind, base)
    form = draft_forms.form(draft, name)
    assert form is not None
    fields = draft_forms.filled(
        draft, name, None, {field.name: (text,) for field, text in zip(form.fields, typed, strict=False)}
    )
    assert fields is not None
    filled = completed(kind, fields)
    assert filled.keys() >= fields.keys()
    assert completed(kind, fields, tried=False).keys() == filled.keys()
    assert all(isinstance(line, str) for line in problems(draft_of(kind, fields)))


def test_calibration_answers_are_filled_up_to_three_beside_those_that_are_there() -> None:
    fields = FREE_TEXTS[0]
    mine = {
        "label": "strong",
        "text": "Split by patient, so that all scans of a patient are on one side.",
        "hits": ["point-2"],
        "band": {"junior": 2, "mid": 2, "senior": 2},
    }
    answers = completed(Kind.FREE_TEXT, {**fields, "calibration_answers": [mine]})["calibration_answers"]
    assert answers[0] == mine
    assert [answer["label"] for answer in answers] == ["strong", "strong-2", "wrong"]
    three = [{**mine, "label": str(number)} for number in range(3)]
    assert completed(Kind.FREE_TEXT, {**fields, "calibration_answers": three})["calibration_answers"] == three


def test_hints_that_were_typed_keep_their_places() -> None:
    hints = completed(Kind.FREE_TEXT, {**FREE_TEXTS[0], "hints": ["", "Look at who is in both sets.", ""]})["hints"]
    assert len(hints) == 3
    assert all(hints)
    assert hints[1] == "Look at who is in both sets."


# What is made


@pytest.mark.parametrize("fields", FREE_TEXTS, ids=name_of)
def test_calibration_answers_that_are_made_are_strong_middling_and_wrong_and_graded_so(fields: Fields) -> None:
    question = question_in(draft_of(Kind.FREE_TEXT, fields))
    assert isinstance(question, FreeText)
    strong, partial, wrong = question.calibration_answers
    assert strong.band[Level.MID] == 4
    assert 1 < partial.band[Level.MID] < 4
    assert wrong.band[Level.MID] == 1
    assert partial.hits
    assert set(partial.hits) < {point.id for point in question.key_points}
    assert wrong.misconceptions == ("mistake",)
    for answer in question.calibration_answers:
        assert not list(calibration_problems(answer, grade(question.calibration_text(answer), question)))


@pytest.mark.parametrize("fields", FREE_TEXTS, ids=name_of)
def test_wordings_are_words_of_the_author_and_follow_ups_differ(fields: Fields) -> None:
    filled = completed(Kind.FREE_TEXT, fields)
    said = " ".join(filled["model_answer"]["full"].casefold().split())
    for point in filled["key_points"]:
        assert len(point["accept"]["phrases"]) == 2
        for phrase in point["accept"]["phrases"]:
            assert phrase.casefold().rstrip(".") in f"{said} {point['claim'].casefold()}"
    asked = [point["followup"] for point in filled["key_points"]]
    assert len(set(asked)) == len(asked)
    assert set(asked) <= set(FOLLOW_UPS)


def test_a_wording_belongs_to_the_claim_that_it_is_most_like() -> None:
    claims = ["L1 sets some weights to zero.", "L2 shrinks all weights a little."]
    first, second = wordings(
        claims, "With L1 some weights become exactly zero, while L2 shrinks every weight a little."
    )
    assert any("zero" in text and "L2" not in text for text in first)
    assert any("L2 shrinks" in text and "zero" not in text for text in second)
    assert wordings(claims, "Bread is baked on Saturdays, and eaten on Sundays with butter.") == [[], []]


@given(st.text(alphabet="ab .,;?!\n", max_size=600), st.integers(3, 40))
def test_a_beginning_keeps_within_its_words(text: str, most: int) -> None:
    begun = first_sentences(text, most)
    assert words(begun.removesuffix(" …")) <= most


def test_a_long_first_sentence_ends_at_a_comma() -> None:
    text = "The scans were split at random, and scans of a patient are in both sets, so it knows the patient by heart."
    assert first_sentences(text, 16) == "The scans were split at random, and scans of a patient are in both sets."
    assert words(first_sentences(text * 3, SHORT_MODEL_WORDS)) <= SHORT_MODEL_WORDS


def test_no_hint_that_is_made_says_the_right_option() -> None:
    question = question_in(draft_of(Kind.MULTIPLE_CHOICE, CHOICES[1]))
    assert isinstance(question, MultipleChoice)
    assert question.key.text == "Regularization"
    assert not any("regularization" in hint.casefold() for hint in question.hints)
    assert question.takeaway == question.key.why


@pytest.mark.parametrize("fields", FREE_TEXTS, ids=name_of)
def test_no_hint_that_is_made_earns_a_point(fields: Fields) -> None:
    question = question_in(draft_of(Kind.FREE_TEXT, fields))
    assert isinstance(question, FreeText)
    for hint in question.hints:
        assert not list(given_away(question, hint)), hint


def test_the_third_hint_leads_to_a_core_point() -> None:
    point = {"id": "a", "tier": "depth", "weight": 1, "claim": "Scans of one patient look much alike."}
    core = {**point, "id": "b", "tier": "core", "claim": "Patients have to be split, not their scans."}
    fields = {**FREE_TEXTS[0], "key_points": [point, core]}
    assert completed(Kind.FREE_TEXT, fields)["hints"][2] == "One point begins: “Patients have to be …”"
    asked = {**core, "claim": "Overfitting.", "followup": "What is it called?"}
    hints = completed(Kind.FREE_TEXT, {**fields, "key_points": [point, asked]})["hints"]
    assert hints[2] == "Ask yourself: What is it called?"
    bare = {**core, "claim": "Overfitting."}
    hints = completed(Kind.FREE_TEXT, {**fields, "key_points": [point, bare]})["hints"]
    assert hints[2] == "Begin with the point that everything else rests on."


def test_the_third_hint_of_a_number_is_its_first_step_without_the_result() -> None:
    first, second = (question_in(draft_of(Kind.NUMERIC, fields)) for fields in NUMBERS)
    assert first.hints[2] == "Begin like this: Recall is the share of the damaged parcels that are flagged."
    assert second.hints[2] == "Do not fall for this slip: Keeps the keys and forgets the values."
    assert isinstance(first, Numeric)
    assert first.takeaway.endswith("Recall divides by everything that is really damaged.")


def test_what_a_story_is_held_against_is_filled_in_part_by_part() -> None:
    own = {**STORIES[0], "look_for": {"result": "What the board did"}, "probes": {"task": ["Whose report was it?", ""]}}
    question = question_in(draft_of(Kind.BEHAVIORAL, own))
    assert isinstance(question, Behavioral)
    assert question.look_for[Part.RESULT] == "What the board did"
    assert question.look_for[Part.TASK] == LOOK_FOR[Part.TASK]
    assert question.probes[Part.TASK] == ("Whose report was it?", PROBES[Part.TASK][0])
    assert question.anchors[4] == ANCHORS["4"]
    strong, thin, would = question.calibration_answers
    assert set(strong.parts) > set(thin.parts)
    assert (would.parts, would.negatives, set(would.band.values())) == ((), ("hypothetical",), {1})


# What the lab says


def test_a_point_that_the_model_answer_does_not_make_is_told_once_with_what_to_do(shipped: Bank) -> None:
    fields = FREE_TEXTS[0]
    more = {"id": "other", "tier": "core", "weight": 2, "claim": "A calibrated threshold depends on the prevalence."}
    report = try_out(
        question_in(draft_of(Kind.FREE_TEXT, {**fields, "key_points": [*fields["key_points"], more]})), shipped
    )
    [error] = report.errors
    assert error.place == "key point 4 (other)"
    assert "does not make this point" in error.message
    assert error.advice


def test_few_wordings_are_one_doubt_for_all_points(shipped: Bank) -> None:
    report = try_out(question_in(draft_of(Kind.FREE_TEXT, FREE_TEXTS[0])), shipped)
    [doubt] = [doubt for doubt in report.warnings if doubt.place == "key points"]
    assert doubt.message.startswith("1, 2, 3: few ways to say it")
    written = try_out(template(Kind.FREE_TEXT), shipped)
    assert not any("few ways" in doubt.message for doubt in written.warnings)


def test_every_line_of_the_lab_ends_with_its_instruction(shipped: Bank) -> None:
    question = template(Kind.FREE_TEXT)
    assert isinstance(question, FreeText)
    wrong = question.calibration_answers[0].model_copy(update={"hits": (), "band": dict.fromkeys(Level, 1)})
    report = try_out(
        question.model_copy(update={"calibration_answers": (wrong, *question.calibration_answers[1:])}), shipped
    )
    assert len(report.errors) > 3
    assert any(error.message.startswith("“Key points it makes” does not name key point") for error in report.errors)
    for error in report.errors:
        assert error.advice
        assert len(f"{error.place}: {error.message}. {error.advice}") <= 260


# In plain words


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        (Kind.FREE_TEXT, {"references": [{"title": "Deep Learning, 2016", "author": ""}]}, "source 1: write title |"),
        (Kind.NUMERIC, {"tolerance": {"absolute": "lots"}}, "the tolerance: write a share such as 5%"),
        (Kind.NUMERIC, {"tolerance": {"relative": 0.5}}, "the tolerance: write a share above 0 and up to 20%"),
        (Kind.NUMERIC, {"params": {"n": ["two", 3]}}, "the numbers to draw from, n: a number is expected"),
        (Kind.MULTIPLE_CHOICE, {"prompt": "Which?" * 400}, "the prompt: at most 1500 characters"),
        (Kind.BEHAVIORAL, {"difficulty": {"level": "hard"}}, "the difficulty, the level: should be a whole number"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_words_that_are_nobodys_field_names(kind: Kind, changes: Fields, told: str) -> None:
    _, base = next(pair for pair in MINIMAL if pair[0] is kind)
    lines = problems(draft_of(kind, {**base, **changes}))
    assert any(told in line for line in lines), lines
    assert not any(word in line for line in lines for word in ("absolute", "relative", "item", "valid", "Input"))


def test_an_option_without_a_text_is_missing_one() -> None:
    fields = json.loads(json.dumps(CHOICES[0]))
    fields["options"][1]["text"] = ""
    assert problems(draft_of(Kind.MULTIPLE_CHOICE, fields)) == ("option 2, the text is missing",)


def test_a_key_point_without_a_claim_is_told_once() -> None:
    first, *others = FREE_TEXTS[0]["key_points"]
    fields = {**FREE_TEXTS[0], "key_points": [{**first, "claim": ""}, *others]}
    assert problems(draft_of(Kind.FREE_TEXT, fields)) == ("key point 1, the claim is missing",)


def test_a_topic_that_there_is_not_is_told_once() -> None:
    wrong = {**CHOICES[0], "topics": ["clustring"], "id": "clustring.copied-column"}
    [line] = problems(draft_of(Kind.MULTIPLE_CHOICE, wrong))
    assert "clustring" in line


# In Discord's service


@pytest.fixture
def admin(store: Store, bank: Bank) -> QuestionAdmin:
    return open_admin(store, bank, ManualClock())


async def test_a_question_is_written_in_five_forms_and_published(admin: QuestionAdmin) -> None:
    typed = FREE_TEXTS[0]
    draft = await admin.drafts.begin(
        SERVER,
        ANA,
        Kind.FREE_TEXT,
        values(
            prompt=typed["prompt"], topics="data.splitting-leakage", difficulty="2", levels=("junior", "mid", "senior"),
            name="scans-of-a-patient",
        ),
    )  # fmt: skip

    async def fill(form: str, **fields: Any) -> None:
        nonlocal draft
        draft = await admin.drafts.fill(SERVER, draft.id, ANA, form, None, draft.rev, values(**fields), moderator=True)

    await fill("points", points="\n\n".join(f"{point['claim']} [{point['tier']} 2]" for point in typed["key_points"]))
    wrong = typed["misconceptions"][0]
    await fill("wrong", claim=wrong["claim"], phrases="", why=wrong["why_wrong"], probe="", severity="some")
    await fill("model", short="", full=typed["model_answer"]["full"])
    await fill("references", references="Deep Learning | Goodfellow | 2016")
    assert [check.text for check in checklist(draft) if not check.done] == []
    result = await admin.drafts.submit(SERVER, draft.id, ANA, draft.rev, moderator=True)
    assert result.draft.lab is not None
    [doubt] = result.draft.lab.warnings
    assert "1, 2, 3: few ways to say it" in doubt
    result = await admin.drafts.submit(SERVER, draft.id, ANA, result.draft.rev, moderator=True)
    assert result.outcome is Outcome.WAITING
    assert "calibration_answers" not in result.draft.fields, "a draft is kept as it was typed"
    decided = await admin.review.approve(SERVER, draft.id, BEN, draft.rev, State.ACTIVE, others=True, where=HERE)
    assert decided.row is not None
    again = await admin.drafts.begin_edit(SERVER, ANA, decided.row.file_id)
    published: AnyQuestion = question_in(again)
    assert isinstance(published, FreeText)
    assert len(published.calibration_answers) == 3
    assert "calibration_answers" not in again.fields, "what was filled in goes on following the claims"
    claims = [{**point, "claim": point["claim"].replace("Scans", "Images")} for point in again.fields["key_points"]]
    edited = question_in(draft_of(Kind.FREE_TEXT, {**again.fields, "key_points": claims}))
    assert isinstance(edited, FreeText)
    assert edited.calibration_answers[1].text.startswith("Images of the same patient")


# Names


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("Tell me about a time when you found a bug in production that nobody saw.", "found-bug-production-nobody-saw"),
        (
            "In your training data 1% of the rows are positives. A colleague doubles them.",
            "training-data-rows-positives",
        ),
        ("Time series are split at random. What goes wrong?", "time-series-split-random-goes"),
        ("5 layers", "5-layers"),
        ("Tell me about", "tell-me-about"),
    ],
)
def test_a_name_is_made_of_what_a_prompt_tells(prompt: str, name: str) -> None:
    assert slug_of(prompt) == name
