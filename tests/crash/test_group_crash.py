"""Kills the bot with SIGKILL in the middle of group rounds and checks every point of everybody's score."""

from __future__ import annotations

import asyncio
import math
import random
import signal
import sys
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.code_score import code_score
from bot.rounds.events import Kind
from bot.rounds.group import GROUP, Phase, Standing, State, board, grades, posts, replay, scored
from bot.services.code_report import tried
from bot.services.group_cards import group_card
from bot.services.group_record import load_group
from bot.services.record import Answer
from bot.store import rounds as round_store
from bot.store.engine import Store
from bot.store.migrate import migrate
from bot.store.rounds import AttemptRow, RoundRow
from grader.code.verdict import Code
from grader.grade import Gate, decode
from questions.bank import Bank
from tests.crash.discord import face_of, read
from tests.crash.group_child import FastClock
from tests.crash.test_crash import ROOT
from tests.services.scripted import ScriptedJudge

SEED = 20260302


@dataclass
class GroupRun:
    """What the parent saw."""

    folder: Path
    people: int
    kills: int = 0
    kept: set[str] = field(default_factory=set[str])
    """Answers that a process said it had kept."""
    counted: set[str] = field(default_factory=set[str])
    """Those of them that it had taken as somebody's answer."""

    @property
    def database(self) -> Path:
        return self.folder / "mockloop.db"

    @property
    def discord(self) -> Path:
        return self.folder / "discord.jsonl"

    async def live(self, seed: int, *options: str, answers: int | None = None) -> None:
        """One process. It is killed after so many further answers; without such a number it finishes what is open."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.crash.group_child", str(self.database), str(self.discord), str(seed), str(self.people)),
            *options,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        complaints = asyncio.create_task(process.stderr.read())
        try:
            async with asyncio.timeout(120):
                done = await self._listen(process, answers)
                errors = (await complaints).decode()
        except TimeoutError:
            process.kill()
            raise
        assert errors == "", errors
        assert (await process.wait(), done) == ((0, True) if answers is None else (-signal.SIGKILL, False))
        self.kills += answers is not None

    async def _listen(self, process: asyncio.subprocess.Process, answers: int | None) -> bool:
        """Notes what the process says, and kills it in time; whether it ended by itself."""
        assert process.stdout is not None
        done, heard = False, 0
        while line := (await process.stdout.readline()).decode():
            word, _, rest = line.strip().partition(" ")
            if not line.endswith("\n"):
                break  # it was killed in the middle of a word
            if word == "kept":
                new = rest not in self.kept  # after a restart people send the same forms once more
                self.kept.add(rest)
                heard += new
                if new and heard == answers:
                    process.send_signal(signal.SIGKILL)
            elif word == "counted":
                self.counted.add(rest)
            done = done or word == "done"
        return done


async def play(run: GroupRun, kills: int, seed: int) -> None:
    migrate(run.database, FastClock().now())
    chance = random.Random(seed)
    for number in range(kills):
        answers = chance.randint(run.people // 2, 2 * run.people)
        options = ["--forget-nonces"] if chance.random() < 0.5 else []
        print(f"kill {number + 1} of {kills}: after {answers} answers {' '.join(options)}")
        await run.live(seed + number, *options, answers=answers)
    await run.live(seed + kills, "--finish")


async def check(run: GroupRun, bank: Bank) -> Counter[str]:
    """The promises; returns what there was to count."""
    counts: Counter[str] = Counter(kills=run.kills, kept=len(run.kept), counted=len(run.counted))
    store = Store(run.database)
    try:
        async with store.read() as connection:
            assert await round_store.open_rounds(connection, GROUP) == []
            for (number,) in (await connection.exec_driver_sql("SELECT id FROM rounds ORDER BY id")).all():
                row = await round_store.load(connection, GROUP, number)
                assert row is not None
                await _check_round(run, connection, bank, row)
                counts["rounds"] += 1
                counts["voids"] += sum(item.void for item in row.state.item_states)
                counts["scores"] += len(scored(row.state))
            await _check_kept(run, connection)
            results = (await connection.exec_driver_sql("SELECT count(*) FROM results")).scalar_one()
            assert results == counts["scores"]
    finally:
        await store.close()
    return counts


async def _check_round(run: GroupRun, connection: AsyncConnection, bank: Bank, row: RoundRow[State]) -> None:
    state = row.state
    assert (state.phase, grades(state)) == (Phase.FINISHED, ())
    events = await round_store.events(connection, GROUP, row.id)
    assert replay(events) == state, f"round {row.id} does not replay"
    assert len(events) == row.seq + 1
    await _check_messages(run, connection, bank, row)
    attempts = await round_store.attempts_of(connection, row.id)
    plain = [_plain_scores(state, item, attempts) for item in range(len(state.item_states))]
    rows = await connection.exec_driver_sql(f"SELECT item, user_id, score FROM results WHERE round_id = {row.id}")
    noted = {(item, user): score for item, user, score in _rows(rows.all())}
    assert noted == {(item, user): score for item, scores in enumerate(plain) for user, score in scores.items()}
    assert board(state) == _plain_board(state, plain)


def _rows(found: Any) -> list[tuple[int, int, float]]:
    return [tuple(row) for row in found]


async def _check_messages(run: GroupRun, connection: AsyncConnection, bank: Bank, row: RoundRow[State]) -> None:
    """Everything that the round owed was delivered once, in order, and looks as it should."""
    delivered = [message for message in read(run.discord) if message.round_id == row.id]
    owed = posts(row.state)
    assert [message.key for message in delivered] == [post.key for post in owed], f"round {row.id}: order or gaps"
    noted = await round_store.messages_of(connection, row.id)
    record = await load_group(connection, bank, row.id)
    assert record is not None
    for message, post in zip(delivered, owed, strict=True):
        assert noted[post.key].message_id == message.id
        coded = row.kind is Kind.CODE and bool(post.turn)
        facts = await ScriptedJudge().facts(record.task(post.turn - 1)) if coded else None
        assert message.face == face_of(group_card(record, post, facts)), f"round {row.id}: {post.key} looks old"


def _plain_scores(state: State, item: int, attempts: list[AttemptRow]) -> dict[int, float]:
    """What everybody has on an item, from the grades that are stored with their attempts."""
    asked = state.item_states[item]
    if asked.void:
        return {}
    scores: dict[int, float] = {}
    for entry in asked.entries:
        own = [one for one in attempts if (one.turn, one.user_id) == (item + 1, entry.user) and one.grade is not None]
        graded = [decode(one.grade) for one in own if one.grade is not None]
        assert state.tries or len(own) <= 1, f"item {item}: {entry.user} was graded {len(own)} times"
        if not own:
            scores[entry.user] = 0.0
        elif state.tries:
            verdicts = [(Answer(one, grade), grade.code) for one, grade in zip(own, graded, strict=True)]
            tries = [tried(answer, code) for answer, code in verdicts if code and code.code is not Code.IE]
            if tries:
                scores[entry.user] = code_score(tries, (), 0).score
        elif graded[0].gate is not Gate.LANGUAGE:
            scores[entry.user] = graded[0].score
    return scores


def _plain_board(state: State, plain: list[dict[int, float]]) -> tuple[Standing, ...]:
    """The final board by adding up, to the last digit."""
    lines: list[Standing] = []
    for one in state.participants:
        own = [scores[one.user] for scores in plain if one.user in scores]
        if own:
            # Somebody's entry has attempts wherever an answer came in time.
            entries = [
                item.entry(one.user)
                for item, scores in zip(state.item_states, plain, strict=True)
                if one.user in scores
            ]
            answered = sum(entry is not None and bool(entry.attempts) for entry in entries)
            lines.append(Standing(one.user, 0, math.fsum(own), len(own), answered))
    lines.sort(key=lambda line: -round(line.points, 9))
    ranks = [1 + sum(round(other.points, 9) > round(line.points, 9) for other in lines) for line in lines]
    return tuple(
        Standing(line.user, rank, line.points, line.items, line.answered)
        for line, rank in zip(lines, ranks, strict=True)
    )


async def _check_kept(run: GroupRun, connection: AsyncConnection) -> None:
    """Every answer that was acknowledged is there with its words, and taken once if that was said."""
    rows = await connection.exec_driver_sql("SELECT id, round_id, source, turn, user_id, text FROM attempts")
    stored = {
        f"{row.round_id}/{row.source}/{zlib.crc32(row.text.encode())}": (row.id, row.round_id, row.turn, row.user_id)
        for row in rows
    }
    lost = run.kept - set(stored)
    assert not lost, f"{len(lost)} of {len(run.kept)} answers were lost: {sorted(lost)[:3]}"
    for name in run.counted:
        attempt, round_id, turn, user = stored[name]
        row = await round_store.load(connection, GROUP, round_id)
        assert row is not None
        taken = [
            (number + 1, entry.user)
            for number, item in enumerate(row.state.item_states)
            for entry in item.entries
            for one in entry.attempts
            if one == attempt
        ]
        assert taken == [(turn, user)], f"{name} was said to count"


@pytest.mark.thorough
async def test_a_group_round_of_ten_is_scored_to_the_last_digit_though_the_bot_is_killed(
    tmp_path: Path, bank: Bank
) -> None:
    run = GroupRun(tmp_path, 10)
    await play(run, 1, SEED)
    counts = await check(run, bank)
    assert counts["kills"] == 1
    assert counts["scores"] >= 10


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_group_rounds_of_fifty_are_scored_to_the_last_digit_though_the_bot_is_killed_again_and_again(
    tmp_path: Path, bank: Bank
) -> None:
    run = GroupRun(tmp_path, 50)
    began = time.monotonic()
    await play(run, 15, SEED + 1000)
    counts = await check(run, bank)
    print(f"{', '.join(f'{count} {name}' for name, count in counts.items())} in {time.monotonic() - began:.0f} s")
    assert counts["kills"] == 15
    assert counts["rounds"] >= 3
    assert counts["counted"] >= 300
