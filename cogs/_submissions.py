"""Programs on their way in: from forms and messages; and what the samples say to them."""

from __future__ import annotations

import asyncio
from io import BytesIO

import discord

from bot.errors import UserError
from bot.rounds.dialogue import Phase, Reply, State, open_task
from bot.services.code_report import EDITORIAL, SOLUTION, last_code
from bot.services.code_text import code_in, form_code, tidy
from bot.services.judging import Progress
from bot.services.record import RoundRecord
from bot.services.rounds import PATIENCE, Kept, Rounds
from bot.store.rounds import RoundRow
from cogs._components import Click, code_form, services
from cogs._errors import UNSENT, tell
from cogs._files import as_files, program_in, uploads_of
from cogs._render_code import progress_text, samples_view
from cogs._text import shorten
from questions.code_task import CodeTask

FORMS = frozenset({"submit", "samples"})
I_TAKE_CODE = (
    "I take code here: a .py file, or a code block that begins with \\`\\`\\`python. What you wrote is "
    "kept, and not submitted. Questions come once the code is accepted."
)
EMPTY = "There was no program in that form. Paste it into the field, or upload a .py file."
NOT_PYTHON = "I take Python files, whose names end in .py."


def form_refusal(record: RoundRecord, user_id: int, click: Click) -> Reply | None:
    """Why a form for code should not open; what is sent in is judged again by the engine."""
    state = record.state
    if user_id != record.row.owner_id:
        return Reply.NOT_YOURS
    if state.phase is Phase.FINISHED:
        return Reply.FINISHED
    if not (0 <= click.turn < len(state.turns) and open_task(state, click.turn)):
        return Reply.ALREADY_ANSWERED if state.current.probe is not None else Reply.STALE
    return Reply.STILL_RUNNING if click.action == "submit" and state.phase is Phase.GRADING else None


def open_form(record: RoundRecord, click: Click) -> discord.ui.Modal:
    """The form to submit or to run the samples, filled with what was sent last."""
    item = record.state.current.item
    title = "Submit code" if click.action == "submit" else "Run samples (free)"
    return code_form(click.round_id, click.turn, click.action, title=title, code=last_code(record, item))


async def program_of_form(interaction: discord.Interaction, click: Click) -> str:
    """The program in a form that was sent in; an uploaded file comes first. Raises UserError."""
    program = await program_in(interaction.client, click.uploads)
    if program is None and click.uploads:
        raise UserError(NOT_PYTHON)
    code = form_code(click.value) if program is None else tidy(program)
    if not code:
        raise UserError(EMPTY)
    return code


async def program_of_message(client: discord.Client, message: discord.Message, text: str, task: CodeTask) -> str | None:
    """The program in a message: a .py file that came with it, or a code block; None without one. Raises UserError."""
    program = await program_in(client, uploads_of(message))
    return code_in(text, task.entry) if program is None else tidy(program)


def has_program(message: discord.Message, text: str, task: CodeTask) -> bool:
    """Whether a message looks like a submission, without fetching anything."""
    named = any(upload.name.lower().endswith(".py") for upload in uploads_of(message))
    return named or code_in(text, task.entry) is not None


async def run_samples(interaction: discord.Interaction, kept: Kept) -> None:
    """Runs the samples and shows the person alone what they say."""
    rounds: Rounds = services(interaction).rounds
    progress = [Progress()]
    running = asyncio.create_task(rounds.run_samples(kept, watch=progress.append))
    try:
        await asyncio.wait({running}, timeout=PATIENCE)
        if not running.done():
            await tell(interaction, f"⏳ {progress_text(progress[-1])}")
        card = await running
    finally:
        running.cancel()
    try:
        await interaction.followup.send(view=samples_view(card), files=as_files(card.files), ephemeral=True)
    except UNSENT as error:
        raise UserError("I ran the samples, but could not show what came of it. Please run them once more.") from error


async def show_mine(interaction: discord.Interaction, record: RoundRecord, turn: int) -> None:
    """The program that was submitted in a turn, as a file."""
    answer = record.answer(turn) if 0 <= turn < len(record.state.turns) else None
    if answer is None:
        await tell(interaction, "I do not have that program any more.")
        return
    file = discord.File(BytesIO(answer.row.text.encode()), "submission.py")
    await tell(interaction, "This is what you submitted.", files=[file])


async def show_solution(interaction: discord.Interaction, task: CodeTask) -> None:
    """The editorial and the reference solution; what does not fit into a message comes as a file."""
    text = f"**How it is done**\n{task.editorial}"
    files = [discord.File(BytesIO(task.solution.encode()), SOLUTION)]
    if len(text) > 1900:
        text = shorten(text, 1900)
        files.append(discord.File(BytesIO(task.editorial.encode()), EDITORIAL))
    await tell(interaction, text, files=files)


async def enough_today(rounds: Rounds, row: RoundRow[State]) -> str:
    """When the next submission to a challenge is possible."""
    record = await rounds.record(row.id)
    score = record.task(row.state.current.item).score
    many = f"{score.per_day} submissions" if score else "so many submissions"
    moment = await rounds.next_submission(row.id)
    when = f"The next one is possible <t:{int(moment.timestamp()) + 1}:R>." if moment else "Try it once more now."
    return f"This challenge takes {many} in 24 hours. {when} What you sent is kept; **Run samples** works at any time."
