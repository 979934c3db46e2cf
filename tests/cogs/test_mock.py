"""Group rounds as people have them: ten of them, the real bot, a simulated Discord."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest
import pytest_asyncio
import simcord

from bot.rounds.group import Phase, State
from bot.services.code_cards import CardFile
from bot.services.group_record import GroupRecord
from grader.grade import Grade
from questions.bank import Bank
from tests.cogs.limits import walk
from tests.cogs.test_code import Tasks
from tests.cogs.world import FREE, Card, Player, World, coins_answer, open_world, said
from tests.services.scripted import ScriptedJudge, program

MORE = ("carl", "dora", "emil", "faye", "gina", "hugo", "iris", "jack")
ANSWER = "Answer in private"
NOT_IN = "You are not in this round."
TAKE_OVER = "No sign of the host: take over"
HOST_ONLY = "Only the host, <@"
IN = "Your answer is in."
QUOTE = "May I quote yours"
WEAK = "It depends on many things, and I would have a look at all of them before I say anything about it."


@dataclass
class Crowd:
    """Ten people in one channel. Alice manages the server; Bob hosts, and is nobody special."""

    world: World
    people: list[Player]

    @property
    def host(self) -> Player:
        return self.people[1]

    @property
    def moderator(self) -> Player:
        return self.people[0]

    @property
    def channel(self) -> simcord.ChannelHandle:
        return self.world.channel

    def __getitem__(self, name: str) -> Player:
        return next(person for person in self.people if person.member.name == name)

    async def open(self, *joining: str, **options: Any) -> None:
        """The host opens a lobby, and these people join."""
        result = await self.host.slash("mock host", **options)
        assert "Your lobby is open below" in said(result), said(result)
        for name in joining:
            assert await self.press(self[name], "Join") == ""

    async def begin(self, *joining: str, **options: Any) -> None:
        await self.open(*joining, **options)
        await self.press(self.host, "Start")

    async def press(self, person: Player, label: str, card: Card | None = None) -> str:
        """What is said to a click; nobody else sees it."""
        result = await person.press(self.channel, label, card)
        assert result.modal is None, f"{label} opens a form"
        return heard(result)

    async def send(self, person: Player, text: str, label: str = ANSWER, **options: Any) -> str:
        """What is said to a form."""
        result = await person.fill(self.channel, await person.press(self.channel, label), text, **options)
        return heard(result)

    async def answer(self, person: Player, *, good: bool = True) -> str:
        """Answers the open question, whatever its kind, with words of the person's own; returns what is said."""
        asked = self.asked(person)
        if "A" in asked.buttons:
            return await self.press(person, "A" if good else "B", asked)
        if "fair coins" in asked.text:
            return await self.send(person, f"{coins_answer(asked) if good else 17} {mark(person)}")
        return await self.send(person, f"{self.world.strong() if good else WEAK} {mark(person)}.")

    async def time_up(self) -> None:
        """Waits until the time of the open question is over."""
        deadline = (await self.state()).current.deadline
        await self.world.wait((deadline - self.world.env.now()).total_seconds() + 7)

    def asked(self, person: Player | None = None) -> Card:
        """The newest question in the channel."""
        return self.newest("### Question", "Answered", person)

    def newest(self, beginning: str, inside: str = "", person: Player | None = None) -> Card:
        cards = (person or self.host).cards(self.channel)
        return next(card for card in reversed(cards) if card.text.startswith(beginning) and inside in card.text)

    def public(self) -> list[Card]:
        """What everybody sees."""
        return [card for card in self.host.cards(self.channel) if not card.message.ephemeral]

    def seen_by(self, person: Player) -> str:
        return "\n".join(card.text for card in person.cards(self.channel))

    async def state(self, round_id: int = 1) -> State:
        return (await self.world.bot.services.groups.load(round_id)).state


def heard(result: simcord.InteractionResult) -> str:
    """What is said to a click or a form; it must be to that person alone."""
    answers = list(result.followups)
    if result.response is not None and result.response.content:  # else it is the message that was clicked
        answers.insert(0, result.response)
    assert all(answer.ephemeral for answer in answers)
    return "\n".join(Card(answer, answer.channel_id).text for answer in answers)


def mark(person: Player) -> str:
    """A word that only this person writes."""
    return f"heron{person.member.name}"


def one_of_each(bank: Bank) -> Bank:
    """A choice, a free-text question and a number: what a mixed round of three then has."""
    return Bank([found for name, found in bank.loaded.items() if not name.startswith("mlcode.")])


@pytest.fixture
def unpainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Final boards without the work of drawing them."""

    def drawn(record: GroupRecord) -> tuple[CardFile, str]:
        return CardFile("board.png", b"\x89PNG"), f"The board of round {record.row.id}."

    monkeypatch.setattr("bot.client.drawn_board", drawn)


def gather(world: World) -> Crowd:
    more = [Player(world, world.guild.add_member(world.env.create_user(name))) for name in MORE]
    return Crowd(world, [world.alice, world.bob, *more])


@pytest_asyncio.fixture
async def crowd(database: Path, bank: Bank, unpainted: None) -> AsyncGenerator[Crowd]:
    async with open_world(database, one_of_each(bank)) as world:
        yield gather(world)


@pytest.fixture
def judge() -> ScriptedJudge:
    return ScriptedJudge()


@pytest_asyncio.fixture
async def coders(database: Path, bank: Bank, unpainted: None, judge: ScriptedJudge) -> AsyncGenerator[Crowd]:
    async with open_world(database, Tasks(bank).only("running_mean"), judge=judge) as world:
        yield gather(world)


# A whole round


@pytest.mark.thorough
async def test_ten_people_play_a_round_of_three_questions(crowd: Crowd) -> None:
    early = ["alice", "carl", "dora", "emil", "faye", "gina", "hugo"]
    await crowd.open(*early, questions=3, minutes=3)
    assert await crowd.press(crowd["carl"], "Join") == "You are in it already."
    await crowd.world.wait(3)
    lobby = crowd.public()[0]
    assert "**In it (8)**" in lobby.text
    assert "mid level · 3 questions, 3 minutes each" in lobby.text
    await crowd.press(crowd.host, "Start")
    players = [crowd.host, *(crowd[name] for name in early)]
    late = {1: crowd["iris"], 2: crowd["jack"]}
    for number in (1, 2, 3):
        asked = crowd.asked()
        assert f"Question {number} of 3" in asked.text
        assert f"**Answered 0 of {len(players)}**" in asked.text
        if number in late:
            told = await crowd.press(late[number], "Join")
            assert told == "You are in. You take part from the next question on."
        for person in players[:-1]:
            assert IN in await crowd.answer(person, good=person.member.name < "e")
        await _privacy(crowd, asked)
        await _duplicates(crowd, players[0], asked)
        assert "Model answer" not in {label for card in crowd.public() for label in card.buttons} or number > 1
        await crowd.time_up()
        reveal = crowd.newest(f"### Question {number} of 3 · how it went")
        assert "no answer" in reveal.text
        assert f"<@{players[-1].id}> no answer" in reveal.text
        if number in late:
            players.insert(0, late[number])
        if number < 3:
            assert "Host: next question" in str(list(reveal.buttons))
            await crowd.press(crowd.host, "Host: next question")
    final = crowd.public()[-1]
    assert final.text.startswith("## Group round finished")
    assert final.files == ["board.png"]
    points = {one.user: one for one in (await crowd.world.bot.services.groups.record(1)).state.participants}
    assert len(points) == 10
    assert f"<@{players[-1].id}> · **0** points · 0 of 3 answered" in final.text
    assert await _results(crowd) == [8, 9, 10]


async def _privacy(crowd: Crowd, asked: Card) -> None:
    """What one person typed stands in nothing that another one sees, and no choice is told."""
    await crowd.world.wait(3)
    for reader in crowd.people:
        text = crowd.seen_by(reader)
        for author in crowd.people:
            assert author is reader or mark(author) not in text
    now = next(card for card in crowd.public() if card.id == asked.id)
    assert "✓" in now.text
    assert "Answer** ·" not in now.text


async def _duplicates(crowd: Crowd, person: Player, asked: Card) -> None:
    """Whoever has answered cannot answer again, by any road."""
    if "A" in asked.buttons:
        for label in ("B", "C"):
            assert "Your first answer to this one counts" in await crowd.press(person, label, asked)
    else:
        assert "Your first answer to this one counts" in await crowd.press(person, ANSWER, asked)


async def _results(crowd: Crowd) -> list[int]:
    """How many people have a result on each question."""
    async with crowd.world.bot.store.read() as connection:
        counts = await connection.exec_driver_sql("SELECT count(*) FROM results GROUP BY item ORDER BY item")
        return list(counts.scalars())


async def test_the_board_is_drawn_at_the_end(database: Path, bank: Bank) -> None:
    async with open_world(database, one_of_each(bank)) as world:
        crowd = gather(world)
        await crowd.begin("alice", questions=1, format="multiple choice")
        await crowd.answer(crowd["alice"])
        await crowd.answer(crowd.host, good=False)
        final = crowd.public()[-1]
        assert final.files == ["board.png"]
        [gallery] = [item for item in walk(final.message.components) if item["type"] == 12]
        assert "1. alice with 100; 2. bob with 0" in gallery["items"][0]["description"]


# Who may press what


async def test_a_strangers_clicks_change_nothing_and_are_answered_to_them_alone(crowd: Crowd) -> None:
    stranger = crowd["jack"]
    await crowd.open("alice", questions=3)
    await _try_all(crowd, stranger, crowd.public()[0], {"Start": HOST_ONLY, "Close": HOST_ONLY, "Leave": NOT_IN})
    await crowd.press(crowd.host, "Start")
    for _ in range(2):
        asked = crowd.asked()
        expected = {label: HOST_ONLY for label in asked.buttons if label.startswith("Host: ")} | {"Leave": NOT_IN}
        expected |= {label: NOT_IN for label in asked.buttons if label in {*"ABCD", ANSWER}}
        await _try_all(crowd, stranger, asked, expected)
        await crowd.answer(crowd.host)
        await crowd.answer(crowd["alice"])
        reveal = crowd.newest("### Question", "how it went")
        expected = {label: HOST_ONLY for label in reveal.buttons if label.startswith("Host: ")} | {"Leave": NOT_IN}
        expected |= {"My feedback": "You were in no question", "For the host": "for the host and the moderators"}
        if "Model answer" in reveal.buttons:
            expected["Model answer"] = "**Model answer**"  # it is revealed to all
        await _try_all(crowd, stranger, reveal, expected)
        await crowd.press(crowd.host, "Host: next question")
    await crowd.press(crowd.host, "Host: end round")
    await _try_all(
        crowd, stranger, crowd.public()[-1],
        {"My feedback": "You were in no question", "For the host": "for the host and the moderators"},
        other={"Another round like this"},
    )  # fmt: skip


async def _try_all(
    crowd: Crowd, stranger: Player, card: Card, expected: dict[str, str], other: frozenset[str] | set[str] = frozenset()
) -> None:
    """Presses every button of a card but those that are for everybody."""
    for_all = {label for label in card.buttons if label.startswith(("Join", "🚩"))} | other
    assert set(card.buttons) - for_all == set(expected)
    before = await crowd.state()
    for label, words in expected.items():
        assert words in await crowd.press(stranger, label, card), label
    assert await crowd.state() == before


async def test_anybody_may_report_a_question(crowd: Crowd) -> None:
    await crowd.begin("alice", questions=3)
    told = await crowd.send(crowd["jack"], "There is a typo.", "🚩 Report question")
    assert "Your report is number 1" in told
    async with crowd.world.bot.store.read() as connection:
        reported = (await connection.exec_driver_sql("SELECT question_id, user_id FROM reports")).one()
    assert tuple(reported) == ((await crowd.state()).items[0].question, crowd["jack"].id)


async def test_the_hosts_buttons_are_for_the_host_alone(crowd: Crowd) -> None:
    await crowd.open("alice", "carl", questions=3, minutes=2)
    for label in ("Start", "Close"):
        assert HOST_ONLY in await crowd.press(crowd["carl"], label)
    await crowd.press(crowd.host, "Start")
    for label in ("Host: 1 minute more", "Host: skip question", "Host: end round"):
        assert f"{HOST_ONLY}{crowd.host.id}>" in await crowd.press(crowd.moderator, label)
    before = (await crowd.state()).current.deadline
    await crowd.press(crowd.host, "Host: 1 minute more")
    deadline = (await crowd.state()).current.deadline
    assert (deadline - before).total_seconds() == 60
    assert f"<t:{int(deadline.timestamp())}:R>" in crowd.asked().text
    await crowd.press(crowd.host, "Host: skip question")
    assert crowd.newest("### Question 1 of 3", "Skipped by the host: it counts for nobody.").buttons == {}
    assert "counts for nobody" in crowd.newest("### Question 1 of 3 · how it went").text
    assert HOST_ONLY in await crowd.press(crowd["carl"], "Host: next question")


async def test_a_host_who_is_away_can_be_replaced(crowd: Crowd) -> None:
    await crowd.begin("alice", "carl", questions=3, minutes=10)
    assert "take over" not in str(list(crowd.asked().buttons))
    await crowd.world.wait(301)
    assert NOT_IN in await crowd.press(crowd["jack"], TAKE_OVER)
    told = await crowd.press(crowd["carl"], TAKE_OVER)
    assert told.startswith(f"You are the host now, until <@{crowd.host.id}> is back")
    assert "take over" not in str(list(crowd.asked().buttons))
    assert f"{HOST_ONLY}{crowd['carl'].id}>" in await crowd.press(crowd["alice"], "Host: skip question")
    assert await crowd.press(crowd["carl"], "Host: skip question") == ""
    assert await crowd.press(crowd.host, "Host: next question") == "", "the host is back"
    assert f"{HOST_ONLY}{crowd.host.id}>" in await crowd.press(crowd["carl"], "Host: skip question")


async def test_a_host_who_writes_or_reads_is_there_though_they_press_no_button_of_the_host(crowd: Crowd) -> None:
    await crowd.begin("alice", "carl", questions=3, minutes=30, play=False)
    await crowd.world.wait(200)
    await crowd["carl"].type(crowd.channel, "Is anybody there?")
    await crowd.host.type(crowd.channel, "Take your time, I am here.")
    await crowd.world.wait(200)
    assert "take over" not in str(list(crowd.asked().buttons))
    await crowd.host.press(crowd.channel, "🚩 Report question")
    await crowd.world.wait(200)
    assert "take over" not in str(list(crowd.asked().buttons))
    await crowd.world.wait(150)
    assert "take over" in str(list(crowd.asked().buttons))
    await crowd.host.type(crowd.channel, "Sorry, back again.")
    await crowd.world.wait(3)
    assert "take over" not in str(list(crowd.asked().buttons))
    assert crowd.world.problems() == []


async def test_resume_and_stop_name_the_rounds_that_one_shares_with_others(crowd: Crowd) -> None:
    await crowd.open("alice", "carl", questions=2)
    newest = crowd.public()[-1].id
    link = f"https://discord.com/channels/{crowd.world.guild.id}/{crowd.channel.id}/{newest}"
    for command in ("round stop", "round resume"):
        told = said(await crowd.host.slash(command))
        assert f"Group round · {link} · **Close** ends it." in told
        told = said(await crowd["carl"].slash(command))
        assert f"{link} · **Leave** takes you out of it; its host ends it." in told
        assert "You have no open round." in said(await crowd["dora"].slash(command))
    await crowd.press(crowd.host, "Start")
    assert "**Host: end round** ends it." in said(await crowd.host.slash("round stop"))
    await crowd.press(crowd["carl"], "Leave")
    assert "You have no open round." in said(await crowd["carl"].slash("round stop"))


async def test_stop_in_the_channel_of_a_group_round_does_not_end_a_round_elsewhere(crowd: Crowd) -> None:
    await crowd["carl"].start(where=crowd["carl"].dm, **FREE)
    await crowd.open("carl", questions=1)
    told = said(await crowd["carl"].slash("round stop"))
    assert "Here you share one with others" in told
    assert f"Your own is in [our direct messages](https://discord.com/channels/@me/{crowd['carl'].dm.id})" in told
    assert "The round is over." in said(await crowd["carl"].slash("round stop", where=crowd["carl"].dm))


async def test_whoever_is_blocked_is_told_so(crowd: Crowd) -> None:
    await crowd.open("carl", questions=1)
    await crowd.moderator.slash("settings block", person=crowd["dora"].member.user)
    assert "have blocked you" in await crowd.press(crowd["dora"], "Join")
    assert crowd["dora"].id not in (await crowd.state()).active


async def test_leaving_and_coming_back_is_told(crowd: Crowd) -> None:
    await crowd.open("alice", "carl", "dora", questions=3)
    assert "the lobby is open if you come back" in await crowd.press(crowd["carl"], "Leave")
    assert await crowd.press(crowd["carl"], "Join") == ""
    await crowd.press(crowd.host, "Start")
    assert "the scores you have stay" in await crowd.press(crowd["carl"], "Leave")
    assert "this question still takes your answer" in await crowd.press(crowd["carl"], "Join")
    assert IN in await crowd.answer(crowd["carl"])


# Forms that come late


@pytest.mark.thorough
async def test_a_form_held_open_over_the_reveal_is_handed_back(crowd: Crowd) -> None:
    await crowd.begin("alice", questions=1, minutes=1, format="free text")
    slow = crowd["alice"]
    form = await slow.press(crowd.channel, ANSWER)
    asked = crowd.asked()
    await crowd.answer(crowd.host)
    await crowd.time_up()
    [result] = await crowd.world.deliver(
        slow.form_payload(crowd.channel, form.modal, f"{crowd.world.strong()} {mark(slow)}", asked)
    )
    assert "This round is over." in heard(result)
    [answer] = result.followups
    assert answer.ephemeral
    assert [file.filename for file in answer.attachments] == ["your-answer.txt"]
    assert mark(slow) not in crowd.seen_by(crowd.host)
    async with crowd.world.bot.store.read() as connection:
        kept = (await connection.exec_driver_sql("SELECT count(*) FROM attempts WHERE grade IS NULL")).scalar_one()
    assert kept == 1, "it is kept, and not scored"
    final = crowd.public()[-1]
    assert f"<@{slow.id}> · **0** points" in final.text


async def test_a_form_held_open_into_the_next_question_does_not_answer_that(crowd: Crowd) -> None:
    await crowd.begin("alice", questions=3, minutes=1)
    slow = crowd["alice"]
    while ANSWER not in crowd.asked().buttons:
        await crowd.press(crowd.host, "Host: skip question")
        await crowd.press(crowd.host, "Host: next question")
    form = await slow.press(crowd.channel, ANSWER)
    asked = crowd.asked()
    await crowd.time_up()
    await crowd.press(crowd.host, "Host: next question")
    [result] = await crowd.world.deliver(slow.form_payload(crowd.channel, form.modal, "0.25 or so", asked))
    assert "Time was up before this arrived. It is kept, but not scored." in heard(result)
    assert (await crowd.state()).current.entries[1].attempts == ()


async def test_a_form_held_open_over_a_restart_counts(crowd: Crowd) -> None:
    await crowd.begin("alice", "carl", questions=1, minutes=5, format="free text")
    slow = crowd["alice"]
    form = await slow.press(crowd.channel, ANSWER)
    asked = crowd.asked()
    await crowd.world.restart(away=600)
    [result] = await crowd.world.deliver(slow.form_payload(crowd.channel, form.modal, crowd.world.strong(), asked))
    assert IN in heard(result)
    assert (await crowd.state()).phase is Phase.ASKING, "the outage takes no time from anybody"
    await crowd.answer(crowd["carl"])
    await crowd.answer(crowd.host)
    assert f"<@{slow.id}> · **100** points" in crowd.public()[-1].text


@pytest.mark.thorough
async def test_after_a_restart_at_any_moment_nothing_is_posted_twice_and_the_buttons_work(crowd: Crowd) -> None:
    await crowd.open("alice", "carl", questions=1, format="multiple choice")
    await _restart(crowd)
    await crowd.press(crowd.host, "Start")
    await _restart(crowd)
    assert IN in await crowd.press(crowd["alice"], "A")
    await crowd.press(crowd["carl"], "B")
    await _restart(crowd)
    await crowd.press(crowd.host, "B")
    await _restart(crowd)
    assert "Feedback 1 of 1" in await crowd.press(crowd["carl"], "My feedback")
    assert len(crowd.public()) == 4


async def _restart(crowd: Crowd) -> None:
    """The channel looks the same after it, but for the time limit, which has moved."""
    await crowd.world.wait(3)
    before = [(card.id, re.sub(r"<t:\d+:R>", "", card.text)) for card in crowd.public()]
    await crowd.world.restart(away=30)
    await crowd.world.wait(3)
    assert [(card.id, re.sub(r"<t:\d+:R>", "", card.text)) for card in crowd.public()] == before


async def test_answers_that_were_being_graded_are_graded_after_the_restart(crowd: Crowd) -> None:
    await crowd.begin("alice", "carl", questions=1, format="free text", play=False)

    async def hang(*_: object) -> Grade | None:
        await crowd.world.env.external_wait(asyncio.get_running_loop().create_future(), reason="grading")
        return None

    object.__setattr__(crowd.world.bot.services.groups, "_grade", hang)
    await crowd.answer(crowd["alice"])
    await crowd.world.restart(away=30)
    assert (await crowd.state()).current.entries[0].score == 1.0
    await crowd.answer(crowd["carl"], good=False)
    assert f"<@{crowd['alice'].id}> · **100** points" in crowd.public()[-1].text


# At the same moment


async def test_clicks_and_forms_of_the_same_moment_count_once(crowd: Crowd) -> None:
    await crowd.begin("alice", questions=1, format="multiple choice")
    asked, alice = crowd.asked(), crowd["alice"]
    twice = alice.click_payload(crowd.channel, asked, "A")
    other = alice.click_payload(crowd.channel, asked, "B")
    results = await crowd.world.deliver(twice, twice, other, crowd.host.click_payload(crowd.channel, asked, "B"))
    assert "Your first answer to this one counts" in heard(results[2])
    assert f"<@{alice.id}> · **100** points" in crowd.public()[-1].text
    async with crowd.world.bot.store.read() as connection:
        rows = (await connection.exec_driver_sql("SELECT user_id, text FROM attempts ORDER BY id")).all()
    assert sorted(tuple(row) for row in rows) == sorted([(alice.id, "a"), (alice.id, "b"), (crowd.host.id, "b")]), (
        "what came twice is one attempt"
    )


async def test_everybody_who_answers_in_the_same_second_counts(crowd: Crowd) -> None:
    names = ["alice", *MORE]
    await crowd.begin(*names, questions=1, format="multiple choice")
    asked = crowd.asked()
    edits = _edits(crowd, asked)
    everybody = [crowd[name] for name in names]
    results = await crowd.world.deliver(*(one.click_payload(crowd.channel, asked, "A") for one in everybody))
    assert all(IN in heard(result) for result in results)
    assert _edits(crowd, asked) - edits <= 1
    await crowd.world.wait(3)
    assert "**Answered 9 of 10**" in crowd.asked().text
    assert _edits(crowd, asked) - edits <= 2


def _edits(crowd: Crowd, card: Card) -> int:
    return sum(one.method == "PATCH" and one.path.endswith(f"/messages/{card.id}") for one in crowd.world.requests)


async def test_start_and_next_pressed_twice_ask_one_question(crowd: Crowd) -> None:
    await crowd.open("alice", questions=3)
    lobby = crowd.public()[0]
    start = [crowd.host.click_payload(crowd.channel, lobby, "Start") for _ in range(2)]
    await crowd.world.deliver(*start)
    await crowd.press(crowd.host, "Host: skip question")
    reveal = crowd.newest("### Question", "how it went")
    following = [crowd.host.click_payload(crowd.channel, reveal, "Host: next question") for _ in range(2)]
    results = await crowd.world.deliver(*following)
    assert sum("belongs to another question" in heard(result) for result in results) == 1
    assert sum("### Question" in card.text and "how it went" not in card.text for card in crowd.public()) == 2


# What people see of themselves and of each other


@pytest.mark.thorough
async def test_whether_they_may_be_quoted_is_asked_once(crowd: Crowd) -> None:
    names = ["alice", "carl", "dora"]
    await crowd.begin(*names, questions=3)
    asked: dict[str, int] = dict.fromkeys([*names, "bob"], 0)
    for number in range(3):
        free = ANSWER in crowd.asked().buttons and "fair coins" not in crowd.asked().text
        for name in asked:
            told = await crowd.answer(crowd[name], good=name != "bob")
            assert IN in told
            asked[name] += QUOTE in told
            assert (QUOTE in told) == free, "only where answers are worth quoting"
            if QUOTE in told and name == "alice":
                assert await crowd.press(crowd[name], "Yes, quote me") == ""
                assert "may be quoted" in crowd.newest("Your best answers", person=crowd[name]).text
                assert crowd[name].find(crowd.channel, "Yes, quote me") is None
            if QUOTE in told and name == "carl":
                await crowd.press(crowd[name], "No")
                assert "are not quoted" in crowd.newest("Your answers", person=crowd[name]).text
        reveal = crowd.newest(f"### Question {number + 1} of 3 · how it went")
        assert ("Best answer" in reveal.text) == free
        if free:
            assert mark(crowd["alice"]) in reveal.text
            assert all(mark(crowd[name]) not in reveal.text for name in ("carl", "dora", "bob"))
        if number < 2:
            await crowd.press(crowd.host, "Host: next question")
    assert set(asked.values()) == {1}
    await crowd.world.restart()
    await crowd.begin("dora", questions=1, format="free text")
    assert QUOTE not in await crowd.answer(crowd["dora"]), "not even after a restart"


async def test_everybody_pages_through_their_own_feedback_alone(crowd: Crowd) -> None:
    await crowd.begin("alice", "carl", questions=3)
    for number in range(3):
        await crowd.answer(crowd["alice"])
        await crowd.answer(crowd["carl"], good=False)
        await crowd.answer(crowd.host)
        reveal = crowd.newest(f"### Question {number + 1} of 3 · how it went")
        told = await crowd.press(crowd["carl"], "My feedback", reveal)
        assert f"### Feedback {number + 1} of 3" in told
        assert mark(crowd["alice"]) not in told
        if number < 2:
            await crowd.press(crowd.host, "Host: next question")
    before = [(card.id, card.text) for card in crowd.public()]
    final = crowd.public()[-1]
    told = await crowd.press(crowd["carl"], "My feedback", final)
    assert "### Feedback 1 of 3" in told
    own = crowd.newest("### Feedback 1 of 3", person=crowd["carl"])
    assert own.message.ephemeral
    assert [label for label in own.buttons if label.startswith("Question")] == ["Question 2"]
    await crowd.press(crowd["carl"], "Question 2", own)
    page = next(card for card in crowd["carl"].cards(crowd.channel) if card.id == own.id)
    assert "### Feedback 2 of 3" in page.text, "it turns the page in place"
    assert [label for label in page.buttons if label.startswith("Question")] == ["Question 1", "Question 3"]
    await crowd.press(crowd["carl"], "Question 3", page)
    assert [(card.id, card.text) for card in crowd.public()] == before
    for reader in crowd.people:
        assert reader is crowd["carl"] or "### Feedback" not in crowd.seen_by(reader)


async def test_a_page_of_feedback_never_replaces_a_message_that_all_see(crowd: Crowd) -> None:
    """A click that names a button which that message does not have."""
    await crowd.begin("alice", questions=1, format="multiple choice")
    await crowd.press(crowd["alice"], "A")
    await crowd.press(crowd.host, "B")
    final = crowd.public()[-1]
    for action in ("review-0", "quote-yes"):
        forged = {"type": 2, "style": 2, "label": "x", "custom_id": f"group:1:1:{action}"}
        [result] = await crowd.world.deliver(crowd["alice"].forged_payload(crowd.channel, final, forged))
        assert all(answer.ephemeral for answer in result.followups)
    assert crowd.public()[-1].text == final.text


async def test_the_model_answer_comes_with_the_reveal(crowd: Crowd) -> None:
    await crowd.begin("alice", questions=1, format="free text")
    asked = crowd.asked()
    forged = {"type": 2, "style": 2, "label": "x", "custom_id": "group:1:1:model"}
    [result] = await crowd.world.deliver(crowd["alice"].forged_payload(crowd.channel, asked, forged))
    assert heard(result) == "The model answer comes with the reveal."
    forged["custom_id"] = "group:1:1:feedback"
    [result] = await crowd.world.deliver(crowd["alice"].forged_payload(crowd.channel, asked, forged))
    assert heard(result) == "You were in no question that is revealed."
    await crowd.answer(crowd["alice"])
    await crowd.answer(crowd.host)
    assert crowd.world.strong() in await crowd.press(crowd["alice"], "Model answer")


async def test_alike_answers_are_told_the_host_and_the_moderators_alone(crowd: Crowd) -> None:
    await crowd.begin("alice", "carl", "dora", questions=1, format="free text")
    same = crowd.world.strong()
    await crowd.send(crowd["carl"], same)
    await crowd.send(crowd["dora"], same.upper())
    await crowd.send(crowd.host, f"{WEAK} {mark(crowd.host)}")
    assert "for the host" not in crowd.seen_by(crowd["carl"]).lower()
    await crowd.send(crowd.moderator, crowd.world.calibrated("partial"))
    words = f"the answers of <@{crowd['carl'].id}> and <@{crowd['dora'].id}> are 100% alike"
    for person in (crowd.host, crowd.moderator):
        assert words in await crowd.press(person, "For the host")
    for person in (crowd["carl"], crowd["jack"]):
        assert await crowd.press(person, "For the host") == "That is for the host and the moderators."
    assert not any("alike" in crowd.seen_by(crowd[name]) for name in ("carl", "dora", "jack"))


async def test_the_host_is_told_of_alike_answers_when_going_on(crowd: Crowd) -> None:
    await crowd.begin("carl", "dora", questions=3)
    while "A" in crowd.asked().buttons or "fair coins" in crowd.asked().text:
        await crowd.press(crowd.host, "Host: skip question")
        assert "alike" not in await crowd.press(crowd.host, "Host: next question")
    for name in ("carl", "dora", "bob"):
        await crowd.send(crowd[name], crowd.world.strong() if name != "bob" else WEAK)
    final = (await crowd.state()).phase is Phase.FINISHED
    told = await crowd.press(crowd.host, "For the host" if final else "Host: next question")
    assert "100% alike" in told
    assert "Nothing was counted against anybody." in told


# What is no answer


async def test_a_number_without_digits_and_an_empty_form_may_be_sent_again(crowd: Crowd) -> None:
    await crowd.begin("alice", questions=1, format="numeric")
    told = await crowd.send(crowd["alice"], "it depends on the coins")
    assert "I found no number in that, so nothing was counted." in told
    assert "nothing in that form" in await crowd.send(crowd["alice"], "   ")
    assert IN in await crowd.answer(crowd["alice"])


async def test_feedback_on_a_skipped_question_says_that_it_does_not_count(crowd: Crowd) -> None:
    await crowd.begin("alice", questions=3, format="multiple choice")
    await crowd.press(crowd["alice"], "A")
    await crowd.press(crowd.host, "Host: skip question")
    for name, words in (("alice", "Accuracy"), ("bob", "**Answer** ·")):
        told = await crowd.press(crowd[name], "My feedback")
        assert "not counted" in told
        assert "The host skipped this one, so it counts for nobody." in told
        assert words in told
        assert "my fault" not in told


# The command


async def test_hosting_takes_its_options_and_suggests_topics_that_fit_them(crowd: Crowd) -> None:
    async def topics(**chosen: str) -> list[str]:
        found = await crowd.host.member.autocomplete(crowd.channel, "mock host", "topic", "", **chosen)
        return [choice["value"] for choice in found]

    assert "ml.regularization" in await topics()
    assert await topics(kind="behavioral") == ["behav.conflict"]
    assert await topics(format="numeric") == ["math", "math.probability-bayes"]
    assert await topics(kind="code") == []
    await crowd.begin("alice", "carl", kind="behavioral", level="senior", minutes=8, topic="behav.conflict", play=False)
    state = await crowd.state()
    assert [one.user for one in state.participants] == [crowd["alice"].id, crowd["carl"].id]
    assert "A real story of yours" in crowd.asked().text


async def test_starting_says_what_is_missing(crowd: Crowd) -> None:
    await crowd.open(questions=5, format="numeric")
    assert "It takes 2 people to start" in await crowd.press(crowd.host, "Start")
    await crowd.press(crowd["alice"], "Join")
    assert await crowd.press(crowd.host, "Start") == "I have one question that fits, not 5."
    await crowd.press(crowd.host, "Host: end round")
    assert "Nothing was scored." in crowd.public()[-1].text
    await crowd.open(questions=1)
    await crowd.press(crowd.host, "Close")
    closed = crowd.public()[-1]
    assert "Closed before it began." in closed.text
    assert closed.buttons == {}


async def test_a_round_lives_where_the_bot_may_write_and_the_server_wants_rounds(crowd: Crowd) -> None:
    bot = crowd.world.env.bot.user
    assert bot is not None
    forbidden = discord.PermissionOverwrite(send_messages=False)
    silent = crowd.world.guild.create_text_channel("silent", overwrites={bot: forbidden})
    result = await crowd.host.slash("mock host", silent, questions=1)
    assert "I may not write in this channel" in said(result)
    other = crowd.world.guild.create_text_channel("other")
    await crowd.moderator.slash("settings channels", add=crowd.channel)
    assert f"<#{crowd.channel.id}>" in said(await crowd.host.slash("mock host", other, questions=1))
    channel = crowd.world.bot.get_channel(crowd.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.create_thread(name="study", type=discord.ChannelType.public_thread)
    thread = crowd.channel.threads[-1]
    assert "Your lobby is open" in said(await crowd.host.slash("mock host", thread, questions=1))


async def test_of_all_who_want_another_round_one_opens_the_lobby(crowd: Crowd) -> None:
    await crowd.begin("alice", "carl", questions=1, format="multiple choice")
    for name in ("alice", "carl", "bob"):
        await crowd.press(crowd[name], "A")
    final = crowd.public()[-1]
    assert "Your lobby is open below." in await crowd.press(crowd["carl"], "Another round like this", final)
    assert (await crowd.state(2)).owner == crowd["carl"].id
    told = await crowd.press(crowd["alice"], "Another round like this", final)
    assert told == f"<@{crowd['carl'].id}> has opened one already: press **Join** in the lobby below."
    assert await crowd.press(crowd["alice"], "Join") == ""
    assert (await crowd.state(2)).active == (crowd["carl"].id, crowd["alice"].id)


async def test_a_group_and_a_round_of_ones_own_live_in_one_channel(crowd: Crowd) -> None:
    await crowd.moderator.slash("settings rounds", place="channel")
    await crowd.begin("alice", questions=1, format="multiple choice")
    await crowd["carl"].start(**FREE)
    assert NOT_IN in await crowd.press(crowd["carl"], "A")
    await crowd.press(crowd["alice"], "A")
    await crowd.press(crowd.host, "A")
    assert crowd.public()[-1].text.startswith("## Group round finished")
    await crowd["carl"].press(crowd.channel, "Stop round")


# Code


async def test_a_code_round_by_form_and_by_file(coders: Crowd, judge: ScriptedJudge) -> None:
    await coders.begin("alice", "carl", kind="code", minutes=20)
    asked = coders.public()[-1]
    assert "Task 1 of 1 · Running mean" in asked.text
    assert asked.files == ["starter.py"]
    told = await coders.send(coders["alice"], program("WA 40%"), "Submit code")
    assert "### ✗ Wrong answer" in told
    assert "1 of 2 cases pass." in told
    assert "Your best submission is worth **40%**." in told
    told = await coders.send(coders["carl"], "", "Submit code", file=("mine.py", program("AC").encode()))
    assert "### ✓ Accepted" in told
    assert "You are done with this task." in told
    assert "There was no program" in await coders.send(coders.host, "", "Submit code")
    told = await coders.send(coders.host, "", "Submit code", file=("mine.txt", b"def running_mean(): ..."))
    assert "names end in .py" in told
    assert "1. Wrong answer" in await coders.press(coders["alice"], "My submissions")
    assert "You have not submitted anything" in await coders.press(coders.host, "My submissions")
    assert "Submit something first" in await coders.press(coders.host, "I am done")
    assert "You are done with this task." in await coders.press(coders["alice"], "I am done")
    assert "You are done with this task: it is accepted" in await coders.press(coders["alice"], "Submit code")
    for reader in coders.people:
        text = coders.seen_by(reader)
        assert "### ✗ Wrong answer" not in text or reader is coders["alice"]
        assert "### ✓ Accepted" not in text or reader is coders["carl"]
        assert "def running_mean(*args)" not in text
    await coders.world.wait(3)
    assert "**Answered 2 of 3**" in coders.public()[-1].text
    await coders.time_up()
    reveal = coders.newest("### Task 1 of 1 · how it went")
    assert "`partly right" in reveal.text
    assert f"<@{coders['carl'].id}> 100%" in reveal.text
    told = await coders.press(coders["alice"], "My feedback", reveal)
    assert "You left it before the code was accepted" in told
    assert "counts 75%" not in told, "nothing is followed up in a group"
    assert "How it is done" in await coders.press(coders["jack"], "Model answer", reveal)
    assert judge.judged == [program("WA 40%"), program("AC")]


async def test_samples_are_free_and_what_was_run_can_be_submitted(coders: Crowd) -> None:
    await coders.begin("alice", kind="code")
    told = await coders.send(coders["alice"], program("WA 60% samples"), "Run samples (free)")
    assert "Samples · 0 of 1" in told
    entry = (await coders.state()).current.entries[1]
    assert entry.attempts == ()
    card = coders.newest("### ✗ Samples", person=coders["alice"])
    form = await coders["alice"].press(coders.channel, "Submit code")
    field = next(item for item in walk(form.modal["components"]) if item["type"] == 4)
    assert field["value"] == program("WA 60% samples"), "the form holds what was sent last"
    for _ in range(2):
        assert "### ✗ Wrong answer" in await coders.press(coders["alice"], "Submit this code", card)
    entry = (await coders.state()).current.entries[1]
    assert (len(entry.attempts), entry.score) == (1, 0.6)


async def test_our_fault_is_admitted_and_figures_are_shown_with_the_next_try(coders: Crowd) -> None:
    await coders.begin("alice", kind="code")
    told = await coders.send(coders["alice"], program("IE"), "Submit code")
    assert "my fault" in told
    assert "please submit it again" in told
    assert "### ✗ Wrong answer" in await coders.send(coders["alice"], program("WA 50% draw"), "Submit code")
    card = coders.newest("### ✗ Wrong answer", person=coders["alice"])
    assert card.message.ephemeral
    assert card.files == ["yours.png", "reference.png"]


@pytest.mark.thorough
async def test_the_best_program_is_quoted_as_code(coders: Crowd) -> None:
    await coders.begin("alice", kind="code", minutes=1)
    assert QUOTE in await coders.send(coders["alice"], program("WA 90%"), "Submit code")
    await coders.press(coders["alice"], "Yes, quote me")
    await coders.time_up()
    reveal = coders.newest("### Task 1 of 1 · how it went")
    assert "```py\ndef running_mean(*args):  # WA 90%" in reveal.text


@pytest.mark.thorough
async def test_a_submission_that_was_being_judged_is_judged_after_the_restart(
    coders: Crowd, judge: ScriptedJudge
) -> None:
    await coders.begin("alice", kind="code")

    async def hang(*_: object) -> tuple[CardFile, ...]:
        await coders.world.env.external_wait(asyncio.get_running_loop().create_future(), reason="judging")
        return ()

    object.__setattr__(coders.world.bot.services.groups, "_judged", hang)
    form = await coders["alice"].press(coders.channel, "Submit code")
    payload = coders["alice"].form_payload(coders.channel, form.modal, program("WA 70%"), coders.public()[-1])
    await coders.world.deliver(payload)
    assert (await coders.state()).current.entries[1].waiting
    assert "I am still running your last submission" in await coders.press(coders["alice"], "Submit code")
    await coders.world.restart(away=30)
    assert judge.judged == [program("WA 70%")]
    assert (await coders.state()).current.entries[1].score == 0.7
    assert "1. Wrong answer" in await coders.press(coders["alice"], "My submissions")
