from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.code import wire

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.thorough
@given(st.lists(values, max_size=4), st.integers(min_value=1, max_value=50))
def test_values_come_out_as_they_went_in_however_the_bytes_are_cut(sent: list[Any], step: int) -> None:
    stream = b"".join(wire.pack(value) for value in sent)
    frames = wire.Frames(10**6)
    texts = [text for at in range(0, len(stream), step) for text in frames.feed(stream[at : at + step])]
    assert [wire.unpack(text) for text in texts] == sent
    assert frames.pending == 0


def test_a_frame_that_announces_too_much_is_refused_before_it_arrives() -> None:
    with pytest.raises(wire.FrameTooLargeError):
        list(wire.Frames(100).feed((101).to_bytes(4, "big")))


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def test_depth_is_limited() -> None:
    assert wire.unpack(nested(wire.MAX_DEPTH))
    with pytest.raises(wire.FrameTooLargeError):
        wire.unpack(nested(wire.MAX_DEPTH + 1))
    with pytest.raises(wire.FrameTooLargeError):
        wire.unpack(b'{"a":' * 1000 + b"1" + b"}" * 1000)


def test_brackets_in_texts_are_no_levels() -> None:
    text = '["' * 5000 + '\\"'
    assert wire.unpack(json.dumps([text]).encode()) == [text]


def test_the_digits_of_integers_are_limited() -> None:
    assert wire.unpack(b"[" + b"9" * wire.MAX_DIGITS + b"]") == [10**wire.MAX_DIGITS - 1]
    with pytest.raises(wire.FrameTooLargeError):
        wire.unpack(b"[" + b"9" * (wire.MAX_DIGITS + 1) + b"]")
    assert wire.unpack(b'"' + b"9" * 10_000 + b'"') == "9" * 10_000


@pytest.mark.parametrize("text", [b"", b"[", b"]", b"[}", b"{]", b'"', b"\xff", b"[1,]", b"nul", b'{"a" 1}', b"1 1"])
def test_what_is_no_json_is_an_error(text: bytes) -> None:
    with pytest.raises(wire.FrameError):
        wire.unpack(text)


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_else_than_give_a_value_or_an_error(text: bytes) -> None:
    try:
        wire.unpack(text)
    except wire.FrameError:
        return
