"""Reads the labelled answers of `bench/answers`, and the questions that they answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from questions.bank import FOLDER
from questions.loader import load_folder
from questions.model import FreeText

ANSWERS = Path(__file__).parent / "answers"


def rows(pattern: str) -> list[dict[str, Any]]:
    """The lines of the labelled answers' files of that name."""
    return [row for path in sorted(ANSWERS.glob(pattern)) for row in rows_of(path)]


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The lines of one file of JSON lines."""
    return [json.loads(line) for line in path.open(encoding="utf-8")]


def training_rows(pattern: str) -> list[dict[str, Any]]:
    """As `rows`, without those of the test questions, whatever file they stand in."""
    held_out = {row["question"] for row in rows("test*.jsonl")}
    return [row for row in rows(pattern) if row["question"] not in held_out]


def free_text() -> dict[str, FreeText]:
    """The bank's free-text questions, by id."""
    return {item.question.id: item.question for item in load_folder(FOLDER) if isinstance(item.question, FreeText)}
