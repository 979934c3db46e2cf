"""Starting a round from a command or from the "once more" button of a finished one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import discord
from discord import app_commands

from bot.errors import UserError
from bot.rounds.events import Kind, Mode
from bot.services.starting import Format, Wish
from bot.store.rounds import Surface
from cogs._components import services
from cogs._errors import tell
from cogs._places import abandon, carry_out, link, place_for_round, place_here
from cogs._text import escape, shorten
from questions.kinds import AnyQuestion
from questions.model import Behavioral, Level
from questions.taxonomy import taxonomy

CHOICES = 25
"""How many suggestions Discord shows."""
LEVELS = [app_commands.Choice(name=level.value, value=level.value) for level in Level]
MODES = [
    app_commands.Choice(name="practice: feedback after every answer", value=Mode.PRACTICE.value),
    app_commands.Choice(name="exam: feedback at the end, two hints", value=Mode.EXAM.value),
]
QUIZ_FORMATS = [
    app_commands.Choice(name=wanted.value, value=wanted.value)
    for wanted in (Format.MIXED, Format.FREE_TEXT, Format.MULTIPLE_CHOICE, Format.NUMERIC)
]

Command = TypeVar("Command")


def level_and_mode(modes: Sequence[app_commands.Choice[str]] = MODES) -> Callable[[Command], Command]:
    """Describes the options `level` and `mode` of a command that starts a round."""

    def decorate(command: Command) -> Command:
        described = app_commands.describe(
            level="The level you interview for (mid unless you say otherwise)",
            mode="Practice or exam (practice unless you say otherwise)",
        )(command)
        return app_commands.choices(level=LEVELS, mode=list(modes))(described)

    return decorate


async def wish_here(
    interaction: discord.Interaction,
    kind: Kind,
    level: app_commands.Choice[str] | None,
    mode: app_commands.Choice[str] | None,
) -> Wish:
    """What every such command asks for: a round for this person in this place."""
    return Wish(
        user_id=interaction.user.id,
        place=await place_here(interaction),
        channel_id=listed_channel(interaction),
        kind=kind,
        level=Level(level.value) if level else Level.MID,
        mode=Mode(mode.value) if mode else Mode.PRACTICE,
    )


def listed_channel(interaction: discord.Interaction) -> int | None:
    """The channel that counts where a server lists those for rounds: of a thread, the one around it."""
    channel = interaction.channel
    return channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id


async def start_round(interaction: discord.Interaction, wish: Wish) -> None:
    """Starts the round that a person asked for, asks its first question and tells them where. Raises UserError.

    The interaction must be acknowledged; `wish.place` is where it was used.
    """
    rounds = services(interaction).rounds
    await rounds.may_start(wish)
    place = await place_for_round(interaction, _title(interaction, wish))
    try:
        row = await rounds.start(replace(wish, place=place))
    except UserError:
        if place != wish.place:
            await abandon(interaction, place)
        raise
    shown = await carry_out(interaction, row)
    if not shown and place.surface is Surface.CHANNEL:
        raise UserError(
            f"Your {_noun(wish.kind)} has begun, but I could not write in {link(place)}. I try again in a moment; if "
            "nothing comes, use **/round resume** where I may write, such as in a direct message to me."
        )
    if place.surface is Surface.INTERACTION:
        await tell(
            interaction,
            "I am not a member here, so only you see this round, and I speak when you press something. "
            "**Continue in DM** under the question moves it to our direct messages.",
        )
        return
    asked, drawn = wish.count, len(row.state.items)
    fewer = f" I have {drawn} that fit, not {asked}." if drawn < asked else ""
    where = f"It is in {link(place)}, a private thread of yours." if place != wish.place else "It starts below."
    await tell(interaction, f"Your {_noun(wish.kind)} is ready. {where}{fewer} Good luck!")


async def start_again(interaction: discord.Interaction, round_id: int) -> None:
    """Starts another round with the settings of a finished one. Raises UserError."""
    rounds = services(interaction).rounds
    old = await rounds.load(round_id)
    if interaction.user.id != old.owner_id:
        raise UserError(f"This was <@{old.owner_id}>'s round. Start your own with **/quiz start**.")
    state = old.state
    await start_round(
        interaction,
        Wish(
            user_id=old.owner_id,
            place=await place_here(interaction),
            channel_id=listed_channel(interaction),
            kind=old.kind,
            level=state.level,
            mode=state.mode,
            topic=old.topic,
            format=Format(old.format),
            count=old.asked,
            limit_s=state.limit_s,
        ),
    )


def _noun(kind: Kind) -> str:
    return {Kind.BEHAVIORAL: "behavioral round", Kind.CODE: "coding round"}.get(kind, "quiz")


def _title(interaction: discord.Interaction, wish: Wish) -> str:
    topic = f" · {taxonomy().name(wish.topic)}" if wish.topic else ""
    exam = " · exam" if wish.mode is Mode.EXAM else ""
    noun = {Kind.BEHAVIORAL: "Behavioral", Kind.CODE: "Code"}.get(wish.kind, "Quiz")
    return f"{noun}{topic}{exam} · {interaction.user.display_name}"


async def topic_choices(
    interaction: discord.Interaction, typed: str, kinds: Sequence[type[AnyQuestion]], *, challenge: bool = False
) -> list[app_commands.Choice[str]]:
    """Topics (and whole tracks) that have questions of these kinds and match what was typed so far."""
    bank = await services(interaction).rounds.starting.banks.of(interaction.guild_id)
    counts = bank.topics(tuple(kinds), challenge=challenge)
    names = taxonomy()
    tracks: dict[str, int] = {}
    for slug, count in counts.items():
        track = slug.partition(".")[0]
        tracks[track] = tracks.get(track, 0) + count
    entries = [] if Behavioral in kinds else [(f"All of {names.name(t)} ({n})", t) for t, n in tracks.items()]
    entries += [(f"{names.name(slug)} ({count})", slug) for slug, count in counts.items()]
    wanted = typed.casefold().split()
    matching = [
        app_commands.Choice(name=name[:100], value=slug)
        for name, slug in entries
        if all(word in f"{name} {slug}".casefold() for word in wanted)
    ]
    return matching[:CHOICES]


async def known_topic(
    interaction: discord.Interaction, typed: str | None, kinds: Sequence[type[AnyQuestion]], *, challenge: bool = False
) -> str | None:
    """The slug that a person meant: a slug from the list, or a name typed without choosing from it."""
    if typed is None or not typed.strip():
        return None
    choices = await topic_choices(interaction, "", kinds, challenge=challenge)
    if any(choice.value == typed for choice in choices) or typed in taxonomy().topics:
        return typed
    close = await topic_choices(interaction, typed, kinds, challenge=challenge)
    # A topic that does not exist is told back to the person.
    return close[0].value if close else escape(shorten(typed, 100))
