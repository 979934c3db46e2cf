"""What people are told about being ready for the rounds of an interview loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean

import numpy as np

from bot.abilities.blueprints import BLUEPRINTS, Blueprint, Played
from bot.abilities.readiness import (
    RECENT_DAYS,
    Evidence,
    Needed,
    State,
    Verdict,
    forecast,
    needed,
    verdict,
    worth_most,
)
from bot.rounds.dialogue import DIALOGUE
from bot.rounds.events import Mode
from bot.rounds.group import GROUP
from bot.services.learning import Learner, Learning
from bot.services.reviews import QUIZ_TYPES
from bot.store.practice import Met
from questions.bank import Bank, Choice
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Behavioral, Level

SEED = 620
"""Of the draws: the same for everybody and always, so that a figure changes only with what is known."""
ENOUGH_ROUNDS = 3
"""A kind of round is offered once the bank has questions for so many different ones."""

TYPES: dict[Played, tuple[type[AnyQuestion], ...]] = {
    Played.QUIZ: QUIZ_TYPES,
    Played.CODE: (CodeTask,),
    Played.STORY: (Behavioral,),
    Played.NOT_YET: (),
}


@dataclass(frozen=True)
class RoundReadiness:
    """What is said about one kind of round."""

    blueprint: Blueprint
    level: Level
    verdict: Verdict
    needed: Needed
    """More evidence, where there is not enough."""
    worth: tuple[str, ...]
    """The two topics whose improvement raises the chance most for each hour."""


@dataclass(frozen=True)
class Overview:
    """All kinds of rounds at a level."""

    level: Level
    offered: tuple[RoundReadiness, ...]
    not_offered: tuple[Blueprint, ...]


class Readiness:
    """Judges how ready people are."""

    def __init__(self, learning: Learning) -> None:
        self._learning = learning

    async def overview(self, user_id: int, level: Level | None = None, server_id: int | None = None) -> Overview:
        """Every kind of round; at the level of the person's plan or latest round, unless one is given."""
        learner = await self._learning.of(user_id, server_id)
        return await asyncio.to_thread(self.overview_of, learner, level or learner.level)

    def overview_of(self, learner: Learner, level: Level) -> Overview:
        """The same of what is known of a person."""
        kinds = [(blueprint, offered(blueprint, learner.bank, level)) for blueprint in BLUEPRINTS.values()]
        return Overview(
            level,
            tuple(_judged(learner, blueprint, level) for blueprint, can in kinds if can),
            tuple(blueprint for blueprint, can in kinds if not can),
        )


def offered(blueprint: Blueprint, bank: Bank, level: Level) -> bool:
    """Whether the bot can play rounds of this kind: it knows how, and has the questions."""
    if blueprint.played is Played.NOT_YET:
        return False
    topics = blueprint.topics(level)
    found = bank.matching(Choice(TYPES[blueprint.played], level))
    return sum(question.topic in topics for question in found) >= ENOUGH_ROUNDS * blueprint.questions


def _judged(learner: Learner, blueprint: Blueprint, level: Level) -> RoundReadiness:
    ability, recalled = learner.ability, learner.recalled
    found = forecast(ability, blueprint, level, _chance(), recalled)
    evidence = _evidence(learner, blueprint, level)
    said = verdict(found, blueprint, level, evidence)
    more = needed(ability, blueprint, level, found, evidence) if said.state is State.NOT_ENOUGH else Needed(0, ())
    return RoundReadiness(blueprint, level, said, more, worth_most(ability, blueprint, level, _chance(), recalled))


def _chance() -> np.random.Generator:
    return np.random.default_rng(SEED)


def _evidence(learner: Learner, blueprint: Blueprint, level: Level) -> Evidence:
    topics = blueprint.topics(level)
    since = learner.now - timedelta(days=RECENT_DAYS)
    touching = [(one, topics.keys() & set(learner.topics_of(one))) for one in learner.met]
    recent = frozenset[str]().union(*(found for one, found in touching if one.at >= since))
    # Rounds may be short and mixed, so what counts is the last answers, as many as a round of this kind has.
    exams = [one.band for one, found in touching if found and _exam(one)][-blueprint.questions :]
    return Evidence(
        answers=sum(bool(found) and one.rated for one, found in touching),
        recent=recent,
        last_exam=fmean(exams) if exams else None,
    )


def _exam(one: Met) -> bool:
    return one.engine == GROUP.name or (one.engine == DIALOGUE.name and one.mode is Mode.EXAM)
