"""/mock pair, /mock find, /mock stop-finding: two members interview each other."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, assert_never

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.errors import UserError
from bot.rounds.events import Kind
from bot.rounds.pair import MINUTES, Phase, Reply, State, candidate, interviewer, other
from bot.rounds.partners import Days
from bot.schedule import find_zone
from bot.services.cards import prompt_of
from bot.services.history import model_of
from bot.services.pair_cards import candidate_report, guide, interviewer_report
from bot.services.pair_record import PairRecord
from bot.services.pairs import Pairs, PairWish, TimeRefusedError
from bot.services.partners import Search
from bot.store.rounds import RoundRow, Surface
from cogs import _components as components
from cogs._components import Click, services
from cogs._errors import UNSENT, acknowledge, failures_told, tell
from cogs._pair_forms import GONE, asked_for, asked_in, chosen_time, rating_form, time_form
from cogs._places import place_here
from cogs._render_pair import (
    ENGINE,
    OF_CANDIDATE,
    OF_INTERVIEWER,
    candidate_view,
    guide_view,
    interviewer_view,
    model_texts,
    moment,
    retry_view,
    sure_view,
)
from cogs._start import LEVELS, listed_channel
from questions.model import Level

_log = logging.getLogger(__name__)

KINDS = [
    app_commands.Choice(name="quiz", value=Kind.QUIZ.value),
    app_commands.Choice(name="behavioral", value=Kind.BEHAVIORAL.value),
]
DAYS = [app_commands.Choice(name=days.value, value=days.value) for days in Days]
USUAL_MINUTES = 20
SOON = timedelta(hours=2)
"""What a form for a time begins with."""
FORMS = {"time", "ask", "answer", "mark", "report"}
"""Clicks that open a form, so that they must not be acknowledged before."""
SHEETS = 500
"""How many open interviewer's sheets are remembered."""
NO_ZONE = (
    "I do not know your time zone yet, so I could not tell which hour you mean. Set it once with **/timezone** and a "
    "city, then try this again."
)


def reply_text(reply: Reply, row: RoundRow[State], by: int) -> str:
    """What an event that changed nothing, or less than hoped, is answered with."""
    state = row.state
    one, another = state.people
    match reply:
        case Reply.NOT_YOURS:
            return f"This is between <@{one}> and <@{another}>. **/mock pair** asks somebody for your own."
        case Reply.NOT_YOUR_TURN:
            return f"Now <@{state.awaiting}> has to reply. **Withdraw** takes it back altogether."
        case Reply.IN_THE_PAST:
            return "That is too soon, or past. Press **Another time** and choose one that lies a few minutes ahead."
        case Reply.TOO_FAR:
            return "That is too far ahead. Press **Another time** and choose a nearer one."
        case Reply.ALREADY_AGREED:
            return f"You have agreed on {moment(state.when)} already. **I cannot come** calls it off."
        case Reply.ALREADY_HERE:
            return f"I know. I wait for <@{other(state, by)}>." if state.phase is Phase.GATHERING else "I know."
        case Reply.ALREADY_BEGUN:
            return "It has begun already. **Stop for both** under the question ends it."
        case Reply.TOO_EARLY:
            return "It is too early for that."
        case Reply.TOO_LATE:
            return "That came too late. What you typed is kept, but it does not count."
        case Reply.STALE if state.phase is Phase.PROPOSED:
            return f"The time has changed meanwhile: it is {moment(state.when)} now. Look at the message again."
        case Reply.STALE:
            return "That button belongs to something that is over. The current message is further down."
        case Reply.NOT_INTERVIEWER:
            return "That is for the interviewer. You are asked here; your turn to ask comes or was."
        case Reply.NOT_CANDIDATE:
            return "That is for the candidate. Yours is **Interviewer's sheet**."
        case Reply.NO_MORE_HINTS:
            return "All hints are given."
        case Reply.ALREADY_ASKED:
            return "You have asked that already."
        case Reply.ALREADY_ANSWERED:
            return "Your first answer counts; I have it. This one is kept, too."
        case Reply.ALREADY_RATED:
            return "You have rated this interview; it stands."
        case Reply.FINISHED:
            return "This interview is over."
        case _:
            assert_never(reply)


# The conversation


class PairCog(commands.Cog, name="Pair"):
    """Clicks and forms of peer interviews."""

    def __init__(self) -> None:
        self._sheets: dict[tuple[int, int], discord.InteractionMessage | discord.WebhookMessage] = {}
        """Where interviewers see their sheet, by round and turn."""

    @commands.Cog.listener()
    async def on_pair_click(self, interaction: discord.Interaction, click: Click) -> None:
        async with failures_told(interaction):
            await self._click(interaction, click)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        click = components.submitted(interaction, ENGINE)
        if click is None:
            return
        async with failures_told(interaction, typed=click.value or dict(click.fields).get("note")):
            await self._submitted(interaction, click)

    async def _click(self, interaction: discord.Interaction, click: Click) -> None:
        action, _, choice = click.action.partition("-")
        if action in FORMS:
            await self._open_form(interaction, click, action)
            return
        await acknowledge(interaction)
        pairs, who = services(interaction).pairs, interaction.user.id
        at = {"by": who, "turn": click.turn}
        match action:
            case "accept":
                outcome = await pairs.accept(click.round_id, by=who, when=_stamp(choice))
            case "decline":
                outcome = await pairs.decline(click.round_id, by=who)
            case "withdraw" | "cancel":
                outcome = await pairs.cancel(click.round_id, by=who)
            case "here":
                outcome = await pairs.arrive(click.round_id, by=who)
            case "close":
                outcome = await pairs.close(click.round_id, **at)
            case "pass":
                outcome = await pairs.skip_rating(click.round_id, **at)
            case "stop":
                outcome = await pairs.stop(click.round_id, by=who)
            case "hint" if choice.isdecimal():
                outcome = await pairs.hint(click.round_id, **at, number=int(choice))
            case "pick" if choice == "followup":
                outcome = await pairs.ask(click.round_id, **at, follow_up=click.value)
            case "pick" if choice == "ticks":
                outcome = await pairs.tick_points(click.round_id, **at, points=click.values)
            case _:
                await self._read(interaction, click, action)
                return
        for reply in outcome.replies:
            await tell(interaction, reply_text(reply, outcome.row, who))
        await pairs.carry_out(click.round_id)
        if action in {"hint", "pick"} and Reply.NOT_YOURS not in outcome.replies:
            await self._guide(interaction, click, again=True)
        elif action == "stop":
            await interaction.edit_original_response(view=done_view("It is over."))
        elif not outcome.replies:
            await self._confirm(interaction, action, outcome.row)

    async def _confirm(self, interaction: discord.Interaction, action: str, row: RoundRow[State]) -> None:
        """Says what a click did where the message alone does not reach everybody."""
        state, who = row.state, interaction.user.id
        if action == "accept" and state.phase is Phase.PROPOSED:
            await tell(interaction, f"Noted: it suits you. I wait for <@{other(state, who)}>.")
        elif action == "accept" and state.phase is Phase.AGREED:
            await self._let_know(interaction, other(state, who), f"it is agreed: {moment(state.when)}.")
        elif action == "here" and len(state.arrived) < len(state.people):
            await tell(interaction, f"Good. It begins when <@{other(state, who)}> is here, too.")

    async def _let_know(self, interaction: discord.Interaction, person: int, text: str) -> None:
        """Tells the other one in the channel: an edited message notifies nobody."""
        try:
            await interaction.followup.send(
                f"<@{person}>, {text}", allowed_mentions=discord.AllowedMentions(users=[discord.Object(person)])
            )
        except UNSENT as error:
            _log.warning("somebody is not told about their interview: %s", error)

    # What one person sees alone

    async def _read(self, interaction: discord.Interaction, click: Click, action: str) -> None:
        """Clicks that only show something, to this person alone."""
        record = await services(interaction).pairs.record(click.round_id)
        who = interaction.user.id
        if who not in record.state.people:
            await tell(interaction, reply_text(Reply.NOT_YOURS, record.row, who))
            return
        match action:
            case "guide" | "refresh":
                await self._guide(interaction, click, again=action == "refresh")
            case "leave":
                await self._show(interaction, sure_view(click.round_id, click.turn))
            case "mine" | "given" | "models":
                await self._afterwards(interaction, record, action)
            case _:
                raise UserError("I do not know that button any more.")

    async def _guide(self, interaction: discord.Interaction, click: Click, *, again: bool) -> None:
        """The interviewer's sheet, for the interviewer of that part and nobody else; `again` in place of the old."""
        record = await services(interaction).pairs.record(click.round_id)
        state, turn, who = record.state, click.turn, interaction.user.id
        if not 0 <= turn < len(state.parts):
            await tell(interaction, reply_text(Reply.TOO_EARLY, record.row, who))
            return
        if interviewer(state, turn) != who:
            await tell(interaction, f"That is for <@{interviewer(state, turn)}>, who interviews: it holds the rubric.")
            return
        view = _guide_view(record, turn)
        if again:
            shown = await interaction.edit_original_response(view=view)
        else:
            shown = await self._show(interaction, view)
        self._sheets.pop((click.round_id, turn), None)
        self._sheets[click.round_id, turn] = shown
        while len(self._sheets) > SHEETS:
            del self._sheets[next(iter(self._sheets))]

    async def _renew_guide(self, interaction: discord.Interaction, round_id: int, turn: int) -> None:
        """Shows the interviewer what the candidate has just typed, where their sheet is open.

        Discord takes such edits for a quarter of an hour after the interviewer's last click; **Look again** does it
        at any time.
        """
        shown = self._sheets.get((round_id, turn))
        if shown is None:
            return
        record = await services(interaction).pairs.record(round_id)
        try:
            await shown.edit(view=_guide_view(record, turn))
        except UNSENT as error:
            _log.info("round %s: an interviewer's sheet is not renewed: %s", round_id, error)
            self._sheets.pop((round_id, turn), None)

    async def _afterwards(self, interaction: discord.Interaction, record: PairRecord, action: str) -> None:
        state, who = record.state, interaction.user.id
        if state.phase is not Phase.FINISHED:
            await tell(interaction, "That comes at the end.")
            return
        if action == "models":
            shown = range(len(state.parts))
            answers = [(record.question(turn), state.items[turn].variant) for turn in shown]
            await tell(interaction, model_texts([(prompt_of(*one), model_of(*one)) for one in answers]))
            return
        if action == "mine":
            report = candidate_report(record, who)
            view = candidate_view(report) if report is not None else None
        else:
            given = interviewer_report(record, who)
            view = interviewer_view(given) if given is not None else None
        if view is None:
            await tell(interaction, "It ended before that part.")
            return
        await self._show(interaction, view)

    async def _show(self, interaction: discord.Interaction, view: ui.LayoutView) -> discord.WebhookMessage:
        return await interaction.followup.send(view=view, ephemeral=True, wait=True)

    # Forms

    async def _open_form(self, interaction: discord.Interaction, click: Click, action: str) -> None:
        if action == "report":
            await interaction.response.send_modal(components.report_form(click.round_id, click.turn, engine=ENGINE))
            return
        if action == "ask":
            partner, kind, level, minutes = asked_in(click.action)
            await open_ask_form(interaction, await _member(interaction, partner), kind, level, minutes)
            return
        record = await services(interaction).pairs.record(click.round_id)
        state, who = record.state, interaction.user.id
        refusal = _form_refusal(state, who, click.turn, action)
        if refusal is not None:
            await tell(interaction, reply_text(refusal, record.row, who))
            return
        match action:
            case "time":
                zone = await _known_zone(interaction)
                now = interaction.created_at
                custom_id = f"{ENGINE}:{click.round_id}:0:form-time"
                await interaction.response.send_modal(time_form(custom_id, "Another time", zone, now, state.when))
            case "answer":
                story = state.kind is Kind.BEHAVIORAL
                label = "Your story" if story else "Your answer"
                form = components.answer_form(click.round_id, click.turn, title=label, label=label, engine=ENGINE)
                await interaction.response.send_modal(form)
            case _:
                asks = interviewer(state, click.turn) == who
                title = "Rate the answers" if asks else "Rate the interviewing"
                names = OF_CANDIDATE if asks else OF_INTERVIEWER
                await interaction.response.send_modal(rating_form(click.round_id, click.turn, names, title))

    async def _submitted(self, interaction: discord.Interaction, click: Click) -> None:
        await _acknowledge_form(interaction)
        action = click.action.removeprefix("form-").partition("-")[0]
        match action:
            case "ask":
                await self._propose(interaction, click)
            case "time":
                await self._counter(interaction, click)
            case "answer":
                await self._answer(interaction, click)
            case "mark":
                await self._mark(interaction, click)
            case "report":
                await self._report(interaction, click)
            case _:
                raise UserError(GONE)

    async def _propose(self, interaction: discord.Interaction, click: Click) -> None:
        asked = click.action.removeprefix("form-")
        partner, kind, level, minutes = asked_in(asked)
        when = chosen_time(click, await _known_zone(interaction))
        refuse_partner(interaction, await _member(interaction, partner))
        first = partner if dict(click.fields).get("first") == "partner" else interaction.user.id
        pairs = services(interaction).pairs
        wish = await _wish(interaction, partner, kind, level, minutes)
        try:
            row = await pairs.propose(wish, when, first=first)
        except TimeRefusedError as error:
            await self._show(interaction, retry_view(f"{moment(when)}? {error}", asked))
            return
        if not await pairs.carry_out(row.id):
            raise UserError("Your proposal is made, but I could not show it here. I try again in a moment.")
        await tell(interaction, f"I have asked <@{partner}> for {moment(when)}. You are told what they say.")

    async def _counter(self, interaction: discord.Interaction, click: Click) -> None:
        when = chosen_time(click, await _known_zone(interaction))
        pairs, who = services(interaction).pairs, interaction.user.id
        outcome = await pairs.counter(click.round_id, by=who, when=when)
        for reply in outcome.replies:
            await tell(interaction, reply_text(reply, outcome.row, who))
        await pairs.carry_out(click.round_id)
        if outcome.row.id != click.round_id:
            await pairs.carry_out(outcome.row.id)  # which notifies them by itself
        elif not outcome.replies:
            state = outcome.row.state
            text = f"<@{who}> suggests another time for your interview: {moment(when)}. The buttons are above."
            await self._let_know(interaction, other(state, who), text)

    async def _answer(self, interaction: discord.Interaction, click: Click) -> None:
        pairs, who = services(interaction).pairs, interaction.user.id
        source = f"interaction:{interaction.id}"
        typed = await pairs.answer(click.round_id, by=who, turn=click.turn, text=click.value, source=source)
        for reply in typed.replies:
            # What was not kept is handed back.
            files = [] if typed.attempt else [discord.File(BytesIO(click.value.encode()), "your-answer.txt")]
            await tell(interaction, reply_text(reply, typed.row, who), files=files)
        await pairs.carry_out(click.round_id)
        if not typed.replies:
            await tell(interaction, "Your answer is in. You see how it did on **My sheet** at the end.")
            await self._renew_guide(interaction, click.round_id, click.turn)

    async def _mark(self, interaction: discord.Interaction, click: Click) -> None:
        pairs, who = services(interaction).pairs, interaction.user.id
        record = await pairs.record(click.round_id)
        state, fields = record.state, dict(click.fields)
        began = 0 <= click.turn < len(state.parts)
        names = OF_CANDIDATE if began and interviewer(state, click.turn) == who else OF_INTERVIEWER
        marks = [int(fields[name]) for name in names if fields.get(name) in {"1", "2", "3", "4"}]
        note = fields.get("note", "")
        if len(marks) < len(names) and who in state.people:
            raise UserError("I could not read those marks. Please press **Rate** once more.")
        sheet = (marks[0], marks[1], marks[2]) if len(marks) == len(names) else (1, 1, 1)
        source = f"note:{interaction.id}"
        outcome = await pairs.rate(click.round_id, by=who, turn=click.turn, marks=sheet, note=note, source=source)
        for reply in outcome.replies:
            files = [discord.File(BytesIO(note.encode()), "your-note.txt")] if note else []
            await tell(interaction, reply_text(reply, outcome.row, who), files=files)
        await pairs.carry_out(click.round_id)
        if not outcome.replies:
            await tell(interaction, "Thank you. The other one sees it at the end.")

    async def _report(self, interaction: discord.Interaction, click: Click) -> None:
        record = await services(interaction).pairs.record(click.round_id)
        if not 0 <= click.turn < len(record.state.parts):
            raise UserError("There is no question to report yet.")
        item = record.state.items[click.turn]
        number = await services(interaction).rounds.report_item(
            click.round_id, by=interaction.user.id, item=item, text=click.value
        )
        await tell(interaction, f"Thank you. Your report is number {number}; moderators will look at it.")


def _guide_view(record: PairRecord, turn: int) -> ui.LayoutView:
    state = record.state
    rated = interviewer(state, turn) in state.parts[turn].settled
    settled = state.phase is Phase.FINISHED or turn != state.turn or rated
    return guide_view(guide(record, turn), settled=settled)


def done_view(text: str) -> ui.LayoutView:
    """A message whose buttons have done their work."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    return view


def _stamp(choice: str) -> datetime:
    if not choice.isdecimal() or len(choice) > 11:
        raise UserError("I do not know that button any more.")
    return datetime.fromtimestamp(int(choice), UTC)


def _form_refusal(state: State, who: int, turn: int, action: str) -> Reply | None:
    """Why a form should not open; what is submitted is judged again by the engine."""
    if who not in state.people:
        return Reply.NOT_YOURS
    if action == "time":
        return None if state.phase is Phase.PROPOSED else _over(state, Reply.ALREADY_AGREED)
    if not 0 <= turn < len(state.parts):
        return Reply.TOO_EARLY
    part = state.parts[turn]
    if action == "answer":
        if candidate(state, turn) != who:
            return Reply.NOT_CANDIDATE
        if part.attempt is not None:
            return Reply.ALREADY_ANSWERED
        return None if state.phase is Phase.INTERVIEW and turn == state.turn else _over(state, Reply.TOO_LATE)
    if who in part.settled:
        return Reply.ALREADY_RATED
    return None if state.phase is Phase.RATING and turn == state.turn else _over(state, Reply.STALE)


def _over(state: State, otherwise: Reply) -> Reply:
    return Reply.FINISHED if state.phase is Phase.FINISHED else otherwise


async def _acknowledge_form(interaction: discord.Interaction) -> None:
    """Like `acknowledge`. A form that a command opened stands under no message that could be updated."""
    if interaction.message is not None or interaction.response.is_done():
        await acknowledge(interaction)
        return
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
    except UNSENT as error:
        _log.warning("a form could not be acknowledged: %s", error)


async def _known_zone(interaction: discord.Interaction) -> str:
    """The person's time zone. Raises UserError where they have set none."""
    zone = await services(interaction).people.known_zone(interaction.user.id)
    if zone is None or find_zone(zone) is None:
        raise UserError(NO_ZONE)
    return zone


async def _member(interaction: discord.Interaction, user_id: int) -> discord.Member:
    """Somebody of this server. Raises UserError when they are not."""
    not_here = "That person is not a member of this server (any more)."
    if interaction.guild is None:
        raise UserError(not_here)
    try:
        return await interaction.guild.fetch_member(user_id)
    except discord.NotFound as error:
        raise UserError(not_here) from error


def refuse_partner(interaction: discord.Interaction, partner: discord.User | discord.Member) -> None:
    """Raises UserError for somebody who cannot be asked for an interview here."""
    if partner.id == interaction.user.id:
        raise UserError("It takes two: choose somebody else as your partner.")
    if partner.bot:
        raise UserError("Bots do not take interviews. Choose a person.")
    if not isinstance(partner, discord.Member):
        raise UserError("That person is not a member of this server (any more).")
    if not _sees(partner, interaction.channel):
        raise UserError(f"<@{partner.id}> cannot see this channel. Ask them where both of you can read.")


def _sees(person: discord.Member, channel: object) -> bool:
    """Whether somebody can see a channel, as far as it is known; of a thread, the channel around it."""
    around = channel.parent if isinstance(channel, discord.Thread) else channel
    return not isinstance(around, discord.abc.GuildChannel) or around.permissions_for(person).view_channel


async def _wish(interaction: discord.Interaction, partner: int, kind: Kind, level: Level, minutes: int) -> PairWish:
    """What the person asks for, here. Raises UserError where the bot cannot write."""
    place = await place_here(interaction)
    if place.surface is not Surface.CHANNEL or place.server_id is None:
        raise UserError("I may not write in this channel, and a proposal must be seen by your partner.")
    channel = listed_channel(interaction) or place.channel_id
    return PairWish(interaction.user.id, partner, place, channel, kind, level, minutes)


async def open_ask_form(
    interaction: discord.Interaction,
    partner: discord.User | discord.Member,
    kind: Kind,
    level: Level,
    minutes: int,
) -> None:
    """Opens the form to propose a time to `partner`. Raises UserError where the person may not ask."""
    refuse_partner(interaction, partner)
    zone = await _known_zone(interaction)
    pairs: Pairs = services(interaction).pairs
    await pairs.check(await _wish(interaction, partner.id, kind, level, minutes))
    now = interaction.created_at
    custom_id = f"{ENGINE}:0:0:form-{asked_for(partner.id, kind, level, minutes)}"
    form = time_form(custom_id, "When?", zone, now, now + SOON, partner.display_name)
    await interaction.response.send_modal(form)


# Commands


def mock_commands() -> list[app_commands.Command[Any, ..., None]]:
    """Commands for the group `mock`, made anew each time: a command belongs to one group."""

    @app_commands.command(name="pair", description="Ask somebody for a peer interview: you interview each other")
    @app_commands.describe(
        partner="Whom you ask",
        kind="What you ask each other: machine-learning or behavioral questions (quiz unless you say otherwise)",
        level="The level you both interview for (mid unless you say otherwise)",
        minutes="How long each of the two interviews is (20 unless you say otherwise)",
    )
    @app_commands.choices(kind=KINDS, level=LEVELS)
    async def pair(
        interaction: discord.Interaction,
        partner: discord.User,
        kind: app_commands.Choice[str] | None = None,
        level: app_commands.Choice[str] | None = None,
        minutes: app_commands.Range[int, MINUTES.start, MINUTES.stop - 1] = USUAL_MINUTES,
    ) -> None:
        wanted = Kind(kind.value) if kind else Kind.QUIZ
        # Not acknowledged before: a form must be the first answer.
        await open_ask_form(interaction, partner, wanted, Level(level.value) if level else Level.MID, minutes)

    @app_commands.command(name="find", description="Find a partner for a peer interview by level and common hours")
    @app_commands.describe(
        level="The level you interview for (mid unless you say otherwise)",
        days="On which days you have time (any unless you say otherwise)",
        begin="From which hour of your own clock, 0 to 23",
        end="Until which hour, 1 to 24",
    )
    @app_commands.rename(begin="from", end="to")
    @app_commands.choices(level=LEVELS, days=DAYS)
    async def find(
        interaction: discord.Interaction,
        begin: app_commands.Range[int, 0, 23],
        end: app_commands.Range[int, 1, 24],
        level: app_commands.Choice[str] | None = None,
        days: app_commands.Choice[str] | None = None,
    ) -> None:
        await acknowledge(interaction)
        place = await place_here(interaction)
        if place.surface is not Surface.CHANNEL or place.server_id is None:
            raise UserError("I may not write in this channel, and I could not tell you here when I find somebody.")
        search = Search(
            server_id=place.server_id,
            user_id=interaction.user.id,
            channel_id=place.channel_id,
            listed_channel=listed_channel(interaction) or place.channel_id,
            level=Level(level.value) if level else Level.MID,
            days=Days(days.value) if days else Days.ANY,
            first_hour=begin,
            last_hour=(end - 1) % 24,
            zone=await _known_zone(interaction),
        )
        found = await services(interaction).pairs.partners.find(search)
        if found.round_id is not None:
            await tell(interaction, "I found somebody for you: look below. You leave the queue when you both agree.")
            return
        others = {0: "nobody else waits", 1: "1 other waits"}.get(found.others, f"{found.others} others wait")
        await tell(
            interaction,
            f"You are in this server's queue; {others} there. I look whenever somebody comes, and once an hour, and "
            "ping you in this channel when somebody fits. **/mock stop-finding** takes you out.",
        )

    @app_commands.command(name="stop-finding", description="Leave the queue for a peer interview partner")
    async def stop_finding(interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        assert interaction.guild_id is not None  # the group is for servers alone
        left = await services(interaction).pairs.partners.stop(interaction.guild_id, interaction.user.id)
        said = "You are out of the queue. A proposal that stands already stays; **No, thanks** declines it."
        await tell(interaction, said if left else "You were not in the queue.")

    made: list[app_commands.Command[Any, ..., None]] = [pair, find, stop_finding]
    return made


async def setup(bot: commands.Bot) -> None:
    mock = bot.tree.get_command("mock")
    assert isinstance(mock, app_commands.Group)  # cogs.mock is loaded before
    for command in mock_commands():
        mock.add_command(command)
    await bot.add_cog(PairCog())
