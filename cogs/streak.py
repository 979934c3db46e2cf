"""/streak: days in a row, forgivingly counted."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.counting import counted
from bot.practice.streak import FREEZES_A_MONTH, Streak
from bot.services.streaks import StreakView
from cogs._components import services
from cogs._daily_words import listed
from cogs._errors import acknowledge
from cogs._layout import NEUTRAL, layout

_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
MARKS = str.maketrans({"#": "■", "*": "○", ".": "·", "-": " "})


class StreakCog(commands.Cog, name="Streak"):
    """Days with practice, one after the other."""

    @app_commands.command(name="streak", description="Your days in a row, and the last five weeks")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def streak(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        streaks = services(interaction).streaks
        view = await streaks.view(interaction.user.id)
        await interaction.followup.send(view=layout(streak_blocks(view), accent=NEUTRAL), ephemeral=True)
        await streaks.told(interaction.user.id, view)


def streak_blocks(view: StreakView) -> list[str]:
    """A streak in words and as a calendar."""
    found = view.streak
    if not view.ever:
        begin = (
            "## Your streak\nIt begins with the first question that you finish. **/quiz start** has one; two days a "
            "month may go by without practice, and it goes on."
        )
        return [begin]
    lines = [f"## {counted(found.days, 'day')} in a row" if found.days else "## Your streak", _standing(found)]
    if view.news:
        lines.append(news_line(view))
    left = found.freezes_left
    spare = "Both of this month's freezes are left." if left == FREEZES_A_MONTH else _left(left)
    return ["\n".join(lines), _calendar(view), f"-# {spare} They work by themselves when a day goes by."]


def _standing(found: Streak) -> str:
    longest = f"Your longest is {counted(found.longest, 'day')}."
    if not found.days:
        return f"Nothing is lost: {longest[0].lower()}{longest[1:-1]}, and one question today begins the next one."
    record = "Your longest so far." if found.days == found.longest else longest
    today = "Today is in." if found.today else "One question keeps it going today."
    return f"{today} {record}"


def news_line(view: StreakView) -> str:
    """Which days freezes took the place of, as far as the person was not told."""
    named = listed([f"{day:%A} the {_ordinal(day.day)}" for day in view.news[-3:]])
    took = "a freeze took its place" if len(view.news) == 1 else "freezes took their place"
    return f"{named} went by without practice; {took}, and your streak of {counted(view.streak.days, 'day')} goes on."


def _left(left: int) -> str:
    return "One of this month's two freezes is left." if left == 1 else "This month's two freezes are used."


def _calendar(view: StreakView) -> str:
    weeks = (f"{week.monday:%b} {week.monday.day:>2}  " + " ".join(week.marks.translate(MARKS)) for week in view.weeks)
    shown = "\n".join(line.rstrip() for line in ("        M T W T F S S", *weeks))
    return f"```\n{shown}\n```\n-# ■ practiced   ○ freeze   · none"


def _ordinal(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{_ENDINGS.get(number % 10, 'th')}"


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(StreakCog())
