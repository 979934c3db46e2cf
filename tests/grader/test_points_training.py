# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

import numpy as np
import pytest

from bench.train_grader import fitted, stored
from grader.text.curves import curves_of
from grader.text.evidence import NAMES


def test_stored_curves_say_what_the_trained_trees_say() -> None:
    draw = np.random.default_rng(5)
    signals = draw.uniform(-1, 1, (600, len(NAMES)))
    target = (signals[:, 0] - signals[:, 1] + draw.normal(0, 0.5, 600) > 0).astype(int)
    signs = [1, -1, *[0] * (len(NAMES) - 2)]
    model = fitted(signals, target, 60, signs)
    curves = curves_of(stored(model), NAMES)
    found = [curves.probability(row) for row in signals.tolist()]
    assert found == pytest.approx(model.predict_proba(signals)[:, 1], abs=0.01)
    rising, falling = curves.curves[0].adds, curves.curves[1].adds
    assert list(rising) == sorted(rising)
    assert list(falling) == sorted(falling, reverse=True)
