"""Authors' patterns. They are hostile input: they run on RE2, whose time is linear in the text, never on `re`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol, cast

import re2

_re2 = cast(Any, re2)  # the package ships no types

MAX_LENGTH = 400


class PatternError(ValueError):
    """The pattern cannot be used; the message says why, for its author."""


class Match(Protocol):
    def start(self, group: int = 0, /) -> int: ...
    def end(self, group: int = 0, /) -> int: ...


class Pattern(Protocol):
    """A compiled pattern; matching ignores case."""

    def search(self, text: str, /) -> Match | None: ...


def _options() -> Any:
    options = _re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 1 << 20
    return options


@cache
def compile_pattern(pattern: str) -> Pattern:
    """The compiled pattern, case ignored. Raises PatternError, in the author's words."""
    if len(pattern) > MAX_LENGTH:
        raise PatternError(f"a pattern has at most {MAX_LENGTH} characters; this one has {len(pattern)}")
    try:
        compiled = cast(Pattern, _re2.compile(pattern, _options()))
    except _re2.error as error:
        detail: object = error.args[0]
        reason = detail.decode() if isinstance(detail, bytes) else str(detail)
        raise PatternError(
            f"pattern {pattern!r}: {reason}. Patterns are RE2: no look-around and no back-references"
        ) from error
    if compiled.search(""):
        raise PatternError(f"pattern {pattern!r} matches an empty text, so it would match every answer")
    return compiled


class PatternSet:
    """Many patterns that a text is searched for at once: first for the letters that they need, all together."""

    def __init__(self) -> None:
        self._filter = _re2.Filter()
        self._options = _options()
        self._options.never_capture = True
        self._length = 0

    def add(self, pattern: str) -> int:
        """Its place in the set. Raises PatternError for one that `compile_pattern` refuses."""
        try:
            self._filter.Add(pattern, self._options)
        except _re2.error as error:
            raise PatternError(f"pattern {pattern!r} cannot be used") from error
        self._length += 1
        return self._length - 1

    def compile(self) -> None:
        """Makes it ready to search, once all patterns are added."""
        if self._length:
            self._filter.Compile()

    def matching(self, text: str) -> Sequence[int]:
        """The places, in order, of the patterns that match anywhere in the text, case ignored."""
        return (self._filter.Match(text) or ()) if self._length else ()

    def __getitem__(self, place: int) -> Pattern:
        if not 0 <= place < self._length:
            raise IndexError(place)
        return cast(Pattern, self._filter.re(place))
