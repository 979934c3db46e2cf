"""Tracks and topics: names, how often a loop touches them, and what they need. Data: `taxonomy.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from questions.model import Level

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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

    @property
    def topics(self) -> dict[str, Topic]:
        """Every topic by its slug, in curriculum order."""
        return {topic.slug: topic for track in self.tracks for topic in track.topics}

    def name(self, slug: str) -> str:
        """The name of a topic or track as people read it; the slug itself where it is not known."""
        for track in self.tracks:
            if track.slug == slug:
                return track.name
            for topic in track.topics:
                if topic.slug == slug:
                    return topic.name
        return slug


@cache
def taxonomy() -> Taxonomy:
    text = (Path(__file__).parent / "taxonomy.yaml").read_text(encoding="utf-8")
    return Taxonomy.model_validate(yaml.load(text, _Loader))  # noqa: S506 - the loader is the safe one
