"""Time zones as people name them: by city, country, region, abbreviation or offset."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from discord import app_commands
from rapidfuzz import fuzz, process

from bot.errors import UserError
from bot.schedule import find_zone, zone_names
from cogs._text import escape, shorten

CHOICES = 25
"""How many suggestions Discord shows."""
NAMED = 5
"""Zones that a question back names."""
TYPED = 60
"""Characters of a search that are read."""
CLOSE = 75
"""How alike, of 100, a misspelt word must be to one that is known."""

KNOWN_AS = {
    "America/Los_Angeles": "california san francisco bay area la seattle washington portland oregon san diego jose "
    "las vegas nevada us west coast pacific pt pst pdt",
    "America/New_York": "boston massachusetts washington dc florida miami atlanta georgia philadelphia pittsburgh "
    "pennsylvania nyc us east coast eastern et est edt",
    "America/Chicago": "texas austin dallas houston illinois minneapolis us central ct cst cdt",
    "America/Denver": "colorado salt lake city utah us mountain mt mst mdt",
    "Europe/London": "uk united kingdom great britain england scotland wales edinburgh manchester cambridge oxford bst",
    "Europe/Berlin": "munich munchen muenchen hamburg frankfurt cologne koln koeln stuttgart heidelberg tubingen "
    "tuebingen bavaria deutschland cet cest mez mesz",
    "Europe/Paris": "lyon toulouse marseille grenoble",
    "Asia/Kolkata": "bangalore bengaluru mumbai bombay delhi hyderabad chennai pune ahmedabad ist",
    "Asia/Shanghai": "beijing shenzhen guangzhou hangzhou chengdu",
    "Asia/Tokyo": "osaka kyoto jst",
    "America/Sao_Paulo": "rio de janeiro brasilia brasil",
    "Australia/Sydney": "canberra aest aedt",
    "Asia/Singapore": "sgt",
    "Asia/Seoul": "busan kst",
    "Africa/Lagos": "abuja",
    "Europe/Istanbul": "ankara",
    "Asia/Dubai": "abu dhabi uae",
    "Africa/Cairo": "alexandria",
    "Africa/Johannesburg": "cape town pretoria",
    "America/Mexico_City": "guadalajara monterrey cdmx",
    "Africa/Nairobi": "",
    "Asia/Karachi": "lahore islamabad",
    "Asia/Dhaka": "",
    "Asia/Jakarta": "bandung",
    "Pacific/Auckland": "wellington nz",
    # Those above are suggested to somebody who has typed nothing yet.
    "America/Toronto": "montreal ottawa waterloo ontario quebec",
    "America/Vancouver": "victoria",
    "America/Edmonton": "calgary alberta",
    "America/Phoenix": "arizona",
    "America/Argentina/Buenos_Aires": "",
    "America/Bogota": "medellin",
    "America/Lima": "",
    "America/Santiago": "",
    "Europe/Lisbon": "porto",
    "Europe/Dublin": "",
    "Europe/Madrid": "barcelona valencia",
    "Europe/Rome": "milan milano turin bologna italia",
    "Europe/Zurich": "zuerich geneva lausanne basel bern schweiz",
    "Europe/Vienna": "wien graz",
    "Europe/Amsterdam": "rotterdam the hague eindhoven utrecht holland",
    "Europe/Brussels": "ghent leuven",
    "Europe/Warsaw": "krakow wroclaw gdansk polska",
    "Europe/Prague": "brno",
    "Europe/Stockholm": "gothenburg",
    "Europe/Copenhagen": "aarhus",
    "Europe/Kyiv": "kiev lviv kharkiv",
    "Europe/Moscow": "saint st petersburg msk",
    "Asia/Jerusalem": "tel aviv haifa",
    "Asia/Tehran": "",
    "Asia/Ho_Chi_Minh": "hanoi saigon",
    "Asia/Bangkok": "",
    "Asia/Manila": "",
    "Asia/Taipei": "",
    "Asia/Hong_Kong": "",
    "Australia/Melbourne": "",
    "Australia/Brisbane": "",
    "Australia/Perth": "",
}
"""The zones that most people live in, first the ones to suggest, and words for them that the tz database lacks."""
COUNTRY_WORDS = {"US": "usa america", "GB": "uk", "NL": "holland", "CZ": "czechia", "TR": "turkiye"}
OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*([0-9]{1,2})(?::?([0-5][0-9]))?")
MISMATCH, RARE = 2, 3


@dataclass(frozen=True)
class Place:
    """A zone that can be searched for, and the words that find it."""

    zone: str
    words: frozenset[str]
    rare: bool


def zone_label(zone: str) -> str:
    """An IANA name as people read it: “America/New York”, “UTC+2”."""
    if found := re.fullmatch(r"Etc/GMT([+-])(\d+)", zone):  # the sign is the other way round there
        return f"UTC{'-' if found[1] == '+' else '+'}{found[2]}"
    return zone.replace("_", " ")


def zone_choices(typed: str, now: datetime) -> list[app_commands.Choice[str]]:
    """Suggestions for what was typed so far, each with its time at `now`."""
    return [
        app_commands.Choice(name=f"{zone_label(zone)} · {clock(found, now)} now", value=zone)
        for zone in search(typed, now)[:CHOICES]
        if (found := find_zone(zone)) is not None
    ]


def chosen_zone(typed: str, now: datetime) -> str:
    """The IANA name that a person meant: one from the list, or words that fit one place best.

    Raises UserError, with what it could be, when they fit none or several.
    """
    # Short old names are left to the search: "EST" is a zone that is the same all year, and rarely meant.
    exact = next((zone for zone in zone_names() if "/" in zone and zone.casefold() == typed.strip().casefold()), None)
    if exact is not None:
        return exact
    words = _words(typed[:TYPED])
    offset = _offset(typed) is not None
    found = search(typed, now) if words else []
    if found and offset:
        return found[0]
    matches = _matches(words) if words and not offset else []
    if matches and (len(matches) == 1 or matches[0][0] < matches[1][0]):
        return found[0]
    shown = escape(shorten(" ".join(typed.split()), TYPED))
    likely = f"{', '.join(map(zone_label, found[:NAMED]))}{', …' if len(found) > NAMED else ''}"
    if matches:
        raise UserError(f"“{shown}” could be {likely}. Pick one from the list that opens while you type.")
    if found:
        raise UserError(
            f"I know no time zone “{shown}”. Did you mean {likely}? Pick one from the list that opens while you type."
        )
    raise UserError(
        f"I know no time zone “{shown}”. Type a city, a country or an offset, such as “Berlin”, “India” or “UTC+2”, "
        "and pick one from the list that opens."
    )


def search(typed: str, now: datetime) -> list[str]:
    """IANA names for what was typed, the likeliest first; the most used zones for nothing."""
    offset = _offset(typed)
    if offset is not None:
        return list(_at_offset(offset, now))
    words = _words(typed[:TYPED])
    if not words:
        return [] if typed.strip() else ["UTC", *KNOWN_AS]
    found = _matches(words) or _matches(_corrected(words))
    return [zone for _, zone in found]


def _matches(words: list[str]) -> list[tuple[int, str]]:
    """Zones that every word fits, whole or as a beginning, with a penalty for what speaks against them."""
    found: list[tuple[int, str]] = []
    for place in _places():
        missed = [word for word in words if word not in place.words]
        if all(any(known.startswith(word) for known in place.words) for word in missed):
            found.append((MISMATCH * len(missed) + RARE * place.rare, place.zone))
    return sorted(found, key=lambda match: match[0])  # stable: the order of the places decides among equals


def _corrected(words: list[str]) -> list[str]:
    """Each unknown word replaced by the known one that it is most like."""
    known = _known_words()
    result: list[str] = []
    for word in words:
        begun = any(other.startswith(word) for other in known)
        close = None if begun else process.extractOne(word, known, scorer=fuzz.ratio, score_cutoff=CLOSE)
        result.append(close[0] if close is not None else word)
    return result


def _offset(typed: str) -> timedelta | None:
    """The offset from UTC that was typed, as “utc+2”, “GMT-5” or “+5:30”."""
    found = OFFSET.fullmatch(typed.strip().casefold().replace("\u2212", "-"))
    if found is None:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return -offset if found[1] == "-" else offset


def _at_offset(offset: timedelta, now: datetime) -> Iterator[str]:
    """First the zone that always has this offset, then those that have it now."""
    hours = offset / timedelta(hours=1)
    constant = "UTC" if not hours else f"Etc/GMT{-hours:+.0f}"
    if hours == int(hours) and constant in zone_names():
        yield constant
    for place in sorted(_places(), key=lambda place: place.rare):
        zone = find_zone(place.zone)
        if place.zone != "UTC" and zone is not None and now.astimezone(zone).utcoffset() == offset:
            yield place.zone


def _words(text: str) -> list[str]:
    """The words of a name in plain small letters."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[a-z0-9]+", "".join(letter for letter in plain if not unicodedata.combining(letter)))


@cache
def _places() -> tuple[Place, ...]:
    """All places of the tz database, the most used first."""
    countries = {row[0]: row[1] for row in _rows("iso3166.tab")}
    words: dict[str, set[str]] = {zone: set(_words(more)) for zone, more in KNOWN_AS.items()}
    words["UTC"] = set(_words("gmt universal greenwich zulu"))
    for code, _, zone, *comment in _rows("zone.tab"):
        country = f"{code} {countries[code]} {COUNTRY_WORDS.get(code, '')}"
        words.setdefault(zone, set()).update(_words(zone), _words(country), _words(" ".join(comment)))
    areas = {zone.partition("/")[0] for zone in words}
    for link, zone in _links():
        if zone in words and link not in words:
            area, _, rest = link.partition("/")
            # Of "Atlantic/Jan_Mayen", which is Berlin's time, the ocean says nothing; of "US/Eastern" all does.
            words[zone].update(_words(rest if area in areas else link))
    words["UTC"].add("utc")
    return tuple(
        # Comments such as "MSK+01" would be found by numbers.
        Place(zone, frozenset(filter(str.isalpha, known)), rare=zone not in KNOWN_AS and zone != "UTC")
        for zone, known in words.items()
    )


@cache
def _known_words() -> tuple[str, ...]:
    return tuple(sorted({word for place in _places() for word in place.words}))


def _rows(name: str) -> Iterator[list[str]]:
    """The rows of a table of the tz database."""
    for line in _text(name).splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


def _links() -> Iterator[tuple[str, str]]:
    """Other and older names of zones."""
    for line in _text("tzdata.zi").splitlines():
        if line.startswith("L "):
            _, zone, link = line.split()
            yield link, zone


def _text(name: str) -> str:
    return (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")


def clock(zone: ZoneInfo, now: datetime) -> str:
    """The time of day there, as “14:05”."""
    return f"{now.astimezone(zone):%H:%M}"


def here_and_there(zone: ZoneInfo, now: datetime) -> str:
    """A sentence with which people see whether a zone is theirs: Discord shows them their own clock."""
    moment = int(now.astimezone(UTC).timestamp())
    return (
        f"There it is **{clock(zone, now)}** now, and your own clock should say <t:{moment}:t>; "
        "if it says something else, choose another one."
    )
