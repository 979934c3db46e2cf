# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor

from bench.similar_answers import from_similar
from bench.train_reference import WEIGHTS, Example, fit, stored_forest, table_of
from grader.text.reference import forest_of

MATTER = (
    ("Why does the lamp at the left go out?", "The lamp is no longer in a closed path with the battery.", "left"),
    ("Why does the lamp at the right go out?", "The lamp is no longer in a closed path with the battery.", "right"),
    ("Why do leaves look green?", "Chlorophyll reflects green light and absorbs red and blue light.", "green"),
)
GIVEN = (
    ("its path has a gap, so nothing flows", 1.0),
    ("a gap opened in its path", 1.0),
    ("somebody was tired of it", 0.0),
    ("lamps are tired at night", 0.0),
)


def test_stored_trees_say_what_the_trained_ones_say() -> None:
    draw = np.random.default_rng(7)
    rows = draw.normal(size=(300, 6))
    trained = ExtraTreesRegressor(n_estimators=9, max_leaf_nodes=24, random_state=7)
    trained.fit(rows, rows[:, 0] * (rows[:, 1] > 0))
    asked = draw.normal(size=(200, 6))
    apart = np.abs(forest_of(stored_forest(trained)).mean(asked) - trained.predict(asked))
    # half precision may send a row that lies on a threshold the other way
    assert np.quantile(apart, 0.95) < 0.002
    assert len(np.unique(forest_of(stored_forest(trained)).mean(asked))) > 50


def test_graded_answers_to_a_similar_question_tell_right_from_wrong() -> None:
    rows = [Example(q, (r,), a, s, g) for q, r, g in MATTER[1:] for a, s in GIVEN]
    asked = [Example(MATTER[0][0], (MATTER[0][1],), a, s, "left") for a, s in GIVEN]
    using, _, learned = fit(rows)
    told = from_similar(rows, learned, asked, table_of(asked, using.background), using)
    assert min(told[:2]) > max(told[2:]) + 0.2


def test_the_weights_stay_small() -> None:
    assert WEIGHTS.stat().st_size < 300_000
