"""Grading what somebody typed, in a thread, so that nobody waits for it."""

from __future__ import annotations

import asyncio
import logging
import math

from bot.rounds.events import Result
from grader.grade import UNSCORED, Context, Gate, Grade
from grader.text import grade as grade_text
from questions.kinds import AnyQuestion

_log = logging.getLogger(__name__)

UNGRADED = frozenset({Gate.SHORT, Gate.UNREADABLE, Gate.EMPTY, Gate.LANGUAGE})
"""Answers with too little in them to be graded."""


async def graded(text: str, question: AnyQuestion, context: Context, where: str) -> Grade | None:
    """The grade of an answer; None when the grader failed, which is our fault and never scored.

    `where` names the round in the log.
    """
    try:
        grade = await asyncio.to_thread(grade_text, text, question, context)
    except Exception:  # noqa: BLE001 - our fault, whatever it is
        _log.exception("%s: the grader failed on %s", where, question.id)
        return None
    if not math.isfinite(grade.score):  # it could not be stored and read again
        _log.error("%s: a score of %s on %s", where, grade.score, question.id)
        return None
    return grade


def result_of(grade: Grade | None) -> Result:
    """What the engines need of a grade. What cannot be read is not judged: nobody loses points for it."""
    if grade is None:
        return Result(score=None, band=1)
    score = None if grade.gate in UNSCORED else grade.score
    probes = tuple(probe.id for probe in grade.probes)
    return Result(score, grade.band, probes, again=grade.gate in UNGRADED)
