"""Numbers with their nouns."""

from __future__ import annotations


def counted(count: int, one: str, many: str | None = None) -> str:
    """The number with its noun: 1 answer, 1,234 answers. `many` is for plurals that are not made with an s."""
    return f"{count:,} {plural(count, one, many)}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """The noun as it stands behind that number."""
    return one if count == 1 else many or f"{one}s"
