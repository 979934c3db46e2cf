"""Questions written back as files: they read the same, look like the bank's own, and are written one way only."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from questions.bank import Bank
from questions.code_task import CaseSource, CodeTask
from questions.intake import read
from questions.kinds import AnyQuestion
from questions.loader import load_text
from questions.model import (
    CalibrationAnswer,
    FreeText,
    Level,
    ModelAnswer,
    MultipleChoice,
    Numeric,
    Option,
    Relation,
)
from questions.task_file import load_task
from questions.writer import WIDTH, WriteError, export, path_of, without_lines, write

TEMPLATES = Path(__file__).parents[2] / "questions" / "templates"


@pytest.fixture(scope="module")
def bank(shipped: Bank) -> Bank:
    return shipped


def template(name: str) -> AnyQuestion:
    path = next(path for path in TEMPLATES.iterdir() if path.stem == name)
    return read(path.name, path.read_bytes())[0].question


def again(text: str, question: AnyQuestion) -> AnyQuestion:
    if isinstance(question, CodeTask):
        return load_task(text).question
    (item,) = load_text(text)
    return item.question


def choice() -> MultipleChoice:
    question = template("multiple_choice")
    assert isinstance(question, MultipleChoice)
    return question


def free_text() -> FreeText:
    question = template("free_text")
    assert isinstance(question, FreeText)
    return question


def task() -> CodeTask:
    question = template("code")
    assert isinstance(question, CodeTask)
    return question


# The bank


@pytest.mark.thorough
def test_every_shipped_question_reads_the_same_when_it_is_written(bank: Bank) -> None:
    for question in bank.questions.values():
        text = write(question)
        found = again(text, question)
        assert without_lines(found) == without_lines(question), question.id
    for question in list(bank.questions.values())[::5]:
        text = write(question)
        found = again(text, question)
        assert write(found) == text, question.id
        assert again(write(found), question) == found, question.id


@pytest.mark.thorough
def test_what_is_exported_and_taken_in_again_is_exported_alike(bank: Bank) -> None:
    chosen = list(bank.questions.values())[::6]
    packed = export(chosen)
    found = [item.question for item in read("bank.zip", packed)]
    assert {question.id for question in found} == {question.id for question in chosen}
    assert export(found) == packed
    assert export(reversed(chosen)) == packed
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == sorted(path_of(question) for question in chosen)
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert all(archive.read(path_of(question)).decode() == write(question) for question in chosen)


def test_a_file_lies_in_the_folder_of_its_track(bank: Bank) -> None:
    for question in bank.questions.values():
        folder, _, name = path_of(question).partition("/")
        assert folder == question.track
        assert question.id == f"{folder}.{name.rpartition('.')[0]}"
        assert name.endswith(".md") == isinstance(question, CodeTask)


def test_files_look_like_those_of_the_bank() -> None:
    text = write(free_text())
    lines = text.splitlines()
    assert lines[:6] == [
        "id: ml.gradient-descent.sorted-batches",
        "version: 1",
        "type: free_text",
        "topics: [ml.gradient-descent]",
        "difficulty: {level: 2}",
        "time_limit_s: 240",
    ]
    assert '        - "every batch contains just one class"' in lines
    assert r"        - '\b(re-?)?shuffl\w*'" in lines
    assert "    hits: [one-class-batches, shuffle]" in lines
    assert "    band: {junior: 3, mid: 3, senior: 2}" in lines
    assert '    text: "@model_answer.full"' in lines
    assert re.search(r"\nprompt: >-\n  A table of animal photos", text)
    prose = text[text.index("prompt:") : text.index("key_points:")]
    assert max(len(line) for line in prose.splitlines()) <= WIDTH


def test_the_template_of_a_kind_holds_every_part_that_its_written_form_has() -> None:
    for path in TEMPLATES.iterdir():
        (item,) = read(path.name, path.read_bytes())
        fields = re.findall(r"^ *(?:- )?([a-z_]+):", write(item.question), re.MULTILINE)
        assert set(fields) <= set(re.findall(r"\b([a-z_]+):", path.read_text(encoding="utf-8"))), path.name


def test_a_task_keeps_its_prose_within_the_lines() -> None:
    text = write(task())
    statement = text[text.index("## Statement") : text.index("```python starter")]
    assert max(len(line) for line in statement.splitlines()) <= WIDTH
    assert "\n>>> largest_fall(np.array([0.1, 0.9, 0.4, 0.95, 0.6]))   # the lowest value comes before the" in text
    assert "; weight=2\n" in text
    assert "; hint=The fall may take several steps.\n" in text


# What is refused


@pytest.mark.parametrize(
    "change",
    [
        {"why": "a tie; weight"},
        {"why": "# a tie"},
        {"hint": "a; b"},
        {"call": "largest_fall(\n\n[1])"},
        {"expected": "1\n\n"},
    ],
)
def test_a_case_that_doctests_cannot_say_is_not_written(change: dict[str, str]) -> None:
    case = task().samples[0].model_copy(update=change)
    broken = task().model_copy(update={"samples": (case,)})
    with pytest.raises(WriteError, match=r"mlcode\.numpy-pandas\.largest-fall cannot be written"):
        write(broken)


@pytest.mark.parametrize(
    "prompt", ["Write `largest_fall`.\n\n# A heading", "Write `largest_fall`.\n## Hints", "largest_fall\n```"]
)
def test_prose_that_would_end_its_section_is_not_written(prompt: str) -> None:
    with pytest.raises(WriteError):
        write(task().model_copy(update={"prompt": prompt}))


def test_two_questions_with_one_id_make_no_archive() -> None:
    with pytest.raises(WriteError, match="is there twice"):
        export([choice(), choice()])


def test_the_server_whose_own_a_question_is_stands_in_no_file() -> None:
    own = choice().model_copy(update={"id": choice().id + "~abc123"})
    assert write(own) == write(choice())
    assert path_of(own) == path_of(choice())


# Whatever people write

CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cs",))
WORDS = st.text(
    st.sampled_from("abz019 .,:;#-?!&*|>%@`'\"\\{}[]<=~/()_+^$ñ→σ²\u00a0\u2028\u0085\t"), min_size=1, max_size=40
)
ODD = st.sampled_from(
    ["null", "true", "No", "~", "1", "1.5", "1e3", ".5", "0x1F", "12:30", "2026-01-01", "<<", "=", "-", "- a", "? a",
     "a: b", "a #b", "# a", "a:", "@x", "`x`", "%A", "!t", "&a", "*a", "[a]", "{a}", "'", '"', "''", "...", "---",
     "\\n", "5..60", "N/A"]
)  # fmt: skip
ANY = st.text(CHARACTERS, min_size=1, max_size=30) | WORDS | ODD
LINE = ANY.map(lambda text: " ".join(text.split())).filter(bool)
"""One paragraph, as the model keeps it."""
PROSE = (
    st.lists(ANY, min_size=1, max_size=4).map("\n".join) | ANY | st.lists(LINE, min_size=20, max_size=60).map(" ".join)
)


def lines(count: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.tuples(*[LINE] * count)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_choice_reads_the_same_when_it_is_written(data: st.DataObject) -> None:
    base = choice()
    texts = data.draw(st.lists(LINE, min_size=4, max_size=4))
    options = tuple(
        Option.model_construct(
            id=option.id, text=text, correct=option.correct, why=data.draw(LINE), tag=data.draw(LINE)
        )
        for option, text in zip(base.options, texts, strict=True)
    )
    question = base.model_copy(
        update={
            "options": options,
            "hints": data.draw(lines(3)),
            "takeaway": data.draw(LINE),
            "prompt": data.draw(PROSE).strip() or "x",
            "shuffle": data.draw(st.booleans()),
            "levels": data.draw(st.sampled_from([tuple(Level), (Level.MID,), (Level.SENIOR, Level.JUNIOR)])),
        }
    )
    _written_as_itself(question)


@pytest.mark.thorough
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_free_text_question_reads_the_same_when_it_is_written(data: st.DataObject) -> None:
    base = free_text()
    point = base.key_points[0]
    accept = point.accept.model_copy(
        update={
            "phrases": data.draw(lines(2)),
            "concepts": data.draw(st.lists(st.lists(LINE, min_size=1).map(tuple)).map(tuple)),
        }
    )
    changed = point.model_copy(update={"claim": data.draw(LINE), "followup": data.draw(LINE), "accept": accept})
    wrong = base.misconceptions[0].model_copy(
        update={"why_wrong": data.draw(LINE), "fatal": data.draw(st.booleans()), "probe": None}
    )
    direction = LINE.map(lambda text: f"more {text}".replace("|", "/"))
    answer = CalibrationAnswer(label="a", text=data.draw(PROSE), band=dict.fromkeys(Level, 1))
    question = base.model_copy(
        update={
            "key_points": (changed, *base.key_points[1:]),
            "misconceptions": (wrong, *base.misconceptions[1:]),
            "relations": (Relation(cause=data.draw(direction), effect=data.draw(direction)),),
            "contrasts": ({data.draw(LINE): data.draw(lines(2)), "other": ("x",)},),
            "calibration_answers": (*base.calibration_answers, answer),
            "model_answer": ModelAnswer.model_construct(short=data.draw(LINE), full=data.draw(PROSE)),
            "red_flags": data.draw(lines(1)),
        }
    )
    _written_as_itself(question)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6).map(float)


@settings(max_examples=60, deadline=None)
@given(NUMBERS, st.lists(NUMBERS, min_size=1, max_size=40, unique=True), PROSE, ANY)
def test_any_number_reads_the_same_when_it_is_written(b: float, values: list[float], working: str, unit: str) -> None:
    base = template("numeric")
    assert isinstance(base, Numeric)
    no_formulas = working.replace("{", "(").replace("}", ")")
    _written_as_itself(
        base.model_copy(
            update={
                "params": {**base.params, "n": tuple(values), "null": (1.0,)},
                "difficulty": base.difficulty.model_copy(update={"b": max(-4.0, min(4.0, b))}),
                "working": no_formulas,
                "unit": unit,
            }
        )
    )


def _written_as_itself(question: AnyQuestion) -> None:
    # What the model itself would refuse (LaTeX, too many words) is refused again when the file is read.
    try:
        type(question).model_validate(question.model_dump())
    except ValueError:
        reject()
    text = write(question)
    assert again(text, question) == question
    assert write(again(text, question)) == text


PIECE = st.sampled_from(["word", "- item", "1. first", "#", ">", "|", "a  b", "*b*", "`c`", "x" * 30, "12.", "•"])
PARAGRAPHS = st.lists(st.lists(PIECE, min_size=1, max_size=30).map(" ".join), min_size=1, max_size=5).map("\n\n".join)


@settings(max_examples=60, deadline=None)
@given(PARAGRAPHS, st.lists(LINE, min_size=3, max_size=3))
def test_a_task_reads_the_same_when_its_prose_is_wrapped(prose: str, hints: list[str]) -> None:
    read_once = again(_with_prose(prose), task())
    assert isinstance(read_once, CodeTask)
    question = read_once.model_copy(update={"hints": tuple(hints)})
    text = write(question)
    found = again(text, question)
    assert without_lines(found) == without_lines(question)
    assert write(found) == text


def _with_prose(prose: str) -> str:
    text = (TEMPLATES / "code.md").read_text(encoding="utf-8")
    start, end = text.index("Whoever stands at"), text.index("## Notes")
    quoted = "\n".join(line if not line.startswith("#") else f"x {line}" for line in prose.split("\n"))
    return f"{text[:start]}x {quoted}\n\n{text[end:]}"


def test_a_block_that_holds_a_fence_gets_a_longer_one() -> None:
    code = 'def largest_fall(values):\n    """\n```\n    """\n'
    text = write(task().model_copy(update={"accepted": (code,)}))
    assert "````python accepted\n" in text
    found = load_task(text).question
    assert isinstance(found, CodeTask)
    assert found.accepted == (code,)


def test_a_call_over_several_lines_keeps_them() -> None:
    case = CaseSource(call="largest_fall(\n    np.ones(3)\n)", expected="0.0", why="flat", weight=3)
    text = write(task().model_copy(update={"samples": (case,)}))
    assert ">>> largest_fall(\n...     np.ones(3)\n... )   # flat; weight=3\n0.0\n" in text
