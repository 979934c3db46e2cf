"""Caring for questions as people do it in the client: commands, forms filled in part by part, cards and lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import simcord

from bot.services import draft_forms
from bot.services.drafts import Draft, Kind, fields_of
from bot.store.server_questions import DraftRow, DraftState, State
from questions.kinds import AnyQuestion
from questions.model import FreeText
from questions.writer import path_of, write
from tests.clock import START
from tests.cogs.limits import walk
from tests.cogs.world import Card, File, Player, World, said

Values = dict[str, Any]


def file_of(question: AnyQuestion) -> File:
    return path_of(question).replace("/", "."), write(question).encode()


def as_draft(question: AnyQuestion) -> Draft:
    """A draft that is the question, to look up how its forms are filled in."""
    row = DraftRow(1, 1, 1, None, question.type, DraftState.DRAFT, "", None, None, START, START)
    return Draft(row, 1, None, "", fields_of(question))


def typed(form: draft_forms.Form) -> Values:
    """What somebody types and chooses who wants the form to say what it is filled in with.

    Choices are told by their labels: a draft names its parts anew. What only a file can say is typed as words.
    """
    words = next((field.value for field in form.fields if field.value), "")
    found: Values = {}
    for field in form.fields:
        if field.choices:
            found[field.name] = [label[:100] for value, label in field.choices if value in field.chosen]
        elif field.value or field.required or field.name == "phrases":
            found[field.name] = field.value or words
    return found


def first_form(question: AnyQuestion) -> Values:
    form = draft_forms.form(as_draft(question), "prompt")
    assert form is not None
    return typed(form)


def other_forms(question: AnyQuestion) -> Sequence[tuple[str, Values]]:
    """The buttons to press, one after the other, and what to fill in, until the question is complete."""
    draft = as_draft(question)
    steps: list[tuple[str, Values]] = []
    for name, label in draft_forms.buttons(Kind(question.type)):
        if name == "prompt":
            continue
        entries = [line.index for line in draft_forms.part_lines(draft) if line.form == name]
        for index in entries or [None]:
            form = draft_forms.form(draft, name, index)
            assert form is not None
            values = typed(form)
            if name == "wrong" and isinstance(question, FreeText) and index is not None:
                values["phrases"] = "\n".join(_worded(question, index)) or values["phrases"]
            steps.append((label, values))
    return steps


def _worded(question: FreeText, index: int) -> list[str]:
    """How the calibration answers put a misconception: its patterns cannot be typed into a form."""
    name = question.misconceptions[index].id
    answers = [answer for answer in question.calibration_answers if name in answer.misconceptions]
    return [part.strip() for answer in answers for part in answer.text.split(".") if part.strip()]


class Keeper:
    """A person with what they see of the questions of a server."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.world: World = player.world
        self.where = player.world.channel

    @property
    def card(self) -> Card:
        return self.player.card(self.where)

    async def run(self, command: str, **options: Any) -> str:
        """What a command is answered with."""
        return said(await self.player.slash(f"question {command}", self.where, **options))

    async def press(self, label: str) -> simcord.InteractionResult:
        return await self.player.press(self.where, label)

    async def fill(self, opened: simcord.InteractionResult, values: Mapping[str, Any]) -> simcord.InteractionResult:
        """Sends a form in; choices are named by their labels, or by their values."""
        assert opened.modal is not None, said(opened)
        lists = {item["custom_id"]: item["options"] for item in walk(opened.modal["components"]) if item["type"] == 3}
        sent: Values = {}
        for name, value in values.items():
            if name in lists:
                options = {option["label"]: option["value"] for option in lists[name]}
                sent[name] = [options.get(chosen, chosen) for chosen in value]
            else:
                sent[name] = value
        return await self.player.actor(self.where).submit_modal(opened, sent)

    async def pick(self, placeholder: str, value: str) -> simcord.InteractionResult:
        """Picks from the newest list with this placeholder."""
        for card in reversed(self.player.cards(self.where)):
            for item in walk(card.message.components):
                if item["type"] == 3 and item.get("placeholder") == placeholder:
                    return await self.player.actor(self.where).select(
                        card.message, [value], custom_id=item["custom_id"]
                    )
        raise AssertionError(f"no list {placeholder!r}")

    async def options(self, placeholder: str) -> list[str]:
        """The values of the newest list with this placeholder."""
        for card in reversed(self.player.cards(self.where)):
            for item in walk(card.message.components):
                if item["type"] == 3 and item.get("placeholder") == placeholder:
                    return [option["value"] for option in item["options"]]
        return []

    async def begin(self, question: AnyQuestion, command: str = "add") -> None:
        """Begins a draft of the question with the first form."""
        kind = Kind(question.type)
        opened = await self.player.slash(f"question {command}", self.where, kind=kind.value, topic=question.topic)
        await self.fill(opened, first_form(question))

    async def write(self, question: AnyQuestion, command: str = "add") -> None:
        """Writes the whole question, form by form."""
        await self.begin(question, command)
        for label, values in other_forms(question):
            await self.fill(await self.press(label), values)

    async def hand_in(self) -> None:
        await self.press("Hand in for review")
        if "Hand in for review" in self.card.buttons:  # the lab has doubts
            await self.press("Hand in for review")

    async def own(self, question: AnyQuestion, state: State = State.ACTIVE) -> None:
        """The question as one of this server, as quickly as that goes."""
        await self.run("add", file=file_of(question))
        await self.hand_in()
        await self.press("Approve" if state is State.ACTIVE else "Approve as beta")
