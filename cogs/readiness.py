"""/readiness: how ready somebody is for each round of an interview loop, and what would tell or change it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self, cast

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.abilities.blueprints import BAR, BLUEPRINTS, Blueprint, Played, RoundKind
from bot.abilities.readiness import READY, State
from bot.counting import plural
from bot.errors import UserError
from bot.rounds.events import Kind, Mode
from bot.services.plans import RoundStep
from bot.services.readiness import Overview, RoundReadiness
from bot.services.starting import Format
from cogs._components import services
from cogs._errors import acknowledge, failures_told
from cogs._layout import BANDS, NEUTRAL, Accent, layout
from cogs._practice import start_step
from cogs._start import LEVELS
from questions.model import Level
from questions.taxonomy import taxonomy

SHOW = r"readiness:(?P<what>show|exam):(?P<kind>[a-z-]{1,32}):(?P<level>junior|mid|senior)"
PICK = r"readiness:pick:(?P<level>junior|mid|senior)"
ALL = "all"
NOTES = {
    State.READY: "ready",
    State.BORDERLINE: "borderline",
    State.NOT_YET: "not yet",
    State.NOT_ENOUGH: "not enough evidence yet",
}
ACCENTS: dict[State, Accent] = {
    State.READY: BANDS[4],
    State.BORDERLINE: BANDS[3],
    State.NOT_YET: BANDS[2],
    State.NOT_ENOUGH: NEUTRAL,
}
UNITS = {Played.QUIZ: ("free-text answer",), Played.CODE: ("coding task",), Played.STORY: ("story", "stories")}
ANSWERS = ("answer",)
EXAM: dict[Played, tuple[Kind, Format, int]] = {
    Played.QUIZ: (Kind.QUIZ, Format.FREE_TEXT, 5),
    Played.CODE: (Kind.CODE, Format.CODE, 1),
    Played.STORY: (Kind.BEHAVIORAL, Format.MIXED, 1),
}
CLAIM = (
    f"-# “Ready” means: in a fresh exam round of that kind from this bot, the chance of {round(BAR * 100)}% or more is "
    f"at least {round(READY * 100)}%. It is not the chance of a job offer. Only exam and group rounds count, and only "
    "the first time that you meet a question."
)


class ReadinessGo(ui.DynamicItem[ui.Button[ui.LayoutView]], template=SHOW):
    """Shows a round, or all of them, or starts one in exam mode."""

    def __init__(self, button: ui.Button[ui.LayoutView], what: str, kind: str, level: Level) -> None:
        super().__init__(button)
        self.what = what
        self.kind = kind
        self.level = level

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        button = cast("ui.Button[ui.LayoutView]", item)
        return cls(button, match["what"], match["kind"], Level(match["level"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            await acknowledge(interaction)
            if self.what == "exam":
                await _start_exam(interaction, self.kind, self.level)
                return
            await interaction.edit_original_response(view=await _view(interaction, self.kind, self.level))


class ReadinessPick(ui.DynamicItem[ui.Select[ui.LayoutView]], template=PICK):
    """Opens one kind of round."""

    def __init__(self, select: ui.Select[ui.LayoutView], level: Level) -> None:
        super().__init__(select)
        self.level = level

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(cast("ui.Select[ui.LayoutView]", item), Level(match["level"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        async with failures_told(interaction):
            await acknowledge(interaction)
            view = await _view(interaction, next(iter(self.item.values), ALL), self.level)
            await interaction.edit_original_response(view=view)


class ReadinessCog(commands.Cog, name="Readiness"):
    """What evidence says about being ready."""

    @app_commands.command(name="readiness", description="How ready you are for each round, on which evidence")
    @app_commands.describe(level="The level you interview for (that of your plan or latest round unless you say)")
    @app_commands.choices(level=LEVELS)
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def readiness(self, interaction: discord.Interaction, level: app_commands.Choice[str] | None = None) -> None:
        await acknowledge(interaction)
        view = await _view(interaction, ALL, Level(level.value) if level else None)
        await interaction.followup.send(view=view, ephemeral=True)


async def _view(interaction: discord.Interaction, kind: str, level: Level | None) -> ui.LayoutView:
    found = await services(interaction).readiness.overview(interaction.user.id, level, interaction.guild_id)
    one = next((one for one in found.offered if one.blueprint.kind == kind), None)
    if one is None:
        return layout(overview_blocks(found), _overview_rows(found), accent=NEUTRAL)
    return layout(round_blocks(one), _round_rows(one), accent=ACCENTS[one.verdict.state])


async def _start_exam(interaction: discord.Interaction, kind: str, level: Level) -> None:
    if kind not in set(RoundKind):
        raise UserError("That kind of round is gone. **/readiness** shows those that there are.")
    await start_step(interaction, exam_of(BLUEPRINTS[RoundKind(kind)]), level)


def exam_of(blueprint: Blueprint) -> RoundStep:
    """A round in exam mode that counts for the blueprint: on its main track, or a mixture."""
    kind, wanted, count = EXAM[blueprint.played]
    main = max(blueprint.shares, key=lambda slug: blueprint.shares[slug])
    topic = main if blueprint.shares[main] > 0.5 and kind is not Kind.BEHAVIORAL else None
    return RoundStep(kind, wanted, Mode.EXAM, topic, count)


# In words


def overview_blocks(found: Overview) -> list[str]:
    """All rounds of a loop in a few lines."""
    lines = [f"· **{one.blueprint.name}** · {NOTES[one.verdict.state]} · {_evidence(one)}" for one in found.offered]
    blocks = [f"## Readiness, {found.level.value} level", "\n".join(lines)]
    if all(one.verdict.state is State.NOT_ENOUGH for one in found.offered):
        blocks.append(
            "It is early days, and that says nothing about you: there is not enough to judge by. About eight free-text "
            "answers in exam mode give a first verdict on a round."
        )
    names = ", ".join(blueprint.name for blueprint in found.not_offered)
    if names:
        blocks.append(f"-# Not offered yet, so I cannot say: {names}.")
    return [*blocks, CLAIM]


def round_blocks(one: RoundReadiness) -> list[str]:
    """One round in four parts: the state, how likely, on which evidence, and what would help most."""
    said = one.verdict
    title = f"## {one.blueprint.name}, {one.level.value} level: {NOTES[said.state]}"
    blocks = [f"{title}\n{_opening(one)}", _likely(one), f"**It rests on** · {_evidence(one)}"]
    if more := _more(one):
        blocks.append(f"**What would settle it** · {more}")
    names = " and ".join(taxonomy().name(slug) for slug in one.worth)
    blocks.append(f"**Worth most for each hour** · {names}")
    return [*blocks, CLAIM]


def _opening(one: RoundReadiness) -> str:
    said = one.verdict
    match said.state:
        case State.READY:
            return "The evidence is there, and it is good. Keep it warm with a round now and then."
        case State.BORDERLINE if said.obstacle is not None and said.forecast.p >= READY:
            return f"Nearly there. One core topic stands in the way: **{taxonomy().name(said.obstacle)}**."
        case State.BORDERLINE if said.exam_missing:
            return "Nearly there. What is missing is a round in exam mode."
        case State.BORDERLINE if said.forecast.p >= READY:
            return "Nearly there. The last answers in exam mode were below what a pass takes; a good round settles it."
        case State.BORDERLINE:
            return "It could go either way. A little more in the right place tips it."
        case State.NOT_YET:
            return "Not yet, and here is what would change it."
        case State.NOT_ENOUGH:
            return "I have not seen enough to judge. That says nothing about you."


def _likely(one: RoundReadiness) -> str:
    found = one.verdict.forecast
    so_far = "So far it looks as if the chance" if one.verdict.state is State.NOT_ENOUGH else "The chance"
    is_ = "were" if one.verdict.state is State.NOT_ENOUGH else "is"
    return (
        f"**How likely** · {so_far} to pass a fresh round {is_} {about(found.p)}. The score to expect lies between "
        f"{found.low:.0%} and {found.high:.0%} (eight times in ten); {BAR:.0%} passes."
    )


def about(p: float) -> str:
    """A chance rounded to 5 %, never certain."""
    rounded = round(p * 20) * 5
    if rounded <= 0:
        return "under 5%"
    return "over 95%" if rounded >= 100 else f"about {rounded}%"


def _evidence(one: RoundReadiness) -> str:
    said, count = one.verdict, one.verdict.evidence.answers
    # Whatever touched the topics counts, so for a round of coding not only tasks do.
    noun = UNITS[Played.STORY] if one.blueprint.played is Played.STORY else ANSWERS
    answers = f"{count} counted {plural(count, *noun)}"
    last = said.evidence.last_exam
    exam = "no exam yet" if last is None else f"the last exam answers at {last:.1f} of 4 on average"
    return f"{answers}, {said.covered} of {said.topics} topics in 60 days, {exam}"


def _more(one: RoundReadiness) -> str:
    said, need = one.verdict, one.needed
    parts: list[str] = []
    if need.answers:
        unit = plural(need.answers, *UNITS.get(one.blueprint.played, ANSWERS))
        where = " and ".join(taxonomy().name(track) for track in need.tracks)
        parts.append(f"about {need.answers} more {unit} in {where}, in exam mode or group rounds")
    elif said.exam_missing:
        parts.append("one round in exam mode")
    return "; ".join(parts)


# Buttons


def _overview_rows(found: Overview) -> Sequence[Sequence[ui.Item[Any]]]:
    if not found.offered:
        return []
    select: ui.Select[ui.LayoutView] = ui.Select(
        custom_id=f"readiness:pick:{found.level.value}",
        placeholder="Open a round",
        options=[
            discord.SelectOption(
                label=one.blueprint.name, value=one.blueprint.kind.value, description=NOTES[one.verdict.state]
            )
            for one in found.offered
        ],
    )
    return [[ReadinessPick(select, found.level)]]


def _round_rows(one: RoundReadiness) -> Sequence[Sequence[ui.Item[Any]]]:
    return [
        [
            _go("exam", "Take an exam round", one.blueprint.kind.value, one.level, discord.ButtonStyle.primary),
            _go("show", "All rounds", ALL, one.level),
        ]
    ]


def _go(
    what: str, label: str, kind: str, level: Level, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> ReadinessGo:
    button: ui.Button[ui.LayoutView] = ui.Button(
        label=label, style=style, custom_id=f"readiness:{what}:{kind}:{level.value}"
    )
    return ReadinessGo(button, what, kind, level)


async def setup(bot: commands.Bot) -> None:
    bot.add_dynamic_items(ReadinessGo, ReadinessPick)
    await bot.add_cog(ReadinessCog())
