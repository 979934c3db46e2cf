"""Buttons, selects and forms of rounds. Their `custom_id` is `<engine>:<id>:<turn>:<action>`: they outlive a restart.

The engine is `round` for rounds of one person, `group` and `pair`. discord.py forgets open forms when the process
ends. A form is therefore never handled by its own object: whatever is submitted arrives as an interaction event with
its `custom_id`, before and after a restart alike. Clicks take the same road: each becomes one `<engine>_click` event,
which the cog of that engine hears.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

import discord
from discord import ui

from bot.services import Services
from bot.services.rounds import ANSWER_LIMIT

_PLACE = r"(?P<engine>round|group|pair):(?P<id>[0-9]{1,18}):(?P<turn>[0-9]{1,6})"
TEMPLATE = rf"{_PLACE}:(?P<action>(?!rate$|pick|form)[a-z]{{2,12}}(?:-[a-z0-9-]{{1,40}})?)"
PICK_TEMPLATE = rf"{_PLACE}:(?P<action>rate|pick-[a-z0-9-]{{1,40}})"
FORM = re.compile(rf"{_PLACE}:form-(?P<action>[a-z][a-z0-9-]{{1,40}})")

RATINGS = {
    1: "1 · strong no",
    2: "2 · leaning no",
    3: "3 · leaning yes",
    4: "4 · strong yes",
}


@dataclass(frozen=True)
class Upload:
    """A file that came with a form or a message: its name, its size in bytes as declared, and where to get it."""

    name: str
    size: int
    url: str


@dataclass(frozen=True)
class Click:
    """A button, select or form of a round that somebody used."""

    round_id: int
    turn: int
    action: str
    value: str = ""
    """What was selected or typed."""
    uploads: tuple[Upload, ...] = ()
    values: tuple[str, ...] = ()
    """All that was selected."""
    fields: tuple[tuple[str, str], ...] = ()
    """What was typed or chosen in each field of a form, by the field's name."""


def services(interaction: discord.Interaction) -> Services:
    """The services of the bot that got the interaction."""
    return cast(Any, interaction.client).services


class RoundButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=TEMPLATE):
    """A button of a round."""

    def __init__(self, button: ui.Button[ui.LayoutView], engine: str, click: Click) -> None:
        super().__init__(button)
        self.engine = engine
        self.click = click

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(cast("ui.Button[ui.LayoutView]", item), match["engine"], _click(match))

    async def callback(self, interaction: discord.Interaction) -> None:
        interaction.client.dispatch(f"{self.engine}_click", interaction, self.click)


class RoundSelect(ui.DynamicItem[ui.Select[ui.LayoutView]], template=PICK_TEMPLATE):
    """A list of a round to pick from."""

    def __init__(self, select: ui.Select[ui.LayoutView], engine: str, click: Click) -> None:
        super().__init__(select)
        self.engine = engine
        self.click = click

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(cast("ui.Select[ui.LayoutView]", item), match["engine"], _click(match))

    async def callback(self, interaction: discord.Interaction) -> None:
        chosen = tuple(self.item.values)
        click = Click(
            self.click.round_id, self.click.turn, self.click.action, chosen[0] if chosen else "", values=chosen
        )
        interaction.client.dispatch(f"{self.engine}_click", interaction, click)


DYNAMIC_ITEMS = (RoundButton, RoundSelect)


def round_button(
    round_id: int,
    turn: int,
    action: str,
    label: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    *,
    engine: str = "round",
) -> RoundButton:
    """A button that does `action` in a turn of a round."""
    button: ui.Button[ui.LayoutView] = ui.Button(
        label=label, style=style, custom_id=f"{engine}:{round_id}:{turn}:{action}"
    )
    return RoundButton(button, engine, Click(round_id, turn, action))


def round_select(
    round_id: int,
    turn: int,
    action: str,
    placeholder: str,
    options: Sequence[discord.SelectOption],
    *,
    engine: str = "round",
    least: int = 1,
    most: int = 1,
) -> RoundSelect:
    """A list whose `action` is `rate` or begins with `pick-`; between `least` and `most` of it can be chosen."""
    select: ui.Select[ui.LayoutView] = ui.Select(
        custom_id=f"{engine}:{round_id}:{turn}:{action}",
        placeholder=placeholder,
        options=list(options),
        min_values=least,
        max_values=most,
    )
    return RoundSelect(select, engine, Click(round_id, turn, action))


def rating_select(round_id: int, turn: int, chosen: int | None) -> RoundSelect:
    """The person's own rating against the anchors."""
    options = [
        discord.SelectOption(label=label, value=str(band), default=band == chosen) for band, label in RATINGS.items()
    ]
    return round_select(round_id, turn, "rate", "Rate yourself against the anchors", options)


def _click(match: re.Match[str]) -> Click:
    return Click(int(match["id"]), int(match["turn"]), match["action"])


# Forms


def answer_form(
    round_id: int,
    turn: int,
    *,
    title: str,
    label: str,
    text: str = "",
    long: bool = True,
    engine: str = "round",
) -> ui.Modal:
    """The form to answer in; `text` fills it with what was sent before."""
    long = long or len(text) > 100  # Discord refuses a form whose filled-in text is longer than its field
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id="text", style=style, required=True, max_length=ANSWER_LIMIT if long else 100, default=text or None
    )
    return form_of(f"{engine}:{round_id}:{turn}:form-answer", title, label, field)


def report_form(round_id: int, turn: int, *, engine: str = "round") -> ui.Modal:
    """The form to say what is wrong with a question."""
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id="text",
        style=discord.TextStyle.paragraph,
        required=True,
        max_length=1000,
        placeholder="A wrong fact, an unclear sentence, an answer that should have counted…",
    )
    return form_of(f"{engine}:{round_id}:{turn}:form-report", "Report this question", "What is wrong with it?", field)


def code_form(round_id: int, turn: int, action: str, *, title: str, code: str, engine: str = "round") -> ui.Modal:
    """The form to send a program in, as text or as a file; `code` fills it with what was sent before, if it fits."""
    fits = len(code) <= ANSWER_LIMIT
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id="text",
        style=discord.TextStyle.paragraph,
        required=False,
        max_length=ANSWER_LIMIT,
        default=code if fits and code.strip() else None,
        placeholder="Paste your program here, or upload it below"
        if fits
        else "Your last one is too long to stand here",
    )
    upload: ui.FileUpload[ui.Modal] = ui.FileUpload(custom_id="file", required=False, min_values=0, max_values=1)
    form = form_of(f"{engine}:{round_id}:{turn}:form-{action}", title, "Your program", field)
    form.add_item(
        ui.Label(text="Or a .py file", description="Up to 64 kB; it counts instead of the text", component=upload)
    )
    return form


def form_of(custom_id: str, title: str, label: str, field: ui.Item[Any]) -> ui.Modal:
    """A form with one field to begin with."""
    # The form object hears nothing; a timeout lets discord.py forget one that was never sent.
    form = ui.Modal(title=title[:45], custom_id=custom_id, timeout=3600)
    form.add_item(ui.Label(text=label[:45], component=field))
    return form


def submitted(interaction: discord.Interaction, engine: str = "round") -> Click | None:
    """What a submitted form of this engine's rounds holds; None for any other interaction."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return None
    data = cast("dict[str, Any]", interaction.data or {})
    match = FORM.fullmatch(str(data.get("custom_id", "")))
    if match is None or match["engine"] != engine:
        return None
    components = cast("list[dict[str, Any]]", data.get("components", []))
    value = str((_field(components, "text") or {}).get("value") or "")
    resolved = cast("dict[str, Any]", data.get("resolved") or {})
    sent = cast("dict[str, dict[str, Any]]", resolved.get("attachments") or {})
    chosen = cast("list[str]", (_field(components, "file") or {}).get("values") or [])
    uploads = tuple(
        Upload(str(sent[key].get("filename", "")), int(sent[key].get("size", 0)), str(sent[key]["url"]))
        for key in map(str, chosen)
        if key in sent
    )
    fields = tuple(_fields(components))
    return Click(int(match["id"]), int(match["turn"]), f"form-{match['action']}", value, uploads, fields=fields)


def _fields(components: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What every field of a form holds; of a list what was chosen first."""
    found: list[tuple[str, str]] = []
    for component in components:
        chosen = cast("list[str]", component.get("values") or [])
        if "custom_id" in component:
            found.append((str(component["custom_id"]), str(component.get("value") or next(iter(chosen), ""))))
        inner = component.get("components") or ([component["component"]] if "component" in component else [])
        found += _fields(inner)
    return found


def _field(components: list[dict[str, Any]], custom_id: str) -> dict[str, Any] | None:
    """A form's field, inside labels (or rows, as older forms were)."""
    for component in components:
        if component.get("custom_id") == custom_id:
            return component
        inner = component.get("components") or ([component["component"]] if "component" in component else [])
        if inner and (found := _field(inner, custom_id)):
            return found
    return None
