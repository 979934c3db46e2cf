"""Reviewers see all of a question, what was said about it before, and what has changed since."""

from __future__ import annotations

import pytest

from bot.services.drafts import Kind
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import FreeText, MultipleChoice
from tests.cogs.keeping import Keeper, file_of
from tests.cogs.limits import walk
from tests.cogs.world import World, said
from tests.services.caring import template
from tests.services.scripted import ScriptedJudge

CHOICE = template(Kind.MULTIPLE_CHOICE)
TEXT = template(Kind.FREE_TEXT)
SHIPPED = "eval.classification-metrics.rare-positives"


@pytest.fixture
def judge() -> ScriptedJudge:
    return ScriptedJudge()


async def suggested(member: Keeper, keeper: Keeper, question: AnyQuestion) -> None:
    """A member's question, as it lies before a moderator."""
    await member.run("suggest", file=file_of(question))
    await member.hand_in()
    await opened(keeper)


async def opened(keeper: Keeper) -> None:
    await keeper.run("review")
    await keeper.pick("Open a question", (await keeper.options("Open a question"))[0])


async def returned(keeper: Keeper, note: str) -> None:
    await keeper.fill(await keeper.press("Return…"), {"note": note})


def plain(text: str) -> str:
    return text.replace("\\", "")


async def test_a_short_question_stands_whole_on_the_card_of_its_review(keeper: Keeper, member: Keeper) -> None:
    assert isinstance(CHOICE, MultipleChoice)
    await suggested(member, keeper, CHOICE)
    shown = plain(keeper.card.text)
    for option in CHOICE.options:
        assert option.text in shown
        assert option.why in shown
    assert CHOICE.references[0].title in shown
    assert "See all" not in keeper.card.buttons


@pytest.mark.parametrize("kind", [Kind.FREE_TEXT, Kind.BEHAVIORAL, Kind.CODE])
async def test_a_long_one_is_read_page_by_page_beside_its_card(
    world: World, keeper: Keeper, member: Keeper, kind: Kind
) -> None:
    question = template(kind)
    await suggested(member, keeper, question)
    text = plain(said(await keeper.press("See all")))
    assert "page 1 of " in text
    await world.restart()
    while "Next" in keeper.card.buttons:
        await keeper.press("Next")
        text += plain(keeper.card.text)
    for reference in question.references:
        assert reference.author in text
    if isinstance(question, FreeText):
        for wrong in question.misconceptions:
            assert wrong.why_wrong in text
        assert question.model_answer.full in text
        assert question.calibration_answers[1].text in text
    if isinstance(question, CodeTask):
        assert question.followups[0].model in text


async def test_a_second_review_shows_the_earlier_note_and_what_has_changed_since(
    keeper: Keeper, member: Keeper
) -> None:
    assert isinstance(CHOICE, MultipleChoice)
    await suggested(member, keeper, CHOICE)
    await returned(keeper, "Say why option b is wrong.")
    told = member.player.cards(member.player.dm)[-1].text
    assert f"Your question “{CHOICE.prompt[:40]}" in told
    assert "in **Study group**:\n> Say why option b is wrong.\n" in told
    await opened_draft(member)
    await member.fill(await member.press("What to remember"), {"takeaway": "Look at the rows behind a figure."})
    await member.hand_in()
    await opened(keeper)
    shown = keeper.card.text
    assert f"**Returned before** · <@{keeper.player.id}> <t:" in shown
    assert "> Say why option b is wrong." in shown
    assert "**What has changed since**" in shown
    assert "> **now** · Look at the rows behind a figure." in shown
    assert "Option" not in shown.partition("**What has changed since**")[2].partition("**Prompt**")[0]
    assert " · came back after changes · " in await keeper.run("review")
    await opened(keeper)
    await returned(keeper, "And now?")
    await opened_draft(member)
    await member.hand_in()
    assert " · came back unchanged · " in await keeper.run("review")
    await opened(keeper)
    assert "**Nothing has changed since**" in keeper.card.text
    assert keeper.card.text.index("And now?") < keeper.card.text.index("Say why")
    await keeper.press("Approve")
    assert "is published as version 1" in keeper.card.text


async def opened_draft(member: Keeper) -> None:
    await member.run("drafts")
    await member.pick("Open a draft", (await member.options("Open a draft"))[0])


async def test_changes_that_do_not_fit_on_the_card_are_behind_a_button(keeper: Keeper, member: Keeper) -> None:
    assert isinstance(TEXT, FreeText)
    await suggested(member, keeper, TEXT)
    await returned(keeper, "Shorter, please.")
    changed = TEXT.model_copy(
        update={
            "prompt": "Why do sorted batches hurt, and what would you change?",
            "misconceptions": TEXT.misconceptions[:1],
            "calibration_answers": tuple(
                answer.model_copy(update={"misconceptions": answer.misconceptions[:1]})
                for answer in TEXT.calibration_answers
            ),
        }
    )
    await member.run("suggest", file=file_of(changed))
    await member.hand_in()
    await opened(keeper)
    assert "**Changed since** · Prompt; Misconception 2 (taken out)" in keeper.card.text
    told = said(await keeper.press("Changed since it was returned"))
    assert "What its author has changed" in told
    assert "**Misconception 2** · taken out" in told
    assert "> The data set must hold too many horses." in told


@pytest.mark.parametrize("kind", [Kind.FREE_TEXT, Kind.CODE])
async def test_a_card_with_all_that_can_be_on_it_is_taken_by_discord(
    world: World, keeper: Keeper, member: Keeper, kind: Kind
) -> None:
    question = template(kind)
    await keeper.own(question)
    hints = tuple(f"{hint} Think of it step by step." for hint in question.hints)
    await suggested(member, keeper, question.model_copy(update={"hints": hints}))
    for number in range(3):
        await returned(keeper, f"Once more, {number}. " + "Say it in other words. " * 40)
        if number == 2:
            prompt = f"{question.prompt} And what else do you see?"
            hints = tuple("Think of what you saw, " * 12 + hint for hint in question.hints)
            changed = question.model_copy(update={"prompt": prompt, "hints": hints, "levels": question.levels[:1]})
            await member.run("suggest", file=file_of(changed))
        else:
            await opened_draft(member)
        await member.hand_in()
        await opened(keeper)
    assert {"See all", "Changed since it was returned", "What has changed", "Lab report", "As a file"} <= set(
        keeper.card.buttons
    )
    assert "… and 1 earlier note: **/question log**" in keeper.card.text
    assert sum(1 for _ in walk(keeper.card.message.components)) <= 40
    told = said(await keeper.press("What has changed"))
    assert "compared with version 1" in told


async def test_a_question_in_short_has_its_sources_with_their_years(keeper: Keeper, member: Keeper) -> None:
    await suggested(member, keeper, TEXT)
    assert "-# In short." in keeper.card.text
    first = TEXT.references[0]
    assert f"**Sources** · {first.title} · {first.author} · {first.year}" in plain(keeper.card.text)


async def test_one_doubt_is_one_doubt(keeper: Keeper, member: Keeper) -> None:
    assert isinstance(CHOICE, MultipleChoice)
    options = [one.model_copy(update={"why": "Because."}) if one.id == "b" else one for one in CHOICE.options]
    await suggested(member, keeper, CHOICE.model_copy(update={"options": tuple(options)}))
    assert "lab: 1 doubt\n" in f"{await keeper.run('review')}\n"


# Files for a draft that is there


async def test_a_file_of_a_question_that_one_drafts_already_takes_its_place(keeper: Keeper, member: Keeper) -> None:
    await member.run("suggest", file=file_of(CHOICE))
    changed = CHOICE.model_copy(update={"prompt": "What do the two figures tell together?"})
    result = await member.player.slash("question suggest", member.where, file=file_of(changed))
    assert "so draft 1 now says what the file says" in said(result)
    [drafts] = await member.world.bot.services.questions.drafts.mine(member.world.guild.id, member.player.id)
    assert drafts.fields["prompt"] == changed.prompt
    [told] = [one for one in [result.response, *result.followups] if one is not None and one.attachments]
    assert CHOICE.prompt[:40] in (await told.attachments[0].read()).decode()
    assert "says just that already" in await member.run("suggest", file=file_of(changed))
    await member.hand_in()
    assert "waits for a review. Take it back first" in await member.run("suggest", file=file_of(CHOICE))
    assert "It is kept as a draft" in await keeper.run("add", file=file_of(CHOICE)), "somebody else's draft is theirs"


async def test_ones_own_drafts_are_offered_where_a_file_may_replace_one(world: World, keeper: Keeper) -> None:
    await keeper.run("add", file=file_of(CHOICE))
    await keeper.run("add", file=file_of(TEXT))

    async def offered(text: str) -> list[int]:
        found = await keeper.player.member.autocomplete(world.channel, "question add", "draft", text)
        return [int(choice["value"]) for choice in found]

    assert sorted(await offered("")) == [1, 2]
    assert await offered("animal photos") == [2]
    assert await offered("1") == [1]


# History


async def test_a_shipped_question_has_a_history_of_being_switched(keeper: Keeper) -> None:
    await keeper.run("switch-off", what=SHIPPED)
    told = await keeper.run("history", id=SHIPPED)
    assert "**Switched off**" in told
    assert "no version of its own" in told
    assert "is shipped, and this server has not changed it" in await keeper.run("diff", id=SHIPPED)


async def test_a_long_history_is_read_page_by_page(world: World, keeper: Keeper) -> None:
    await keeper.own(CHOICE)
    for number in range(6):
        await keeper.run("retire", id=CHOICE.id, reason=f"round {number}")
        await keeper.run("restore", id=CHOICE.id)
    told = await keeper.run("history", id=CHOICE.id)
    assert "page 1 of 2" in told
    assert "round 5" in told
    assert "**Version 1**" not in told
    await world.restart()
    await keeper.press("Older")
    assert "**Version 1** · current" in keeper.card.text
    assert "round 0" in keeper.card.text
