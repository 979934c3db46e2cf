"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class ManualClock:
    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> datetime:
        """Lets `seconds` pass; returns the new moment."""
        self.at += timedelta(seconds=seconds)
        return self.at
