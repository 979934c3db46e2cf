"""Moderators add and care for questions: drafts, reviews, a server's library, many at once, and what the lab tries."""

from __future__ import annotations

from bot.clock import Clock
from bot.services.banks import Banks
from bot.services.judging import Judging
from bot.services.lab import Lab
from bot.services.question_drafts import QuestionDrafts
from bot.services.question_library import QuestionLibrary
from bot.services.question_review import Helping, QuestionReview
from bot.services.question_transfer import QuestionTransfer
from bot.services.question_versions import QuestionVersions
from bot.services.trials import Trials
from bot.store.engine import Store


class QuestionAdmin:
    """What the commands of moderators, and of members who suggest questions, call.

    Every function takes the server, and reaches nothing of another one. Whether somebody is a moderator is for the
    caller to check.
    """

    def __init__(
        self, store: Store, banks: Banks, clock: Clock, lab: Lab, judge: Judging, helping: Helping | None = None
    ) -> None:
        self.versions = QuestionVersions(clock, banks.shipped)
        self.trials = Trials(store, banks, clock, lab, self.versions)
        self.drafts = QuestionDrafts(store, banks, clock, lab, self.versions, judge)
        self.review = QuestionReview(store, clock, self.drafts, self.versions, helping)
        self.library = QuestionLibrary(store, banks, clock, lab, self.versions)
        self.transfer = QuestionTransfer(store, banks, clock, lab, self.versions, self.trials)
