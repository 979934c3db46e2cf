"""Appeals from "this was right" to everybody's corrected score, on a real database with the real grader."""

from __future__ import annotations

import dataclasses
import random

import pytest
import pytest_asyncio

from bot.errors import UserError
from bot.rounds.dialogue import Phase
from bot.rounds.events import Kind, Mode
from bot.services.appeals import A_DAY, Appeals
from bot.services.banks import Banks
from bot.services.group_record import GroupRecord
from bot.services.groups import Groups, GroupWish
from bot.services.judging import NoJudge
from bot.services.question_versions import QuestionVersions
from bot.services.ratings import Ratings
from bot.services.regrading import Regrading
from bot.services.rounds import Rounds
from bot.services.starting import Format, Wish
from bot.store import appeals as appeal_store
from bot.store import notices, server_questions
from bot.store.appeals import OWNER
from bot.store.engine import Store
from bot.store.rounds import Place, Surface
from bot.store.server_questions import State
from questions.bank import Bank
from questions.model import FreeText, Level
from tests.clock import ManualClock
from tests.services.recorder import RecordingPoster
from tests.services.scoring import dump, rows

ANA, BEN, MODERATOR = 1, 2, 9
PHRASE = "throws features overboard entirely"
ODD = (
    "The absolute one throws features overboard entirely, while the squared one keeps every column and only turns the "
    "volume down on each of them a little bit."
)
"""Right in words that nobody foresaw."""


class Desk:
    """One process with everything that an appeal needs."""

    def __init__(self, store: Store, bank: Bank, clock: ManualClock) -> None:
        self.store, self.bank, self.clock = store, bank, clock
        self.ratings = Ratings(store, bank)
        poster = RecordingPoster()
        self.rounds = Rounds(store, bank, clock, poster, random.Random(1), NoJudge(), self.ratings)
        self.groups = Groups(store, bank, clock, poster, self.rounds.starting, NoJudge(), self.ratings)
        self.appeals = Appeals(store, bank, clock, QuestionVersions(clock, bank))
        self.regrading = Regrading(store, bank, clock, self.rounds, self.groups, self.ratings)

    @property
    def question(self) -> FreeText:
        found = self.bank.get("ml.regularization.penalties")
        assert isinstance(found, FreeText)
        return found

    @property
    def point(self) -> str:
        return self.question.key_points[0].id

    async def answered(self, user: int, text: str = ODD) -> int:
        """A finished exam of one question; its round."""
        place = Place(None, 50 + user, Surface.CHANNEL)
        wish = Wish(user, place, Kind.QUIZ, Level.MID, Mode.EXAM, "ml.regularization", Format.FREE_TEXT)
        row = await self.rounds.start(wish)
        await self.rounds.answer(row.id, by=user, text=text, source="message:1", turn=0)
        await self.rounds.carry_out(row.id)
        for _ in range(5):
            state = (await self.rounds.load(row.id)).state
            if state.phase is Phase.FINISHED:
                break
            await self.rounds.skip(row.id, by=user, turn=state.turn)
            await self.rounds.carry_out(row.id)
        return row.id

    async def score(self, round_id: int) -> float:
        score = (await self.rounds.load(round_id)).state.score
        assert score is not None
        return score

    async def appeal(self, round_id: int, user: int = ANA) -> int:
        return await self.appeals.appeal("dialogue", round_id, 0, user, point=self.point, text="that is sparsity")

    async def regraded(self) -> None:
        for _ in range(20):
            await self.regrading.tick()
        async with self.store.read() as connection:
            assert await appeal_store.open_regrades(connection) == []

    def told(self, user: int) -> list[str]:
        return [row[0] for row in rows(self.store.path, f"SELECT text FROM notices WHERE user_id = {user} ORDER BY id")]


@pytest_asyncio.fixture
async def desk(store: Store, bank: Bank) -> Desk:
    return Desk(store, bank, ManualClock())


async def test_an_upheld_appeal_raises_everybodys_score_once_and_tells_them(desk: Desk) -> None:
    first, second = await desk.answered(ANA), await desk.answered(BEN)
    before = await desk.score(first)
    number = await desk.appeal(first)
    case = await desk.appeals.next_case(OWNER)
    assert case is not None
    assert (case.row.id, case.answer, case.point.id, case.waiting) == (number, ODD, desk.point, 1)
    assert case.earned < 1
    version = await desk.appeals.uphold(OWNER, number, by=MODERATOR, phrase=PHRASE)
    assert version == desk.question.version + 1
    await desk.regraded()
    for round_id, user in ((first, ANA), (second, BEN)):
        after = await desk.score(round_id)
        assert after > before
        query = f"SELECT score FROM results WHERE round_id = {round_id} AND user_id = {user}"
        assert rows(desk.store.path, query) == [(after,)]
        assert sum("counts for more now" in text for text in desk.told(user)) == 1
    assert any(f"appeal {number} was upheld" in text for text in desk.told(ANA))
    corrected = dump(desk.store.path)
    async with desk.store.write() as connection:
        await desk.ratings.rebuild(connection)
    assert dump(desk.store.path) == corrected, "abilities and boards are what the results add up to"
    assert await desk.appeals.next_case(OWNER) is None


@pytest.mark.thorough
async def test_a_regrade_goes_on_in_the_next_process_and_nothing_is_corrected_twice(desk: Desk) -> None:
    played = [await desk.answered(user) for user in range(1, 26)]
    number = await desk.appeal(played[0])
    await desk.appeals.uphold(OWNER, number, by=MODERATOR, phrase=PHRASE)
    await desk.regrading.tick()
    async with desk.store.read() as connection:
        [half] = await appeal_store.open_regrades(connection)
    assert 0 < half.changed < len(played)
    again = Desk(desk.store, desk.bank, desk.clock)
    await again.regraded()
    assert len({await again.score(round_id) for round_id in played}) == 1
    for user in range(1, 26):
        assert sum("counts for more now" in text for text in again.told(user)) == 1
    for round_id in played:
        query = f"SELECT count(*) FROM round_events WHERE round_id = {round_id} AND type = 'regraded'"
        assert rows(desk.store.path, query) == [(1,)]


async def test_a_better_answer_is_never_graded_down(desk: Desk) -> None:
    strong = await desk.answered(BEN, desk.question.model_answer.full)
    before = await desk.score(strong)
    number = await desk.appeal(await desk.answered(ANA))
    await desk.appeals.uphold(OWNER, number, by=MODERATOR, phrase=PHRASE)
    await desk.regraded()
    assert await desk.score(strong) == before
    assert desk.told(BEN) == []


async def test_a_declined_appeal_changes_nothing_and_says_why(desk: Desk) -> None:
    round_id = await desk.answered(ANA)
    before = await desk.score(round_id)
    number = await desk.appeal(round_id)
    await desk.appeals.decline(OWNER, number, by=MODERATOR, note="It does not say which one.")
    await desk.regraded()
    assert await desk.score(round_id) == before
    assert desk.told(ANA) == [f"Your appeal {number} was declined: It does not say which one."]
    with pytest.raises(UserError, match="declined already"):
        await desk.appeals.uphold(OWNER, number, by=MODERATOR, phrase=PHRASE)


async def test_a_phrasing_that_would_spoil_the_question_is_refused(desk: Desk) -> None:
    round_id = await desk.answered(
        ANA, "The absolute one throws features overboard entirely, the squared one does not."
    )
    point = desk.question.key_points[1].id
    number = await desk.appeals.appeal("dialogue", round_id, 0, ANA, point=point, text="I said it")
    phrase = "Lasso gives a sparse solution because its penalty pushes weights exactly to zero"
    with pytest.raises(UserError, match="count what it should not"):
        await desk.appeals.uphold(OWNER, number, by=MODERATOR, phrase=phrase)
    assert (await desk.appeals.next_case(OWNER)) is not None, "it is still open"


async def test_only_the_author_can_appeal_and_once_a_point(desk: Desk) -> None:
    round_id = await desk.answered(ANA)
    for stranger in (BEN, 77):
        with pytest.raises(UserError, match="answers of your own"):
            await desk.appeal(round_id, stranger)
    await desk.appeal(round_id)
    with pytest.raises(UserError, match="already"):
        await desk.appeal(round_id)
    missed = await desk.appeals.missed("dialogue", round_id, 0, ANA)
    assert desk.point in {one.point for one in missed}
    with pytest.raises(UserError, match="answers of your own"):
        await desk.appeals.missed("dialogue", round_id, 5, ANA)


async def test_appeals_are_limited_a_day(desk: Desk) -> None:
    for _ in range(A_DAY):
        await desk.appeal(await desk.answered(ANA))
        desk.clock.move(1200)
    with pytest.raises(UserError, match="go on tomorrow"):
        await desk.appeal(await desk.answered(ANA))


async def test_an_appeal_on_a_group_round_waits_for_the_reveal_and_raises_the_board(desk: Desk) -> None:
    place = Place(7, 70, Surface.CHANNEL)
    wish = GroupWish(ANA, place, Kind.QUIZ, Level.MID, "ml.regularization", Format.FREE_TEXT, 1, 300)
    row = await desk.groups.open(wish)
    await desk.groups.join(row.id, by=BEN)
    await desk.groups.begin(row.id, by=ANA)
    await desk.groups.answer(row.id, by=ANA, turn=1, text=ODD, source="form:1")
    await desk.groups.carry_out(row.id)
    with pytest.raises(UserError, match="once they are graded"):
        await desk.appeals.missed("group", row.id, 0, ANA)
    await desk.groups.answer(row.id, by=BEN, turn=1, text="I do not know", source="form:2")
    await desk.groups.carry_out(row.id)
    before: GroupRecord = await desk.groups.record(row.id)
    number = await desk.appeals.appeal("group", row.id, 0, ANA, point=desk.point, text="sparsity")
    await desk.appeals.uphold(OWNER, number, by=MODERATOR, phrase=PHRASE)
    await desk.regraded()
    after = await desk.groups.record(row.id)
    earned = [record.state.item_states[0].entry(ANA) for record in (before, after)]
    assert earned[0] is not None
    assert earned[1] is not None
    assert (earned[1].score or 0) > (earned[0].score or 0)
    assert after.state.item_states[0].entry(BEN) == before.state.item_states[0].entry(BEN)


PHRASES = (PHRASE, "keeps every column and only turns the volume down", "turns the volume down on each")


async def test_a_third_upheld_appeal_quarantines_the_question_and_tells_who_decides(desk: Desk) -> None:
    users = range(1, 7)
    played = {user: await desk.answered(user) for user in users}
    banks = Banks(desk.store, desk.bank)
    for count, user in enumerate(users, 1):
        number = await desk.appeal(played[user], user)
        phrase = PHRASES[count - 1] if count <= 3 else f"{PHRASE} {'really ' * (count - 3)}".strip()
        await desk.appeals.uphold(OWNER, number, by=MODERATOR, phrase=phrase)
        out = desk.question.id not in (await banks.of(None)).questions
        assert out is (count in {3, 6}), count
        async with desk.store.write() as connection:
            row = await server_questions.find(connection, OWNER, desk.question.id)
            assert row is not None
            assert (row.state is State.QUARANTINED) is out
            if out:
                told = [one for one in await notices.waiting(connection, MODERATOR) if one.server_id == OWNER]
                assert f"{count} appeals on it were upheld" in told[-1].text
                assert len(told) == count // 3
                await server_questions.put(connection, dataclasses.replace(row, state=State.ACTIVE, reason=None))
