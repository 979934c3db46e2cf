"""/question: the commands of those who care for a server's questions, and of members who suggest some."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import discord
from discord import app_commands
from discord.ext import commands

from bot.abilities.ledger import EVERYWHERE
from bot.counting import counted
from bot.errors import UserError
from bot.services.draft_forms import Form, prompt_form
from bot.services.drafts import Draft, Kind
from bot.services.question_drafts import ready
from bot.services.question_library import Query, Standing
from bot.services.question_versions import NoQuestionError, written
from cogs._components import Upload
from cogs._errors import UNSENT, acknowledge, failures_told, tell
from cogs._files import uploads_of
from cogs._moderators import is_moderator, is_owner
from cogs._start import CHOICES
from cogs._text import shorten
from cogs.questions import _actions as actions
from cogs.questions._access import admin, keepers_only, others, server_of
from cogs.questions._actions import FORMS, Deed, Who, on
from cogs.questions._drafts import show_draft, show_drafts
from cogs.questions._forms import content_of, modal, refusal, upload_of
from cogs.questions._library import (
    TEXT_LIMIT,
    searched,
    show_diff,
    show_found,
    show_history,
    show_log,
    show_question,
)
from cogs.questions._review import show_queue
from cogs.questions._transfer import plan_import, send_export
from cogs.questions._words import as_file, file_name
from questions import intake
from questions.intake import IntakeError
from questions.kinds import AnyQuestion
from questions.loader import Loaded
from questions.model import Level
from questions.taxonomy import taxonomy

KINDS = [app_commands.Choice(name=kind.words, value=kind.value) for kind in Kind]
LEVELS = [app_commands.Choice(name=level.value, value=level.value) for level in Level]
STANDINGS = [app_commands.Choice(name=standing.value, value=standing.value) for standing in Standing]
KIND, TOPIC = "The kind of question", "Its main topic"
FILE = "A whole question as a file (.yaml, or .md for a code task)"
ALL = "all"
TEMPLATES = Path(intake.__file__).parent / "templates"


class QuestionsCog(commands.Cog, name="Questions"):
    """A server's own questions."""

    question = app_commands.Group(
        name="question",
        description="Questions of this server: suggest, add, review, find, change, move",
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    # Members suggest, and roles that the settings name moderate, which Discord cannot know: each command checks.

    def __init__(self, bot: commands.Bot) -> None:
        self.bot = bot
        self._menu = app_commands.ContextMenu(name="Add as question", callback=self.add_message)
        self._menu.allowed_contexts = app_commands.AppCommandContext(
            guild=True, dm_channel=False, private_channel=False
        )
        self._menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=False)

    async def cog_load(self) -> None:
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    # Beginning

    @question.command(name="suggest", description="Suggest a question; the moderators of this server review it")
    @app_commands.describe(kind=KIND, topic=TOPIC, file=FILE)
    @app_commands.choices(kind=KINDS)
    async def suggest(
        self,
        interaction: discord.Interaction,
        kind: app_commands.Choice[str] | None = None,
        topic: str | None = None,
        file: discord.Attachment | None = None,
    ) -> None:
        await _begin(interaction, kind, topic, file, None)

    @question.command(name="add", description="Add a question, step by step or from a file")
    @app_commands.describe(
        kind=KIND, topic=TOPIC, file=FILE, draft="Put the file in place of all that is in this draft of yours"
    )
    @app_commands.choices(kind=KINDS)
    @keepers_only
    async def add(
        self,
        interaction: discord.Interaction,
        kind: app_commands.Choice[str] | None = None,
        topic: str | None = None,
        file: discord.Attachment | None = None,
        draft: int | None = None,
    ) -> None:
        await _begin(interaction, kind, topic, file, draft)

    @add.autocomplete("draft")
    async def own_drafts(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[int]]:
        return await _draft_choices(interaction, str(current))

    @suggest.autocomplete("topic")
    @add.autocomplete("topic")
    async def topics(self, _: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return topic_choices(current)

    @question.command(name="drafts", description="Your drafts in this server, to go on with")
    async def drafts(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        await show_drafts(interaction)

    @question.command(name="template", description="A finished example as a file, to change and send back")
    @app_commands.describe(kind=KIND)
    @app_commands.choices(kind=KINDS)
    async def template(self, interaction: discord.Interaction, kind: app_commands.Choice[str]) -> None:
        await acknowledge(interaction)
        file = template_of(Kind(kind.value))
        await tell(
            interaction,
            f"A finished {kind.name} question. Change it, and send it back with **/question add** or "
            "**/question suggest** and `file:`.",
            files=[as_file(file.read_text(encoding="utf-8"), file.name)],
        )

    async def add_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Makes a draft of a message: a question as text or file, or else a prompt to begin with."""
        server_of(interaction)
        uploads = [upload for upload in uploads_of(message) if upload.name.lower().endswith((".yaml", ".yml", ".md"))]
        if uploads:
            await acknowledge(interaction)
            await _from_file(interaction, uploads[0], None)
            return
        text = message.content.strip()
        if not text:
            raise UserError("There are no words in that message that I could make a question of.")
        if _looks_whole(text):
            await acknowledge(interaction)
            try:
                loaded = intake.read_message(text)
            except IntakeError as error:
                raise refusal(error) from error
            await _from_loaded(interaction, loaded, None)
            return
        form = prompt_form(None, kind=Kind.FREE_TEXT)
        fields = tuple(replace(field, value=text[:1500]) if field.name == "prompt" else field for field in form.fields)
        await interaction.response.send_modal(modal(Form(form.name, form.title, fields), "begin", Kind.FREE_TEXT.value))

    # Reviewing

    @question.command(name="review", description="What waits for a review")
    @keepers_only
    async def review(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        await show_queue(interaction)

    # Finding and looking

    @question.command(name="find", description="Find questions of this server and shipped ones")
    @app_commands.describe(
        text="Words of the prompt, of what it counts, or of the id",
        topic="A topic, or a whole track",
        level="Asked at this level",
        state="Where it stands",
        author="Who wrote it",
    )
    @app_commands.choices(level=LEVELS, state=STANDINGS)
    @keepers_only
    async def find(
        self,
        interaction: discord.Interaction,
        text: app_commands.Range[str, 1, TEXT_LIMIT] | None = None,
        topic: str | None = None,
        level: app_commands.Choice[str] | None = None,
        state: app_commands.Choice[str] | None = None,
        author: discord.User | None = None,
    ) -> None:
        await acknowledge(interaction)
        query = Query(
            text=searched(text or ""),
            topic=_known_place(topic),
            level=Level(level.value) if level else None,
            standing=Standing(state.value) if state else None,
            author=author.id if author else None,
        )
        await show_found(interaction, query)

    @find.autocomplete("topic")
    async def places(self, _: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return topic_choices(current, tracks=True)

    @question.command(name="show", description="One question with all that is known of it")
    @app_commands.describe(id="Which question")
    @keepers_only
    async def show(self, interaction: discord.Interaction, id: str) -> None:  # noqa: A002 - the name that people see
        await acknowledge(interaction)
        await show_question(interaction, id)

    @question.command(name="history", description="What became of a question: who, when, why")
    @app_commands.describe(id="Which question")
    @keepers_only
    async def history(self, interaction: discord.Interaction, id: str) -> None:  # noqa: A002
        await acknowledge(interaction)
        await show_history(interaction, id)

    @question.command(name="diff", description="What has changed between two versions of a question")
    @app_commands.describe(id="Which question", old="The earlier version", new="The later version")
    @keepers_only
    async def diff(
        self,
        interaction: discord.Interaction,
        id: str,  # noqa: A002
        old: app_commands.Range[int, 1, 1_000_000] | None = None,
        new: app_commands.Range[int, 1, 1_000_000] | None = None,
    ) -> None:
        await acknowledge(interaction)
        await show_diff(interaction, id, old, new)

    # Changing

    @question.command(name="edit", description="Change a question; of a shipped one it makes your server's own version")
    @app_commands.describe(
        id="Which question", reason="What you change, and why", file="The changed question as a file"
    )
    @keepers_only
    async def edit(
        self,
        interaction: discord.Interaction,
        id: str,  # noqa: A002
        reason: app_commands.Range[str, 1, 300] = "",
        file: discord.Attachment | None = None,
    ) -> None:
        await acknowledge(interaction)
        drafts, server, who = admin(interaction).drafts, server_of(interaction), interaction.user.id
        loaded = await _read(interaction, upload_of(file)) if file is not None else ()
        if file is not None and (len(loaded) != 1 or loaded[0].question.id != id):
            raise UserError(f"That file must hold the question `{shorten(id, 80)}` and nothing else.")
        if not loaded:
            await show_draft(interaction, await drafts.begin_edit(server, who, id, reason))
            return
        await admin(interaction).library.show(server, id)
        await show_draft(interaction, await drafts.begin_with(server, who, loaded[0].question, reason))

    @question.command(name="retire", description="Take a question out of use; rounds that had it keep it")
    @app_commands.describe(id="Which question", reason="Why, for the other moderators")
    @keepers_only
    async def retire(
        self,
        interaction: discord.Interaction,
        id: str,  # noqa: A002
        reason: app_commands.Range[str, 1, 300],
    ) -> None:
        await acknowledge(interaction)
        row = await admin(interaction).library.retire(server_of(interaction), id, interaction.user.id, reason)
        await tell(interaction, f"`{row.file_id}` is retired. **/question restore** brings it back.")

    @question.command(name="restore", description="Bring a retired question back, or an earlier version")
    @app_commands.describe(id="Which question", version="The earlier version to publish again")
    @keepers_only
    async def restore(
        self,
        interaction: discord.Interaction,
        id: str,  # noqa: A002
        version: app_commands.Range[int, 1, 1_000_000] | None = None,
    ) -> None:
        await acknowledge(interaction)
        library, server = admin(interaction).library, server_of(interaction)
        if version is None:
            other = await others(interaction)
            try:
                row = await library.restore(server, id, interaction.user.id, others=other)
            except NoQuestionError:  # the bot's owners have shipped ones restored by the same command
                if not await is_owner(interaction):
                    raise
                row = await library.restore(EVERYWHERE, id, interaction.user.id, others=other)
            await tell(interaction, f"`{row.file_id}` is {row.state.value} again.")
            return
        row = await library.revert(server, id, version, interaction.user.id)
        await tell(interaction, f"`{row.file_id}` reads as version {version} did. That is version {row.version} now.")

    @question.command(name="activate", description="Let a question in beta count for ratings")
    @app_commands.describe(id="Which question; “all” for every one that you may activate")
    @keepers_only
    async def activate(self, interaction: discord.Interaction, id: str) -> None:  # noqa: A002
        await acknowledge(interaction)
        library, server, who = admin(interaction).library, server_of(interaction), interaction.user.id
        other = await others(interaction)
        if id == ALL:
            done, left = await library.activate_all(server, who, others=other)
            waits = "One waits" if left == 1 else f"{left} wait"
            rest = f" {waits} for another moderator: nobody but you has looked." if left else ""
            await tell(interaction, f"{counted(done, 'question')} activated.{rest}")
            return
        row = await library.activate(server, id, who, others=other)
        await tell(interaction, f"`{row.file_id}` counts for ratings from now on.")

    @question.command(name="switch-off", description="Keep a shipped question, or a whole track, out of this server")
    @app_commands.describe(what="A shipped question or a track")
    @keepers_only
    async def switch_off(self, interaction: discord.Interaction, what: str) -> None:
        await _switch(interaction, what, on_=False)

    @question.command(name="switch-on", description="Let a shipped question, or a track, be asked here again")
    @app_commands.describe(what="What was switched off")
    @keepers_only
    async def switch_on(self, interaction: discord.Interaction, what: str) -> None:
        await _switch(interaction, what, on_=True)

    # Many at once, and the log

    @question.command(name="import", description="Take in questions from a file or an archive; it is tried first")
    @app_commands.describe(file="A .yaml, .md or .zip file")
    @keepers_only
    async def import_(self, interaction: discord.Interaction, file: discord.Attachment) -> None:
        await acknowledge(interaction)
        await plan_import(interaction, file.filename, await content_of(interaction.client, upload_of(file)))

    @question.command(name="export", description="This server's own questions as an archive of files")
    @app_commands.describe(everything="Retired and quarantined ones, too")
    @keepers_only
    async def export(self, interaction: discord.Interaction, everything: bool = False) -> None:
        await acknowledge(interaction)
        await send_export(interaction, everything=everything)

    @question.command(name="log", description="Who did what to this server's questions")
    @keepers_only
    async def log(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        await show_log(interaction)

    # What opens while somebody types

    @show.autocomplete("id")
    @edit.autocomplete("id")
    async def any_id(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return await _ids(interaction, current, None)

    @history.autocomplete("id")
    @diff.autocomplete("id")
    async def own_id(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        own = {Standing.BETA, Standing.ACTIVE, Standing.RETIRED, Standing.QUARANTINED}
        return await _ids(interaction, current, own)

    @retire.autocomplete("id")
    async def asked_id(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return await _ids(interaction, current, {Standing.BETA, Standing.ACTIVE})

    @restore.autocomplete("id")
    async def restorable_id(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        own = [Standing.RETIRED, Standing.QUARANTINED, Standing.BETA, Standing.ACTIVE]
        gone = await _ids(interaction, current, own[:2])
        return [*gone, *await _ids(interaction, current, own[2:])][:CHOICES]

    @activate.autocomplete("id")
    async def beta_id(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        found = await _ids(interaction, current, {Standing.BETA})
        every = [app_commands.Choice(name="all that are in beta", value=ALL)] if found else []
        return [*every, *found][:CHOICES]

    @switch_off.autocomplete("what")
    async def shipped(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return await _switchable(interaction, current, on_=False)

    @switch_on.autocomplete("what")
    async def switched_off(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return await _switchable(interaction, current, on_=True)

    # Forms, and what people are still to be told

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        found = actions.submitted(interaction)
        if found is not None:
            await actions.act(interaction, FORMS, *found)

    @commands.Cog.listener()
    async def on_app_command_completion(self, interaction: discord.Interaction, _command: object) -> None:
        async with failures_told(interaction):
            await _tell_news(interaction)


def template_of(kind: Kind) -> Path:
    """The file of a finished example."""
    return TEMPLATES / f"{kind.value}{'.md' if kind is Kind.CODE else '.yaml'}"


# Beginning


async def _begin(
    interaction: discord.Interaction,
    kind: app_commands.Choice[str] | None,
    topic: str | None,
    file: discord.Attachment | None,
    draft: int | None,
) -> None:
    server_of(interaction)
    if file is not None:
        await acknowledge(interaction)
        await _from_file(interaction, upload_of(file), draft)
        return
    if kind is None:
        raise UserError(
            "Choose a **kind**, or send a whole question with **file**. **/question template** has examples."
        )
    wanted = Kind(kind.value)
    if wanted is Kind.CODE:
        raise UserError(
            "A code task is too long for forms: send it as a Markdown file, with **file**. **/question template** "
            "gives you a finished one to change."
        )
    await interaction.response.send_modal(modal(prompt_form(None, _slug(topic), wanted), "begin", wanted.value))


def _slug(topic: str | None) -> str:
    """The slug of a topic, of which the slug or the name was typed; else what was typed, for the form to show."""
    if topic is None:
        return ""
    known = {entry.name.casefold(): slug for slug, entry in taxonomy().topics.items()}
    return known.get(topic.strip().casefold(), topic.strip()[:100])


@on(FORMS, "begin", Who.PEOPLE)
async def begin(interaction: discord.Interaction, deed: Deed) -> None:
    kind = deed.word(0)
    if kind not in set(Kind) - {Kind.CODE}:
        raise UserError("I do not know that form any more. Use **/question add** or **/question suggest** again.")
    draft = await admin(interaction).drafts.begin(server_of(interaction), interaction.user.id, Kind(kind), deed.fields)
    note = "✓ **It is kept.** Fill in the parts below, in any order; **/question drafts** finds it again at any time."
    await show_draft(interaction, draft, note, anew=True)


async def _read(interaction: discord.Interaction, upload: Upload) -> tuple[Loaded, ...]:
    """The questions of a file. Raises UserError with all mistakes."""
    content = await content_of(interaction.client, upload)
    try:
        return await admin(interaction).transfer.read(upload.name, content)
    except IntakeError as error:
        raise refusal(error) from error


async def _from_file(interaction: discord.Interaction, upload: Upload, draft: int | None) -> None:
    await _from_loaded(interaction, await _read(interaction, upload), draft)


async def _from_loaded(interaction: discord.Interaction, loaded: Sequence[Loaded], draft: int | None) -> None:
    if len(loaded) != 1:
        raise UserError(
            f"There are {len(loaded)} questions in that. Send one at a time; moderators take in many at once with "
            "**/question import**."
        )
    drafts, server, who = admin(interaction).drafts, server_of(interaction), interaction.user.id
    question = loaded[0].question
    same = await _same_draft(interaction, question) if draft is None else None
    if same is not None:
        await _replace_same(interaction, same, question)
        return
    if draft is None:
        found = await drafts.begin_with(server, who, question)
        note = "✓ **It is kept as a draft.**"
        if found.base is not None:
            note += " There is a question of that name already, so this one changes it here."
    else:
        found = await drafts.replace(server, draft, who, question, moderator=await is_moderator(interaction))
        note = "✓ **The draft now says what the file says.**"
    await show_draft(interaction, found, note)


async def _same_draft(interaction: discord.Interaction, question: AnyQuestion) -> Draft | None:
    """The person's latest draft of that question, which a file of it is meant for; None where there is none."""
    server, kind = server_of(interaction), Kind(question.type)
    mine = await admin(interaction).drafts.mine(server, interaction.user.id)
    same = next((one for one in mine if one.kind is kind and one.file_id == question.id), None)
    if same is None or same.base is not None:
        return same
    try:
        await admin(interaction).library.show(server, question.id)
    except NoQuestionError:
        return same
    return None  # it was meant as a new question, and meanwhile there is one of that name: the file changes that one


async def _replace_same(interaction: discord.Interaction, draft: Draft, question: AnyQuestion) -> None:
    """Puts a file in place of what a draft of the same question said, which is handed back."""
    if not draft.editable:
        raise UserError(
            f"Your draft {draft.id} of `{question.id}` waits for a review. Take it back first (**/question drafts** "
            "opens it), or give the file another id."
        )
    before = await _as_it_was(draft)
    server, moderator = server_of(interaction), await is_moderator(interaction)
    changed = await admin(interaction).drafts.replace(
        server, draft.id, interaction.user.id, question, moderator=moderator
    )
    if changed.fields == draft.fields:
        await show_draft(interaction, changed, f"✓ **Your draft {draft.id} of that question says just that already.**")
        return
    note = f"✓ **You have a draft of that question, so draft {draft.id} now says what the file says.**"
    await show_draft(interaction, changed, note)
    await tell(interaction, f"What draft {draft.id} said before, in case you still need it:", files=[before])


async def _as_it_was(draft: Draft) -> discord.File:
    """All that a draft says: as the file that it makes, or, where it is no question yet, as its fields."""
    try:
        text = await written(await ready(draft))
    except UserError:
        return as_file(json.dumps(draft.fields, indent=2, ensure_ascii=False), f"draft-{draft.id}-before.json")
    return as_file(text, f"draft-{draft.id}-before{Path(file_name(draft.file_id, text)).suffix}")


async def _draft_choices(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[int]]:
    """The person's own drafts that match what was typed so far."""
    wanted = typed.casefold().split()
    found: list[app_commands.Choice[int]] = []
    for draft in await admin(interaction).drafts.mine(server_of(interaction), interaction.user.id):
        first = " ".join(draft.prompt.split()) or "nothing asked yet"
        label = f"{draft.id} · {draft.kind.words} · {first}"
        if draft.editable and all(word in f"{label} {draft.file_id}".casefold() for word in wanted):
            found.append(app_commands.Choice(name=shorten(label, 100), value=draft.id))
    return found[:CHOICES]


def _looks_whole(text: str) -> bool:
    """Whether a message is meant as a whole question rather than as the words of one."""
    return (
        "```" in text or text.startswith("---") or any(line.startswith(("id:", "type:")) for line in text.splitlines())
    )


# The rest


async def _switch(interaction: discord.Interaction, what: str, *, on_: bool) -> None:
    await acknowledge(interaction)
    wanted = next((track.slug for track in taxonomy().tracks if track.name.casefold() == what.strip().casefold()), what)
    changed = await admin(interaction).library.switch(server_of(interaction), wanted, interaction.user.id, on=on_)
    name = taxonomy().name(wanted)
    shown = f"**{name}**" if name != wanted else f"`{shorten(wanted, 80)}`"
    if not changed:
        await tell(interaction, f"{shown} was not switched off." if on_ else f"{shown} was switched off already.")
    else:
        await tell(interaction, f"{shown} is asked here again." if on_ else f"{shown} is not asked here any more.")


def topic_choices(typed: str, *, tracks: bool = False) -> list[app_commands.Choice[str]]:
    """Topics, and whole tracks, that match what was typed so far."""
    wanted = typed.casefold().split()
    entries = [(f"All of {track.name}", track.slug) for track in taxonomy().tracks] if tracks else []
    entries += [(topic.name, topic.slug) for topic in taxonomy().topics.values()]
    return [
        app_commands.Choice(name=name[:100], value=slug)
        for name, slug in entries
        if all(word in f"{name} {slug}".casefold() for word in wanted)
    ][:CHOICES]


def _known_place(typed: str | None) -> str | None:
    """The slug of a topic or track. Raises UserError for a text that names none."""
    if typed is None or not typed.strip():
        return None
    wanted = typed.strip().casefold()
    for entry in (*taxonomy().tracks, *taxonomy().topics.values()):
        if wanted in {entry.slug, entry.name.casefold()}:
            return entry.slug
    raise UserError("I do not know that topic. Pick one from the list that opens while you type.")


async def _ids(
    interaction: discord.Interaction, typed: str, standings: Sequence[Standing] | set[Standing] | None
) -> list[app_commands.Choice[str]]:
    if not await is_moderator(interaction):
        return []
    found = await admin(interaction).library.suggestions(server_of(interaction), typed, standings)
    return [app_commands.Choice(name=shorten(label, 100), value=name) for label, name in found]


async def _switchable(interaction: discord.Interaction, typed: str, *, on_: bool) -> list[app_commands.Choice[str]]:
    if not await is_moderator(interaction):
        return []
    found = await admin(interaction).library.switchable(server_of(interaction), typed, on=on_)
    return [app_commands.Choice(name=shorten(label, 100), value=name) for label, name in found]


async def _tell_news(interaction: discord.Interaction) -> None:
    """What could not be told to somebody directly, beside what they did."""
    review = admin(interaction).review
    for notice in await review.untold(interaction.user.id):
        if notice.server_id not in {None, EVERYWHERE, interaction.guild_id}:
            continue  # it waits for a command in its server
        if not interaction.response.is_done() or not await review.told(notice):
            continue
        if notice.server_id == EVERYWHERE and not await is_owner(interaction):
            continue
        if notice.server_id and not await is_moderator(interaction):
            continue  # no moderator any more: it is none of their business
        try:
            await interaction.followup.send(notice.text[:2000], ephemeral=True)
        except UNSENT as error:
            await review.tell_later(notice)
            raise UserError("There is news on a question of yours; I tell you at your next command.") from error
