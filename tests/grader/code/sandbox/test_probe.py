from __future__ import annotations

import pytest

from grader.code.sandbox import probe as module
from grader.code.sandbox.probe import MECHANISMS, probe


def test_it_names_the_best_tier_and_says_what_each_mechanism_does() -> None:
    found = probe()
    assert [name for name, _ in found.details] == list(MECHANISMS.values())
    working = [tier for tier, (_, said) in zip(MECHANISMS, found.details, strict=True) if said.startswith("works")]
    assert found.tier == (working[0] if working else None)
    assert "\n" not in found.line


def test_elsewhere_it_says_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.sys, "platform", "darwin")
    assert (probe().tier, probe().line) == (None, "code rounds need Linux")
