"""A person's own preferences, and the names that people go by."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select, update

from bot.errors import UserError
from bot.services.people import NAME_LIMIT, People
from bot.store import people as people_store
from bot.store.engine import Store
from bot.store.people import Person
from bot.store.schema import people as table
from tests.clock import ManualClock

ANN, BEN, CID = 1, 2, 3


@pytest.fixture
def people(store: Store, clock: ManualClock) -> People:
    return People(store, clock)


async def meet(store: Store, clock: ManualClock, *users: int) -> None:
    """What starting a round does."""
    async with store.write() as connection:
        for user in users:
            await people_store.ensure(connection, user, clock.now())


async def found(store: Store, user: int) -> Person | None:
    async with store.read() as connection:
        return await people_store.find(connection, user)


# Names


async def test_the_name_of_somebody_who_only_looked_is_not_kept(store: Store, people: People) -> None:
    await people.remember(ANN, "Ann")
    assert await found(store, ANN) is None
    assert await people.names([ANN]) == {}


async def test_a_name_is_kept_once_the_person_has_begun_something(
    store: Store, clock: ManualClock, people: People
) -> None:
    await people.remember(ANN, "Ann")
    await meet(store, clock, ANN)
    await people.remember(ANN, "Ann")
    assert await people.names([ANN, BEN]) == {ANN: "Ann"}
    await people.remember(ANN, "Ann the Great")
    assert await people.names([ANN]) == {ANN: "Ann the Great"}


async def test_a_name_that_has_not_changed_costs_no_query(store: Store, clock: ManualClock, people: People) -> None:
    await meet(store, clock, ANN)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine = store._engine.sync_engine  # pyright: ignore[reportPrivateUsage]
    event.listen(engine, "before_cursor_execute", note)
    await people.remember(ANN, "Ann")
    assert statements
    statements.clear()
    for _ in range(100):
        await people.remember(ANN, "Ann")
    assert statements == []
    fresh = People(store, clock)
    await fresh.remember(ANN, "Ann")
    assert not any("UPDATE" in statement for statement in statements), "another process finds it written"


async def test_a_long_name_is_cut(store: Store, clock: ManualClock, people: People) -> None:
    await meet(store, clock, ANN)
    await people.remember(ANN, "n" * 300)
    assert await people.names([ANN]) == {ANN: "n" * NAME_LIMIT}


async def test_an_erased_name_may_be_kept_again(store: Store, clock: ManualClock, people: People) -> None:
    await meet(store, clock, ANN)
    await people.remember(ANN, "Ann")
    async with store.write() as connection:
        await connection.execute(update(table).where(table.c.id == ANN).values(name=None))
    people.forget(ANN)
    people.forget(BEN)
    await people.remember(ANN, "Ann")
    assert await people.names([ANN]) == {ANN: "Ann"}


async def test_people_are_called_as_they_wish(store: Store, clock: ManualClock, people: People) -> None:
    await meet(store, clock, ANN, BEN, CID)
    for user, name in ((ANN, "Ann"), (BEN, "Ben")):
        await people.remember(user, name)
    async with store.write() as connection:
        await connection.execute(update(table).where(table.c.id.in_([BEN, CID])).values(nickname="Quiet Owl"))
    assert await people.names([ANN, BEN, CID, 99]) == {ANN: "Ann", BEN: "Quiet Owl", CID: "Quiet Owl"}
    assert await people.names([]) == {}


# Time zone


async def test_without_a_choice_the_zone_is_utc(people: People) -> None:
    assert await people.zone(ANN) == ZoneInfo("UTC")
    assert await people.known_zone(ANN) is None


async def test_a_zone_is_chosen_and_changed(store: Store, people: People) -> None:
    await people.set_zone(ANN, "Europe/Berlin")
    assert await people.zone(ANN) == ZoneInfo("Europe/Berlin")
    await people.set_zone(ANN, "Asia/Kolkata")
    assert await people.known_zone(ANN) == "Asia/Kolkata"
    assert await people.known_zone(BEN) is None
    person = await found(store, ANN)
    assert person == Person(ANN, None, None, "Asia/Kolkata", hidden=False, quotes=None)


@pytest.mark.parametrize("zone", ["Berlin", "", "localtime", "America", "../../etc/passwd"])
async def test_an_unknown_zone_is_refused_and_changes_nothing(people: People, zone: str) -> None:
    await people.set_zone(ANN, "Europe/Berlin")
    with pytest.raises(UserError, match="do not know that time zone"):
        await people.set_zone(ANN, zone)
    assert await people.known_zone(ANN) == "Europe/Berlin"


async def test_a_zone_that_has_left_the_world_counts_as_utc(store: Store, people: People) -> None:
    await people.set_zone(ANN, "Europe/Berlin")
    async with store.write() as connection:
        await connection.execute(update(table).where(table.c.id == ANN).values(zone="Atlantis/Capital"))
    assert await people.zone(ANN) == ZoneInfo("UTC")


# Quotes


async def test_whether_answers_may_be_quoted_is_unknown_until_the_person_says(people: People) -> None:
    assert await people.quotes(ANN) is None
    await people.set_quotes(ANN, True)
    assert await people.quotes(ANN) is True
    await people.set_quotes(ANN, False)
    assert await people.quotes(ANN) is False
    assert await people.quotes(BEN) is None


async def test_a_preference_leaves_the_others_alone(store: Store, clock: ManualClock, people: People) -> None:
    await people.set_quotes(ANN, True)
    first = clock.now()
    clock.move(3600)
    await people.set_zone(ANN, "Europe/Berlin")
    await people.remember(ANN, "Ann")
    assert await found(store, ANN) == Person(ANN, "Ann", None, "Europe/Berlin", hidden=False, quotes=True)
    async with store.read() as connection:
        assert await connection.scalar(select(table.c.first_seen_at)) == first
