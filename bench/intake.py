"""How long it takes to read, to write and to try out questions, and how near the shipped ones are to each other.

    python -m bench.intake

Times are CPU seconds of this process; memory is what the process holds more afterwards.
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from bot.app import open_judge
from bot.clock import SystemClock
from bot.services.banks import Banks
from bot.services.lab import BankLab
from bot.services.question_admin import QuestionAdmin
from bot.services.ratings import Ratings
from bot.settings import Settings
from bot.store import server_questions
from bot.store.engine import Store
from bot.store.migrate import migrate
from grader.lab import Severity, neighbors, try_out
from questions.bank import Bank
from questions.intake import MAX_FILE, IntakeError, read
from questions.writer import export

PAIRS = 8
T = TypeVar("T")


def main() -> None:
    bank = Bank.open()
    _say("reading, in CPU seconds")
    packed = _timed("  export of the whole bank", lambda: export(bank.questions.values()))
    _say(f"    {len(packed):,} bytes")
    found = _timed("  the export read again", lambda: read("bank.zip", packed))
    again = export(item.question for item in found)
    _say(f"    {len(found)} questions, {'byte for byte alike' if again == packed else 'NOT alike'} when exported again")
    asyncio.run(_moved(packed))
    for label, name, data in _hostile():
        _timed(f"  hostile: {label}", lambda name=name, data=data: _refusal(name, data))
    _lab(bank)
    _nearest(bank)


async def _moved(packed: bytes) -> None:
    """The whole bank as the questions of a server of a bot that ships none, and out again."""
    with tempfile.TemporaryDirectory() as folder:
        path, clock = Path(folder) / "empty.db", SystemClock()
        migrate(path, clock.now())
        store = Store(path)
        async with open_judge(Settings(data=Path(folder))) as judge:
            banks = Banks(store, Bank([]))
            admin = QuestionAdmin(store, banks, clock, BankLab(judge), judge, Ratings(store, banks.shipped))
            began = time.perf_counter()
            plan = await admin.transfer.plan(1, 2, "bank.zip", packed)
            assert plan.id is not None, plan.problems
            planned = time.perf_counter()
            done = await admin.transfer.import_all(1, plan.id, 2, others=False)
            imported = time.perf_counter()
            await admin.trials.settled()
            tried = time.perf_counter()
        async with store.read() as connection:
            states = Counter(row.state.value for row in await server_questions.all_of(connection, 1))
        again, _ = await admin.transfer.export(1, 2, everything=True)
        await store.close()
    alike = "byte for byte alike" if again == packed else "NOT alike"
    _say(
        f"  into an empty bot: {done.count} questions, by the clock: dry run {planned - began:.1f} s, in which the lab "
        f"tried {done.count - done.untried}; publishing {imported - planned:.1f} s; the lab has tried the rest after "
        f"{tried - imported:.0f} s more: {dict(states)}; {alike} when exported again"
    )


def _lab(bank: Bank) -> None:
    _say("the lab, on every shipped question")
    spent: dict[str, list[tuple[float, str]]] = {}
    counts: dict[tuple[str, Severity], int] = {}
    for question in bank.questions.values():
        began = time.process_time()
        report = try_out(question, bank)
        spent.setdefault(question.type, []).append((time.process_time() - began, question.id))
        for finding in report.findings:
            counts[question.type, finding.severity] = counts.get((question.type, finding.severity), 0) + 1
    for kind, times in spent.items():
        worst, name = max(times)
        mean = sum(taken for taken, _ in times) / len(times)
        told = ", ".join(f"{counts.get((kind, severity), 0)} {severity}s" for severity in Severity)
        _say(f"  {kind}: {len(times)} questions, mean {mean:.2f} s, most {worst:.2f} s ({name}); {told}")


def _nearest(bank: Bank) -> None:
    _say(f"the {PAIRS} pairs nearest in matter, and those with the most alike prompts")
    pairs = {
        tuple(sorted((question.id, near.id))): near
        for question in bank.questions.values()
        for near in neighbors(question, bank)
    }
    by_matter = sorted(pairs.items(), key=lambda pair: -pair[1].matter)
    by_prompt = sorted(pairs.items(), key=lambda pair: -pair[1].prompt)
    for names, near in (*by_matter[:PAIRS], *by_prompt[:PAIRS]):
        _say(f"  {near.matter:.2f} of 1, prompts {near.prompt:.0f} of 100: {' and '.join(names)}")


def _hostile() -> Iterator[tuple[str, str, bytes]]:
    """Files made to take long, as long as files may be."""

    def filled(piece: str, before: str = "", after: str = "") -> bytes:
        room = MAX_FILE - len((before + after).encode())
        return (before + piece * (room // len(piece.encode())) + after).encode()

    yield "nested lists", "a.yaml", filled("[")
    yield "nested mappings", "a.yaml", filled("{a: ")
    yield "documents", "a.yaml", filled("---\n")
    yield "fields", "a.yaml", "".join(f"f{number}: 1\n" for number in range(20_000)).encode()
    yield "one text", "a.yaml", filled("x", "a: ")
    yield "mistakes", "a.yaml", filled("---\ntype: free_text\nhints: [1, 2]\nkey_points: [1, 2]\n")
    pattern = "(x{0,60}y{0,60}){0,25}z"
    listed = ", ".join(f"'{pattern}{n}'" for n in range(150))
    yield "patterns", "a.yaml", f"patterns: [{listed}]\n---\n".encode() * 60
    task = "---\nid: x\n---\n## Statement\n"
    yield "headings", "a.md", filled("#" + " a" * 900 + "\n", task)
    yield "cases", "a.md", (task + "```python sample\n" + ">>> f(1)   # a\n1\n" * 2_400 + "```\n").encode()
    nested = f">>> {'lambda: ' * 240}1   # a\n1\n"
    yield "nested functions", "a.md", (task + "```python sample\n" + nested * 30 + "```\n").encode()
    yield "an archive of zeros", "a.zip", _zipped({"a.yaml": bytes(300 * 1024 * 1024)})
    yield "an archive of blanks", "a.zip", _zipped({f"a{n}.yaml": b" " * MAX_FILE for n in range(200)})
    whole = Path(__file__).parents[1] / "tests" / "bank.yaml"
    text = whole.read_text(encoding="utf-8").split("\n---\n")[1]
    files = {f"q{n}.yaml": text.replace("rare-positives", f"q{n}").encode() for n in range(1_990)}
    yield "two thousand good questions", "a.zip", _zipped(files)


def _zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _refusal(name: str, data: bytes) -> str:
    try:
        return f"{len(read(name, data))} questions"
    except IntakeError as error:
        return f"{error.problems[0].message[:70]}"


def _timed(label: str, work: Callable[[], T]) -> T:
    before, began = _resident_mb(), time.process_time()
    result = work()
    spent = time.process_time() - began
    more = _resident_mb() - before
    _say(f"{label}: {spent:.2f} s, {more:+.0f} MB" + (f" ({result})" if isinstance(result, str) else ""))
    return result


def _resident_mb() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS")) / 1024


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
