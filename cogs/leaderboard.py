"""/leaderboard: boards of a server and of everybody; who is listed on them, and under which name."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.abilities.ledger import ALL_TRACKS, EVERYWHERE, Board
from bot.abilities.periods import Period
from bot.errors import UserError
from cogs._components import services
from cogs._errors import acknowledge, failures_told, tell
from cogs._layout import NEUTRAL, layout
from cogs._render_boards import PERIODS, TEMPLATE, TITLES, BoardView, board_blocks
from cogs._text import escape
from questions.taxonomy import taxonomy

BOARDS = [app_commands.Choice(name=title.lower(), value=board.value) for board, title in TITLES.items()]
TIMES = [app_commands.Choice(name=name, value=period.value) for period, name in PERIODS.items()]
PLACES = [
    app_commands.Choice(name="this server", value="server"),
    app_commands.Choice(name="everywhere", value="everywhere"),
]


async def show_board(interaction: discord.Interaction, view: BoardView) -> None:
    """Shows a page to this person alone: in the board's own message where a button of it was pressed."""
    if view.scope not in {EVERYWHERE, interaction.guild_id}:
        raise UserError("That board belongs to another server.")
    boards = services(interaction).boards
    keys = await boards.periods(view.scope, interaction.user.id)
    track = view.track if view.track == ALL_TRACKS or view.track in {t.slug for t in taxonomy().tracks} else ALL_TRACKS
    found = await boards.page(view.scope, view.board, track, keys[view.period], view.page, interaction.user.id)
    rows: list[list[ui.Item[Any]]] = [
        [
            _button(TITLES[board], BoardView(view.scope, board, track, view.period), view.board is board)
            for board in Board
        ],
        [
            _button(name.capitalize(), BoardView(view.scope, view.board, track, period), view.period is period)
            for period, name in PERIODS.items()
        ],
    ]
    last: list[ui.Item[Any]] = []
    if found.pages > 1:
        here = BoardView(view.scope, view.board, track, view.period, found.page)
        last = [_turn("Back", here, -1, found.pages), _turn("Next", here, 1, found.pages)]
    if interaction.guild_id is not None:
        other = EVERYWHERE if view.scope != EVERYWHERE else interaction.guild_id
        label = "Everywhere" if other == EVERYWHERE else "This server"
        last.append(_button(label, BoardView(other, view.board, track, view.period)))
    rows.append(last)
    message = layout(board_blocks(view, found), rows, accent=NEUTRAL)
    source = interaction.message
    if source is not None and source.flags.ephemeral:
        await interaction.edit_original_response(view=message)
    else:
        await interaction.followup.send(view=message, ephemeral=True)


def _button(label: str, view: BoardView, chosen: bool = False) -> ui.Item[Any]:
    if chosen:  # it leads nowhere, and no other button may have its custom_id
        style = discord.ButtonStyle.primary
        return ui.Button(label=label, style=style, custom_id=f"board:here:{label.lower()}", disabled=True)
    button: ui.Button[ui.LayoutView] = ui.Button(label=label, custom_id=view.custom_id)
    return BoardGo(button, view)


def _turn(label: str, here: BoardView, step: int, pages: int) -> ui.Item[Any]:
    page = here.page + step
    view = BoardView(here.scope, here.board, here.track, here.period, page)
    if 1 <= page <= pages:
        return _button(label, view)
    return ui.Button(label=label, custom_id=f"board:none:{step}", disabled=True)


class BoardGo(ui.DynamicItem[ui.Button[ui.LayoutView]], template=TEMPLATE):
    """Shows another page or another board."""

    def __init__(self, button: ui.Button[ui.LayoutView], view: BoardView) -> None:
        super().__init__(button)
        self.wanted = view

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(cast("ui.Button[ui.LayoutView]", item), BoardView.of(match.groupdict()))

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            await acknowledge(interaction)
            await show_board(interaction, self.wanted)


class LeaderboardCog(commands.Cog, name="Leaderboard"):
    """Who is how far, who is active, who has improved, who helps."""

    leaderboard = app_commands.Group(
        name="leaderboard",
        description="Boards for skill, effort, improvement and help",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
    )

    @leaderboard.command(name="show", description="A board, with your own place on it; shown to you alone")
    @app_commands.describe(
        board="What it is about (skill unless you say otherwise)",
        period="The time it is about (this season unless you say otherwise)",
        track="One track alone (all unless you say otherwise)",
        where="This server or everybody (this server unless you say otherwise)",
    )
    @app_commands.choices(board=BOARDS, period=TIMES, where=PLACES)
    async def show(
        self,
        interaction: discord.Interaction,
        board: app_commands.Choice[str] | None = None,
        period: app_commands.Choice[str] | None = None,
        track: str | None = None,
        where: app_commands.Choice[str] | None = None,
    ) -> None:
        await acknowledge(interaction)
        # Where the app is installed for the account alone, nothing is known of the server.
        alone = interaction.is_user_integration() and not interaction.is_guild_integration()
        here = None if alone else interaction.guild_id
        everywhere = where is not None and where.value == "everywhere"
        view = BoardView(
            EVERYWHERE if here is None or everywhere else here,
            Board(board.value) if board else Board.SKILL,
            _known_track(track),
            Period(period.value) if period else Period.SEASON,
        )
        await show_board(interaction, view)

    @show.autocomplete("track")
    async def tracks(self, _: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        wanted = current.casefold().split()
        return [
            app_commands.Choice(name=track.name, value=track.slug)
            for track in taxonomy().tracks
            if all(word in f"{track.name} {track.slug}".casefold() for word in wanted)
        ][:25]

    @leaderboard.command(name="privacy", description="Whether you are on boards, under which name, and may be quoted")
    @app_commands.describe(
        listed="Whether boards list you",
        nickname="What boards call you; - goes back to your name",
        quotes="Whether your best answers may be quoted, with your name, in group rounds",
    )
    async def privacy(
        self,
        interaction: discord.Interaction,
        listed: bool | None = None,
        nickname: str | None = None,
        quotes: bool | None = None,
    ) -> None:
        await acknowledge(interaction)
        who = interaction.user.id
        found = services(interaction)
        now = await found.people.preferences(who)
        if listed is not None or nickname is not None:
            hidden = now.hidden if listed is None else not listed
            name = now.nickname if nickname is None else nickname.strip().strip("-") or None
            await found.boards.set_privacy(who, hidden, name)
        if quotes is not None:
            await found.people.set_quotes(who, quotes)
        now = await found.people.preferences(who)
        shown = f"as **{escape(now.nickname)}**" if now.nickname else "under your Discord name"
        lines = [
            "**Boards** · "
            + ("you are on none; you alone see your place" if now.hidden else f"you are listed {shown}"),
            "**Quotes** · "
            + {
                True: "your best answers may be quoted, with your name, in group rounds",
                False: "your answers are not quoted",
                None: "not decided: I ask once, in your first group round",
            }[now.quotes],
            "-# **/leaderboard privacy** with an option changes it, at once and everywhere.",
        ]
        await tell(interaction, "\n".join(lines))


def _known_track(typed: str | None) -> str:
    """The slug of a track. Raises UserError for a text that names none."""
    if not typed or not typed.strip():
        return ALL_TRACKS
    wanted = typed.strip().casefold()
    for track in taxonomy().tracks:
        if wanted in {track.slug, track.name.casefold()}:
            return track.slug
    raise UserError("I do not know that track. Pick one from the list that opens while you type, or leave it empty.")


async def setup(bot: commands.Bot) -> None:
    bot.add_dynamic_items(BoardGo)
    await bot.add_cog(LeaderboardCog())
