"""The questions that follow accepted code: small free-text questions that come with their task."""

from __future__ import annotations

from dataclasses import replace

from grader.grade import Context, Grade
from grader.text.rubric import grade_free_text
from questions.code_task import CodeTask, FollowUp
from questions.model import FreeText, ModelAnswer


def as_question(task: CodeTask, followup: FollowUp) -> FreeText:
    """A follow-up as the free-text grader wants it.

    Built without validation: a follow-up has fewer key points than a question of the bank must have, a longer model
    answer, and neither calibration answers nor references.
    """
    return FreeText.model_construct(
        id=f"{task.id}-{followup.id}",
        version=task.version,
        topics=task.topics,
        levels=task.levels,
        difficulty=task.difficulty,
        prompt=followup.ask,
        type="free_text",
        key_points=followup.key_points,
        contrasts=(),
        relations=(),
        misconceptions=followup.misconceptions,
        hints=task.hints,
        model_answer=ModelAnswer.model_construct(short=followup.model, full=followup.model),
        calibration_answers=(),
        references=(),
    )


def grade_followup(answer: str, task: CodeTask, context: Context) -> Grade:
    """The grade of the follow-up that `context.probe` names, by itself.

    Hints on the code and the other answers of the task take nothing from it. Raises KeyError for an unknown follow-up.
    """
    followup = {found.id: found for found in task.followups}[context.probe or ""]
    alone = replace(context, hints=0, probe=None, earlier=())
    return replace(grade_free_text(answer, as_question(task, followup), alone), probes=())
