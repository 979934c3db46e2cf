from __future__ import annotations

import json
import subprocess

import pytest

from grader.code.lint import MOST, RANGE_LEN, RULES, find_ruff, lint


async def codes(code: str) -> list[str]:
    return [note.code for note in await lint(code)]


def test_every_rule_that_we_explain_is_one_that_ruff_has() -> None:
    ruff = find_ruff()
    assert ruff is not None
    known = subprocess.run([ruff, "rule", "--all", "--output-format", "json"], capture_output=True, check=True)
    names = {rule["code"] for rule in json.loads(known.stdout)}
    assert set(RULES) - {RANGE_LEN} <= names


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("B006", "def f(a=[]):\n    return a\n"),
        ("E722", "def f():\n    try:\n        return 1\n    except:\n        return 2\n"),
        ("E711", "def f(a):\n    return a == None\n"),
        ("E712", "def f(a):\n    return a == True\n"),
        ("F841", "def f():\n    unused = 1\n"),
        ("F401", "import os\n"),
        ("A001", "list = [1]\n"),
        ("NPY002", "import numpy as np\nx = np.random.rand(3)\n"),
        ("PD002", "import pandas as pd\nd = pd.DataFrame()\nd.dropna(inplace=True)\n"),
        ("PD011", "import pandas as pd\nd = pd.DataFrame()\nx = d.values\n"),
        (RANGE_LEN, "def f(x):\n    total = 0\n    for i in range(len(x)):\n        total += x[i]\n    return total\n"),
    ],
)
async def test_each_habit_is_noticed_with_its_line(rule: str, code: str) -> None:
    notes = {note.code: note for note in await lint(code)}
    assert rule in notes
    assert notes[rule].message == RULES[rule]
    assert 1 <= notes[rule].line <= len(code.splitlines())


async def test_an_index_that_is_needed_is_no_mistake() -> None:
    assert await codes("def f(x):\n    for i in range(len(x)):\n        x[i] = i\n    return x\n") == []


async def test_at_most_three_notes_are_told_the_weightiest_first_and_none_twice() -> None:
    messy = "import os\nimport re\ndef f(a=[], b={}):\n    try:\n        c = a == None\n    except:\n        pass\n"
    found = await codes(messy)
    assert found == ["B006", "E722", "F841"]
    assert len(found) == MOST


async def test_clean_code_gets_no_note() -> None:
    assert await codes("def f(x):\n    return [item + 1 for item in x]\n") == []


async def test_what_does_not_parse_gets_no_note_and_a_suppression_does_not_help() -> None:
    assert await codes("def (") == []
    assert await codes("x = '\ud800'\n") == []
    assert await codes("def f(a=[]):  # noqa\n    return a\n") == ["B006"]
