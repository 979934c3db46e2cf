from __future__ import annotations

from bot.counting import counted, plural


def test_numbers_stand_with_their_nouns() -> None:
    assert [counted(number, "day") for number in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    assert counted(1200, "person", "people") == "1,200 people"
    assert [plural(number, "story", "stories") for number in (1, 2)] == ["story", "stories"]
