"""/help: everything on one screen."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from cogs._layout import layout

INTRO = (
    "## Mockloop\n"
    "Mock interviews for machine-learning roles. Every answer is read and every program run offline, and every grade "
    "shows what earned it."
)
ALONE = (
    "**Practice alone** (here, or in a direct message to me)\n"
    "**/quiz start** · questions on ML, deep learning, data, evaluation, math, NLP and operations\n"
    "**/code start** · a task in Python: run in a sandbox, judged, and followed up as in an interview\n"
    "**/code challenge** · predict hidden labels over several days\n"
    "**/behavioral start** · one story from your work, read sentence by sentence\n"
    "**/daily on** · a question a day by direct message, at a time of yours\n"
    "**/plan set** · a study plan up to your interview · **/review** · what you missed, when it is about to fade\n"
    "**/readiness** · how ready you are for each round, and on what evidence · **/streak** · your days in a row\n"
    "**/history** · your rounds, every question, answer and grade\n"
    "**/round resume** · show your open round again · **/round stop** · end it\n"
    "**/progress** · your ratings, their course and your active days · **/timezone** · by which clock days are yours\n"
    "**/privacy show** · what I hold on you; **/privacy export** takes it along, **/privacy erase** removes it"
)
ANSWERING = (
    "**How to answer** · Press **Answer** for a form, reply to the question, or just type in a direct message. "
    "Multiple choice: press a letter. Code: **Submit code**, a .py file, or a code block; **Run samples** is free. "
    "Hints show their cost before you take them. "
    "You can stop at any time; nothing you send is lost."
)
GROUPS = (
    "**In a group** · **/mock host** begins a round for everybody in the channel: private answers, one board. "
    "**/leaderboard show** · who is where; **/leaderboard privacy** · whether and how it names you. "
    "Rounds of one person open in a private thread where the server allows it."
)
MODERATORS = (
    "**If you run the server** · **/settings show** tells how it is set up and how to change that: whether rounds "
    "open in threads, in which channels they start, seasons, a weekly post, who moderates, and who is blocked. "
    "🚩 under a question reports what is wrong with it.\n"
    "**Questions of your own** · **/question suggest** is for everybody, and so is **Add as question** in the menu of "
    "a message; moderators have **/question add**, **/question review**, **/question find** and the rest."
)


class HelpCog(commands.Cog, name="Help"):
    """What the bot can do, for people alone, groups and moderators."""

    @app_commands.command(name="help", description="What I can do, on one screen")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def help(self, interaction: discord.Interaction) -> None:
        view = layout([INTRO, ALONE, ANSWERING, GROUPS, MODERATORS])
        await interaction.response.send_message(view=view, ephemeral=True)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(HelpCog())
