"""/daily: a question a day by direct message, at a time of one's own."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import replace
from typing import Any, Self, cast

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.errors import UserError
from bot.schedule import find_zone, local_day
from bot.services.daily import MIX, DailyPlan, plan_of
from bot.services.daily_schedule import EVERY_DAY, Pace, zone_of
from bot.services.posting import PostError
from bot.store.daily import Status, SubscriptionRow
from bot.store.rounds import Place, Surface
from cogs._components import services
from cogs._daily_words import (
    DAY_CHOICES,
    KIND_CHOICES,
    ZONE_OF_LOCALE,
    parse_days,
    parse_kinds,
    parse_time,
    parse_until,
)
from cogs._errors import UNSENT, acknowledge, failures_told, tell
from cogs._places import CLOSED_TO_US, link, poster
from cogs._render_daily import (
    FORM,
    PACE_NAMES,
    TEMPLATE,
    change_form,
    days_lines,
    next_line,
    notice_view,
    settings_view,
)
from cogs._start import LEVELS
from cogs._zones import chosen_zone, here_and_there, zone_choices, zone_label
from cogs.streak import news_line
from questions.model import Level

_log = logging.getLogger(__name__)

HELLO = "📬 Your daily question comes here."
HELLO_ONCE = "📬 Here is a question."
BESIDE = {Status.ON: "The daily one comes as before.", Status.PAUSED: "The daily one stays paused."}
BEGIN = "**/daily on** brings one every day."
CLOSED = (
    "Your direct messages are closed to me, so the question cannot come there. Open them in the privacy settings of a "
    "server that we share, or install me for your account, and use **/daily on** again. Or let it come in a server: "
    "use **/daily on** there and choose a **channel**."
)
NOT_YOURS = "That belongs to somebody else's daily question. **/daily on** begins your own."
_ANSWERED_WITHIN = 2.5
"""Seconds for whoever handles a click to answer it; Discord allows three."""
_LOOK = 0.1


class DailyButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=TEMPLATE):
    """A button under the settings of a daily question, or on top of a question."""

    def __init__(self, item: ui.Button[ui.LayoutView], user: int, action: str) -> None:
        super().__init__(item)
        self.user = user
        self.action = action

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(cast("ui.Button[ui.LayoutView]", item), int(match["user"]), match["action"])

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            if interaction.user.id == self.user:
                await _press(interaction, self.action)
            else:
                await tell(interaction, NOT_YOURS)


async def _press(interaction: discord.Interaction, action: str) -> None:
    daily, user = services(interaction).daily, interaction.user.id
    if action == "change":
        # A form cannot follow an acknowledgement: it is the acknowledgement.
        await interaction.response.send_modal(change_form(await daily.get(user)))
        return
    await acknowledge(interaction)
    match action:
        case "on":
            row = await daily.get(user)
            if row.place is None or row.place.server_id is None:
                await _open_dm(interaction)
            await _show(interaction, await daily.resume(user))
        case "off":
            await _show(interaction, await daily.turn_off(user))
        case "now":
            await _send_now(interaction)
        case _ if action in set(Pace):
            row = await daily.slow_down(user, Pace(action))
            await _thank(interaction, Pace(action), row)
        case _:
            raise UserError("I do not know that button any more.")


async def _show(interaction: discord.Interaction, row: SubscriptionRow, lines: tuple[str, ...] = ()) -> None:
    """The settings, in the message whose button was pressed if it shows them, else for this person alone."""
    view = settings_view(row, await services(interaction).daily.window(row), lines)
    source = interaction.message
    if source is not None and source.flags.ephemeral:
        await interaction.edit_original_response(view=view)
    else:
        await interaction.followup.send(view=view, ephemeral=True)


async def _thank(interaction: discord.Interaction, pace: Pace, row: SubscriptionRow) -> None:
    """Says what the person chose; the question below keeps its place, without the buttons above it."""
    source = interaction.message
    if source is not None:
        await services(interaction).deliveries.asked(source.id)
    said = "Good, it stays as it is." if pace is Pace.KEEP else f"Done: {PACE_NAMES[pace].lower()}."
    await tell(interaction, f"{said} {next_line(row, None)} **/daily status** changes it at any time.")


async def _send_now(interaction: discord.Interaction) -> None:
    found = services(interaction)
    row = await found.daily.as_set(interaction.user.id)
    if row.place is None or (row.status is Status.CLOSED and row.place.server_id is None):
        channel = await _open_dm(interaction, HELLO_ONCE if row.status is Status.OFF else HELLO)
        row = replace(row, dm_channel_id=channel)
    assert row.place is not None
    waiting = await found.rounds.open_in(row.place.channel_id, row.user_id)
    if waiting is not None:
        raise UserError(
            f"A question is waiting for you in {link(row.place)} already. Answer it or skip it first; "
            "**/round resume** shows it again."
        )
    begun = await found.deliveries.send_now(row)
    if not await found.rounds.carry_out(begun.id):
        raise UserError(f"I could not write in {link(row.place)}. I try again in a moment.")
    await tell(interaction, f"Here it is: {link(row.place)}. {BESIDE.get(row.status, BEGIN)}")


async def _open_dm(interaction: discord.Interaction, hello: str = HELLO) -> int:
    """The channel of the person's direct messages, where a first message now stands. Raises UserError if closed."""
    try:
        channel = await interaction.user.create_dm()
        await channel.send(hello)
    except discord.HTTPException as error:
        if error.status == 403 or error.code == CLOSED_TO_US:
            raise UserError(CLOSED) from error
        raise
    return channel.id


async def _open_channel(interaction: discord.Interaction, chosen: app_commands.AppCommandChannel) -> Place:
    """A place for one person's questions in a server: a private thread if it can be made. Raises UserError."""
    guild = interaction.guild
    channel = guild.get_channel(chosen.id) if guild is not None else None
    if guild is None or not isinstance(channel, discord.TextChannel):
        raise UserError("I am no member of this server, so I cannot post in it. Use **/daily on** where I am.")
    if not chosen.permissions.view_channel:
        raise UserError(f"You cannot read {channel.mention} yourself. Choose another channel.")
    allowed = channel.permissions_for(guild.me)
    if not (allowed.view_channel and allowed.send_messages):
        raise UserError(f"I cannot write in {channel.mention}. Choose another channel.")
    await services(interaction).daily.check_channel(interaction.user.id, guild.id, channel.id)
    here = Place(guild.id, channel.id, Surface.CHANNEL)
    name = f"Daily question · {interaction.user.display_name}"
    try:
        place = await poster(interaction).open_thread(here, name, [interaction.user.id], again=True)
    except PostError as error:
        raise UserError("Discord does not let me make a thread right now. Try again in a moment.") from error
    await interaction.client.get_partial_messageable(place.channel_id, guild_id=guild.id).send(HELLO)
    return place


class TextChannel(app_commands.Transformer):
    """A text channel as Discord sent it, whether or not the bot has heard of it."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        return [discord.ChannelType.text]

    async def transform(self, _: discord.Interaction, value: Any, /) -> app_commands.AppCommandChannel:
        return value


class DailyCog(commands.Cog, name="Daily"):
    """One question a day, when it suits."""

    daily = app_commands.Group(
        name="daily",
        description="A question a day, by direct message, at a time of yours",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
    )

    @daily.command(name="on", description="Get a question a day, or change how")
    @app_commands.describe(
        time="When, such as 08:30, 20:15 or 8am",
        zone="Your time zone: a city, a country or an offset, such as Berlin, India or UTC+2",
        days="On which days (every day unless you say otherwise)",
        kinds="The kinds of questions, several with commas (a mixture unless you say otherwise)",
        questions="How many, 1 to 3 (one unless you say otherwise)",
        level="The level you interview for (mid unless you say otherwise)",
        channel="Where to post it if not by direct message: in a private thread of yours there",
    )
    @app_commands.choices(level=LEVELS)
    async def on(
        self,
        interaction: discord.Interaction,
        time: str | None = None,
        zone: str | None = None,
        days: str | None = None,
        kinds: str | None = None,
        questions: app_commands.Range[int, 1, 3] | None = None,
        level: app_commands.Choice[str] | None = None,
        channel: app_commands.Transform[app_commands.AppCommandChannel, TextChannel] | None = None,
    ) -> None:
        await acknowledge(interaction)
        found, user = services(interaction), interaction.user.id
        before = await found.daily.find(user)
        if time is None and before is None:
            raise UserError("At what time shall it come? Add **time**, such as `08:30`, `20:15` or `8am`.")
        at = parse_time(time) if time is not None else None
        plan = plan_of(before) if before is not None else DailyPlan(0, 0, EVERY_DAY, MIX, 1, Level.MID)
        if at is not None:
            plan = replace(plan, hour=at.hour, minute=at.minute)
        plan = replace(
            plan,
            days=parse_days(days) if days else plan.days,
            kinds=parse_kinds(kinds) if kinds else plan.kinds,
            count=questions or plan.count,
            level=Level(level.value) if level else plan.level,
        )
        meant, guess = await _zone(interaction, zone)
        if channel is not None:
            place = await _open_channel(interaction, channel)
        else:
            place = Place(None, await _open_dm(interaction), Surface.CHANNEL)
        row = await found.daily.turn_on(user, plan, place, meant)
        lines = [f"-# {line}" for line in (at.guessed if at else "", guess) if line]
        await _show(interaction, row, tuple(lines))

    @on.autocomplete("zone")
    async def zones(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return zone_choices(current, interaction.created_at)

    @on.autocomplete("days")
    async def days(self, _: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return _choices(current, DAY_CHOICES)

    @on.autocomplete("kinds")
    async def kinds(self, _: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return _choices(current, KIND_CHOICES)

    @daily.command(name="now", description="Get one question now, with or without a daily one")
    async def now(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        await _send_now(interaction)

    @daily.command(name="pause", description="Let it rest for a while")
    @app_commands.describe(until="The day it comes again: in 3 days, Monday, 3 May (until you turn it on if empty)")
    async def pause(self, interaction: discord.Interaction, until: str | None = None) -> None:
        await acknowledge(interaction)
        daily = services(interaction).daily
        row = await daily.get(interaction.user.id)
        day = parse_until(until, local_day(interaction.created_at, zone_of(row.zone))) if until else None
        await _show(interaction, await daily.pause(interaction.user.id, day))

    @daily.command(name="off", description="No daily question any more")
    async def off(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        await _show(interaction, await services(interaction).daily.turn_off(interaction.user.id))

    @daily.command(name="status", description="When the next one comes, how it is set, and the last days")
    async def status(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        daily = services(interaction).daily
        row = await daily.get(interaction.user.id)
        lately = await daily.lately(row.user_id)
        await _show(interaction, row, (f"**The last days**\n{days_lines(lately)}",) if lately else ())

    # The form to change it

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        data = cast("dict[str, Any]", interaction.data or {})
        if interaction.type is not discord.InteractionType.modal_submit or data.get("custom_id") != FORM:
            return
        async with failures_told(interaction):
            await acknowledge(interaction)
            await _changed(interaction, _fields(cast("list[dict[str, Any]]", data.get("components", []))))


def _fields(components: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What was typed or chosen in each field of the form."""
    found: dict[str, list[str]] = {}
    for label in components:
        field = cast("dict[str, Any]", label.get("component") or {})
        chosen = cast("list[str]", field.get("values") or [str(field.get("value") or "")])
        found[str(field.get("custom_id"))] = chosen
    return found


async def _changed(interaction: discord.Interaction, fields: dict[str, list[str]]) -> None:
    daily = services(interaction).daily
    before = await daily.get(interaction.user.id)

    def text(name: str) -> str:
        return ", ".join(fields.get(name, []))

    at = parse_time(text("time"))
    plan = DailyPlan(
        hour=at.hour,
        minute=at.minute,
        days=parse_days(text("days")),
        kinds=parse_kinds(text("kinds")),
        count=min(max(int(text("count") or 1), 1), 3),
        level=before.level,
    )
    if before.status is Status.CLOSED and (before.place is None or before.place.server_id is None):
        await _open_dm(interaction)
    # What the form was filled in with needs no search.
    zone = text("zone")
    meant = zone if find_zone(zone) is not None else chosen_zone(zone, interaction.created_at)
    row = await daily.change(interaction.user.id, plan, meant)
    await _show(interaction, row, (f"-# {at.guessed}",) if at.guessed else ())


async def _zone(interaction: discord.Interaction, typed: str | None) -> tuple[str, str]:
    """The time zone that counts, and in a sentence what was guessed about it. Raises UserError."""
    now = interaction.created_at
    if typed is not None:
        meant = chosen_zone(typed, now)
        zone = find_zone(meant)
        assert zone is not None
        return meant, here_and_there(zone, now)
    known = await services(interaction).people.known_zone(interaction.user.id)
    if known is not None:
        return known, ""
    guess = ZONE_OF_LOCALE.get(interaction.locale.value)
    zone = find_zone(guess) if guess else None
    if guess is None or zone is None:
        raise UserError(
            "By which clock? Add **zone** once: a city, a country or an offset, such as `Berlin`, `India` or `UTC-5`."
        )
    return guess, f"I guessed {zone_label(guess)} from your Discord's language. {here_and_there(zone, now)}"


def _choices(typed: str, known: tuple[str, ...]) -> list[app_commands.Choice[str]]:
    """Suggestions for the last part of a list that is being typed."""
    before, comma, last = typed.rpartition(",")
    begun = f"{before}{comma} " if comma else ""
    matching = [name for name in known if name.casefold().startswith(last.strip().casefold())]
    names = [f"{begun}{name}".strip() for name in matching]
    return [app_commands.Choice(name=name, value=name) for name in names if len(name) <= 100][:25]


# What is told beside whatever somebody does


def _is_about_it(interaction: discord.Interaction) -> bool:
    """Whether a command, a click or a form was about the daily question, and tells by itself how it stands."""
    command = interaction.command
    root = getattr(command, "root_parent", None)
    if isinstance(root, app_commands.Group):
        return root.name == DailyCog.daily.name
    data = cast("dict[str, Any]", interaction.data or {})
    return str(data.get("custom_id", "")).startswith("daily:")


async def after_use(interaction: discord.Interaction) -> None:
    """Tells somebody, beside what they did, that their daily question could not reach them, and that a freeze kept
    their streak."""
    found, user = services(interaction), interaction.user.id
    notice = await found.daily.after_use(user)
    if _is_about_it(interaction):
        notice = None
    streak = await found.streaks.news(user)
    if (notice is None and streak is None) or not await _answered(interaction):
        return
    try:
        if notice is not None and await found.daily.told(user, notice):
            await interaction.followup.send(view=notice_view(user, notice), ephemeral=True)
        if streak is not None:
            await found.streaks.told(user, streak)
            await interaction.followup.send(f"{news_line(streak)} **/streak** shows it.", ephemeral=True)
    except UNSENT as error:
        _log.warning("person %s was not told what waited for them: %s", user, error)


async def _answered(interaction: discord.Interaction) -> bool:
    """Waits for whoever handles a click or a form to answer it, as anything else must come second."""
    waited = 0.0
    while not interaction.response.is_done():
        if waited >= _ANSWERED_WITHIN:
            return False
        await asyncio.sleep(_LOOK)
        waited += _LOOK
    return True


async def setup(bot: commands.Bot) -> None:
    bot.add_dynamic_items(DailyButton)
    await bot.add_cog(DailyCog())
