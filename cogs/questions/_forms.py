"""The forms of questions as Discord shows them, and files that are sent with commands and messages."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import discord
from discord import ui

from bot.errors import UserError
from bot.services.cards import prompt_of
from bot.services.draft_forms import Form, FormField
from cogs._components import Upload
from cogs._files import DOWNLOAD_S
from cogs._text import shorten
from cogs.questions._actions import FORMS, custom_id
from questions.code_task import CodeTask
from questions.intake import MAX_ZIP, IntakeError
from questions.kinds import AnyQuestion
from questions.model import Behavioral, Level, MultipleChoice, Numeric

NOTE_LIMIT = 1000
ANSWER_LIMIT = 4000
PROBLEMS_SHOWN = 12


def modal(form: Form, action: str, *words: object) -> ui.Modal:
    """A form; what is sent in arrives as the form action of that name."""
    assert action in FORMS, action
    shown = ui.Modal(title=form.title[:45], custom_id=custom_id("form", action, *words), timeout=3600)
    if form.note:
        shown.add_item(ui.TextDisplay(form.note))
    for field in form.fields:
        shown.add_item(ui.Label(text=field.label[:45], description=field.hint[:100] or None, component=_input(field)))
    return shown


def _input(field: FormField) -> ui.Item[Any]:
    if field.choices:
        options = [
            discord.SelectOption(label=label[:100] or value, value=value, default=value in field.chosen)
            for value, label in field.choices
        ]
        return ui.Select(
            custom_id=field.name,
            options=options,
            min_values=1 if field.required else 0,
            max_values=len(options) if field.several else 1,
            required=field.required,
        )
    return ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.paragraph if field.long else discord.TextStyle.short,
        default=field.value or None,
        placeholder=field.example[:100] or None,
        required=field.required,
        max_length=field.most,
    )


def file_modal(title: str, label: str, note: str, action: str, *words: object) -> ui.Modal:
    """A form that takes one file."""
    shown = modal(Form("file", title, (), note), action, *words)
    upload: ui.FileUpload[ui.Modal] = ui.FileUpload(custom_id="file", min_values=1, max_values=1)
    return shown.add_item(ui.Label(text=label[:45], component=upload))


def note_form(title: str, label: str, hint: str) -> Form:
    return Form("note", title, (FormField("note", label, hint, long=True, most=NOTE_LIMIT),))


LEVELS = tuple((level.value, level.value) for level in Level)


def try_modal(question: AnyQuestion, variant: int, action: str, *words: object) -> ui.Modal:
    """The form to answer a question in that is not published yet."""
    level = FormField("level", "At which level", choices=LEVELS, chosen=(Level.MID.value,))
    match question:
        case MultipleChoice():
            choices = tuple((option.id, option.text) for option in question.options)
            fields = (FormField("text", "Your choice", choices=choices),)
        case CodeTask():
            fields = (
                FormField("text", "Your program", value=question.starter[:ANSWER_LIMIT], long=True, most=ANSWER_LIMIT),
            )
        case Numeric():
            fields = (FormField("text", "Your number", most=100),)
        case Behavioral():
            fields = (FormField("text", "Your story", long=True, most=ANSWER_LIMIT), level)
        case _:
            fields = (FormField("text", "Your answer", long=True, most=ANSWER_LIMIT), level)
    shown = modal(Form("try", "Answer as a candidate", fields), action, *words)
    asked: ui.TextDisplay[Any] = ui.TextDisplay(shorten(prompt_of(question, variant), 1500))
    fields_shown = shown.children.copy()
    shown.clear_items()
    for item in (asked, *fields_shown):
        shown.add_item(item)
    return shown


# Files


async def content_of(client: discord.Client, upload: Upload) -> bytes:
    """What is in a file that was sent. Raises UserError for one that is too large or cannot be fetched."""
    if upload.size > MAX_ZIP:
        raise UserError(f"That file has {upload.size / 1024:,.0f} kB; I take up to {MAX_ZIP // 1024:,} kB.")
    try:
        async with asyncio.timeout(DOWNLOAD_S):
            content = await client.http.get_from_cdn(upload.url)
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise UserError("I could not fetch your file from Discord. Please send it once more.") from error
    if len(content) > MAX_ZIP:
        raise UserError(f"That file is too large; I take up to {MAX_ZIP // 1024:,} kB.")
    return content


def upload_of(attachment: discord.Attachment) -> Upload:
    return Upload(attachment.filename, attachment.size, attachment.url)


def refusal(error: IntakeError) -> UserError:
    """What is wrong with a file or a message, line by line, for whoever sent it."""
    return UserError(problem_list("I cannot take that yet:", [str(one) for one in error.problems], error.left_out))


def problem_list(head: str, lines: list[str], left_out: int = 0) -> str:
    shown: list[str] = []
    size = len(head)
    for line in lines[:PROBLEMS_SHOWN]:
        told = discord.utils.escape_mentions(line)[:300]
        if size + len(told) > 1800:
            break
        shown.append(f"- {told}")
        size += len(told) + 3
    more = len(lines) - len(shown) + left_out
    return "\n".join([head, *shown, *([f"… and {more} more"] if more else [])])
