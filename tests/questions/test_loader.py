"""Question files: every mistake is told with file, line and field, and no file can hang or crash the loader."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from questions.loader import MAX_DEPTH, Problem, QuestionFileError, decode, encode, load_folder, load_text
from questions.model import FreeText, MultipleChoice
from tests.conftest import BANK

TEXT = BANK.read_text(encoding="utf-8")
CHOICE = TEXT.split("\n---\n")[1]


def problems(text: str, file: str = "ml/x.yaml") -> list[Problem]:
    with pytest.raises(QuestionFileError) as caught:
        load_text(text, file)
    assert str(caught.value) == "\n".join(str(problem) for problem in caught.value.problems)
    return list(caught.value.problems)


def line_of(text: str, part: str) -> int:
    """The 1-based line on which `part` first stands."""
    return text[: text.index(part)].count("\n") + 1


def test_a_file_holds_several_questions_with_their_lines() -> None:
    loaded = load_text(TEXT, "tests/bank.yaml")
    assert [type(item.question).__name__ for item in loaded] == ["FreeText", "MultipleChoice", "Numeric", "Behavioral"]
    assert [item.line for item in loaded] == [line_of(TEXT, f"id: {item.question.id}") for item in loaded]
    assert {item.file for item in loaded} == {"tests/bank.yaml"}


def test_empty_documents_and_comments_are_no_questions() -> None:
    assert load_text("") == []
    assert load_text("# nothing yet\n---\n---\n# still nothing\n") == []


def test_a_question_survives_its_codec() -> None:
    for item in load_text(TEXT):
        assert decode(encode(item.question)) == item.question


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ("version: 1", "version: one", "version", "should be a whole number"),
        ("version: 1", "version: 0", "version", "Input should be greater than or equal to 1"),
        ("version: 1", "versoin: 1", "versoin", "is not a known field"),
        ("version: 1\n", "", "version", "is missing"),
        ("level: 2", "level: 6", "difficulty.level", "Input should be less than or equal to 5"),
        ("shuffle: false", "shuffle: no", "shuffle", "should be true or false"),
        ("takeaway: With", "takeaway: 5 # With", "takeaway", "should be text (quote it if it looks like a number)"),
        ("tag: recall-is-accuracy", "tag: 5", "options.2.tag", "should be text (quote it if it looks like a number)"),
        ("tag: recall-is-accuracy, ", "", "options", "option b: a distractor needs a tag"),
        ('text: "Recall"', 'test: "Recall"', "options.2.test", "is not a known field"),
        ("type: multiple_choice", "type: essay", "", "the field 'type' must be free_text, multiple_choice"),
        ("type: multiple_choice\n", "", "", "the field 'type' is missing"),
        ("[eval.classification-metrics]", "[ml.boosting]", "", "the id must start with the first topic"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_field(old: str, new: str, field: str, message: str) -> None:
    text = "# a comment\n" + CHOICE.replace(old, new, 1)
    assert text != "# a comment\n" + CHOICE
    found = [problem for problem in problems(text) if problem.field == field]
    assert found, problems(text)
    first = found[0]
    assert first.message.startswith(message)
    assert first.question == "eval.classification-metrics.rare-positives"
    assert first.file == "ml/x.yaml"
    if new and field:
        assert first.line == line_of(text, new)
        assert str(first).startswith(
            f"ml/x.yaml:{first.line}: eval.classification-metrics.rare-positives: {field}: {message}"
        )


def test_every_mistake_of_a_file_is_told_at_once() -> None:
    text = TEXT.replace("weight: 3", "weight: 9").replace("level: 3", "level: many").replace("shuffle: false", "x: 1")
    assert [(problem.line, problem.field) for problem in problems(text)] == [
        (line_of(text, "weight: 9"), "key_points.1.weight"),
        (line_of(text, "x: 1"), "x"),
        (line_of(text, "level: many"), "difficulty.level"),
    ]


@pytest.mark.parametrize(
    "value", ["yes", "no", "on", "off", "12:30", "0o14", "1e", "2026-03-02", "0x1F", "1_000", "<<"]
)
def test_what_yaml_1_1_would_have_changed_stays_text(value: str) -> None:
    question = load_text(CHOICE.replace('text: "Recall"', f"text: {value}"))[0].question
    assert isinstance(question, MultipleChoice)
    assert question.options[1].text == value


@pytest.mark.parametrize("value", ["12", "1.5", "true", "null", "~", ".5", "-3e2", ""])
def test_what_yaml_1_2_reads_as_something_else_must_be_quoted_to_be_text(value: str) -> None:
    found = problems(CHOICE.replace('text: "Recall"', f"text: {value}"))
    assert [problem.field for problem in found] == ["options.2.text"]
    if value:
        question = load_text(CHOICE.replace('text: "Recall"', f'text: "{value}"'))[0].question
        assert isinstance(question, MultipleChoice)
        assert question.options[1].text == value


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: [1,\n", 3, "not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
        ("a: 1\nb: 2\na: 3\n", 3, "'a' is given twice"),
        ("a:\n  b: 1\n  b: 2\n", 3, "'b' is given twice"),
        ("? [a, b]\n: 1\n", 1, "a field name is text"),
        ("1.5: x\n", 1, "a field name is text"),
        ("true: x\n", 1, "a field name is text"),
        ("a: *nowhere\n", 1, "not valid YAML: found undefined alias"),
        ("a: b\0c\n", 1, "not valid YAML"),
        ('a: "\\ud800"\n', 1, "not valid YAML"),
        ("- a\n- b\n", 1, "Input should be"),
        ("just text\n", 1, "Input should be"),
        ("a: &a [*a]\n", 1, "nested more than"),
        ("a: &a {b: *a}\n", 1, "nested more than"),
        ("x: " + "9" * 10_000 + "\n", 1, "the field 'type' is missing"),
    ],
)
def test_what_is_no_question_file_says_where(text: str, line: int, message: str) -> None:
    first = problems(text)[0]
    assert first.line == line
    assert first.message.startswith(message)


def test_an_alias_repeats_what_its_anchor_holds() -> None:
    text = CHOICE.replace('text: "Recall"', 'text: &word "Recall"').replace('text: "Precision"', "text: *word")
    assert [problem.message for problem in problems(text)] == ["two options read the same"]
    text = CHOICE.replace('why: "It finds', 'why: &why "It finds').replace(
        'why: "It predicts no positive, so precision is undefined."', "why: *why"
    )
    question = load_text(text)[0].question
    assert isinstance(question, MultipleChoice)
    assert question.options[1].why == question.options[2].why


LAUGHS = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
LONG = "a: &a " + "x" * 100_000 + "\nb: [" + ", ".join(["*a"] * 1000) + "]\n"


@pytest.mark.parametrize("text", [LAUGHS, LONG], ids=["billion laughs", "a long text a thousand times"])
def test_aliases_that_multiply_are_refused_at_once(text: str) -> None:
    began = time.process_time()
    assert "do its aliases (*) multiply?" in problems(text)[0].message
    assert time.process_time() - began < 5


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1000, 200_000])
@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ("{a: ", "}"), ("[{a: ", "}]")])
def test_endless_nesting_is_refused_and_does_not_crash_the_process(depth: int, open_: str, close: str) -> None:
    first = problems("x: y\ny: " + open_ * depth + close * depth + "\n")[0]
    assert (first.line, first.message) == (2, f"nested more than {MAX_DEPTH} levels deep")


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        (
            '["(l1|lasso)[^.]{0,60}(exactly',
            '["(l1|lasso[^.]{0,60}(exactly',
            "key_points.1.accept.patterns.1",
            "missing",
        ),
        ('["correlat', '["(?=x)correlat', "key_points.3.accept.patterns.1", "no look-around"),
        ('signals: ["(l2|ridge)', 'signals: ["x*", "(l2|ridge)', "misconceptions.1.signals.1", "matches an empty text"),
    ],
)
def test_a_bad_pattern_is_told_where_it_stands(old: str, new: str, field: str, message: str) -> None:
    text = TEXT.replace(old, new, 1)
    first = problems(text)[0]
    assert (first.field, first.line) == (field, line_of(text, new))
    assert message in first.message


@pytest.mark.parametrize("formula", [r"$\sigma^2$", r"\frac{1}{2}", r"\sqrt n", "$x_i$"])
def test_latex_is_refused_because_discord_shows_none(formula: str) -> None:
    text = TEXT.replace("Explain how an L1", f"Explain {formula} and how an L1", 1)
    assert [(problem.field, "Unicode" in problem.message) for problem in problems(text)] == [("prompt", True)]


def test_dollars_are_not_latex() -> None:
    text = TEXT.replace("Explain how an L1", "It costs $5 to explain how an L1", 1)
    assert isinstance(load_text(text)[0].question, FreeText)


# Folders


def test_a_folder_is_read_in_the_order_of_its_ids(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "all.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a question")
    loaded = load_folder(tmp_path)
    assert [item.question.id for item in loaded] == sorted(item.question.id for item in load_text(TEXT))
    assert {item.file for item in loaded} == {"a/all.yaml"}


def test_an_id_that_two_files_share_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("\n\n" + CHOICE, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(CHOICE, encoding="utf-8")
    with pytest.raises(QuestionFileError) as caught:
        load_folder(tmp_path)
    assert str(caught.value) == ("b.yaml:1: id: eval.classification-metrics.rare-positives is already used in a.yaml:3")


def test_the_mistakes_of_all_files_are_told_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("a: [", encoding="utf-8")
    (tmp_path / "a.yaml").write_text(CHOICE.replace("version: 1", "version: x"), encoding="utf-8")
    (tmp_path / "c.yaml").write_bytes(b"\xff\xfe\x00nonsense")
    (tmp_path / "d.yaml").write_text(CHOICE, encoding="utf-8")
    with pytest.raises(QuestionFileError) as caught:
        load_folder(tmp_path)
    assert [problem.file for problem in caught.value.problems] == ["a.yaml", "b.yaml", "c.yaml"]
    assert caught.value.problems[2].message == "the file is not UTF-8 text"
