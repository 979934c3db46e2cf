"""What results add up to: one person's ability, active days and standings in one scope.

A scope is a server, or 0 for everywhere. `credited` and `helped` say what one result or help changes in a ledger; there
are no other rules. As things happen they meet a ledger that holds just what they look at; a rebuild leads them over
everything in the order in which it was stored. Both end with the same numbers to the last bit.

    skill         the skill as of the last rated result in the period, in rating points
    effort        days in the period on which anything was finished
    improvement   what the rating has gained since the period began, or since there was enough evidence for one
    help          interviews given and questions contributed in the period

Each has a row a track and one over all tracks (track ''), in each period that holds the day. Skill and improvement have
none until there is enough evidence; from then on they follow every rated result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from bot.abilities import periods
from bot.abilities.items import Item
from bot.abilities.model import Ability, enough, overall, prior, skill, track_rating, update

EVERYWHERE = 0
"""Stands where a server is named for all of them alike: a scope of ratings, the bot owner's version of a question."""
ALL_TRACKS = ""


class Board(StrEnum):
    SKILL = "skill"
    EFFORT = "effort"
    IMPROVEMENT = "improvement"
    HELP = "help"


class Spot(NamedTuple):
    """A board's row of one person."""

    board: Board
    track: str
    period: str


class Standing(NamedTuple):
    value: float
    base: float | None = None
    """Of improvement: the rating that the gain is counted from."""


@dataclass(frozen=True)
class Rated:
    """What a result tells about the ability."""

    item: Item
    score: float
    """0–1."""
    at: datetime


@dataclass(frozen=True)
class Credit:
    """A result, as far as it counts in a scope."""

    track: str
    day: date
    """The person's own."""
    rated: Rated | None
    """None: it counts for effort alone."""


@dataclass(frozen=True)
class Help:
    track: str
    """'' where it belongs to none."""
    day: date


@dataclass(frozen=True)
class Change:
    """What one result or help changes: the new ability (None: none), new active days, and rows as they become."""

    ability: Ability | None
    days: tuple[tuple[str, date], ...]
    standings: Mapping[Spot, Standing]


@dataclass
class Ledger:
    """One person in one scope, whole or as far as it is looked at."""

    ability: Ability = field(default_factory=prior)
    days: set[tuple[str, date]] = field(default_factory=set[tuple[str, date]])
    """Active days, by track."""
    standings: dict[Spot, Standing] = field(default_factory=dict[Spot, Standing])

    def apply(self, change: Change) -> None:
        if change.ability is not None:
            self.ability = change.ability
        self.days.update(change.days)
        self.standings.update(change.standings)


def tracks(track: str) -> tuple[str, ...]:
    """The tracks whose boards something on a track counts on: all together, and its own."""
    return (ALL_TRACKS, track) if track != ALL_TRACKS else (ALL_TRACKS,)


def spots(boards: Iterable[Board], track: str, day: date, season_months: int) -> tuple[Spot, ...]:
    """Every row that something on a track and a day can touch."""
    names = periods.keys(day, season_months)
    return tuple(Spot(board, name, period) for board in boards for name in tracks(track) for period in names)


def credited(ledger: Ledger, credit: Credit, season_months: int) -> Change:
    """What a result changes. Looks at the ability, the days of this day, and the `spots` of the other boards than help.

    Raises ValueError for an unknown track or a season of a length that there is not.
    """
    rows: dict[Spot, Standing] = {}
    fresh = tuple((track, credit.day) for track in tracks(credit.track) if (track, credit.day) not in ledger.days)
    for track, day in fresh:
        for period in periods.keys(day, season_months):
            spot = Spot(Board.EFFORT, track, period)
            rows[spot] = _one_more(ledger.standings.get(spot))
    if credit.rated is None:
        return Change(None, fresh, rows)
    ability = update(ledger.ability, credit.rated.item, credit.rated.score, credit.rated.at)
    for track in tracks(credit.track):
        names = periods.keys(credit.day, season_months)
        shown = enough(ability, track or None)
        rows |= _skills(ledger, ability, track, names, shown=shown)
        rows |= _gains(ledger, ability, track, names, shown=shown)
    return Change(ability, fresh, rows)


def _skills(ledger: Ledger, ability: Ability, track: str, names: Sequence[str], *, shown: bool) -> dict[Spot, Standing]:
    mine = [Spot(Board.SKILL, track, period) for period in names]
    due = [spot for spot in mine if shown or spot in ledger.standings]
    return dict.fromkeys(due, Standing(skill(ability, track or None))) if due else {}


def _gains(ledger: Ledger, ability: Ability, track: str, names: Sequence[str], *, shown: bool) -> dict[Spot, Standing]:
    old = {spot: ledger.standings.get(spot) for spot in (Spot(Board.IMPROVEMENT, track, period) for period in names)}
    # A period's first rated result counts from the rating before it, if there was one to show.
    first = None in old.values() and enough(ledger.ability, track or None)
    was = _mean(ledger.ability, track) if first else None
    if not shown and was is None and all(standing is None for standing in old.values()):
        return {}
    value = _mean(ability, track)
    start = was if was is not None else value if shown else None
    bases = {spot: standing.base if standing is not None else start for spot, standing in old.items()}
    return {spot: Standing(value - base, base) for spot, base in bases.items() if base is not None}


def helped(ledger: Ledger, entry: Help, season_months: int) -> Change:
    """What a help changes. Looks at the `spots` of that board alone.

    Raises ValueError for a season of a length that there is not.
    """
    touched = spots((Board.HELP,), entry.track, entry.day, season_months)
    return Change(None, (), {spot: _one_more(ledger.standings.get(spot)) for spot in touched})


def _one_more(old: Standing | None) -> Standing:
    return Standing(old.value + 1 if old is not None else 1.0)


def _mean(ability: Ability, track: str) -> float:
    return (track_rating(ability, track) if track else overall(ability)).value
