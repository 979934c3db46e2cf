"""Errors that know whose fault they are. A UserError is shown as it is; anything else becomes an apology."""

from __future__ import annotations


class UserError(Exception):
    """Something the person can mend; `str(error)` is written for them."""


class StartError(Exception):
    """The process cannot start; `str(error)` is one line that tells the operator what to do."""
