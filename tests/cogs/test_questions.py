"""Moderators add and care for questions in Discord, step by step."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.services import question_transfer
from bot.services.drafts import Kind
from bot.store.server_questions import State, own_id
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import FreeText, MultipleChoice
from questions.writer import write
from tests.cogs.keeping import Keeper, file_of, other_forms
from tests.cogs.limits import walk
from tests.cogs.world import Player, World, said
from tests.services.caring import template
from tests.services.scripted import ScriptedJudge, program

WRITTEN = [kind for kind in Kind if kind is not Kind.CODE]
CHOICE_ID = template(Kind.MULTIPLE_CHOICE).id
NUMBER_ID = template(Kind.NUMERIC).id
SHIPPED = "eval.classification-metrics.rare-positives"


@pytest.fixture
def judge() -> ScriptedJudge:
    return ScriptedJudge()


@pytest_asyncio.fixture
async def second(world: World) -> Keeper:
    """A second moderator, by a role that the settings name, who has used the commands already."""
    role = world.guild.create_role("keepers")
    await world.alice.slash("settings moderators", add=role)
    carol = Keeper(Player(world, world.guild.add_member(world.env.create_user("carol"), roles=[role])))
    await carol.run("review")
    return carol


async def current(world: World, question: AnyQuestion) -> AnyQuestion:
    """The question as it is asked in the server."""
    banks = world.bot.services.rounds.starting.banks
    found = (await banks.of(world.guild.id)).get(own_id(question.id, world.guild.id))
    assert found is not None
    return found.model_copy(update={"id": question.id})


# A question of every kind


@pytest.mark.parametrize("kind", WRITTEN)
async def test_a_moderator_writes_a_question_of_every_kind_form_by_form_and_it_is_asked(
    world: World, keeper: Keeper, bob: Player, kind: Kind
) -> None:
    wanted = template(kind)
    await keeper.begin(wanted)
    assert "It is kept" in keeper.card.text
    assert "▢" in keeper.card.text
    await keeper.world.restart()  # nothing of it lives in the process
    await keeper.run("drafts")
    await keeper.pick("Open a draft", "1")
    for label, values in other_forms(wanted):
        await keeper.fill(await keeper.press(label), values)
    assert "▢" not in keeper.card.text
    assert "All parts are there" in keeper.card.text
    await keeper.hand_in()
    assert "You wrote this one." in keeper.card.text
    await keeper.press("Approve")
    assert f"`{wanted.id}` is published as version 1" in keeper.card.text
    assert "nobody but its author has looked at it" in keeper.card.text
    published = await current(world, wanted)
    assert published.prompt == wanted.prompt
    assert _without_patterns(published) == _without_patterns(wanted)
    command = "behavioral start" if kind is Kind.BEHAVIORAL else "quiz start"
    option = "competency" if kind is Kind.BEHAVIORAL else "topic"
    chosen: dict[str, Any] = {option: wanted.topic}
    room = await bob.start(command, **chosen)
    shown = bob.card(room).text
    assert " ".join(wanted.prompt.split())[:30] in " ".join(shown.split()) or kind is Kind.NUMERIC


def _without_patterns(question: AnyQuestion) -> dict[str, Any]:
    """A question as far as forms can say it: patterns, contrasts and a few numbers take a file."""
    dumped = question.model_dump(
        mode="json", exclude={"time_limit_s", "contrasts", "relations", "red_flags", "shuffle"}
    )
    dumped["difficulty"] = question.difficulty.level
    for point in dumped.get("key_points", []):
        point |= {"id": "", "accept": point["accept"]["phrases"], "half": [], "reject_if": []}
    for wrong in dumped.get("misconceptions", []):
        wrong |= {"id": "", "signals": [], "phrases": [], "penalty": 0}
    for answer in dumped.get("calibration_answers", []):
        answer |= {"hits": len(answer.get("hits", [])), "misconceptions": len(answer.get("misconceptions", []))}
        answer["halves"] = []
    for name in ("negatives", "positives"):
        dumped[name] = []
    return dumped


async def test_a_code_task_comes_as_a_file_and_is_asked(world: World, keeper: Keeper, bob: Player) -> None:
    told = await keeper.run("add", kind="code", topic="mlcode.numpy-pandas")
    assert "send it as a Markdown file" in told
    task = template(Kind.CODE)
    await keeper.own(task)
    assert f"`{task.id}` is published" in keeper.card.text
    room = await bob.start("code start", topic=task.topic)
    assert "largest" in bob.card(room).text.lower()


# Suggesting and reviewing


async def test_a_member_suggests_a_moderator_approves_and_the_author_is_told(
    world: World, keeper: Keeper, member: Keeper
) -> None:
    question = template(Kind.MULTIPLE_CHOICE)
    await member.write(question, "suggest")
    await member.hand_in()
    assert "I will tell you what the moderators decide" in member.card.text
    assert "Approve" not in member.card.buttons
    queue = await keeper.run("review")
    assert "1 question, the oldest first" in queue
    await keeper.pick("Open a question", "1")
    shown = keeper.card.text
    assert question.prompt.split(".")[0] in shown
    assert "What to remember" in shown
    assert f"by <@{member.player.id}>" in shown
    assert "The lab" in shown
    await keeper.press("Approve as beta")
    assert f"<@{member.player.id}> has been told" in keeper.card.text
    assert "not rated yet: once a moderator uses **/question activate**, it counts" in keeper.card.text
    told = member.player.cards(member.player.dm)[-1].text
    assert f"Your question “{question.prompt[:40]}" in told
    assert "is published in **Study group**" in told
    assert "Nothing waits" in await keeper.run("review")


async def test_an_author_whose_messages_are_closed_is_told_at_the_next_command(
    world: World, keeper: Keeper, member: Keeper
) -> None:
    await member.run("suggest", file=file_of(template(Kind.NUMERIC)))
    await member.hand_in()
    await keeper.run("review")
    await keeper.pick("Open a question", "1")
    world.env.inject_error("POST", "/users/@me/channels", status=403, code=50007)
    opened = await keeper.press("Return…")
    await keeper.fill(opened, {"note": "Which stride is meant?"})
    world.env.backend.faults.clear()
    assert "when they next use a command" in keeper.card.text
    told = await member.run("drafts")
    assert "came back from the review" in told
    assert "Which stride is meant?" in told
    assert "Which stride" not in said(await member.player.slash("timezone")), "they are told once"
    await member.run("drafts")
    await member.pick("Open a draft", "1")
    assert "**The reviewer says** · Which stride is meant?" in member.card.text
    opened = await member.press("What to remember")
    await member.fill(opened, {"takeaway": "With stride 1, each layer adds k − 1."})
    await member.hand_in()
    await keeper.run("review")
    await keeper.pick("Open a question", "1")
    opened = await keeper.press("Reject…")
    await keeper.fill(opened, {"note": "We have one like it."})
    assert "We have one like it." in member.player.cards(member.player.dm)[-1].text
    assert "was not taken" in await member.run("drafts")


async def test_a_moderator_mends_and_tries_what_waits_before_approving(keeper: Keeper, member: Keeper) -> None:
    question = template(Kind.FREE_TEXT)
    assert isinstance(question, FreeText)
    await member.run("suggest", file=file_of(question))
    await member.hand_in()
    await keeper.run("review")
    await keeper.pick("Open a question", "1")
    tried = await keeper.fill(
        await keeper.press("Try as a candidate"), {"text": question.model_answer.full, "level": ["mid"]}
    )
    assert "strong yes (4 of 4)" in said(tried)
    await keeper.run("review")
    await keeper.pick("Open a question", "1")
    await keeper.press("Edit")
    await keeper.fill(await keeper.press("Hints"), {"hint1": "Look at one batch.", "hint2": "b", "hint3": "c"})
    await keeper.press("Back to the review")
    assert "Review of draft 1" in keeper.card.text
    await keeper.press("Approve")
    assert "is published as version 1" in keeper.card.text


async def test_with_a_second_moderator_nobody_approves_their_own(world: World, keeper: Keeper, second: Keeper) -> None:
    await keeper.run("add", file=file_of(template(Kind.NUMERIC)))
    await keeper.hand_in()
    assert "Handed in" in keeper.card.text
    await keeper.run("review")
    await keeper.pick("Open a question", "1")
    assert "another moderator decides" in keeper.card.text
    assert "Approve" not in keeper.card.buttons
    await second.run("review")
    await second.pick("Open a question", "1")
    await second.press("Approve")
    found = await world.bot.services.questions.library.show(world.guild.id, NUMBER_ID)
    assert found.row is not None
    assert not found.row.self_approved


async def test_a_moderator_who_has_lost_the_role_is_not_waited_for(
    world: World, keeper: Keeper, second: Keeper
) -> None:
    await world.alice.slash("settings moderators", remove=world.guild.roles["keepers"])
    await keeper.run("add", file=file_of(template(Kind.NUMERIC)))
    await keeper.hand_in()
    await keeper.press("Approve")
    assert "nobody but its author" in keeper.card.text


# Drafts


async def test_parts_are_changed_and_taken_out_by_lists(keeper: Keeper) -> None:
    await keeper.run("add", file=file_of(template(Kind.MULTIPLE_CHOICE)))
    opened = await keeper.pick("Change a part", "option-1")
    assert opened.modal is not None
    assert opened.modal["title"] == "Change this option"
    await keeper.fill(opened, {"text": "Something else", "right": ["no"], "why": "It is not.", "tag": ""})
    assert "Something else" in keeper.card.text
    before = len(await keeper.options("Take a part out"))
    await keeper.pick("Take a part out", "option-1")
    assert "Take this out" in keeper.card.text
    await keeper.press("Keep it")
    assert len(await keeper.options("Take a part out")) == before
    await keeper.pick("Take a part out", "option-1")
    await keeper.press("Take it out")
    assert "Something else" not in keeper.card.text
    assert len(await keeper.options("Take a part out")) == before - 1


async def test_a_part_can_be_picked_again_after_its_form_was_closed(keeper: Keeper) -> None:
    await keeper.run("add", file=file_of(template(Kind.MULTIPLE_CHOICE)))
    before = _lists(keeper.card.message.components)
    await keeper.pick("Change a part", "option-1")  # and its form is closed
    await keeper.player.actor(keeper.where).select(keeper.card.message, [], custom_id=before[0]["custom_id"])
    after = _lists(keeper.card.message.components)
    assert {one["id"] for one in before}.isdisjoint({one["id"] for one in after}), "a client forgets what was picked"
    assert (await keeper.pick("Change a part", "option-1")).modal is not None


async def test_lists_forget_what_was_picked_when_the_draft_has_changed(keeper: Keeper) -> None:
    await keeper.run("add", file=file_of(template(Kind.MULTIPLE_CHOICE)))
    known = {one["id"] for one in _lists(keeper.card.message.components)}
    for text in ("One thing", "Another thing"):
        opened = await keeper.pick("Change a part", "option-1")
        await keeper.fill(opened, {"text": text, "right": ["no"], "why": "It is not.", "tag": ""})
        now = {one["id"] for one in _lists(keeper.card.message.components)}
        assert known.isdisjoint(now)
        known |= now


async def test_a_topic_that_there_is_not_is_asked_for_on_the_card(keeper: Keeper) -> None:
    opened = await keeper.player.slash("question add", keeper.where, kind=Kind.NUMERIC.value)
    values = {"prompt": "How many clusters?", "topics": "clustring", "difficulty": ["2"], "levels": ["mid"]}
    await keeper.fill(opened, values)
    assert "clustring" in keeper.card.text
    assert (await keeper.options("Which topic is “clustring”?"))[0] == "ml.clustering"
    await keeper.pick("Which topic is “clustring”?", "ml.clustering")
    assert "`ml.clustering.many-clusters`" in keeper.card.text
    assert "clustring" not in keeper.card.text
    assert await keeper.options("Which topic is “clustring”?") == []


async def test_a_multiple_choice_question_is_written_with_two_forms(world: World, keeper: Keeper) -> None:
    opened = await keeper.player.slash("question add", keeper.where, kind="multiple_choice", topic="ml.clustering")
    prompt = "A run of k-means ends with a much higher inertia than the one before. What has most likely happened?"
    await keeper.fill(opened, {"prompt": prompt, "topics": "ml.clustering", "difficulty": ["2"], "levels": ["mid"]})
    options = (
        "A) Its starting centers led to a local optimum [x]\n"
        "- The objective is not convex, so where it ends depends on where it starts.\n"
        "B) It stopped before the clusters had the same size\n"
        "- Nothing in the objective asks for clusters of the same size.\n"
        "C) Its distances were computed on scaled columns\n"
        "- Scaling changes both runs alike, unless somebody changed it between them."
    )
    await keeper.fill(await keeper.press("Options as text"), {"options": options})
    assert "✓ **a** · Its starting centers" in keeper.card.text
    assert "▢" not in keeper.card.text
    await keeper.hand_in()
    await keeper.press("Approve")
    assert "is published as version 1" in keeper.card.text


async def test_a_list_on_an_older_card_changes_nothing_and_shows_how_it_is_now(keeper: Keeper) -> None:
    await keeper.run("add", file=file_of(template(Kind.MULTIPLE_CHOICE)))
    await keeper.run("drafts")
    await keeper.pick("Open a draft", "1")
    old, new = keeper.player.frames(keeper.where)[-2:]
    lists = {card.id: [i["custom_id"] for i in _lists(card.message.components)] for card in (old, new)}
    await keeper.player.actor(keeper.where).select(new.message, ["option-0"], custom_id=lists[new.id][1])
    await keeper.press("Take it out")
    stale = await keeper.player.actor(keeper.where).select(old.message, ["option-0"], custom_id=lists[old.id][1])
    assert "has changed since" in said(stale)
    drafts = await keeper.world.bot.services.questions.drafts.mine(keeper.world.guild.id, keeper.player.id)
    assert len(drafts[0].fields["options"]) == len(template(Kind.MULTIPLE_CHOICE).model_dump()["options"]) - 1


def _lists(components: Any) -> list[dict[str, Any]]:
    from tests.cogs.limits import walk

    return [item for item in walk(components) if item["type"] == 3]


async def test_a_draft_is_deleted_only_when_asked_twice(keeper: Keeper) -> None:
    await keeper.run("add", file=file_of(template(Kind.NUMERIC)))
    await keeper.press("Delete")
    await keeper.press("Keep it")
    assert "Draft 1" in keeper.card.text
    await keeper.press("Delete")
    await keeper.press("Delete it")
    assert "You have no drafts" in await keeper.run("drafts")


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_draft_of_every_kind_is_tried_as_a_candidate_would(keeper: Keeper, kind: Kind) -> None:
    question = template(kind)
    await keeper.run("add", file=file_of(question))
    opened = await keeper.press("Try it")
    assert opened.modal is not None
    answers: dict[Kind, Any] = {
        Kind.MULTIPLE_CHOICE: [question.key.id] if isinstance(question, MultipleChoice) else [],
        Kind.NUMERIC: "7",
        Kind.CODE: program("AC", "largest_fall"),
    }
    text = answers.get(kind) or question.model_dump()["model_answer"]["full"]
    level = {"level": ["senior"]} if kind in {Kind.FREE_TEXT, Kind.BEHAVIORAL} else {}
    told = said(await keeper.fill(opened, {"text": text, **level}))
    assert "strong yes (4 of 4)" in told or "Accepted" in told or "of 4" in told
    if kind in {Kind.FREE_TEXT, Kind.BEHAVIORAL}:
        await keeper.press("Keep as calibration answer")
        assert "⚖ tried: bands 4 4 4" in keeper.card.text


async def test_mistakes_that_the_lab_finds_are_told_and_keep_the_draft(keeper: Keeper) -> None:
    question = template(Kind.MULTIPLE_CHOICE)
    assert isinstance(question, MultipleChoice)
    options = (*question.options[:-1], question.options[-1].model_copy(update={"text": "All of these are right"}))
    await keeper.run("add", file=file_of(question.model_copy(update={"options": options})))
    await keeper.press("Hand in for review")
    assert "Not handed in" in keeper.card.text
    assert "The lab found mistakes" in keeper.card.text
    assert "4 options" not in keeper.card.text, "only what is to be mended"
    assert "Nothing waits" in await keeper.run("review")
    await keeper.run("drafts")
    await keeper.pick("Open a draft", "1")
    assert "The lab found mistakes" in keeper.card.text
    assert "4 options" in keeper.card.text
    assert "All parts are there" not in keeper.card.text


async def test_a_draft_that_is_refused_shows_only_what_is_still_to_do(keeper: Keeper) -> None:
    await keeper.begin(template(Kind.NUMERIC))
    assert "-# ✓ Prompt" in keeper.card.text
    await keeper.press("Hand in for review")
    shown = keeper.card.text
    assert "Not handed in" in shown
    assert "**Still to do**\n▢ give the **answer**" in shown
    assert "✓" not in shown
    assert "✎" not in shown


@pytest.mark.parametrize("kind", list(Kind))
async def test_the_template_of_every_kind_can_be_sent_back_as_it_is(keeper: Keeper, member: Keeper, kind: Kind) -> None:
    result = await member.player.slash("question template", member.where, kind=kind.value)
    [answer] = [one for one in [result.response, *result.followups] if one is not None and one.attachments]
    [file] = answer.attachments
    await member.run("suggest", file=(file.filename, await file.read()))
    assert "It is kept as a draft" in member.card.text
    await member.hand_in()
    assert "Handed in" in member.card.text


async def test_a_file_replaces_all_of_a_draft(keeper: Keeper) -> None:
    task = template(Kind.CODE)
    assert isinstance(task, CodeTask)
    await keeper.run("add", file=file_of(task))
    opened = await keeper.press("Replace with a file")
    assert opened.modal is not None
    assert "/question add" in str(opened.modal["components"])
    changed = task.model_copy(update={"minutes": task.minutes + 2})
    await keeper.fill(opened, {"file": file_of(changed)})
    assert "The draft now says what the file says" in keeper.card.text
    assert f"{task.minutes + 2} minutes" in keeper.card.text
    changed = task.model_copy(update={"minutes": task.minutes + 1})
    await keeper.run("add", file=file_of(changed), draft=1)
    [draft] = await keeper.world.bot.services.questions.drafts.mine(keeper.world.guild.id, keeper.player.id)
    assert draft.fields["minutes"] == task.minutes + 1
    assert "not a code one" in await keeper.run("add", file=file_of(template(Kind.NUMERIC)), draft=1)


async def test_a_file_that_is_broken_or_of_another_kind_replaces_nothing(keeper: Keeper) -> None:
    task = template(Kind.CODE)
    await keeper.run("add", file=file_of(task))
    broken = write(task).replace("minutes:", "minuets:").encode()
    told = said(await keeper.fill(await keeper.press("Replace with a file"), {"file": ("mine.md", broken)}))
    assert "minuets" in told
    other = file_of(template(Kind.NUMERIC))
    assert "not a code one" in said(await keeper.fill(await keeper.press("Replace with a file"), {"file": other}))
    [draft] = await keeper.world.bot.services.questions.drafts.mine(keeper.world.guild.id, keeper.player.id)
    assert draft.rev == 1


async def test_the_card_of_a_number_says_what_its_formulas_come_to(keeper: Keeper) -> None:
    await keeper.run("add", file=file_of(template(Kind.NUMERIC)))
    for shown in (keeper.card.text, await _in_review(keeper)):
        assert "`1 + n * (k - 1)` = 7 pixels for n = 3, k = 3" in shown
        assert "`n * k` = 9 pixels for n = 3, k = 3" in shown


async def _in_review(keeper: Keeper) -> str:
    await keeper.hand_in()
    assert "Review of draft 1" in keeper.card.text
    return keeper.card.text


async def test_numbers_that_are_none_are_told_and_show_no_value(keeper: Keeper) -> None:
    await keeper.begin(template(Kind.NUMERIC))
    opened = await keeper.press("Answer")
    assert opened.modal is not None
    [tolerance] = [item for item in walk(opened.modal["components"]) if item.get("custom_id") == "tolerance"]
    assert tolerance["value"] == "1%"
    numbers = "n = inf, 2\nk = many\nm = nan"
    answer = {"params": numbers, "answer": "1 / n + k + m", "tolerance": "1%", "working": "Add them up."}
    await keeper.fill(opened, answer)
    assert "- answer: `1 / n + k + m`\n" in keeper.card.text
    assert "Please mend" in keeper.card.text


async def test_the_card_of_a_code_draft_shows_what_is_asked_and_how_it_is_tested(keeper: Keeper) -> None:
    task = template(Kind.CODE)
    assert isinstance(task, CodeTask)
    await keeper.run("add", file=file_of(task))
    shown = keeper.card.text
    assert task.prompt[:60] in shown
    assert f"{len(task.samples)} samples" in shown
    assert f"{len(task.wrong)} wrong solutions" in shown
    assert "has the lab run" in shown


async def test_a_broken_file_is_told_line_by_line(member: Keeper) -> None:
    text = write(template(Kind.NUMERIC)).replace("tolerance:", "tolerence:")
    told = await member.run("suggest", file=("mine.yaml", text.encode()))
    assert "mine.yaml:" in told
    assert "tolerence" in told
    assert "is not a known field" in told
    assert "You have no drafts" in await member.run("drafts")
    two = f"{write(template(Kind.NUMERIC))}---\n{write(template(Kind.MULTIPLE_CHOICE))}"
    assert "There are 2 questions" in await member.run("suggest", file=("two.yaml", two.encode()))


# Messages


async def test_a_message_becomes_the_prompt_of_a_new_draft(world: World, member: Keeper, alice: Player) -> None:
    message = await alice.member.send(world.channel, "Why does a bigger batch need a larger learning rate?")
    opened = await member.player.member.context_menu(world.channel, "Add as question", message)
    assert opened.modal is not None
    form = {i["custom_id"]: i.get("value") for i in _inputs(opened.modal["components"])}
    assert form["prompt"] == "Why does a bigger batch need a larger learning rate?"
    values = {"topics": "Gradient descent family", "difficulty": ["3"], "levels": ["mid"], "prompt": form["prompt"]}
    await member.fill(opened, values)
    assert "ml.gradient-descent.bigger-batch-need-larger-learning" in member.card.text
    assert "add **key points**" in member.card.text


def _inputs(components: Any) -> list[dict[str, Any]]:
    from tests.cogs.limits import walk

    return [item for item in walk(components) if "custom_id" in item]


async def test_a_whole_question_in_a_message_becomes_a_draft(world: World, member: Keeper, alice: Player) -> None:
    text = f"What about this one?\n```yaml\n{write(template(Kind.NUMERIC))}```"
    message = await alice.member.send(world.channel, text)
    await member.player.member.context_menu(world.channel, "Add as question", message)
    assert "It is kept as a draft" in member.card.text
    assert NUMBER_ID in member.card.text
    broken = await alice.member.send(world.channel, text.replace("working:", "work:"))
    told = said(await member.player.member.context_menu(world.channel, "Add as question", broken))
    assert "work: is not a known field" in told


# Finding, looking, changing


async def test_questions_are_found_opened_and_paged_after_a_restart_too(world: World, keeper: Keeper) -> None:
    await keeper.own(template(Kind.NUMERIC), State.BETA)
    assert "1 question ·" in await keeper.run("find", state="beta")
    await keeper.pick("Open a question", NUMBER_ID)
    assert "in beta: asked, not rated" in keeper.card.text
    assert "Nothing here fits" in await keeper.run("find", text="sourdough")
    await keeper.own(template(Kind.MULTIPLE_CHOICE))
    every = await keeper.run("find")
    assert "page 1 of 2" in every
    assert every.count("\n\n**") == 7, "a line between two of them"
    first = sorted((NUMBER_ID, CHOICE_ID))
    assert every.index(first[0]) < every.index(first[1]) < every.index("· shipped"), "the server's own come first"
    await world.restart()
    await keeper.press("Next")
    assert "page 2 of 2" in keeper.card.text
    await keeper.press("Back")
    assert "page 1 of 2" in keeper.card.text
    assert "2 questions · page 1 of 1" in await keeper.run("find", author=keeper.player.member)


async def test_a_question_is_edited_compared_restored_and_its_history_told(world: World, keeper: Keeper) -> None:
    question = template(Kind.NUMERIC)
    await keeper.own(question)
    assert "changes version 1: clearer" in await keeper.run("edit", id=NUMBER_ID, reason="clearer")
    await keeper.fill(await keeper.press("What to remember"), {"takeaway": "Each layer adds k − 1."})
    await keeper.hand_in()
    assert "**Changed** · What to remember\n" in keeper.card.text
    told = said(await keeper.press("What has changed"))
    assert "compared with version 1" in told
    assert "**What to remember**\n> **before** · ~~With stride 1," in told
    assert "@@" not in told
    await keeper.press("Approve")
    assert "version 2" in keeper.player.cards(keeper.where)[-2].text
    told = await keeper.run("history", id=NUMBER_ID)
    assert "**Version 2** · current" in told
    assert "clearer" in told
    assert "approved by its own author" in told
    diff = await keeper.run("diff", id=NUMBER_ID)
    assert "from version 1 to version 2" in diff
    assert "> **now** · **Each** layer **adds** k − 1." in diff
    assert diff == await keeper.run("diff", id=NUMBER_ID, old=1, new=2)
    assert "say the same" in await keeper.run("diff", id=NUMBER_ID, old=2, new=2)
    assert "reads as version 1 did. That is version 3 now." in await keeper.run("restore", id=NUMBER_ID, version=1)
    assert await current(world, question) == question.model_copy(update={"version": 3})


async def test_a_shipped_question_gets_a_version_of_the_servers_own(world: World, keeper: Keeper, bank: Bank) -> None:
    await keeper.run("edit", id=SHIPPED)
    assert "changes version 1" in keeper.card.text
    await keeper.fill(await keeper.press("What to remember"), {"takeaway": "Look at recall, too."})
    await keeper.hand_in()
    await keeper.press("Approve")
    found = await current(world, bank.questions[SHIPPED])
    assert isinstance(found, MultipleChoice)
    assert (found.takeaway, found.version) == ("Look at recall, too.", 2)
    assert "shipped, replaced here by your own version" in await keeper.run("find", text="rare-positives")


async def test_a_question_is_retired_and_brought_back(keeper: Keeper) -> None:
    await keeper.own(template(Kind.NUMERIC))
    assert "is retired" in await keeper.run("retire", id=NUMBER_ID, reason="too easy")
    assert "because: too easy" in await keeper.run("show", id=NUMBER_ID)
    await keeper.press("Restore")
    assert "· active" in keeper.card.text
    opened = await keeper.press("Retire…")
    await keeper.fill(opened, {"note": "nobody likes it"})
    assert "because: nobody likes it" in keeper.card.text
    assert "is active again" in await keeper.run("restore", id=NUMBER_ID)
    told = await keeper.run("history", id=NUMBER_ID)
    order = [
        told.index(words) for words in ("**Restored**", "nobody likes it", "**Retired**\n", "too easy", "**Version 1**")
    ]
    assert order[0] < order[1] < order[3] < order[4]
    assert told.count("**Retired**") == told.count("**Restored**") == 2
    assert "There is no question `nothing.at.all` here" in await keeper.run("retire", id="nothing.at.all", reason="x")


async def test_a_button_of_an_earlier_version_is_refused_kindly(keeper: Keeper) -> None:
    await keeper.own(template(Kind.NUMERIC))
    await keeper.run("show", id=NUMBER_ID)
    card = keeper.card
    changed = template(Kind.NUMERIC).model_copy(update={"takeaway": "Another one."})
    await keeper.own(changed)
    opened = await keeper.player.press(keeper.where, "Retire…", card)
    told = said(await keeper.fill(opened, {"note": "old"}))
    assert "Somebody has changed that question" in told
    assert "· active" in await keeper.run("show", id=NUMBER_ID)


async def test_shipped_questions_and_tracks_are_switched_off_and_on(world: World, keeper: Keeper, bob: Player) -> None:
    assert "**Mathematics** is not asked here any more" in await keeper.run("switch-off", what="math")
    told = said(await bob.slash("quiz start", topic="math", questions=1))
    assert "I have no mixed questions on" in told
    assert "was switched off already" in await keeper.run("switch-off", what="Mathematics")
    assert "is not asked here any more" in await keeper.run("switch-off", what=SHIPPED)
    assert "shipped, switched off here" in await keeper.run("show", id=SHIPPED)
    await keeper.press("Switch on")
    assert "· shipped" in keeper.card.text
    assert "is asked here again" in await keeper.run("switch-on", what="math")
    await bob.start(topic="math", questions=1)
    assert "I ship neither" in await keeper.run("switch-off", what="cooking")


async def test_every_deed_is_in_the_log(world: World, keeper: Keeper) -> None:
    await keeper.own(template(Kind.NUMERIC))
    await keeper.run("retire", id=NUMBER_ID, reason="too easy")
    for number in range(10):
        await keeper.run("switch-on" if number % 2 else "switch-off", what="math")
    told = await keeper.run("log")
    assert f"<@{keeper.player.id}> **switched on** · " in told
    assert "-# `math`" in told
    await world.restart()
    await keeper.press("Older")
    for words in ("**began to moderate**", "**submitted**", "**approved**", f"`{NUMBER_ID}` · too easy"):
        assert words in keeper.card.text


async def test_ids_and_topics_are_suggested_while_typing(world: World, keeper: Keeper, alice: Player) -> None:
    async def suggested(command: str, option: str, text: str) -> list[str]:
        found = await alice.member.autocomplete(world.channel, f"question {command}", option, text)
        return [str(choice["value"]) for choice in found]

    await keeper.own(template(Kind.NUMERIC), State.BETA)
    assert (await suggested("show", "id", "stacked"))[0] == NUMBER_ID
    assert SHIPPED in await suggested("edit", "id", "rare")
    assert await suggested("history", "id", "") == [NUMBER_ID]
    assert await suggested("diff", "id", "") == [NUMBER_ID]
    assert await suggested("retire", "id", "cnn") == [NUMBER_ID]
    assert await suggested("restore", "id", "") == [NUMBER_ID]
    assert await suggested("activate", "id", "") == ["all", NUMBER_ID]
    assert "ml" in await suggested("switch-off", "what", "machine")
    await keeper.run("switch-off", what="ml")
    assert await suggested("switch-on", "what", "") == ["ml"]
    assert await suggested("add", "topic", "regression metr") == ["eval.regression-metrics"]
    assert await suggested("find", "topic", "all of math") == ["math"]


async def test_topics_of_the_place_are_offered_where_its_questions_are_asked(
    world: World, keeper: Keeper, bob: Player
) -> None:
    async def offered(**where: Any) -> list[str]:
        found = await bob.member.autocomplete(world.channel, "quiz start", "topic", "convolutional")
        return [str(choice["value"]) for choice in found]

    before = await offered()
    await keeper.own(template(Kind.NUMERIC))
    assert before == []
    assert await offered() == ["dl.cnn"]
    assert await bob.member.user.autocomplete("quiz start", "topic", "convolutional") == []


# Many at once


async def test_what_an_import_brings_in_untried_is_said_to_wait_for_the_lab(
    world: World, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = world.bot.services.questions.trials
    monkeypatch.setattr(question_transfer, "PATIENCE", timedelta())
    monkeypatch.setattr(trials, "arrived", lambda: None)  # it has not come to it yet
    told = await keeper.run("import", file=file_of(template(Kind.NUMERIC)))
    assert "**1** question is more than the lab can try while you wait" in told
    await keeper.press("Import all")
    assert "One waits for the lab" in keeper.card.text
    assert "not asked before the lab has tried it" in await keeper.run("show", id=NUMBER_ID)
    await trials.try_imported()
    assert "active" in await keeper.run("show", id=NUMBER_ID)
    assert "The lab has tried all questions that were imported" in "\n".join(
        card.text for card in keeper.player.cards(keeper.where)[-2:]
    )


async def test_an_archive_is_tried_told_and_imported_as_a_whole(world: World, keeper: Keeper, second: Keeper) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for kind in (Kind.MULTIPLE_CHOICE, Kind.NUMERIC):
            archive.writestr(f"{kind.value}.yaml", write(template(kind)))
    told = await keeper.run("import", file=("two.zip", packed.getvalue()))
    assert "**2** new" in told
    assert CHOICE_ID in told
    await world.restart()
    await keeper.press("Import all")
    assert "2 questions imported" in keeper.card.text
    assert "in beta" in keeper.card.text
    told = await keeper.run("activate", id="all")
    assert "0 questions activated. 2 wait for another moderator" in told
    assert "2 questions activated" in await second.run("activate", id="all")
    result = await keeper.player.slash("question export", keeper.where)
    [answer] = [one for one in [result.response, *result.followups] if one is not None and one.attachments]
    again = await answer.attachments[0].read()
    told = await keeper.run("import", file=("again.zip", again))
    assert "**2** already here" in told
    assert "There is nothing to import" in told


async def test_an_import_with_a_mistake_says_where_and_takes_nothing(keeper: Keeper) -> None:
    text = write(template(Kind.NUMERIC)).replace("answer: ", "anser: ")
    told = await keeper.run("import", file=("one.yaml", text.encode()))
    assert "Nothing was imported" in told
    assert re.search(r"one\.yaml:\d+", told)
    assert "This server has no questions of its own" in await keeper.run("export")


async def test_an_import_can_be_called_off(keeper: Keeper) -> None:
    await keeper.run("import", file=file_of(template(Kind.NUMERIC)))
    await keeper.press("Cancel")
    assert "Nothing was imported" in keeper.card.text
    assert "no questions of its own" in await keeper.run("export")
