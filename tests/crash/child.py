"""The process that is killed: recovers, then plays rounds for several people at once until it is told to finish.

    python -m tests.crash.child DATABASE DISCORD SEED [--forget-nonces] [--finish]

Prints `up` once it works, `kept TOKEN` after every answer that the services took, `done` at the end.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
import zlib
from pathlib import Path

from bot.clock import SystemClock
from bot.rounds.dialogue import DIALOGUE, Phase, State
from bot.rounds.events import Kind, Mode
from bot.services.judging import Judged, Watch
from bot.services.pulse import Pulse
from bot.services.rounds import Rounds
from bot.services.starting import Format, Wish
from bot.store import rounds as round_store
from bot.store.engine import Store
from bot.store.rounds import Place, RoundRow, Surface
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.loader import load_text
from questions.model import Level, MultipleChoice, Numeric
from questions.task_file import load_task
from tests.crash.discord import FileDiscord
from tests.services.scripted import ScriptedJudge

BANK = Path(__file__).parent.parent / "bank.yaml"
TASK = Path(__file__).parent.parent / "tasks" / "running-mean.md"
PLAYERS = 4
PARTIAL = "Lasso gives a sparse solution because its penalty pushes weights exactly to zero, so I would use it."
STORY = "Last spring my team planned a launch and I had to check the model. I tested it on new data myself."


def say(line: str) -> None:
    print(line, flush=True)


def token(row: RoundRow[State], turn: int, text: str) -> str:
    """Names what is sent, so that the parent can look for it in the database."""
    return f"{row.id}:{turn}:{zlib.crc32(text.encode())}"


class HastyJudge(ScriptedJudge):
    """Takes a moment, in which the process may be killed."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    async def judge(
        self, task: CodeTask, code: str, *, person: int, samples_only: bool = False, watch: Watch | None = None
    ) -> Judged:
        await asyncio.sleep(self._chance.random() * 0.02)
        return await super().judge(task, code, person=person, samples_only=samples_only, watch=watch)


class Player:
    """One person in one direct message, who plays round after round."""

    def __init__(self, rounds: Rounds, bank: Bank, number: int) -> None:
        self.rounds = rounds
        self.bank = bank
        self.channel = 100 + number

    async def play(self, *, finish: bool) -> None:
        while True:
            open_ = [row for row in await self._open() if row.place.channel_id == self.channel]
            if open_:
                await self._step(open_[0])
            elif finish:
                return
            else:
                await self._start()

    async def _open(self) -> list[RoundRow[State]]:
        async with self.rounds.store.read() as connection:
            return await round_store.open_rounds(connection, DIALOGUE, channel=self.channel)

    async def _start(self) -> None:
        async with self.rounds.store.read() as connection:
            newest = await connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM rounds")
            number = int(newest.scalar_one())
        wish = Wish(
            user_id=number * 10 + self.channel * 1_000_000,  # a new person each time: nobody has to cool down
            place=Place(None, self.channel, Surface.CHANNEL),
            kind={4: Kind.BEHAVIORAL, 3: Kind.CODE}.get(number % 5, Kind.QUIZ),
            level=Level.MID,
            mode=Mode.EXAM if number % 3 == 2 else Mode.PRACTICE,
            format=Format.CODE if number % 5 == 3 else Format.MIXED,
            count=3,
            limit_s=3600 if number % 2 else None,
        )
        await self.rounds.carry_out((await self.rounds.start(wish)).id)

    async def _step(self, row: RoundRow[State]) -> None:
        state = row.state
        by, turn = row.owner_id, state.turn
        # The same in every process, so that a killed one's successor goes on with the same script.
        script = random.Random(f"{row.id}:{turn}:{state.current.draft}:{state.item.hints}")
        move = script.random()
        if state.phase is Phase.REVIEWING:
            await self.rounds.advance(row.id, by=by, turn=turn)
        elif state.phase is Phase.ASKING and move < 0.1:
            await self.rounds.skip(row.id, by=by, turn=turn)
        elif state.phase is Phase.ASKING and move < 0.3 and self._may_have_a_hint(row):
            await self.rounds.hint(row.id, by=by, turn=turn)
        elif state.phase is Phase.ASKING and move < 0.35 and state.current.draft is not None:
            await self.rounds.accept_draft(row.id, by=by, turn=turn)
        elif state.phase is Phase.ASKING and move < 0.38:
            await self.rounds.stop(row.id, by=by)
        elif state.phase is Phase.ASKING:
            await self._answer(row, turn, script)
        await self.rounds.carry_out(row.id)

    def _may_have_a_hint(self, row: RoundRow[State]) -> bool:
        """A refused move would be tried for ever; the follow-ups on code have no hints."""
        has_some = row.kind is not Kind.CODE or row.state.trying
        return has_some and row.state.item.hints < row.state.hints_allowed

    async def _answer(self, row: RoundRow[State], turn: int, script: random.Random) -> None:
        question = self.bank.questions[row.state.items[row.state.current.item].question]
        first = row.state.current.draft is None
        mark = f"(turn {turn}, {'first' if first else 'second'} try)"
        match question:
            case MultipleChoice():
                text = sent = script.choice(question.options).id
            case Numeric():
                text = sent = script.choice(["0.25", "0.125", "7", "hard to say"]) + " " + mark
            case CodeTask() if row.state.trying:
                verdict = script.choice(["AC", "WA 40%", "WA 70%", "IE", "CE", "WA 20% draw"])
                text = sent = f"def {question.entry}():  # {verdict} {mark}\n"
            case CodeTask():
                text = sent = script.choice([PARTIAL, question.followups[0].model]) + " " + mark
            case _ if first and script.random() < 0.3:
                text = sent = "No idea " + mark
            case _:
                text = sent = script.choice([PARTIAL, STORY, question.model_answer.full]) + " " + mark
        source = f"interaction:{turn}:{'first' if first else 'second'}"
        outcome = await self.rounds.answer(row.id, by=row.owner_id, text=sent, source=source, turn=turn)
        if not outcome.replies:
            say(f"kept {token(row, turn, text if row.state.trying else text.strip())}")


async def main() -> None:
    database, discord, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    finish = "--finish" in sys.argv
    logging.disable(logging.WARNING)  # failed posts are meant; errors are not and show
    bank = Bank([*load_text(BANK.read_text(encoding="utf-8")), load_task(TASK.read_text(encoding="utf-8"))])
    store = Store(database)
    poster = FileDiscord(
        discord,
        random.Random(seed),
        forget_nonces="--forget-nonces" in sys.argv,
        trouble=0.0 if finish else 0.05,
    )
    rounds = Rounds(store, bank, SystemClock(), poster, random.Random(seed), HastyJudge(random.Random(seed)))
    pulse = Pulse(store, SystemClock(), [rounds])
    say("up")
    await pulse.recover()
    await pulse.tick()
    async with asyncio.TaskGroup() as group:
        for number in range(PLAYERS):
            group.create_task(Player(rounds, bank, number).play(finish=finish))
    await store.close()
    say("done")


if __name__ == "__main__":
    asyncio.run(main())
