"""Every kind of question as one type. It stands apart because code tasks build on the model of the others."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from questions.code_task import CodeTask
from questions.model import WrittenQuestion

AnyQuestion = WrittenQuestion | CodeTask
StoredQuestion = Annotated[AnyQuestion, Field(discriminator="type")]
"""As a question is kept in the database."""
