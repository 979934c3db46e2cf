"""The review: what waits, one question with all that decides it, and the decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.counting import counted
from bot.errors import UserError
from bot.services.drafts import Draft
from bot.services.question_changes import Change, changes_between
from bot.services.question_drafts import ready
from bot.services.question_review import Decided, Note, Past
from bot.services.question_versions import NoQuestionError, difference, written
from bot.store.server_questions import DraftState, State
from cogs._errors import tell
from cogs._layout import FOLLOW_UP, QUIET, layout
from cogs._text import escape, shorten
from cogs.questions._access import admin, others, server_name, server_of, tell_author
from cogs.questions._actions import BUTTONS, FORMS, LISTS, Deed, Who, go, on, pick, said, show
from cogs.questions._drafts import draft_here
from cogs.questions._forms import modal, note_form
from cogs.questions._library import show_changes, show_whole
from cogs.questions._parts import change_blocks
from cogs.questions._words import CARD_TEXT, as_file, details, lab_block, person, question_blocks
from questions.kinds import AnyQuestion

NOTES_SHOWN = (400, 150)
"""Characters of the latest note, and of the one before it, on the card of a review."""
CHANGES_TEXT = 800
"""Characters of changes that the card of a review shows; more of them are behind a button."""
LABELS_TEXT = 400
"""Characters in which the card names what has changed."""
SUCCESS, DANGER = discord.ButtonStyle.success, discord.ButtonStyle.danger


async def show_queue(interaction: discord.Interaction, page: int = 0) -> None:
    """What waits for a review in this server."""
    found = await admin(interaction).review.queue(server_of(interaction), page)
    if not found.total:
        await show(interaction, said("Nothing waits for a review."))
        return
    many = counted(found.total, "question")
    head = f"## Review\n-# {many}, the oldest first · page {found.page + 1} of {found.pages}"
    options = [
        discord.SelectOption(
            label=shorten(f"{draft.id} · {' '.join(draft.prompt.split())}", 100),
            value=str(draft.id),
            description=shorten(f"{draft.kind.words} · {verdict(draft)}", 100),
        )
        for draft in found.drafts
    ]
    rows: list[list[ui.Item[Any]]] = [[pick("review", placeholder="Open a question", options=options)]]
    if found.pages > 1:
        rows.append(
            [
                go("Back", "queue", max(found.page - 1, 0), disabled=found.page == 0),
                go("Next", "queue", found.page + 1, disabled=found.page + 1 >= found.pages),
            ]
        )
    await show(interaction, layout([head, "\n\n".join(_line(draft) for draft in found.drafts)], rows))


def _line(draft: Draft) -> str:
    what = f"changes version {draft.base}" if draft.base is not None else "new"
    if draft.reviewed is not None:
        again = "came back unchanged" if draft.fields == draft.reviewed else "came back after changes"
        what = again if draft.base is None else f"{what} · {again}"
    return (
        f"**{draft.id}** · {draft.kind.words} · {escape(shorten(draft.prompt, 100))}\n"
        f"-# `{shorten(draft.file_id, 80)}` · {what} · by <@{draft.row.author_id}> "
        f"<t:{int(draft.row.updated_at.timestamp())}:R> · {verdict(draft)}"
    )


def verdict(draft: Draft) -> str:
    """What the lab says to a draft, in three words."""
    if draft.lab is None:
        return "not in the lab yet"
    if draft.lab.errors:
        return f"lab: {counted(len(draft.lab.errors), 'mistake')}"
    return f"lab: {counted(len(draft.lab.warnings), 'doubt')}" if draft.lab.warnings else "lab: ✓"


@on(BUTTONS, "queue")
async def queue(interaction: discord.Interaction, deed: Deed) -> None:
    await show_queue(interaction, deed.number(0))


@on(LISTS, "review")
async def pick_review(interaction: discord.Interaction, deed: Deed) -> None:
    await show_review(interaction, Deed((deed.value,)).number(0))


@on(BUTTONS, "review")
async def review(interaction: discord.Interaction, deed: Deed) -> None:
    await show_review(interaction, deed.number(0))


async def waiting(interaction: discord.Interaction, draft_id: int) -> Draft:
    """A draft that waits for a review here. Raises NoDraftError, and UserError where it does not wait any more."""
    draft = await draft_here(interaction, draft_id)
    if draft.row.state is not DraftState.REVIEW:
        raise UserError("That question does not wait for a review any more: somebody has decided, or took it back.")
    return draft


async def show_review(interaction: discord.Interaction, draft_id: int) -> None:
    """A question with all that decides it."""
    draft = await waiting(interaction, draft_id)
    question = await ready(draft)
    past = await admin(interaction).review.past(draft)
    own = draft.row.author_id == interaction.user.id
    head = [f"### Review of draft {draft.id}", f"-# `{question.id}` · {details(question)}"]
    head.append(f"-# by <@{draft.row.author_id}> <t:{int(draft.row.updated_at.timestamp())}:R>")
    if draft.base is not None:
        head.append(f"-# changes version {draft.base}{': ' + escape(draft.reason) if draft.reason else ''}")
        head += await _changed(interaction, draft, question)
    alone = own and not await others(interaction)
    last = [lab_block(draft.lab)]
    if own:
        last.append(
            "**You wrote this one.** I know of no other moderator here, so you may publish it; its page will say "
            "that nobody else has looked."
            if alone
            else "**You wrote this one**, so another moderator decides about it."
        )
    first = ["\n".join(head), *_past_blocks(past)]
    shown, whole = question_blocks(question, CARD_TEXT - sum(map(len, [*first, *last])))
    if not whole:
        shown.append("-# In short. **See all** shows every word of it.")
    rows: list[list[ui.Item[Any]]] = []
    if alone or not own:
        decide: list[ui.Item[Any]] = [
            go("Approve", "approve", draft.id, draft.rev, State.ACTIVE.value, style=SUCCESS),
            go("Approve as beta", "approve", draft.id, draft.rev, State.BETA.value),
        ]
        if not own:
            decide += [
                go("Return…", "askreturn", draft.id, draft.rev),
                go("Reject…", "askreject", draft.id, draft.rev, style=DANGER),
            ]
        rows.append(decide)
    look: list[ui.Item[Any]] = [] if whole else [go("See all", "wholedraft", draft.id)]
    if past.changes and not change_blocks(past.changes, CHANGES_TEXT).whole:
        look.append(go("Changed since it was returned", "since", draft.id))
    if draft.base is not None:
        look.append(go("What has changed", "changes", draft.id))
    rows.append([*look, go("Lab report", "report", draft.id), go("As a file", "draftfile", draft.id)])
    take = go("Take it back", "takeback", draft.id) if own else go("Edit", "draft", draft.id)
    rows.append([go("Try as a candidate", "try", draft.id), take, go("Back to the queue", "queue", 0)])
    await show(interaction, layout([*first, *shown, *last], rows, accent=FOLLOW_UP))


async def _changed(interaction: discord.Interaction, draft: Draft, question: AnyQuestion) -> list[str]:
    """What a draft changes in the question that there is, in short; nothing where that one has gone with a release."""
    try:
        before = await admin(interaction).library.show(server_of(interaction), draft.file_id)
    except NoQuestionError:
        return []
    return [f"**Changed** · {_labels(changes_between(before.question, question)) or 'nothing'}"]


def _labels(changes: Sequence[Change]) -> str:
    return escape(shorten("; ".join(change.what for change in changes), LABELS_TEXT))


def _past_blocks(past: Past) -> list[str]:
    """What reviewers have said to it before, and what has become of that."""
    if not past.notes:
        return []
    notes = [_note(note, most) for note, most in zip(past.notes, NOTES_SHOWN, strict=False)]
    if (more := len(past.notes) - len(notes)) > 0:
        notes.append(f"-# … and {counted(more, 'earlier note')}: **/question log**")
    if past.changes is None:
        return ["\n".join(notes)]
    if not past.changes:
        return ["\n".join([*notes, "**Nothing has changed since**"])]
    told = change_blocks(past.changes, CHANGES_TEXT)
    if told.whole:
        return ["\n".join(notes), "\n\n".join(["**What has changed since**", *told.blocks])]
    return ["\n".join(notes), f"**Changed since** · {_labels(past.changes)}"]


def _note(note: Note, most: int) -> str:
    what = "Rejected" if note.rejected else "Returned"
    when = f"<t:{int(note.at.timestamp())}:f>"
    return f"**{what} before** · {person(note.by)} {when}\n> {escape(shorten(note.text, most))}"


@on(BUTTONS, "since")
async def since(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await waiting(interaction, deed.number(0))
    past = await admin(interaction).review.past(draft)
    if not past.changes:
        await tell(interaction, "Nothing has changed since it was returned.")
        return
    told = change_blocks(past.changes)
    head = f"## What its author has changed\n-# draft {draft.id} · since {_when(past)}"
    await show(interaction, layout([head, *told.blocks], accent=QUIET), anew=True)


def _when(past: Past) -> str:
    return f"<t:{int(past.notes[0].at.timestamp())}:f>" if past.notes else "the last review"


@on(BUTTONS, "wholedraft", Who.PEOPLE)
async def whole_draft(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await draft_here(interaction, deed.number(0))
    file = go("As a file", "draftfile", draft.id)
    await show_whole(interaction, await ready(draft), "wholedraft", draft.id, deed, file)


@on(BUTTONS, "report")
async def report(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await waiting(interaction, deed.number(0))
    result = await admin(interaction).drafts.examined(server_of(interaction), draft)
    text = result.text or "The lab has nothing to say."
    await tell(interaction, "What the lab found:", files=[as_file(text, f"lab-draft-{draft.id}.txt")])


@on(BUTTONS, "changes")
async def changes(interaction: discord.Interaction, deed: Deed) -> None:
    draft = await waiting(interaction, deed.number(0))
    question = await ready(draft)
    library, server = admin(interaction).library, server_of(interaction)
    before = (await library.show(server, draft.file_id)).question
    found = changes_between(before, question)
    if not found:
        await tell(interaction, "Nothing has changed.")
        return
    after = await written(question.model_copy(update={"version": before.version}))
    text = await library.text(server, draft.file_id)
    lines = difference(text, after, f"version {before.version}", f"draft {draft.id}")
    head = f"## What draft {draft.id} changes\n-# `{draft.file_id}` · compared with version {before.version}"
    await show_changes(interaction, head, found, lines, draft.file_id)


# Deciding


@on(BUTTONS, "approve")
async def approve(interaction: discord.Interaction, deed: Deed) -> None:
    state = deed.word(2)
    if state not in {State.ACTIVE.value, State.BETA.value}:
        raise UserError("I do not know that button any more.")
    draft = await waiting(interaction, deed.number(0))
    decided = await admin(interaction).review.approve(
        server_of(interaction),
        draft.id,
        interaction.user.id,
        deed.number(1),
        State(state),
        others=await others(interaction),
        where=server_name(interaction),
    )
    assert decided.row is not None
    asked = "It is asked from now on"
    if decided.row.state is State.BETA:
        asked += ", and not rated yet: once a moderator uses **/question activate**, it counts"
    self_approved = " Its page says that nobody but its author has looked at it." if decided.row.self_approved else ""
    told = await _tell(interaction, decided)
    text = f"✓ `{decided.row.file_id}` is published as version {decided.row.version}. {asked}.{self_approved}{told}"
    await show(interaction, layout([text], [[go("Back to the queue", "queue", 0)]]))


async def _tell(interaction: discord.Interaction, decided: Decided) -> str:
    """Tells the author at once if that can be; what of it to say here."""
    notice = decided.notice
    if notice is None:
        return ""
    if await tell_author(interaction, notice.user_id, notice.text):
        await admin(interaction).review.told(notice)
        return f" <@{notice.user_id}> has been told."
    return f" I tell <@{notice.user_id}> when they next use a command of mine."


@on(BUTTONS, "askreturn", opens=True)
async def ask_return(interaction: discord.Interaction, deed: Deed) -> None:
    form = note_form(
        "Return it to its author", "What should be better?", "The author reads it, and can hand it in again"
    )
    draft = await waiting(interaction, deed.number(0))
    await interaction.response.send_modal(modal(form, "return", draft.id, deed.number(1)))


@on(BUTTONS, "askreject", opens=True)
async def ask_reject(interaction: discord.Interaction, deed: Deed) -> None:
    form = note_form("Reject it", "Why is it not taken?", "The author reads it, and keeps the draft")
    draft = await waiting(interaction, deed.number(0))
    await interaction.response.send_modal(modal(form, "reject", draft.id, deed.number(1)))


@on(FORMS, "return")
async def send_back(interaction: discord.Interaction, deed: Deed) -> None:
    note, number = next(iter(deed.fields.get("note", ())), ""), deed.number(0)
    decided = await admin(interaction).review.send_back(
        server_of(interaction), number, interaction.user.id, deed.number(1), note, where=server_name(interaction)
    )
    await _done(interaction, decided, f"Draft {number} goes back to its author.")


@on(FORMS, "reject")
async def reject(interaction: discord.Interaction, deed: Deed) -> None:
    note, number = next(iter(deed.fields.get("note", ())), ""), deed.number(0)
    decided = await admin(interaction).review.reject(
        server_of(interaction), number, interaction.user.id, deed.number(1), note, where=server_name(interaction)
    )
    await _done(interaction, decided, f"Draft {number} is rejected; its author keeps it.")


async def _done(interaction: discord.Interaction, decided: Decided, text: str) -> None:
    told = await _tell(interaction, decided)
    await show(interaction, layout([f"{text}{told}"], [[go("Back to the queue", "queue", 0)]]))
