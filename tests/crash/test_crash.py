"""Kills the bot with SIGKILL at random moments and checks that nothing was lost and nothing was said twice."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.rounds.dialogue import DIALOGUE, Phase, pending, replay
from bot.rounds.events import Kind
from bot.services.cards import card
from bot.services.record import record_of
from bot.store import rounds as round_store
from bot.store.engine import Store
from bot.store.migrate import migrate
from questions.bank import Bank
from tests.crash.child import token
from tests.crash.discord import face_of, read
from tests.services.scripted import ScriptedJudge

ROOT = Path(__file__).parent.parent.parent
SEED = 20260302
ANSWERS = 200
LONGEST = 0.6
"""Seconds that a process lives at most, counted from when it works."""


@dataclass
class Run:
    """What the parent saw."""

    folder: Path
    kills: int = 0
    kept: list[str] = field(default_factory=list[str])
    """Answers that a process said it had kept."""
    delays: list[float] = field(default_factory=list[float])

    @property
    def database(self) -> Path:
        return self.folder / "mockloop.db"

    @property
    def discord(self) -> Path:
        return self.folder / "discord.jsonl"

    async def spawn(self, seed: int, *options: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.crash.child", str(self.database), str(self.discord), str(seed), *options),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def listen(self, process: asyncio.subprocess.Process, up: asyncio.Event) -> bool:
        """Notes what the process says until it ends; whether it ended by itself."""
        assert process.stdout is not None
        done = False
        while line := (await process.stdout.readline()).decode():
            word, _, rest = line.strip().partition(" ")
            if word == "up":
                up.set()
            elif word == "kept" and line.endswith("\n"):
                self.kept.append(rest)
            elif word == "done":
                done = True
        return done

    async def live_and_die(self, seed: int, delay: float, *options: str) -> None:
        """One process that is killed `delay` seconds after it works."""
        process = await self.spawn(seed, *options)
        up = asyncio.Event()
        listening = asyncio.create_task(self.listen(process, up))
        await asyncio.wait_for(up.wait(), 30)
        await asyncio.sleep(delay)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        assert process.stderr is not None
        errors = (await process.stderr.read()).decode()
        await listening
        assert await process.wait() == -signal.SIGKILL, f"it ended by itself:\n{errors}"
        assert errors == "", errors
        self.kills += 1
        self.delays.append(delay)

    async def finish(self, seed: int) -> None:
        """A last process that finishes every open round."""
        process = await self.spawn(seed, "--finish")
        assert process.stderr is not None
        listening = asyncio.create_task(self.listen(process, asyncio.Event()))
        try:
            errors = (await asyncio.wait_for(process.stderr.read(), 90)).decode()
        except TimeoutError:
            process.kill()
            raise
        assert await listening, f"it did not finish:\n{errors}"
        assert (await process.wait(), errors) == (0, "")


async def play(run: Run, kills: int, seed: int, answers: int = 0) -> None:
    """Kills at least so often, and until so many answers were kept: a busy machine gets less far in each life."""
    migrate(run.database, datetime.now(UTC))
    chance = random.Random(seed)
    while run.kills < kills or len(run.kept) < answers:
        delay = chance.random() * LONGEST
        options = ["--forget-nonces"] if chance.random() < 0.5 else []
        print(f"kill {run.kills + 1} of {kills}: after {delay:.3f} s {' '.join(options)}")
        await run.live_and_die(seed + run.kills, delay, *options)
    await run.finish(seed + run.kills)


async def check(run: Run, bank: Bank) -> Counter[str]:
    """The promises; returns what there was to count."""
    counts: Counter[str] = Counter(kills=run.kills, kept=len(run.kept))
    delivered: defaultdict[int, dict[str, list[int]]] = defaultdict(dict)
    faces: dict[int, str] = {}
    for message in read(run.discord):
        delivered[message.round_id].setdefault(message.key, []).append(message.id)
        faces[message.id] = message.face
        counts["messages"] += 1
    store = Store(run.database)
    try:
        async with store.read() as connection:
            assert await round_store.open_rounds(connection, DIALOGUE) == []
            rows = [
                await round_store.load(connection, DIALOGUE, number)
                for (number,) in (await connection.exec_driver_sql("SELECT id FROM rounds ORDER BY id")).all()
            ]
            kept: Counter[str] = Counter()
            for row in rows:
                assert row is not None
                assert row.state.phase is Phase.FINISHED
                events = await round_store.events(connection, DIALOGUE, row.id)
                assert replay(events) == row.state, f"round {row.id} does not replay"
                assert len(events) == row.seq + 1
                record = await record_of(connection, bank, row)
                noted = await round_store.messages_of(connection, row.id)
                posts = pending(row.state).posts
                assert list(delivered[row.id]) == [post.key for post in posts], f"round {row.id}: order or gaps"
                for post in posts:
                    ids = delivered[row.id][post.key]
                    assert len(ids) == 1, f"round {row.id}: {post.key} was delivered {len(ids)} times"
                    assert noted[post.key].message_id == ids[0]
                    facts = await ScriptedJudge().facts(record.task(0)) if row.kind is Kind.CODE else None
                    look = face_of(card(record, post, facts))
                    assert faces[ids[0]] == look, f"round {row.id}: {post.key} looks old"
                for attempt in await round_store.attempts_of(connection, row.id):
                    kept[token(row, attempt.turn, attempt.text)] += 1
                counts["rounds"] += 1
                counts["events"] += len(events)
            lost = [answer for answer in set(run.kept) if kept[answer] == 0]
            twice = [answer for answer in set(run.kept) if kept[answer] > 1]
            assert lost == [], f"{len(lost)} of {len(set(run.kept))} answers were lost"
            assert twice == [], f"{len(twice)} answers are kept twice"
            assert set(delivered) == {row.id for row in rows if row is not None}
    finally:
        await store.close()
    counts["attempts"] = sum(kept.values())
    return counts


@pytest.mark.thorough
async def test_nothing_is_lost_or_said_twice_when_the_bot_is_killed_three_times(tmp_path: Path, bank: Bank) -> None:
    run = Run(tmp_path)
    await play(run, 3, SEED)
    counts = await check(run, bank)
    assert counts["kills"] == 3
    assert counts["rounds"] > 0


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_nothing_is_lost_or_said_twice_when_the_bot_is_killed_fifty_times(tmp_path: Path, bank: Bank) -> None:
    run = Run(tmp_path)
    began = time.monotonic()
    await play(run, 50, SEED + 1000, answers=ANSWERS)
    counts = await check(run, bank)
    figures = ", ".join(f"{count} {name}" for name, count in counts.items())
    print(f"{figures} in {time.monotonic() - began:.0f} s")
    assert counts["kills"] >= 50
    assert counts["rounds"] > 50
    assert counts["kept"] >= ANSWERS
