"""The right answer in short, whatever the kind of question."""

from __future__ import annotations

from questions.code_task import CodeTask
from questions.expression import fill
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, MultipleChoice, Numeric, Part


def in_short(question: AnyQuestion, variant: int) -> str:
    """The answer in a line or two; a task's solution is too long for that and comes as a file."""
    match question:
        case MultipleChoice():
            return f"**Answer** · {question.key.text}. {question.key.why}"
        case Numeric():
            return f"**Working** · {fill(question.working, question.draw(variant))}"
        case FreeText():
            return f"**In short** · {question.model_answer.short}"
        case Behavioral():
            return f"**What to tell** · {question.look_for[Part.ACTION]}; {question.look_for[Part.RESULT]}"
        case CodeTask():
            return "**How it is done** · press **Model answer** for the idea and a solution"
