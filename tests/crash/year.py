"""A simulated year: who lives where, what goes wrong, and a Discord that outlives the bot.

    python -m tests.crash.year SOCKET FILE SEED PEOPLE BEGIN END

Discord is a process of its own: it keeps what it was sent in memory, forgets nonces within seconds, refuses people
whose direct messages are closed, fails and loses replies now and then, is out for hours, and at its end writes what it
holds to FILE. It, the bot (`tests.crash.year_bot`) and the test know the same `Story`.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ZONES = (
    *("America/New_York", "Europe/Berlin", "America/Havana", "Antarctica/Troll", "Asia/Kolkata", "Pacific/Kiritimati"),
    *("Europe/London", "Europe/Lisbon", "Europe/Istanbul", "Europe/Kyiv", "Europe/Dublin", "Atlantic/Azores"),
    *("America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix", "America/St_Johns"),
    *("America/Halifax", "America/Santiago", "America/Asuncion", "America/Sao_Paulo", "America/Mexico_City"),
    *("America/Nuuk", "Africa/Cairo", "Africa/Casablanca", "Africa/Lagos", "Africa/Johannesburg", "Asia/Jerusalem"),
    *("Asia/Beirut", "Asia/Tehran", "Asia/Dubai", "Asia/Karachi", "Asia/Kathmandu", "Asia/Shanghai", "Asia/Tokyo"),
    *("Australia/Sydney", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham"),
)
"""Forty, most of which put their clocks forward and back; one by half an hour, one by two hours, two at midnight."""
TIMES = ((0, 15), (2, 15), (8, 15), (23, 15))
"""Two of them where zones put their clocks forward, also the one that does so by half an hour; two where they are put
back. The same minute everywhere makes fewer moments at which something is due."""
DAYS = (0b1111111, 0b1111111, 0b0011111, 0b1100000, 0b0010101, 0b0000001, 0b0001000, 0b0100000)
FIRST_USER, FIRST_CHANNEL = 10**17, 10**18
NONCE = timedelta(seconds=10)
"""For so long this Discord knows a nonce; the real one does for minutes. Messages must be searched for."""
SEARCHED = 50
LOST_BEFORE, LOST_AFTER = 0.01, 0.01
"""The shares of requests that do not arrive, and whose reply does not."""


@dataclass(frozen=True)
class Person:
    id: int
    zone: str
    hour: int
    minute: int
    days: int
    closed: tuple[tuple[datetime, datetime], ...]
    """When their direct messages are closed."""

    @property
    def channel(self) -> int:
        return self.id - FIRST_USER + FIRST_CHANNEL

    def is_closed(self, at: datetime) -> bool:
        return any(first <= at < last for first, last in self.closed)


@dataclass(frozen=True)
class Story:
    """What is to happen, whatever the bot does."""

    seed: int
    people: dict[int, Person]
    outages: tuple[tuple[datetime, datetime], ...]
    """When Discord takes nothing."""

    @classmethod
    def of(cls, seed: int, count: int, begin: datetime, end: datetime) -> Story:
        chance = random.Random(f"story {seed}")
        length = (end - begin).total_seconds()

        def moment() -> datetime:
            return begin + timedelta(seconds=int(chance.random() * length))

        people: dict[int, Person] = {}
        few = count < 100
        zones, times = ZONES[: 6 if few else 40], TIMES[: 2 if few else 4]
        for number in range(count):
            hour, minute = chance.choice(times)
            closed: list[tuple[datetime, datetime]] = []
            if chance.random() < 0.2:
                first = moment()
                closed.append((first, first + timedelta(days=1 + chance.random() * length / 86_400 / 10)))
            zone, days = zones[number % len(zones)], chance.choice(DAYS)
            person = Person(FIRST_USER + number, zone, hour, minute, days, tuple(closed))
            people[person.id] = person
        outages = tuple((first, first + timedelta(hours=hours)) for hours in (0.2, 2.0, 9.0) for first in [moment()])
        return cls(seed, people, outages)

    def is_out(self, at: datetime) -> bool:
        return any(first <= at < last for first, last in self.outages)


# Discord


@dataclass(frozen=True)
class Posted:
    """A message that Discord took."""

    id: int
    channel: int
    round_id: int
    key: str
    at: datetime


@dataclass
class Discord:
    """The process that outlives the bot."""

    story: Story
    file: Path
    chance: random.Random
    posted: dict[int, list[Posted]] = field(default_factory=lambda: defaultdict[int, list[Posted]](list))
    """By channel."""
    nonces: dict[tuple[int, str], Posted] = field(default_factory=dict[tuple[int, str], Posted])
    refused: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """Whose direct messages were closed, and when that was said."""
    counts: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    number: int = 1000

    async def serve(self, socket: Path) -> None:
        over = asyncio.Event()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while line := await reader.readline():
                if not line.endswith(b"\n"):
                    break  # whoever wrote it was killed in the middle
                asked: dict[str, Any] = json.loads(line)
                if asked["op"] == "end":
                    self.write()
                    over.set()
                writer.write(json.dumps([asked["n"], *self.answer(asked)]).encode() + b"\n")
            writer.close()

        server = await asyncio.start_unix_server(talk, socket)
        say("up")
        async with server:
            await over.wait()
            await asyncio.sleep(0)

    def answer(self, asked: dict[str, Any]) -> tuple[str, int | None]:
        """What is replied: `ok` and a message's id, `closed`, or `later`."""
        op, at = asked["op"], datetime.fromisoformat(asked["at"])
        if op == "end":
            return "ok", None
        self.counts[op] += 1
        if self.story.is_out(at) or self.chance.random() < LOST_BEFORE:
            self.counts["failed"] += 1
            return "later", None
        result = self.post(asked, at) if op == "post" else ("ok", self.find(asked) if op == "find" else None)
        if self.chance.random() < LOST_AFTER:
            self.counts["replies lost"] += 1
            return "later", None
        return result

    def post(self, asked: dict[str, Any], at: datetime) -> tuple[str, int | None]:
        channel, nonce = asked["channel"], asked["nonce"]
        user = channel - FIRST_CHANNEL + FIRST_USER
        if self.story.people[user].is_closed(at):
            self.refused.append((user, asked["at"]))
            return "closed", None
        known = self.nonces.get((channel, nonce))
        if known is not None and at - known.at < NONCE:
            self.counts["nonces met"] += 1
            return "ok", known.id
        self.number += 1
        message = Posted(self.number, channel, asked["round"], asked["key"], at)
        self.posted[channel].append(message)
        self.nonces[channel, nonce] = message
        return "ok", message.id

    def find(self, asked: dict[str, Any]) -> int | None:
        wanted = (asked["round"], asked["key"])
        latest = self.posted[asked["channel"]][-SEARCHED:]
        return next((one.id for one in reversed(latest) if (one.round_id, one.key) == wanted), None)

    def write(self) -> None:
        held = {
            "posted": [
                [one.channel, one.round_id, one.key, one.at.isoformat()]
                for messages in self.posted.values()
                for one in messages
            ],
            "refused": self.refused,
            "counts": self.counts,
        }
        self.file.write_text(json.dumps(held), encoding="utf-8")


def say(line: str) -> None:
    print(line, flush=True)


async def main() -> None:
    socket, file, seed, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    begin, end = (datetime.fromisoformat(word) for word in sys.argv[5:7])
    story = Story.of(seed, count, begin, end)
    await Discord(story, file, random.Random(f"discord {seed}")).serve(socket)


if __name__ == "__main__":
    asyncio.run(main())
