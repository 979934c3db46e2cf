"""/history: a person's rounds, to list and to reread; shown to them alone."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any, Self, cast

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.counting import counted
from bot.rounds.dialogue import Outcome
from bot.rounds.events import Kind
from bot.services.history import HistoryItem, HistoryLine, HistoryPage
from cogs._components import services
from cogs._errors import acknowledge, failures_told
from cogs._layout import NEUTRAL, layout
from cogs._render import ENDED, feedback_blocks
from cogs._text import code_block, escape, percent, shorten
from grader.code.verdict import NAMES

GO = r"history:(?P<what>page|item|file):(?P<round>[0-9]{1,18}):(?P<index>[0-9]{1,6})"
PICK = r"history:pick"
CODE_SHOWN = 700
"""Characters of a submission in the overview."""
ANSWER_SHOWN = 900
"""Characters of an answer in the overview; the whole text is in the file that **As a file** gives."""


async def show_round(interaction: discord.Interaction, round_id: int, item: int = 0) -> None:
    """Opens one round at one of its questions. Raises UserError when it is not the person's."""
    found = await services(interaction).history.item(interaction.user.id, round_id, item)
    await _show(interaction, _item_view(found))


async def show_page(interaction: discord.Interaction, page: int = 0) -> None:
    found = await services(interaction).history.page(interaction.user.id, page)
    await _show(interaction, _page_view(found))


async def _show(interaction: discord.Interaction, view: ui.LayoutView) -> None:
    """In the history's own message where a button of it was pressed, else as a new one for this person alone."""
    data = cast("dict[str, Any]", interaction.data or {})
    if str(data.get("custom_id", "")).startswith("history:"):
        await interaction.edit_original_response(view=view)
    else:
        await interaction.followup.send(view=view, ephemeral=True)


def _page_view(page: HistoryPage) -> ui.LayoutView:
    if not page.lines:
        return layout(
            ["## Your history\nNo rounds yet. **/quiz start**, **/code start** or **/behavioral start** begins one."]
        )
    many = f"-# Page {page.page + 1} of {page.pages} · {counted(page.total, 'round')}"
    blocks = [f"## Your history\n{many}", "\n".join(_line(line) for line in page.lines)]
    select: ui.Select[ui.LayoutView] = ui.Select(
        custom_id="history:pick",
        placeholder="Open a round",
        options=[
            discord.SelectOption(
                label=shorten(f"{_kind(line.kind)} · {line.topic}", 100),
                value=str(line.round_id),
                description=f"{line.at:%Y-%m-%d %H:%M} UTC · {_score(line)}",
            )
            for line in page.lines
        ],
    )
    rows: list[list[ui.Item[Any]]] = [[HistoryPick(select)]]
    if page.pages > 1:
        rows.append(
            [
                _go("Newer", "page", 0, page.page - 1, disabled=page.page == 0),
                _go("Older", "page", 0, page.page + 1, disabled=page.page + 1 >= page.pages),
            ]
        )
    return layout(blocks, rows)


def _line(line: HistoryLine) -> str:
    mode = f" · {line.mode}" if line.mode != "practice" else ""
    return (
        f"<t:{int(line.at.timestamp())}:d> · {_kind(line.kind)} · **{line.topic}** · {line.level}{mode} · "
        f"**{_score(line)}**"
    )


def _kind(kind: Kind) -> str:
    return {Kind.BEHAVIORAL: "Behavioral", Kind.CODE: "Code"}.get(kind, "Quiz")


def _score(line: HistoryLine) -> str:
    if line.open:
        return "open"
    if line.score is None:
        return "not scored"
    return percent(line.score) + (f", stopped after {line.asked} of {line.total}" if line.stopped else "")


def _item_view(item: HistoryItem) -> ui.LayoutView:
    blocks = [f"### Question {item.number} of {item.total} · {item.topic}"]
    for exchange in item.exchanges:
        asked = exchange.asked if not exchange.followup else f"*Follow-up:* {escape(exchange.asked)}"
        lines = [f"{asked}"]
        lines += [f"{option.letter} · {option.text}" for option in exchange.options]
        if exchange.code and exchange.answer is not None:
            lines.append(code_block(exchange.answer, lines=20, limit=CODE_SHOWN, language="py"))
            if exchange.verdict is not None:
                reason = escape(shorten(exchange.verdict.reason, 300))
                lines.append(f"**{NAMES[exchange.verdict.code]}** · {reason}")
        elif exchange.answer is not None:
            lines.append(f"> {escape(shorten(exchange.answer, ANSWER_SHOWN))}")
        elif exchange.outcome is not None and exchange.outcome is not Outcome.ANSWERED:
            lines.append(f"-# {ENDED[exchange.outcome]}")
        if exchange.code and exchange.extra:
            many = "once" if len(exchange.extra) == 1 else f"{len(exchange.extra)} times"
            lines.append(f"-# Sent {many} without a verdict (samples, late or doubled): **As a file** has it all")
        else:
            lines += [f"-# Kept, not scored: {escape(shorten(extra, 200))}" for extra in exchange.extra]
        blocks.append("\n".join(lines))
    if item.feedback is not None and not item.feedback.hidden:
        blocks.append("\n".join(feedback_blocks(item.feedback)))
    if item.model_answer:
        coded = item.feedback is not None and item.feedback.code is not None
        model = f"**How it is done** · {shorten(item.model_answer, 900)}" if coded else None
        blocks.append(model or f"**Model answer** · {item.model_answer}")
    buttons: list[ui.Item[Any]] = [_go("Back to the list", "page", 0, 0)]
    if item.total > 1:
        buttons += [
            _go("Previous", "item", item.round_id, max(item.number - 2, 0), disabled=item.number == 1),
            _go("Next", "item", item.round_id, item.number, disabled=item.number == item.total),
        ]
    buttons.append(_go("As a file", "file", item.round_id, 0))
    return layout(blocks, [buttons], accent=NEUTRAL)


async def send_file(interaction: discord.Interaction, round_id: int) -> None:
    """The whole round as a text file, with every word that was sent. Raises UserError when it is not theirs."""
    text = await services(interaction).history.transcript(interaction.user.id, round_id)
    file = discord.File(BytesIO(text.encode()), f"mockloop-round-{round_id}.txt")
    await interaction.followup.send(file=file, ephemeral=True)


def _go(label: str, what: str, round_id: int, index: int, *, disabled: bool = False) -> HistoryGo:
    # A disabled twin of a button must not share its custom_id.
    index = index if index >= 0 else 999_999
    button: ui.Button[ui.LayoutView] = ui.Button(
        label=label, custom_id=f"history:{what}:{round_id}:{index}", disabled=disabled
    )
    return HistoryGo(button, what, round_id, index)


class HistoryGo(ui.DynamicItem[ui.Button[ui.LayoutView]], template=GO):
    """Turns a page of the list, or goes to a question of a round."""

    def __init__(self, button: ui.Button[ui.LayoutView], what: str, round_id: int, index: int) -> None:
        super().__init__(button)
        self.what, self.round_id, self.index = what, round_id, index

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        button = cast("ui.Button[ui.LayoutView]", item)
        return cls(button, match["what"], int(match["round"]), int(match["index"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            await acknowledge(interaction)
            if self.what == "page":
                await show_page(interaction, self.index)
            elif self.what == "file":
                await send_file(interaction, self.round_id)
            else:
                await show_round(interaction, self.round_id, self.index)


class HistoryPick(ui.DynamicItem[ui.Select[ui.LayoutView]], template=PICK):
    """Opens the round that was picked from the list."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(cast("ui.Select[ui.LayoutView]", item))

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            await acknowledge(interaction)
            await show_round(interaction, int(self.item.values[0]))


class HistoryCog(commands.Cog, name="History"):
    """Your past rounds."""

    @app_commands.command(name="history", description="Your rounds: every question, answer and grade, for you alone")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def history(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        await show_page(interaction)


async def setup(bot: commands.Bot) -> None:
    bot.add_dynamic_items(HistoryGo, HistoryPick)
    await bot.add_cog(HistoryCog())
