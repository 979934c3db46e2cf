"""What a person takes with them: all of theirs, nothing of anybody else, in archives that Discord takes."""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from bot.abilities import model as ability_model
from bot.rounds.dialogue import DIALOGUE
from bot.rounds.events import Kind
from bot.services.privacy import DAY
from bot.services.privacy_export import Export, HeldData, packed
from bot.services.starting import Format
from bot.store.engine import Store
from bot.store.held import RULES, Fate
from bot.store.schema import attempts, metadata
from questions.bank import Bank
from tests.clock import START, ManualClock
from tests.services.house import (
    ANN,
    BOB,
    CARL,
    MARKS,
    ME,
    Beat,
    House,
    many_answers,
)
from tests.services.pairing import interview_bank
from tests.services.recorder import RecordingPoster
from tests.services.scripted import program


@pytest_asyncio.fixture
async def house(store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster) -> AsyncGenerator[House]:
    written = interview_bank(bank, 8)
    opened = House(store, Bank([*written.loaded.values(), *bank.loaded.values()]), clock, poster)
    yield opened
    await opened.rest()


def unpacked(export: Export) -> dict[str, bytes]:
    """All files of all archives."""
    found: dict[str, bytes] = {}
    for file in export.files:
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            assert archive.testzip() is None
            found |= {name if name != "answers.json" else file.name: archive.read(name) for name in archive.namelist()}
    return found


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


async def test_an_export_holds_everything_of_the_person(house: House) -> None:
    await house.fill(open_rounds=True)
    rows = await house.columns()
    [file] = (await house.privacy.export(ME)).files
    assert file.name == "mockloop-data.zip"
    files = unpacked(await house.privacy.export(ME))
    data = json.loads(files["data.json"])
    for name, rule in RULES.items():
        if rule.person is not None and rule.fate is not Fate.ROUND:
            mine = [row for row in rows[name] if row[rule.person] == ME]
            assert len(data[name]) == len(mine) > 0, name
            kept = set(metadata.tables[name].c.keys()) - rule.withheld
            assert name == "abilities" or all(set(row) == kept for row in data[name]), name
        for column, acted in rule.acted.items():
            mine = [row for row in rows[name] if row[column] == ME]
            assert [set(row) for row in data[f"{name}.{column}"]] == [set(acted.shown) for _ in mine], name
    own = {row["id"] for row in rows["rounds"] if row["owner_id"] == ME and row["engine"] == DIALOGUE.name}
    for name in ("round_events", "messages"):
        assert len(data[name]) == sum(row["round_id"] in own for row in rows[name]) > 0
    assert {row["id"] for row in data["rounds"]} == own
    sent = {row["id"]: row["text"] for row in rows["attempts"] if row["user_id"] == ME}
    assert {row["id"]: row["text"] for row in data["attempts"]} == sent
    assert {row["id"]: row["text"].replace("\r\n", "\n") for row in rows_of(files["answers.csv"])} == {
        str(number): text for number, text in sent.items()
    }
    assert len(rows_of(files["results.csv"])) == len(data["results"])
    assert len(rows_of(files["active_days.csv"])) == len(data["active_days"])
    everywhere = next(row for row in rows_of(files["ratings.csv"]) if (row["server"], row["track"]) == ("0", "all"))
    ability = await house.ratings.ability_of(ME)
    assert int(everywhere["rating"]) == round(ability_model.overall(ability).value)
    drawn = {
        row["attempt_id"]: row["png"] for row in rows["pictures"] if row["attempt_id"] in sent and not row["number"]
    }
    assert {name: png for name, png in files.items() if name.startswith("pictures/")} == {
        f"pictures/{attempt}.png": png for attempt, png in drawn.items()
    }
    assert "data.json" in files["README.txt"].decode()


async def test_an_export_holds_no_word_and_no_id_of_anybody_else(house: House) -> None:
    shared = await house.fill(open_rounds=True)
    text = "\n".join(content.decode("latin-1") for content in unpacked(await house.privacy.export(ME)).values())
    assert str(ME) in text
    assert MARKS[ME] in text
    for other in (ANN, BOB, CARL):
        assert str(other) not in text
        assert MARKS[other] not in text
    data = json.loads(unpacked(await house.privacy.export(ME))["data.json"])
    interview = next(row for row in data["shared_rounds"] if row["id"] == shared["interview"])
    assert [one["you"] for one in interview["interviews"]] == ["interviewer", "candidate"]
    assert "score" not in interview["interviews"][0], "that is the other one's"
    assert interview["interviews"][1]["score"] > 0.7
    played = next(row for row in data["shared_rounds"] if row["id"] == shared["played"])
    [asked] = played["questions"]
    assert asked["score"] > 0.7
    assert {row["by"] for row in data["shared_events"]} == {ME, None}
    invited = next(row for row in data["shared_rounds"] if row["id"] == shared["declined"])
    assert (invited["begun_by_you"], invited["end"]) == (False, "declined")


async def test_somebody_of_whom_nothing_is_known_gets_an_export_that_says_so(house: House) -> None:
    await house.fill(open_rounds=False)
    files = unpacked(await house.privacy.export(CARL + 1))
    assert json.loads(files["data.json"]) == {"people": [], "attempts": []}
    assert sorted(files) == ["README.txt", "active_days.csv", "answers.csv", "data.json", "ratings.csv", "results.csv"]


# Much of it


def much(answers: int, *, years: int = 1, size: int = 1200) -> HeldData:
    """What was read of somebody who has answered a lot, in words that hardly pack."""
    chance, found = random.Random(3), HeldData(ME, START)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(50_000)]
    for number in range(answers):
        year = number % years
        row = dict.fromkeys(attempts.c.keys()) | {"id": number, "created_at": START - 365 * year * DAY}
        text = " ".join(chance.choices(words, k=(size if year else 3 * size) // 9))
        found.add("attempts", [row | {"text": text}])
    return found


def test_what_does_not_fit_is_split_by_year_and_all_of_it_is_there() -> None:
    data, limit = much(300, years=3), 250_000
    export = packed(data, limit)
    names = [file.name for file in export.files]
    assert names[0] == "mockloop-data.zip"
    assert {"mockloop-answers-2024.zip", "mockloop-answers-2025.zip", "mockloop-answers-2026-1.zip"} <= set(names)
    assert all(len(file.content) <= limit for file in export.files)
    assert any("by year" in note for note in export.notes)
    files = unpacked(export)
    assert "by year" in files["README.txt"].decode()
    assert "attempts" not in json.loads(files["data.json"])
    parts = [json.loads(content)["attempts"] for name, content in files.items() if name.startswith("mockloop-answers")]
    found = [row for part in parts for row in part]
    assert sorted(row["id"] for row in found) == list(range(300))
    assert {row["id"]: row for row in found} == {row["id"]: row for row in map(json.loads, data.json["attempts"])}
    for part in parts:
        assert len({row["created_at"][:4] for row in part}) == 1


def test_what_is_too_large_even_so_goes_without_the_bookkeeping() -> None:
    data = much(40)
    for number in range(2000):
        event = {"round_id": number, "payload": json.dumps({"by": random.Random(number).getrandbits(60)})}
        data.add("round_events", [event])
    data.add("plans", [{"role": "engineer"}])
    export = packed(data, 20_000)
    kept = json.loads(unpacked(export)["data.json"])
    assert (set(kept), kept["plans"]) == ({"people", "plans"}, [{"role": "engineer"}])
    assert any("round_events is left out" in note for note in export.notes)
    assert len(export.files[0].content) <= 20_000


def test_pictures_that_do_not_fit_are_left_out_the_oldest_first_and_that_is_said() -> None:
    data = much(5)
    data.pictures = [(number, random.Random(number).randbytes(10_000)) for number in range(9, 0, -1)]
    data.left_out = 2
    export = packed(data, 60_000)
    [file] = export.files
    assert len(file.content) <= 60_000
    kept = sorted(name for name in unpacked(export) if name.startswith("pictures/"))
    assert kept == [f"pictures/{number}.png" for number in range(10 - len(kept), 10)]
    assert 3 <= len(kept) <= 5
    assert export.notes == (f"The {11 - len(kept)} oldest pictures are left out, because there is no room for more.",)


async def test_more_pictures_than_an_export_can_hold_are_not_even_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await house.start(ME, Kind.CODE, Format.CODE)
    for number in range(4):
        await house.answer(code, f"# number {number} will draw\n{program('WA 60%')}")
    monkeypatch.setattr("bot.services.privacy.EXPORT_LIMIT", 30)  # a scripted picture has 12 bytes
    export = await house.privacy.export(ME)
    assert export.notes == ("The 2 oldest pictures are left out, because there is no room for more.",)
    assert sum(name.startswith("pictures/") for name in unpacked(export)) == 2


@pytest.mark.soak
async def test_exporting_five_thousand_answers_lets_everybody_else_run(house: House) -> None:
    await many_answers(house, 1000, 5)
    beat = Beat()
    export = await beat.during(house.privacy.export(ME))
    assert beat.longest < 0.05, f"{1000 * beat.longest:.0f} ms"
    assert len(json.loads(unpacked(export)["data.json"])["attempts"]) == 5000
