"""Coding rounds as people have them: the real bot, a simulated Discord, the real sandbox."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import simcord

from bot.errors import UserError
from bot.services.judging import CodeJudge, Facts, NoJudge
from grader.code.bundles import Bundles
from grader.code.client import Sandbox
from grader.code.job import NoSandboxError
from grader.code.judge import Judge
from questions.bank import Bank
from questions.code_task import CodeTask
from tests.cogs.limits import walk
from tests.cogs.world import FREE, Card, Player, World, open_world, said, skip_followups
from tests.services.scripted import ScriptedJudge

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEAN = "mlcode.numpy-pandas.running-mean"
RIGHT = """\
def running_mean(values, width):
    if width < 1:
        raise ValueError("width")
    return [sum(values[i:i + width]) / width for i in range(len(values) - width + 1)]
"""
WRONG = RIGHT.replace("range(len(values) - width + 1)", "range(max(1, len(values) - width + 1))")
BROKEN = RIGHT.replace("/ width", "/ 0")
LINEAR = (
    "Each window is summed anew, so the time grows with the length times the width; moving the sum makes it linear."
)


class Tasks:
    """Banks with one code task, so that nothing depends on what is drawn."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank

    def only(self, entry: str) -> Bank:
        kept = [
            item
            for item in self.bank.loaded.values()
            if not isinstance(item.question, CodeTask) or item.question.entry == entry
        ]
        return Bank(kept)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where built tasks are kept from test to test, for all processes of the run."""
    run = tmp_path_factory.getbasetemp()
    return (run if worker_id == "master" else run.parent) / "bundles"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncGenerator[Sandbox]:
    """Started before the simulations begin: its runner is then no work of the bot's that never ends."""
    async with Sandbox.open(2) as opened:
        try:
            await opened.start()
        except NoSandboxError as error:
            pytest.skip(f"this machine offers no sandbox: {error}")
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def judge(folder: Path, sandbox: Sandbox, bank: Bank) -> AsyncGenerator[CodeJudge]:
    bundles = Bundles(folder, sandbox)
    for question in bank.questions.values():
        if isinstance(question, CodeTask):
            await bundles.of(question)
    opened = CodeJudge(bundles, Judge(sandbox), 2)
    yield opened
    opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def world(database: Path, bank: Bank, judge: CodeJudge) -> AsyncGenerator[World]:
    async with open_world(database, Tasks(bank).only("running_mean"), judge=judge) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def figures(database: Path, bank: Bank, judge: CodeJudge) -> AsyncGenerator[World]:
    async with open_world(database, Tasks(bank).only("plot_losses"), judge=judge) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def rents(database: Path, bank: Bank, judge: CodeJudge) -> AsyncGenerator[World]:
    async with open_world(database, Tasks(bank).only("predict"), judge=judge) as opened:
        yield opened


def newest(player: Player, room: simcord.ChannelHandle, beginning: str) -> Card:
    """The newest card whose heading begins so."""
    return next(card for card in reversed(player.cards(room)) if card.text.startswith(f"### {beginning}"))


async def sent(world: World) -> list[str]:
    """All that was kept, in order."""
    async with world.bot.store.read() as connection:
        rows = await connection.exec_driver_sql("SELECT text FROM attempts ORDER BY id")
        return [row[0] for row in rows]


# A whole round


async def test_the_task_card_has_all_that_is_needed_to_begin(world: World, alice: Player) -> None:
    room = await alice.start("code start", time_limit=1200)
    card = alice.card(room)
    for text in (
        "Running mean",
        "about 10 minutes",
        "difficulty ●●○○○",
        "mean of each `width` neighbors",
        "running_mean(values: list of float, width: int)",
        ">>> running_mean([1.0, 3.0, 5.0], 2)\n[2.0, 4.0]",
        "1 s of CPU time",
        "128 MB",
        "the standard library, numpy",
        "Time ends <t:",
    ):
        assert text in card.text, text
    assert card.files == ["starter.py"]
    assert list(card.buttons)[:4] == [
        "Submit code", "Run samples (free)", "Hint 1 (free)", "Give up (0 points)",
    ]  # fmt: skip


async def test_a_whole_round_from_a_wrong_answer_to_the_solution(world: World, alice: Player) -> None:
    room = await alice.start("code start")
    await alice.submit(room, WRONG)
    verdict = alice.card(room)
    assert "✗ Wrong answer · submission 1" in verdict.text
    assert "wider than the list" in verdict.text
    assert "How many windows fit?" in verdict.text
    assert "Leave it at" in str(verdict.buttons)
    await alice.submit(room, RIGHT)
    first, second = newest(alice, room, "✗ Wrong"), newest(alice, room, "✓ Accepted")
    assert list(first.buttons) == ["My code"]
    assert list(second.buttons) == ["My code"]
    assert "2 questions about it follow" in second.text
    assert "How does the time of your function grow" in alice.card(room).text
    await alice.answer(room, LINEAR)
    await alice.press(room, "Skip follow-up")
    feedback = newest(alice, room, "Feedback")
    assert "accepted · 2 submissions" in feedback.text
    assert "× 0.95 for 1 failed before it" in feedback.text
    assert "A good answer:" in feedback.text
    assert "Code round finished" in alice.card(room).text
    shown = await alice.press(room, "Model answer")
    [answer] = shown.followups
    assert "How it is done" in answer.content
    assert [file.filename for file in answer.attachments] == ["solution.py"]
    history = said(await alice.press(room, "Reread this round"))
    assert "def running_mean(values, width)" in history
    assert "**Wrong answer**" in history
    assert "is ready." in said(await alice.press(room, "Another task like this"))


async def test_giving_up_shows_the_editorial_and_the_solution_as_a_file(world: World, alice: Player) -> None:
    room = await alice.start("code start")
    await alice.press(room, "Give up")
    feedback = newest(alice, room, "Feedback")
    assert "neighboring windows share all but two" in feedback.text
    assert feedback.files == ["solution.py"]
    assert "0%" in feedback.text


async def test_leaving_it_keeps_what_was_earned(world: World, alice: Player) -> None:
    room = await alice.start("code start")
    await alice.submit(room, WRONG)
    await alice.press(room, "Leave it at")
    assert "You left it before the code was accepted" in newest(alice, room, "Feedback").text
    assert "leaning no" in alice.card(room).text


async def test_a_hint_stands_on_the_task_and_changes_the_next_ones_price(world: World, alice: Player) -> None:
    room = await alice.start("code start")
    await alice.submit(room, WRONG)
    await alice.press(room, "Hint (free)")
    assert "which values enter and leave" in newest(alice, room, "Running mean").text
    assert "Hint (×¾)" in alice.card(room).buttons


async def test_an_exam_tells_no_hints_of_cases_and_offers_no_way_to_give_up(world: World, alice: Player) -> None:
    room = await alice.start("code start", mode="exam")
    await alice.submit(room, WRONG)
    verdict = alice.card(room)
    assert "wider than the list" in verdict.text
    assert "How many windows fit?" not in verdict.text
    assert not any(label.startswith("Give up") for card in alice.cards(room) for label in card.buttons)


async def test_an_error_shows_the_lines_of_the_submission(world: World, alice: Player) -> None:
    room = await alice.start("code start")
    await alice.submit(room, BROKEN)
    verdict = alice.card(room)
    assert "ZeroDivisionError" in verdict.text
    assert "line 4" in verdict.text
    await alice.submit(room, "def running_mean(values, width)\n    pass\n")
    assert "Cannot be run · submission 2" in alice.card(room).text


# Ways to send a program


async def test_the_form_is_filled_with_the_starter_and_then_with_what_was_sent_last(
    world: World, alice: Player
) -> None:
    room = await alice.start("code start")

    async def filled() -> str:
        form = await alice.press(room, "Submit")
        field = next(item for item in walk(form.modal["components"]) if item["type"] == 4)
        return str(field["value"])

    assert (await filled()).startswith("def running_mean(values, width):")
    await alice.submit(room, WRONG)
    assert await filled() == WRONG


async def test_a_file_counts_instead_of_the_text_of_the_form(world: World, alice: Player) -> None:
    room = await alice.start("code start")
    await alice.submit(room, WRONG, file=("mine.py", RIGHT.encode()))
    assert newest(alice, room, "✓ Accepted")
    assert await sent(world) == [RIGHT]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (("notes.txt", b"x"), "names end in .py"),
        (("mine.py", b"\xff\xfe\x00"), "not UTF-8"),
        (("mine.py", b"x" * 70_000), "68 kB"),
        (("mine.py", b""), "no program"),
    ],
    ids=["no Python", "no text", "too large", "empty"],
)
async def test_a_file_that_cannot_be_taken_is_told_in_words_and_typed_text_is_handed_back(
    world: World, alice: Player, file: tuple[str, bytes], words: str
) -> None:
    room = await alice.start("code start")
    result = await alice.submit(room, WRONG, file=file)
    assert words in said(result)
    assert [attachment.filename for attachment in result.followups[-1].attachments] == ["your-answer.txt"]
    assert await sent(world) == []


async def test_a_file_that_discord_does_not_give_is_asked_for_once_more(world: World, alice: Player) -> None:
    room = await alice.start("code start")
    form = await alice.press(room, "Submit")
    blobs: dict[str, bytes] = world.env.backend.cdn._blobs  # pyright: ignore[reportPrivateUsage]
    acknowledged = world.bot.http.get_from_cdn

    async def gone(url: str) -> bytes:
        blobs.pop(url)
        return await acknowledged(url)

    world.bot.http.get_from_cdn = gone  # type: ignore[method-assign]
    result = await alice.fill(room, form, "", ("mine.py", RIGHT.encode()))
    assert "send it once more" in said(result)


async def test_an_empty_form_is_told_in_words(world: World, alice: Player) -> None:
    room = await alice.start("code start")
    assert "no program in that form" in said(await alice.submit(room, "  \n"))


async def test_in_a_direct_message_a_code_block_or_a_file_is_a_submission_and_words_are_kept(
    world: World, alice: Player
) -> None:
    room = await alice.start("code start", alice.dm)
    await alice.type(room, "I think I will sum each window.")
    assert "I take code here" in alice.cards(room)[-1].text
    await alice.type(room, f"My first try:\n```python\n{WRONG}```")
    assert newest(alice, room, "✗ Wrong answer")
    await alice.type(room, "", files=[("mine.py", RIGHT.encode())])
    assert newest(alice, room, "✓ Accepted")
    assert "How does the time" in alice.card(room).text
    await alice.type(room, LINEAR)
    assert "Follow-up 2" in alice.card(room).text, "a follow-up is answered in words"
    assert await sent(world) == ["I think I will sum each window.", WRONG, RIGHT, LINEAR]


async def test_code_in_a_shared_channel_is_asked_about_and_chatter_is_not(tmp_path: Path, world: World) -> None:
    # The message-content intent is off, so plain messages arrive empty; a reply is read.
    alice = world.alice
    await alice.slash("settings rounds", place="channel")
    room = await alice.start("code start")
    before = len(alice.cards(room))
    await alice.type(room, "has anybody seen my coffee?")
    assert len(alice.cards(room)) == before
    await alice.type(room, f"```python\n{RIGHT}```", reply_to=newest(alice, room, "Running mean"))
    assert newest(alice, room, "✓ Accepted")


# Samples


async def test_samples_cost_nothing_are_seen_by_their_owner_alone_and_can_be_submitted(
    world: World, alice: Player, bob: Player
) -> None:
    room = await alice.start("code start")
    loud = BROKEN.replace("    return", "    print('so far')\n    return")
    result = await alice.submit(room, loud, label="Run samples")
    [answer] = [message for message in result.followups if message.components]
    assert answer.ephemeral
    card = Card(answer, answer.channel_id)
    assert "Samples · 0 of 2" in card.text
    assert "expected  [2.0, 4.0]" in card.text
    assert "ZeroDivisionError" in card.text
    assert "so far" in card.text
    state = (await world.bot.services.rounds.open_of(alice.id))[0].state
    assert state.turn == 0
    result = await alice.submit(room, RIGHT, label="Run samples")
    card = Card(result.followups[-1], room.id)
    assert "✓ Samples · 2 of 2" in card.text
    await alice.press(room, "Submit this code", card)
    assert newest(alice, room, "✓ Accepted")
    assert await sent(world) == [loud, RIGHT, RIGHT]


# Two people, restarts


async def test_two_people_submit_at_the_same_moment(world: World, alice: Player, bob: Player) -> None:
    rooms = [await alice.start("code start"), await bob.start("code start")]
    payloads: list[Any] = []
    for player, room, code in zip((alice, bob), rooms, (RIGHT, WRONG), strict=True):
        form = await player.press(room, "Submit code")
        payloads.append(player.form_payload(room, form.modal, code, player.card(room)))
    await world.deliver(*payloads)
    assert newest(alice, rooms[0], "✓ Accepted")
    assert newest(bob, rooms[1], "✗ Wrong answer")


async def test_only_the_owner_submits_and_looks_at_their_code(world: World, alice: Player, bob: Player) -> None:
    await alice.slash("settings rounds", place="channel")
    room = await alice.start("code start")
    assert "belongs to" in said(await bob.press(room, "Submit code"))
    await alice.submit(room, WRONG)
    assert "belongs to" in said(await bob.press(room, "My code"))
    mine = await alice.press(room, "My code")
    assert [file.filename for file in mine.followups[-1].attachments] == ["submission.py"]
    assert mine.followups[-1].ephemeral


async def test_killed_while_judging_the_verdict_comes_once_after_the_restart(world: World, alice: Player) -> None:
    room = await alice.start("code start")
    world.stop_mid_grade()
    await alice.submit(room, WRONG)
    assert "Wrong answer" not in alice.card(room).text
    await world.restart(away=30)
    await world.bot.services.rounds.settled()
    await world.env.settle()
    verdicts = [card for card in alice.cards(room) if "Wrong answer" in card.text]
    assert len(verdicts) == 1
    await world.restart(away=30)
    assert len([card for card in alice.cards(room) if "submission 1" in card.text]) == 1
    await alice.submit(room, RIGHT)
    assert newest(alice, room, "✓ Accepted")


async def test_a_form_that_was_open_over_the_restart_is_judged(world: World, alice: Player) -> None:
    room = await alice.start("code start")
    form = await alice.press(room, "Submit code")
    await world.restart(away=60)
    [result] = await world.deliver(alice.form_payload(room, form.modal, RIGHT, alice.card(room)))
    assert result.acknowledged
    assert newest(alice, room, "✓ Accepted")


async def test_buttons_of_a_verdict_work_after_a_restart(world: World, alice: Player) -> None:
    room = await alice.start("code start")
    await alice.submit(room, WRONG)
    await world.restart(away=60)
    await alice.submit(room, RIGHT, label="Submit again")
    await skip_followups(alice, room)
    assert "Code round finished" in alice.card(room).text


# Figures and challenges


@pytest.mark.thorough
async def test_a_figure_is_shown_beside_the_reference_also_after_the_buttons_go(figures: World) -> None:
    alice = figures.alice
    room = await alice.start("code start")
    right = figures.bank.get("mlcode.numpy-pandas.line-plot")
    assert isinstance(right, CodeTask)
    await alice.submit(room, right.wrong[0].code)
    wrong = newest(alice, room, "✗ Wrong answer")
    assert wrong.files == ["yours.png", "reference.png"]
    assert any(item["type"] == 12 for item in walk(wrong.message.components))
    await alice.submit(room, right.solution)
    assert newest(alice, room, "✗ Wrong answer").files == ["yours.png", "reference.png"]
    assert newest(alice, room, "✓ Accepted").files == ["yours.png", "reference.png"]


@pytest.mark.thorough
async def test_a_challenge_hands_out_tables_shows_the_public_score_and_ends_when_wanted(rents: World) -> None:
    alice = rents.alice
    room = await alice.start("code challenge", level="mid")
    card = alice.card(room)
    assert card.files == ["starter.py", "train.csv", "test.csv"]
    assert "Scored by rmse" in card.text
    assert "2 submissions in 24 hours" in card.text
    task = rents.bank.get("ml.linear-regression.rents")
    assert isinstance(task, CodeTask)
    await alice.submit(room, task.solution)
    verdict = alice.card(room)
    assert "rmse on the public part" in verdict.text
    assert "hidden part" not in verdict.text
    assert "Finish with my best" in verdict.buttons
    trial = await alice.submit(room, task.wrong[1].code, label="Run samples")
    assert "20 predictions are needed" in said(trial)
    await alice.submit(room, task.wrong[0].code, label="Submit again")
    refused = await alice.submit(room, task.solution, label="Submit again")
    assert "2 submissions in 24 hours" in said(refused)
    assert "The next one is possible <t:" in said(refused)
    await alice.press(room, "Finish with my best")
    await alice.answer(room, "Least squares follows outliers, because errors count squared, so the line moves to them.")
    assert "on the hidden part, which decides" in newest(alice, room, "Feedback").text


async def test_there_is_nothing_to_start_without_a_sandbox_and_the_rest_works(database: Path, bank: Bank) -> None:
    judge = NoJudge("There are no coding rounds here: this machine offers no sandbox.")
    async with open_world(database, bank, judge=judge) as world:
        told = said(await world.alice.slash("code start"))
        assert told == "There are no coding rounds here: this machine offers no sandbox."
        assert not world.channel.threads
        await world.alice.start(**FREE)


async def test_a_task_that_cannot_be_prepared_leaves_no_empty_thread_behind(database: Path, bank: Bank) -> None:
    class Broken(ScriptedJudge):
        async def facts(self, task: CodeTask) -> Facts:
            raise UserError("I cannot prepare that task right now.")

    async with open_world(database, bank, judge=Broken()) as world:
        assert "cannot prepare" in said(await world.alice.slash("code start"))
        assert not world.channel.threads


# Hostile output


HOSTILE = """\
import sys
print("@everyone <@1> ``` **bold** \\u202e\\u200b" + "x" * 5000)
print("```\\n" * 50, file=sys.stderr)


def running_mean(values, width):
    raise ValueError("``` @everyone <@1> \\u202e" + "y" * 5000)
"""


@pytest.mark.parametrize("label", ["Submit code", "Run samples"])
async def test_hostile_output_pings_nobody_and_leaves_its_block_nowhere(
    world: World, alice: Player, label: str
) -> None:
    room = await alice.start("code start")
    result = await alice.submit(room, HOSTILE, label=label)
    card = alice.card(room) if label == "Submit code" else Card(result.followups[-1], room.id)
    assert "ValueError" in card.text
    assert "\u202e" not in card.text
    assert "\u200b" not in card.text
    for item in walk(card.message.components):
        if item["type"] == 10:
            assert item["content"].count("```") % 2 == 0, item["content"]


async def test_a_long_program_can_be_reread_within_the_limits(world: World, alice: Player) -> None:
    room = await alice.start("code start")
    long = RIGHT + "\n".join(f"# `line` {number} ``` **of** many <@1>" for number in range(1000))
    for number in range(3):
        await alice.submit(room, "", file=("mine.py", (WRONG + long[-30_000:] + f"# {number}").encode()))
    await alice.press(room, "Leave it at")
    history = said(await alice.press(room, "Reread this round"))
    assert "def running_mean" in history
    file = await alice.press(room, "As a file", Card((await alice.press(room, "Reread this round")).followups[-1], 0))
    assert file.followups[-1].attachments[0].size > 60_000
