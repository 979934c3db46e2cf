"""The program in what a person typed."""

from __future__ import annotations

import re

from bot.errors import UserError
from bot.services.code_report import defines
from questions.code_task import MAX_CODE

_FENCE = re.compile(
    r"^[ \t]*(?P<mark>`{3,}|~{3,})(?P<info>[^\n`]*)\n(?P<code>.*?)^[ \t]*(?P=mark)[ \t]*$|"
    r"```(?P<inline>[^`\n][^`]*?)```",
    re.MULTILINE | re.DOTALL,
)
_PYTHON = frozenset({"", "python", "py", "python3", "py3"})


class TooLongError(UserError):
    def __init__(self) -> None:
        super().__init__(f"That is more than {MAX_CODE // 1024} kB of code, which is more than I take.")


def code_in(text: str, entry: str) -> str | None:
    """The program in a message: its last code block (of Python, or unlabeled), or all of it if it defines `entry`.

    None where there is none. Raises TooLongError.
    """
    blocks = [found for found in _FENCE.finditer(_closed(text)) if (found["info"] or "").strip().lower() in _PYTHON]
    if blocks:
        last = blocks[-1]
        return tidy(last["code"] if last["inline"] is None else last["inline"])
    return tidy(text) if defines(entry, text) else None


def form_code(text: str) -> str:
    """The program of a form that asks for code: the last code block in it, else all of it. Raises TooLongError."""
    blocks = list(_FENCE.finditer(text))
    if blocks and blocks[-1]["code"] is not None and not text[: blocks[0].start()].strip():
        return tidy(blocks[-1]["code"])
    return tidy(text)


def tidy(code: str) -> str:
    """A program as it is kept: lines end alike, no NUL, nothing empty around it. Raises TooLongError."""
    code = code.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip("\n")
    if len(code.encode("utf-8", "replace")) > MAX_CODE:
        raise TooLongError
    return code + "\n" if code.strip() else ""


def _closed(text: str) -> str:
    """Text whose last code block may have been left open, closed."""
    text = text.replace("\r\n", "\n")
    marks = re.findall(r"^[ \t]*```", text, re.MULTILINE)
    return f"{text}\n```" if len(marks) % 2 else text
