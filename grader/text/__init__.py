"""Grades answers in words, choices and numbers. Pure: the same answer always gets the same grade."""

from __future__ import annotations

from typing import assert_never

from grader.grade import Context, Grade
from grader.text.choice import grade_choice
from grader.text.followup import grade_followup
from grader.text.number import grade_number
from grader.text.rubric import grade_free_text
from grader.text.star import grade_story
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, MultipleChoice, Numeric

__all__ = ["grade"]

_DEFAULT = Context()


def grade(answer: str, question: AnyQuestion, context: Context = _DEFAULT) -> Grade:
    """The grade of `answer` together with the earlier turns that `context` holds.

    Of a code task only the follow-up that `context.probe` names is graded here; its code is judged by `grader.code`.
    """
    match question:
        case FreeText():
            return grade_free_text(answer, question, context)
        case MultipleChoice():
            return grade_choice(answer, question, context)
        case Numeric():
            return grade_number(answer, question, context)
        case Behavioral():
            return grade_story(answer, question, context)
        case CodeTask():
            return grade_followup(answer, question, context)
        case _:
            assert_never(question)
