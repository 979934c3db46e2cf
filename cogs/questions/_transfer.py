"""Many questions at once: an import that says what it would do before it does it, and the archive of an export."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import discord
from discord import ui

from bot.counting import counted
from bot.services.question_transfer import ImportPlan
from bot.store.server_questions import State
from cogs._errors import UNSENT, tell
from cogs._layout import NEUTRAL, QUIET, layout
from cogs._text import escape, shorten
from cogs.questions._access import admin, others, server_of
from cogs.questions._actions import BUTTONS, Deed, go, on, said, show
from cogs.questions._forms import problem_list
from cogs.questions._words import as_file

LISTED = 12
"""Ids, and findings, that a message lists; the file has them all."""
PATIENCE = 3.0
"""Seconds between two words on how far the lab is."""
ARCHIVE = "questions.zip"


async def plan_import(interaction: discord.Interaction, name: str, data: bytes) -> None:
    """Reads a file, tries what is in it, and says what an import would do."""
    progress = [(0, 0)]
    running = asyncio.create_task(
        admin(interaction).transfer.plan(
            server_of(interaction), interaction.user.id, name, data, lambda done, of: progress.append((done, of))
        )
    )
    try:
        plan = await _watched(interaction, running, progress)
    finally:
        running.cancel()
    await _show_plan(interaction, plan)


async def _watched(
    interaction: discord.Interaction, running: asyncio.Task[ImportPlan], progress: list[tuple[int, int]]
) -> ImportPlan:
    """The plan once it is there; until then the person sees how far it is."""
    shown: discord.WebhookMessage | None = None
    while True:
        await asyncio.wait({running}, timeout=PATIENCE)
        if running.done():
            break
        done, of = progress[-1]
        text = f"⏳ {done} of {of} questions have been through the lab." if of else "⏳ Reading the file."
        try:
            if shown is None:
                shown = await interaction.followup.send(text, ephemeral=True, wait=True)
            else:
                await shown.edit(content=text)
        except UNSENT:
            continue  # the next word may arrive
    return await running


async def _show_plan(interaction: discord.Interaction, plan: ImportPlan) -> None:
    name = escape(shorten(plan.name, 80))
    if plan.problems:
        every = [*plan.problems, *([f"… and {plan.left_out} more"] if plan.left_out else [])]
        told = problem_list(f"Nothing was imported: `{name}` has mistakes.", list(plan.problems), plan.left_out)
        await tell(interaction, told, files=[as_file("\n".join(every), "mistakes.txt")])
        return
    lines = [
        f"## What importing {name} would do",
        f"**{len(plan.new)}** new{_ids(plan.new)}",
        f"**{len(plan.changed)}** changed{_ids(plan.changed)}",
        f"**{len(plan.same)}** already here, word for word",
    ]
    blocks = ["\n".join(lines)]
    if plan.broken:
        shown = "\n".join(f"- {escape(shorten(line, 200))}" for line in plan.broken[:LISTED])
        more = f"\n… and {len(plan.broken) - LISTED} more" if len(plan.broken) > LISTED else ""
        blocks.append(
            f"**The lab found mistakes. These come in quarantined, and are not asked until mended:**\n{shown}{more}"
        )
    if plan.warnings:
        blocks.append(f"**The lab has {counted(len(plan.warnings), 'doubt')}**: the file below lists them.")
    if plan.untried:
        many = "question is" if plan.untried == 1 else "questions are"
        blocks.append(
            f"**{plan.untried}** {many} more than the lab can try while you wait. They are tried after the import, one "
            "by one, and asked from then on; I tell you when the lab is through."
        )
    if plan.id is None:
        await show(interaction, layout([*blocks, "There is nothing to import."], accent=QUIET))
        return
    beta = await others(interaction)
    blocks.append(
        "All of it is imported, or nothing. "
        + (
            "It is asked as **beta**, unrated, until another moderator uses **/question activate**."
            if beta
            else "I know of no other moderator here, so it is **active** at once and says that nobody else has looked."
        )
    )
    row: list[ui.Item[Any]] = [
        go("Import all", "importall", plan.id, style=discord.ButtonStyle.success),
        go("Cancel", "cancel", plan.id),
    ]
    await show(interaction, layout(blocks, [row], accent=NEUTRAL))
    if plan.broken or plan.warnings:
        found = {"Mistakes": plan.broken, "Doubts": plan.warnings}
        text = "\n\n".join("\n".join([f"{kind}:", *lines]) for kind, lines in found.items() if lines)
        await tell(interaction, "What the lab found:", files=[as_file(text, "lab.txt")])


def _ids(ids: tuple[str, ...]) -> str:
    if not ids:
        return ""
    more = f" and {len(ids) - LISTED} more" if len(ids) > LISTED else ""
    return ": " + ", ".join(f"`{name}`" for name in ids[:LISTED]) + more


@on(BUTTONS, "importall")
async def import_all(interaction: discord.Interaction, deed: Deed) -> None:
    done = await admin(interaction).transfer.import_all(
        server_of(interaction), deed.number(0), interaction.user.id, others=await others(interaction)
    )
    lines = [f"✓ {counted(done.count, 'question')} imported. **/question find** lists them."]
    if done.untried:
        wait = "One waits" if done.untried == 1 else f"{done.untried} wait"
        lines.append(f"{wait} for the lab, and I tell you when it is through.")
    if done.broken:
        lines.append(f"{counted(done.broken, 'question')} came in quarantined: **/question show** says what is wrong.")
    if done.state is State.BETA:
        lines.append("They are in beta: another moderator can activate them.")
    await show(interaction, said("\n".join(lines)))


@on(BUTTONS, "cancel")
async def cancel(interaction: discord.Interaction, deed: Deed) -> None:
    await admin(interaction).transfer.forget(server_of(interaction), deed.number(0), interaction.user.id)
    await show(interaction, said("Nothing was imported."))


async def send_export(interaction: discord.Interaction, *, everything: bool) -> None:
    """The server's own questions as one archive."""
    packed, count = await admin(interaction).transfer.export(
        server_of(interaction), interaction.user.id, everything=everything
    )
    many = counted(count, "question")
    limit = interaction.filesize_limit
    if len(packed) > limit:
        await tell(
            interaction,
            f"The archive of {many} has {len(packed) / 1024 / 1024:.1f} MB, and Discord takes "
            f"{limit // 1024 // 1024} MB here. Whoever runs me can get them from the database.",
        )
        return
    await tell(interaction, f"{many}, each in its file:", files=[discord.File(BytesIO(packed), ARCHIVE)])
