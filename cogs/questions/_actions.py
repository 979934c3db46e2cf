"""Everything that buttons, lists and forms of questions can do, and who may do it.

An action is named in the `custom_id`: `question:go:<action>:<words>` of a button, `question:pick:…` of a list,
`question:form:…` of a form. All of them arrive at `act`, which checks who it is before anything is done, whatever was
shown to whom. An action that is not registered does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Self, cast

import discord
from discord import ui

from bot.errors import UserError
from cogs._components import Upload
from cogs._errors import acknowledge, failures_told, tell
from cogs._layout import layout
from cogs.questions._access import require_keeper

GO = r"question:go:(?P<action>[a-z]{2,14})(?P<words>(?::[^:]{0,70}){0,6})"
PICK = r"question:pick:(?P<action>[a-z]{2,14})(?P<words>(?::[^:]{0,70}){0,6})"
FORM = re.compile(r"question:form:(?P<action>[a-z]{2,14})(?P<words>(?::[^:]{0,70}){0,6})")
GONE = "I do not know that button any more. Use the command again."


class Who(Enum):
    MODERATORS = auto()
    PEOPLE = auto()
    """Anybody, with what is their own; the service checks whose it is."""


@dataclass(frozen=True)
class Deed:
    """What somebody did with a button, a list or a form."""

    words: tuple[str, ...]
    """What stood in the custom id behind the action."""
    values: tuple[str, ...] = ()
    """What was picked from a list."""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """What was typed or chosen in each field of a form."""
    uploads: tuple[Upload, ...] = ()

    def number(self, index: int) -> int:
        """A word that is a number. Raises UserError for a custom id that the bot did not make."""
        word = self.word(index)
        if not re.fullmatch(r"[0-9]{1,18}", word):
            raise UserError(GONE)
        return int(word)

    def word(self, index: int) -> str:
        if index >= len(self.words):
            raise UserError(GONE)
        return self.words[index]

    @property
    def value(self) -> str:
        """What was picked. Raises UserError where nothing was."""
        if not self.values:
            raise UserError(GONE)
        return self.values[0]

    @property
    def typed(self) -> str:
        """All that was typed, to hand it back."""
        return "\n\n".join(text for texts in self.fields.values() for text in texts if text)


Handler = Callable[[discord.Interaction, Deed], Awaitable[None]]


@dataclass(frozen=True)
class Action:
    who: Who
    opens: bool
    """Whether it answers with a form, before which nothing may be said."""
    handler: Handler


BUTTONS: dict[str, Action] = {}
LISTS: dict[str, Action] = {}
FORMS: dict[str, Action] = {}


def on(
    actions: dict[str, Action], name: str, who: Who = Who.MODERATORS, *, opens: bool = False
) -> Callable[[Handler], Handler]:
    """Registers what an action of that name does."""

    def decorate(handler: Handler) -> Handler:
        if name in actions:
            raise ValueError(f"there are two actions {name!r}")
        actions[name] = Action(who, opens, handler)
        return handler

    return decorate


async def act(interaction: discord.Interaction, actions: Mapping[str, Action], name: str, deed: Deed) -> None:
    """Does what an action does, for those who may; everybody else is told why not."""
    async with failures_told(interaction, typed=deed.typed or None):
        action = actions.get(name)
        if action is None:
            await tell(interaction, GONE)
            return
        if action.who is Who.MODERATORS:
            await require_keeper(interaction)
        if not action.opens:
            await acknowledge(interaction)
        await action.handler(interaction, deed)


class QuestionButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=GO):
    def __init__(self, button: ui.Button[ui.LayoutView], action: str, words: tuple[str, ...]) -> None:
        super().__init__(button)
        self.action, self.words = action, words

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(cast("ui.Button[ui.LayoutView]", item), match["action"], _words(match))

    async def callback(self, interaction: discord.Interaction) -> None:
        await act(interaction, BUTTONS, self.action, Deed(self.words))


class QuestionList(ui.DynamicItem[ui.Select[ui.LayoutView]], template=PICK):
    def __init__(self, select: ui.Select[ui.LayoutView], action: str, words: tuple[str, ...]) -> None:
        super().__init__(select)
        self.action, self.words = action, words

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(cast("ui.Select[ui.LayoutView]", item), match["action"], _words(match))

    async def callback(self, interaction: discord.Interaction) -> None:
        await act(interaction, LISTS, self.action, Deed(self.words, tuple(self.item.values)))


DYNAMIC_ITEMS = (QuestionButton, QuestionList)


def go(
    label: str,
    action: str,
    *words: object,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> QuestionButton:
    """A button; `words` must have no colon."""
    assert action in BUTTONS, action
    button: ui.Button[ui.LayoutView] = ui.Button(
        label=label[:80], style=style, custom_id=custom_id("go", action, *words), disabled=disabled
    )
    return QuestionButton(button, action, tuple(map(str, words)))


def pick(action: str, *words: object, placeholder: str, options: Sequence[discord.SelectOption]) -> QuestionList:
    """A list to pick one from."""
    assert action in LISTS, action
    select: ui.Select[ui.LayoutView] = ui.Select(
        custom_id=custom_id("pick", action, *words), placeholder=placeholder[:150], options=list(options)[:25]
    )
    return QuestionList(select, action, tuple(map(str, words)))


def custom_id(kind: str, action: str, *words: object) -> str:
    return ":".join(["question", kind, action, *map(str, words)])


def submitted(interaction: discord.Interaction) -> tuple[str, Deed] | None:
    """The action of a form of questions that was sent in, and what it holds; None for any other interaction."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return None
    data = cast("dict[str, Any]", interaction.data or {})
    match = FORM.fullmatch(str(data.get("custom_id", "")))
    if match is None:
        return None
    fields: dict[str, tuple[str, ...]] = {}
    uploads: list[Upload] = []
    resolved = cast("dict[str, Any]", data.get("resolved") or {})
    sent = cast("dict[str, dict[str, Any]]", resolved.get("attachments") or {})
    for component in _inputs(cast("list[dict[str, Any]]", data.get("components", []))):
        values = [str(value) for value in cast("list[Any]", component.get("values") or [])]
        if component.get("type") == discord.ComponentType.file_upload.value:
            uploads += [
                Upload(str(sent[key].get("filename", "")), int(sent[key].get("size", 0)), str(sent[key]["url"]))
                for key in values
                if key in sent
            ]
        else:
            fields[str(component["custom_id"])] = tuple(values) or (str(component.get("value") or ""),)
    return match["action"], Deed(_words(match), fields=fields, uploads=tuple(uploads))


def _inputs(components: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fields of a form, inside labels."""
    found: list[dict[str, Any]] = []
    for component in components:
        if "custom_id" in component:
            found.append(component)
        inner = component.get("components") or ([component["component"]] if "component" in component else [])
        found += _inputs(inner)
    return found


def _words(match: re.Match[str]) -> tuple[str, ...]:
    return tuple(match["words"].split(":")[1:])


async def show(interaction: discord.Interaction, view: ui.LayoutView, *, anew: bool = False) -> None:
    """Shows something to this person alone: in the message whose button or list was used, unless it is to come anew."""
    source = interaction.message
    data = cast("dict[str, Any]", interaction.data or {})
    ours = str(data.get("custom_id", "")).startswith("question:")
    if not anew and ours and source is not None and source.flags.ephemeral:
        await interaction.edit_original_response(view=view)
    else:
        await interaction.followup.send(view=view, ephemeral=True)


def said(text: str) -> ui.LayoutView:
    """A message of words alone, in place of one with buttons."""
    return layout([text])
