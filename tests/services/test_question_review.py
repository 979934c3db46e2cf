"""What reviewers said before, what has changed since, and what became of a question, as the services tell it."""

from __future__ import annotations

import pytest

from bot.services.drafts import Draft, Kind
from bot.services.question_admin import QuestionAdmin
from bot.services.question_versions import NoQuestionError
from bot.store.audit import Action, Entry
from bot.store.engine import Store
from bot.store.server_questions import State, own_id
from questions.bank import Bank
from tests.clock import START, ManualClock
from tests.services.caring import ANA, BEN, CAT, HERE, OTHER_SERVER, SERVER, hand_in, open_admin, publish, template

NUMBER = template(Kind.NUMERIC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def admin(store: Store, bank: Bank, clock: ManualClock) -> QuestionAdmin:
    return open_admin(store, bank, clock)


async def returned(admin: QuestionAdmin, draft: Draft, note: str, by: int = BEN) -> Draft:
    """The draft, handed in and sent back."""
    waiting = await hand_in(admin, draft, ANA)
    await admin.review.send_back(SERVER, draft.id, by, waiting.rev, note, where=HERE)
    return await admin.drafts.get(SERVER, draft.id, ANA, moderator=False)


async def changed(admin: QuestionAdmin, draft: Draft, takeaway: str) -> Draft:
    question = NUMBER.model_copy(update={"takeaway": takeaway})
    return await admin.drafts.replace(SERVER, draft.id, ANA, question, moderator=False)


async def test_a_draft_that_was_never_returned_has_no_past(admin: QuestionAdmin) -> None:
    draft = await hand_in(admin, await admin.drafts.begin_with(SERVER, ANA, NUMBER), ANA)
    past = await admin.review.past(draft)
    assert (past.notes, past.changes) == ((), None)


async def test_notes_come_latest_first_and_changes_count_from_the_latest(
    admin: QuestionAdmin, clock: ManualClock
) -> None:
    draft = await returned(admin, await admin.drafts.begin_with(SERVER, ANA, NUMBER), "first")
    assert [one.id for one in await admin.drafts.mine(SERVER, ANA)] == [draft.id]
    clock.move(60)
    draft = await returned(admin, await changed(admin, draft, "Second thoughts."), "second", CAT)
    past = await admin.review.past(await hand_in(admin, await changed(admin, draft, "Third thoughts."), ANA))
    assert [(note.by, note.text, note.rejected) for note in past.notes] == [
        (CAT, "second", False),
        (BEN, "first", False),
    ]
    assert past.notes[0].at > past.notes[1].at
    assert past.changes is not None
    [change] = past.changes
    assert (change.before, change.after) == (("Second thoughts.",), ("Third thoughts.",))


async def test_a_rejected_draft_says_so_when_it_is_handed_in_again(admin: QuestionAdmin) -> None:
    waiting = await hand_in(admin, await admin.drafts.begin_with(SERVER, ANA, NUMBER), ANA)
    await admin.review.reject(SERVER, waiting.id, BEN, waiting.rev, "We have one.", where=HERE)
    past = await admin.review.past(await hand_in(admin, waiting, ANA))
    assert [(note.text, note.rejected) for note in past.notes] == [("We have one.", True)]
    assert past.changes == ()


async def test_a_question_has_its_versions_and_states_in_the_order_of_time(
    admin: QuestionAdmin, store: Store, clock: ManualClock
) -> None:
    await publish(admin, NUMBER, state=State.BETA)
    clock.move(60)
    await admin.library.activate(SERVER, NUMBER.id, CAT, others=True)
    clock.move(60)
    async with store.write() as connection:
        await admin.versions.quarantine(connection, SERVER, own_id(NUMBER.id, SERVER), reason="three appeals")
    clock.move(60)
    await publish(admin, NUMBER.model_copy(update={"takeaway": "Another one."}))
    found = await admin.library.timeline(SERVER, NUMBER.id)
    told = [
        (event.action, event.user_id, event.detail) if isinstance(event, Entry) else event.version
        for event in found.events
    ]
    assert told == [2, (Action.QUARANTINED, None, "three appeals"), (Action.ACTIVATED, CAT, ""), 1]
    with pytest.raises(NoQuestionError):
        await admin.library.timeline(OTHER_SERVER, NUMBER.id)
