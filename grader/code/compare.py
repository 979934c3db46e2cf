"""Compares an answer with what is expected, by the checker that the task names. Pure: values in, a mismatch out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import re2

from grader.code.checkers import figure, linear, measured, table, unordered
from grader.code.checkers.equality import Equality, differs_in_length
from grader.code.checkers.mismatch import Kind, Mismatch, brief, differs, named
from grader.code.checkers.sequences import sequence_of
from grader.code.values import Dict, Scalar, Value
from questions.code_task import Checker, Compare

__all__ = ["Kind", "Mismatch", "compare", "statistic"]

statistic = measured.statistic
ORDER_UP_TO = 2000
"""Sequences up to this long are looked at again, for whether only their order is wrong."""


def compare(expected: Value, got: Value, spec: Compare) -> Mismatch | None:
    """None if the answer is right, else where and how it first differs.

    The checker `property` cannot be decided here and must not be asked for. Raises ValueError where the expected value
    is none that the checker knows, which is the author's mistake; nothing that was `got` raises.
    """
    if spec.fields:
        return _fields(expected, got, spec)
    equal = Equality(spec)
    match spec.checker:
        case Checker.APPROX | Checker.EXACT:
            return _default(expected, got, spec, equal)
        case Checker.MULTISET:
            return unordered.multiset(expected, got, equal)
        case Checker.AS_SET:
            return unordered.as_set(expected, got, equal)
        case Checker.ROWS_ANY_ORDER:
            return unordered.rows_any_order(expected, got, equal)
        case Checker.TOPK:
            assert spec.k is not None
            return unordered.topk(expected, got, equal, spec.k)
        case Checker.UP_TO_SIGN:
            return linear.up_to_sign(expected, got, equal, spec.axis)
        case Checker.UP_TO_PERMUTATION:
            return unordered.up_to_permutation(expected, got, equal)
        case Checker.UP_TO_SCALE:
            return linear.up_to_scale(expected, got, equal)
        case Checker.SAME_SPAN:
            return linear.same_span(expected, got, equal)
        case Checker.ONE_OF:
            return _one_of(expected, got, equal)
        case Checker.STRING:
            return _string(expected, got, spec)
        case Checker.FRAME:
            return table.frame(expected, got, spec, equal)
        case Checker.STAT:
            return measured.stat(expected, got, spec)
        case Checker.METRIC:
            return measured.metric(expected, got, spec)
        case Checker.VS_REFERENCE:
            return measured.vs_reference(expected, got, spec)
        case Checker.FIGURE:
            return figure.compare(expected, got, spec.parts, equal)
        case Checker.PROPERTY:
            raise ValueError("a property is judged by running the task's check")


def _default(expected: Value, got: Value, spec: Compare, equal: Equality) -> Mismatch | None:
    expected, got = _text(expected), _text(got)
    if isinstance(expected, str) and isinstance(got, str) and spec.strip and spec.checker is Checker.APPROX:
        expected, got = _trimmed(expected), _trimmed(got)
    found = equal(expected, got)
    if found is None or found.kind is not Kind.VALUE:
        return found
    first, second = sequence_of(expected), sequence_of(got)
    if first is None or second is None or len(first) != len(second) or len(first) > ORDER_UP_TO:
        return found
    if unordered.multiset(expected, got, equal) is None:
        return Mismatch(Kind.ORDER, found.expected, found.got, found.path)
    return found


def _fields(expected: Value, got: Value, spec: Compare) -> Mismatch | None:
    """Compares the parts of a tuple or a dict, each by its own checker."""
    rest = spec.model_copy(update={"fields": {}})
    wanted, found = _parts(expected), _parts(got)
    if wanted is None:
        raise ValueError("fields need an expected value that is a tuple or a dict")
    if found is None or isinstance(wanted, Mapping) != isinstance(found, Mapping):
        return Mismatch(Kind.TYPE, named(expected), named(got))
    if isinstance(wanted, Mapping):
        assert isinstance(found, Mapping)
        if set(wanted) != set(found):
            return Mismatch(Kind.KEYS, f"the keys {brief(list(wanted), 80)}", brief(list(found), 80))
        pairs = [(f"[{key!r}]", key, item, found[key]) for key, item in wanted.items()]
    else:
        assert not isinstance(found, Mapping)
        if len(wanted) != len(found):
            return differs_in_length(len(wanted), len(found))
        pairs = [
            (f"[{i}]", str(i), one, two) for i, (one, two) in enumerate(zip(wanted, found, strict=True))
        ]  # fmt: skip
    for path, key, one, two in pairs:
        if mismatch := compare(one, two, spec.fields.get(key, rest)):
            return mismatch.inside(path)
    return None


def _parts(value: Value) -> Mapping[str, Value] | Sequence[Value] | None:
    if isinstance(value, dict):
        return cast("dict[str, Value]", value)
    if isinstance(value, Dict):
        return {str(key): item for key, item in value.pairs}
    return sequence_of(value)


def _one_of(expected: Value, got: Value, equal: Equality) -> Mismatch | None:
    answers = unordered.items_of(expected)
    if not answers:
        raise ValueError("one_of needs a list of answers")
    mismatches = [equal(answer, got) for answer in answers]
    if None in mismatches:
        return None
    return Mismatch(Kind.VALUE, f"one of {brief(list(answers), 100)}", brief(got, 100))


class _Matches(Protocol):
    def fullmatch(self, text: str, /) -> object: ...


def _string(expected: Value, got: Value, spec: Compare) -> Mismatch | None:
    wanted, found = _text(expected), _text(got)
    if not isinstance(wanted, str):
        raise ValueError("the checker string needs an expected text")
    if not isinstance(found, str):
        return differs(Kind.TYPE, wanted, found)
    if spec.strip:
        found = _trimmed(found).strip()
        wanted = wanted if spec.regex else _trimmed(wanted).strip()
    if spec.regex:
        # RE2 takes no lone surrogates.
        matches = _pattern(wanted, fold=spec.fold).fullmatch(found.encode("utf-8", "replace").decode())
        return None if matches else Mismatch(Kind.VALUE, f"a text like {brief(wanted, 100)}", brief(found, 100))
    if spec.fold:
        wanted, found = wanted.casefold(), found.casefold()
    return None if wanted == found else differs(Kind.VALUE, wanted, found)


def _pattern(pattern: str, *, fold: bool) -> _Matches:
    library = cast(Any, re2)  # the package ships no types
    options = library.Options()
    options.case_sensitive = not fold
    options.log_errors = False
    try:
        return library.compile(pattern, options)
    except library.error as error:
        raise ValueError(f"pattern {pattern!r} is none that RE2 knows") from error


def _text(value: Value) -> Value:
    return value.value if isinstance(value, Scalar) and value.dtype == "str" else value


def _trimmed(text: str) -> str:
    """Without white space at the ends of lines and of the text."""
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip()
