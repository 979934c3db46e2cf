"""The weekly note to moderators of questions that look broken."""

from __future__ import annotations

import pytest

from bot.abilities.ledger import EVERYWHERE
from bot.schedule import WEEK
from bot.services.banks import Banks
from bot.services.item_notes import ItemNotes
from bot.services.item_stats import ItemStatistics
from bot.services.ratings import Ratings
from bot.store import audit, notices, server_questions
from bot.store.audit import Action
from bot.store.engine import Store
from questions.bank import Bank
from tests.clock import START, ManualClock
from tests.services.caring import ANA, BEN, CAT, OTHER_SERVER, SERVER
from tests.services.scoring import ids, many_questions, play

PEOPLE = range(100, 124)


class Desk:
    """One process, and results in two servers."""

    def __init__(self, store: Store, bank: Bank) -> None:
        self.store, self.bank, self.clock = store, many_questions(bank), ManualClock()
        self.ratings = Ratings(store, self.bank)
        self.notes = self.process()

    def process(self) -> ItemNotes:
        return ItemNotes(self.store, Banks(self.store, self.bank), self.clock, ItemStatistics(self.store))

    async def moderator(self, user: int, server: int = SERVER) -> None:
        async with self.store.write() as connection:
            await audit.add(connection, server, user, Action.BEGAN, "", "", self.clock.now())

    async def answers(self, name: str, score: float | None = None, server: int = SERVER) -> None:
        """Everybody answers three good questions as well as their number says, and this one: all alike, or worse."""
        for place, user in enumerate(PEOPLE):
            able = (place + 1) / (len(PEOPLE) + 1)
            for other in ids(self.bank, "eval")[:3]:
                await play(self.store, self.ratings, {other: able}, START, user=user, server=server)
            mine = 1 - able if score is None else score
            await play(self.store, self.ratings, {name: mine}, START, user=user, server=server)

    async def told(self, user: int) -> list[tuple[int | None, str]]:
        async with self.store.read() as connection:
            return [(one.server_id, one.text) for one in await notices.waiting(connection, user)]


@pytest.fixture
def desk(store: Store, bank: Bank) -> Desk:
    return Desk(store, bank)


async def test_moderators_are_told_once_a_week_and_of_their_own_server_alone(desk: Desk) -> None:
    name = ids(desk.bank, "ml")[5]
    await desk.answers(name)
    for user, server in ((ANA, SERVER), (BEN, SERVER), (CAT, OTHER_SERVER)):
        await desk.moderator(user, server)
    assert await desk.notes.write() == 1
    for user in (ANA, BEN):
        [(server, text)] = await desk.told(user)
        assert server == SERVER
        assert f"- `{name}`: the better people do worse on it (24 answers)" in text
        assert text.count("\n- ") == 1
    assert await desk.told(CAT) == []
    desk.clock.move(WEEK.total_seconds() - 1)
    assert await desk.process().write() == 0, "whichever process it is"
    desk.clock.move(1)
    assert await desk.process().write() == 1
    assert len(await desk.told(ANA)) == 1, "the new note takes the place of the one that nobody has read"


async def test_what_is_not_asked_any_more_is_not_named(desk: Desk) -> None:
    name = ids(desk.bank, "ml")[5]
    await desk.answers(name, 0.0)
    await desk.moderator(ANA)
    async with desk.store.write() as connection:
        await server_questions.switch_off(connection, SERVER, name, ANA, START)
    assert await desk.notes.write() == 0
    assert await desk.told(ANA) == []


async def test_the_owners_hear_of_shipped_questions_by_the_results_of_all_servers(desk: Desk) -> None:
    name = ids(desk.bank, "ml")[5]
    await desk.answers(name, 0.0, OTHER_SERVER)
    await desk.moderator(ANA, EVERYWHERE)
    assert await desk.notes.write() == 1
    [(server, text)] = await desk.told(ANA)
    assert (server, f"`{name}`: too hard even for the strongest" in text) == (EVERYWHERE, True)


async def test_the_waker_does_not_wait_for_the_note(desk: Desk) -> None:
    name = ids(desk.bank, "ml")[5]
    await desk.answers(name, 0.0)
    await desk.moderator(ANA)
    desk.notes.tick()
    assert await desk.told(ANA) == [], "nothing is written while the waker goes on"
    await desk.notes.rest()
    assert len(await desk.told(ANA)) == 1
