from __future__ import annotations

import pytest

from questions.bank import Bank


@pytest.fixture(scope="session")
def shipped() -> Bank:
    """The whole bank."""
    return Bank.open()
