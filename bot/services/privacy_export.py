"""A person's data as archives that they can take with them: JSON with everything, CSV to look at, their pictures.

Of rounds with others an export holds what the person did and earned, and nobody else's ids, words or grades.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from bot.abilities import model
from bot.abilities.ledger import EVERYWHERE
from bot.rounds.group import GROUP
from bot.rounds.group import State as GroupState
from bot.rounds.pair import PAIR, interviewer
from bot.rounds.pair import State as PairState
from bot.store.appeals import AppealState
from bot.store.held import Row, with_people
from bot.store.schema import active_days, results

EXPORT_LIMIT = 8 * 1024 * 1024
"""Bytes of one file of an export: what Discord takes of everybody."""
_REPEATED = {"audit_log": "detail", "server_question_versions": "reason", "appeals.decided_by": "note"}
"""Where a moderator who upholds an appeal repeats words of the candidate's."""
_OF_APPEAL = re.compile(r"(appeal [0-9]+): ")
_ANSWERS = "attempts"
_RATINGS = "ratings.csv"
_SHEETS = {_ANSWERS: "answers.csv", "results": "results.csv", "active_days": "active_days.csv"}
"""Tables that are also told as CSV."""
_COLUMNS: dict[str, tuple[str, ...]] = {
    "answers.csv": (
        "id",
        "round_id",
        "turn",
        "question_id",
        "question_version",
        "created_at",
        "hints",
        "score",
        "text",
    ),
    "results.csv": tuple(results.c.keys()),
    "active_days.csv": tuple(active_days.c.keys()),
    _RATINGS: ("server", "track", "rating", "plus_minus", "updated_at"),
}
_BOOKKEEPING = ("round_events", "shared_events", "messages")
"""What is left out first of an export that is too large even without answers."""


@dataclass(frozen=True)
class ExportFile:
    name: str
    content: bytes


@dataclass(frozen=True)
class Export:
    files: tuple[ExportFile, ...]
    notes: tuple[str, ...]
    """What is different because there is much, as sentences."""


class HeldData:
    """What is held on a person, as it will be told.

    Rows become lines of text as they come in: as objects they would make the garbage collector stop everybody.
    """

    def __init__(self, user: int, at: datetime) -> None:
        self.user = user
        self.at = at
        self.json: dict[str, list[str]] = {"people": [], _ANSWERS: []}
        """By table, as `bot.store.held` names them: a line for each row."""
        self.csv: dict[str, list[str]] = {name: [] for name in _COLUMNS}
        """By file: a line for each row."""
        self.moments: list[str] = []
        """When each answer was sent, in the order of their lines."""
        self.pictures: list[tuple[int, bytes]] = []
        """By attempt, the newest first."""
        self.left_out = 0
        """Pictures that were not even read, since there are too many."""

    def add(self, name: str, rows: Sequence[Row]) -> None:
        """Takes in some rows of a table. It takes a moment: not for the event loop."""
        told = _told(name, rows, self.user)
        self.json.setdefault(name, []).extend(json.dumps(row, ensure_ascii=False) for row in told)
        if name in _SHEETS:
            self.csv[_SHEETS[name]] += _csv(told, _COLUMNS[_SHEETS[name]])
        if name == _ANSWERS:
            self.moments += [row["created_at"] for row in told]
        if name == "abilities":
            self.csv[_RATINGS] += _csv(_ratings(told), _COLUMNS[_RATINGS])


def packed(held: HeldData, limit: int = EXPORT_LIMIT) -> Export:
    """The export as archives of at most `limit` bytes each. It takes a while: not for the event loop."""
    said = _said((), held.left_out)
    whole = _main(held, held.json, said, held.pictures)
    if len(whole.content) <= limit:
        return Export((whole,), said)
    tables, notes = dict(held.json), list[str]()
    files: list[ExportFile] = []
    if len(_main(held, tables, ()).content) > limit:
        del tables[_ANSWERS]
        files = _by_year(held, limit)
        notes.append("Your answers are in archives of their own, by year, because they do not fit into one.")
        for name in _BOOKKEEPING:
            if name in tables and len(_main(held, tables, ()).content) > limit:
                del tables[name]
                notes.append(f"{name} is left out, because it does not fit: it holds ids and times only.")
    pictures, left_out = list(held.pictures), held.left_out
    while True:
        said = _said(notes, left_out)
        whole = _main(held, tables, said, pictures)
        excess = len(whole.content) - limit
        if excess <= 0 or not pictures:
            return Export((whole, *files), said)
        while pictures and excess > 0:
            excess -= len(pictures.pop()[1])
            left_out += 1


def _said(notes: Iterable[str], left_out: int) -> tuple[str, ...]:
    if not left_out:
        return tuple(notes)
    many = "oldest picture is" if left_out == 1 else f"{left_out} oldest pictures are"
    return (*notes, f"The {many} left out, because there is no room for more.")


def _main(
    held: HeldData,
    tables: Mapping[str, Sequence[str]],
    notes: Iterable[str],
    pictures: Sequence[tuple[int, bytes]] = (),
) -> ExportFile:
    apart = _ANSWERS not in tables
    sheets = {name: lines for name, lines in held.csv.items() if not (apart and name == _SHEETS[_ANSWERS])}
    entries: Entries = [("README.txt", [_readme(notes, answers=not apart, pictures=len(pictures))])]
    entries.append(("data.json", _json(tables)))
    entries += [(name, _sheet(name, lines)) for name, lines in sheets.items()]
    entries += [(f"pictures/{attempt}.png", png) for attempt, png in pictures]
    return ExportFile("mockloop-data.zip", _archive(entries, held.at))


def _by_year(held: HeldData, limit: int) -> list[ExportFile]:
    found: list[ExportFile] = []
    order = sorted(range(len(held.moments)), key=lambda number: held.moments[number])
    for year, numbers in groupby(order, key=lambda number: held.moments[number][:4]):
        parts = _fitting(held, list(numbers), limit)
        for part, content in enumerate(parts, 1):
            name = f"mockloop-answers-{year}" + (f"-{part}" if len(parts) > 1 else "")
            found.append(ExportFile(f"{name}.zip", content))
    return found


def _fitting(held: HeldData, numbers: Sequence[int], limit: int) -> list[bytes]:
    """Archives of these answers, as many as it takes."""
    name = _SHEETS[_ANSWERS]
    rows = [held.json[_ANSWERS][number] for number in numbers]
    sheet = [held.csv[name][number] for number in numbers]
    whole = _archive([("answers.json", _json({_ANSWERS: rows})), (name, _sheet(name, sheet))], held.at)
    if len(whole) <= limit or len(numbers) < 2:
        return [whole]
    half = len(numbers) // 2
    return _fitting(held, numbers[:half], limit) + _fitting(held, numbers[half:], limit)


Entries = list[tuple[str, Iterable[str] | bytes]]
"""Files of an archive: their lines, or their bytes."""


def _archive(entries: Entries, at: datetime) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, at.timetuple()[:6])
            info.compress_type = zipfile.ZIP_STORED if isinstance(content, bytes) else zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as file:
                for part in [content] if isinstance(content, bytes) else map(str.encode, content):
                    file.write(part)
    return buffer.getvalue()


def _json(tables: Mapping[str, Sequence[str]]) -> Iterable[str]:
    yield "{"
    for number, (name, rows) in enumerate(tables.items()):
        yield f"{',' if number else ''}\n{json.dumps(name)}: ["
        for index, row in enumerate(rows):
            yield f"{',' if index else ''}\n  {row}"
        yield "\n]"
    yield "\n}\n"


def _sheet(name: str, lines: Sequence[str]) -> Iterable[str]:
    yield _csv_line(_COLUMNS[name])
    yield from lines


def _csv(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    return [_csv_line([row[column] for column in columns]) for row in rows]


def _csv_line(values: Sequence[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow("" if value is None else value for value in values)
    return buffer.getvalue()


def _readme(notes: Iterable[str], *, answers: bool, pictures: int) -> str:
    lines = [
        "Everything that Mockloop holds on you.",
        "",
        "data.json        all of it, by kind; times are UTC",
    ]
    if answers:
        lines.append("answers.csv      what you answered, with its score")
    lines += [
        "results.csv      what you earned on every question that you finished",
        "ratings.csv      your ratings, by server and track (server 0: everywhere)",
        "active_days.csv  the days on which you finished a question",
    ]
    if pictures:
        lines.append("pictures/        figures that you submitted, by the number of the answer")
    lines += [
        "",
        "Of rounds with others it holds what you did and earned, without their names, ids and words.",
        "What moderators wrote about you or to you is theirs; that a server has blocked you is in data.json (blocks).",
        "What the numbers mean: score is 0 to 1, band 1 to 4, a rating of 1500 is a typical mid-level candidate.",
        *notes,
        "",
    ]
    return "\n".join(lines)


# What of it is told


def _told(name: str, rows: Sequence[Row], user: int) -> list[Row]:
    """Rows as they are told: plain values, and of rounds with others what is the person's."""
    match name:
        case "shared_rounds":
            return [_shared_round(row, user) for row in rows]
        case "shared_events":
            return [_own_event(row, user) for row in rows if _is_own(row, user)]
        case "abilities":
            return [_ability(row) for row in rows]
        case _:
            hidden = _REPEATED.get(name)
            return [
                {key: _plain(key, _without_words(row, value) if key == hidden else value) for key, value in row.items()}
                for row in rows
            ]


def _without_words(row: Row, value: str | None) -> str | None:
    """What a moderator wrote when they upheld an appeal, without the candidate's words in it."""
    if row.get("state") == AppealState.UPHELD:
        return None
    found = _OF_APPEAL.match(value or "")
    return found[1] if found is not None else value


def _plain(key: str, value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str) and key in {"state", "payload", "grade", "emphasis"} and value[:1] in {"{", "["}:
        return json.loads(value)
    return value


def _is_own(row: Row, user: int) -> bool:
    """Whether an event of a shared round is the person's act, or the grade of theirs."""
    return row["by"] == user or (row["by"] is None and json.loads(row["payload"]).get("user") == user)


def _own_event(row: Row, user: int) -> Row:
    payload = with_people(json.loads(row["payload"]), lambda person: person if person == user else None)
    return {key: _plain(key, value) for key, value in row.items() if key != "payload"} | {"payload": payload}


def _shared_round(row: Row, user: int) -> Row:
    """A round with others as far as it is the person's."""
    kept = ("id", "engine", "kind", "server_id", "channel_id", "level", "topic", "format", "created_at", "finished_at")
    told = {key: _plain(key, row[key]) for key in kept} | {"begun_by_you": row["owner_id"] == user}
    if row["engine"] == GROUP.name:
        return told | _of_group(GROUP.codec.decode_state(row["state"]), user)
    if row["engine"] == PAIR.name:
        return told | _of_pair(PAIR.codec.decode_state(row["state"]), user)
    return told


def _of_group(state: GroupState, user: int) -> Row:
    questions: list[Row] = []
    for item, asked in zip(state.items, state.item_states, strict=False):
        entry = asked.entry(user)
        if entry is not None:
            earned = {"attempts": list(entry.attempts), "score": entry.score, "band": entry.band}
            questions.append({"question_id": item.question, "asked_at": asked.at.isoformat(), **earned})
    one = state.participant(user)
    return {"left": one.left if one else None, "questions": questions}


def _of_pair(state: PairState, user: int) -> Row:
    interviews: list[Row] = []
    for turn, part in enumerate(state.parts):
        asks = interviewer(state, turn) == user
        told: Row = {"question_id": state.items[turn].question, "you": "interviewer" if asks else "candidate"}
        if asks:
            told |= {"ticks": list(part.ticks), "probes": list(part.probes)}
        else:
            told |= {"attempt": part.attempt, "score": part.score, "band": part.band, "hints": part.answer_hints}
        sheets = {"of_candidate": part.of_candidate, "of_interviewer": part.of_interviewer}
        # Marks are about the person who gets them, too; the number of a note is its author's.
        told |= {name: list(sheet.marks) for name, sheet in sheets.items() if sheet is not None}
        interviews.append(told)
    return {"when": state.when.isoformat(), "end": state.end.value if state.end else None, "interviews": interviews}


def _ability(row: Row) -> Row:
    """A stored ability in words: per track and topic the mean and the standard deviation, in logits."""
    ability = model.decode(row["state"])
    names = (*model.tracks(), *ability.topics)
    known = [
        {"name": name, "mean": float(ability.mean[at]), "sd": float(ability.cov[at, at]) ** 0.5, "results": count}
        for at, (name, count) in enumerate(zip(names, ability.counts, strict=True))
    ]
    at = ability.updated_at.isoformat() if ability.updated_at else None
    ratings = {"": model.overall(ability)} | {track: model.track_rating(ability, track) for track in model.tracks()}
    return {
        "server_id": row["scope"] if row["scope"] != EVERYWHERE else None,
        "results": ability.count,
        "updated_at": at,
        "known": known,
        "ratings": {name: [rating.value, rating.plus_minus] for name, rating in ratings.items()},
    }


def _ratings(abilities: Sequence[Row]) -> list[Row]:
    return [
        {
            "server": row["server_id"] or EVERYWHERE,
            "track": track or "all",
            "rating": round(value),
            "plus_minus": round(plus_minus),
            "updated_at": row["updated_at"],
        }
        for row in abilities
        for track, (value, plus_minus) in row["ratings"].items()
    ]
