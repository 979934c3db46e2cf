"""Times of day, weekdays, dates and kinds of questions, as people type them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.errors import UserError
from bot.schedule import WEEKDAYS
from bot.services.daily import MIX, DailyKind
from bot.services.daily_schedule import EVERY_DAY, WEEKEND, WORKDAYS, weekdays
from cogs._text import escape, shorten

LONGEST_PAUSE = timedelta(days=366)
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
KIND_NAMES = {
    DailyKind.FREE_TEXT: "free text",
    DailyKind.MULTIPLE_CHOICE: "multiple choice",
    DailyKind.NUMERIC: "numeric",
    DailyKind.CODE: "code",
    DailyKind.BEHAVIORAL: "behavioral",
}
DAY_CHOICES = ("every day", "weekdays", "weekend", *WEEKDAYS)
KIND_CHOICES = ("mix", *KIND_NAMES.values())

_TIME = re.compile(
    r"(?:at\s+)?([0-9]{1,2})(?:\s*(?:[:.,h]|\s)\s*([0-9]{2}))?\s*(?:h|uhr|o'?clock)?\s*(a\.?m\.?|p\.?m\.?)?"
)
_DIGITS = re.compile(r"([0-9]{1,2})([0-9]{2})\s*(a\.?m\.?|p\.?m\.?)?")
ZONE_OF_LOCALE = {
    "bg": "Europe/Sofia",
    "cs": "Europe/Prague",
    "da": "Europe/Copenhagen",
    "de": "Europe/Berlin",
    "el": "Europe/Athens",
    "en-GB": "Europe/London",
    "es-ES": "Europe/Madrid",
    "fi": "Europe/Helsinki",
    "fr": "Europe/Paris",
    "hi": "Asia/Kolkata",
    "hr": "Europe/Zagreb",
    "hu": "Europe/Budapest",
    "id": "Asia/Jakarta",
    "it": "Europe/Rome",
    "ja": "Asia/Tokyo",
    "ko": "Asia/Seoul",
    "lt": "Europe/Vilnius",
    "nl": "Europe/Amsterdam",
    "no": "Europe/Oslo",
    "pl": "Europe/Warsaw",
    "pt-BR": "America/Sao_Paulo",
    "ro": "Europe/Bucharest",
    "ru": "Europe/Moscow",
    "sv-SE": "Europe/Stockholm",
    "th": "Asia/Bangkok",
    "tr": "Europe/Istanbul",
    "uk": "Europe/Kyiv",
    "vi": "Asia/Ho_Chi_Minh",
    "zh-CN": "Asia/Shanghai",
    "zh-TW": "Asia/Taipei",
}
"""A guess for people whose Discord speaks a language of one country; most of the world's speaks American English."""
_NAMED_TIMES = {"noon": (12, 0), "midday": (12, 0), "midnight": (0, 0)}


@dataclass(frozen=True)
class TimeOfDay:
    hour: int
    minute: int
    guessed: str = ""
    """What could have been meant otherwise, in a sentence; '' where nothing could."""


def _shown(typed: str) -> str:
    return escape(shorten(" ".join(typed.split()), 40))


def parse_time(typed: str) -> TimeOfDay:
    """A time of day such as 8:30, 8.30, 08h30, 8am, 20:15, 2015 or noon. Raises UserError."""
    text = " ".join(typed.casefold().split())
    if text in _NAMED_TIMES:
        return TimeOfDay(*_NAMED_TIMES[text])
    found = _TIME.fullmatch(text) or _DIGITS.fullmatch(text)
    if found is None:
        raise UserError(f"I cannot read “{_shown(typed)}” as a time of day. Write it like 8:30, 20:15 or 8am.")
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").replace(".", "")
    if minute > 59 or hour > (12 if half else 23) or (half and hour == 0):
        raise UserError(f"There is no “{_shown(typed)}” on a clock. Write the time like 8:30, 20:15 or 8am.")
    if half:
        return TimeOfDay(hour % 12 + (12 if half == "pm" else 0), minute)
    guessed = ""
    if 1 <= hour < 8 and not text.startswith("0"):
        guessed = f"I took “{_shown(typed)}” for the morning; for the evening write {hour + 12}:{minute:02}."
    return TimeOfDay(hour, minute, guessed)


def time_text(hour: int, minute: int) -> str:
    return f"{hour:02}:{minute:02}"


# Weekdays


def _weekday(word: str) -> int | None:
    return next((n for n, name in enumerate(WEEKDAYS) if len(word) >= 3 and name.casefold().startswith(word)), None)


def _day_words(text: str) -> int | None:
    """The days that one part of a list names."""
    text = re.sub(r"^(?:on|every|each|only)\s+", "", text).strip()
    whole = {
        "day": EVERY_DAY,
        "daily": EVERY_DAY,
        "all": EVERY_DAY,
        "all days": EVERY_DAY,
        "everyday": EVERY_DAY,
        "weekday": WORKDAYS,
        "weekdays": WORKDAYS,
        "workdays": WORKDAYS,
        "working days": WORKDAYS,
        "weekend": WEEKEND,
        "weekends": WEEKEND,
    }
    if text in whole:
        return whole[text]
    first, dash, last = (part.strip() for part in re.sub(r"\s+to\s+|–", "-", text).partition("-"))
    begin = _weekday(first.removesuffix("s"))
    end = _weekday(last.removesuffix("s")) if dash else begin
    if begin is None or end is None:
        return None
    return sum(1 << (begin + step) % 7 for step in range((end - begin) % 7 + 1))


def parse_days(typed: str) -> int:
    """Weekdays such as “weekdays”, “mon, wed, fri” or “every day except Sunday”; a bit for each. Raises UserError."""
    text = " ".join(typed.casefold().split())
    text = re.sub(r"\b(?:but not|not|but)\b", "except", text)
    chosen, without, excluded = (part.strip() for part in text.partition("except"))
    days = _sum_of(chosen, typed) if chosen else EVERY_DAY
    if without:
        days &= ~_sum_of(excluded, typed)
    if not days:
        raise UserError("Then no day is left. Name at least one, such as “weekdays” or “Monday and Thursday”.")
    return days


def _sum_of(text: str, typed: str) -> int:
    days = 0
    for part in re.split(r"\s*(?:,|;|\+|&|/|\band\b)\s*", text):
        if not part:
            continue
        named = [_day_words(part)]
        if named == [None]:
            named = [_day_words(word) for word in part.split()]
        for found in named:
            if found is None:
                raise UserError(
                    f"I do not know the days “{_shown(typed)}”. Write “every day”, “weekdays”, “weekend”, or name "
                    "them: “Monday, Wednesday and Friday”."
                )
            days |= found
    return days


def days_text(days: int) -> str:
    """The days in words, as a sentence begins with them."""
    if days == EVERY_DAY:
        return "Every day"
    if days == WORKDAYS:
        return "On weekdays"
    if days == WEEKEND:
        return "On Saturdays and Sundays"
    left_out = weekdays(EVERY_DAY & ~days)
    if len(left_out) <= 2:
        return f"Every day except {listed([WEEKDAYS[number] for number in sorted(left_out)])}"
    return f"On {listed([f'{WEEKDAYS[number]}s' for number in sorted(weekdays(days))])}"


def listed(words: Sequence[str]) -> str:
    """“a, b and c”."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


# Kinds of questions


def parse_kinds(typed: str) -> tuple[DailyKind, ...]:
    """Kinds such as “mix”, “code” or “free text and numeric”. Raises UserError."""
    text = " ".join(typed.casefold().replace("-", " ").split())
    found: set[DailyKind] = set()
    for part in re.split(r"\s*(?:,|;|\+|&|/|\band\b|\bor\b)\s*", text):
        if not part:
            continue
        if part in {"mix", "mixed", "mixture", "a mix", "a mixture", "quiz"}:
            found.update(MIX)
            continue
        if part in {"all", "everything", "any", "anything"}:
            found.update(DailyKind)
            continue
        kind = next((kind for kind, name in KIND_NAMES.items() if len(part) >= 3 and name.startswith(part)), None)
        if kind is None:
            raise UserError(
                f"I have no questions of the kind “{_shown(part)}”. Choose from mix, "
                f"{listed(list(KIND_NAMES.values()))}; several are separated by commas."
            )
        found.add(kind)
    if not found:
        raise UserError(f"Name at least one kind of question: mix, {listed(list(KIND_NAMES.values()))}.")
    return tuple(kind for kind in DailyKind if kind in found)


def kinds_text(kinds: Sequence[DailyKind]) -> str:
    names = [KIND_NAMES[kind] for kind in kinds]
    return f"a mixture of {listed(names)}" if len(names) > 1 else names[0]


# Dates


def parse_until(typed: str, today: date) -> date:
    """The day that a pause lasts to, such as “in 3 days”, “Monday”, “3 May” or 2026-05-03. Raises UserError."""
    text = re.sub(r"^(?:until|till|to|for)\s+", "", " ".join(typed.casefold().replace(",", " ").split()))
    day = _date(text, today)
    if day is None:
        raise UserError(
            f"I cannot read “{_shown(typed)}” as a day. Write it like “in 3 days”, “Monday”, “3 May” or 2026-05-03."
        )
    if day <= today:
        raise UserError(f"{day:%d %B %Y} is not ahead: name a day after today.".lstrip("0"))
    if day - today > LONGEST_PAUSE:
        raise UserError("That is more than a year away. **/daily off** turns it off until you want it again.")
    return day


def _date(text: str, today: date) -> date | None:
    if text == "tomorrow":
        return today + timedelta(days=1)
    if text in {"next week", "a week", "in a week", "one week"}:
        return today + timedelta(days=7)
    if found := re.fullmatch(r"(?:in )?([0-9]{1,4}) (day|week|month)s?(?: from now)?", text):
        return today + timedelta(days=int(found[1]) * {"day": 1, "week": 7, "month": 30}[found[2]])
    if (weekday := _weekday(text.removeprefix("next "))) is not None:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    year: str | None
    if found := re.fullmatch(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", text):
        return _real(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})?", text):
        day, month, year = int(found[1]), int(found[2]), found[3]
    elif found := re.fullmatch(
        r"(?:the )?([0-9]{1,2})(?:st|nd|rd|th|\.)? (?:of )?([a-z]{3,9})\.?(?: ([0-9]{4}))?", text
    ):
        day, month, year = int(found[1]), _month(found[2]), found[3]
    elif found := re.fullmatch(r"([a-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?(?: ([0-9]{4}))?", text):
        day, month, year = int(found[2]), _month(found[1]), found[3]
    else:
        return None
    if year is not None:
        return _real(int(year), month, day)
    coming = [_real(number, month, day) for number in range(today.year, today.year + 9)]
    return next((found for found in coming if found is not None and found > today), None)


def _month(word: str) -> int:
    """1-12; 0 for none."""
    return next((number for number, name in enumerate(MONTHS, start=1) if name.startswith(word)), 0)


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
