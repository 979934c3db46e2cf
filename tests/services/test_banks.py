"""Which questions a place has, and that every process sees at once what one has changed."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.abilities.ledger import EVERYWHERE
from bot.rounds.dialogue import DIALOGUE
from bot.rounds.events import Kind as RoundKind
from bot.services.banks import Banks
from bot.services.drafts import Kind
from bot.services.question_admin import QuestionAdmin
from bot.services.record import load_record
from bot.services.rounds import Rounds
from bot.services.starting import Format, Wish
from bot.store import server_questions
from bot.store.engine import Store
from bot.store.rounds import Place, Surface
from bot.store.schema import question_versions
from bot.store.server_questions import State, own_id
from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.model import Level, MultipleChoice
from tests.clock import ManualClock
from tests.services.caring import ANA, BEN, OTHER_SERVER, SERVER, open_admin, publish, template
from tests.services.recorder import RecordingPoster
from tests.services.scripted import ScriptedJudge

SHIPPED = "eval.classification-metrics.rare-positives"
PRESSED = "ml.regularization.penalties"


@pytest.fixture
def admin(store: Store, bank: Bank) -> QuestionAdmin:
    return open_admin(store, bank, ManualClock())


@pytest.fixture
def banks(store: Store, bank: Bank) -> Banks:
    return Banks(store, bank)


@pytest_asyncio.fixture
async def elsewhere(database: Path, bank: Bank) -> AsyncGenerator[Banks]:
    """The banks of a second process."""
    opened = Store(database)
    yield Banks(opened, bank)
    await opened.close()


@pytest.fixture
def choice() -> AnyQuestion:
    return template(Kind.MULTIPLE_CHOICE)


def mine(question: AnyQuestion) -> str:
    return own_id(question.id, SERVER)


async def test_a_server_that_has_changed_nothing_has_the_very_bank_that_is_shipped(banks: Banks, bank: Bank) -> None:
    assert await banks.of(SERVER) is bank
    assert await banks.of(None) is bank


async def test_a_servers_question_is_asked_there_and_nowhere_else(
    admin: QuestionAdmin, banks: Banks, bank: Bank, choice: AnyQuestion
) -> None:
    await publish(admin, choice)
    here = await banks.of(SERVER)
    found = here.get(mine(choice))
    assert found is not None
    assert found.prompt == choice.prompt
    assert here.questions.keys() == {*bank.questions, mine(choice)}
    assert await banks.of(OTHER_SERVER) is bank
    assert await banks.of(None) is bank


async def test_another_process_sees_a_change_at_its_next_look(
    admin: QuestionAdmin, elsewhere: Banks, choice: AnyQuestion
) -> None:
    before = await elsewhere.of(SERVER)
    await publish(admin, choice)
    after = await elsewhere.of(SERVER)
    assert mine(choice) not in before.questions
    assert mine(choice) in after.questions
    assert await elsewhere.of(SERVER) is after, "nothing has changed since, so it is the same bank"
    await admin.library.retire(SERVER, choice.id, BEN, "too easy")
    assert mine(choice) not in (await elsewhere.of(SERVER)).questions


@pytest.mark.parametrize("state", [State.RETIRED, State.QUARANTINED])
async def test_what_is_retired_or_quarantined_is_not_asked(
    admin: QuestionAdmin, banks: Banks, store: Store, choice: AnyQuestion, state: State
) -> None:
    await publish(admin, choice, state=State.BETA)
    assert mine(choice) in (await banks.of(SERVER)).questions
    async with store.write() as connection:
        if state is State.QUARANTINED:
            await admin.versions.quarantine(connection, SERVER, mine(choice), reason="three appeals")
    if state is State.RETIRED:
        await admin.library.retire(SERVER, choice.id, BEN, "old")
    assert mine(choice) not in (await banks.of(SERVER)).questions


async def test_tracks_and_shipped_questions_can_be_switched_off_and_on(
    admin: QuestionAdmin, banks: Banks, bank: Bank, choice: AnyQuestion
) -> None:
    await publish(admin, choice)
    await admin.library.switch(SERVER, SHIPPED, BEN, on=False)
    await admin.library.switch(SERVER, "ml", BEN, on=False)
    here = await banks.of(SERVER)
    assert SHIPPED not in here.questions
    assert not [question for question in here.questions.values() if question.track == "ml"]
    assert mine(choice) in here.questions, "of the same track as the shipped one that is off"
    assert await banks.of(OTHER_SERVER) is bank
    await admin.library.switch(SERVER, SHIPPED, BEN, on=True)
    await admin.library.switch(SERVER, "ml", BEN, on=True)
    assert {SHIPPED, PRESSED} <= (await banks.of(SERVER)).questions.keys()


async def test_a_servers_version_of_a_shipped_question_stands_in_its_place(
    admin: QuestionAdmin, banks: Banks, bank: Bank
) -> None:
    shipped = bank.questions[SHIPPED]
    assert isinstance(shipped, MultipleChoice)
    changed = shipped.model_copy(update={"takeaway": "Look at precision and recall instead."})
    await publish(admin, changed)
    here = await banks.of(SERVER)
    assert SHIPPED not in here.questions
    found = here.get(own_id(SHIPPED, SERVER))
    assert isinstance(found, MultipleChoice)
    assert found.takeaway == "Look at precision and recall instead."
    assert found.version == shipped.version + 1
    await admin.library.retire(SERVER, SHIPPED, BEN, "the shipped one is better")
    assert SHIPPED in (await banks.of(SERVER)).questions


async def test_the_owners_newer_version_of_a_shipped_question_is_asked_everywhere(
    admin: QuestionAdmin, banks: Banks, bank: Bank, store: Store
) -> None:
    shipped = bank.questions[SHIPPED]
    assert isinstance(shipped, MultipleChoice)
    changed = shipped.model_copy(update={"takeaway": "Newer.", "version": shipped.version + 1})
    async with store.write() as connection:
        await admin.versions.new_version(connection, EVERYWHERE, changed, by=ANA, reason="an appeal")
    for place in (None, SERVER, OTHER_SERVER):
        found = (await banks.of(place)).get(SHIPPED)
        assert isinstance(found, MultipleChoice)
        assert (found.takeaway, found.version) == ("Newer.", shipped.version + 1)


async def test_a_release_that_is_newer_than_the_owners_version_wins(
    admin: QuestionAdmin, bank: Bank, store: Store
) -> None:
    shipped = bank.questions[SHIPPED]
    async with store.write() as connection:
        await admin.versions.new_version(connection, EVERYWHERE, shipped, by=ANA, reason="an appeal")
    released = [
        item if item.question.id != SHIPPED else type(item)(shipped.model_copy(update={"version": 9}), "newer", 1)
        for item in bank.loaded.values()
    ]
    found = (await Banks(store, Bank(released)).of(None)).get(SHIPPED)
    assert found is not None
    assert found.version == 9


async def test_what_this_release_cannot_read_any_more_is_left_out_and_the_rest_is_asked(
    admin: QuestionAdmin, banks: Banks, store: Store, choice: AnyQuestion
) -> None:
    await publish(admin, choice)
    await publish(admin, template(Kind.NUMERIC))
    async with store.write() as connection:
        gone = question_versions.update().where(question_versions.c.id == mine(choice))
        await connection.execute(gone.values(body='{"type": "riddle"}'))
        await server_questions.touch(connection, SERVER)
    here = await banks.of(SERVER)
    assert mine(choice) not in here.questions
    assert own_id("dl.cnn.stacked-filters", SERVER) in here.questions


async def test_rounds_that_had_a_question_keep_it_in_the_version_that_was_asked(
    admin: QuestionAdmin, banks: Banks, store: Store, bank: Bank, choice: AnyQuestion
) -> None:
    await publish(admin, choice)
    await admin.library.switch(SERVER, SHIPPED, BEN, on=False)
    rounds = Rounds(store, bank, ManualClock(), RecordingPoster(), random.Random(1), ScriptedJudge(), banks=banks)
    place = Place(SERVER, 50, Surface.CHANNEL)
    wish = Wish(ANA, place, RoundKind.QUIZ, Level.MID, topic=choice.topic, format=Format.MULTIPLE_CHOICE)
    row = await rounds.start(wish)
    assert row.state.items[0].question == mine(choice)
    edited = choice.model_copy(update={"takeaway": "Said otherwise."})
    await publish(admin, edited)
    await admin.library.retire(SERVER, choice.id, BEN, "old")
    async with store.read() as connection:
        record = await load_record(connection, bank, row.id)
    assert record is not None
    asked = record.question(0)
    assert isinstance(asked, MultipleChoice)
    assert isinstance(choice, MultipleChoice)
    assert (asked.version, asked.takeaway) == (1, choice.takeaway)
    assert DIALOGUE.name == row.engine


async def test_outside_of_the_server_its_questions_are_never_drawn(
    admin: QuestionAdmin, banks: Banks, store: Store, bank: Bank, choice: AnyQuestion
) -> None:
    await publish(admin, choice)
    rounds = Rounds(store, bank, ManualClock(), RecordingPoster(), random.Random(1), ScriptedJudge(), banks=banks)
    wish = Wish(ANA, Place(None, 50, Surface.CHANNEL), RoundKind.QUIZ, Level.MID, format=Format.MIXED, count=20)
    row = await rounds.start(wish)
    assert mine(choice) not in {item.question for item in row.state.items}


async def test_the_lab_sees_own_questions_by_the_ids_of_their_files(
    admin: QuestionAdmin, banks: Banks, bank: Bank, choice: AnyQuestion
) -> None:
    assert await banks.as_filed(SERVER) is bank
    await publish(admin, choice)
    filed = await banks.as_filed(SERVER)
    assert choice.id in filed.questions
    assert mine(choice) not in filed.questions
    assert await banks.as_filed(SERVER) is filed


@pytest.mark.parametrize("server", [1, 35, 36, SERVER, 2**63 - 1])
def test_the_id_of_a_servers_question_tells_the_server_and_can_be_undone(server: int) -> None:
    name = own_id("ml.boosting.shrinkage", server)
    head, _, digits = name.partition("~")
    assert head == server_questions.file_id_of(name) == "ml.boosting.shrinkage"
    assert int(digits, 36) == server
    assert len(digits) <= 13
