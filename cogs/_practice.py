"""What somebody who practices alone presses: reviews, today's step of a plan, a round on one topic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self, cast

import discord
from discord import ui

from bot.counting import counted
from bot.errors import UserError
from bot.rounds.events import Kind, Mode
from bot.services.plans import DoneStep, RestStep, ReviewStep, RoundStep
from bot.services.reviews import QUIZ_TYPES, Explanation, ReviewDay
from bot.services.starting import Format
from cogs._components import services
from cogs._errors import acknowledge, failures_told, tell
from cogs._layout import NEUTRAL, layout
from cogs._start import start_round, wish_here
from cogs._text import code_block, escape, shorten
from questions.bank import Choice
from questions.model import Level
from questions.taxonomy import taxonomy

TEMPLATE = r"practice:(?P<what>review|more|today|topic):(?P<topic>[a-z0-9.-]{0,80})"
TOPIC_QUESTIONS = 3
EXPLAINED = 900
"""Characters of one explanation."""


class PracticeGo(ui.DynamicItem[ui.Button[ui.LayoutView]], template=TEMPLATE):
    """Starts what it says at once."""

    def __init__(self, button: ui.Button[ui.LayoutView], what: str, topic: str) -> None:
        super().__init__(button)
        self.what = what
        self.topic = topic

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(cast("ui.Button[ui.LayoutView]", item), match["what"], match["topic"])

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            await acknowledge(interaction)
            match self.what:
                case "today":
                    await start_today(interaction)
                case "topic":
                    await start_topic(interaction, self.topic)
                case _:
                    await start_reviews(interaction, more=self.what == "more")


def go(
    what: str, label: str, topic: str = "", style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> PracticeGo:
    """A button that starts reviews ("review", "more"), the plan's step ("today") or a round on a topic ("topic")."""
    button: ui.Button[ui.LayoutView] = ui.Button(label=label[:80], style=style, custom_id=f"practice:{what}:{topic}")
    return PracticeGo(button, what, topic)


# Reviews


async def start_reviews(interaction: discord.Interaction, *, more: bool = False) -> None:
    """Shows what the day holds to this person alone, and starts the round of what is due. Raises UserError."""
    reviews = services(interaction).reviews
    day = await reviews.today(interaction.user.id, interaction.guild_id, more=more)
    await interaction.followup.send(view=layout(review_blocks(day), review_rows(day), accent=NEUTRAL), ephemeral=True)
    if day.explain:
        await reviews.explained(interaction.user.id, [one.card for one in day.explain])
    if day.questions:
        await _start_review_round(interaction, day)


async def _start_review_round(interaction: discord.Interaction, day: ReviewDay) -> None:
    wish = replace(
        await wish_here(interaction, day.kind, None, None),
        level=day.level,
        format=Format.CODE if day.kind is Kind.CODE else Format.MIXED,
        count=len(day.questions),
        questions=day.questions,
    )
    await start_round(interaction, wish)


def review_blocks(day: ReviewDay) -> list[str]:
    """What a day of reviews looks like in words."""
    blocks = [f"## Review\n{_today(day)}"]
    if day.explain:
        blocks += ["**These keep slipping.** Read them once; I ask about them tomorrow.", *map(_explained, day.explain)]
    if ahead := _ahead(day):
        blocks.append(f"-# {ahead}")
    return blocks


def review_rows(day: ReviewDay) -> Sequence[Sequence[ui.Item[Any]]]:
    simpler = dict.fromkeys(one.simpler for one in day.explain if one.simpler)
    row: list[ui.Item[Any]] = []
    row += [go("topic", f"First: {taxonomy().name(slug)}", slug) for slug in list(simpler)[:4]]
    if not day.questions and not day.explain and day.later:
        row.append(go("more", "Some more today"))
    return [row]


def _today(day: ReviewDay) -> str:
    if not day.cards:
        return (
            "Nothing to repeat yet. What you miss in a round comes back here when it is about to fade: a point that "
            "was not in your answer, a wrong choice, a wrong number. **/quiz start** begins."
        )
    if day.questions:
        many = len(day.questions)
        what = "a coding task" if day.kind is Kind.CODE else "one question" if many == 1 else f"{many} questions"
        behind = "something that you once missed" if day.points == 1 else f"{day.points} things that you once missed"
        rest = f" {counted(day.waiting, 'more thing')} today after that." if day.waiting else ""
        first = " Another question on the topic comes first, so that it is not just recited." if day.between else ""
        return f"**{what.capitalize()}** for {behind}.{first}{rest}"
    if day.explain:
        return "Nothing else is due right now."
    if day.done:
        return f"That is all for today: {counted(day.done, 'thing')} repeated. Well done."
    if day.waiting or day.later:
        return "What is due was just asked. Answer something else first, or come back tomorrow."
    soon = "tomorrow" if day.next_due == 1 else f"in {day.next_due} days"
    return f"Nothing is due today. The next of your {counted(day.cards, 'thing')} comes {soon}."


def _ahead(day: ReviewDay) -> str:
    if day.later:
        return (
            f"And {day.later} more over the next days, the most important first: about {day.tomorrow} tomorrow. "
            "Nothing is lost by spreading them."
        )
    return f"Tomorrow: {counted(day.tomorrow, 'thing')}." if day.tomorrow else ""


def _explained(one: Explanation) -> str:
    claim = escape(one.claim)
    text = shorten(one.text, EXPLAINED) if "```" not in one.text else code_block(one.text, limit=EXPLAINED)
    return f"**{one.topic}** · {claim}\n{text}"


# Plans


async def start_today(interaction: discord.Interaction) -> None:
    """Starts today's step of the person's plan. Raises UserError."""
    view = await services(interaction).plans.view(interaction.user.id, interaction.guild_id)
    match view.step:
        case ReviewStep():
            await start_reviews(interaction)
        case RoundStep() as step:
            await start_step(interaction, step, view.plan.goal.level)
        case RestStep():
            await tell(
                interaction,
                "Rest today. What you know now you will know tomorrow, and sleep does more for it than one more round.",
            )
        case DoneStep():
            over = "Its day has come. **/plan set** makes the next one." if view.plan.over else ""
            await tell(interaction, over or "Today's part is done. More tomorrow; **/quiz start** goes on if you like.")


async def start_step(interaction: discord.Interaction, step: RoundStep, level: Level) -> None:
    wish = replace(
        await wish_here(interaction, step.kind, None, None),
        level=level,
        mode=step.mode,
        topic=step.topic,
        format=step.format,
        count=step.count,
    )
    await start_round(interaction, wish)


async def start_topic(interaction: discord.Interaction, topic: str) -> None:
    """Starts a quiz on a topic at the person's level. Raises UserError."""
    if topic not in taxonomy().topics:
        raise UserError("That topic is gone. Pick another one with **/quiz start**.")
    found = services(interaction)
    day = await found.reviews.today(interaction.user.id, interaction.guild_id)
    bank = await found.rounds.starting.banks.of(interaction.guild_id)
    many = len(bank.matching(Choice(QUIZ_TYPES, day.level, topic)))
    step = RoundStep(Kind.QUIZ, Format.MIXED, Mode.PRACTICE, topic, min(max(many, 1), TOPIC_QUESTIONS))
    await start_step(interaction, step, day.level)
