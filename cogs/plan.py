"""/plan: what somebody prepares for, and what to do for it, week by week."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Self, cast

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.counting import counted
from bot.practice.description import Named
from bot.practice.plan import Plan, Role, Visit, Week
from bot.rounds.events import Kind, Mode
from bot.schedule import local_day
from bot.services.plans import DoneStep, PlanView, RestStep, ReviewStep, RoundStep, Step, suggested_days
from cogs._components import form_of, services
from cogs._errors import acknowledge, failures_told, tell
from cogs._layout import NEUTRAL, layout
from cogs._practice import go
from cogs._start import LEVELS
from cogs._text import escape, shorten
from questions.model import Level
from questions.resources import resources
from questions.taxonomy import taxonomy

ROLES = [app_commands.Choice(name=role.value, value=role.value) for role in Role]
WEEK = r"plan:week:(?P<week>[0-9]{1,3})"
DESCRIBE = "plan:describe"
FORM = "plan:description"
PASTED = 4000
"""Characters that a form takes."""
READ = 2
"""Works named for a topic that is new."""
NAMED = 14
"""Topics of a job description that are shown with their words."""
LEFT_OUT = 12


class PlanWeek(ui.DynamicItem[ui.Button[ui.LayoutView]], template=WEEK):
    """Turns to another week."""

    def __init__(self, button: ui.Button[ui.LayoutView], week: int) -> None:
        super().__init__(button)
        self.week = week

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(cast("ui.Button[ui.LayoutView]", item), int(match["week"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            await acknowledge(interaction)
            view = await services(interaction).plans.view(interaction.user.id, interaction.guild_id)
            await interaction.edit_original_response(view=plan_view(view, self.week))


class PlanDescribe(ui.DynamicItem[ui.Button[ui.LayoutView]], template=DESCRIBE):
    """Opens the form for a job description."""

    def __init__(self, button: ui.Button[ui.LayoutView]) -> None:
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        del interaction, match
        return cls(cast("ui.Button[ui.LayoutView]", item))

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            await interaction.response.send_modal(description_form())


def description_form() -> ui.Modal:
    """The form that a job description is pasted in."""
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id="text",
        style=discord.TextStyle.paragraph,
        required=True,
        max_length=PASTED,
        placeholder="Paste what they are looking for. I keep the topics it names, not the text.",
    )
    return form_of(FORM, "Job description", "What the posting says", field)


class PlanCog(commands.Cog, name="Plan"):
    """A study plan up to the day of an interview."""

    plan = app_commands.Group(
        name="plan",
        description="A study plan up to the day of your interview",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
    )

    @plan.command(name="set", description="Make a plan, or change what it is for")
    @app_commands.describe(
        target="The day of your interview, such as 2026-05-01, 1 May or in 6 weeks",
        role="What you interview for",
        level="At which level (mid unless you say otherwise)",
        hours="Hours a week (6 unless you say otherwise)",
        description="Paste a job description: a form opens for it",
    )
    @app_commands.choices(role=ROLES, level=LEVELS)
    async def make(
        self,
        interaction: discord.Interaction,
        target: str,
        role: app_commands.Choice[str],
        level: app_commands.Choice[str] | None = None,
        hours: app_commands.Range[float, 1, 40] = 6.0,
        description: bool = False,
    ) -> None:
        if not description:  # a form must be the first answer
            await acknowledge(interaction)
        plans = services(interaction).plans
        await plans.set_goal(
            interaction.user.id, Role(role.value), Level(level.value) if level else Level.MID, target, hours
        )
        if description:
            await interaction.response.send_modal(description_form())
            return
        await self._show(interaction)

    @make.autocomplete("target")
    async def days(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        zone = await services(interaction).people.zone(interaction.user.id)
        today = local_day(interaction.created_at, zone)
        choices = [
            app_commands.Choice(name=f"{words} · {day:%A}, {day:%Y-%m-%d}", value=day.isoformat())
            for words, day in suggested_days(today)
        ]
        wanted = current.strip().casefold()
        return [choice for choice in choices if wanted in choice.name.casefold()]

    @plan.command(name="show", description="Your plan week by week, and what to do today")
    async def show(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        await self._show(interaction)

    @staticmethod
    async def _show(interaction: discord.Interaction) -> None:
        view = await services(interaction).plans.view(interaction.user.id, interaction.guild_id)
        await interaction.followup.send(view=plan_view(view), ephemeral=True)

    @plan.command(name="remove", description="Forget your plan; results and reviews stay")
    async def remove(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        had = await services(interaction).plans.forget(interaction.user.id)
        await tell(interaction, "Your plan is gone. Your results and reviews stay." if had else "You have no plan.")

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Forms outlive a restart here: what was pasted arrives under the form's name, whoever opened it."""
        typed = _pasted(interaction)
        if typed is None:
            return
        async with failures_told(interaction, typed=typed):
            await interaction.response.defer(ephemeral=True, thinking=True)
            named = await services(interaction).plans.describe(interaction.user.id, typed)
            view = await services(interaction).plans.view(interaction.user.id, interaction.guild_id)
            await interaction.followup.send(view=plan_view(view, said=_found(named)), ephemeral=True)


def _pasted(interaction: discord.Interaction) -> str | None:
    """What was pasted into the form; None for any other interaction."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return None
    data = cast("dict[str, Any]", interaction.data or {})
    if data.get("custom_id") != FORM:
        return None
    labels = cast("list[dict[str, Any]]", data.get("components", []))
    fields = [cast("dict[str, Any]", label.get("component") or {}) for label in labels]
    return "".join(str(field.get("value") or "") for field in fields)


def _found(named: Named) -> str:
    if not named.topics:
        return "I found none of my topics in that text, so nothing changes. Paste the part with what they look for."
    return f"I found **{len(named.topics)} topics** in it; they weigh more in your plan now."


# What a plan looks like


def plan_view(view: PlanView, week: int = 1, *, said: str = "") -> ui.LayoutView:
    """A week of a plan, with what to do today."""
    plan = view.plan
    number = min(max(week, 1), max(len(plan.weeks), 1))
    blocks: list[str | ui.Item[Any]] = []
    if said:
        blocks.append(said)
    blocks += [_head(plan), _today(view.step, plan)]
    if plan.weeks:
        blocks.append(_week(plan.weeks[number - 1], plan))
    if number == 1 and view.emphasis.named:
        blocks.append(_named(view))
    if number == 1 and plan.weeks and (rest := _rest(plan)):
        blocks.append(rest)
    return layout(blocks, _rows(view, number), accent=NEUTRAL)


def _rows(view: PlanView, number: int) -> Sequence[Sequence[ui.Item[Any]]]:
    turn: list[ui.Item[Any]] = []
    if len(view.plan.weeks) > 1:
        turn = [
            _turn("Earlier", number - 1, len(view.plan.weeks)),
            _turn("Later", number + 1, len(view.plan.weeks)),
        ]
    first: list[ui.Item[Any]] = []
    if isinstance(view.step, ReviewStep | RoundStep):
        first.append(go("today", "Start today's step", style=discord.ButtonStyle.primary))
    label = "Another job description" if view.emphasis.named else "Paste a job description"
    describe: ui.Button[ui.LayoutView] = ui.Button(label=label, custom_id=DESCRIBE)
    return [first, [*turn, PlanDescribe(describe)]]


def _turn(label: str, week: int, weeks: int) -> ui.Item[Any]:
    button: ui.Button[ui.LayoutView] = ui.Button(label=label, custom_id=f"plan:week:{week}")
    if 1 <= week <= weeks:
        return PlanWeek(button, week)
    return ui.Button(label=label, custom_id=f"plan:none:{label.lower()}", disabled=True)


def _head(plan: Plan) -> str:
    goal = plan.goal
    days = (goal.target - plan.today).days
    when = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days" if days > 0 else "past"
    head = f"## Your plan\n**{goal.role.value}**, {goal.level.value} level · interview **{_day(goal.target)}** ({when})"
    if plan.over:
        return head
    fits = f", {plan.topics - len(plan.left_out)} of them fit your hours" if plan.left_out else ", all of them fit"
    todo = f"{plan.topics} topics to go{'' if _only_last(plan) else fits}"
    return f"{head} · {goal.hours:g} h a week · {todo}" + (f", {plan.done} done" if plan.done else "")


def _only_last(plan: Plan) -> bool:
    """Whether nothing is left but the last week, which brings nothing new however many hours it has."""
    return all(week.final for week in plan.weeks)


def _today(step: Step, plan: Plan) -> str:
    match step:
        case ReviewStep(day=day):
            many = len(day.questions)
            return (
                f"**Today, first** · review: {counted(many, 'question')} for what you missed"
                f"{', the most important of it' if day.later else ''}."
            )
        case RoundStep(topic=None) as mixed:
            return f"**Today** · a mixed {_noun(mixed)} in exam mode: it shows how ready you are."
        case RoundStep(topic=topic) as one:
            name = taxonomy().name(topic or "")
            way = " in exam mode" if one.mode is Mode.EXAM else ""
            again = {1: "", 2: ", second time", 3: ", third time"}[one.visit.number if one.visit else 1]
            check = ": a quick check, as other topics build on it" if one.visit and one.visit.check else ""
            read = "read up on it, then " if one.visit and one.visit.number == 1 and not one.visit.check else ""
            return f"**Today** · **{name}**{again}: {read}a {_noun(one)}{way}{check}."
        case RestStep():
            return "**Today** · rest. It is tomorrow; sleep does more for it now than one more round."
        case DoneStep():
            if plan.over:
                return "**The day has come.** I hope that it went well. **/plan set** makes the next plan."
            return "**Today** · done. More tomorrow."


def _noun(step: RoundStep) -> str:
    if step.kind is Kind.CODE:
        return "coding task"
    if step.kind is Kind.BEHAVIORAL:
        return "story"
    return f"quiz of {counted(step.count, 'question')}"


def _week(week: Week, plan: Plan) -> str:
    span = _day(week.first) + (f" to {_day(week.last)}" if week.last > week.first else "")
    title = f"**Week {week.number} of {len(plan.weeks)}** · {span}"
    if week.final and week.first == week.last:
        return f"{title}\nThe day before is for rest."
    if week.final:
        return (
            f"{title}\nNothing new in the last week: {_hours(week.reviews)} of reviews, {_hours(week.mixed)} of rounds "
            f"in exam mode. {_day(week.last)} is for rest."
        )
    lines = [title, *(_visit(visit) for visit in _begun(week)), *_returns(week)]
    if not week.visits:
        lines.append("No time for a new topic in this one.")
    lines.append(_split(week))
    return "\n".join(lines)


def _begun(week: Week) -> list[Visit]:
    return [visit for visit in week.visits if visit.number == 1]


def _visit(visit: Visit) -> str:
    name = taxonomy().name(visit.topic)
    if visit.check:
        return f"· {name}: a quick check ({visit.minutes} min)"
    read = resources().on(visit.topic)[:READ]
    return f"· **{name}** ({visit.minutes} min)" + "".join(f"\n-# {line}" for line in read)


def _returns(week: Week) -> list[str]:
    again = [visit for visit in week.visits if visit.number > 1]
    if not again:
        return []
    second = [taxonomy().name(visit.topic) for visit in again if visit.number == 2]
    third = [taxonomy().name(visit.topic) for visit in again if visit.number == 3]
    lines: list[str] = []
    if second:
        lines.append(f"Again after some days: {', '.join(second)}")
    if third:
        lines.append(f"Once more, in exam mode: {', '.join(third)}")
    return lines


def _split(week: Week) -> str:
    topics = sum(visit.minutes for visit in week.visits)
    parts = [("reviews", week.reviews), ("topics", topics), ("mixed exam rounds", week.mixed)]
    told = " · ".join(f"{_hours(minutes)} {name}" for name, minutes in parts if minutes)
    shares = sorted(week.areas.items(), key=lambda entry: -entry[1])
    areas = ", ".join(f"{area.value} {share:.0%}" for area, share in shares)
    return f"-# {told}\n-# Topics by area: {areas}"


def _named(view: PlanView) -> str:
    named = view.emphasis.named
    shown = [
        f"{taxonomy().name(slug)} ({', '.join(f'“{escape(shorten(quote, 40))}”' for quote in quotes)})"
        for slug, quotes in list(named.items())[:NAMED]
    ]
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    startup = " It reads like a start-up: more coding of models, fewer algorithms." if view.emphasis.startup else ""
    return f"**Named by the job description** · {', '.join(shown)}{more}.{startup}"


def _rest(plan: Plan) -> str:
    if not plan.left_out:
        return ""
    names = [taxonomy().name(slug) for slug in plan.left_out[:LEFT_OUT]]
    more = f" and {len(plan.left_out) - LEFT_OUT} more" if len(plan.left_out) > LEFT_OUT else ""
    if _only_last(plan):
        return f"-# Left for after it, the most valuable first: {', '.join(names)}{more}."
    return (
        f"-# These hours do not hold everything. Left out, the most valuable first: {', '.join(names)}{more}. "
        "More hours bring more of it in."
    )


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _hours(minutes: int) -> str:
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if rest else f"{hours} h"


async def setup(bot: commands.Bot) -> None:
    bot.add_dynamic_items(PlanWeek, PlanDescribe)
    await bot.add_cog(PlanCog())
