"""The bank lab: tries a question before it can be published, and says what is wrong with it in plain words.

A question is a small program. It is run here on the answers that its author judged, on the model answer, and on what
must earn nothing: answers to other questions, the prompt sent back, a list of keywords, padding. What cannot be run is
looked at: options that give themselves away, draws without an answer, a question that the bank already has.

`try_out` is pure: it reads no clock and no file, and the same question and bank give the same report. It takes less
than a second, so it belongs in a thread. The programs of a code task need the sandbox, and are run by whoever is handed
in as `run_code`.
"""

from __future__ import annotations

from typing import assert_never

from grader.lab._choice import try_choice
from grader.lab._code import RunCode, try_task
from grader.lab._common import common
from grader.lab._free_text import Tried, try_free_text
from grader.lab._near import likeness, neighbors
from grader.lab._numeric import try_numeric
from grader.lab._report import LabFinding, LabReport, Neighbor, Severity, Trial, decode, encode
from grader.lab._story import try_story
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, MultipleChoice, Numeric

__all__ = [
    "LabFinding",
    "LabReport",
    "Neighbor",
    "RunCode",
    "Severity",
    "Trial",
    "decode",
    "encode",
    "neighbors",
    "try_out",
]

_ORDER = {severity: number for number, severity in enumerate(Severity)}


def try_out(question: AnyQuestion, bank: Bank, *, run_code: RunCode | None = None) -> LabReport:
    """What a question does when it is tried, against the other questions of `bank`.

    `run_code` runs all of a code task in the sandbox and waits for the result; without it the report says that the
    programs were not run. It is asked for code tasks alone.
    """
    near = neighbors(question, bank)
    tried, ran = _tried(question, bank, run_code)
    findings = [*tried.findings, *common(question, bank), *likeness(near)]
    return LabReport(
        question=question.id,
        version=question.version,
        findings=tuple(sorted(dict.fromkeys(findings), key=lambda finding: _ORDER[finding.severity])),
        trials=tried.trials,
        nearest=near[0] if near else None,
        code_ran=ran,
    )


def _tried(question: AnyQuestion, bank: Bank, run_code: RunCode | None) -> tuple[Tried, bool]:
    match question:
        case FreeText():
            return try_free_text(question, bank), False
        case MultipleChoice():
            return Tried(tuple(try_choice(question))), False
        case Numeric():
            trials, findings = try_numeric(question)
            return Tried(tuple(findings), tuple(trials)), False
        case Behavioral():
            return try_story(question, bank), False
        case CodeTask():
            return try_task(question, bank, run_code)
        case _:
            assert_never(question)
