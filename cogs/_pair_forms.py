"""The forms of peer interviews: a time in a person's own zone, and what each makes of the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import discord
from discord import ui

from bot.errors import UserError
from bot.rounds.events import Kind
from bot.rounds.pair import MINUTES
from bot.schedule import at_local, find_zone, local_day
from cogs._components import Click, form_of
from cogs._render_pair import ENGINE, MARKS
from cogs._zones import zone_label
from questions.model import Level

DAYS_AHEAD = 14
NOTE_LIMIT = 1000
GONE = "I do not know that form any more. Use **/mock pair** again."


def time_form(
    custom_id: str, title: str, zone: str, now: datetime, shown: datetime, partner: str | None = None
) -> ui.Modal:
    """The form to choose a time in a person's own zone, filled in with `shown` where that is one of its days.

    With a `partner`'s name it also asks who interviews first.
    """
    local = _zone(zone)
    today, filled = local_day(now, local), shown.astimezone(local)
    days = [today + timedelta(days=number) for number in range(DAYS_AHEAD)]
    names = {0: " · today", 1: " · tomorrow"}
    form = form_of(
        custom_id,
        title,
        "Day",
        _select(
            "day",
            {day.isoformat(): f"{day:%A}, {day.day} {day:%B}{names.get(n, '')}" for n, day in enumerate(days)},
            filled.date().isoformat(),
        ),
    )
    cast("ui.Label[Any]", form.children[0]).description = f"In your time zone, {zone_label(zone)}"[:100]
    hours = {str(hour): f"{hour:02}" for hour in range(24)}
    minutes = {str(minute): f"{minute:02}" for minute in (0, 15, 30, 45)}
    form.add_item(ui.Label(text="Hour", component=_select("hour", hours, str(filled.hour))))
    form.add_item(ui.Label(text="Minute", component=_select("minute", minutes, str(filled.minute // 15 * 15))))
    if partner is not None:
        who = {"me": "I do", "partner": f"{partner} does"}
        form.add_item(ui.Label(text="Who interviews first?", component=_select("first", who, "me")))
    return form


def _select(name: str, options: Mapping[str, str], chosen: str | None = None) -> ui.Select[Any]:
    """A list in a form, by the values of its options; one must be chosen."""
    return ui.Select(
        custom_id=name,
        options=[
            discord.SelectOption(label=label[:100], value=value, default=value == chosen)
            for value, label in options.items()
        ],
        required=True,
    )


def rating_form(round_id: int, turn: int, names: Mapping[str, str], title: str) -> ui.Modal:
    """The form to rate the other one: three marks and a note."""
    marks = {str(mark): f"{mark} · {word}" for mark, word in MARKS.items()}
    first, *rest = names
    form = form_of(f"{ENGINE}:{round_id}:{turn}:form-mark", title, names[first], _select(first, marks))
    for name in rest:
        form.add_item(ui.Label(text=names[name], component=_select(name, marks)))
    note: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id="note",
        style=discord.TextStyle.paragraph,
        required=False,
        max_length=NOTE_LIMIT,
        placeholder="One thing to keep, one thing to change",
    )
    form.add_item(ui.Label(text="A note, for the other one alone", component=note))
    return form


def _zone(name: str) -> ZoneInfo:
    return find_zone(name) or ZoneInfo("UTC")


def chosen_time(click: Click, zone: str) -> datetime:
    """The moment that was chosen in a form. Raises UserError for what the form does not offer."""
    fields = dict(click.fields)
    try:
        day, hour, minute = date.fromisoformat(fields["day"]), int(fields["hour"]), int(fields["minute"])
        return at_local(day, hour, minute, _zone(zone)).astimezone(UTC)
    except (KeyError, ValueError, OverflowError) as error:
        raise UserError("I could not read that time. Please choose it once more.") from error


def asked_for(partner: int, kind: Kind, level: Level, minutes: int) -> str:
    """What a person asks for, as it stands in a form's id, so that the form outlives a restart."""
    return f"ask-{partner}-{kind.value[0]}-{level.value[0]}-{minutes}"


def asked_in(action: str) -> tuple[int, Kind, Level, int]:
    """Reads what `asked_for` wrote. Raises UserError."""
    try:
        _, partner, kind, level, minutes = action.split("-")
        kinds = {one.value[0]: one for one in (Kind.QUIZ, Kind.BEHAVIORAL)}
        levels = {one.value[0]: one for one in Level}
        found = int(partner), kinds[kind], levels[level], int(minutes)
    except (ValueError, KeyError) as error:
        raise UserError(GONE) from error
    if found[3] not in MINUTES:
        raise UserError(GONE)
    return found
