"""/privacy: what is held on a person, to see, to take along, to limit, and to erase; shown to them alone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Self, cast

import aiohttp
import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.counting import counted
from bot.errors import UserError
from bot.services.posting import PlaceGoneError, PostError
from bot.services.privacy import RETENTIONS, Outdated, Overview
from bot.services.privacy_export import Export, ExportFile
from bot.store.held import RULES
from bot.store.privacy import Erased
from cogs._components import services
from cogs._errors import acknowledge, failures_told, tell
from cogs._layout import NEUTRAL, QUIET, layout
from cogs._places import CLOSED_TO_US
from cogs._text import escape
from cogs.leaderboard import LeaderboardCog

VALID = timedelta(minutes=5)
"""How long a button that takes something away can be pressed."""
TEMPLATE = r"privacy:(?P<what>erase|keep-[0-9]{1,4}):(?P<user>[0-9]{1,20}):(?P<until>[0-9]{1,12})"
ARCHIVED = 50083
"""Discord's code for what cannot be done in a thread that is archived."""
KEEPING = [
    *(app_commands.Choice(name=f"{days} days", value=days) for days in RETENTIONS),
    app_commands.Choice(name="keep, until I erase it", value=0),
]
PLACES = [
    app_commands.Choice(name="here, for you alone", value="here"),
    app_commands.Choice(name="in a direct message", value="dm"),
]

NEVER = (
    "**Never kept** · what you write anywhere that is no answer to me; voice; e-mail; who your friends are; which "
    "servers you are in, beyond where you used me. No other service gets anything, and what you typed is in no log."
)
COMMANDS = (
    "-# **/privacy export** gives you all of it · **/privacy retention** limits how long your words are kept · "
    "**/privacy erase** removes everything · **/privacy boards** sets how boards name you"
)
STAYS = (
    "What I cannot remove from Discord: messages that you wrote yourself, the names of threads, weekly posts, and what "
    "was shown to one person in answer to a click. Questions of yours that a server has published stay there, without "
    "your name. A server that has blocked you keeps your id for that, and nothing else."
)


class DiscordCleaner:
    """Removes the bot's messages (`bot.services.privacy.Cleaner`) on a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def remove(self, channel_id: int, message_id: int) -> None:
        message = self._client.get_partial_messageable(channel_id).get_partial_message(message_id)
        try:
            try:
                await message.delete()
            except discord.HTTPException as error:
                if error.code != ARCHIVED:
                    raise
                # A round's own thread is archived after a day; it archives itself again.
                thread = await self._client.fetch_channel(channel_id)
                if not isinstance(thread, discord.Thread):
                    raise
                await thread.edit(archived=False)
                await message.delete()
        except discord.NotFound:
            return
        except discord.HTTPException as error:
            if error.status == 429 or error.status >= 500:
                raise PostError(str(error)) from error
            raise PlaceGoneError(str(error)) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise PostError(str(error)) from error


# What is said


def overview_blocks(found: Overview) -> list[str]:
    """What is held on a person, in plain words."""
    if found.person is None and not found.counts:
        nothing = "I hold nothing on you. That begins with your first round, or when you set something."
        return ["## What I hold on you", nothing, NEVER]
    since = f"Since <t:{int(found.since.timestamp())}:D>. " if found.since else ""
    head = f"## What I hold on you\n{since}Nobody but you sees your answers, unless you let them be quoted."
    lines = [f"{kind.capitalize()} · **{many}**" for kind, many in found.counts.items()]
    blocks = [head, "\n".join(lines) or "No rounds yet."]
    blocked = RULES["blocks"].what
    if blocked in found.counts:
        blocks.append(
            "-# Moderators of a server have noted that you are blocked there. That note is theirs: it stays when you "
            "are erased, with your id alone."
        )
    return [*blocks, "\n".join(_settings(found)), NEVER, COMMANDS]


def _settings(found: Overview) -> list[str]:
    person = found.person
    if person is None:
        return []
    name = f"**{escape(person.name)}**" if person.name else "not known"
    called = f"as **{escape(person.nickname)}**" if person.nickname else "under your Discord name"
    quoted = {True: "may be quoted", False: "are not quoted", None: "are not quoted; I ask once in a group round"}
    kept = f"removed after {found.retention_days} days" if found.retention_days else "kept until you erase it"
    return [
        f"**Your name** · {name}",
        f"**Boards** · {'you are on none' if person.hidden else f'you are listed {called}'}",
        f"**Quotes** · your answers {quoted[person.quotes]}",
        f"**Time zone** · {escape(person.zone) if person.zone else 'none set'}",
        f"**What you type** · {kept}",
    ]


def erase_blocks() -> list[str]:
    """What is asked before somebody is erased."""
    gone = (
        "Gone for good: your rounds with every answer, program, picture and grade, your results, ratings, active days "
        "and places on boards, daily questions, review cards, plans, drafts and reports, your name and your settings. "
        "Open rounds of yours end now.\n"
        "Group rounds and interviews with others stay as they were for them, with you as *a former member*."
    )
    before = "-# **/privacy export** first, if you want to keep a copy. There is no way back."
    return ["## Erase everything of yours?", gone, STAYS, before]


def erased_blocks(erased: Erased) -> list[str]:
    """What is said once somebody is erased."""
    done = f"{counted(erased.rounds, 'round')} of yours deleted"
    if erased.shared:
        done += f", {len(erased.shared)} with others in which you are a former member now"
    blocks = ["## Everything of yours is erased", f"{done}."]
    if erased.messages:
        many = "My message" if erased.messages == 1 else f"My {erased.messages} messages"
        blocks.append(f"{many} about your rounds will go from Discord in a while, as fast as Discord lets me.")
    return [*blocks, STAYS]


def _amount(found: Outdated) -> str:
    answers = counted(found.answers, "answer")
    pictures = f" and {counted(found.pictures, 'picture')}" if found.pictures else ""
    return answers + pictures


def _promise(days: int) -> str:
    return (
        f"From now on the words of your answers, your programs and pictures are removed after {days} days, once a day. "
        "Scores, letters that you chose, reports and open rounds stay, and so do messages in Discord."
    )


# Buttons


def danger(what: str, user: int, now: datetime, label: str) -> PrivacyButton:
    """A button that takes something away, for a person, for five minutes."""
    until = int((now + VALID).timestamp())
    button: ui.Button[ui.LayoutView] = ui.Button(
        label=label, style=discord.ButtonStyle.danger, custom_id=f"privacy:{what}:{user}:{until}"
    )
    return PrivacyButton(button, what, user, until)


class PrivacyButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=TEMPLATE):
    """Erases everything of a person, or begins to remove their words after some days."""

    def __init__(self, button: ui.Button[ui.LayoutView], what: str, user: int, until: int) -> None:
        super().__init__(button)
        self.what, self.user, self.until = what, user, until

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        button = cast("ui.Button[ui.LayoutView]", item)
        return cls(button, match["what"], int(match["user"]), int(match["until"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            await acknowledge(interaction)
            await self._press(interaction)

    async def _press(self, interaction: discord.Interaction) -> None:
        if interaction.user.id != self.user:
            raise UserError("That button is for somebody else. **/privacy** is yours.")
        if interaction.created_at.timestamp() > self.until:
            raise UserError("That was asked more than five minutes ago. Use the command again, to be sure.")
        privacy = services(interaction).privacy
        if self.what == "erase":
            blocks = erased_blocks(await privacy.erase(self.user))
        else:
            days = int(self.what.removeprefix("keep-"))
            removed = await privacy.set_retention(self.user, days)
            blocks = [f"✓ {counted(removed, 'answer')} removed.", _promise(days)]
        await interaction.edit_original_response(view=layout(blocks, accent=QUIET))


# Commands


class PrivacyCog(commands.Cog, name="Privacy"):
    """A person's own data."""

    def __init__(self, bot: commands.Bot) -> None:
        self.bot = bot

    privacy = app_commands.Group(
        name="privacy",
        description="What I hold on you: see it, take it with you, limit it, erase it",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
    )

    @privacy.command(name="show", description="What I hold on you, how much, and what you have set")
    async def show(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        found = await services(interaction).privacy.overview(interaction.user.id)
        await interaction.followup.send(view=layout(overview_blocks(found), accent=NEUTRAL), ephemeral=True)

    @privacy.command(name="export", description="Everything I hold on you, as a file")
    @app_commands.describe(where="Where you get it (here, for you alone, unless you say otherwise)")
    @app_commands.choices(where=PLACES)
    @app_commands.checks.cooldown(3, 60.0)
    async def export(self, interaction: discord.Interaction, where: app_commands.Choice[str] | None = None) -> None:
        await acknowledge(interaction)
        export = await services(interaction).privacy.export(interaction.user.id)
        if where is not None and where.value == "dm":
            await _send_directly(interaction.user, export)
            await tell(interaction, "It is in our direct messages.")
            return
        for number, file in enumerate(export.files):
            await interaction.followup.send(_words(export, number), file=_file(file), ephemeral=True)

    @privacy.command(name="erase", description="Remove everything of yours, for good; I ask once")
    async def erase(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        button = danger("erase", interaction.user.id, interaction.created_at, "Erase everything of mine")
        await interaction.followup.send(view=layout(erase_blocks(), [[button]], accent=QUIET), ephemeral=True)

    @privacy.command(name="retention", description="How long what you type is kept")
    @app_commands.describe(days="After how many days your answers, programs and pictures are removed")
    @app_commands.choices(days=KEEPING)
    async def retention(self, interaction: discord.Interaction, days: app_commands.Choice[int]) -> None:
        await acknowledge(interaction)
        found, who = services(interaction).privacy, interaction.user.id
        if not days.value:
            await found.set_retention(who, None)
            await tell(interaction, "What you type is kept until you erase it.")
            return
        old = await found.outdated(who, days.value)
        if not old.answers:
            await found.set_retention(who, days.value)
            await tell(interaction, f"{_promise(days.value)} Nothing is as old as that now.")
            return
        blocks = [
            f"**{_amount(old)}** of yours, older than {days.value} days, would go now.",
            _promise(days.value),
        ]
        button = danger(f"keep-{days.value}", who, interaction.created_at, f"Remove after {days.value} days")
        await interaction.followup.send(view=layout(blocks, [[button]], accent=QUIET), ephemeral=True)

    @privacy.command(name="boards", description="Whether you are on boards, under which name, and may be quoted")
    @app_commands.describe(
        listed="Whether boards list you",
        nickname="What boards call you; - goes back to your name",
        quotes="Whether your best answers may be quoted, with your name, in group rounds",
    )
    async def boards(
        self,
        interaction: discord.Interaction,
        listed: bool | None = None,
        nickname: str | None = None,
        quotes: bool | None = None,
    ) -> None:
        # The other command itself, so that there is one way to do it; its type does not know of the cog.
        same = cast("Any", LeaderboardCog.privacy).callback
        await same(self.bot.get_cog(LeaderboardCog.__cog_name__), interaction, listed, nickname, quotes)


def _words(export: Export, number: int) -> str:
    if number:
        return f"Part {number + 1} of {len(export.files)}"
    more = f" It comes in {len(export.files)} parts." if len(export.files) > 1 else ""
    notes = "".join(f"\n-# {note}" for note in export.notes)
    return f"Everything that I hold on you. README.txt in it explains the files.{more}{notes}"


def _file(file: ExportFile) -> discord.File:
    return discord.File(BytesIO(file.content), file.name)


async def _send_directly(user: discord.User | discord.Member, export: Export) -> None:
    """Raises UserError where direct messages are closed to the bot."""
    try:
        for number, file in enumerate(export.files):
            await user.send(_words(export, number), file=_file(file))
    except discord.HTTPException as error:
        if error.status == 403 or error.code == CLOSED_TO_US:
            raise UserError(
                "Your direct messages are closed to me, so I cannot send it there. **/privacy export** without "
                "`where` shows it here, to you alone."
            ) from error
        raise


async def setup(bot: commands.Bot) -> None:
    bot.add_dynamic_items(PrivacyButton)
    await bot.add_cog(PrivacyCog(bot))
