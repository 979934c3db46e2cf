"""Code rounds as the services play them, with a judge that does what the program says."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.rounds.dialogue import Outcome, Phase, Reply
from bot.rounds.events import Kind, Mode
from bot.services.cards import FeedbackCard, SummaryCard
from bot.services.code_cards import TaskCard, VerdictCard
from bot.services.judging import Progress
from bot.services.posting import PostError
from bot.services.starting import Format, Wish
from bot.store import rounds as round_store
from grader.code.verdict import Code
from questions.model import Level
from tests.services.conftest import DM, OTHER, OWNER, Table
from tests.services.recorder import RecordingPoster
from tests.services.scripted import FACTS, PICTURES, ScriptedJudge, program

LINEAR = (
    "The sum is moved in constant time, whatever the width, so the time grows linearly with the length of the list."
)
RESTART = (
    "I would compute the sum anew from time to time, or use compensated summation as in Kahan's algorithm instead."
)


async def start(table: Table, **options: object) -> int:
    settings: dict[str, object] = {"kind": Kind.CODE, "wanted": Format.CODE, "topic": "mlcode.numpy-pandas", **options}
    # The bank has a figure task on the same topic; the draw is seeded.
    number = await table.start(**settings)  # type: ignore[arg-type]
    record = await table.rounds.record(number)
    if record.task(0).entry == "plot_losses":
        await table.rounds.stop(number, by=OWNER)
        return await start(table, **options)
    return number


async def challenge(table: Table, **options: object) -> int:
    return await table.start(kind=Kind.CODE, wanted=Format.CHALLENGE, **options)  # type: ignore[arg-type]


async def send(table: Table, number: int, verdict: str, *, entry: str = "running_mean", turn: int = 0) -> object:
    """Submits a program with that verdict by a form of the task's card."""
    return await table.answer(number, program(verdict, entry), turn=turn)


def cards(poster: RecordingPoster, kind: type) -> list[object]:
    return [message.card for message in poster.posted(DM.channel_id) if isinstance(message.card, kind)]


def verdicts(poster: RecordingPoster) -> list[VerdictCard]:
    return [card for card in cards(poster, VerdictCard) if isinstance(card, VerdictCard)]


async def score(table: Table, number: int) -> float:
    found = (await table.row(number)).state.score
    assert found is not None
    return found


async def test_a_task_is_tried_until_it_is_accepted_then_followed_up_and_reported(
    table: Table, poster: RecordingPoster
) -> None:
    number = await start(table)
    await send(table, number, "WA 60%")
    await table.check_shown(number)
    await send(table, number, "AC")
    await table.check_shown(number)
    await table.answer(number, LINEAR)
    await table.check_shown(number)
    await table.answer(number, RESTART)
    await table.check_shown(number)
    assert await table.phase(number) is Phase.FINISHED
    keys = [key for key in poster.keys(DM.channel_id) if not key.startswith("summary")]
    assert keys[-6:] == ["ask:0", "verdict:0", "verdict:1", "ask:2", "ask:3", "feedback:3"]
    assert await score(table, number) == pytest.approx(0.75 * 0.95 + 0.25)
    [feedback] = [card for card in cards(poster, FeedbackCard) if isinstance(card, FeedbackCard)][-1:]
    assert feedback.code is not None
    assert [report.followup.id for report in feedback.code.followups] == ["complexity", "drift"]
    assert feedback.score == pytest.approx(await score(table, number))
    [summary] = [card for card in cards(poster, SummaryCard) if isinstance(card, SummaryCard)][-1:]
    assert (summary.lines[0].submissions, summary.lines[0].followups) == (2, 2)


async def test_the_task_card_keeps_its_buttons_and_only_the_newest_verdict_has_any(
    table: Table, poster: RecordingPoster
) -> None:
    number = await start(table)
    await send(table, number, "WA 10%")
    await send(table, number, "WA 20%")
    assert [card.open for card in verdicts(poster)] == [False, True]
    [task] = [card for card in cards(poster, TaskCard) if isinstance(card, TaskCard)][-1:]
    assert task.outcome is None
    await send(table, number, "AC")
    assert [card.open for card in verdicts(poster)] == [False, False, False]
    assert isinstance(poster.posted(DM.channel_id)[-5 + 1].card, TaskCard | VerdictCard)
    assert [card.attempt for card in verdicts(poster)] == [1, 2, 3]


async def test_a_submission_while_one_is_judged_is_told_so_and_kept(table: Table) -> None:
    number = await start(table)
    gate = table.judge.gate = asyncio.Event()
    first = asyncio.create_task(send(table, number, "WA 60%"))
    await table.judge.waiting.acquire()
    outcome = await table.rounds.answer(number, by=OWNER, text=program("AC"), source="message:9", turn=0)
    assert outcome.replies == (Reply.STILL_RUNNING,)
    gate.set()
    await first
    await table.check_shown(number)
    assert [attempt.text for attempt in await table.attempts(number)] == [program("WA 60%"), program("AC")]
    assert table.judge.judged == [program("WA 60%")]


async def test_killed_while_judging_it_is_judged_by_the_next_process_and_posted_once(
    table: Table, poster: RecordingPoster
) -> None:
    number = await start(table)
    table.judge.gate = asyncio.Event()
    table.judge.words = [Progress(ahead=1)]
    dying = asyncio.create_task(send(table, number, "WA 60%"))
    await table.judge.waiting.acquire()
    await poster.until(lambda: any(card.running for card in verdicts(poster)))
    dying.cancel()
    await asyncio.wait({dying})
    later = table.restart()
    await later.pulse.recover()
    await later.rounds.settled()
    await later.check_shown(number)
    [verdict] = verdicts(poster)
    assert verdict.verdict is not None
    assert verdict.verdict.code is Code.WA
    await later.pulse.recover()
    await later.rounds.settled()
    assert later.judge.judged == [program("WA 60%")]
    assert len(verdicts(poster)) == 1


async def test_a_verdict_that_takes_a_while_says_how_it_goes_in_its_own_message(
    table: Table, poster: RecordingPoster
) -> None:
    number = await start(table)
    gate = table.judge.gate = asyncio.Event()
    table.judge.words = [Progress(ahead=2)]
    sending = asyncio.create_task(send(table, number, "AC"))
    await poster.until(lambda: verdicts(poster))
    [card] = verdicts(poster)
    assert (card.running, card.progress) == (True, Progress(ahead=2))
    gate.set()
    await sending
    await table.check_shown(number)
    assert [card.running for card in verdicts(poster)] == [False]


async def test_progress_that_cannot_be_shown_holds_up_no_verdict(table: Table, poster: RecordingPoster) -> None:
    number = await start(table)
    gate = table.judge.gate = asyncio.Event()
    poster.failures.append(PostError("busy"))
    sending = asyncio.create_task(send(table, number, "AC"))
    await poster.until(lambda: not poster.failures)
    gate.set()
    await sending
    assert await table.phase(number) is Phase.ASKING
    await table.check_shown(number)


async def test_our_own_failure_is_never_scored_and_leaves_the_task_open(table: Table, poster: RecordingPoster) -> None:
    number = await start(table)
    await send(table, number, "IE")
    state = (await table.row(number)).state
    assert (state.phase, state.item.score, state.item.best) == (Phase.ASKING, None, None)
    assert verdicts(poster)[-1].open
    assert [attempt.score for attempt in await table.attempts(number)] == [None]
    await send(table, number, "AC")
    assert verdicts(poster)[-1].attempt == 1, "it is not counted as a submission either"
    assert (await table.row(number)).state.item.score == 0.75


async def test_who_leaves_after_our_failure_alone_has_no_score(table: Table, poster: RecordingPoster) -> None:
    number = await start(table)
    await send(table, number, "IE")
    await table.rounds.skip(number, by=OWNER, turn=0)
    await table.rounds.carry_out(number)
    assert (await table.row(number)).state.score is None


async def test_leaving_it_keeps_the_best_submission(table: Table, poster: RecordingPoster) -> None:
    number = await start(table)
    for verdict in ("WA 80%", "WA 20%"):
        await send(table, number, verdict)
    assert verdicts(poster)[-1].best == pytest.approx(0.75 * 0.8)
    await table.rounds.skip(number, by=OWNER, turn=1)
    await table.rounds.carry_out(number)
    assert await table.phase(number) is Phase.FINISHED, "no follow-ups on code that fails"
    assert await score(table, number) == pytest.approx(0.6)
    assert (await table.row(number)).state.item_states[0].band == 2
    await table.check_shown(number)


async def test_giving_up_is_worth_nothing_and_hands_out_the_solution(table: Table, poster: RecordingPoster) -> None:
    number = await start(table)
    await send(table, number, "WA 80%")
    await table.rounds.give_up(number, by=OWNER, turn=0)
    await table.rounds.carry_out(number)
    assert await score(table, number) == 0.0
    [feedback] = [card for card in cards(poster, FeedbackCard) if isinstance(card, FeedbackCard)][-1:]
    assert [file.name for file in feedback.files] == ["solution.py"]
    assert feedback.outcome is Outcome.GAVE_UP


async def test_in_an_exam_nobody_gives_up_and_there_are_two_hints(table: Table) -> None:
    number = await start(table, mode=Mode.EXAM)
    assert (await table.rounds.give_up(number, by=OWNER, turn=0)).replies == (Reply.NOT_IN_EXAM,)
    for expected in ((), (), (Reply.NO_MORE_HINTS,)):
        assert (await table.rounds.hint(number, by=OWNER, turn=0)).replies == expected


async def test_hints_taken_between_two_submissions_count_for_the_second_alone(table: Table) -> None:
    number = await start(table)
    await send(table, number, "WA 60%")
    for _ in range(3):
        await table.rounds.hint(number, by=OWNER, turn=0)
    await send(table, number, "AC")
    assert (await table.row(number)).state.item.score == pytest.approx(0.75 * 0.6), "0.6 is more than 1 × 0.5 × 0.95"


async def test_a_skipped_follow_up_leads_to_the_next_and_earns_nothing(table: Table) -> None:
    number = await start(table)
    await send(table, number, "AC")
    await table.rounds.skip(number, by=OWNER, turn=1)
    await table.rounds.carry_out(number)
    assert (await table.row(number)).state.current.probe == "drift"
    await table.answer(number, RESTART)
    assert await score(table, number) == pytest.approx(0.75 + 0.125)
    await table.check_shown(number)


async def test_when_time_is_up_the_best_submission_counts(table: Table) -> None:
    number = await start(table, limit_s=1200)
    table.clock.move(600)
    await send(table, number, "WA 40%")
    deadline = (await table.row(number)).state.current.deadline
    assert deadline is not None
    assert deadline - table.clock.now() == timedelta(seconds=600), "a submission starts no new time"
    table.clock.move(606)
    await table.pulse.tick()
    assert await table.phase(number) is Phase.FINISHED
    assert await score(table, number) == pytest.approx(0.3)
    await table.check_shown(number)


async def test_an_outage_while_judging_moves_the_deadline_of_the_task(table: Table) -> None:
    number = await start(table, limit_s=1200)
    table.judge.gate = asyncio.Event()
    dying = asyncio.create_task(send(table, number, "WA 40%"))
    await table.judge.waiting.acquire()
    await table.pulse.note_alive()
    dying.cancel()
    await asyncio.wait({dying})
    table.clock.move(3000)
    later = table.restart()
    await later.pulse.recover()
    await later.rounds.settled()
    deadline = (await later.row(number)).state.current.deadline
    assert deadline is not None
    assert deadline - later.clock.now() == timedelta(seconds=1200)


async def test_judging_in_the_background_keeps_no_other_round_from_its_deadline(table: Table, second: Table) -> None:
    slow = await start(table)
    table.judge.gate = asyncio.Event()
    dying = asyncio.create_task(send(table, slow, "WA 40%"))
    await table.judge.waiting.acquire()
    dying.cancel()
    await asyncio.wait({dying})
    quiz = await second.start(limit_s=30, by=OTHER, place=round_store.Place(None, 51, DM.surface))
    gate = second.judge.gate = asyncio.Event()
    await second.pulse.recover()
    second.clock.move(40)
    await second.pulse.tick()
    assert await second.phase(quiz) is Phase.FINISHED
    assert await second.phase(slow) is Phase.GRADING
    gate.set()
    await second.rounds.settled()
    await second.check_shown(slow)


async def test_a_round_stopped_while_judging_says_that_nothing_was_judged(
    table: Table, poster: RecordingPoster
) -> None:
    number = await start(table)
    gate = table.judge.gate = asyncio.Event()
    sending = asyncio.create_task(send(table, number, "AC"))
    await table.judge.waiting.acquire()
    await table.rounds.stop(number, by=OWNER)
    gate.set()
    await sending
    await table.check_shown(number)
    [verdict] = verdicts(poster)
    assert (verdict.verdict, verdict.running, verdict.open) == (None, False, False)


async def test_samples_are_free_kept_and_can_then_be_submitted_once(table: Table) -> None:
    number = await start(table)
    kept = await table.rounds.keep(number, by=OWNER, turn=0, text=program("AC"), source="interaction:5")
    card = await table.rounds.run_samples(kept)
    assert card.verdict.code is Code.AC
    assert (await table.row(number)).state.item.score is None
    for _ in range(2):
        await table.rounds.submit_kept(number, by=OWNER, turn=0, attempt=card.attempt)
        await table.rounds.carry_out(number)
    assert (await table.row(number)).state.item.score == 0.75
    assert len(await table.attempts(number)) == 2
    assert len(table.judge.judged) == 2, "once for the samples, once for the verdict"


async def test_a_kept_program_that_was_refused_while_another_ran_is_submitted_later(table: Table) -> None:
    number = await start(table)
    kept = await table.rounds.keep(number, by=OWNER, turn=0, text=program("AC"), source="interaction:5")
    assert kept.attempt is not None
    await table.rounds.answer(number, by=OWNER, text=program("WA 60%"), source="message:9", turn=0)
    refused = await table.rounds.submit_kept(number, by=OWNER, turn=0, attempt=kept.attempt.id)
    assert refused.replies == (Reply.STILL_RUNNING,)
    await table.rounds.carry_out(number)
    taken = await table.rounds.submit_kept(number, by=OWNER, turn=0, attempt=kept.attempt.id)
    assert taken.replies == ()
    await table.rounds.carry_out(number)
    assert (await table.row(number)).state.current.probe is not None, "it was accepted and is followed up"


async def test_nobody_else_submits_or_keeps_anything(table: Table) -> None:
    number = await start(table)
    kept = await table.rounds.keep(number, by=OWNER, turn=0, text=program("AC"), source="interaction:5")
    assert kept.attempt is not None
    refused = await table.rounds.submit_kept(number, by=OTHER, turn=0, attempt=kept.attempt.id)
    assert refused.replies == (Reply.NOT_YOURS,)
    other = await table.rounds.keep(number, by=OTHER, turn=0, text=program("AC"), source="interaction:6")
    assert other.replies == (Reply.NOT_YOURS,)
    assert len(await table.attempts(number)) == 1


async def test_without_a_judge_a_code_round_is_refused_in_one_line_and_a_quiz_is_not(table: Table) -> None:
    table.judge.refusal = "There are no coding rounds here: this machine offers no sandbox."
    wish = Wish(OWNER, DM, Kind.CODE, Level.MID, format=Format.CODE)
    for begin in (table.rounds.may_start, table.rounds.start):
        with pytest.raises(UserError, match="no sandbox"):
            await begin(wish)
    await table.start()


async def test_a_code_round_never_draws_a_challenge_and_the_other_way_round(table: Table) -> None:
    assert (await table.rounds.record(await start(table, topic=None))).task(0).score is None
    await table.rounds.stop(1, by=OWNER)
    second = await challenge(table, by=OTHER)
    assert (await table.rounds.record(second)).task(0).entry == "predict"


# Challenges


async def test_a_challenge_runs_for_days_and_hands_out_its_tables(table: Table, poster: RecordingPoster) -> None:
    number = await challenge(table, limit_s=1200)
    state = (await table.row(number)).state
    assert state.current.deadline == table.clock.now() + timedelta(days=3)
    [task] = [card for card in cards(poster, TaskCard) if isinstance(card, TaskCard)]
    assert [file.name for file in task.files] == ["starter.py", "train.csv", "test.csv"]
    assert task.facts == FACTS


async def test_no_submission_finishes_a_challenge_and_the_private_score_comes_at_the_end(
    table: Table, poster: RecordingPoster
) -> None:
    number = await challenge(table)
    await send(table, number, "AC 70%", entry="predict")
    assert await table.phase(number) is Phase.ASKING
    card = verdicts(poster)[-1]
    assert card.open
    assert card.verdict is not None
    assert card.verdict.metric is not None
    assert card.verdict.metric.private is None
    await table.rounds.skip(number, by=OWNER, turn=0)
    await table.rounds.carry_out(number)
    assert (await table.row(number)).state.current.probe == "outliers"
    await table.answer(number, "Least squares follows outliers, because large errors are squared and weigh so much.")
    assert await score(table, number) > 0.75 * 0.7
    [feedback] = [card for card in cards(poster, FeedbackCard) if isinstance(card, FeedbackCard)]
    assert feedback.code is not None
    assert feedback.code.best is not None
    assert feedback.code.best.metric is not None
    assert feedback.code.best.metric.private == 9.75
    await table.check_shown(number)


async def test_a_challenge_takes_so_many_submissions_in_a_day_and_says_when_the_next_may_come(table: Table) -> None:
    number = await challenge(table)
    first = table.clock.now()
    for hours in (0, 1):
        table.clock.move(hours * 3600)
        await send(table, number, "WA 10%", entry="predict")
    outcome = await table.rounds.answer(number, by=OWNER, text=program("AC", "predict"), source="message:77", turn=0)
    assert outcome.replies == (Reply.ENOUGH_TODAY,)
    assert await table.rounds.next_submission(number) == first + timedelta(days=1)
    assert len(await table.attempts(number)) == 3, "what was sent is kept"
    table.clock.move(23 * 3600)
    await send(table, number, "AC 70%", entry="predict")
    assert (await table.row(number)).state.item.score == pytest.approx(0.75 * 0.7)


async def test_what_failed_through_our_fault_is_no_submission_of_the_day(table: Table) -> None:
    number = await challenge(table)
    for _ in range(4):
        await send(table, number, "IE", entry="predict")
        table.clock.move(1)
    assert await table.rounds.next_submission(number) is None


async def test_a_challenge_whose_days_are_over_is_followed_up_if_it_passed(table: Table) -> None:
    number = await challenge(table)
    await send(table, number, "AC 70%", entry="predict")
    table.clock.move(3 * 86_400 + 6)
    await table.pulse.tick()
    assert (await table.row(number)).state.current.probe == "outliers"
    await table.check_shown(number)


async def test_going_on_elsewhere_shows_the_task_and_the_latest_verdict_again(
    table: Table, poster: RecordingPoster
) -> None:
    number = await start(table)
    for verdict in ("WA 10%", "WA 20%"):
        await send(table, number, verdict)
    elsewhere = round_store.Place(None, 60, DM.surface)
    await table.rounds.resume(number, elsewhere)
    await table.rounds.carry_out(number)
    assert poster.keys(60) == ["ask:0", "verdict:1"]
    await send(table, number, "AC")
    assert poster.keys(60) == ["ask:0", "verdict:1", "verdict:2", "ask:3"]


# Pictures, history, what is typed


async def test_pictures_are_kept_with_the_submission_and_shown_again_after_a_restart(
    table: Table, poster: RecordingPoster
) -> None:
    number = await start(table)
    await send(table, number, "WA 50% draw")
    await table.check_shown(number)
    assert [file.content for file in verdicts(poster)[-1].files] == list(PICTURES)
    await table.restart().check_shown(number)


async def test_what_was_typed_during_an_outage_is_submitted_if_it_is_a_program(
    table: Table, poster: RecordingPoster
) -> None:
    number = await start(table)
    await table.pulse.note_alive()
    table.clock.move(60)
    poster.type(DM.channel_id, OWNER, "back in a minute", table.clock.now())
    poster.type(DM.channel_id, OWNER, f"```python\n{program('WA 60%')}```", table.clock.now())
    later = table.restart()
    await later.pulse.recover()
    await later.rounds.settled()
    await later.check_shown(number)
    assert later.judge.judged == [program("WA 60%")]
    assert [attempt.text for attempt in await later.attempts(number)] == ["back in a minute", program("WA 60%")]


async def test_a_judge_that_crashes_is_our_fault(table: Table, poster: RecordingPoster) -> None:
    number = await start(table)

    async def crash(*_: object, **__: object) -> object:
        raise RuntimeError("the judge crashed")

    table.judge.judge = crash  # type: ignore[method-assign, assignment]
    with pytest.raises(RuntimeError):
        await send(table, number, "AC")
    assert await table.phase(number) is Phase.GRADING, "nothing is scored; it is tried again"
    later = Table(table.store, table.bank, table.clock, poster, ScriptedJudge())
    later.clock.move(30)
    await later.pulse.recover()
    await later.rounds.settled()
    await later.check_shown(number)
