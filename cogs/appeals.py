"""Appeals: "This was right" under a graded answer, and `/question appeals` for those who decide."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.errors import UserError
from bot.services.appeals import PHRASE_LIMIT, TEXT_LIMIT, AppealCase
from bot.services.item_stats import ENOUGH, ItemStats
from bot.services.question_versions import NoQuestionError
from bot.store.appeals import OWNER
from bot.store.server_questions import file_id_of, own_id
from cogs._components import form_of, services
from cogs._errors import acknowledge, failures_told, tell
from cogs._layout import FOLLOW_UP, QUIET, layout
from cogs._moderators import NotAllowedError, is_moderator, is_owner, require_keeper
from cogs._text import escape, percent, shorten
from questions.kinds import AnyQuestion
from questions.model import MultipleChoice

_ANSWER = r"(?P<engine>dialogue|group):(?P<round>[0-9]{1,18}):(?P<item>[0-9]{1,4})"
ASK = rf"appeal:ask:{_ANSWER}"
PICK = rf"appeal:pick:{_ANSWER}"
JUDGE = r"appeal:judge:(?P<queue>[0-9]{1,20}):(?P<id>[0-9]{1,18}):(?P<action>uphold|decline|next)"
SAY_FORM = re.compile(rf"appeal:say:{_ANSWER}:(?P<point>[a-z0-9-]{{1,60}})")
JUDGE_FORM = re.compile(r"appeal:form:(?P<queue>[0-9]{1,20}):(?P<id>[0-9]{1,18}):(?P<action>uphold|decline)")


def appeal_button(engine: str, round_id: int, item: int) -> ui.Item[Any]:
    """Under a graded answer: the candidate says what was right in it."""
    button: ui.Button[ui.LayoutView] = ui.Button(
        label="This was right…", custom_id=f"appeal:ask:{engine}:{round_id}:{item}"
    )
    return AppealAsk(button, engine, round_id, item)


class AppealAsk(ui.DynamicItem[ui.Button[ui.LayoutView]], template=ASK):
    """Asks which point of the answer was right."""

    def __init__(self, button: ui.Button[ui.LayoutView], engine: str, round_id: int, item: int) -> None:
        super().__init__(button)
        self.engine, self.round_id, self.number = engine, round_id, item

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        button = cast("ui.Button[ui.LayoutView]", item)
        return cls(button, match["engine"], int(match["round"]), int(match["item"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            await acknowledge(interaction)
            who = interaction.user.id
            missed = await services(interaction).appeals.missed(self.engine, self.round_id, self.number, who)
            select: ui.Select[ui.LayoutView] = ui.Select(
                custom_id=f"appeal:pick:{self.engine}:{self.round_id}:{self.number}",
                placeholder="The point that you made",
                options=[discord.SelectOption(label=shorten(one.claim, 100), value=one.point) for one in missed[:25]],
            )
            text = (
                "Which point did you make that I did not count in full? People read it, and if you are right, "
                "everybody who answered like you gets the points."
            )
            await interaction.followup.send(view=layout([text], [[AppealPick(select)]], accent=QUIET), ephemeral=True)


class AppealPick(ui.DynamicItem[ui.Select[ui.LayoutView]], template=PICK):
    """Opens the form for the picked point."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(cast("ui.Select[ui.LayoutView]", item))

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            place = self.item.custom_id.removeprefix("appeal:pick:")
            field: ui.TextInput[ui.Modal] = ui.TextInput(
                custom_id="text",
                style=discord.TextStyle.paragraph,
                max_length=TEXT_LIMIT,
                placeholder="I wrote “…”, which says that…",
            )
            custom_id = f"appeal:say:{place}:{self.item.values[0]}"
            form = form_of(custom_id, "This was right", "Which of your words make the point, and why?", field)
            await interaction.response.send_modal(form)


class AppealJudge(ui.DynamicItem[ui.Button[ui.LayoutView]], template=JUDGE):
    """What somebody who decides appeals pressed."""

    def __init__(self, button: ui.Button[ui.LayoutView], queue: int, appeal: int, action: str) -> None:
        super().__init__(button)
        self.queue, self.appeal, self.action = queue, appeal, action

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        button = cast("ui.Button[ui.LayoutView]", item)
        return cls(button, int(match["queue"]), int(match["id"]), match["action"])

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            await require_judge(interaction, self.queue)
            if self.action == "next":
                await acknowledge(interaction)
                await show_case(interaction, self.queue, self.appeal)
                return
            upholds = self.action == "uphold"
            field: ui.TextInput[ui.Modal] = ui.TextInput(
                custom_id="text",
                style=discord.TextStyle.paragraph,
                max_length=PHRASE_LIMIT if upholds else TEXT_LIMIT,
                placeholder="the words that make the point, no more" if upholds else "The candidate reads this.",
            )
            title = "Uphold: a phrasing that counts" if upholds else "Decline"
            label = "Which words make the point from now on?" if upholds else "Why does it not count?"
            await interaction.response.send_modal(
                form_of(f"appeal:form:{self.queue}:{self.appeal}:{self.action}", title, label, field)
            )


async def require_judge(interaction: discord.Interaction, queue: int) -> None:
    """Raises NotAllowedError for anybody who may not decide the appeals of this queue."""
    if queue == OWNER:
        if not await is_owner(interaction):
            raise NotAllowedError("Appeals on shipped questions are decided by the bot's owner.")
        return
    if queue != interaction.guild_id:
        raise NotAllowedError("Those appeals belong to another server.")
    await require_keeper(interaction)


async def show_case(interaction: discord.Interaction, queue: int, after: int = 0) -> None:
    """Shows the next open appeal of a queue, in the queue's own message where a button of it was pressed."""
    case = await services(interaction).appeals.next_case(queue, after)
    view = _case_view(case, queue) if case is not None else layout(["No appeal is open."], accent=QUIET)
    data = cast("dict[str, Any]", interaction.data or {})
    if str(data.get("custom_id", "")).startswith(("appeal:judge:", "appeal:form:")):
        await interaction.edit_original_response(view=view)
    else:
        await interaction.followup.send(view=view, ephemeral=True)


def _case_view(case: AppealCase, queue: int) -> ui.LayoutView:
    row, point = case.row, case.point
    answer = escape(shorten(" ".join(case.answer.split()), 1200)) if case.answer else "*erased by its author*"
    accepted = shorten(" · ".join(point.accept.phrases[:8]), 500)
    blocks = [
        f"## Appeal {row.id} · {case.waiting} open\n-# `{file_id_of(row.question_id)}` version {case.question.version}",
        f"{case.question.prompt}",
        f"**The answer**\n> {answer}",
        f"**The point** ({percent(case.earned)} so far) · {escape(point.claim)}\n-# Counts already: {accepted}",
        f"**The candidate says**\n> {escape(shorten(row.text, 800))}",
        "-# **Uphold** adds a phrasing to the point as a new version, and grades every stored answer again.",
    ]
    buttons: list[ui.Item[Any]] = [
        _judge("Uphold…", queue, row.id, "uphold", discord.ButtonStyle.success),
        _judge("Decline…", queue, row.id, "decline"),
        _judge("Next", queue, row.id, "next"),
    ]
    return layout(blocks, [buttons], accent=FOLLOW_UP)


def _judge(
    label: str, queue: int, appeal: int, action: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> ui.Item[Any]:
    button: ui.Button[ui.LayoutView] = ui.Button(
        label=label, style=style, custom_id=f"appeal:judge:{queue}:{appeal}:{action}"
    )
    return AppealJudge(button, queue, appeal, action)


class AppealsCog(commands.Cog, name="Appeals"):
    """What was right although it earned nothing."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        data = cast("dict[str, Any]", interaction.data or {})
        custom_id = str(data.get("custom_id", ""))
        said, judged = SAY_FORM.fullmatch(custom_id), JUDGE_FORM.fullmatch(custom_id)
        if said is None and judged is None:
            return
        text = _text(data)
        async with failures_told(interaction, typed=text):
            await acknowledge(interaction)
            if said is not None:
                await self._said(interaction, said, text)
            elif judged is not None:
                await self._judged(interaction, judged, text)

    async def _said(self, interaction: discord.Interaction, match: re.Match[str], text: str) -> None:
        number = await services(interaction).appeals.appeal(
            match["engine"],
            int(match["round"]),
            int(match["item"]),
            interaction.user.id,
            point=match["point"],
            text=text,
        )
        await tell(interaction, f"Thank you. That is appeal {number}; you are told what comes of it.")

    async def _judged(self, interaction: discord.Interaction, match: re.Match[str], text: str) -> None:
        queue, number = int(match["queue"]), int(match["id"])
        await require_judge(interaction, queue)
        found = services(interaction).appeals
        if match["action"] == "uphold":
            version = await found.uphold(queue, number, by=interaction.user.id, phrase=text)
            await tell(
                interaction,
                f"Appeal {number} is upheld. Version {version} of the question counts that phrasing; answers are "
                "being graded again, and whoever gains by it is told.",
            )
        else:
            await found.decline(queue, number, by=interaction.user.id, note=text)
            await tell(interaction, f"Appeal {number} is declined; the candidate is told why.")
        await show_case(interaction, queue, number)


def _text(data: dict[str, Any]) -> str:
    """What was typed in a form of one field."""
    for component in cast("list[dict[str, Any]]", data.get("components", [])):
        inner = component.get("component") or next(iter(component.get("components") or []), None)
        if inner:
            return str(inner.get("value") or "")
    return ""


def _stats_view(stats: ItemStats, question: AnyQuestion | None) -> ui.LayoutView:
    name = shorten(file_id_of(stats.question_id), 120)
    if not stats.attempts:
        return layout([f"Nobody has answered `{escape(name)}` in this server yet."])
    lines = [f"**First answers** · {stats.attempts}"]
    if stats.mean is not None:
        lines.append(f"**Mean score** · {percent(stats.mean)}")
    told = "not enough answers yet" if stats.discrimination is None else f"{stats.discrimination:+.2f}"
    lines.append(f"**Discrimination** · {told} (with the same people's other answers; below +0.10 it says little)")
    if stats.strong_mean is not None:
        lines.append(f"**The strongest quarter** · {percent(stats.strong_mean)}")
    lines.append(f"**With hints** · {percent(stats.hint_rate)} · **gave up** · {percent(stats.told_rate)}")
    if stats.minutes is not None:
        lines.append(f"**Time** · {stats.minutes:.1f} minutes (median)")
    lines.append(f"**Appeals** · {stats.appeals} · **reports** · {stats.reports}")
    asked = f"\n{shorten(' '.join(question.prompt.partition('```')[0].split()), 300)}" if question is not None else ""
    blocks = [f"## {escape(name)}{asked}", "\n".join(lines)]
    if isinstance(question, MultipleChoice):
        blocks.append("\n".join(_chosen(stats, question)))
    if stats.suspect:
        blocks.append(f"⚠️ It looks broken: {stats.suspect}.")
    return layout(blocks)


def _chosen(stats: ItemStats, question: MultipleChoice) -> list[str]:
    """How often each option was chosen, and which wrong ones tempt nobody."""
    counts = {option.id: stats.options.get(option.id, 0) for option in question.options}
    total = sum(counts.values())
    lines = [f"**Chosen** (of {total} answers)"]
    for option in question.options:
        count = counts[option.id]
        share = f"{percent(count / total)} · {count}" if total else "0"
        idle = " · nobody falls for it" if total >= ENOUGH and not count and not option.correct else ""
        lines.append(f"{'✓' if option.correct else '✗'} {escape(shorten(option.text, 160))} · **{share}**{idle}")
    return lines


async def _ids(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    if interaction.guild_id is None or not await is_moderator(interaction):
        return []
    found = await services(interaction).questions.library.suggestions(interaction.guild_id, current, None)
    return [app_commands.Choice(name=shorten(label, 100), value=name) for label, name in found]


def question_commands() -> list[app_commands.Command[Any, ..., None]]:
    """The commands of the group /question that live here."""

    @app_commands.command(name="appeals", description="Decide what candidates say was right")
    @app_commands.describe(queue="This server's questions, or (for the bot's owner) the shipped ones")
    @app_commands.choices(
        queue=[
            app_commands.Choice(name="this server's questions", value="server"),
            app_commands.Choice(name="shipped questions", value="owner"),
        ]
    )
    async def appeals_command(interaction: discord.Interaction, queue: app_commands.Choice[str] | None = None) -> None:
        await acknowledge(interaction)
        shipped = queue is not None and queue.value == "owner"
        wanted = OWNER if shipped else interaction.guild_id
        if wanted is None:
            raise UserError("That command works in a server.")
        await require_judge(interaction, wanted)
        await show_case(interaction, wanted)

    @app_commands.command(name="stats", description="How a question does with people; without one, which look broken")
    @app_commands.describe(id="The question's id, as /question find shows it")
    async def stats_command(interaction: discord.Interaction, id: str | None = None) -> None:  # noqa: A002 - what people see
        await acknowledge(interaction)
        await require_keeper(interaction)
        assert interaction.guild_id is not None
        found = services(interaction).item_stats
        if id is None:
            suspects = await found.suspects(interaction.guild_id)
            lines = [f"`{file_id_of(one.question_id)}` · {one.suspect} ({one.attempts} answers)" for one in suspects]
            shown = "\n".join(lines) or f"None looks broken. It takes {ENOUGH} answers in this server to say anything."
            await interaction.followup.send(view=layout(["## Questions that look broken", shown]), ephemeral=True)
            return
        own = await found.of(own_id(id, interaction.guild_id), interaction.guild_id)
        stats = own if own.attempts else await found.of(id, interaction.guild_id)
        try:
            question = (await services(interaction).questions.library.show(interaction.guild_id, id)).question
        except NoQuestionError:  # what was earned on a question outlives it
            if not stats.attempts:
                raise
            question = None
        await interaction.followup.send(view=_stats_view(stats, question), ephemeral=True)

    stats_command.autocomplete("id")(_ids)

    made: list[app_commands.Command[Any, ..., None]] = [appeals_command, stats_command]
    return made


async def setup(bot: commands.Bot) -> None:
    bot.add_dynamic_items(AppealAsk, AppealPick, AppealJudge)
    await bot.add_cog(AppealsCog())
    group = bot.tree.get_command("question")
    assert isinstance(group, app_commands.Group)  # cogs.questions is loaded before
    for command in question_commands():
        group.add_command(command)
