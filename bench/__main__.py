"""`make bench`: prints the figures that the guides quote.

Times are medians over many runs on one core. Grading is compared with the similarity score that a simple bot would
use (rapidfuzz token_set_ratio against the model answer): how long each takes, and how often each puts an answer
labeled good above a fluent wrong one of the same question (AUC; ½ is a coin toss). The answers are the bank's own
calibration answers, whose authors also wrote the rubrics: the AUC shows that the grader does what the rubrics say,
not how it does on strangers' answers.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from rapidfuzz import fuzz

from bot.rounds.dialogue import DIALOGUE, start, step
from bot.rounds.events import Answered, Item, Kind, Mode, Started
from bot.store import people, rounds
from bot.store.engine import Store
from bot.store.migrate import migrate
from bot.store.rounds import Place, Surface
from grader.grade import Context
from grader.text import grade
from questions.bank import Bank
from questions.model import Behavioral, FreeText, Level

RUNS = 5


def milliseconds(run: Callable[[], object], times: int = RUNS) -> float:
    """The median time of `run`, in milliseconds."""
    taken: list[float] = []
    for _ in range(times):
        before = time.perf_counter()
        run()
        taken.append((time.perf_counter() - before) * 1000)
    return statistics.median(taken)


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")


def grading(bank: Bank) -> None:
    ours: list[float] = []
    theirs: list[float] = []
    pairs_ours: list[tuple[float, float]] = []
    pairs_theirs: list[tuple[float, float]] = []
    context = Context(level=Level.MID)
    for question in bank.questions.values():
        if not isinstance(question, FreeText):
            continue
        answers = [(a, question.calibration_text(a)) for a in question.calibration_answers]
        scores: dict[str, tuple[float, float, int]] = {}
        for answer, text in answers:
            grade(text, question, context)
            ours.append(milliseconds(lambda t=text, q=question: grade(t, q, context)))
            theirs.append(milliseconds(lambda t=text, q=question: fuzz.token_set_ratio(t, q.model_answer.full)))
            similarity = fuzz.token_set_ratio(text, question.model_answer.full)
            band = answer.band[Level.MID]
            scores[answer.label] = (grade(text, question, context).score, similarity, band)
        # The model answer itself would flatter the similarity: it is compared with itself.
        good = [s for label, s in scores.items() if label != "strong" and s[2] >= 3]
        bad = [s for s in scores.values() if s[2] == 1]
        pairs_ours += [(g[0], b[0]) for g, b in product(good, bad)]
        pairs_theirs += [(g[1], b[1]) for g, b in product(good, bad)]
    slowest, similarity = max(ours), statistics.median(theirs)
    say("Grading a free-text answer")
    say(f"  ours              {statistics.median(ours):8.2f} ms median, {slowest:.2f} ms slowest of {len(ours)}")
    say(f"  token_set_ratio   {similarity:8.2f} ms median")
    say(f"AUC, good answers over fluent wrong ones ({len(pairs_ours)} pairs)")
    say(f"  ours              {auc(pairs_ours):8.2f}")
    say(f"  token_set_ratio   {auc(pairs_theirs):8.2f}")


def auc(pairs: list[tuple[float, float]]) -> float:
    """How often the first of a pair is the larger one; a tie counts half."""
    return sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs) if pairs else 0.5


def stories(bank: Bank) -> None:
    taken = [
        milliseconds(lambda q=question: grade(q.model_answer.full, q, Context()))
        for question in bank.questions.values()
        if isinstance(question, Behavioral)
    ]
    say(f"Reading a story (about 230 words)\n  ours              {statistics.median(taken):8.2f} ms median")


def opening() -> None:
    def load() -> None:
        subprocess.run([sys.executable, "-c", "from questions.bank import Bank; Bank.open()"], check=True)

    def nothing() -> None:
        subprocess.run([sys.executable, "-c", "pass"], check=True)

    say("Opening the bank in a new process")
    say(f"  ours              {milliseconds(load):8.0f} ms (Python alone {milliseconds(nothing):.0f} ms)")


async def storing() -> None:
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        migrate(path, now)
        store = Store(path)
        item = Item("ml.x.y", 1)
        first = Started(now, 1, Kind.QUIZ, Level.MID, Mode.PRACTICE, (item,))
        taken: list[float] = []
        for number in range(200):
            async with store.write() as connection:
                await people.ensure(connection, 1, now)
                place = Place(None, number, Surface.CHANNEL)
                row = await rounds.create(connection, DIALOGUE, start(first), first, place, None, asked=1)
            before = time.perf_counter()
            async with store.write() as connection:
                loaded = await rounds.load(connection, DIALOGUE, row.id)
                assert loaded is not None
                attempt, _ = await rounds.add_attempt(
                    connection, row.id, item, turn=0, user_id=1, source="bench", text="x" * 800, hints=0, at=now
                )
                event = Answered(now, 1, 0, attempt.id)
                state, _ = step(loaded.state, event)
                await rounds.save(connection, DIALOGUE, loaded, state, event)
            taken.append((time.perf_counter() - before) * 1000)
        await store.close()
    say(f"Keeping an answer (one synchronous commit)\n  ours              {statistics.median(taken):8.2f} ms median")


def main() -> None:
    bank = Bank.open()
    say(f"{len(bank)} questions, Python {sys.version.split()[0]}")
    grading(bank)
    stories(bank)
    opening()
    asyncio.run(storing())


if __name__ == "__main__":
    main()
