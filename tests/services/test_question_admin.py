"""Drafts, reviews, versions, the library and moving many questions at once, without Discord."""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
import zipfile
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
import pytest_asyncio
from hypothesis import given, settings
from sqlalchemy import func, select

from bot.errors import UserError
from bot.services import draft_forms, question_transfer
from bot.services.banks import Banks
from bot.services.drafts import Draft, Kind, checklist, draft_of, fields_of, problems, question_of, slug_of
from bot.services.question_admin import QuestionAdmin
from bot.services.question_drafts import A_PERSON, IN_REVIEW, NoDraftError, NotReadyError, Outcome, StaleDraftError
from bot.services.question_library import Query, Standing
from bot.services.question_transfer import Imported
from bot.services.question_versions import NoQuestionError
from bot.services.servers import Servers
from bot.store import audit, results, server_questions
from bot.store.audit import Action
from bot.store.engine import Store
from bot.store.schema import server_question_versions
from bot.store.server_questions import DraftRow, DraftState, State, own_id
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.loader import load_text
from questions.model import FreeText, Level, MultipleChoice
from questions.writer import path_of, write
from tests.clock import START, ManualClock
from tests.services.caring import (
    ANA,
    BEN,
    CAT,
    CHOICE,
    HERE,
    OTHER_SERVER,
    SERVER,
    hand_in,
    named,
    open_admin,
    publish,
    template,
    values,
)
from tests.services.scoring import many_questions

SHIPPED = "eval.classification-metrics.rare-positives"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def admin(store: Store, bank: Bank, clock: ManualClock) -> QuestionAdmin:
    return open_admin(store, bank, clock)


@pytest_asyncio.fixture
async def second(tmp_path: Path, migrated: Path, bank: Bank, clock: ManualClock) -> AsyncGenerator[QuestionAdmin]:
    """An empty bot."""
    opened = Store(Path(shutil.copy(migrated, tmp_path / "second.db")))
    yield open_admin(opened, bank, clock)
    await opened.close()


async def fill(admin: QuestionAdmin, draft: Draft, form: str, index: int | None = None, /, **fields: Any) -> Draft:
    return await admin.drafts.fill(
        SERVER, draft.id, draft.row.author_id, form, index, draft.rev, values(**fields), moderator=False
    )


async def log(store: Store, server: int = SERVER) -> list[tuple[int | None, Action, str]]:
    async with store.read() as connection:
        entries, _ = await audit.page(connection, server, 0, 100)
    return [(entry.user_id, entry.action, entry.subject) for entry in reversed(entries)]


# Forms


def in_memory(kind: Kind, fields: dict[str, Any]) -> Draft:
    row = DraftRow(1, SERVER, ANA, None, kind.value, DraftState.DRAFT, "", None, None, START, START)
    return Draft(row, 1, None, "", fields)


def as_sent(form: draft_forms.Form) -> dict[str, tuple[str, ...]]:
    """A form sent in as it was filled in."""
    return {field.name: field.chosen if field.choices else (field.value,) for field in form.fields}


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.CODE])
def test_forms_sent_in_unchanged_change_nothing(kind: Kind) -> None:
    question = template(kind)
    draft = in_memory(kind, fields_of(question))
    for name, _ in draft_forms.buttons(kind):
        entries = [line.index for line in draft_forms.part_lines(draft) if line.form == name]
        for index in entries or [None]:
            form = draft_forms.form(draft, name, index)
            assert form is not None
            after = draft_forms.filled(draft, name, index, as_sent(form))
            assert after is not None
            assert question_of(after) == question_of(draft.fields), (name, index)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.CODE])
def test_every_form_fits_what_discord_takes(kind: Kind) -> None:
    draft = in_memory(kind, fields_of(template(kind)))
    assert len(draft_forms.buttons(kind)) <= 10
    for name, button in draft_forms.buttons(kind):
        for index in [None, *(line.index for line in draft_forms.part_lines(draft) if line.form == name)]:
            form = draft_forms.form(draft, name, index)
            assert form is not None
            assert 1 <= len(form.fields) + bool(form.note) <= 5
            assert len(form.title) <= 45
            assert len(button) <= 80
            for field in form.fields:
                assert len(field.label) <= 45, field
                assert len(field.hint) <= 100, field
                assert len(field.example) <= 100, field
                assert len(field.value) <= field.most <= 4000
                assert len(field.choices) <= 25


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from([kind for kind in Kind if kind is not Kind.CODE]),
    typed=st.lists(st.text(max_size=60), min_size=5, max_size=5),
    data=st.data(),
)
def test_whatever_is_typed_into_a_form_is_kept_and_told_about_never_refused(
    kind: Kind, typed: list[str], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([name for name, _ in draft_forms.buttons(kind)]))
    draft = in_memory(kind, {"type": kind.value})
    form = draft_forms.form(draft, name)
    assert form is not None
    sent = {field.name: (text,) for field, text in zip(form.fields, typed, strict=False)}
    fields = draft_forms.filled(draft, name, None, sent)
    assert fields is not None
    after = dataclasses.replace(draft, fields=json.loads(json.dumps(fields)))
    assert checklist(after)
    assert all(isinstance(line, str) for line in problems(after))
    assert draft_forms.form(after, name) is not None
    for line in draft_forms.part_lines(after):
        assert draft_forms.form(after, line.form, line.index) is not None
        assert draft_forms.without(after, line.form, line.index) is not None


@pytest.mark.parametrize("typed", ["¹", "٣", "three"])
def test_a_difficulty_that_is_no_number_of_ours_is_told_about(typed: str) -> None:
    draft = in_memory(Kind.FREE_TEXT, {"type": "free_text"})
    fields = draft_forms.filled(draft, "prompt", None, {"prompt": ("Why?",), "difficulty": (typed,)})
    assert fields is not None
    assert fields["difficulty"]["level"] in {typed, 3}


@given(st.text(max_size=200))
def test_a_name_made_of_any_prompt_is_a_slug(text: str) -> None:
    slug = slug_of(text)
    assert question_of({**fields_of(template(Kind.MULTIPLE_CHOICE)), "id": f"eval.regression-metrics.{slug}"})
    assert slug_of(text, taken={slug}) != slug


def test_a_key_point_that_is_taken_out_is_named_by_no_calibration_answer_any_more() -> None:
    question = template(Kind.FREE_TEXT)
    assert isinstance(question, FreeText)
    draft = in_memory(Kind.FREE_TEXT, fields_of(question))
    fields = draft_forms.without(draft, "point", 0)
    assert fields is not None
    gone = question.key_points[0].id
    assert gone not in json.dumps(fields["calibration_answers"])
    assert len(fields["key_points"]) == len(question.key_points) - 1


TYPED = """
The mask hides later positions
from each position. [depth 3]
- no position sees what comes later
- attention to the future is blocked
& mask | hide
? What would go wrong without it?


Scores are divided by the root of the width.
- divide by √d
- scale the dot products
? Why is there a root in the formula?
"""


def test_key_points_are_written_as_text_in_one_form() -> None:
    draft = in_memory(Kind.FREE_TEXT, {"type": "free_text"})
    fields = draft_forms.filled(draft, "points", None, {"points": (TYPED,)})
    assert fields is not None
    first, second = fields["key_points"]
    assert first["claim"] == "The mask hides later positions from each position."
    assert (first["tier"], first["weight"]) == ("depth", 3)
    assert first["accept"] == {
        "phrases": ["no position sees what comes later", "attention to the future is blocked"],
        "concepts": [["mask", "hide"]],
    }
    assert (second["tier"], second["weight"], second["followup"]) == ("core", 2, "Why is there a root in the formula?")
    assert first["id"] != second["id"]


def test_a_key_point_left_out_of_the_text_is_gone_and_the_others_keep_what_is_not_shown() -> None:
    question = template(Kind.FREE_TEXT)
    assert isinstance(question, FreeText)
    draft = in_memory(Kind.FREE_TEXT, fields_of(question))
    form = draft_forms.form(draft, "points")
    assert form is not None
    first, _, rest = form.fields[0].value.partition("\n\n")
    fields = draft_forms.filled(draft, "points", None, {"points": (rest,)})
    assert fields is not None
    assert fields["key_points"] == draft.fields["key_points"][1:]
    assert first.startswith(question.key_points[0].claim)
    assert question.key_points[0].id not in json.dumps(fields["calibration_answers"])


def sent(kind: Kind, name: str, draft: Draft | None = None, /, **fields: str) -> dict[str, Any]:
    """The fields of a draft, an empty one unless given, after a form."""
    filled = draft_forms.filled(draft or in_memory(kind, {"type": kind.value}), name, None, values(**fields))
    assert filled is not None
    return filled


@pytest.mark.parametrize(
    ("kind", "name", "typed", "kept"),
    [
        (
            Kind.FREE_TEXT,
            "point",
            {"claim": "Bias falls.", "phrases": "", "concepts": " \n|", "followup": " ", "worth": "core 2"},
            {"key_points": [{"id": "bias-falls", "tier": "core", "weight": 2, "claim": "Bias falls."}]},
        ),
        (Kind.FREE_TEXT, "model", {"full": "It overfits.", "short": ""}, {"model_answer": {"full": "It overfits."}}),
        (Kind.FREE_TEXT, "model", {"full": "", "short": ""}, {}),
        (Kind.FREE_TEXT, "hints", {"hint1": "", "hint2": "", "hint3": ""}, {}),
        (Kind.FREE_TEXT, "hints", {"hint1": "", "hint2": "Bayes", "hint3": ""}, {"hints": ["", "Bayes"]}),
        (Kind.FREE_TEXT, "references", {"references": ""}, {}),
        (Kind.FREE_TEXT, "points", {"points": "\n"}, {}),
        (Kind.MULTIPLE_CHOICE, "takeaway", {"takeaway": ""}, {}),
        (Kind.MULTIPLE_CHOICE, "options", {"options": ""}, {}),
        (Kind.BEHAVIORAL, "competency", {"competency": "Owns mistakes.", "hint": ""}, {"competency": "Owns mistakes."}),
    ],
)
def test_of_what_is_left_empty_nothing_is_kept(
    kind: Kind, name: str, typed: dict[str, str], kept: dict[str, Any]
) -> None:
    assert sent(kind, name, **typed) == {"type": kind.value, **kept}


@pytest.mark.parametrize("name", ["look", "probes", "anchors", "scope"])
def test_of_a_form_that_is_filled_in_already_only_what_was_changed_is_kept(name: str) -> None:
    draft = in_memory(Kind.BEHAVIORAL, {"type": "behavioral"})
    form = draft_forms.form(draft, name)
    assert form is not None
    assert all(field.value for field in form.fields)
    as_it_is = as_sent(form)
    assert draft_forms.filled(draft, name, None, as_it_is) == draft.fields
    first, second, *_ = form.fields
    changed = {**as_it_is, first.name: ("My own words.",), second.name: ("",)}
    after = draft_forms.filled(draft, name, None, changed)
    assert after is not None
    [(_, kept)] = [(key, value) for key, value in after.items() if key != "type"]
    assert kept in ({first.name: "My own words."}, {first.name: ["My own words."]})
    again = draft_forms.form(dataclasses.replace(draft, fields=after), name)
    assert again is not None
    assert [field.value for field in again.fields[:2]] == ["My own words.", second.value]


def test_a_hint_stays_in_its_place() -> None:
    fields = sent(Kind.NUMERIC, "hints", hint1="", hint2="Bayes", hint3="")
    form = draft_forms.form(in_memory(Kind.NUMERIC, fields), "hints")
    assert form is not None
    assert [field.value for field in form.fields] == ["", "Bayes", ""]


@pytest.mark.parametrize(
    ("typed", "bands"),
    [
        ("4", [4, 4, 4]),
        ("4 3 2", [4, 3, 2]),
        ("four, three / two", [4, 3, 2]),
        ("432", [4, 3, 2]),
        ("junior 4, mid: 3, senior=2", [4, 3, 2]),
        ("good", ["good"]),
        ("4 3 2 1", [4, 3, "2 1"]),
    ],
)
def test_bands_are_read_in_many_ways_and_what_is_none_is_kept_and_told(typed: str, bands: list[Any]) -> None:
    fields = sent(Kind.FREE_TEXT, "calibration", label="odd", text="It depends.", bands=typed)
    [answer] = fields["calibration_answers"]
    assert [*answer["band"].values()] == bands
    draft = in_memory(Kind.FREE_TEXT, fields)
    form = draft_forms.form(draft, "calibration", 0)
    assert form is not None
    assert next(field.value for field in form.fields if field.name == "bands") == " ".join(map(str, bands))
    assert any("the bands" in line for line in problems(draft)) == (bands not in ([4, 4, 4], [4, 3, 2]))


@pytest.mark.parametrize(
    ("answer", "unit", "kept"),
    [
        ("26.9%", "%", ("26.9", "%")),
        ("26.9 %", "", ("26.9", "%")),
        ("100 * n / m %", "%", ("100 * n / m", "%")),
        ("12 ms", "ms", ("12", "ms")),
        ("2 * s", "s", ("2 * s", "s")),
        ("0.5 ** n", "", ("0.5 ** n", None)),
        ("%", "%", ("%", "%")),
    ],
)
def test_the_unit_may_stand_behind_the_number(answer: str, unit: str, kept: tuple[str, str | None]) -> None:
    fields = sent(Kind.NUMERIC, "answer", params="", answer=answer, tolerance="1%", unit=unit, working="So.")
    assert (fields["answer"], fields.get("unit")) == kept


def test_a_mistake_written_in_percent_is_a_number_whichever_form_comes_first() -> None:
    mistake = {"value": "99%", "claim": "Takes the sensitivity.", "why": "It is the other way round."}
    answer = {"params": "", "answer": "28.8%", "tolerance": "2%", "unit": "", "working": "So."}
    one = sent(Kind.NUMERIC, "answer", in_memory(Kind.NUMERIC, sent(Kind.NUMERIC, "mistake", **mistake)), **answer)
    other = sent(Kind.NUMERIC, "mistake", in_memory(Kind.NUMERIC, sent(Kind.NUMERIC, "answer", **answer)), **mistake)
    assert one["mistakes"] == other["mistakes"]
    assert one["mistakes"][0]["value"] == "99"


def test_a_source_that_was_saved_is_removed_by_emptying_its_field() -> None:
    fields = sent(Kind.NUMERIC, "references", references="Think Bayes, Downey, 2013")
    assert fields["references"] == [{"title": "Think Bayes", "author": "Downey", "year": 2013}]
    assert "references" not in sent(Kind.NUMERIC, "references", in_memory(Kind.NUMERIC, fields), references="")


def test_an_option_changed_as_text_keeps_its_letter_and_the_misconception_behind_it() -> None:
    question = template(Kind.MULTIPLE_CHOICE)
    assert isinstance(question, MultipleChoice)
    draft = in_memory(Kind.MULTIPLE_CHOICE, fields_of(question))
    form = draft_forms.form(draft, "options")
    assert form is not None
    wrong = next(option for option in question.options if not option.correct)
    text = form.fields[0].value.replace(wrong.text, "Something quite different")
    changed = sent(Kind.MULTIPLE_CHOICE, "options", draft, options=text)["options"]
    assert [option["id"] for option in changed] == [option.id for option in question.options]
    [now] = [option for option in changed if option["id"] == wrong.id]
    assert (now["text"], now["tag"]) == ("Something quite different", wrong.tag)


def test_a_topic_that_there_is_not_is_kept_and_another_one_takes_its_place() -> None:
    typed = {
        "prompt": "Why several starts?",
        "topics": "clustring, PCA",
        "difficulty": "2",
        "levels": "mid",
        "name": "x",
    }
    fields = draft_forms.prompt_fields({"type": "free_text"}, values(**typed))
    assert fields["topics"] == ["clustring", "ml.dimensionality-reduction"]
    draft = in_memory(Kind.FREE_TEXT, fields)
    assert sum("clustring" in line for line in problems(draft)) == 1
    after = draft_forms.filled(draft, "prompt", None, draft_forms.with_topic(draft, 0, "ml.clustering"))
    assert after == {**fields, "topics": ["ml.clustering", "ml.dimensionality-reduction"], "id": "ml.clustering.x"}


def test_a_calibration_form_says_what_is_to_be_added_first() -> None:
    empty = draft_forms.form(in_memory(Kind.FREE_TEXT, {"type": "free_text"}), "calibration")
    whole = draft_forms.form(in_memory(Kind.FREE_TEXT, fields_of(template(Kind.FREE_TEXT))), "calibration")
    assert empty is not None
    assert whole is not None
    assert "no key points or misconceptions yet" in empty.note
    assert not whole.note


def test_key_points_too_long_for_a_form_are_not_cut_off() -> None:
    question = template(Kind.FREE_TEXT)
    assert isinstance(question, FreeText)
    fields = fields_of(question)
    long = [{**point, "claim": f"{number} {point['claim'] * 12}"} for number, point in enumerate(fields["key_points"])]
    with pytest.raises(UserError, match="too long for one form"):
        draft_forms.form(in_memory(Kind.FREE_TEXT, {**fields, "key_points": long}), "points")


# Drafts


async def test_a_draft_says_in_plain_words_what_is_missing_until_nothing_is(admin: QuestionAdmin) -> None:
    draft = await admin.drafts.begin(SERVER, ANA, Kind.MULTIPLE_CHOICE, CHOICE)
    assert draft.file_id == "eval.regression-metrics.loss-median-minimize"
    todo = [check.text for check in checklist(draft) if not check.done]
    assert todo == ["add **options** (0 of at least 3): each with its explanation"]
    for text, right, why in (
        ("The absolute error", "yes", "Its gradient is the sign of the error, which balances at the median."),
        ("The squared error", "no", "The mean minimizes it."),
        ("The log loss", "no", "It is for probabilities."),
    ):
        draft = await fill(admin, draft, "option", text=text, right=right, why=why, tag="")
    draft = await fill(
        admin,
        draft,
        "hints",
        hint1="Think of the slope.",
        hint2="It is about absolute values.",
        hint3="Half lie above.",
    )
    assert [check.text for check in checklist(draft) if check.made] == [
        "What to remember: made for you unless you write your own"
    ]
    draft = await fill(
        admin, draft, "takeaway", takeaway="The median minimizes the absolute error, the mean the squared."
    )
    assert all(check.done for check in checklist(draft))
    assert problems(draft) == ()
    assert draft.rev == 6
    question = question_of(draft.fields)
    assert isinstance(question, MultipleChoice)
    assert question.key.text == "The absolute error"
    assert [option.tag for option in question.options] == [None, "squared-error", "log-loss"]


async def test_mistakes_are_told_with_their_place_and_nothing_typed_is_lost(admin: QuestionAdmin) -> None:
    draft = await admin.drafts.begin(SERVER, ANA, Kind.NUMERIC, {**CHOICE, "prompt": ("How many in {n} rows?",)})
    draft = await fill(
        admin, draft, "answer", params="n = two, 3", answer="n +", tolerance="lots", unit="rows", working="It is {n}."
    )
    draft = await fill(admin, draft, "mistake", value="m", claim="Guesses.", why="It is not.")
    draft = await fill(admin, draft, "hints", hint1="a", hint2="b", hint3="c")
    draft = await fill(admin, draft, "takeaway", takeaway="Count.")
    told = " | ".join(problems(draft))
    assert "the numbers to draw from" in told
    assert "a number is expected" in told
    assert "the answer: " in told
    assert "the tolerance" in told
    form = draft_forms.form(draft, "answer")
    assert form is not None
    assert {field.name: field.value for field in form.fields} == {
        "params": "n = two, 3",
        "answer": "n +",
        "tolerance": "lots",
        "unit": "rows",
        "working": "It is {n}.",
    }
    with pytest.raises(NotReadyError, match="a number is expected"):
        await admin.drafts.submit(SERVER, draft.id, ANA, draft.rev, moderator=True)


async def test_a_new_draft_takes_a_name_that_nobody_has(admin: QuestionAdmin) -> None:
    typed = {**CHOICE, "topics": ("eval.classification-metrics",), "name": ("rare-positives",)}
    draft = await admin.drafts.begin(SERVER, ANA, Kind.MULTIPLE_CHOICE, typed)
    assert draft.file_id == f"{SHIPPED}-2"
    assert draft.base is None


async def test_a_draft_belongs_to_its_author_and_its_server(admin: QuestionAdmin) -> None:
    draft = await admin.drafts.begin_with(SERVER, ANA, template(Kind.NUMERIC))
    for server, who in ((SERVER, BEN), (OTHER_SERVER, ANA)):
        with pytest.raises(NoDraftError):
            await admin.drafts.get(server, draft.id, who, moderator=True)
        with pytest.raises(NoDraftError):
            await admin.drafts.fill(server, draft.id, who, "hints", None, 1, {}, moderator=True)
        with pytest.raises(NoDraftError):
            await admin.drafts.submit(server, draft.id, who, 1, moderator=True)
        with pytest.raises(NoDraftError):
            await admin.drafts.drop(server, draft.id, who)
        assert await admin.drafts.mine(server, who) == []
    assert [found.id for found in await admin.drafts.mine(SERVER, ANA)] == [draft.id]


async def test_moderators_see_and_mend_a_draft_only_while_it_waits_for_them(admin: QuestionAdmin, store: Store) -> None:
    draft = await hand_in(admin, await admin.drafts.begin_with(SERVER, ANA, template(Kind.NUMERIC)), ANA)
    with pytest.raises(NoDraftError):
        await admin.drafts.get(SERVER, draft.id, CAT, moderator=False)
    with pytest.raises(UserError, match="waits for a review"):
        await fill(admin, draft, "takeaway", takeaway="Mine again.")
    mended = await admin.drafts.fill(
        SERVER, draft.id, BEN, "takeaway", None, draft.rev, values(takeaway="Better said."), moderator=True
    )
    assert mended.fields["takeaway"] == "Better said."
    assert (BEN, Action.EDITED, draft.file_id) in await log(store)
    back = await admin.drafts.take_back(SERVER, draft.id, ANA)
    assert back.row.state is DraftState.DRAFT
    with pytest.raises(NoDraftError):
        await admin.drafts.get(SERVER, draft.id, BEN, moderator=True)


async def test_a_form_that_was_opened_on_an_older_look_changes_no_other_entry(admin: QuestionAdmin) -> None:
    draft = await admin.drafts.begin_with(SERVER, ANA, template(Kind.FREE_TEXT))
    first = draft_forms.form(draft, "point", 0)
    assert first is not None
    taken = await admin.drafts.take_out(SERVER, draft.id, ANA, "point", 0, draft.rev, moderator=False)
    with pytest.raises(StaleDraftError):
        await admin.drafts.fill(SERVER, draft.id, ANA, "point", 0, draft.rev, as_sent(first), moderator=False)
    with pytest.raises(StaleDraftError):
        await admin.drafts.take_out(SERVER, draft.id, ANA, "point", 0, draft.rev, moderator=False)
    added = await admin.drafts.fill(SERVER, draft.id, ANA, "point", None, draft.rev, as_sent(first), moderator=False)
    assert len(added.fields["key_points"]) == len(taken.fields["key_points"]) + 1, "adding harms nothing"


async def test_somebody_blocked_by_the_moderators_can_suggest_nothing(
    admin: QuestionAdmin, store: Store, clock: ManualClock
) -> None:
    await Servers(store, clock).block(SERVER, CAT, by=ANA, reason="")
    with pytest.raises(UserError, match="blocked"):
        await admin.drafts.begin(SERVER, CAT, Kind.MULTIPLE_CHOICE, CHOICE)


async def test_drafts_and_suggestions_of_one_person_are_bounded(admin: QuestionAdmin) -> None:
    assert len(Kind) == IN_REVIEW
    for kind in Kind:
        await hand_in(admin, await admin.drafts.begin_with(SERVER, ANA, template(kind)), ANA)
    more = await admin.drafts.begin_edit(SERVER, ANA, SHIPPED)
    with pytest.raises(UserError, match="5 suggestions of yours wait"):
        await hand_in(admin, more, ANA)
    for number in range(A_PERSON - IN_REVIEW - 1):
        await admin.drafts.begin_with(SERVER, ANA, named(template(Kind.NUMERIC), f"n{number}"))
    with pytest.raises(UserError, match="25 drafts"):
        await admin.drafts.begin(SERVER, ANA, Kind.MULTIPLE_CHOICE, CHOICE)


async def test_an_answer_is_tried_and_becomes_a_calibration_answer(admin: QuestionAdmin) -> None:
    question = template(Kind.FREE_TEXT)
    assert isinstance(question, FreeText)
    draft = await admin.drafts.begin_with(SERVER, ANA, question)
    trial = await admin.drafts.try_answer(
        SERVER, draft.id, ANA, question.model_answer.full, Level.MID, 0, moderator=False
    )
    assert trial.grade.band == 4
    kept = await admin.drafts.keep_tried(SERVER, draft.id, ANA, moderator=False)
    added = question_of(kept.fields)
    assert isinstance(added, FreeText)
    answer = added.calibration_answers[-1]
    assert answer.text == question.model_answer.full
    assert set(answer.hits) >= {point.id for point in question.key_points if point.tier != "stretch"}
    assert answer.band == {Level.JUNIOR: 4, Level.MID: 4, Level.SENIOR: 4}
    assert (await admin.drafts.examined(SERVER, kept)).errors == ()


# Review


async def test_what_somebody_wrote_is_approved_by_somebody_else(admin: QuestionAdmin, store: Store) -> None:
    draft = await hand_in(admin, await admin.drafts.begin_with(SERVER, ANA, template(Kind.NUMERIC)), ANA)
    with pytest.raises(UserError, match="second pair of eyes"):
        await admin.review.approve(SERVER, draft.id, ANA, draft.rev, State.ACTIVE, others=True, where=HERE)
    decided = await admin.review.approve(SERVER, draft.id, BEN, draft.rev, State.ACTIVE, others=True, where=HERE)
    assert decided.row is not None
    assert not decided.row.self_approved
    assert decided.notice is not None
    assert decided.notice.user_id == ANA
    assert HERE in decided.notice.text
    [version] = (await admin.library.history(SERVER, decided.row.file_id))[1]
    assert (version.author_id, version.approved_by, version.version) == (ANA, BEN, 1)
    assert version.lab is not None
    assert await log(store) == [
        (ANA, Action.SUBMITTED, decided.row.file_id),
        (BEN, Action.APPROVED, decided.row.file_id),
    ]
    with pytest.raises(NoDraftError):
        await admin.drafts.get(SERVER, draft.id, ANA, moderator=True)


async def test_the_only_moderator_approves_their_own_and_it_says_so(admin: QuestionAdmin) -> None:
    row = await publish(admin, template(Kind.NUMERIC), author=ANA, by=ANA)
    assert row.self_approved
    changed = template(Kind.NUMERIC).model_copy(update={"takeaway": "Now somebody has looked."})
    row = await publish(admin, changed, author=ANA, by=BEN)
    assert not row.self_approved


async def test_a_published_contribution_counts_as_help_once_and_only_if_others_wanted_it(
    admin: QuestionAdmin, store: Store
) -> None:
    await publish(admin, template(Kind.NUMERIC), author=ANA, by=ANA)
    question = template(Kind.MULTIPLE_CHOICE)
    await publish(admin, question, author=CAT, by=BEN)
    await publish(admin, question.model_copy(update={"takeaway": "Said otherwise."}), author=CAT, by=BEN)
    async with store.read() as connection:
        given = await results.helps_of(connection, [ANA, CAT], None)
    assert [(help_.user_id, help_.track) for help_ in given] == [(CAT, "eval")]


async def test_a_returned_draft_is_mended_and_handed_in_again(admin: QuestionAdmin) -> None:
    draft = await hand_in(admin, await admin.drafts.begin_with(SERVER, ANA, template(Kind.NUMERIC)), ANA)
    with pytest.raises(UserError, match="Say why"):
        await admin.review.send_back(SERVER, draft.id, BEN, draft.rev, "  ", where=HERE)
    decided = await admin.review.send_back(SERVER, draft.id, BEN, draft.rev, "The unit is missing.", where=HERE)
    assert decided.notice is not None
    assert "The unit is missing." in decided.notice.text
    back = await admin.drafts.get(SERVER, draft.id, ANA, moderator=False)
    assert (back.row.state, back.row.note) == (DraftState.RETURNED, "The unit is missing.")
    again = await fill(admin, back, "takeaway", takeaway="Each layer adds k − 1.")
    waiting = await hand_in(admin, again, ANA)
    assert waiting.row.note is None
    assert (await admin.review.queue(SERVER)).total == 1


async def test_a_rejected_draft_stays_with_its_author(admin: QuestionAdmin) -> None:
    draft = await hand_in(admin, await admin.drafts.begin_with(SERVER, ANA, template(Kind.NUMERIC)), ANA)
    await admin.review.reject(SERVER, draft.id, BEN, draft.rev, "We have one like it.", where=HERE)
    [kept] = await admin.drafts.mine(SERVER, ANA)
    assert kept.row.state is DraftState.REJECTED
    assert (await admin.review.queue(SERVER)).total == 0


async def test_a_decision_on_an_older_look_or_on_what_is_decided_changes_nothing(admin: QuestionAdmin) -> None:
    draft = await hand_in(admin, await admin.drafts.begin_with(SERVER, ANA, template(Kind.NUMERIC)), ANA)
    mended = await admin.drafts.fill(
        SERVER, draft.id, BEN, "takeaway", None, draft.rev, values(takeaway="Better said."), moderator=True
    )
    for decide in (
        admin.review.approve(SERVER, draft.id, CAT, draft.rev, State.ACTIVE, others=True, where=HERE),
        admin.review.send_back(SERVER, draft.id, CAT, draft.rev, "No.", where=HERE),
        admin.review.reject(SERVER, draft.id, CAT, draft.rev, "No.", where=HERE),
    ):
        with pytest.raises(StaleDraftError):
            await decide
    await admin.review.reject(SERVER, draft.id, CAT, mended.rev, "No.", where=HERE)
    with pytest.raises(UserError):
        await admin.review.approve(SERVER, draft.id, BEN, mended.rev, State.ACTIVE, others=True, where=HERE)
    with pytest.raises(UserError):
        await admin.review.send_back(SERVER, draft.id, BEN, mended.rev, "No.", where=HERE)


async def test_what_another_server_waits_for_cannot_be_decided_here(admin: QuestionAdmin) -> None:
    draft = await hand_in(admin, await admin.drafts.begin_with(SERVER, ANA, template(Kind.NUMERIC)), ANA)
    with pytest.raises(NoDraftError):
        await admin.review.approve(OTHER_SERVER, draft.id, BEN, draft.rev, State.ACTIVE, others=False, where=HERE)
    with pytest.raises(NoDraftError):
        await admin.review.reject(OTHER_SERVER, draft.id, BEN, draft.rev, "No.", where=HERE)
    assert (await admin.review.queue(OTHER_SERVER)).total == 0


async def test_the_lab_keeps_what_breaks_its_promises_from_being_published(admin: QuestionAdmin) -> None:
    question = template(Kind.FREE_TEXT)
    assert isinstance(question, FreeText)
    answers = (
        question.calibration_answers[0].model_copy(update={"band": dict.fromkeys(Level, 1)}),
        *question.calibration_answers[1:],
    )
    broken = question.model_copy(update={"calibration_answers": answers})
    draft = await admin.drafts.begin_with(SERVER, ANA, broken)
    with pytest.raises(NotReadyError, match="The lab found mistakes"):
        await admin.drafts.submit(SERVER, draft.id, ANA, draft.rev, moderator=True)
    kept = await admin.drafts.get(SERVER, draft.id, ANA, moderator=False)
    assert kept.row.state is DraftState.DRAFT
    assert kept.lab is not None
    assert kept.lab.errors


async def test_a_program_that_does_not_keep_its_promise_keeps_a_task_from_being_published(admin: QuestionAdmin) -> None:
    task = template(Kind.CODE)
    assert isinstance(task, CodeTask)
    broken = task.model_copy(update={"solution": task.solution + "\n# broken\n"})
    draft = await admin.drafts.begin_with(SERVER, ANA, broken)
    with pytest.raises(NotReadyError, match="must be accepted"):
        await admin.drafts.submit(SERVER, draft.id, ANA, draft.rev, moderator=True)


async def test_doubts_of_the_lab_are_shown_once_and_then_accepted(admin: QuestionAdmin) -> None:
    question = template(Kind.MULTIPLE_CHOICE)
    assert isinstance(question, MultipleChoice)
    asked = question.prompt + " Why? And who says so? Since when? And where? What else?"
    draft = await admin.drafts.begin_with(SERVER, ANA, question.model_copy(update={"prompt": asked}))
    first = await admin.drafts.submit(SERVER, draft.id, ANA, draft.rev, moderator=True)
    assert first.outcome is Outcome.WARNED
    assert first.draft.lab is not None
    assert first.draft.lab.warnings
    assert (await admin.drafts.submit(SERVER, draft.id, ANA, draft.rev, moderator=True)).outcome is Outcome.WAITING


async def test_who_else_moderates_is_known_by_what_they_did_lately(admin: QuestionAdmin, clock: ManualClock) -> None:
    assert await admin.review.others(SERVER, ANA) == []
    await admin.review.noticed(SERVER, BEN)
    await admin.review.noticed(SERVER, BEN)
    await admin.review.noticed(OTHER_SERVER, CAT)
    assert await admin.review.others(SERVER, ANA) == [BEN]
    assert await admin.review.others(SERVER, BEN) == []
    clock.move(timedelta(days=91).total_seconds())
    assert await admin.review.others(SERVER, ANA) == []


async def test_a_members_suggestion_makes_them_no_moderator(admin: QuestionAdmin) -> None:
    await hand_in(admin, await admin.drafts.begin_with(SERVER, CAT, template(Kind.NUMERIC)), CAT)
    assert await admin.review.others(SERVER, ANA) == []


# Versions


async def test_every_change_is_a_version_that_never_changes(admin: QuestionAdmin) -> None:
    question = template(Kind.NUMERIC)
    await publish(admin, question)
    draft = await admin.drafts.begin_edit(SERVER, CAT, question.id, "the unit was wrong")
    assert draft.base == 1
    draft = await fill(admin, draft, "takeaway", takeaway="Said more clearly.")
    draft = await hand_in(admin, draft, CAT)
    await admin.review.approve(SERVER, draft.id, BEN, draft.rev, State.ACTIVE, others=True, where=HERE)
    row, versions = await admin.library.history(SERVER, question.id)
    assert (row.version, row.author_id) == (2, ANA)
    assert [(v.version, v.author_id, v.approved_by, v.reason) for v in versions] == [
        (2, CAT, BEN, "the unit was wrong"),
        (1, ANA, BEN, ""),
    ]
    lines = (await admin.library.compare(SERVER, question.id)).text.splitlines()
    assert lines[:2] == ["--- version 1", "+++ version 2"]
    assert "+takeaway: Said more clearly." in lines
    [before] = load_text(versions[1].body)
    assert before.question == question


async def test_an_earlier_version_can_be_published_again_as_a_new_one(admin: QuestionAdmin, store: Store) -> None:
    question = template(Kind.NUMERIC)
    await publish(admin, question)
    await publish(admin, question.model_copy(update={"takeaway": "A change for the worse."}), author=CAT)
    row = await admin.library.revert(SERVER, question.id, 1, BEN)
    assert row.version == 3
    _, versions = await admin.library.history(SERVER, question.id)
    assert [version.version for version in versions] == [3, 2, 1]
    assert versions[0].body == versions[2].body.replace("version: 1\n", "version: 3\n")
    assert versions[0].author_id == ANA, "its words are hers, so she is not rated on it"
    assert (BEN, Action.REVERTED, question.id) in await log(store)
    for number in (3, 9):
        with pytest.raises(UserError):
            await admin.library.revert(SERVER, question.id, number, BEN)


async def test_of_two_people_who_change_a_question_at_once_the_second_is_told(admin: QuestionAdmin) -> None:
    question = template(Kind.NUMERIC)
    await publish(admin, question)
    mine = await admin.drafts.begin_edit(SERVER, CAT, question.id)
    mine = await fill(admin, mine, "takeaway", takeaway="Mine.")
    await publish(admin, question.model_copy(update={"takeaway": "Theirs."}))
    result = await admin.drafts.submit(SERVER, mine.id, CAT, mine.rev, moderator=True)
    while result.outcome is Outcome.WARNED:
        result = await admin.drafts.submit(SERVER, mine.id, CAT, mine.rev, moderator=True)
    assert result.outcome is Outcome.OVERTAKEN
    assert result.draft.base == 2
    assert (await admin.drafts.submit(SERVER, mine.id, CAT, mine.rev, moderator=True)).outcome is Outcome.WAITING


async def test_two_new_questions_of_one_name_do_not_become_one(admin: QuestionAdmin) -> None:
    question = template(Kind.NUMERIC)
    first = await admin.drafts.begin_with(SERVER, ANA, question)
    second = await admin.drafts.begin_with(SERVER, CAT, question)
    waiting = await hand_in(admin, first, ANA)
    await admin.review.approve(SERVER, waiting.id, BEN, waiting.rev, State.ACTIVE, others=True, where=HERE)
    with pytest.raises(UserError, match="already"):
        await hand_in(admin, second, CAT)


async def test_questions_are_retired_restored_and_activated_with_the_reason_on_record(
    admin: QuestionAdmin, store: Store
) -> None:
    question = template(Kind.NUMERIC)
    await publish(admin, question, state=State.BETA)
    assert (await admin.library.activate(SERVER, question.id, CAT, others=True)).state is State.ACTIVE
    with pytest.raises(UserError, match="not in beta"):
        await admin.library.activate(SERVER, question.id, CAT, others=True)
    row = await admin.library.retire(SERVER, question.id, BEN, "too easy")
    assert (row.state, row.reason) == (State.RETIRED, "too easy")
    with pytest.raises(UserError, match="retired already"):
        await admin.library.retire(SERVER, question.id, BEN, "again")
    assert (await admin.library.restore(SERVER, question.id, CAT, others=True)).state is State.ACTIVE
    with pytest.raises(UserError, match="active already"):
        await admin.library.restore(SERVER, question.id, CAT, others=True)
    done = [(who, action) for who, action, _ in await log(store)][2:]
    assert done == [(CAT, Action.ACTIVATED), (BEN, Action.RETIRED), (CAT, Action.RESTORED)]
    with pytest.raises(NoQuestionError):
        await admin.library.retire(OTHER_SERVER, question.id, BEN, "not mine")


async def test_nobody_activates_alone_what_they_alone_have_seen(admin: QuestionAdmin) -> None:
    question = template(Kind.NUMERIC)
    await publish(admin, question, author=ANA, by=ANA, state=State.BETA)
    with pytest.raises(UserError, match="Nobody but you"):
        await admin.library.activate(SERVER, question.id, ANA, others=True)
    assert await admin.library.activate_all(SERVER, ANA, others=True) == (0, 1)
    await admin.library.retire(SERVER, question.id, ANA, "to get round it")
    assert (await admin.library.restore(SERVER, question.id, ANA, others=True)).state is State.BETA
    row = await admin.library.activate(SERVER, question.id, BEN, others=True)
    assert (row.state, row.self_approved) == (State.ACTIVE, False)


async def test_what_is_quarantined_comes_back_only_when_the_lab_agrees(admin: QuestionAdmin, store: Store) -> None:
    question = template(Kind.NUMERIC)
    await publish(admin, question)
    async with store.write() as connection:
        await admin.versions.quarantine(connection, SERVER, own_id(question.id, SERVER), reason="3 appeals")
    found = await admin.library.show(SERVER, question.id)
    assert found.row is not None
    assert (found.standing, found.row.reason) == (Standing.QUARANTINED, "3 appeals")
    assert (None, Action.QUARANTINED, question.id) in await log(store)
    assert (await admin.library.restore(SERVER, question.id, BEN, others=True)).state is State.ACTIVE


# Finding


async def test_questions_are_found_by_words_topic_level_state_and_author(admin: QuestionAdmin, bank: Bank) -> None:
    choice, number = template(Kind.MULTIPLE_CHOICE), template(Kind.NUMERIC)
    await publish(admin, choice, author=CAT, state=State.BETA)
    await publish(admin, number)
    await admin.library.retire(SERVER, number.id, BEN, "old")
    await admin.library.switch(SERVER, "ml", BEN, on=False)

    async def ids(**query: Any) -> list[str]:
        return [hit.id for hit in (await admin.library.find(SERVER, Query(**query))).hits]

    assert (await admin.library.find(SERVER, Query())).total == len(bank) + 2
    assert (await ids(text="sparse penalty weights"))[0] == "ml.regularization.penalties"
    assert (await ids(text="penalti"))[0] == "ml.regularization.penalties", "beginnings and other forms of a word count"
    assert await ids(text="sourdough") == []
    assert (await ids(text=number.id))[0] == number.id
    assert await ids(standing=Standing.BETA) == [choice.id]
    assert await ids(standing=Standing.RETIRED) == [number.id]
    assert await ids(standing=Standing.OFF) == sorted(name for name in bank.questions if name.startswith("ml."))
    assert await ids(author=CAT) == [choice.id]
    assert choice.id in await ids(topic="eval")
    assert number.id not in await ids(topic="eval")
    assert await ids(topic=number.topic, level=Level.MID) == [number.id]
    assert (await admin.library.find(OTHER_SERVER, Query(author=CAT))).total == 0


async def test_pages_hold_every_hit_once_and_a_page_beyond_the_end_is_the_last(
    store: Store, bank: Bank, clock: ManualClock
) -> None:
    library = open_admin(store, many_questions(bank, each=10), clock).library
    pages = [await library.find(SERVER, Query(topic="eval"), page) for page in (0, 1)]
    found = [hit.id for page in pages for hit in page.hits]
    assert [(page.page, page.pages, page.total) for page in pages] == [(0, 2, 10), (1, 2, 10)]
    assert sorted(set(found)) == sorted(found)
    assert len(found) == 10
    assert await library.find(SERVER, Query(topic="eval"), 99) == pages[1]


async def test_ids_are_suggested_while_somebody_types_own_ones_first(admin: QuestionAdmin) -> None:
    question = template(Kind.MULTIPLE_CHOICE)
    await publish(admin, question)
    assert (await admin.library.suggestions(SERVER, "eval"))[0][1] == question.id
    assert await admin.library.suggestions(SERVER, "", {Standing.RETIRED}) == []
    assert question.id not in dict.fromkeys(name for _, name in await admin.library.suggestions(OTHER_SERVER, ""))
    await admin.library.switch(SERVER, SHIPPED, BEN, on=False)
    assert (SHIPPED in [name for _, name in await admin.library.switchable(SERVER, "", on=True)]) is True
    assert SHIPPED not in [name for _, name in await admin.library.switchable(SERVER, "rare", on=False)]


async def test_only_tracks_and_shipped_questions_can_be_switched(admin: QuestionAdmin, store: Store) -> None:
    assert await admin.library.switch(SERVER, "ml", BEN, on=False)
    assert not await admin.library.switch(SERVER, "ml", BEN, on=False)
    with pytest.raises(UserError, match="neither a track nor a question"):
        await admin.library.switch(SERVER, "ml.nothing.here", BEN, on=False)
    assert await log(store) == [(BEN, Action.SWITCHED_OFF, "ml")]


# Many at once


def archive(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        for name, text in files.items():
            opened.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return packed.getvalue()


async def test_what_is_exported_and_imported_into_an_empty_bot_is_the_same_to_the_byte(
    admin: QuestionAdmin, second: QuestionAdmin
) -> None:
    for kind in Kind:
        await publish(admin, template(kind))
    changed = template(Kind.NUMERIC).model_copy(update={"takeaway": "A second version."})
    await publish(admin, changed)
    packed, count = await admin.transfer.export(SERVER, BEN)
    plan = await second.transfer.plan(OTHER_SERVER, CAT, "questions.zip", packed)
    assert plan.problems == ()
    assert plan.id is not None
    assert (len(plan.new), plan.changed, plan.same) == (count, (), ())
    done = await second.transfer.import_all(OTHER_SERVER, plan.id, CAT, others=False)
    assert done == Imported(count, State.ACTIVE, broken=0, untried=0)
    again, _ = await second.transfer.export(OTHER_SERVER, CAT)
    assert again == packed
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        names = opened.namelist()
    assert names == sorted(path_of(template(kind)) for kind in Kind)


async def test_a_dry_run_tells_new_changed_and_same_and_does_nothing(admin: QuestionAdmin, store: Store) -> None:
    choice, number = template(Kind.MULTIPLE_CHOICE), template(Kind.NUMERIC)
    await publish(admin, choice)
    await publish(admin, number)
    before = await count(store)
    story = write(template(Kind.BEHAVIORAL))
    changed = write(number).replace("takeaway: ", "takeaway: Remember that ")
    text = f"{write(choice)}---\n{changed}---\n{story}"
    plan = await admin.transfer.plan(SERVER, CAT, "three.yaml", text.encode())
    assert (plan.new, plan.changed, plan.same) == ((template(Kind.BEHAVIORAL).id,), (number.id,), (choice.id,))
    assert await count(store) == before
    assert plan.id is not None
    done = await admin.transfer.import_all(SERVER, plan.id, CAT, others=True)
    assert done == Imported(2, State.BETA, broken=0, untried=0)
    row, versions = await admin.library.history(SERVER, number.id)
    assert (row.version, row.state, row.self_approved) == (2, State.BETA, True)
    assert versions[0].reason == "imported from three.yaml"
    assert (await admin.library.history(SERVER, choice.id))[0].version == 1
    with pytest.raises(NoDraftError):
        await admin.transfer.import_all(SERVER, plan.id, CAT, others=True)


async def count(store: Store) -> int:
    async with store.read() as connection:
        return await connection.scalar(select(func.count()).select_from(server_question_versions)) or 0


async def test_one_bad_file_and_nothing_is_taken(admin: QuestionAdmin, store: Store) -> None:
    broken = write(template(Kind.NUMERIC)).replace("tolerance: {absolute: 0.4}", "tolerance: {absolut: 0.4}")
    packed = archive(a_dot_yaml=write(template(Kind.MULTIPLE_CHOICE)), dl__b_dot_yaml=broken)
    plan = await admin.transfer.plan(SERVER, CAT, "two.zip", packed)
    assert plan.id is None
    assert any(line.startswith("dl/b.yaml:") and "absolut" in line for line in plan.problems)
    assert await count(store) == 0


async def test_nothing_at_all_is_imported_when_one_question_has_changed_since_the_dry_run(
    admin: QuestionAdmin, store: Store
) -> None:
    choice, number = template(Kind.MULTIPLE_CHOICE), template(Kind.NUMERIC)
    plan = await admin.transfer.plan(SERVER, CAT, "two.yaml", f"{write(choice)}---\n{write(number)}".encode())
    await publish(admin, number)
    before = await count(store)
    assert plan.id is not None
    with pytest.raises(UserError, match="has changed since"):
        await admin.transfer.import_all(SERVER, plan.id, CAT, others=False)
    assert await count(store) == before


async def test_a_plan_belongs_to_who_made_it_and_to_its_server(admin: QuestionAdmin) -> None:
    plan = await admin.transfer.plan(SERVER, CAT, "one.yaml", write(template(Kind.NUMERIC)).encode())
    assert plan.id is not None
    for server, who in ((SERVER, BEN), (OTHER_SERVER, CAT)):
        with pytest.raises(NoDraftError):
            await admin.transfer.import_all(server, plan.id, who, others=False)
    with pytest.raises(NoDraftError):
        await admin.drafts.get(SERVER, plan.id, CAT, moderator=True)
    assert await admin.drafts.mine(SERVER, CAT) == [], "it is no draft of a question"
    await admin.transfer.forget(SERVER, plan.id, CAT)
    with pytest.raises(NoDraftError):
        await admin.transfer.import_all(SERVER, plan.id, CAT, others=False)


async def test_what_the_lab_refuses_comes_in_quarantined_and_the_rest_is_asked(
    admin: QuestionAdmin, store: Store, bank: Bank
) -> None:
    task = template(Kind.CODE)
    assert isinstance(task, CodeTask)
    broken = task.model_copy(update={"solution": task.solution + "\n# broken\n"})
    packed = archive(a_dot_md=write(broken), b_dot_yaml=write(template(Kind.NUMERIC)))
    plan = await admin.transfer.plan(SERVER, CAT, "two.zip", packed)
    assert plan.id is not None
    assert any("must be accepted" in line for line in plan.broken)
    await admin.transfer.import_all(SERVER, plan.id, CAT, others=False)
    here = await Banks(store, bank).of(SERVER)
    assert own_id(task.id, SERVER) not in here.questions
    assert own_id(template(Kind.NUMERIC).id, SERVER) in here.questions
    with pytest.raises(UserError, match="have to be mended"):
        await admin.library.restore(SERVER, task.id, CAT, others=True)


async def test_what_the_lab_has_no_time_for_in_a_dry_run_is_asked_once_it_was_tried(
    admin: QuestionAdmin, store: Store, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_transfer, "PATIENCE", timedelta())
    transfer = admin.transfer
    choice, number = template(Kind.MULTIPLE_CHOICE), template(Kind.NUMERIC)
    plan = await transfer.plan(SERVER, CAT, "two.yaml", f"{write(choice)}---\n{write(number)}".encode())
    assert plan.id is not None
    assert (plan.untried, len(plan.new)) == (2, 2)
    done = await transfer.import_all(SERVER, plan.id, CAT, others=True)
    assert done == Imported(2, State.BETA, broken=0, untried=2)
    await admin.trials.settled()
    async with store.read() as connection:
        rows = await server_questions.all_of(connection, SERVER)
    assert {row.state for row in rows} == {State.BETA}
    here = await Banks(store, bank).of(SERVER)
    assert {own_id(choice.id, SERVER), own_id(number.id, SERVER)} <= here.questions.keys()


async def test_a_mistake_in_one_question_is_not_the_reason_of_the_next(admin: QuestionAdmin) -> None:
    task = template(Kind.CODE)
    assert isinstance(task, CodeTask)
    broken = task.model_copy(update={"solution": task.solution + "\n# broken\n"})
    packed = archive(a_dot_md=write(broken), b_dot_yaml=write(template(Kind.NUMERIC)))
    plan = await admin.transfer.plan(SERVER, CAT, "two.zip", packed)
    assert plan.id is not None
    await admin.transfer.import_all(SERVER, plan.id, CAT, others=False)
    for question in (task, template(Kind.NUMERIC)):
        assert (await admin.library.history(SERVER, question.id))[1][0].reason == "imported from two.zip"


async def test_a_shipped_question_that_comes_back_unchanged_is_not_taken_as_the_servers_own(
    admin: QuestionAdmin, bank: Bank
) -> None:
    plan = await admin.transfer.plan(SERVER, CAT, "one.yaml", write(bank.questions[SHIPPED]).encode())
    assert (plan.id, plan.same) == (None, (SHIPPED,))


async def test_a_server_without_questions_has_nothing_to_export(admin: QuestionAdmin) -> None:
    with pytest.raises(UserError, match="no questions of its own"):
        await admin.transfer.export(SERVER, BEN)


async def test_retired_questions_are_exported_only_when_asked_for(admin: QuestionAdmin) -> None:
    await publish(admin, template(Kind.MULTIPLE_CHOICE))
    await publish(admin, template(Kind.NUMERIC))
    await admin.library.retire(SERVER, template(Kind.NUMERIC).id, BEN, "old")
    assert (await admin.transfer.export(SERVER, BEN))[1] == 1
    assert (await admin.transfer.export(SERVER, BEN, everything=True))[1] == 2


# What is stored


async def test_a_draft_is_read_back_as_it_was_stored(admin: QuestionAdmin, store: Store) -> None:
    draft = await admin.drafts.begin_with(SERVER, ANA, template(Kind.FREE_TEXT), "why")
    async with store.read() as connection:
        row = await server_questions.draft(connection, SERVER, draft.id)
    assert row is not None
    assert draft_of(row) == draft
    assert question_of(draft.fields) == template(Kind.FREE_TEXT)


async def test_the_log_is_read_page_by_page_newest_first(admin: QuestionAdmin) -> None:
    for number in range(12):
        await admin.library.switch(SERVER, "ml", BEN, on=bool(number % 2))
    first, last = await admin.library.log(SERVER, 0), await admin.library.log(SERVER, 7)
    assert (first.pages, len(first.entries), len(last.entries)) == (2, 10, 2)
    assert first.entries[0].action is Action.SWITCHED_ON
    assert (await admin.library.log(OTHER_SERVER)).entries == ()
