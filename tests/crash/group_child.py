"""The process that is killed in the middle of group rounds: many people answer at once, some twice, some too late.

    python -m tests.crash.group_child DATABASE DISCORD SEED PEOPLE [--forget-nonces] [--finish]

Prints `up` once it works, `kept TOKEN` after every answer that the services kept, `counted TOKEN` after one that they
took as the person's answer, `done` at the end. What a person does in a turn is the same in every process, so that a
killed one's successor gets the same forms once more.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.rounds.events import Kind
from bot.rounds.group import GROUP, Phase, State
from bot.services.groups import Groups, GroupWish
from bot.services.people import People
from bot.services.pulse import Pulse
from bot.services.ratings import Ratings
from bot.services.starting import Format, Starting
from bot.store import rounds as round_store
from bot.store.engine import Store
from bot.store.rounds import Place, RoundRow, Surface
from questions.bank import Bank
from questions.loader import load_text
from questions.model import FreeText, Level, MultipleChoice, Numeric
from questions.task_file import load_task
from tests.crash.child import BANK, PARTIAL, TASK, HastyJudge, say
from tests.crash.discord import FileDiscord

PLACE = Place(7, 70, Surface.CHANNEL)
HOST = 1
FASTER = 20
"""How much faster than the world's clock the bot's runs."""
LIMIT_S = 30
PAUSE_S = 0.4
"""Real seconds within which people do what they do in a turn."""


class FastClock:
    """A clock that all processes share: a time limit of half a minute is over in 1.5 seconds."""

    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=(time.time() - 1.79e9) * FASTER)


def token(round_id: int, source: str, text: str) -> str:
    """Names what is sent, so that the parent can look for it in the database."""
    return f"{round_id}/{source}/{zlib.crc32(text.encode())}"


class Table:
    """The people of one channel, who play round after round."""

    def __init__(self, groups: Groups, bank: Bank, people: int, *, finish: bool) -> None:
        self.groups, self.bank = groups, bank
        self.users = range(HOST, HOST + people)
        self.finish = finish
        self._done: set[tuple[int, int, int]] = set()

    async def play(self) -> None:
        async with asyncio.TaskGroup() as acting:
            while True:
                open_ = await self._open()
                if open_ is None and self.finish:
                    break
                row = open_ or await self._start()
                for user in self.users:
                    key = row.id, row.state.turn * 2 + (row.state.phase is Phase.REVEALED), user
                    if key not in self._done:
                        self._done.add(key)
                        acting.create_task(self._act(row, user))
                acting.create_task(self._host(row))
                await asyncio.sleep(0.05)

    async def _open(self) -> RoundRow[State] | None:
        async with self.groups.store.read() as connection:
            found = await round_store.open_rounds(connection, GROUP, channel=PLACE.channel_id)
        return found[0] if found else None

    async def _start(self) -> RoundRow[State]:
        async with self.groups.store.read() as connection:
            newest = await connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM rounds")
            number = int(newest.scalar_one())
        kind = Kind.CODE if number % 3 == 1 else Kind.QUIZ
        form = Format.CODE if kind is Kind.CODE else Format.MIXED
        # Somebody else hosts each time, or they would have to cool down.
        wish = GroupWish(1000 + number, PLACE, kind, Level.MID, None, form, 3, LIMIT_S, plays=False)
        row = await self.groups.open(wish)
        await self.groups.carry_out(row.id)
        return row

    async def _host(self, row: RoundRow[State]) -> None:
        """Moves the round on, now and then in unusual ways."""
        state, by = row.state, row.owner_id
        script = random.Random(f"{row.id}:{state.turn}:{state.phase}")
        if state.phase is Phase.LOBBY and len(state.active) == len(self.users):
            await self.groups.begin(row.id, by=by)
        elif state.phase is Phase.REVEALED and (row.id, state.turn, -1) not in self._done:
            self._done.add((row.id, state.turn, -1))
            await asyncio.sleep(PAUSE_S)
            if script.random() < 0.1:
                await self.groups.end(row.id, by=by)
            else:
                await self.groups.advance(row.id, by=by, turn=state.turn)
        elif state.phase is Phase.ASKING and (row.id, state.turn, -2) not in self._done:
            self._done.add((row.id, state.turn, -2))
            await asyncio.sleep(PAUSE_S * script.random())
            if script.random() < 0.15:
                await self.groups.skip(row.id, by=by, turn=state.turn)
            elif script.random() < 0.3:
                await self.groups.add_time(row.id, by=by, turn=state.turn, seconds=LIMIT_S)
        else:
            return
        self.groups.carry_out_later(row.id)

    async def _act(self, row: RoundRow[State], user: int) -> None:
        """What a person does in a turn of a round."""
        state = row.state
        script = random.Random(f"{row.id}:{state.turn}:{state.phase}:{user}")
        await asyncio.sleep(PAUSE_S * script.random())
        if state.phase in {Phase.LOBBY, Phase.REVEALED}:
            for _ in range(1 + (script.random() < 0.2)):
                await self.groups.join(row.id, by=user)
            if state.phase is Phase.REVEALED and script.random() < 0.2:
                await self._send(row, user, state.turn, "late")  # a form that was open over the reveal
        elif state.phase is Phase.ASKING:
            move = script.random()
            if move < 0.06:
                return  # says nothing until the time is up
            if move < 0.12:
                await self.groups.leave(row.id, by=user)
            else:
                twice = script.random() < 0.2
                await asyncio.gather(*(self._send(row, user, state.turn, "first") for _ in range(1 + twice)))
                while state.tries and script.random() < 0.5:
                    await self.groups.carry_out(row.id)
                    await self.groups.settled()
                    await self._send(row, user, state.turn, f"again{script.random()}")
                if state.tries:
                    await self.groups.done(row.id, by=user, turn=state.turn)
                elif script.random() < 0.2:
                    await self._send(row, user, state.turn, "second")
        self.groups.carry_out_later(row.id)

    async def _send(self, row: RoundRow[State], user: int, turn: int, which: str) -> None:
        text = self._text(row, user, turn, which)
        source = f"interaction:{user}:{turn}:{which}"[:64]
        taken = await self.groups.answer(row.id, by=user, turn=turn, text=text, source=source)
        if taken.attempt is not None:
            say(f"kept {token(row.id, source, text)}")
            if not taken.replies:
                say(f"counted {token(row.id, source, text)}")

    def _text(self, row: RoundRow[State], user: int, turn: int, which: str) -> str:
        script = random.Random(f"{row.id}:{turn}:{user}:{which}")
        question = self.bank.questions[row.state.items[turn - 1].question]
        mark = f"({user}, {turn}, {which})"
        match question:
            case MultipleChoice():
                return script.choice(question.options).id
            case Numeric():
                return f"{script.choice(['0.25', '0.125', '7'])} {mark}"
            case FreeText():
                return f"{script.choice([PARTIAL, question.model_answer.full, 'No idea'])} {mark}"
            case _:
                verdict = script.choice(["AC", "WA 40%", "WA 70%", "IE", "CE"])
                return f"def running_mean():  # {verdict} {mark}\n"


async def tick(pulse: Pulse, groups: Groups, over: asyncio.Event) -> None:
    """What the bot does every second, until everything is over and shown."""
    while not over.is_set() or await _unshown(groups):
        await pulse.tick()
        await asyncio.sleep(1 / FASTER)


async def _unshown(groups: Groups) -> bool:
    async with groups.store.read() as connection:
        return bool(await round_store.unsettled(connection, GROUP, groups.clock.now() - timedelta(days=1)))


async def main() -> None:
    database, discord, seed, people = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    finish = "--finish" in sys.argv
    logging.disable(logging.WARNING)  # failed posts are meant; errors are not and show
    bank = Bank([*load_text(BANK.read_text(encoding="utf-8")), load_task(TASK.read_text(encoding="utf-8"))])
    store, clock, chance = Store(database), FastClock(), random.Random(seed)
    poster = FileDiscord(
        discord, chance, forget_nonces="--forget-nonces" in sys.argv, trouble=0.0 if finish else 0.05
    )  # fmt: skip
    judge = HastyJudge(chance)
    groups = Groups(
        store, bank, clock, poster, Starting(store, bank, clock, chance, judge), judge, Ratings(store, bank)
    )  # fmt: skip
    pulse, known = Pulse(store, clock, [groups]), People(store, clock)
    say("up")
    await pulse.recover()
    for user in range(HOST, HOST + people, 3):
        await known.set_quotes(user, True)
    over = asyncio.Event()
    ticking = asyncio.create_task(tick(pulse, groups, over))
    await Table(groups, bank, people, finish=finish).play()
    over.set()
    await ticking
    await groups.settled()
    await store.close()
    say("done")


if __name__ == "__main__":
    asyncio.run(main())
