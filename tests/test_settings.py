"""Settings: every key is in `.env.example`, a bad value names its key, and the token does not print itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.errors import StartError
from bot.settings import Settings, load

EXAMPLE = Path(__file__).parent.parent / ".env.example"
SECRET = "a-token.that-must.not-be-seen"


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither this machine's environment nor its `.env` counts."""
    for key in keys():
        monkeypatch.delenv(key, raising=False)
    monkeypatch.chdir(tmp_path)


def keys() -> dict[str, object]:
    """Every key with its default."""
    return {
        str(field.validation_alias or f"MOCKLOOP_{name.upper()}"): field.default
        for name, field in Settings.model_fields.items()
    }


def shown(default: object) -> str:
    return "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


def test_the_example_lists_every_key_with_its_default() -> None:
    listed = re.findall(r"^# ([A-Z_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(listed) == {key: shown(default) for key, default in keys().items()}
    assert len(listed) == len(keys()), "a key is listed twice"


def test_the_example_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    assert load() == Settings.model_construct()


def test_the_example_with_every_line_switched_on_is_the_default(tmp_path: Path) -> None:
    text = re.sub(r"^# ([A-Z_]+=)", r"\1", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert "MOCKLOOP_PORT=8765" in text.splitlines()
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    assert load() == Settings.model_construct()


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("MOCKLOOP_PORT=1\nMOCKLOOP_DATA=/from/file\n", encoding="utf-8")
    monkeypatch.setenv("MOCKLOOP_PORT", "2")
    settings = load()
    assert (settings.port, settings.database) == (2, Path("/from/file/mockloop.db"))
    assert settings.playground_database == Path("/from/file/playground.db")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("MOCKLOOP_PORT", "many"),
        ("MOCKLOOP_PORT", "65536"),
        ("MOCKLOOP_PORT", "-1"),
        ("MOCKLOOP_PORT", ""),
        ("MOCKLOOP_MESSAGE_CONTENT", "perhaps"),
        ("MOCKLOOP_SYNC_COMMANDS", "2"),
        ("MOCKLOOP_LOG_LEVEL", "LOUD"),
        ("MOCKLOOP_OWNERS", "mia"),
        ("MOCKLOOP_OWNERS", "710000000000000001, 7"),
    ],
)
@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_bad_value_names_its_key_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, key: str, value: str
) -> None:
    if where == "environment":
        monkeypatch.setenv(key, value)
    else:
        (tmp_path / ".env").write_text(f"{key}={value}\n", encoding="utf-8")
    with pytest.raises(StartError, match=rf"^{key} in the environment or \.env: ") as caught:
        load()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ["info", "Warning", "DEBUG"])
def test_a_log_level_may_be_written_in_any_case(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MOCKLOOP_LOG_LEVEL", value)
    assert load().log_level == value.upper()


def test_the_token_does_not_print_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", SECRET)
    settings = load()
    assert settings.token is not None
    assert settings.token.get_secret_value() == SECRET
    for text in (repr(settings), str(settings), f"{settings.token}", repr(settings.model_dump())):
        assert SECRET not in text
    assert SECRET not in settings.model_dump_json()


def test_a_bad_value_beside_the_token_does_not_print_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", SECRET)
    monkeypatch.setenv("MOCKLOOP_PORT", "many")
    with pytest.raises(StartError) as caught:
        load()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("value", ["", "   "])
def test_a_blank_token_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", value)
    assert load().token is None


@pytest.mark.parametrize(
    "written", ["710000000000000001,710000000000000002", " 710000000000000001 710000000000000002, "]
)
def test_owners_are_ids_with_commas_between_them(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    assert load().owners is None
    monkeypatch.setenv("MOCKLOOP_OWNERS", written)
    assert load().owners == {710_000_000_000_000_001, 710_000_000_000_000_002}
