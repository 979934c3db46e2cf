"""Finding and looking at questions, their versions, and the audit log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.counting import counted
from bot.errors import UserError
from bot.services.drafts import Kind
from bot.services.question_changes import Change
from bot.services.question_library import Hit, HitPage, Query, Standing
from bot.store.audit import Action, Entry
from bot.store.server_questions import State, VersionRow
from cogs._errors import tell
from cogs._layout import NEUTRAL, QUIET, layout
from cogs._text import escape, shorten
from cogs.questions._access import admin, others, server_of
from cogs.questions._actions import BUTTONS, FORMS, LISTS, Deed, go, on, pick, said, show
from cogs.questions._forms import modal, note_form
from cogs.questions._parts import change_blocks, whole_pages
from cogs.questions._words import CARD_TEXT, as_file, details, file_name, person, question_blocks
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Level
from questions.taxonomy import taxonomy

HISTORY_PAGE = 10
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
    many = counted(found.total, "question")
    about = f" · “{escape(query.text)}”" if query.text else ""
    blocks = [
        f"## Questions{about}\n-# {many} · page {found.page + 1} of {found.pages}",
        "\n\n".join(_hit(hit) for hit in found.hits),
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
        topic=_PLACES[int(topic)] if topic.isdecimal() and int(topic) < len(_PLACES) else None,
        level=next((one for one in Level if one.value[0] == level), None),
        standing=next((one for one, letter in _LETTERS.items() if letter == standing), None),
        author=int(author) if author.isdecimal() else None,
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
        head.append(f"-# by {person(row.author_id)} <t:{int(row.created_at.timestamp())}:d>")
        if row.self_approved:
            head.append("-# ⚠ nobody but its author has looked at this version")
        if row.reason and row.once_tried is None:
            head.append(f"-# because: {escape(row.reason)}")
    first = "\n".join(head)
    shown, whole = question_blocks(question, CARD_TEXT - len(first))
    blocks = [first, *shown, *([] if whole else ["-# In short. **See all** shows every word of it."])]
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
    every: list[ui.Item[Any]] = [] if whole else [go("See all", "whole", hit.id)]
    await show(interaction, layout(blocks, [row_of, every], accent=NEUTRAL))


@on(BUTTONS, "whole")
async def whole_question(interaction: discord.Interaction, deed: Deed) -> None:
    hit = await admin(interaction).library.show(server_of(interaction), deed.word(0))
    await show_whole(interaction, hit.question, "whole", hit.id, deed, go("As a file", "file", hit.id))


async def show_whole(
    interaction: discord.Interaction,
    question: AnyQuestion,
    action: str,
    name: object,
    deed: Deed,
    file: ui.Item[Any],
) -> None:
    """All of a question, page by page, beside the card whose button was pressed; then page after page in its place.

    `action` and `name` are the button's; the page is its second word.
    """
    pages = whole_pages(question)
    paged = len(deed.words) > 1
    page = min(deed.number(1) if paged else 0, len(pages) - 1)
    head = f"## All of it\n-# `{question.id}` · page {page + 1} of {len(pages)}"
    row: list[ui.Item[Any]] = [file]
    if len(pages) > 1:
        row = [
            go("Back", action, name, max(page - 1, 0), disabled=page == 0),
            go("Next", action, name, page + 1, disabled=page + 1 >= len(pages)),
            file,
        ]
    await show(interaction, layout([head, *pages[page]], [row], accent=QUIET), anew=not paged)


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
    await show_history(interaction, deed.word(0), deed.number(1) if len(deed.words) > 1 else 0)


async def show_history(interaction: discord.Interaction, file_id: str, page: int = 0) -> None:
    """What became of a question here: its versions, and when it was taken out of use or brought back."""
    library = admin(interaction).library
    found = await library.timeline(server_of(interaction), file_id)
    hit = await library.show(server_of(interaction), file_id)
    pages = max(1, -(-len(found.events) // HISTORY_PAGE))
    page = min(page, pages - 1)
    shown = found.events[page * HISTORY_PAGE : (page + 1) * HISTORY_PAGE]
    version = found.row.version if found.row is not None else None
    lines = [_event(event, version) for event in shown]
    first = escape(shorten(" ".join(title_of(hit.question).split()), 120))
    many = f" · page {page + 1} of {pages}" if pages > 1 else ""
    blocks = [f"## History\n{first}\n-# `{file_id}` · {_about(hit)}{many}", "\n\n".join(lines)]
    if found.row is None:
        blocks.append("-# It is shipped. This server has no version of its own; **/question edit** makes one.")
    else:
        blocks.append(
            "-# **/question diff** compares two versions, **/question restore** publishes an earlier one again."
        )
    buttons: list[ui.Item[Any]] = [go("The question", "show", file_id)]
    if sum(isinstance(event, VersionRow) for event in found.events) > 1:
        buttons.append(go("Last change", "diff", file_id))
    if pages > 1:
        buttons += [
            go("Newer", "history", file_id, max(page - 1, 0), disabled=page == 0),
            go("Older", "history", file_id, page + 1, disabled=page + 1 >= pages),
        ]
    await show(interaction, layout(blocks, [buttons], accent=QUIET))


def _event(event: VersionRow | Entry, current: int | None) -> str:
    when = f"<t:{int(event.at.timestamp())}:f>"
    if isinstance(event, Entry):
        detail = f" · {escape(event.detail)}" if event.detail else ""
        return f"**{event.action.value.capitalize()}**\n-# {when} · {doer(event)}{detail}"
    if event.approved_by is None:
        looked = ""
    elif event.approved_by == event.author_id:
        looked = " · approved by its own author"
    else:
        looked = f" · approved by {person(event.approved_by)}"
    why = f" · {escape(event.reason)}" if event.reason else ""
    mark = " · current" if event.version == current else ""
    return f"**Version {event.version}**{mark}\n-# {when} · {person(event.author_id)}{looked}{why}"


def doer(entry: Entry) -> str:
    """Who did what an entry of the log tells; what nobody did, a rule of the bot did."""
    if entry.user_id is None and entry.action is Action.QUARANTINED:
        return "the bot"
    return person(entry.user_id)


@on(BUTTONS, "diff")
async def last_change(interaction: discord.Interaction, deed: Deed) -> None:
    await show_diff(interaction, deed.word(0))


async def show_diff(
    interaction: discord.Interaction, file_id: str, old: int | None = None, new: int | None = None
) -> None:
    """What has changed between two versions."""
    found = await admin(interaction).library.compare(server_of(interaction), file_id, old, new)
    if not found.changes:
        await tell(interaction, f"Version {found.old} and version {found.new} of `{file_id}` say the same.")
        return
    first = escape(shorten(" ".join(title_of(found.question).split()), 120))
    head = f"## What has changed\n{first}\n-# `{file_id}` · from version {found.old} to version {found.new}"
    if found.version is not None:
        why = f" · {escape(found.version.reason)}" if found.version.reason else ""
        head += f"\n-# {person(found.version.author_id)} <t:{int(found.version.at.timestamp())}:f>{why}"
    await show_changes(interaction, head, found.changes, found.text, file_id)


async def show_changes(
    interaction: discord.Interaction, head: str, changes: Sequence[Change], lines: str, file_id: str
) -> None:
    """Changes in words; with the two files side by side, as `lines`, where the words do not fit."""
    told = change_blocks(changes)
    await show(interaction, layout([head, *told.blocks], accent=QUIET), anew=True)
    if not told.whole:
        await tell(interaction, "All of it, line by line:", files=[as_file(lines, f"{file_id}.diff")])


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
    lines = [_logged(entry) for entry in found.entries]
    rows: list[list[ui.Item[Any]]] = []
    if found.pages > 1:
        rows.append(
            [
                go("Newer", "log", max(found.page - 1, 0), disabled=found.page == 0),
                go("Older", "log", found.page + 1, disabled=found.page + 1 >= found.pages),
            ]
        )
    head = f"## What was done\n-# page {found.page + 1} of {found.pages}"
    await show(interaction, layout([head, "\n\n".join(lines)], rows, accent=QUIET))


def _logged(entry: Entry) -> str:
    what = "began to moderate" if entry.action is Action.BEGAN else entry.action.value
    subject = [f"`{shorten(entry.subject, 80)}`"] if entry.subject else []
    detail = [escape(shorten(entry.detail, 160))] if entry.detail else []
    when = f"<t:{int(entry.at.timestamp())}:f>"
    return f"{doer(entry)} **{what}** · {when}\n-# {' · '.join([*subject, *detail])}".removesuffix("\n-# ")


@on(BUTTONS, "log")
async def log(interaction: discord.Interaction, deed: Deed) -> None:
    await show_log(interaction, deed.number(0))
