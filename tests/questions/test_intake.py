"""What strangers send: whatever it is, it becomes questions or a list of mistakes, soon and in little memory."""

from __future__ import annotations

import io
import random
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questions import intake
from questions.intake import IntakeError, program_size, read, read_message
from questions.loader import Loaded, Problem, load_text
from questions.model import Behavioral, FreeText, MultipleChoice, Numeric
from questions.pattern import PatternError
from questions.task_file import load_task
from tests.conftest import BANK

TEMPLATES = Path(__file__).parents[2] / "questions" / "templates"
TEXT = BANK.read_text(encoding="utf-8")
CHOICE = TEXT.split("\n---\n")[1] + "\n"
TASK = (TEMPLATES / "code.md").read_text(encoding="utf-8")


def zipped(files: Mapping[str, str | bytes], **options: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = options.get("compression", zipfile.ZIP_DEFLATED)
            entry.external_attr = options.get("attributes", 0o100644 << 16)
            archive.writestr(entry, content)
    return packed.getvalue()


def refused(name: str, data: bytes | str) -> list[Problem]:
    with pytest.raises(IntakeError) as caught:
        read(name, data.encode() if isinstance(data, str) else data)
    assert caught.value.problems
    return list(caught.value.problems)


def told(name: str, data: bytes | str) -> str:
    return "\n".join(str(problem) for problem in refused(name, data))


# What is taken


@pytest.mark.parametrize("path", sorted(TEMPLATES.iterdir()), ids=lambda path: path.name)
def test_a_template_is_taken_as_the_loader_reads_it(path: Path) -> None:
    (item,) = read(path.name, path.read_bytes())
    text = path.read_text(encoding="utf-8")
    (expected,) = load_text(text, path.name) if path.suffix == ".yaml" else [load_task(text, path.name)]
    assert item == expected


def test_the_questions_of_a_file_come_in_the_order_of_their_ids() -> None:
    found = read("bank.yaml", BANK.read_bytes())
    assert [item.question.id for item in found] == sorted(item.question.id for item in load_text(TEXT))
    assert {type(item.question) for item in found} == {FreeText, MultipleChoice, Numeric, Behavioral}


@pytest.mark.parametrize(
    "data",
    [CHOICE.encode("utf-8-sig"), CHOICE.replace("\n", "\r\n").encode(), CHOICE.replace("\n", "\r").encode()],
    ids=["byte order mark", "lines of Windows", "lines of old machines"],
)
def test_what_editors_do_to_a_file_changes_nothing(data: bytes) -> None:
    assert [item.question for item in read("a.yaml", data)] == [load_text(CHOICE)[0].question]


def test_a_task_with_lines_of_windows_is_the_same_task() -> None:
    assert read("a.md", TASK.replace("\n", "\r\n").encode())[0] == load_task(TASK, "a.md")


# What is refused in a file


@pytest.mark.parametrize(
    ("name", "data", "line", "message"),
    [
        ("a.exe", b"MZ", 1, "send questions as .yaml"),
        ("a.yaml", b"a: \xff\n", 1, "not UTF-8"),
        ("a.yaml", b"a: 1\nb: \xc3(\n", 2, "not UTF-8"),
        ("a.yaml", "a: b".encode("utf-16"), 1, "not UTF-8"),
        ("a.yaml", b"x" * (intake.MAX_FILE + 1), 1, "at most 262,144 are read"),
        ("a.yaml", b"", 1, "no question"),
        ("a.yaml", b"a: 1\nb: \0\n", 2, "U+0000"),
        ("a.yaml", "a: 1\nb: \u202eevil\n", 2, "U+202E"),
        ("a.yaml", "a: zero\u200bwidth\n", 1, "U+200B"),
        ("a.yaml", "a: 1\n\xa0\xa0b: 2\n", 2, "spaces of another kind"),
        ("a.yaml", 'a: "\\u202e"\n', 1, "U+202E"),
        ("a.yaml", 'a: "\\x00"\n', 1, "U+0000"),
        ("a.yaml", "a: &b 1\n", 1, "an anchor (&b)"),
        ("a.yaml", "a: 1\nb: [1, *a]\n", 2, "an alias (*a)"),
        ("a.yaml", "a: !!str 1\n", 1, "a tag ("),
        ("a.yaml", "a: ! 1\n", 1, "a tag ("),
        ("a.yaml", "!!python/object:x.Y {}\n", 1, "a tag ("),
        ("a.yaml", "%YAML 1.2\n---\na: 1\n", 1, "directives"),
        ("a.yaml", "%TAG ! tag:x,2000:\n---\na: 1\n", 1, "directives"),
        ("a.yaml", "<<: {a: 1}\n", 1, "a merge key"),
        ("a.yaml", "a: 1\nb: {c: 1, c: 2}\n", 2, "'c' is given twice"),
        ("a.yaml", 'a: {1: x, "1": y}\n', 1, "'1' is given twice"),
        ("a.yaml", "? [a]\n: 1\n", 1, "a field name is text"),
        ("a.yaml", "a: " + "[" * 20 + "]" * 20, 1, "nested more than 12"),
        ("a.yaml", "a: [" + "1, " * 300 + "]", 1, "at most 200 entries"),
        ("a.yaml", "".join(f"f{n}: 1\n" for n in range(300)), 201, "at most 200 fields"),
        ("a.yaml", "a: [" + "[" + "1, " * 190 + "]," * 20 + "]", 1, "not valid YAML"),
        ("a.yaml", "a: [" + ("[" + "1, " * 190 + "],") * 20 + "]", 1, "more than 3,000 entries"),
        ("a.yaml", "a: " + "x" * 9_000, 1, "at most 4,000"),
        ("a.yaml", "a: " + "9" * 40, 1, "a number of 40 characters"),
        ("a.yaml", "a: 1e" + "9" * 40, 1, "a number of 42 characters"),
        ("a.yaml", "--- a\n" * 101, 101, "more than 100 questions"),
        ("a.yaml", "patterns: ['(\\w{0,60} ?){15}x']\n", 1, "grows too large"),
        ("a.yaml", "a:\n  signals:\n    - x\n    - '(\\pL{0,60}){15}x'\n", 4, "grows too large"),
        ("a.yaml", "patterns:\n" + "".join(f"  - 'x{{900}}{n}'\n" for n in range(90)), 90, "too large together"),
        (
            "a.yaml",
            f"patterns: [{', '.join('abcd' for _ in range(199))}]\nhalf: [{'x, ' * 150}]\n",
            2,
            "at most 300 patterns",
        ),
        ("a.yaml", "a: [\n", 2, "not valid YAML"),
        ("a.yaml", "\ta: 1\n", 1, "not valid YAML"),
        ("a.md", "no front matter\n", 1, "begins with its front matter"),
        ("a.md", "---\na: &b 1\n---\n", 2, "an anchor"),
        ("a.md", "---\na: 1\n---\n\n```yaml followups\n- a: !!str x\n```\n", 6, "a tag"),
        ("a.md", "---\na: 1\n---\n\n~~~~yaml groups\n- a: *x\n~~~~\n", 6, "an alias"),
        ("a.md", "---\na: 1\n---\n# a" + " " * 30 + "b\n", 4, "spaces in a row"),
        ("a.md", "---\na: 1\n---\n" + "x" * 3_000, 4, "at most 2,000"),
        ("a.md", "---\na: 1\n---\n" + "x\n" * 6_000, 5_001, "at most 5,000"),
        ("a.md", "---\na: 1\n---\n```python solution\n" + ("x" * 100 + "\n") * 700 + "```\n", 4, "more than 64 kB"),
        (
            "a.md",
            "---\na: 1\n---\n```python sample\n>>> (" + ("-" * 1_900 + "\n... ") * 4 + "1)  # a\n```\n",
            1,
            "cannot be read",
        ),
    ],
)
def test_what_is_refused_is_told_with_its_line(name: str, data: bytes | str, line: int, message: str) -> None:
    first = refused(name, data)[0]
    assert message in first.message
    assert (first.file, first.line) == (name, line)


def test_points_in_digits_that_are_no_number_are_told_with_their_line() -> None:
    problems = refused("a.md", "---\na: 1\n---\n```python hidden points=²\n>>> f()  # a\n```\n")
    assert [(one.line, one.message) for one in problems if one.field == "points"] == [(4, "'²' is not a whole number")]


def test_all_mistakes_of_the_schema_are_told_at_once() -> None:
    text = CHOICE.replace("version: 1", "version: one").replace("shuffle: false", "shuffle: perhaps")
    assert [problem.field for problem in refused("a.yaml", text)] == ["version", "shuffle"]


def test_a_long_list_of_mistakes_is_cut_and_counted() -> None:
    text = "\n---\n".join(CHOICE.replace("version: 1", f"x{n}: 1") for n in range(60))
    with pytest.raises(IntakeError) as caught:
        read("a.yaml", text.encode())
    assert len(caught.value.problems) == intake.MAX_PROBLEMS
    assert caught.value.left_out == 120 - intake.MAX_PROBLEMS


def test_what_an_author_wrote_is_quoted_in_short() -> None:
    text = CHOICE.replace("[eval.classification-metrics]", f'["{"X" * 3_000}\\n"]')
    assert all(len(problem.message) <= 300 and "\n" not in problem.message for problem in refused("a.yaml", text))


def test_a_name_from_outside_is_shown_without_its_folders() -> None:
    assert refused("../../etc/passwd.yaml", "a: [")[0].file == "passwd.yaml"
    assert refused("C:\\x\\a\u202e.yaml", "a: [")[0].file == "a\ufffd.yaml"


def test_an_id_that_ends_in_a_line_break_is_refused() -> None:
    text = CHOICE.replace("id: eval.classification-metrics.rare-positives", 'id: "eval.classification-metrics.rare\\n"')
    assert "is not an id" in told("a.yaml", text)


def test_two_questions_of_one_file_cannot_share_an_id() -> None:
    assert "is already used in a.yaml:1" in told("a.yaml", CHOICE + "---\n" + CHOICE)


def test_a_numeric_question_has_draws_that_can_be_counted() -> None:
    text = (TEMPLATES / "numeric.yaml").read_text(encoding="utf-8")
    many = "".join(f"  p{n}: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n" for n in range(30))
    assert "different draws" in told("a.yaml", text.replace("params:", "params:  # many\n" + many + "  #"))


def test_the_size_of_a_pattern_is_that_of_its_program() -> None:
    assert program_size("abc") < program_size("(abc){20}") < program_size("(abc){200}")
    with pytest.raises(PatternError):
        program_size("(")


def test_reading_stops_when_its_time_is_over() -> None:
    moments = iter([0.0, *(float(n) * 20 for n in range(1, 100))])
    files = {f"q{n}.yaml": CHOICE.replace("rare-positives", f"q{n}") for n in range(10)}
    with pytest.raises(IntakeError) as caught:
        read("a.zip", zipped(files), clock=lambda: next(moments))
    assert "takes more than 30 seconds" in str(caught.value)


def test_what_is_taken_at_once_is_bounded_over_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"q{n}.yaml": CHOICE.replace("rare-positives", f"q{n}") for n in range(10)}
    with monkeypatch.context() as patched:
        patched.setattr(intake, "MAX_ALL_NODES", 300)
        assert "too many questions at once" in told("a.zip", zipped(files))
    with monkeypatch.context() as patched:
        patched.setattr(intake, "MAX_PROGRAMS", 50)
        assert "too many patterns at once" in told("a.yaml", TEXT)
    assert len(read("a.zip", zipped(files))) == 10


# Archives


def test_an_archive_may_have_folders_and_what_file_managers_add() -> None:
    files = {
        "ml/": "",
        "ml/a (1).yaml": CHOICE,
        "ml/code/b.md": TASK,
        "__MACOSX/ml/._a.yaml": b"\0\5\x16\7",
        "ml/.DS_Store": b"\0\0\0\1Bud1",
    }
    found = read("a.zip", zipped(files))
    assert [item.file for item in found] == ["ml/a (1).yaml", "ml/code/b.md"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../a.yaml", "leads out of the archive"),
        ("x/../../a.yaml", "leads out of the archive"),
        ("..\\a.yaml", "leads out of the archive"),
        ("/etc/a.yaml", "an absolute name"),
        ("\\\\server\\a.yaml", "an absolute name"),
        ("C:a.yaml", "an absolute name"),
        ("a\\b.yaml", "an odd name"),
        (".hidden.yaml", "an odd name"),
        ("a//b.yaml", "an odd name"),
        ("./a.yaml", "an odd name"),
        ("aux\x07.yaml", "an odd name"),
        ("a\u202eb.yaml", "an odd name"),
        ("a.yaml ", "an odd name"),
        ("x" * 200 + ".yaml", "too long"),
        ("a/b/c/d/e/f.yaml", "folders deep"),
        ("inner.zip", "an archive within the archive"),
        ("inner.tar.gz", "an archive within the archive"),
        ("run.sh", "only .yaml and .md files"),
    ],
)
def test_an_archive_with_an_odd_entry_is_refused_as_a_whole(name: str, message: str) -> None:
    (problem,) = refused("a.zip", zipped({"good.yaml": CHOICE, name: CHOICE}))
    assert message in problem.message


def test_a_nested_archive_under_another_name_is_refused() -> None:
    assert "an archive, not a text" in told("a.zip", zipped({"a.yaml": zipped({"b.yaml": CHOICE})}))


@pytest.mark.parametrize("second", ["a.yaml", "A.yaml", "a.YAML"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_that_are_one_file_are_refused(second: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.yaml", CHOICE)
        archive.writestr(second, CHOICE.replace("rare-positives", "other"))
    assert "holds this name twice" in told("a.zip", packed.getvalue())


def test_a_name_that_is_cut_at_a_zero_byte_is_refused() -> None:
    data = zipped({"aXyaml.yaml": CHOICE}).replace(b"aXyaml", b"a\0yaml")
    assert "an odd name" in told("a.zip", data)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(kind: int) -> None:
    message = told("a.zip", zipped({"a.yaml": "/etc/passwd"}, attributes=(kind | 0o777) << 16))
    assert ("a link" in message) == (kind == stat.S_IFLNK)


def test_an_unusual_compression_is_refused() -> None:
    assert "an unusual compression" in told("a.zip", zipped({"a.yaml": CHOICE}, compression=zipfile.ZIP_LZMA))


def test_an_encrypted_entry_is_refused() -> None:
    data = bytearray(zipped({"a.yaml": CHOICE}))
    central = data.index(b"PK\1\2")
    for offset in (6, central + 8):
        data[offset] |= 1
    assert "encrypted" in told("a.zip", bytes(data))


def test_the_size_that_a_header_claims_is_not_believed() -> None:
    bomb = bytearray(zipped({"a.yaml": b" " * (50 * 1024 * 1024)}))
    central = bomb.index(b"PK\1\2")
    struct.pack_into("<L", bomb, central + 24, 100)
    struct.pack_into("<L", bomb, 22, 100)
    began = time.process_time()
    assert "damaged" in told("a.zip", bytes(bomb))
    assert time.process_time() - began < 1


def test_a_bomb_is_opened_only_as_far_as_it_may_be() -> None:
    bomb = zipped({"a.yaml": b"\0" * (100 * 1024 * 1024)})
    began = time.process_time()
    assert "unpacked, the file has more than 262,144 bytes" in told("a.zip", bomb)
    assert time.process_time() - began < 1


def test_many_small_files_cannot_come_to_more_than_the_archive_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_UNPACKED", 3 * len(CHOICE.encode()))
    files = {f"q{n}.yaml": CHOICE.replace("rare-positives", f"q{n}") for n in range(10)}
    assert "unpacked, the archive has more than" in told("a.zip", zipped(files))


def test_an_archive_has_so_many_entries_and_bytes() -> None:
    assert "2,001 entries" in told("a.zip", zipped({f"{n}.yaml": "" for n in range(2_001)}))
    noise = random.Random(1).randbytes(intake.MAX_ZIP)
    assert "bytes; at most" in told("a.zip", zipped({"a.yaml": noise}))


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"PK\5\6" + b"\0" * 18, b"#!/bin/sh\n" + zipped({"a.yaml": CHOICE})])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    assert refused("a.zip", data)


def test_an_archive_is_known_by_its_bytes_and_not_by_its_name() -> None:
    assert len(read("questions.yaml", zipped({"a.yaml": CHOICE}))) == 1


def test_nothing_is_taken_from_an_archive_with_one_bad_file() -> None:
    files = {"a.yaml": CHOICE, "b.yaml": CHOICE.replace("rare-positives", "b").replace("version: 1", "version: x")}
    (problem,) = refused("a.zip", zipped(files))
    assert (problem.file, problem.field) == ("b.yaml", "version")


def test_an_id_is_used_once_in_an_archive() -> None:
    assert "is already used in a.yaml:1" in told("a.zip", zipped({"a.yaml": CHOICE, "b.yaml": CHOICE}))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_archive_is_questions_or_mistakes(data: st.DataObject) -> None:
    good = zipped({"a.yaml": CHOICE, "b.md": TASK})
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 6))):
        bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(bad)) | st.just(len(bad)))
    _harmless(lambda: read("a.zip", bytes(bad[:cut])))


def test_a_checksum_that_does_not_fit_is_told() -> None:
    data = bytearray(zipped({"a.yaml": CHOICE}))
    struct.pack_into("<L", data, data.index(b"PK\1\2") + 16, zlib.crc32(CHOICE.encode()) ^ 1)
    assert "damaged" in told("a.zip", bytes(data))


# Messages


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("\n\n", ""),
        ("```yaml\n", "```"),
        ("```yml\n", "\n```\n"),
        ("Could you add this one?\n```\n", "```\nThanks!"),
    ],
)
def test_a_question_can_be_pasted_with_words_around_it(before: str, after: str) -> None:
    text = before + CHOICE + after
    (item,) = read_message(text)
    assert item.question == load_text(CHOICE)[0].question
    assert item.line == before.count("\n") + 1
    with pytest.raises(IntakeError) as caught:
        read_message(text.replace("version: 1", "version: x"))
    (problem,) = caught.value.problems
    assert problem.line == text[: text.index("version: 1")].count("\n") + 1
    assert problem.file == "your message"


@pytest.mark.parametrize(
    ("before", "after"), [("", ""), ("\n", ""), ("```md\n", "\n```"), ("Here:\n````\n", "\n````\n")]
)
def test_a_code_task_can_be_pasted_though_it_has_blocks_itself(before: str, after: str) -> None:
    (item,) = read_message(before + TASK + after)
    assert item.question.id == "mlcode.numpy-pandas.largest-fall"


def test_a_yaml_question_may_begin_with_hyphens() -> None:
    assert read_message("---\n" + CHOICE)[0].question == load_text(CHOICE)[0].question


def test_two_code_blocks_are_one_too_many() -> None:
    with pytest.raises(IntakeError, match="into one code block"):
        read_message(f"```\n{CHOICE}```\nand\n```\n{CHOICE}```")


@pytest.mark.parametrize(
    "text", ["", "hello", "```", "``````", "``` ```", "\ud800", "```\n\ud800", "---", "---\n", "x" * 9_000]
)
def test_a_message_that_is_no_question_is_refused(text: str) -> None:
    with pytest.raises(IntakeError):
        read_message(text)


# Whatever comes


def _harmless(take: Callable[[], Sequence[Loaded]]) -> None:
    """Reading gives questions or an IntakeError, and nothing else."""
    found: Sequence[Loaded] = ()
    problems: Sequence[Problem] = ()
    try:
        found = take()
    except IntakeError as error:
        problems = error.problems
    assert bool(found) != bool(problems)
    assert all(problem.line >= 1 and problem.message for problem in problems)


NAMES = st.sampled_from(["a.yaml", "a.md", "a.zip", "a", "", "\ud800.yaml"])


@settings(max_examples=200, deadline=None)
@given(NAMES, st.binary(max_size=400))
def test_random_bytes_are_harmless(name: str, data: bytes) -> None:
    _harmless(lambda: read(name, data))


PIECES = st.sampled_from(
    ["- ", "? ", ": ", "\n", "  ", "\t", "[", "]", "{", "}", ",", "&a ", "*a", "!!str ", "|", ">-", '"', "'", "#",
     "%YAML", "---\n", "...\n", "<<", "id: ", "type: free_text\n", "patterns: ", "(", "\\", "0x", "1e9", "~", "null",
     "\0", "\ud83d", "```", "```python sample\n", "```yaml followups\n", ">>> f(", ")  # a; weight=", "## Statement\n",
     "1"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(NAMES, st.lists(PIECES, max_size=60))
def test_random_pieces_of_files_are_harmless(name: str, pieces: list[str]) -> None:
    text = "".join(pieces)
    _harmless(lambda: read(name, text.encode("utf-8", "surrogatepass")))
    _harmless(lambda: read_message(text))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([("a.yaml", TEXT), ("a.md", TASK)]), st.data())
def test_a_good_file_with_damage_is_harmless(source: tuple[str, str], data: st.DataObject) -> None:
    name, text = source
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 40)))
        moved = data.draw(PIECES | st.just(text[start:end] * 3) | st.just(""))
        text = text[:start] + moved + text[end:]
    _harmless(lambda: read(name, text.encode("utf-8", "surrogatepass")))


def _filled(piece: str, before: str = "", after: str = "") -> str:
    return before + piece * ((intake.MAX_FILE - len((before + after).encode())) // len(piece.encode())) + after


TASK_HEAD = "---\nid: x\n---\n## Statement\n"
PATTERN = r"(x?){1000}y"
LONG = {
    "lists": ("a.yaml", _filled("[")),
    "mappings": ("a.yaml", _filled("{a: ")),
    "keys in keys": ("a.yaml", _filled("? ")),
    "documents": ("a.yaml", _filled("---\n")),
    "a quoted text": ("a.yaml", _filled("\\n", 'a: "', '"')),
    "a folded text": ("a.yaml", _filled(" x\n", "a: >\n")),
    "directives": ("a.yaml", _filled("%A B\n")),
    "comments": ("a.yaml", _filled("# x\n")),
    "patterns": ("a.yaml", f"patterns: [{', '.join(f'{PATTERN}{n}' for n in range(150))}]\n---\n" * 20),
    "headings": ("a.md", _filled("#" + " a" * 900 + "\n", TASK_HEAD)),
    "gaps": ("a.md", _filled("# " + ("a" + " " * 20) * 80 + "b\n", TASK_HEAD)),
    "short lines": ("a.md", TASK_HEAD + "a\n" * 4_900),
    "nested functions": (
        "a.md",
        TASK_HEAD + "```python sample\n" + f">>> {'lambda: ' * 240}1   # a\n1\n" * 20 + "```\n",
    ),
    "calls of calls": ("a.md", TASK_HEAD + "```python sample\n" + f">>> f{'()' * 900}   # a\n1\n" * 20 + "```\n"),
}


@pytest.mark.parametrize("name", LONG)
def test_a_file_that_is_made_to_take_long_takes_a_moment(name: str) -> None:
    file, text = LONG[name]
    began = time.process_time()
    refused(file, text)
    assert time.process_time() - began < 3
