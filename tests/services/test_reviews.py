"""Cards: what makes them, what changes them, and what a day of them looks like."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import UserError
from bot.practice.review import LEECH, NEW_A_DAY, WHOLE, WRONG_IDEA
from bot.rounds.events import Kind, Mode
from bot.services.reviews import Reviews, worked
from bot.services.scorebooks import Scorebooks
from bot.services.starting import Wish
from bot.store import practice
from bot.store.engine import Store
from questions.bank import Bank
from questions.loader import Loaded
from questions.model import FreeText, Level
from tests.clock import START, ManualClock
from tests.services.practicing import ANA, DM, GIVE_UP, SKIP, Desk
from tests.services.scoring import begin, earned
from tests.services.scripted import program

FREE, CHOICE, COINS = (
    "ml.regularization.penalties",
    "eval.classification-metrics.rare-positives",
    "math.probability-bayes.two-coins",
)
STORY, TASK = "behav.conflict.shipping", "mlcode.numpy-pandas.running-mean"
PARTIAL = "Lasso gives a sparse solution because its penalty pushes weights exactly to zero, so I would pick features."
WRONG = "Ridge gives sparse weights and feature selection, while lasso only makes every coefficient a bit smaller."
STRONG = (
    "The lasso sets some weights to exactly zero, so features drop out. Ridge shrinks all weights smoothly but keeps "
    "them non-zero. With correlated features lasso keeps one of them arbitrarily, ridge shares the weight among them."
)
OTHER = "ml.regularization.other"


@pytest.fixture
def desk(store: Store, bank: Bank, clock: ManualClock) -> Desk:
    return Desk(store, bank, clock)


def with_another(bank: Bank, *, alike: bool) -> Bank:
    """The bank with another question on regularization, whose points are the same or have nothing in common."""
    question = bank.get(FREE)
    assert isinstance(question, FreeText)
    points = question.key_points
    if not alike:
        points = tuple(
            point.model_copy(
                update={
                    "claim": f"{word} matters.",
                    "accept": point.accept.model_copy(update={"phrases": (f"{word} first", f"mind the {word}")}),
                }
            )
            for point, word in zip(points, ("alpha", "beta", "gamma"), strict=True)
        )
    prompt = "Your model has too many features. Which penalty do you try, and why?"
    other = question.model_copy(update={"id": OTHER, "prompt": prompt, "key_points": points})
    return Bank([*bank.loaded.values(), Loaded(other, "other.yaml", 1)])


# What makes cards


async def test_points_that_an_answer_lacks_become_cards_due_tomorrow(desk: Desk) -> None:
    await desk.answer((FREE, PARTIAL))
    cards = await desk.cards()
    assert set(cards) == {(FREE, "l2-shrinks"), (FREE, "correlated")}
    row = cards[FREE, "l2-shrinks"]
    assert row.card.memory.due == START.date() + timedelta(days=1)
    assert row.due_at == datetime(2026, 3, 3, tzinfo=UTC)
    assert row.missed_at == row.created_at
    assert row.card.topic == "ml.regularization"


async def test_nothing_is_kept_of_a_good_answer_or_a_skipped_question(desk: Desk) -> None:
    await desk.answer((FREE, desk.right(FREE)), (CHOICE, desk.right(CHOICE)), (COINS, SKIP))
    assert await desk.cards() == {}


async def test_a_wrong_choice_a_wrong_number_and_what_was_given_up_are_whole_cards(desk: Desk) -> None:
    await desk.answer((CHOICE, "b"), (COINS, "7"))
    assert set(await desk.cards()) == {(CHOICE, WHOLE), (COINS, WHOLE)}
    await desk.answer((FREE, GIVE_UP))
    assert await desk.points(FREE) == {"l1-zeros", "l2-shrinks", "correlated"}


async def test_a_misconception_is_a_card(desk: Desk) -> None:
    await desk.answer((FREE, WRONG))
    assert WRONG_IDEA + "l2-selects" in await desk.points(FREE)


async def test_a_program_that_fails_is_a_card_and_a_story_never(desk: Desk) -> None:
    await desk.answer((TASK, program("WA 30%")), kind=Kind.CODE)
    await desk.answer((STORY, "We talked about it and then it was fine."), kind=Kind.BEHAVIORAL)
    assert set(await desk.cards()) == {(TASK, WHOLE)}


async def test_only_what_the_level_expects_is_missed(desk: Desk) -> None:
    await desk.answer((FREE, PARTIAL), level=Level.JUNIOR)
    assert await desk.points(FREE) == {"l2-shrinks"}


async def test_exams_make_cards_too(desk: Desk) -> None:
    await desk.answer((CHOICE, "b"), mode=Mode.EXAM)
    assert set(await desk.cards()) == {(CHOICE, WHOLE)}


async def test_at_most_twelve_cards_begin_on_a_day_of_the_persons_own(store: Store, bank: Bank) -> None:
    question = bank.get(FREE)
    assert isinstance(question, FreeText)
    many = Bank([Loaded(question.model_copy(update={"id": f"ml.regularization.q{n}"}), "q", 1) for n in range(6)])
    clock = ManualClock(datetime(2026, 3, 2, 22, 0, tzinfo=UTC))
    desk = Desk(store, many, clock)
    # Alike points would be one card: ask about them as if nobody knew.
    desk.reviews._kin = {}  # pyright: ignore[reportPrivateUsage]
    await desk.people.set_zone(ANA, "Asia/Tokyo")  # where it is 7 in the morning
    for number in range(5):
        await desk.answer((f"ml.regularization.q{number}", GIVE_UP))
    assert len(await desk.cards()) == NEW_A_DAY
    clock.move(3 * 3600)  # another day in UTC, the same one in Tokyo
    await desk.answer(("ml.regularization.q5", GIVE_UP))
    assert len(await desk.cards()) == NEW_A_DAY
    clock.move(15 * 3600)
    await desk.answer(("ml.regularization.q5", GIVE_UP))
    assert len(await desk.cards()) == NEW_A_DAY + 3


async def test_what_counts_nowhere_makes_no_cards(store: Store, desk: Desk) -> None:
    async with store.write() as connection:
        row = await begin(connection, [CHOICE], START)
        pair = replace(row, engine="pair")
        told = [earned(ANA, 0, 0.0, START, told=True)]
        await Scorebooks(desk.ratings, desk.reviews).note(connection, pair, told, START)
        assert await practice.cards(connection, ANA) == []
        unknown = await begin(connection, ["ml.regularization.gone"], START)
        await desk.reviews.note(connection, unknown, told, START)
        assert await practice.cards(connection, ANA) == []


async def test_cards_are_kept_in_the_transaction_of_the_result(store: Store, desk: Desk) -> None:
    async def dies() -> None:
        async with store.write() as connection:
            row = await begin(connection, [CHOICE], START)
            await desk.reviews.note(connection, row, [earned(ANA, 0, 0.0, START, told=True)], START)
            assert len(await practice.cards(connection, ANA)) == 1
            raise RuntimeError("the process dies")

    with pytest.raises(RuntimeError, match="the process dies"):
        await dies()
    assert await desk.cards() == {}


# What changes them


async def test_a_point_said_right_later_comes_back_later(desk: Desk) -> None:
    await desk.answer((FREE, PARTIAL))
    desk.sleep(1)
    await desk.answer((FREE, STRONG))
    row = (await desk.cards())[FREE, "l2-shrinks"]
    assert (row.card.memory.due - row.card.memory.last).days > 1
    assert row.card.lapses == 0
    assert row.missed_at < desk.clock.now() - timedelta(hours=12)


async def test_a_point_missed_again_is_a_lapse(desk: Desk) -> None:
    await desk.answer((FREE, PARTIAL))
    first = (await desk.cards())[FREE, "l2-shrinks"]
    desk.sleep(1)
    await desk.answer((FREE, PARTIAL))
    row = (await desk.cards())[FREE, "l2-shrinks"]
    assert row.card.lapses == 1
    assert row.missed_at > first.missed_at
    assert row.created_at == first.created_at


async def test_a_point_said_under_another_question_is_a_review_of_it(
    store: Store, bank: Bank, clock: ManualClock
) -> None:
    desk = Desk(store, with_another(bank, alike=True), clock)
    await desk.answer((FREE, PARTIAL))
    desk.sleep(1)
    await desk.answer((OTHER, desk.right(OTHER)))
    cards = await desk.cards()
    assert set(cards) == {(FREE, "l2-shrinks"), (FREE, "correlated")}
    assert cards[FREE, "l2-shrinks"].card.memory.reviews == 2
    assert cards[FREE, "l2-shrinks"].card.memory.met == OTHER


async def test_in_the_last_week_before_the_interview_cards_come_sooner(desk: Desk) -> None:
    await desk.answer((CHOICE, "b"))
    for days in (1, 2, 6):
        desk.sleep(days)
        await desk.answer((CHOICE, "a"))
    usual = (await desk.cards())[CHOICE, WHOLE].card.memory
    desk.sleep((usual.due - usual.last).days)
    async with desk.store.write() as connection:
        soon = (desk.clock.now() + timedelta(days=5)).date()
        plan = practice.PlanRow("ML engineer", Level.MID, soon, 6.0, "{}", START)
        await practice.put_plan(connection, ANA, plan)
        kept = (await practice.cards(connection, ANA))[0]
    await desk.answer((CHOICE, "a"))
    close = (await desk.cards())[CHOICE, WHOLE].card.memory
    async with desk.store.write() as connection:
        await practice.put_cards(connection, [(ANA, kept)])
        await practice.drop_plan(connection, ANA)
    await desk.answer((CHOICE, "a"))
    far = (await desk.cards())[CHOICE, WHOLE].card.memory
    assert close.due < far.due


# What a day looks like


async def test_nothing_is_due_before_anything_was_missed(desk: Desk) -> None:
    day = await desk.reviews.today(ANA)
    assert (day.cards, day.questions, day.next_due, day.level) == (0, (), None, Level.MID)


async def test_what_was_missed_is_asked_a_day_later_and_not_before(desk: Desk) -> None:
    await desk.answer((CHOICE, "b"), (COINS, "7"))
    day = await desk.reviews.today(ANA)
    assert (day.questions, day.cards, day.next_due, day.tomorrow) == ((), 2, 1, 2)
    desk.sleep(1)
    day = await desk.reviews.today(ANA)
    assert set(day.questions) == {CHOICE, COINS}
    assert (day.kind, day.points, day.waiting, day.later) == (Kind.QUIZ, 2, 0, 0)


async def test_a_round_of_reviews_asks_just_these_questions(desk: Desk) -> None:
    await desk.answer((CHOICE, "b"), (FREE, PARTIAL), (COINS, SKIP))
    desk.sleep(1)
    day = await desk.reviews.today(ANA)
    assert set(day.questions) == {CHOICE, FREE}
    assert day.points == 3
    await desk.answer(*((name, STRONG if name == FREE else desk.right(name)) for name in day.questions))
    after = await desk.reviews.today(ANA)
    assert (after.questions, after.done, after.later) == ((), 3, 0)


@pytest.mark.parametrize("names", [("ml.regularization.gone",), (STORY,), (TASK,)])
async def test_questions_that_are_gone_or_of_another_kind_start_no_round(desk: Desk, names: tuple[str, ...]) -> None:
    wish = Wish(ANA, DM, Kind.QUIZ, Level.MID, questions=names)
    with pytest.raises(UserError, match="on that topic"):
        await desk.rounds.may_start(wish)
    with pytest.raises(UserError, match="on that topic"):
        await desk.rounds.start(wish)
    row = await desk.rounds.start(replace(wish, questions=(*names, CHOICE)))
    assert [item.question for item in row.state.items] == [CHOICE]


async def test_the_same_question_is_not_asked_twice_in_a_row(desk: Desk) -> None:
    await desk.answer((COINS, "7"), (CHOICE, "b"))
    desk.sleep(1)
    day = await desk.reviews.today(ANA)
    assert day.questions == (COINS,)  # other numbers are another wording; the choice was the last thing asked
    await desk.answer((STORY, "We talked and then it was fine, and nothing else came of it."), kind=Kind.BEHAVIORAL)
    assert set((await desk.reviews.today(ANA)).questions) == {COINS, CHOICE}


async def test_another_question_that_asks_for_the_point_is_preferred(
    store: Store, bank: Bank, clock: ManualClock
) -> None:
    desk = Desk(store, with_another(bank, alike=True), clock)
    await desk.answer((FREE, PARTIAL))
    desk.sleep(1)
    day = await desk.reviews.today(ANA)
    assert (day.questions, day.points, day.between) == ((OTHER,), 2, False)


async def test_another_question_on_the_topic_comes_first_where_the_point_has_one_wording(
    store: Store, bank: Bank, clock: ManualClock
) -> None:
    desk = Desk(store, with_another(bank, alike=False), clock)
    await desk.answer((FREE, PARTIAL))
    desk.sleep(1)
    day = await desk.reviews.today(ANA)
    assert (day.questions, day.between) == ((OTHER,), True)
    await desk.answer((OTHER, desk.right(OTHER)))
    day = await desk.reviews.today(ANA)
    assert (day.questions, day.between) == ((FREE,), False)


async def test_tasks_have_a_round_of_their_own(desk: Desk) -> None:
    await desk.answer((TASK, program("WA 30%")), kind=Kind.CODE)
    await desk.answer((CHOICE, desk.right(CHOICE)))
    desk.sleep(1)
    day = await desk.reviews.today(ANA)
    assert (day.kind, day.questions) == (Kind.CODE, (TASK,))
    await desk.answer((TASK, program("AC")), kind=Kind.CODE)
    assert (await desk.reviews.today(ANA)).questions == ()


async def test_more_than_a_days_measure_is_told_and_not_dumped(store: Store, bank: Bank, clock: ManualClock) -> None:
    choice = bank.get(CHOICE)
    assert choice is not None
    names = [f"eval.classification-metrics.q{number}" for number in range(16)]
    desk = Desk(store, Bank([Loaded(choice.model_copy(update={"id": name}), "q", 1) for name in names]), clock)
    for name in names[:8]:
        await desk.answer((name, "b"))
    desk.sleep(1)
    for name in names[8:]:
        await desk.answer((name, "b"))
    desk.sleep(30)
    day = await desk.reviews.today(ANA)
    assert (len(day.questions), day.waiting, day.later, day.tomorrow) == (5, 5, 6, 6)
    for _ in range(2):
        await desk.answer(*((name, "a") for name in (await desk.reviews.today(ANA)).questions))
    day = await desk.reviews.today(ANA)
    assert (day.questions, day.done, day.later) == ((), 10, 6)
    assert len((await desk.reviews.today(ANA, more=True)).questions) == 5
    desk.sleep(1)
    day = await desk.reviews.today(ANA)
    assert (len(day.questions), day.waiting, day.later) == (5, 1, 0)


async def test_what_keeps_slipping_is_explained_with_something_simpler_to_look_at(desk: Desk) -> None:
    for _ in range(LEECH + 1):
        await desk.answer((COINS, "7"), (CHOICE, "b"), (COINS, SKIP))
        desk.sleep(2)
    day = await desk.reviews.today(ANA)
    assert {one.card.key for one in day.explain} == {(COINS, WHOLE), (CHOICE, WHOLE)}
    assert day.questions == ()
    choice = next(one for one in day.explain if one.card.question == CHOICE)
    assert choice.claim == "Accuracy"
    assert "useless all the same" in choice.text
    assert choice.simpler == "math.probability-bayes"  # its other prerequisite has no questions here
    await desk.reviews.explained(ANA, [one.card for one in day.explain])
    assert (await desk.reviews.today(ANA)).explain == ()
    desk.sleep(1)
    day = await desk.reviews.today(ANA)
    assert day.explain == ()
    assert COINS in day.questions


def test_every_kind_of_card_has_a_worked_explanation(bank: Bank) -> None:
    free = bank.get(FREE)
    assert isinstance(free, FreeText)
    assert worked(free, "l1-zeros") == (free.key_points[0].claim, free.model_answer.full)
    assert worked(free, WRONG_IDEA + "l2-selects")[1].startswith("A squared penalty has no corner")
    assert worked(free, "gone") == (free.model_answer.short, free.model_answer.full)
    for question in bank.questions.values():
        claim, text = worked(question, WHOLE)
        assert claim
        assert text
        assert "{n}" not in text


async def test_cards_of_questions_that_are_gone_are_left_out(store: Store, bank: Bank, desk: Desk) -> None:
    await desk.answer((CHOICE, "b"), (COINS, "7"))
    desk.sleep(1)
    less = Bank([item for name, item in bank.loaded.items() if name != CHOICE])
    day = await Desk(store, less, desk.clock).reviews.today(ANA)
    assert (day.questions, day.cards) == ((COINS,), 1)


async def test_other_peoples_cards_are_their_own(desk: Desk) -> None:
    await desk.answer((CHOICE, "b"), user=2)
    desk.sleep(1)
    assert (await desk.reviews.today(ANA)).cards == 0
    assert isinstance(desk.reviews, Reviews)
