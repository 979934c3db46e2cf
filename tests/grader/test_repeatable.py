"""Grading says the same in every process, to the last bit: Python gives sets another order in each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAID = """
from grader.text.evidence import examine, values
from grader.text.features import features_of
from grader.text.normalise import read
from grader.text.unit import prepare
from tests.grader.test_turned import QUESTION

for answer in (QUESTION.model_answer.full, "Lasso keeps every coefficient, ridge drops some, a larger lambda helps."):
    features = features_of(QUESTION)
    examined = examine(features, prepare(read(answer), features))
    print([values(weighed.signals) for weighed in examined.weighed])
    print([candidates.numbers.tolist() for candidates in examined.candidates])
"""


def said(seed: int) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    run = subprocess.run(
        [sys.executable, "-c", SAID], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_numbers_are_the_same_in_every_process() -> None:
    first, second, third = map(said, (1, 2, 3))
    assert "0." in first
    assert first == second == third
