"""Authors' patterns run on RE2: no text makes them slow, and what RE2 lacks is said in the author's words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.pattern import MAX_LENGTH, PatternError, PatternSet, compile_pattern


def found(pattern: str, text: str) -> bool:
    return bool(compile_pattern(pattern).search(text))


def test_case_is_ignored() -> None:
    assert found("lasso", "The LASSO zeroes weights")
    assert not found("lasso", "ridge")


def test_a_match_tells_where_it_is() -> None:
    match = compile_pattern("(l1|lasso)[^.]{0,20}zero").search("With lasso some are zero.")
    assert match is not None
    assert (match.start(), match.end(), match.end(1)) == (5, 24, 10)


def test_positions_count_characters_not_bytes() -> None:
    match = compile_pattern("zero").search("σ² → zero")
    assert match is not None
    assert match.start() == 5


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){20}$", "(a*)*b"])
def test_a_catastrophic_pattern_takes_linear_time(pattern: str) -> None:
    """Python's own `re` would need longer than the universe has existed."""
    compiled = compile_pattern(pattern)
    began = time.process_time()
    assert compiled.search("a" * 100_000 + "!") is None
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(open", "missing"),
        ("a{2000}", "repetition"),
        ("[z-a]", "range"),
        ("(?=ahead)", "no look-around"),
        ("(?<!behind)x", "no look-around"),
        (r"(a)\1", "back-references"),
        ("a*", "matches an empty text"),
        ("", "matches an empty text"),
        ("x|", "matches an empty text"),
        ("a" * (MAX_LENGTH + 1), f"at most {MAX_LENGTH} characters"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_why(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        compile_pattern(pattern)


def test_a_pattern_that_needs_too_much_memory_is_refused() -> None:
    with pytest.raises(PatternError):
        compile_pattern("((((a{100}){100}){100}){100})")


WORDS = ("l1", "lasso", "ridge", "zero", "shrinks", "σ²", "12", " ", ".")
PATTERNS = ("lasso", "(l1|lasso)[^.]{0,9}zero", r"\d+", "Ridge.*shrink", "σ", "[a-z]{5}", "r[iy]dge|zero")


@given(st.lists(st.sampled_from(PATTERNS), max_size=5), st.lists(st.sampled_from(WORDS), max_size=8))
def test_a_set_of_patterns_finds_what_each_finds_alone(patterns: list[str], words: list[str]) -> None:
    together = PatternSet()
    for place, pattern in enumerate(patterns):
        assert together.add(pattern) == place
    together.compile()
    text = "".join(words)
    alone = [place for place, pattern in enumerate(patterns) if compile_pattern(pattern).search(text)]
    assert list(together.matching(text)) == alone
    for place in alone:
        ours, other = together[place].search(text), compile_pattern(patterns[place]).search(text)
        assert ours is not None
        assert other is not None
        assert (ours.start(), ours.end()) == (other.start(), other.end())


def test_a_set_refuses_what_is_no_pattern_and_stays_as_it_was() -> None:
    together = PatternSet()
    together.add("lasso")
    with pytest.raises(PatternError, match="cannot be used"):
        together.add("(open")
    assert together.add("ridge") == 1
    together.compile()
    assert list(together.matching("ridge")) == [1]
    with pytest.raises(IndexError):
        together[2]
