"""Settings, read once from the environment and `.env` and passed down."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import StartError

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Settings(BaseSettings):
    """Every key is `MOCKLOOP_…` in the environment or `.env`, except `DISCORD_TOKEN`."""

    model_config = SettingsConfigDict(
        env_prefix="MOCKLOOP_", env_file=".env", env_file_encoding="utf-8", extra="ignore", populate_by_name=True
    )

    token: SecretStr | None = Field(default=None, validation_alias="DISCORD_TOKEN")
    """The bot's token. Without one, `run` opens the playground."""
    data: Path = Path("data")
    """The folder for the database and its backups."""
    message_content: bool = False
    """Whether the message-content intent is switched on in the developer portal, so that typed answers are read
    in servers too."""
    sync_commands: bool = True
    """Register slash commands with Discord when they changed."""
    port: int = Field(default=8765, ge=0, le=65535)
    """The playground's port; 0 takes a free one."""
    code_at_once: int | None = Field(default=None, ge=1, le=256)
    """How many submissions run at once; as many as there are cores unless set."""
    daily_rate: float = Field(default=5.0, ge=0.1, le=50)
    """How many daily questions are sent in a second at most."""
    owners: Annotated[frozenset[int] | None, NoDecode] = None
    """Who decides appeals on shipped questions: ids of accounts, with commas between them. Empty: the owner of the
    application in the developer portal, or its team."""
    unsafe_code: bool = False
    """Run submitted code although this machine offers no sandbox. Only for an owner who alone uses the bot."""
    log_level: str = "INFO"

    @field_validator("token", mode="after")
    @classmethod
    def _blank_is_none(cls, value: SecretStr | None) -> SecretStr | None:
        return value if value is not None and value.get_secret_value().strip() else None

    @field_validator("code_at_once", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("owners", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        names = value.replace(",", " ").split()
        if wrong := [name for name in names if not (name.isascii() and name.isdigit() and 15 <= len(name) <= 20)]:
            raise ValueError(f"{wrong[0]} is not the id of an account; write ids with commas between them")
        return frozenset(map(int, names)) or None

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in LEVELS:
            raise ValueError(f"one of {', '.join(LEVELS)}")
        return value.upper()

    @property
    def database(self) -> Path:
        return self.data / "mockloop.db"

    @property
    def playground_database(self) -> Path:
        return self.data / "playground.db"


def load() -> Settings:
    """The settings of this process. Raises StartError that names the key with a bad value."""
    try:
        return Settings()
    except UnicodeDecodeError as error:
        raise StartError(".env is not UTF-8 text: save it as UTF-8") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        name = key if key == "DISCORD_TOKEN" else f"MOCKLOOP_{key.upper()}"
        message = first["msg"].removeprefix("Value error, ")
        raise StartError(f"{name} in the environment or .env: {message}") from error
