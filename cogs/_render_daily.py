"""How the daily question looks: its head, its settings, what is told about it; and how it is posted."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import aiohttp
import discord
from discord import ui
from discord.utils import MISSING

from bot.rounds.dialogue import Outcome
from bot.services.cards import AskCard
from bot.services.code_cards import TaskCard
from bot.services.daily import ClosedError, DailyKind, DayLine, plan_of
from bot.services.daily_delivery import Header, Headers
from bot.services.daily_schedule import Pace, zone_of
from bot.services.posting import AnyCard, MessageRef, PlaceGoneError, PostError
from bot.store.daily import Became, Reason, Status, SubscriptionRow
from bot.store.rounds import Place, Surface
from cogs import _render, _render_code
from cogs._daily_words import days_text, kinds_text, listed, time_text
from cogs._layout import FOLLOW_UP, NEUTRAL, QUIET, layout
from cogs._places import CLOSED_TO_US
from cogs._poster import DiscordPoster, files_of
from cogs._render import render
from cogs._text import MESSAGE_LIMIT, escape, fit, shorten
from cogs._zones import zone_label

_log = logging.getLogger(__name__)

TEMPLATE = r"daily:(?P<user>[0-9]{1,20}):(?P<action>[a-z]{2,12})"
FORM = "daily:form"
PACE_NAMES = {
    Pace.WORKDAYS: "Weekdays only",
    Pace.WEEKLY: "Once a week",
    Pace.PAUSE: "Pause",
    Pace.KEEP: "Keep it as it is",
}
LEFT_OPEN = "-# Left open: the next question came."
_REASON_LIMIT = 300
_WHY = {
    Reason.LATE: "I was away",
    Reason.ERROR: "Discord did not take it",
    Reason.NO_QUESTION: "I had none that fits",
}
_SKIPPED = {
    **_WHY,
    Reason.CLOSED: "I could not write to you",
    Reason.PAUSED: "it was paused",
    Reason.BLOCKED: "the moderators there have blocked you",
}


def button(user: int, action: str, label: str, *, primary: bool = False) -> ui.Button[ui.LayoutView]:
    style = discord.ButtonStyle.primary if primary else discord.ButtonStyle.secondary
    return ui.Button(label=label, style=style, custom_id=f"daily:{user}:{action}")


# On top of the question


def head(header: Header) -> list[ui.Item[Any]]:
    """What stands above a daily question."""
    lines = ["-# 📬 Your daily question"]
    if header.reason:
        lines.append(f"**{escape(shorten(header.reason, _REASON_LIMIT))}**")
    if header.missed:
        lines.append(f"-# {_missed(header)}")
    items: list[ui.Item[Any]] = []
    if header.paces:
        lines.append("The last three went by. Would another rhythm suit you better?")
        items = [ui.ActionRow(*(button(header.user_id, pace.value, PACE_NAMES[pace]) for pace in header.paces))]
    return [ui.TextDisplay("\n".join(lines)), *items, ui.Separator()]


def _missed(header: Header) -> str:
    days = [_day(row.day) for row in header.missed]
    whys = list(dict.fromkeys(_WHY[row.reason] for row in header.missed if row.reason is not None))
    if len(days) > 3:
        return f"Since {days[0]} {len(days)} questions did not come: {' or '.join(whys)}."
    return f"The question{'s' if len(days) > 1 else ''} of {listed(days)} did not come: {' or '.join(whys)}."


def _day(day: date) -> str:
    return f"{day:%A, %B} {day.day}"


def with_head(view: ui.LayoutView, items: Sequence[ui.Item[Any]]) -> ui.LayoutView:
    """The message with these items on top, and its longest texts cut to make room for them."""
    [frame] = view.children
    assert isinstance(frame, ui.Container)
    above = sum(len(item.content) for item in items if isinstance(item, ui.TextDisplay))
    below = [item for item in frame.walk_children() if isinstance(item, ui.TextDisplay)]
    for item, text in zip(below, fit([item.content for item in below], MESSAGE_LIMIT - 50 - above), strict=True):
        item.content = text
    whole = ui.LayoutView(timeout=None)
    container: ui.Container[Any] = ui.Container(accent_colour=frame.accent_colour)
    for item in [*items, *frame.children]:
        container.add_item(item)
    whole.add_item(container)
    return whole


def left_open(view: ui.LayoutView) -> ui.LayoutView:
    """The card of a stopped round, saying that the next question has come."""
    stopped = {f"-# {names[Outcome.STOPPED]}" for names in (_render.ENDED, _render_code.ENDED)}
    for item in view.walk_children():
        if isinstance(item, ui.TextDisplay) and item.content in stopped:
            item.content = LEFT_OPEN
    return view


class DailyPoster(DiscordPoster):
    """The bot's poster, which gives daily questions their head. Implements `bot.services.daily.Mail`."""

    def __init__(self, client: discord.Client, headers: Headers) -> None:
        super().__init__(client)
        self._headers = headers

    async def post(self, place: Place, round_id: int, card: AnyCard, nonce: str) -> MessageRef:
        view = await self._view(place, round_id, card)
        if view is None:
            return await super().post(place, round_id, card, nonce)
        with _translated(place):
            message = await self._channel(place).send(
                view=view, files=files_of(card), nonce=nonce, allowed_mentions=discord.AllowedMentions.none()
            )
        return MessageRef(message.channel.id, message.id)

    async def edit(self, place: Place, round_id: int, ref: MessageRef, card: AnyCard) -> None:
        view = await self._view(place, round_id, card)
        if view is None:
            await super().edit(place, round_id, ref, card)
            return
        message = self._client.get_partial_messageable(ref.channel_id).get_partial_message(ref.message_id)
        with _translated(place):
            try:
                await message.edit(view=view, attachments=files_of(card) or MISSING)
            except discord.NotFound as error:
                _log.info("a message of round %s is not edited: %s", round_id, error)

    async def _view(self, place: Place, round_id: int, card: AnyCard) -> ui.LayoutView | None:
        """The first message of a daily question; None for any other message."""
        if not isinstance(card, AskCard | TaskCard) or card.turn or place.surface is Surface.INTERACTION:
            return None
        if card.outcome is Outcome.STOPPED and await self._headers.left_open(round_id):
            return left_open(render(card))
        header = await self._headers.of(round_id)
        return with_head(render(card), head(header)) if header is not None else None

    async def open_dm(self, user_id: int) -> int:
        with _translated(Place(None, 0, Surface.CHANNEL)):
            return (await self._client.create_dm(discord.Object(user_id))).id


@contextmanager
def _translated(place: Place) -> Generator[None]:
    """Discord's errors as the services know them."""
    try:
        yield
    except discord.HTTPException as error:
        if error.status == 429 or error.status >= 500:
            raise PostError(str(error)) from error
        if error.status in {403, 404} or error.code == CLOSED_TO_US:
            raise ClosedError(str(error)) from error
        _log.error("Discord refused a message for %s: %s", "a server" if place.server_id else "one person", error)
        raise PlaceGoneError(str(error)) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise PostError(str(error)) from error


# Settings


def summary(row: SubscriptionRow) -> str:
    """When, what and where, in a sentence or two."""
    plan = plan_of(row)
    zone = zone_label(row.zone) if row.zone else "UTC"
    count = "one question" if plan.count == 1 else f"{plan.count} questions"
    where = f"in <#{row.fallback_channel_id}>" if row.fallback_channel_id is not None else "by direct message"
    return (
        f"{days_text(plan.days)} at **{time_text(plan.hour, plan.minute)}** {zone}, {where}: {count}, "
        f"{kinds_text(plan.kinds)}, {plan.level.value} level."
    )


def next_line(row: SubscriptionRow, by: datetime | None) -> str:
    """When the next one comes, or what it waits for."""
    if row.next_at is not None:
        moment = int(row.next_at.timestamp())
        told = f"next <t:{moment}:F> (<t:{moment}:R>)"
        if row.status is Status.PAUSED:
            told = f"paused; it comes again <t:{moment}:F> (<t:{moment}:R>)"
        return f"{told[0].upper()}{told[1:]}.{crowd(row, by)}"
    return {
        Status.PAUSED: "It is paused until you turn it on again.",
        Status.CLOSED: row.notice or "It rests, because I could not write to you.",
    }.get(row.status, "It is turned off.")


def crowd(row: SubscriptionRow, by: datetime | None) -> str:
    """In which span of time it comes where many people share its minute."""
    if by is None or row.next_at is None:
        return ""
    zone = zone_of(row.zone)
    first, last = (f"{moment.astimezone(zone):%H:%M}" for moment in (row.next_at, by))
    return f"\n-# Many people get theirs at that time, so it comes between {first} and {last}."


def settings_view(row: SubscriptionRow, by: datetime | None, lines: Sequence[str] = ()) -> ui.LayoutView:
    """The settings in words, with buttons to correct them; `lines` are what else there is to say."""
    blocks = [f"### 📬 Your daily question\n{summary(row)}\n{next_line(row, by)}", *lines]
    user = row.user_id
    row_of: list[ui.Item[Any]] = []
    if row.status is not Status.ON:
        row_of.append(button(user, "on", "Turn it on again", primary=True))
    row_of.append(button(user, "change", "Change", primary=row.status is Status.ON))
    if row.status in {Status.ON, Status.PAUSED}:
        row_of.append(button(user, "now", "Send me one now"))
    if row.status is not Status.OFF:
        row_of.append(button(user, "off", "Turn off"))
    return layout(blocks, [row_of], accent=NEUTRAL if row.status is Status.ON else QUIET)


def days_lines(lines: Sequence[DayLine]) -> str:
    """What became of the latest days."""
    return "\n".join(f"-# {_day(line.delivery.day)} · {_became(line)}" for line in lines)


def _became(line: DayLine) -> str:
    row = line.delivery
    if row.status is Became.SKIPPED:
        return f"did not come: {_SKIPPED[row.reason]}" if row.reason else "did not come"
    if row.status is Became.QUEUED:
        return "on its way"
    return "you worked on it" if line.answered else "came"


def notice_view(user: int, notice: str) -> ui.LayoutView:
    return layout([f"📬 {notice}"], [[button(user, "on", "Turn it on again", primary=True)]], accent=FOLLOW_UP)


def change_form(row: SubscriptionRow) -> ui.Modal:
    """The settings to correct, as they are."""
    plan = plan_of(row)
    form = ui.Modal(title="Your daily question", custom_id=FORM, timeout=3600)

    def text(name: str, label: str, value: str, hint: str) -> None:
        field: ui.TextInput[ui.Modal] = ui.TextInput(custom_id=name, default=value, max_length=100, placeholder=hint)
        form.add_item(ui.Label(text=label, component=field))

    text("time", "Time", time_text(plan.hour, plan.minute), "8:30, 20:15 or 8am")
    text("zone", "Time zone", row.zone or "UTC", "a city, a country or an offset, such as UTC+2")
    text("days", "Days", days_text(plan.days).removeprefix("On "), "every day, weekdays, or Monday and Thursday")
    kinds: ui.Select[ui.Modal] = ui.Select(
        custom_id="kinds",
        min_values=1,
        max_values=len(DailyKind),
        options=[
            discord.SelectOption(label=kinds_text([kind]), value=kind.value, default=kind in plan.kinds)
            for kind in DailyKind
        ],
    )
    form.add_item(ui.Label(text="Kinds of questions", component=kinds))
    count: ui.Select[ui.Modal] = ui.Select(
        custom_id="count",
        options=[
            discord.SelectOption(
                label="one question" if number == 1 else f"{number} questions",
                value=str(number),
                default=number == plan.count,
            )
            for number in (1, 2, 3)
        ],
    )
    form.add_item(ui.Label(text="How many", component=count))
    return form
