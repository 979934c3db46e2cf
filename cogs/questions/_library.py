"""Finding and looking at questions, their versions, and the audit log."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import ui

from bot.errors import UserError
from bot.services.drafts import Kind
from bot.services.question_library import Hit, HitPage, Query, Standing
from bot.store.server_questions import State, VersionRow
from cogs._errors import tell
from cogs._layout import NEUTRAL, QUIET, layout
from cogs._text import code_block, escape, shorten
from cogs.questions._access import admin, others, server_of
from cogs.questions._actions import BUTTONS, FORMS, LISTS, Deed, go, on, pick, said, show
from cogs.questions._forms import modal, note_form
from cogs.questions._words import as_file, candidate_blocks, details, file_name, rubric_blocks
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Level
from questions.taxonomy import taxonomy

DIFF_SHOWN = 2600
TEXT_LIMIT = 30
"""Characters of what is looked for: a page's buttons carry it."""
_LETTERS = dict(zip(Standing, "barqsox", strict=True))
_PLACES = [*(track.slug for track in taxonomy().tracks), *taxonomy().topics]
"""Tracks and topics; their numbers are shorter than they are."""
ABOUT = {
    Standing.BETA: "in beta: asked, not rated",
    Standing.ACTIVE: "active",
    Standing.RETIRED: "retired",
    Standing.QUARANTINED: "quarantined",
    Standing.SHIPPED: "shipped",
    Standing.OFF: "shipped, switched off here",
    Standing.REPLACED: "shipped, replaced here by your own version",
}


def title_of(question: AnyQuestion) -> str:
    return question.title if isinstance(question, CodeTask) else question.prompt


def searched(text: str) -> str:
    """What was typed, as a button can carry it."""
    return " ".join(re.findall(r"[\w.-]+", text.lower()))[:TEXT_LIMIT].strip()


# Finding


async def show_found(interaction: discord.Interaction, query: Query, page: int = 0) -> None:
    """A page of the questions that fit."""
    found = await admin(interaction).library.find(server_of(interaction), query, page)
    if not found.total:
        await show(interaction, said("Nothing here fits. Fewer words or options find more."))
        return
    many = f"{found.total} question{'' if found.total == 1 else 's'}"
    about = f" · “{escape(query.text)}”" if query.text else ""
    blocks = [
        f"## Questions{about}\n-# {many} · page {found.page + 1} of {found.pages}",
        "\n".join(_hit(hit) for hit in found.hits),
    ]
    options = [
        discord.SelectOption(
            label=shorten(" ".join(title_of(hit.question).split()), 100), value=hit.id, description=shorten(hit.id, 100)
        )
        for hit in _distinct(found)
    ]
    rows: list[list[ui.Item[Any]]] = [[pick("show", placeholder="Open a question", options=options)]]
    if found.pages > 1:
        words = _words(query)
        rows.append(
            [
                go("Back", "find", max(found.page - 1, 0), *words, disabled=found.page == 0),
                go("Next", "find", found.page + 1, *words, disabled=found.page + 1 >= found.pages),
            ]
        )
    await show(interaction, layout(blocks, rows, accent=NEUTRAL))


def _distinct(found: HitPage) -> list[Hit]:
    """The hits by id: a shipped question and the server's own version of it have the same."""
    return list({hit.id: hit for hit in found.hits}.values())


def _hit(hit: Hit) -> str:
    by = f" · by <@{hit.row.author_id}>" if hit.row is not None and hit.row.author_id is not None else ""
    first = escape(shorten(" ".join(title_of(hit.question).replace("`", "").split()), 110))
    kind = Kind(hit.question.type).words
    return f"**{first}**\n-# `{hit.id}` · {kind} · version {hit.question.version} · {_about(hit)}{by}"


def _about(hit: Hit) -> str:
    waits = hit.row is not None and hit.row.once_tried is not None
    return "imported, not asked before the lab has tried it" if waits else ABOUT[hit.standing]


def _words(query: Query) -> tuple[object, ...]:
    return (
        _PLACES.index(query.topic) if query.topic in _PLACES else "",
        query.level.value[0] if query.level else "",
        _LETTERS[query.standing] if query.standing else "",
        query.author or "",
        query.text,
    )


@on(BUTTONS, "find")
async def find(interaction: discord.Interaction, deed: Deed) -> None:
    topic, level, standing, author, text = (deed.word(index) for index in range(1, 6))
    query = Query(
        text=searched(text),
        topic=_PLACES[int(topic)] if topic.isdigit() and int(topic) < len(_PLACES) else None,
        level=next((one for one in Level if one.value[0] == level), None),
        standing=next((one for one, letter in _LETTERS.items() if letter == standing), None),
        author=int(author) if author.isdigit() else None,
    )
    await show_found(interaction, query, deed.number(0))


# Looking


@on(LISTS, "show")
async def pick_question(interaction: discord.Interaction, deed: Deed) -> None:
    await show_question(interaction, deed.value)


@on(BUTTONS, "show")
async def question_again(interaction: discord.Interaction, deed: Deed) -> None:
    await show_question(interaction, deed.word(0))


async def show_question(interaction: discord.Interaction, file_id: str) -> None:
    """A question of this server, or a shipped one, with what can be done about it."""
    hit = await admin(interaction).library.show(server_of(interaction), file_id)
    question, row = hit.question, hit.row
    head = [f"### `{hit.id}`", f"-# {details(question)}", f"-# version {question.version} · {_about(hit)}"]
    if row is not None:
        by = f"<@{row.author_id}>" if row.author_id is not None else "somebody who is gone"
        head.append(f"-# by {by} <t:{int(row.created_at.timestamp())}:d>")
        if row.self_approved:
            head.append("-# ⚠ nobody but its author has looked at this version")
        if row.reason and row.once_tried is None:
            head.append(f"-# because: {escape(row.reason)}")
    blocks = ["\n".join(head), *candidate_blocks(question), *rubric_blocks(question)]
    row_of: list[ui.Item[Any]] = [go("As a file", "file", hit.id)]
    if row is not None:
        row_of.insert(0, go("History", "history", hit.id))
    else:
        off = hit.standing is Standing.OFF
        row_of.append(go("Switch on" if off else "Switch off", "switch", hit.id, "on" if off else "off"))
    row_of.insert(0, go("Edit", "edit", hit.id, style=discord.ButtonStyle.primary))
    if row is not None:
        if row.state is State.BETA:
            row_of.append(go("Activate", "activate", hit.id, row.version))
        if row.state in {State.BETA, State.ACTIVE}:
            row_of.append(go("Retire…", "askretire", hit.id, row.version, style=discord.ButtonStyle.danger))
        else:
            row_of.append(go("Restore", "restore", hit.id, row.version))
    await show(interaction, layout(blocks, [row_of], accent=NEUTRAL))


@on(BUTTONS, "file")
async def question_file(interaction: discord.Interaction, deed: Deed) -> None:
    text = await admin(interaction).library.text(server_of(interaction), deed.word(0))
    await tell(interaction, "The question as a file:", files=[as_file(text, file_name(deed.word(0), text))])


@on(BUTTONS, "edit")
async def edit(interaction: discord.Interaction, deed: Deed) -> None:
    from cogs.questions._drafts import show_draft  # noqa: PLC0415 - the two lead to each other

    draft = await admin(interaction).drafts.begin_edit(server_of(interaction), interaction.user.id, deed.word(0))
    await show_draft(interaction, draft, anew=True)


# Versions


@on(BUTTONS, "history")
async def history(interaction: discord.Interaction, deed: Deed) -> None:
    await show_history(interaction, deed.word(0))


async def show_history(interaction: discord.Interaction, file_id: str) -> None:
    """All versions of a question of this server."""
    row, versions = await admin(interaction).library.history(server_of(interaction), file_id)
    shown = versions[:10]
    lines = [_version(version, current=version.version == row.version) for version in shown]
    more = f"\n-# … and {len(versions) - len(shown)} earlier ones" if len(versions) > len(shown) else ""
    blocks = [f"## History of `{file_id}`", "\n".join(lines) + more]
    blocks.append("-# **/question diff** compares two versions, **/question restore** publishes an earlier one again.")
    buttons: list[ui.Item[Any]] = [go("The question", "show", file_id)]
    if len(versions) > 1:
        buttons.append(go("Last change", "diff", file_id))
    await show(interaction, layout(blocks, [buttons], accent=QUIET))


def _version(version: VersionRow, *, current: bool) -> str:
    by = f"<@{version.author_id}>" if version.author_id is not None else "somebody who is gone"
    if version.approved_by is None:
        looked = ""
    elif version.approved_by == version.author_id:
        looked = " · approved by its own author"
    else:
        looked = f" · approved by <@{version.approved_by}>"
    why = f"\n-# {escape(version.reason)}" if version.reason else ""
    mark = " · **current**" if current else ""
    return f"**{version.version}**{mark} · {by} <t:{int(version.at.timestamp())}:f>{looked}{why}"


@on(BUTTONS, "diff")
async def last_change(interaction: discord.Interaction, deed: Deed) -> None:
    await show_diff(interaction, deed.word(0))


async def show_diff(
    interaction: discord.Interaction, file_id: str, old: int | None = None, new: int | None = None
) -> None:
    """What has changed between two versions."""
    lines = await admin(interaction).library.diff(server_of(interaction), file_id, old, new)
    if not lines:
        await tell(interaction, "Nothing is different.")
        return
    files = [as_file(lines, f"{file_id}.diff")] if len(lines) > DIFF_SHOWN else []
    block = code_block(lines, lines=60, limit=min(DIFF_SHOWN, 1800), language="diff")
    await tell(interaction, f"`{file_id}`\n{block}"[:2000], files=files)


# What is asked


@on(BUTTONS, "askretire", opens=True)
async def ask_retire(interaction: discord.Interaction, deed: Deed) -> None:
    form = note_form("Retire the question", "Why?", "The other moderators read it; rounds that had it keep it")
    hit = await admin(interaction).library.show(server_of(interaction), deed.word(0))
    await interaction.response.send_modal(modal(form, "retire", hit.id, deed.number(1)))


async def _require_version(interaction: discord.Interaction, deed: Deed) -> str:
    """The id of a question that is still in the version that was shown. Raises UserError."""
    file_id = deed.word(0)
    hit = await admin(interaction).library.show(server_of(interaction), file_id)
    if hit.row is None or hit.row.version != deed.number(1):
        await show_question(interaction, file_id)
        raise UserError("Somebody has changed that question since it was shown to you. Look at it once more.")
    return file_id


@on(FORMS, "retire")
async def retire(interaction: discord.Interaction, deed: Deed) -> None:
    file_id = await _require_version(interaction, deed)
    reason = next(iter(deed.fields.get("note", ())), "")
    await admin(interaction).library.retire(server_of(interaction), file_id, interaction.user.id, reason)
    await show_question(interaction, file_id)


@on(BUTTONS, "restore")
async def restore(interaction: discord.Interaction, deed: Deed) -> None:
    file_id = await _require_version(interaction, deed)
    await admin(interaction).library.restore(
        server_of(interaction), file_id, interaction.user.id, others=await others(interaction)
    )
    await show_question(interaction, file_id)


@on(BUTTONS, "activate")
async def activate(interaction: discord.Interaction, deed: Deed) -> None:
    file_id = await _require_version(interaction, deed)
    await admin(interaction).library.activate(
        server_of(interaction), file_id, interaction.user.id, others=await others(interaction)
    )
    await show_question(interaction, file_id)


@on(BUTTONS, "switch")
async def switch(interaction: discord.Interaction, deed: Deed) -> None:
    what, on_ = deed.word(0), deed.word(1) == "on"
    await admin(interaction).library.switch(server_of(interaction), what, interaction.user.id, on=on_)
    await show_question(interaction, what)


# The log


async def show_log(interaction: discord.Interaction, page: int = 0) -> None:
    """Who did what to this server's questions."""
    found = await admin(interaction).library.log(server_of(interaction), page)
    if not found.entries:
        await show(interaction, said("Nothing has been done yet."))
        return
    lines = [
        f"<t:{int(entry.at.timestamp())}:f> · {f'<@{entry.user_id}>' if entry.user_id else 'the bot'} "
        f"{entry.action.value}{f' `{shorten(entry.subject, 80)}`' if entry.subject else ''}"
        + (f"\n-# {escape(shorten(entry.detail, 160))}" if entry.detail else "")
        for entry in found.entries
    ]
    rows: list[list[ui.Item[Any]]] = []
    if found.pages > 1:
        rows.append(
            [
                go("Newer", "log", max(found.page - 1, 0), disabled=found.page == 0),
                go("Older", "log", found.page + 1, disabled=found.page + 1 >= found.pages),
            ]
        )
    head = f"## What was done\n-# page {found.page + 1} of {found.pages}"
    await show(interaction, layout([head, "\n".join(lines)], rows, accent=QUIET))


@on(BUTTONS, "log")
async def log(interaction: discord.Interaction, deed: Deed) -> None:
    await show_log(interaction, deed.number(0))
