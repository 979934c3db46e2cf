"""/mock host: a group round from the lobby to the final board."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from io import BytesIO
from typing import Any, assert_never, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.counting import counted
from bot.errors import UserError
from bot.rounds.dialogue import Outcome
from bot.rounds.events import Kind
from bot.rounds.group import FEWEST, MOST, SILENCE, Phase, Reply, State, awaited
from bot.services.alike import Alike
from bot.services.cards import FeedbackCard
from bot.services.carrying import Outcome as Stepped
from bot.services.code_cards import CardFile
from bot.services.code_report import defines
from bot.services.group_cards import QUOTABLE, own_feedback
from bot.services.group_record import GroupRecord
from bot.services.groups import Groups, GroupWish, Taken
from bot.services.history import model_of
from bot.services.judging import Progress
from bot.services.rounds import PATIENCE
from bot.services.starting import FORMATS, STORIES, Format
from bot.store.rounds import Place, RoundRow, Surface
from cogs import _components as components
from cogs._answers import in_short
from cogs._components import Click, round_button, services
from cogs._errors import UNSENT, acknowledge, failures_told, tell
from cogs._files import as_files
from cogs._layout import BANDS, QUIET, layout
from cogs._moderators import is_moderator
from cogs._places import place_here
from cogs._render import feedback_blocks
from cogs._render_code import progress_text, samples_view, verdict_blocks
from cogs._render_group import ENGINE, figures
from cogs._start import LEVELS, QUIZ_FORMATS, known_topic, listed_channel, topic_choices
from cogs._submissions import program_of_form, show_solution
from cogs._text import percent, plain, quote
from cogs.appeals import appeal_button
from grader.code.verdict import NAMES, Code
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import FreeText, Level, Numeric

_log = logging.getLogger(__name__)

KINDS = [
    app_commands.Choice(name="quiz", value=Kind.QUIZ.value),
    app_commands.Choice(name="behavioral", value=Kind.BEHAVIORAL.value),
    app_commands.Choice(name="code", value=Kind.CODE.value),
]
MINUTES = (1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60)
TIMES: list[app_commands.Choice[int]] = [
    app_commands.Choice(name=counted(minutes, "minute"), value=minutes) for minutes in MINUTES
]
USUAL = {Kind.QUIZ: (5, 3), Kind.BEHAVIORAL: (1, 8), Kind.CODE: (1, 20)}
"""How many questions, and how many minutes each, unless the host says otherwise."""
MORE_S = 60
FORMS = {"answer", "submit", "samples", "report", "flag"}


def reply_text(reply: Reply, row: RoundRow[State], by: int) -> str:
    """What an event that changed nothing, or less than hoped, is answered with."""
    state = row.state
    match reply:
        case Reply.NOT_HOST:
            return f"Only the host, <@{state.owner}>, can do that."
        case Reply.NOT_IN_ROUND:
            return "You are not in this round. Press **Join** first."
        case Reply.ALREADY_IN:
            return "You are in it already."
        case Reply.ENTERS_NEXT:
            return "You are in. You take part from the next question on."
        case Reply.JOINED_LATE:
            return "You take part from the next question on; this one was asked before you came."
        case Reply.NOTHING_LEFT:
            return "The last question has been asked, so there is nothing left to join. Come back for the next round!"
        case Reply.FULL:
            return f"This round is full: {MOST} people are in it."
        case Reply.TOO_FEW:
            return f"It takes {FEWEST} people to start. Somebody has to press **Join** first."
        case Reply.NOBODY_THERE:
            return "Everybody has left, so there is nobody to ask. **End round** shows the board."
        case Reply.STALE:
            return "That button belongs to another question. The current one is further down."
        case Reply.ALREADY_ANSWERED if state.tries:
            return "You are done with this task: it is accepted, or you said so."
        case Reply.ALREADY_ANSWERED:
            return "Your first answer to this one counts; I have it."
        case Reply.TOO_LATE:
            return "Time was up before this arrived. It is kept, but not scored."
        case Reply.STILL_RUNNING:
            return "I am still running your last submission; wait for its verdict. What you sent is kept."
        case Reply.NO_TRY_YET:
            return "Submit something first; then you can be done with it. **Leave** takes you out of the round."
        case Reply.ENOUGH_TIME:
            return "This question has had an hour more already. That is the most."
        case Reply.HOST_IS_HERE if by == state.owner:
            return "You are the host."
        case Reply.HOST_IS_HERE:
            free = int((state.host_seen_at + SILENCE).timestamp())
            return f"<@{state.owner}> is still here. If nothing comes, you can take over <t:{free}:R>."
        case Reply.FINISHED:
            return "This round is over."
        case _:
            assert_never(reply)


class MockCog(commands.Cog, name="Mock"):
    """Rounds that several people play together."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups

    mock = app_commands.Group(
        name="mock",
        description="Mock interviews with others",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
    )

    @mock.command(name="host", description="Host a round for a group in this channel: private answers, one board")
    @app_commands.describe(
        kind="The kind of round (a quiz unless you say otherwise)",
        topic="What to be asked about (leave empty for a mixture)",
        level="The level you interview for (mid unless you say otherwise)",
        questions="How many questions, 1 to 15 (a quiz has 5 unless you say otherwise)",
        minutes="Time for each question (3 minutes in a quiz unless you say otherwise)",
        format="Of a quiz: the kind of questions (a mixture unless you say otherwise)",
        play="Whether you take part yourself (yes unless you say otherwise)",
    )
    @app_commands.choices(kind=KINDS, level=LEVELS, format=QUIZ_FORMATS)
    @app_commands.choices(minutes=TIMES)
    async def host(
        self,
        interaction: discord.Interaction,
        kind: app_commands.Choice[str] | None = None,
        topic: str | None = None,
        level: app_commands.Choice[str] | None = None,
        questions: app_commands.Range[int, 1, 15] | None = None,
        minutes: app_commands.Choice[int] | None = None,
        format: app_commands.Choice[str] | None = None,  # noqa: A002 - the name that people see
        play: bool = True,
    ) -> None:
        await acknowledge(interaction)
        wanted = Kind(kind.value) if kind else Kind.QUIZ
        usual_count, usual_minutes = USUAL[wanted]
        form = Format(format.value) if format and wanted is Kind.QUIZ else Format.MIXED
        if wanted is Kind.CODE:
            form = Format.CODE
        wish = GroupWish(
            user_id=interaction.user.id,
            place=await _place(interaction),
            channel_id=listed_channel(interaction),
            kind=wanted,
            level=Level(level.value) if level else Level.MID,
            topic=await known_topic(interaction, topic, _kinds(wanted, form)),
            format=form,
            count=questions or usual_count,
            limit_s=60 * (minutes.value if minutes else usual_minutes),
            plays=play,
        )
        await self._open(interaction, wish)

    async def _open(self, interaction: discord.Interaction, wish: GroupWish) -> None:
        groups = services(interaction).groups
        row = await groups.open(wish)
        if not await groups.carry_out(row.id):
            raise UserError("The lobby is open, but I could not show it here. I try again in a moment.")
        await tell(interaction, "Your lobby is open below. Press **Start** there when everybody is in.")

    @host.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        chosen, form = (getattr(interaction.namespace, name, None) for name in ("kind", "format"))
        wanted = Kind(chosen) if chosen in {kind.value for kind in Kind} else Kind.QUIZ
        form = Format(form) if form in {choice.value for choice in QUIZ_FORMATS} else Format.MIXED
        return await topic_choices(interaction, current, _kinds(wanted, form))

    # Clicks and forms

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """A host who writes in the channel is there, also when there is nothing to click."""
        if message.guild is None or message.author.bot:
            return
        try:
            await self._groups.seen_in(message.channel.id, message.author.id)
        except Exception:  # noqa: BLE001 - nobody waits for an answer to what they said in a channel
            _log.exception("message %s: it could not be noted that a host is there", message.id)

    @commands.Cog.listener()
    async def on_group_click(self, interaction: discord.Interaction, click: Click) -> None:
        async with failures_told(interaction):
            await self._click(interaction, click)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        click = components.submitted(interaction, ENGINE)
        if click is None:
            return
        async with failures_told(interaction, typed=click.value):
            await self._submitted(interaction, click)

    async def _click(self, interaction: discord.Interaction, click: Click) -> None:
        action, _, choice = click.action.partition("-")
        if action in FORMS:
            await self._open_form(interaction, click)
            await services(interaction).groups.seen(click.round_id, by=interaction.user.id)
            return
        await acknowledge(interaction)
        groups, who = services(interaction).groups, interaction.user.id
        at = {"by": who, "turn": click.turn}
        match action:
            case "choose":
                source = f"interaction:{interaction.id}"
                taken = await groups.answer(click.round_id, **at, text=choice, source=source)
                await self._answered(interaction, taken)
                return
            case "send":
                taken = await groups.submit_kept(click.round_id, **at, attempt=int(choice))
                await self._answered(interaction, taken)
                return
            case "join":
                outcome = await groups.join(click.round_id, by=who)
            case "leave":
                outcome = await groups.leave(click.round_id, by=who)
            case "start":
                outcome = await groups.begin(click.round_id, by=who)
            case "done":
                outcome = await groups.done(click.round_id, **at)
            case "skip":
                outcome = await groups.skip(click.round_id, **at)
            case "add":
                outcome = await groups.add_time(click.round_id, **at, seconds=MORE_S)
            case "next":
                await self._tell_alike(interaction, click)
                outcome = await groups.advance(click.round_id, **at)
            case "end":
                outcome = await groups.end(click.round_id, by=who)
            case "takeover":
                outcome = await groups.take_over(click.round_id, by=who)
            case "again":
                await self._again(interaction, click.round_id)
                return
            case "quote":
                await self._quote(interaction, choice == "yes")
                return
            case _:
                await self._read(interaction, click, action, choice)
                await groups.seen(click.round_id, by=who)
                return
        for reply in outcome.replies:
            await tell(interaction, reply_text(reply, outcome.row, who))
        await groups.carry_out(click.round_id)
        if not outcome.replies:
            await self._confirm(interaction, action, outcome)

    async def _confirm(self, interaction: discord.Interaction, action: str, outcome: Stepped[State, Reply]) -> None:
        """Says what a click did where the card alone does not."""
        state = outcome.row.state
        if action == "leave":
            seen = (
                "the scores you have stay on the board" if state.item_states else "the lobby is open if you come back"
            )
            await tell(interaction, f"You have left the round; {seen}.")
        elif action == "takeover":
            await tell(interaction, _took_over(state))
        elif action == "join" and interaction.user.id in awaited(state):
            await tell(interaction, "You are in again, and this question still takes your answer.")
        elif action == "join" and state.item_states:
            await tell(interaction, "You are in again.")
        elif action == "done":
            await tell(interaction, "You are done with this task. Your best submission counts.")
        elif action == "start" and len(state.items) < state.asked:
            noun = "task" if state.tries else "question"
            many = f"one {noun} that fits" if len(state.items) == 1 else f"{len(state.items)} {noun}s that fit"
            await tell(interaction, f"I have {many}, not {state.asked}.")

    async def _read(self, interaction: discord.Interaction, click: Click, action: str, choice: str) -> None:
        """Clicks that only show something, to this person alone."""
        record = await services(interaction).groups.record(click.round_id)
        match action:
            case "feedback" | "review":
                item = click.turn - 1 if action == "feedback" else (int(choice) if choice.isdecimal() else None)
                await self._show_feedback(interaction, record, item)
            case "model":
                await self._show_model(interaction, record, click.turn)
            case "mine":
                await self._show_mine(interaction, record, click.turn)
            case "notes" | "hostnotes":
                await self._show_notes(interaction, record)
            case _:
                raise UserError("I do not know that button any more.")

    async def _open_form(self, interaction: discord.Interaction, click: Click) -> None:
        if click.action in {"report", "flag"}:
            await interaction.response.send_modal(components.report_form(click.round_id, click.turn, engine=ENGINE))
            return
        record = await services(interaction).groups.record(click.round_id)
        refusal = _form_refusal(record, interaction.user.id, click)
        if refusal is not None:
            await tell(interaction, reply_text(refusal, record.row, interaction.user.id))
            return
        item = click.turn - 1
        question = record.question(item)
        if isinstance(question, CodeTask):
            title = "Submit code" if click.action == "submit" else "Run samples (free)"
            code = _last_code(record, item, interaction.user.id, question)
            form = components.code_form(click.round_id, click.turn, click.action, title=title, code=code, engine=ENGINE)
            await interaction.response.send_modal(form)
            return
        story = record.state.kind is Kind.BEHAVIORAL
        await interaction.response.send_modal(
            components.answer_form(
                click.round_id,
                click.turn,
                title="Your story" if story else f"Question {click.turn}",
                label="Your story" if story else "Your answer, seen by nobody before the reveal",
                long=not isinstance(question, Numeric),
                engine=ENGINE,
            )
        )

    async def _submitted(self, interaction: discord.Interaction, click: Click) -> None:
        await acknowledge(interaction)
        groups, who = services(interaction).groups, interaction.user.id
        if click.action == "form-report":
            await self._report(interaction, click)
            return
        source, text = f"interaction:{interaction.id}", click.value
        if click.action != "form-answer":
            text = await program_of_form(interaction, click)
        if click.action == "form-samples":
            kept = await groups.keep(click.round_id, by=who, turn=click.turn, text=text, source=source)
            for reply in kept.replies:
                await tell(interaction, reply_text(reply, kept.row, who))
            if kept.attempt is not None:
                await self._run_samples(interaction, kept)
            return
        taken = await groups.answer(click.round_id, by=who, turn=click.turn, text=text, source=source)
        await self._answered(interaction, taken, typed=text)

    async def _answered(self, interaction: discord.Interaction, taken: Taken, *, typed: str | None = None) -> None:
        """Confirms an answer to its author alone; of a program it tells the verdict.

        What was `typed` and does not count is handed back.
        """
        groups, who = services(interaction).groups, interaction.user.id
        for reply in taken.replies:
            name = "your-program.py" if taken.row.state.tries else "your-answer.txt"
            files = [discord.File(BytesIO(typed.encode()), name)] if typed else []
            await tell(interaction, reply_text(reply, taken.row, who), files=files)
        if taken.replies or taken.attempt is None:
            await groups.carry_out(taken.row.id)
            return
        if not taken.row.state.tries:
            groups.carry_out_later(taken.row.id)
            await tell(interaction, "Your answer is in. You see how it did when the question is revealed.")
        else:
            await groups.carry_out(taken.row.id)  # which has it judged
            await self._tell_verdict(interaction, groups, taken)
        asked = (await groups.record(taken.row.id)).question(taken.attempt.turn - 1)
        quotable = isinstance(asked, QUOTABLE)
        if quotable and await services(interaction).people.quotes(who) is None:
            await self._ask_to_quote(interaction, taken)

    async def _tell_verdict(self, interaction: discord.Interaction, groups: Groups, taken: Taken) -> None:
        assert taken.attempt is not None
        running = groups.judgement(taken.attempt.id)
        if running is not None:
            await asyncio.wait({running.task}, timeout=PATIENCE)
            if not running.task.done():
                await tell(interaction, f"⏳ {progress_text(running.progress[-1])}")
                await asyncio.wait({running.task})
        record = await groups.record(taken.row.id)
        drawn = running.pictures if running is not None else []
        await self._show_verdict(interaction, record, taken.attempt.turn, taken.attempt.id, drawn)

    async def _show_verdict(
        self, interaction: discord.Interaction, record: GroupRecord, turn: int, attempt: int, drawn: Sequence[CardFile]
    ) -> None:
        answer = record.answer(attempt)
        verdict = answer.grade.code if answer and answer.grade else None
        if verdict is None:
            await tell(interaction, "Your program is in. **My submissions** shows its verdict once it is judged.")
            return
        if verdict.code is Code.IE:
            await tell(interaction, "I could not judge that one: my fault. It does not count; please submit it again.")
            return
        entry = record.state.item_states[turn - 1].entry(interaction.user.id)
        head = f"### {'✓' if verdict.accepted else '✗'} {NAMES[verdict.code]}"
        if not verdict.accepted:
            head += f"\n{plain(verdict.reason)}"
        worth = f"Your best submission is worth **{percent(entry.score or 0.0)}**. " if entry else ""
        done = entry is not None and entry.over
        outlook = f"-# {worth}{'You are done with this task.' if done else 'Only you see this; the best one counts.'}"
        blocks = [head, *verdict_blocks(verdict, exam=True), *figures(drawn), outlook]
        view = layout(blocks, accent=BANDS[4] if verdict.accepted else BANDS[2])
        await self._show(interaction, view, drawn)

    async def _run_samples(self, interaction: discord.Interaction, kept: Taken) -> None:
        groups: Groups = services(interaction).groups
        progress = [Progress()]
        running = asyncio.create_task(groups.run_samples(kept, watch=progress.append))
        try:
            await asyncio.wait({running}, timeout=PATIENCE)
            if not running.done():
                await tell(interaction, f"⏳ {progress_text(progress[-1])}")
            card = await running
        finally:
            running.cancel()
        try:
            await interaction.followup.send(view=samples_view(card, ENGINE), files=as_files(card.files), ephemeral=True)
        except UNSENT as error:
            raise UserError("I ran the samples, but could not show what came of it. Please run them again.") from error

    # What one person sees alone

    async def _show(
        self, interaction: discord.Interaction, view: discord.ui.LayoutView, files: Sequence[CardFile] = ()
    ) -> None:
        try:
            await interaction.followup.send(view=view, files=as_files(files), ephemeral=True)
        except UNSENT as error:
            raise UserError("I have that for you, but could not show it. Please press the button again.") from error

    async def _show_instead(self, interaction: discord.Interaction, view: discord.ui.LayoutView) -> None:
        """Shows something in place of the message whose button was pressed, if only this person sees that."""
        message = interaction.message
        if message is None or not message.flags.ephemeral:
            await self._show(interaction, view)
            return
        try:
            await interaction.edit_original_response(view=view)
        except UNSENT as error:
            raise UserError("I have that for you, but could not show it. Please press the button again.") from error

    async def _show_feedback(self, interaction: discord.Interaction, record: GroupRecord, item: int | None) -> None:
        """The person's own feedback on an item; without one, on the first item that they were in."""
        who, state = interaction.user.id, record.state
        mine = [
            number
            for number, asked in enumerate(state.item_states)
            if asked.entry(who) is not None and record.may_see(number)
        ]
        if not mine:
            await tell(interaction, "You were in no question that is revealed.")
            return
        number = item if item in mine else mine[0]
        if item is not None and item not in mine:
            await tell(interaction, "You were not in this question.")
            return
        card = own_feedback(record, number, who)
        assert card is not None
        answer = record.counting(number, who)
        void = state.item_states[number].void
        blocks = _void_blocks(record, card) if void else feedback_blocks(card)
        if answer is not None and not isinstance(card.question, CodeTask) and not state.items[number].order:
            blocks.insert(1, f"> {quote(answer.row.text, 500)}")
        place = mine.index(number)
        beside = [mine[place + step] for step in (-1, 1) if 0 <= place + step < len(mine)]
        buttons: list[discord.ui.Item[Any]] = [
            round_button(record.row.id, state.turn, f"review-{other}", f"Question {other + 1}", engine=ENGINE)
            for other in beside
        ]
        rows = card.grade.rows if card.grade is not None and isinstance(card.question, FreeText) else ()
        if any(row.credit < 1 for row in rows):
            buttons.append(appeal_button("group", record.row.id, number))
        view = layout(blocks, [buttons], accent=QUIET if void or card.score is None else BANDS[card.band])
        await self._show_instead(interaction, view)

    async def _show_model(self, interaction: discord.Interaction, record: GroupRecord, turn: int) -> None:
        if not (1 <= turn <= len(record.state.item_states) and record.may_see(turn - 1)):
            await tell(interaction, "The model answer comes with the reveal.")
            return
        question = record.question(turn - 1)
        if isinstance(question, CodeTask):
            await show_solution(interaction, question)
            return
        text = model_of(question, record.state.items[turn - 1].variant)
        await tell(interaction, f"**Model answer**\n{text}"[:2000])

    async def _show_mine(self, interaction: discord.Interaction, record: GroupRecord, turn: int) -> None:
        who = interaction.user.id
        sent = record.sent(turn - 1, who) if 1 <= turn <= len(record.state.item_states) else []
        if not sent:
            await tell(interaction, "You have not submitted anything for this task.")
            return
        lines = [
            f"{number}. {NAMES[answer.grade.code.code] if answer.grade and answer.grade.code else 'being judged'}"
            for number, answer in enumerate(sent, 1)
        ]
        file = discord.File(BytesIO(sent[-1].row.text.encode()), "submission.py")
        await tell(interaction, "**Your submissions**\n" + "\n".join(lines[-15:]) + "\nThe last one:", files=[file])

    async def _show_notes(self, interaction: discord.Interaction, record: GroupRecord) -> None:
        """What the host and the moderators may want to look into."""
        if interaction.user.id != record.state.owner and not await is_moderator(interaction):
            await tell(interaction, "That is for the host and the moderators.")
            return
        found: list[str] = []
        for item in range(len(record.state.item_states)):
            found += _alike_lines(item, await services(interaction).groups.alike(record, item))
        await tell(interaction, _alike_text(found) if found else "Nothing unusual: no two answers are nearly the same.")

    async def _tell_alike(self, interaction: discord.Interaction, click: Click) -> None:
        """Before the host goes on: what is unusual about the question just revealed."""
        groups = services(interaction).groups
        record = await groups.record(click.round_id)
        if interaction.user.id != record.state.owner or click.turn != record.state.turn:
            return
        found = _alike_lines(click.turn - 1, await groups.alike(record, click.turn - 1)) if click.turn else []
        if found:
            await tell(interaction, _alike_text(found))

    # Quoting

    async def _ask_to_quote(self, interaction: discord.Interaction, taken: Taken) -> None:
        row, turn = taken.row, taken.row.state.turn
        buttons: list[discord.ui.Item[Any]] = [
            round_button(row.id, turn, "quote-yes", "Yes, quote me", discord.ButtonStyle.primary, engine=ENGINE),
            round_button(row.id, turn, "quote-no", "No", engine=ENGINE),
        ]
        text = (
            "When a question is revealed I show the best answer with its author's name. May I quote yours, in this "
            "and later group rounds?\n-# I ask once; **/leaderboard privacy** changes it at any time."
        )
        # Whoever never says yes is not quoted, and not asked again.
        await services(interaction).people.set_quotes(interaction.user.id, False)
        try:
            await interaction.followup.send(view=layout([text], [buttons], accent=QUIET), ephemeral=True)
        except UNSENT as error:
            _log.info("a person could not be asked about quotes: %s", error)

    async def _quote(self, interaction: discord.Interaction, wanted: bool) -> None:
        await services(interaction).people.set_quotes(interaction.user.id, wanted)
        said = "Your best answers may be quoted." if wanted else "Your answers are not quoted."
        await self._show_instead(
            interaction, layout([f"{said}\n-# **/leaderboard privacy** changes it."], accent=QUIET)
        )

    # The rest

    async def _report(self, interaction: discord.Interaction, click: Click) -> None:
        groups = services(interaction).groups
        items = (await groups.load(click.round_id)).state.items
        if not 1 <= click.turn <= len(items):
            raise UserError("There is no such question in this round.")
        number = await services(interaction).rounds.report_item(
            click.round_id, by=interaction.user.id, item=items[click.turn - 1], text=click.value
        )
        await tell(interaction, f"Thank you. Your report is number {number}; moderators will look at it.")

    async def _again(self, interaction: discord.Interaction, round_id: int) -> None:
        """Another lobby with the settings of a finished round; whoever asks for it is its host."""
        groups = services(interaction).groups
        old = await groups.load(round_id)
        if old.state.phase is not Phase.FINISHED:
            raise UserError("This round is still going on.")
        wish = GroupWish(
            user_id=interaction.user.id,
            place=await _place(interaction),
            channel_id=listed_channel(interaction),
            kind=old.kind,
            level=old.state.level,
            topic=old.topic,
            format=Format(old.format),
            count=old.asked,
            limit_s=old.state.limit_s,
        )
        there = await groups.lobby_like(wish)
        if there is not None:  # everybody sees that button, and one lobby is enough
            await tell(interaction, f"<@{there.owner_id}> has opened one already: press **Join** in the lobby below.")
            return
        await self._open(interaction, wish)


def _took_over(state: State) -> str:
    """What somebody is told who hosts from now on."""
    if state.awaiting is None:
        return "You are the host now."
    return (
        f"You are the host now, until <@{state.awaiting}> is back: the round is theirs again when they press one of "
        "the host's buttons."
    )


async def _place(interaction: discord.Interaction) -> Place:
    """Where the round goes: here. Raises UserError where the bot may not write."""
    place = await place_here(interaction)
    if place.surface is not Surface.CHANNEL:
        raise UserError("I may not write in this channel, and a group round lives where everybody sees it.")
    return place


def _kinds(kind: Kind, format_: Format) -> tuple[type[AnyQuestion], ...]:
    """What may be asked in a round of this kind; the format is that of a quiz."""
    return STORIES if kind is Kind.BEHAVIORAL else FORMATS[Format.CODE if kind is Kind.CODE else format_]


def _void_blocks(record: GroupRecord, card: FeedbackCard) -> list[str]:
    """Feedback on a question that counts for nobody."""
    stopped = record.state.item_states[card.number - 1].outcome is Outcome.STOPPED
    why = "The round was ended here" if stopped else "The host skipped this one"
    what = "Task" if record.state.tries else "Question"
    head = f"### {what} {card.number} of {card.total} · not counted\n-# {card.topic}\n{why}, so it counts for nobody."
    graded = card.grade is not None or (card.code is not None and card.code.best is not None)
    return [head, *(feedback_blocks(card)[1:] if graded else [in_short(card.question, card.variant)])]


def _form_refusal(record: GroupRecord, user: int, click: Click) -> Reply | None:
    """Why a form to answer in should not open; what is submitted is judged again by the engine."""
    state = record.state
    if state.phase is Phase.FINISHED:
        return Reply.FINISHED
    if not state.item_states or click.turn != state.turn:
        return Reply.STALE
    entry = state.current.entry(user)
    if entry is None:
        return Reply.JOINED_LATE if user in state.active else Reply.NOT_IN_ROUND
    if user not in state.active:
        return Reply.NOT_IN_ROUND
    if entry.over:
        return Reply.ALREADY_ANSWERED
    if state.phase is not Phase.ASKING:
        return Reply.TOO_LATE
    return Reply.STILL_RUNNING if entry.waiting and click.action == "submit" else None


def _last_code(record: GroupRecord, item: int, user: int, task: CodeTask) -> str:
    """The program that the person sent last, for a verdict or to the samples; the starter before the first."""
    sent = [kept.text for kept in record.attempts.values() if kept.user_id == user and kept.turn == item + 1]
    return next((text for text in reversed(sent) if defines(task.entry, text)), task.starter)


def _alike_lines(item: int, pairs: tuple[Alike, ...]) -> list[str]:
    return [
        f"Question {item + 1}: the answers of <@{pair.first}> and <@{pair.second}> are {pair.similarity:.0f}% alike."
        for pair in pairs
    ]


def _alike_text(lines: list[str]) -> str:
    shown = "\n".join([*lines[:15], *([f"… and {len(lines) - 15} more pairs"] if len(lines) > 15 else [])])
    return (
        f"**A question for you, seen by the host and the moderators alone**\n{shown}\n"
        "-# It may well be chance, or a definition that both know by heart. Nothing was counted against anybody."
    )


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(MockCog(cast(Any, bot).services.groups))
