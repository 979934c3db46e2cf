"""Frames of JSON between processes: four bytes of length (big-endian), then the text.

What comes out of a sandboxed process is hostile, so size, depth and the digits of integers are checked before anything
is built from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

HEADER = 4
MAX_DEPTH = 250
"""Nested arrays and objects of one frame: sixty levels of a value, each with a few for its tag."""
MAX_DIGITS = 4300
"""Of an integer; Python itself refuses to read more."""

MAX_BRACKETS = 500_000
"""Opening and closing ones of one frame: counting them takes time that everybody waits for."""

_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
"""One level up, one level down, as signed bytes."""
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_DIGITS = re.compile(rb"[0-9]{%d}" % (MAX_DIGITS + 1))


class FrameError(ValueError):
    """Bytes that are no frame of JSON."""


class FrameTooLargeError(FrameError):
    """A frame that is longer, deeper or holds a longer integer than is taken."""


def pack(value: Any) -> bytes:
    return pack_text(json.dumps(value, separators=(",", ":")).encode())


def pack_text(text: bytes) -> bytes:
    return len(text).to_bytes(HEADER, "big") + text


def unpack(text: bytes) -> Any:
    """The value of one frame's text. Raises FrameError."""
    if len(text) > MAX_DIGITS or text.count(b"[") + text.count(b"{") > MAX_DEPTH:
        _check(_without_strings(text))
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameError(str(error)) from None


def _check(bare: bytes) -> None:
    """Raises FrameTooLargeError for a text, without its strings, that would take too much to build."""
    if _DIGITS.search(bare):
        raise FrameTooLargeError(f"an integer of more than {MAX_DIGITS} digits")
    brackets = bare.translate(_STEPS, _NOT_BRACKETS)
    if len(brackets) > MAX_BRACKETS:
        raise FrameTooLargeError("too many arrays and objects")
    if max(accumulate(memoryview(brackets).cast("b")), default=0) > MAX_DEPTH:
        raise FrameTooLargeError(f"more than {MAX_DEPTH} levels")


def _without_strings(text: bytes) -> bytes:
    """The text without what stands in quotes, in linear time whatever the text is (a pattern would not be)."""
    unescaped = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(unescaped.split(b'"')[::2])


class Frames:
    """Cuts a stream of bytes into the texts of its frames."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        """Bytes of one frame."""
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes of an incomplete frame."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The texts that are complete now. Raises FrameTooLargeError when a header announces too much."""
        self._buffer += data
        while len(self._buffer) >= HEADER:
            size = int.from_bytes(self._buffer[:HEADER], "big")
            if size > self.limit:
                raise FrameTooLargeError(f"a frame of {size} bytes")
            if len(self._buffer) < HEADER + size:
                return
            text = bytes(self._buffer[HEADER : HEADER + size])
            del self._buffer[: HEADER + size]
            yield text
