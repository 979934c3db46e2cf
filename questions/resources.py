"""What to read on a topic: books, papers, courses and guides. Data: `resources.yaml`."""

from __future__ import annotations

from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from questions.loader import YAML_LOADER
from questions.model import Level
from questions.taxonomy import taxonomy

NEEDED_WEIGHT = 3
"""A topic that loops of some level touch so often must have something to read."""
NEEDED = 2
"""At least so many works."""


class WorkKind(StrEnum):
    BOOK = "book"
    PAPER = "paper"
    COURSE = "course"
    GUIDE = "guide"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Work(_Model):
    id: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str = Field(min_length=1)
    author: str = Field(min_length=1)
    year: int | None = Field(default=None, ge=1900, le=2100)
    """None where it is revised all the time."""
    kind: WorkKind


class Reading(_Model):
    """A work, or a part of it."""

    work: str
    chapter: str | None = None
    """Numbers, or a name."""

    @field_validator("chapter")
    @classmethod
    def _said(cls, value: str | None) -> str | None:
        if value is not None and not value.strip():
            raise ValueError("name a chapter or leave it out")
        return value


class Resources(_Model):
    works: tuple[Work, ...]
    topics: dict[str, tuple[Reading, ...]]

    @cached_property
    def by_id(self) -> dict[str, Work]:
        return {work.id: work for work in self.works}

    @model_validator(mode="after")
    def _agree(self) -> Resources:
        ids = [work.id for work in self.works]
        if twice := {name for name in ids if ids.count(name) > 1}:
            raise ValueError(f"works with the same id: {sorted(twice)}")
        known = taxonomy().topics
        if unknown := set(self.topics) - set(known):
            raise ValueError(f"unknown topics: {sorted(unknown)}")
        named = {reading.work for readings in self.topics.values() for reading in readings}
        if unknown := named - set(ids):
            raise ValueError(f"unknown works: {sorted(unknown)}")
        for slug, topic in known.items():
            readings = [reading.work for reading in self.topics.get(slug, ())]
            if len(set(readings)) != len(readings):
                raise ValueError(f"{slug} names a work twice")
            often = max(topic.weight[level] for level in Level)
            if often >= NEEDED_WEIGHT and len(readings) < NEEDED:
                raise ValueError(f"{slug} needs {NEEDED} works")
        if unused := set(ids) - named:
            raise ValueError(f"works that no topic names: {sorted(unused)}")
        return self

    def on(self, topic: str) -> tuple[str, ...]:
        """What to read on a topic, the most useful first, as people read it; empty for an unknown one."""
        return tuple(self._line(reading) for reading in self.topics.get(topic, ()))

    def _line(self, reading: Reading) -> str:
        work = self.by_id[reading.work]
        line = f"{work.author}, *{work.title}*" + (f" ({work.year})" if work.year else "")
        if reading.chapter is None:
            return line
        numbers = reading.chapter[0].isdigit()
        return f"{line}, ch. {reading.chapter}" if numbers else f"{line}, “{reading.chapter}”"


@cache
def resources() -> Resources:
    text = (Path(__file__).parent / "resources.yaml").read_text(encoding="utf-8")
    return Resources.model_validate(yaml.load(text, YAML_LOADER))  # noqa: S506 - the loader is the safe one
