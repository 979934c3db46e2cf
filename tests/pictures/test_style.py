from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from bot.pictures.canvas import Canvas
from bot.pictures.style import alt_text, band_limits, legible, listed, spoken
from tests.pictures.drawn import HOSTILE

LATIN = frozenset(range(0x20, 0x250)) | frozenset(range(0x300, 0x310)) | {0x1F600}
ANY_TEXT = st.text() | st.sampled_from(HOSTILE)


def test_importing_the_cards_does_not_load_matplotlib() -> None:
    modules = "bot.pictures, bot.pictures.progress, bot.pictures.group, bot.pictures.weekly"
    code = f"import sys, {modules}; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_characters_that_a_font_lacks_are_replaced_or_left_out() -> None:
    assert legible("Zoë 🎉 😀 山田 𝓐𝓵𝓲𝓬𝓮", LATIN) == "Zoë Alice"
    assert legible("two\nlines\u202e\x00", LATIN) == "two lines"
    assert legible("山田", LATIN) == ""


def test_piled_up_marks_are_thinned_out() -> None:
    assert legible("\u0301a" + "\u0301" * 9, LATIN) == "a\u0301\u0301"


@given(ANY_TEXT)
def test_what_is_legible_is_one_line_of_the_fonts_characters(text: str) -> None:
    shown = legible(text, LATIN)
    assert all(ord(char) in LATIN for char in shown)
    assert shown == " ".join(shown.split())
    assert legible(shown, LATIN) == shown


@given(ANY_TEXT, st.integers(1, 60))
def test_words_for_an_alt_text_are_one_line_within_their_limit(text: str, limit: int) -> None:
    said = spoken(text, limit)
    assert len(said) <= limit
    assert len(said.splitlines()) <= 1


def test_an_alt_text_keeps_characters_that_cannot_be_drawn() -> None:
    assert spoken("山田 👩‍👧 \u202ex") == "山田 👩‍👧 x"


def test_an_alt_text_ends_within_the_limit() -> None:
    assert alt_text(["A b.", "", "c" * 2000]).startswith("A b. ccc")
    assert len(alt_text(["c" * 2000])) == 1000


def test_enumerations_read_well() -> None:
    assert [listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_the_legend_tells_the_limits_of_the_grader() -> None:
    assert band_limits() == {4: "80% and more", 3: "60–79%", 2: "35–59%", 1: "below 35%"}


@given(ANY_TEXT, st.floats(40, 600))
def test_a_fitted_text_is_no_wider_than_asked(text: str, width: float) -> None:
    canvas = Canvas(1200)
    assert canvas.measure(canvas.fit(text, width)) <= width


@given(ANY_TEXT, st.floats(80, 600), st.integers(1, 3))
def test_wrapped_lines_fit_and_lose_words_at_the_end_alone(text: str, width: float, lines: int) -> None:
    canvas = Canvas(1200)
    wrapped = canvas.wrap(text, width, lines=lines)
    assert len(wrapped) <= lines
    assert all(canvas.measure(line) <= width for line in wrapped)
    if not any(line.endswith("…") for line in wrapped):
        assert canvas.measure(" ".join(wrapped)) == canvas.measure(text)


def test_a_long_text_is_broken_into_lines_of_about_the_same_length() -> None:
    canvas = Canvas(1200)
    first, second = canvas.wrap("Behavioral & project deep dive", 330, 26)
    assert (first, second) == ("Behavioral &", "project deep dive")
