"""Drafts as cards: what is there, what is missing, and the buttons that fill it in."""

from __future__ import annotations

from math import ceil
from typing import Any, cast

import discord
from discord import ui

from bot.counting import counted
from bot.errors import UserError
from bot.services import draft_forms
from bot.services.drafts import Draft, IncompleteError, Kind, question_in
from bot.services.question_drafts import NoDraftError, NotReadyError, Outcome, StaleDraftError, Trial, ready
from bot.services.question_versions import written
from bot.services.topic_names import nearest, unknown_topics
from bot.store.server_questions import DraftState
from cogs._errors import acknowledge, tell
from cogs._layout import BANDS, FOLLOW_UP, NEUTRAL, QUIET, layout
from cogs._moderators import is_moderator
from cogs._render_code import verdict_blocks
from cogs._text import escape, plain, shorten
from cogs.questions._access import admin, others, server_of
from cogs.questions._actions import BUTTONS, FORMS, LISTS, Deed, QuestionList, Who, go, on, pick, said, show
from cogs.questions._forms import content_of, file_modal, modal, refusal, try_modal
from cogs.questions._words import as_file, draft_blocks, file_name, graded_blocks
from grader.code.verdict import NAMES
from questions.code_task import CodeTask
from questions.intake import IntakeError
from questions.kinds import AnyQuestion
from questions.model import Level, Numeric
from questions.taxonomy import taxonomy

STATES = {
    DraftState.DRAFT: "a draft, seen by you alone",
    DraftState.REVIEW: "waits for a review",
    DraftState.RETURNED: "came back from the review",
    DraftState.REJECTED: "was not taken",
}
PRIMARY, DANGER = discord.ButtonStyle.primary, discord.ButtonStyle.danger
NEW = "new"
STATEMENT_SHOWN = 700


def draft_view(draft: Draft, viewer: int, note: str = "", *, look: int, refused: bool = False) -> ui.LayoutView:
    """A draft as its author, or a moderator who reviews it, works on it; `note` is what has just happened.

    `look` is to be another number each time that it is shown: see `_fresh`. `refused`: it was just not handed in.
    """
    own = draft.row.author_id == viewer
    asked, *state = draft_blocks(draft, refused=refused)
    blocks = [_head(draft, own), *([note] if note else []), asked, *_task(draft, refused=refused), *state]
    waits = draft.row.state is DraftState.REVIEW
    rows: list[list[ui.Item[Any]]] = []
    if not (own and waits):
        rows += _fresh(_topic_lists(draft) + _writing(draft), look)
    last: list[ui.Item[Any]] = [go("Try it", "try", draft.id), go("As a file", "draftfile", draft.id)]
    if own and waits:
        last += [go("Take it back", "takeback", draft.id), go("Delete", "askdrop", draft.id, style=DANGER)]
    elif own:
        last.insert(0, go("Hand in for review", "submit", draft.id, draft.rev, style=PRIMARY))
        last.append(go("Delete", "askdrop", draft.id, style=DANGER))
    else:
        last.insert(0, go("Back to the review", "review", draft.id, style=PRIMARY))
    rows.append(last)
    return layout(blocks, rows, accent=FOLLOW_UP if waits else NEUTRAL)


def _head(draft: Draft, own: bool) -> str:
    state = STATES[draft.row.state] if own or draft.row.state is not DraftState.DRAFT else "a draft"
    topics = [taxonomy().name(str(topic)) for topic in cast("list[object]", draft.fields.get("topics") or [])]
    lines = [
        f"### Draft {draft.id} · {draft.kind.words}",
        f"-# `{shorten(draft.file_id, 80) or '?'}` · {escape(', '.join(topics)) or 'no topic yet'} · {state}",
    ]
    if draft.base is not None:
        why = f": {escape(draft.reason)}" if draft.reason else ""
        lines.append(f"-# changes version {draft.base}{why}")
    if draft.row.note:
        lines.append(f"> **The reviewer says** · {escape(draft.row.note)}")
    return "\n".join(lines)


def _task(draft: Draft, *, refused: bool) -> list[str]:
    """What a code draft says below its title, and what becomes of it; it comes whole, in a file."""
    if draft.kind is not Kind.CODE:
        return []
    try:
        task = question_in(draft)
    except IncompleteError:
        return []
    assert isinstance(task, CodeTask)
    hidden = sum(len(group.cases) for group in task.hidden) + sum(group.count for group in task.generated)
    cases = (
        f"{counted(len(task.samples), 'sample')} · {counted(hidden, 'hidden case')} · "
        f"{counted(len(task.wrong), 'wrong solution')} that must fail · {task.minutes} minutes"
    )
    blocks = [shorten(task.prompt, STATEMENT_SHOWN), f"`{task.signature.replace('`', '’')}`\n-# {cases}"]
    if draft.last_lab is None and not refused:
        blocks.append(
            "**All parts are there**\n-# **Hand in for review** first has the lab run the solution and the wrong ones; "
            "**Try it** runs a program of yours."
        )
    return blocks


def _fresh(rows: list[list[ui.Item[Any]]], look: int) -> list[list[ui.Item[Any]]]:
    """The rows, their lists with ids that they had never before.

    A client keeps what was picked from a list as long as the list keeps its id, even when it stands for something else
    by then; and what is picked already cannot be picked again.
    """
    first = look * 20 + 100  # above those that Discord gives to what has none, and within 31 bits
    for number, shown in enumerate((item for row in rows for item in row if isinstance(item, QuestionList)), first):
        shown.item.id = number
    return rows


def _topic_lists(draft: Draft) -> list[list[ui.Item[Any]]]:
    """For each topic that there is not, those that may be meant."""
    rows: list[list[ui.Item[Any]]] = []
    for index, topic in enumerate(cast("list[object]", draft.fields.get("topics") or [])):
        found = nearest(str(topic), draft.kind) if unknown_topics([topic]) else ()
        if found:
            options = [
                discord.SelectOption(label=shorten(taxonomy().name(slug), 100), value=slug, description=slug)
                for slug in found
            ]
            asked = f"Which topic is “{shorten(' '.join(str(topic).split()), 60)}”?"
            rows.append([pick("topic", draft.id, draft.rev, index, placeholder=asked, options=options)])
    return rows[:2]


def _writing(draft: Draft) -> list[list[ui.Item[Any]]]:
    if draft.kind is Kind.CODE:
        return [[go("Replace with a file", "askfile", draft.id)]]
    buttons: list[ui.Item[Any]] = [
        go(label, "write", draft.id, draft.rev, name, NEW) for name, label in draft_forms.buttons(draft.kind)
    ]
    wide = ceil(len(buttons) / ceil(len(buttons) / 5))  # rows of about the same length
    rows = [buttons[start : start + wide] for start in range(0, len(buttons), wide)]
    parts = draft_forms.part_lines(draft)
    if parts:
        options = [
            discord.SelectOption(label=shorten(" ".join(line.label.split()), 100), value=f"{line.form}-{line.index}")
            for line in parts[:25]
        ]
        change = pick("change", draft.id, draft.rev, placeholder="Change a part", options=options)
        change.item.min_values = 0  # else a part whose form was closed unsent could not be picked again: it is picked
        rows.append([change])
        rows.append([pick("takeout", draft.id, draft.rev, placeholder="Take a part out", options=options)])
    return rows


async def show_draft(
    interaction: discord.Interaction, draft: Draft, note: str = "", *, anew: bool = False, refused: bool = False
) -> None:
    view = draft_view(draft, interaction.user.id, note, look=_look(interaction), refused=refused)
    await show(interaction, view, anew=anew)


def _look(interaction: discord.Interaction) -> int:
    """A number that hardly any other interaction has, small enough for twenty ids above it."""
    return interaction.id % 99_999_989  # a prime


async def draft_here(interaction: discord.Interaction, draft_id: int) -> Draft:
    """A draft that this person may see. Raises NoDraftError."""
    return await admin(interaction).drafts.get(
        server_of(interaction), draft_id, interaction.user.id, moderator=await is_moderator(interaction)
    )


async def show_drafts(interaction: discord.Interaction) -> None:
    """The person's own drafts."""
    found = await admin(interaction).drafts.mine(server_of(interaction), interaction.user.id)
    if not found:
        await show(interaction, said("You have no drafts here. **/question add** or **/question suggest** begins one."))
        return
    lines = [
        f"**{draft.id}** · {draft.kind.words} · {escape(shorten(draft.prompt, 90)) or 'nothing asked yet'}\n"
        f"-# `{shorten(draft.file_id, 80)}` · {STATES[draft.row.state]} · <t:{int(draft.row.updated_at.timestamp())}:R>"
        for draft in found
    ]
    options = [
        discord.SelectOption(
            label=shorten(f"{draft.id} · {' '.join(draft.prompt.split()) or draft.kind.words}", 100),
            value=str(draft.id),
            description=shorten(STATES[draft.row.state], 100),
        )
        for draft in found
    ]
    rows: list[list[ui.Item[Any]]] = [[pick("open", placeholder="Open a draft", options=options)]]
    await show(interaction, layout(["## Your drafts", "\n\n".join(lines)], rows))


@on(LISTS, "open", Who.PEOPLE)
async def open_draft(interaction: discord.Interaction, deed: Deed) -> None:
    chosen = Deed((deed.value,)).number(0)
    await show_draft(interaction, await draft_here(interaction, chosen))


@on(BUTTONS, "draft", Who.PEOPLE)
async def draft_again(interaction: discord.Interaction, deed: Deed) -> None:
    await show_draft(interaction, await draft_here(interaction, deed.number(0)))


# Writing


async def open_form(interaction: discord.Interaction, draft: Draft, name: str, index: int | None) -> None:
    form = draft_forms.form(draft, name, index)
    if form is None:
        raise StaleDraftError
    place = NEW if index is None else index
    await interaction.response.send_modal(modal(form, "write", draft.id, draft.rev, name, place))


@on(BUTTONS, "write", Who.PEOPLE, opens=True)
async def write(interaction: discord.Interaction, deed: Deed) -> None:
    await open_form(interaction, await draft_here(interaction, deed.number(0)), deed.word(2), None)


@on(LISTS, "change", Who.PEOPLE, opens=True)
async def change(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await draft_here(interaction, deed.number(0))
    if not deed.values:  # the pick was cleared
        await acknowledge(interaction)
        await show_draft(interaction, draft)
        return
    name, index = _part(deed.value)
    if draft.rev != deed.number(1):
        raise StaleDraftError
    await open_form(interaction, draft, name, index)


@on(LISTS, "topic", Who.PEOPLE)
async def change_topic(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await draft_here(interaction, deed.number(0))
    if draft.rev != deed.number(1):
        raise StaleDraftError
    moderator = await is_moderator(interaction)
    values = draft_forms.with_topic(draft, deed.number(2), deed.value)
    changed = await admin(interaction).drafts.fill(
        server_of(interaction), draft.id, interaction.user.id, "prompt", None, draft.rev, values, moderator=moderator
    )
    await show_draft(interaction, changed)


def _part(value: str) -> tuple[str, int]:
    name, _, index = value.partition("-")
    return name, Deed((index,)).number(0)


@on(FORMS, "write", Who.PEOPLE)
async def written_form(interaction: discord.Interaction, deed: Deed) -> None:
    index = None if deed.word(3) == NEW else deed.number(3)
    try:
        draft = await admin(interaction).drafts.fill(
            server_of(interaction),
            deed.number(0),
            interaction.user.id,
            deed.word(2),
            index,
            deed.number(1),
            deed.fields,
            moderator=await is_moderator(interaction),
        )
    except StaleDraftError:
        await show_draft(interaction, await draft_here(interaction, deed.number(0)))
        raise
    await show_draft(interaction, draft)


@on(LISTS, "takeout", Who.PEOPLE)
async def ask_take_out(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await draft_here(interaction, deed.number(0))
    name, index = _part(deed.value)
    part = next((one for one in draft_forms.part_lines(draft) if (one.form, one.index) == (name, index)), None)
    if part is None or draft.rev != deed.number(1):
        raise StaleDraftError
    row: list[ui.Item[Any]] = [
        go("Take it out", "takepart", draft.id, draft.rev, name, index, style=DANGER),
        go("Keep it", "draft", draft.id),
    ]
    text = f"Take this out of draft {draft.id}?\n> {escape(shorten(' '.join(part.label.split()), 200))}"
    await show(interaction, layout([text], [row], accent=QUIET))


@on(BUTTONS, "takepart", Who.PEOPLE)
async def take_out(interaction: discord.Interaction, deed: Deed) -> None:
    name, index = deed.word(2), deed.number(3)
    try:
        draft = await admin(interaction).drafts.take_out(
            server_of(interaction),
            deed.number(0),
            interaction.user.id,
            name,
            index,
            deed.number(1),
            moderator=await is_moderator(interaction),
        )
    except StaleDraftError:
        await show_draft(interaction, await draft_here(interaction, deed.number(0)))
        raise
    await show_draft(interaction, draft)


@on(BUTTONS, "askfile", Who.PEOPLE, opens=True)
async def ask_file(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await draft_here(interaction, deed.number(0))
    note = (
        "What the file says takes the place of all that is in this draft; **As a file** gives you what is there now.\n"
        f"-# The same as a command: `/question add` with `file:` and `draft:{draft.id}`"
    )
    kind = ".md" if draft.kind is Kind.CODE else ".yaml"
    form = file_modal("Replace with a file", f"The question as a {kind} file", note, "file", draft.id)
    await interaction.response.send_modal(form)


@on(FORMS, "file", Who.PEOPLE)
async def sent_file(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await draft_here(interaction, deed.number(0))
    if not deed.uploads:
        raise UserError("No file came with that. Press **Replace with a file** and choose one.")
    [upload, *_] = deed.uploads
    content = await content_of(interaction.client, upload)
    try:
        loaded = await admin(interaction).transfer.read(upload.name, content)
    except IntakeError as error:
        raise refusal(error) from error
    if len(loaded) != 1:
        raise UserError(f"There are {len(loaded)} questions in that file, and this draft is one.")
    moderator = await is_moderator(interaction)
    changed = await admin(interaction).drafts.replace(
        server_of(interaction), draft.id, interaction.user.id, loaded[0].question, moderator=moderator
    )
    await show_draft(interaction, changed, "✓ **The draft now says what the file says.**")


@on(BUTTONS, "draftfile", Who.PEOPLE)
async def draft_file(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await draft_here(interaction, deed.number(0))
    text = await written(await ready(draft))
    await tell(interaction, "The draft as a file:", files=[as_file(text, file_name(draft.file_id, text))])


@on(BUTTONS, "askdrop", Who.PEOPLE)
async def ask_drop(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await draft_here(interaction, deed.number(0))
    row: list[ui.Item[Any]] = [
        go("Delete it", "drop", draft.id, style=DANGER),
        go("Keep it", "draft", draft.id),
    ]
    text = f"Delete draft {draft.id}, “{escape(shorten(draft.prompt, 120))}”? It cannot be brought back."
    await show(interaction, layout([text], [row], accent=QUIET))


@on(BUTTONS, "drop", Who.PEOPLE)
async def drop(interaction: discord.Interaction, deed: Deed) -> None:
    number = deed.number(0)
    await admin(interaction).drafts.drop(server_of(interaction), number, interaction.user.id)
    await show(interaction, said(f"Draft {number} is deleted."))


# Trying


@on(BUTTONS, "try", Who.PEOPLE, opens=True)
async def try_it(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await draft_here(interaction, deed.number(0))
    question = await ready(draft)
    if isinstance(question, CodeTask):
        admin(interaction).drafts.require_judge()
    # Every revision draws other numbers, so that a template is met in several of its forms.
    await interaction.response.send_modal(try_modal(question, draft.rev, "try", draft.id, draft.rev))


@on(FORMS, "try", Who.PEOPLE)
async def tried(interaction: discord.Interaction, deed: Deed) -> None:
    number, variant = deed.number(0), deed.number(1)
    text = next(iter(deed.fields.get("text", ())), "")
    typed_level = next(iter(deed.fields.get("level", ())), "")
    level = Level(typed_level) if typed_level in set(Level) else Level.MID
    draft = await draft_here(interaction, number)
    question = await ready(draft)
    if isinstance(question, CodeTask):
        verdict = await admin(interaction).drafts.try_code(question, text, person=interaction.user.id)
        blocks = [f"### {NAMES[verdict.code]}\n{plain(verdict.reason)}", *verdict_blocks(verdict, exam=False)]
        await show(interaction, layout(blocks, accent=BANDS[4] if verdict.accepted else BANDS[2]), anew=True)
        return
    trial = await admin(interaction).drafts.try_answer(
        server_of(interaction),
        number,
        interaction.user.id,
        text,
        level,
        variant,
        moderator=await is_moderator(interaction),
    )
    await show(interaction, _trial_view(trial, level, variant), anew=True)


def _trial_view(trial: Trial, level: Level, variant: int) -> ui.LayoutView:
    question: AnyQuestion = trial.question
    asked = variant if isinstance(question, Numeric) else 0
    blocks = graded_blocks(question, trial.grade, level, asked)
    rows: list[list[ui.Item[Any]]] = []
    if trial.tried is not None:
        bands = ", ".join(f"{name} {band}" for name, band in trial.tried.band.items())
        blocks.append(
            f"-# Bands: {bands}. If that is what this answer deserves, keep it: then every later version of the grader "
            "must see it the same way."
        )
        rows = [[go("Keep as calibration answer", "keep", trial.draft.id)]]
    return layout(blocks, rows, accent=BANDS[trial.grade.band])


@on(BUTTONS, "keep", Who.PEOPLE)
async def keep(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await admin(interaction).drafts.keep_tried(
        server_of(interaction), deed.number(0), interaction.user.id, moderator=await is_moderator(interaction)
    )
    await show_draft(interaction, draft, "✓ The answer you tried is a calibration answer now.")


# Handing in


@on(BUTTONS, "submit", Who.PEOPLE)
async def submit(interaction: discord.Interaction, deed: Deed) -> None:
    from cogs.questions._review import show_review  # noqa: PLC0415 - the two lead to each other

    server, moderator = server_of(interaction), await is_moderator(interaction)
    drafts = admin(interaction).drafts
    draft = await draft_here(interaction, deed.number(0))
    if draft.lab is None and draft.kind is Kind.CODE:  # any other kind takes less than a second
        await show_draft(interaction, draft, "⏳ The lab tries it out; that takes a moment.")
    try:
        result = await drafts.submit(server, draft.id, interaction.user.id, deed.number(1), moderator=moderator)
    except NoDraftError:
        raise
    except UserError as error:
        below = isinstance(error, NotReadyError)
        why = "What is missing or wrong stands below." if below else shorten(str(error), 600)
        now = await draft_here(interaction, draft.id)
        await show_draft(interaction, now, f"⚠ **Not handed in.** {why}", refused=True)
        return
    match result.outcome:
        case Outcome.WARNED:
            note = "⚠ **Look at the lab's doubts below.** If you have thought them over, hand it in once more."
            await show_draft(interaction, result.draft, note)
        case Outcome.OVERTAKEN:
            note = (
                f"⚠ **Version {result.draft.base} was published since you began.** `/question diff` shows what it "
                "changed. Handed in once more, yours replaces it."
            )
            await show_draft(interaction, result.draft, note)
        case Outcome.WAITING if moderator and not await others(interaction):
            await show_review(interaction, result.draft.id)
        case Outcome.WAITING:
            note = "✓ **Handed in.** I will tell you what the moderators decide."
            await show_draft(interaction, result.draft, note)


@on(BUTTONS, "takeback", Who.PEOPLE)
async def take_back(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await admin(interaction).drafts.take_back(server_of(interaction), deed.number(0), interaction.user.id)
    await show_draft(interaction, draft)
