"""Tracks and topics: names, how often a loop touches them, and what they need. Data: `taxonomy.yaml`."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from questions.loader import YAML_LOADER
from questions.model import Level


class Topic(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: str
    name: str
    weight: dict[Level, int]
    """0–5: how often a loop for a candidate of that level touches the topic (5: more than 80 % of loops)."""
    needs: tuple[str, ...]
    subtopics: tuple[str, ...]

    @property
    def track(self) -> str:
        return self.slug.partition(".")[0]


class Track(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: str
    name: str
    topics: tuple[Topic, ...]


class Taxonomy(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    tracks: tuple[Track, ...]

    @cached_property
    def topics(self) -> dict[str, Topic]:
        """Every topic by its slug, in curriculum order."""
        return {topic.slug: topic for track in self.tracks for topic in track.topics}

    @cached_property
    def _names(self) -> dict[str, str]:
        return {entry.slug: entry.name for track in self.tracks for entry in (track, *track.topics)}

    def name(self, slug: str) -> str:
        """The name of a topic or track as people read it; the slug itself where it is not known."""
        return self._names.get(slug, slug)


@cache
def taxonomy() -> Taxonomy:
    text = (Path(__file__).parent / "taxonomy.yaml").read_text(encoding="utf-8")
    return Taxonomy.model_validate(yaml.load(text, YAML_LOADER))  # noqa: S506 - the loader is the safe one
