"""Everything that happens inside a round, whatever its kind: clicks, forms, typed answers; /round resume and stop."""

from __future__ import annotations

import logging
from typing import Any, assert_never, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import UserError
from bot.rounds.dialogue import Phase, Reply, State
from bot.rounds.events import Kind
from bot.rounds.pair import other
from bot.services.carrying import Outcome
from bot.services.code_cards import waits_for_code
from bot.services.hints import hints_of
from bot.services.history import model_answer
from bot.services.record import RoundRecord
from bot.services.rounds import ANSWER_LIMIT, Rounds
from bot.services.shared_rounds import Shared
from bot.store.rounds import RoundRow
from cogs import _components as components
from cogs._components import Click, services
from cogs._errors import UNSENT, acknowledge, failures_told, tell
from cogs._layout import layout
from cogs._places import carry_out, direct_message, link, place_here, url
from cogs._poster import answer_text, is_addressed, is_own_thread
from cogs._start import start_again
from cogs._submissions import (
    FORMS,
    I_TAKE_CODE,
    enough_today,
    form_refusal,
    has_program,
    open_form,
    program_of_form,
    program_of_message,
    run_samples,
    show_mine,
    show_solution,
)
from cogs._text import shorten
from cogs.history import show_round
from questions.code_task import CodeTask
from questions.model import MultipleChoice, Numeric

_log = logging.getLogger(__name__)

CANNOT_READ = (
    "I cannot read plain messages in this server. Press **Answer** on the question, "
    "or reply to it with the mention switched on."
)

NOTHING_OPEN = (
    "There is no open round here. **/quiz start** begins a quiz, **/code start** a task to program, "
    "**/behavioral start** a story from your work, "
    "and **/help** shows everything on one screen."
)
SHARED_SHOWN = 5
"""Rounds that are named to somebody who has none of their own."""
FAILED = "Sorry, that went wrong on my side. Your message is still here; press **Answer** to send it again."


def reply_text(reply: Reply, row: RoundRow[State]) -> str:
    """What an event that changed nothing is answered with."""
    match reply:
        case Reply.NOT_YOURS:
            return f"This round belongs to <@{row.owner_id}>. Start your own with **/quiz start**."
        case Reply.STALE:
            return "That button belongs to an earlier question. The current one is further down."
        case Reply.ALREADY_ANSWERED if row.kind is Kind.CODE:
            return "That one is done: your code was judged, or your answer is there. What you sent is kept."
        case Reply.ALREADY_ANSWERED:
            return "Your first answer to this one counts; I have it."
        case Reply.TOO_LATE:
            return "Time was up before this arrived. It is kept in **/history**, but not scored."
        case Reply.NO_MORE_HINTS:
            return "There are no more hints for this question."
        case Reply.NOT_IN_EXAM:
            return "In an exam the answer stays hidden until the end."
        case Reply.FINISHED:
            return "This round is over. **/history** shows it again."
        case Reply.NOT_FINISHED:
            return "You can rate yourself once the round is over."
        case Reply.WAITING_FOR_NEXT:
            return "This question is done. Press **Next question** when you are ready."
        case Reply.STILL_RUNNING:
            return "I am still running your last submission; wait for its verdict. What you send meanwhile is kept."
        case Reply.ENOUGH_TODAY:
            return "This challenge takes no more submissions for now. What you sent is kept."
        case _:
            assert_never(reply)


async def reply_of(rounds: Rounds, reply: Reply, row: RoundRow[State]) -> str:
    """The same, with what must be looked up for it."""
    return await enough_today(rounds, row) if reply is Reply.ENOUGH_TODAY else reply_text(reply, row)


class RoundCog(commands.Cog, name="Rounds"):
    """Answers, hints, skips and all other steps of open rounds."""

    def __init__(self, bot: commands.Bot) -> None:
        self.bot = bot
        self._told_unreadable: set[int] = set()
        self._offered: set[tuple[int, int]] = set()

    round_group = app_commands.Group(
        name="round",
        description="Go on with an open round, or end it",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
    )

    # Clicks and forms

    @commands.Cog.listener()
    async def on_round_click(self, interaction: discord.Interaction, click: Click) -> None:
        async with failures_told(interaction):
            await self._click(interaction, click)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        click = components.submitted(interaction)
        if click is None:
            return
        async with failures_told(interaction, typed=click.value):
            await self._submitted(interaction, click)

    async def _click(self, interaction: discord.Interaction, click: Click) -> None:
        rounds = services(interaction).rounds
        who, at = interaction.user.id, {"by": interaction.user.id, "turn": click.turn}
        action, _, choice = click.action.partition("-")
        if action in {"answer", "edit", "report", "flag", *FORMS}:
            # A form cannot follow an acknowledgement: it is the acknowledgement.
            await self._open_form(interaction, click)
            return
        await acknowledge(interaction)
        match action:
            case "choose":
                source = f"interaction:{interaction.id}"
                outcome = await rounds.answer(click.round_id, by=who, text=choice, source=source, turn=click.turn)
            case "take":
                outcome = await self._take(interaction, click, int(choice))
            case "send":
                outcome = await rounds.submit_kept(click.round_id, **at, attempt=int(choice))
            case "hint":
                outcome = await rounds.hint(click.round_id, **at)
            case "skip":
                outcome = await rounds.skip(click.round_id, **at)
            case "show":
                outcome = await rounds.give_up(click.round_id, **at)
            case "next":
                outcome = await rounds.advance(click.round_id, **at)
            case "asis":
                outcome = await rounds.accept_draft(click.round_id, **at)
            case "stop":
                outcome = await rounds.stop(click.round_id, by=who)
            case "rate":
                outcome = await rounds.rate_self(click.round_id, by=who, band=int(click.value))
            case "model":
                await self._show_model(interaction, click)
                return
            case "mine":
                await self._show_mine(interaction, click)
                return
            case "read":
                await show_round(interaction, click.round_id)
                return
            case "again":
                await start_again(interaction, click.round_id)
                return
            case "dm":
                await self._continue_in_dm(interaction, click.round_id)
                return
            case _:
                raise UserError("I do not know that button any more.")
        shown = await self._after(interaction, outcome)
        if action == "take" and not outcome.replies:
            await self._thank(interaction)
        if action == "hint" and not outcome.replies and not (shown and outcome.row.kind is not Kind.CODE):
            # It stands on the question's card, which could not be changed, or is screens above the verdict that was
            # clicked; it has its cost, so it must be seen.
            await tell(interaction, await self._newest_hint(interaction, outcome.row))

    async def _thank(self, interaction: discord.Interaction) -> None:
        """The question whether a message was the answer has been answered."""
        try:
            await interaction.edit_original_response(view=layout(["-# ✓ Taken as your answer."]))
        except UNSENT as error:
            _log.info("an offer keeps its button: %s", error)

    async def _submitted(self, interaction: discord.Interaction, click: Click) -> None:
        await acknowledge(interaction)
        rounds = services(interaction).rounds
        who = interaction.user.id
        if click.action == "form-report":
            number = await rounds.report(click.round_id, by=who, turn=click.turn, text=click.value)
            await tell(interaction, f"Thank you. Your report is number {number}; moderators will look at it.")
            return
        source, text = f"interaction:{interaction.id}", click.value
        if click.action != "form-answer":
            text = await program_of_form(interaction, click)
        if click.action == "form-samples":
            kept = await rounds.keep(click.round_id, by=who, turn=click.turn, text=text, source=source)
            for reply in kept.replies:
                await tell(interaction, await reply_of(rounds, reply, kept.row))
            if not kept.replies:
                await run_samples(interaction, kept)
            return
        outcome = await rounds.answer(click.round_id, by=who, text=text, source=source, turn=click.turn)
        await self._after(interaction, outcome)

    async def _after(self, interaction: discord.Interaction, outcome: Outcome[State, Reply]) -> bool:
        """Replies to the click, then shows what has become of the round; returns whether all of it is shown."""
        for reply in outcome.replies:
            await tell(interaction, await reply_of(services(interaction).rounds, reply, outcome.row))
        return await carry_out(interaction, outcome.row)

    async def _newest_hint(self, interaction: discord.Interaction, row: RoundRow[State]) -> str:
        record = await services(interaction).rounds.record(row.id)
        item = row.state.current.item
        hints = hints_of(record.question(item), row.state.items[item].variant)
        return f"💡 **Hint {row.state.item.hints}** · {hints[row.state.item.hints - 1]}"

    async def _open_form(self, interaction: discord.Interaction, click: Click) -> None:
        if click.action in {"report", "flag"}:
            await interaction.response.send_modal(components.report_form(click.round_id, click.turn))
            return
        record = await services(interaction).rounds.record(click.round_id)
        state = record.state
        code = click.action in FORMS
        refusal = (form_refusal if code else _form_refusal)(record, interaction.user.id, click)
        if refusal is not None:
            await tell(interaction, reply_text(refusal, record.row))
            await carry_out(interaction, record.row)
            return
        if code:
            await interaction.response.send_modal(open_form(record, click))
            return
        question = record.question(state.current.item)
        draft = record.answer(click.turn) if click.action == "edit" else None
        asked = record.probe(click.turn) or "Your answer"
        await interaction.response.send_modal(
            components.answer_form(
                click.round_id,
                click.turn,
                title="Your story" if state.kind is Kind.BEHAVIORAL else f"Question {state.current.item + 1}",
                label=shorten(asked, 45),
                text=draft.row.text if draft else "",
                long=not isinstance(question, Numeric | MultipleChoice) or state.current.probe is not None,
            )
        )

    async def _show_model(self, interaction: discord.Interaction, click: Click) -> None:
        record = await services(interaction).rounds.record(click.round_id)
        state = record.state
        if interaction.user.id != record.row.owner_id:
            await tell(interaction, reply_text(Reply.NOT_YOURS, record.row))
            return
        item = state.turns[min(click.turn, state.turn)].item
        if not state.item_states[item].done:
            await tell(interaction, "Answer first; the model answer comes with the feedback.")
            return
        question = record.question(item)
        if isinstance(question, CodeTask):
            await show_solution(interaction, question)
            return
        await tell(interaction, f"**Model answer**\n{model_answer(record, item)}"[:2000])

    async def _show_mine(self, interaction: discord.Interaction, click: Click) -> None:
        record = await services(interaction).rounds.record(click.round_id)
        if interaction.user.id != record.row.owner_id:
            await tell(interaction, reply_text(Reply.NOT_YOURS, record.row))
            return
        await show_mine(interaction, record, click.turn)

    async def _continue_in_dm(self, interaction: discord.Interaction, round_id: int) -> None:
        rounds = services(interaction).rounds
        row = await rounds.load(round_id)
        if interaction.user.id != row.owner_id:
            await tell(interaction, reply_text(Reply.NOT_YOURS, row))
            return
        place = await direct_message(interaction.user)
        await rounds.resume(round_id, place)
        await carry_out(interaction, row)
        await tell(interaction, f"It goes on in our direct messages: <#{place.channel_id}>")

    # Typed answers

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if message.author.bot or message.type not in {discord.MessageType.default, discord.MessageType.reply}:
            return
        text = answer_text(message, self.bot.user)
        direct = message.guild is None
        meant = direct or is_own_thread(message.channel) or is_addressed(message, self.bot.user)
        if not (meant or text):
            return  # somebody's chatter, which we may not even read
        try:
            await self._typed(message, text, meant=meant)
        except UserError as error:
            await self._say(message, str(error))
        except Exception:  # noqa: BLE001 - every failure is told and logged
            _log.exception("message %s: a typed answer failed", message.id)
            await self._say(message, FAILED)

    async def _typed(self, message: discord.Message, text: str, *, meant: bool) -> None:
        rounds: Rounds = cast(Any, self.bot).services.rounds
        row = await rounds.open_in(message.channel.id, message.author.id)
        if row is None:
            if message.guild is None:
                await self._say(message, NOTHING_OPEN)
            return
        turn = None
        replied = message.reference.message_id if message.reference else None
        if replied is not None and not is_own_thread(message.channel) and message.guild is not None:
            posted = await rounds.posted(replied)
            if posted is not None and posted[0] != row.id:
                return  # said to somebody else's round
            turn = posted[1] if posted else None
        record = await rounds.record(row.id) if row.kind is Kind.CODE else None
        task = record.task(row.state.current.item) if record is not None and waits_for_code(record) else None
        if not meant:
            if task is None or has_program(message, text, task):
                await self._offer(message, row, text)
            return
        if task is not None:
            await self._typed_program(message, row, text, task)
            return
        if not text:
            await self._say_unreadable(message)
            return
        source = f"message:{message.id}"
        outcome = await rounds.answer(
            row.id, by=row.owner_id, text=text, source=source, turn=turn, message_id=message.id
        )
        if outcome.replies:
            await self._say(message, reply_text(outcome.replies[0], outcome.row))
        await rounds.carry_out(row.id)

    async def _typed_program(self, message: discord.Message, row: RoundRow[State], text: str, task: CodeTask) -> None:
        """A message while a code task is open: its program is submitted, anything else is kept."""
        rounds: Rounds = cast(Any, self.bot).services.rounds
        if not (text or message.attachments):
            await self._say_unreadable(message)
            return
        source, turn = f"message:{message.id}", row.state.turn
        program = await program_of_message(self.bot, message, text, task)
        if not program:
            await rounds.keep(row.id, by=row.owner_id, turn=turn, text=text[:ANSWER_LIMIT], source=source)
            await self._say(message, I_TAKE_CODE)
            return
        outcome = await rounds.answer(row.id, by=row.owner_id, text=program, source=source, turn=turn)
        for reply in outcome.replies:
            await self._say(message, await reply_of(rounds, reply, outcome.row))
        await rounds.carry_out(row.id)

    async def _offer(self, message: discord.Message, row: RoundRow[State], text: str) -> None:
        """In a shared channel a plain message may be chatter or the answer: asked once a turn, never guessed."""
        turn = (row.id, row.state.turn)
        if not text or row.state.phase is not Phase.ASKING or turn in self._offered:
            return
        self._offered.add(turn)
        take = components.round_button(row.id, row.state.turn, f"take-{message.id}", "Yes, take it as my answer")
        view = layout(["Was that your answer? If it was only chat, go on; I ask this once."], [[take]])
        try:
            await message.reply(view=view, mention_author=False)
        except UNSENT as error:
            _log.warning("a typed message could not be asked about: %s", error)

    async def _take(self, interaction: discord.Interaction, click: Click, message_id: int) -> Outcome[State, Reply]:
        """Takes a message of the channel as the answer."""
        channel = self.bot.get_partial_messageable(interaction.channel_id or 0)
        try:
            message = await channel.fetch_message(message_id)
        except discord.NotFound as error:
            raise UserError("That message is gone. Press **Answer** and write it there.") from error
        if message.author.id != interaction.user.id:
            raise UserError("That message is somebody else's.")
        text, source = answer_text(message, self.bot.user), f"message:{message_id}"
        who = interaction.user.id
        record = await services(interaction).rounds.record(click.round_id)
        if record.row.kind is Kind.CODE and waits_for_code(record):
            task = record.task(record.state.current.item)
            text = await program_of_message(self.bot, message, text, task) or ""
            if not text:
                raise UserError("There is no program in that message any more.")
        return await services(interaction).rounds.answer(
            click.round_id, by=who, text=text, source=source, turn=click.turn
        )

    async def _say_unreadable(self, message: discord.Message) -> None:
        """Without the message-content intent a plain message arrives empty: said once a channel."""
        if message.attachments or message.stickers:
            await self._say(message, "Please answer in words: press **Answer** or type.")
        elif message.channel.id not in self._told_unreadable:
            self._told_unreadable.add(message.channel.id)
            await self._say(message, CANNOT_READ)

    async def _say(self, message: discord.Message, text: str) -> None:
        """Replies to a typed message; where that fails, the log says so."""
        try:
            await message.reply(text, mention_author=False)
        except UNSENT as error:
            _log.warning("a typed message could not be replied to: %s", error)

    # Commands

    @round_group.command(name="resume", description="Show your open round again, here")
    async def resume(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        rounds = services(interaction).rounds
        row = await self._open_round(interaction)
        here = await place_here(interaction)
        await rounds.resume(row.id, here)
        if not await carry_out(interaction, row):
            raise UserError("I could not show it here. Try **/round resume** in a direct message to me.")
        await tell(interaction, f"Here it is again: question {row.state.current.item + 1} of {len(row.state.items)}.")

    @round_group.command(name="stop", description="End your open round and see its summary")
    async def stop(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        row = await self._open_round(interaction, shared_here=True)
        outcome = await services(interaction).rounds.stop(row.id, by=interaction.user.id)
        await carry_out(interaction, row)
        if outcome.replies:
            await tell(interaction, reply_text(outcome.replies[0], row))
        else:
            where = "" if row.place.channel_id == interaction.channel_id else f" The summary is in {link(row.place)}."
            await tell(interaction, f"The round is over.{where} **/history** keeps it.")

    async def _open_round(self, interaction: discord.Interaction, *, shared_here: bool = False) -> RoundRow[State]:
        """The open round here, else the person's newest anywhere. Raises UserError without one.

        `shared_here`: nor where they share one with others in this channel, which they may well mean.
        """
        rounds = services(interaction).rounds
        if interaction.channel_id is not None:
            here = await rounds.open_in(interaction.channel_id, interaction.user.id)
            if here is not None:
                return here
        found, shared = await rounds.open_of(interaction.user.id), await _shared(interaction)
        if shared_here and (there := [text for channel, text in shared if channel == interaction.channel_id]):
            elsewhere = [f"- Your own is in {link(row.place)}; use the command there." for row in found[:1]]
            lines = ["This command is for rounds of your own. Here you share one with others:", *there, *elsewhere]
            raise UserError("\n".join(lines))
        if not found and shared:
            lines = [text for _, text in shared[:SHARED_SHOWN]]
            raise UserError("\n".join(["You have no open round of your own, but you share one with others:", *lines]))
        if not found:
            raise UserError(
                "You have no open round. Start one with **/quiz start**, **/code start** or **/behavioral start**."
            )
        return found[0]


async def _shared(interaction: discord.Interaction) -> list[tuple[int, str]]:
    """The person's open group rounds and peer interviews: the channel, and a line with a link that says what to do."""
    found, who = services(interaction), interaction.user.id
    lines: list[tuple[int, str]] = []
    for one in await found.groups.open_of(who):
        state = one.row.state
        ends = "**Close**" if not state.item_states else "**Host: end round**"
        how = f"{ends} ends it" if state.owner == who else "**Leave** takes you out of it; its host ends it"
        lines.append((one.row.place.channel_id, f"- Group round · {_where(one)} · {how}."))
    for one in await found.pairs.open_of(who):
        state = one.row.state
        with_whom = f"Peer interview with <@{other(state, who)}>"
        how = "**Stop for both** ends it" if state.parts else "its buttons call it off"
        lines.append((one.row.place.channel_id, f"- {with_whom} · {_where(one)} · {how}."))
    return lines


def _where(one: Shared[Any]) -> str:
    """A link to the newest message of a round, else to its channel."""
    return link(one.row.place) if one.message_id is None else url(one.row.place, one.message_id)


def _form_refusal(record: RoundRecord, user_id: int, click: Click) -> Reply | None:
    """Why a form to answer in should not open; what is submitted is judged again by the engine."""
    state = record.state
    if user_id != record.row.owner_id:
        return Reply.NOT_YOURS
    if state.phase is Phase.FINISHED:
        return Reply.FINISHED
    if click.turn != state.turn:
        return Reply.STALE
    if state.phase is not Phase.ASKING:
        return Reply.ALREADY_ANSWERED
    return None


async def setup(bot: commands.Bot) -> None:
    bot.add_dynamic_items(*components.DYNAMIC_ITEMS)
    await bot.add_cog(RoundCog(bot))
