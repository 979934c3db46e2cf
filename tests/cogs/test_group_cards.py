"""The messages of group rounds at their largest and with the worst in them: all limits hold, nothing breaks out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import hypothesis.strategies as st
import pytest
import simcord
from discord import ui
from hypothesis import given, settings

from bot.rounds.dialogue import Outcome
from bot.rounds.events import Kind
from bot.rounds.group import MOST, Standing
from bot.services.cards import OptionLine, options_of, prompt_of
from bot.services.code_cards import CardFile
from bot.services.group_cards import (
    BestAnswer,
    FinalCard,
    FinalLine,
    GroupAskCard,
    GroupCard,
    LobbyCard,
    MissedPoint,
    PersonScore,
    RevealCard,
    Share,
)
from bot.services.judging import Facts
from bot.services.starting import Format
from cogs._render_group import group_view
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.loader import load_text
from questions.model import Behavioral, FreeText, Level, MultipleChoice, Numeric
from tests.cogs.limits import breaches, texts, walk
from tests.conftest import BANK

NASTY = "``` @everyone <@1> \u202e\u200b **bold** `code` ||spoiler|| [link](https://a.b) " + "word " * 900
QUESTION = load_text(BANK.read_text(encoding="utf-8"), "tests/bank.yaml")[0].question
PEOPLE = tuple(10**18 + 10**16 * number for number in range(MOST))
"""Fifty ids of today's length."""
ROUND, TURN = 10**17, 15
TOPIC = "A topic with a name as long as the longest one that there is in the taxonomy"


def sent(card: GroupCard) -> list[dict[str, Any]]:
    """The components of a card's message, checked against the limits."""
    view: ui.LayoutView = group_view(card)
    components = view.to_components()
    body: dict[str, Any] = {"components": components, "allowed_mentions": {"parse": []}}
    found = breaches(simcord.HttpLogEntry("POST", "/channels/1/messages", {}, body, None))
    assert not found, found
    for text in texts(components):
        assert text.count("```") % 2 == 0, text
        assert "@everyone" not in text or "```" in text, text
    return components


def words(card: GroupCard) -> str:
    return "\n".join(texts(sent(card)))


def labels(card: GroupCard) -> list[str]:
    return [item["label"] for item in walk(sent(card)) if item["type"] == 2]


def lobby(**changes: Any) -> LobbyCard:
    card = LobbyCard(
        round_id=ROUND,
        turn=0,
        kind=Kind.QUIZ,
        format=Format.MULTIPLE_CHOICE,
        topic=TOPIC,
        level=Level.SENIOR,
        asked=15,
        limit_s=3600,
        host=PEOPLE[0],
        joined=PEOPLE,
        fewest=2,
        most=MOST,
        vacant=True,
        open=True,
        ended=False,
    )
    return replace(card, **changes)


def ask(question: AnyQuestion, **changes: Any) -> GroupAskCard:
    """A question that 25 people have answered and 25 have not, with all that can stand on it."""
    coded = isinstance(question, CodeTask)
    order = [option.id for option in question.options] if isinstance(question, MultipleChoice) else []
    card = GroupAskCard(
        round_id=ROUND,
        turn=TURN,
        kind=Kind.CODE if coded else Kind.BEHAVIORAL if isinstance(question, Behavioral) else Kind.QUIZ,
        number=15,
        total=15,
        topic=TOPIC,
        level=Level.SENIOR,
        question=question,
        prompt=prompt_of(question, 0),
        options=options_of(question, order),
        facts=Facts(1.25, 256) if coded else None,
        deadline=datetime(2026, 3, 2, tzinfo=UTC),
        outcome=None,
        closing=False,
        ready=PEOPLE[:25],
        waiting=PEOPLE[25:],
        host=PEOPLE[0],
        vacant=True,
        files=(CardFile("starter.py", b""), CardFile("train.csv", b""), CardFile("test.csv", b"")) if coded else (),
    )
    return replace(card, **changes)


def board(people: int = MOST) -> tuple[Standing, ...]:
    return tuple(Standing(user, 1 + number // 2, 14.123456, 15, 14) for number, user in enumerate(PEOPLE[:people]))


def reveal(question: AnyQuestion, **changes: Any) -> RevealCard:
    coded = isinstance(question, CodeTask)
    card = RevealCard(
        round_id=ROUND,
        turn=TURN,
        kind=Kind.CODE if coded else Kind.QUIZ,
        number=14,
        total=15,
        topic=TOPIC,
        question=question,
        variant=0,
        options=(),
        outcome=Outcome.TIMED_OUT,
        void=False,
        shares=(*(Share(name, 10) for name in ("leaning yes", "nothing passed", "strong no", "not graded", "right")),),
        scores=tuple(PersonScore(user, None if user % 3 else 0.5, bool(user % 2)) for user in PEOPLE),
        best=BestAnswer(PEOPLE[0], NASTY, 0.876, coded),
        missed=tuple(MissedPoint("A claim of a key point. " * 12, 49, 50) for _ in range(3)),
        board=board(),
        next=True,
        host=PEOPLE[0],
        vacant=True,
    )
    return replace(card, **changes)


def final(**changes: Any) -> FinalCard:
    card = FinalCard(
        round_id=ROUND,
        turn=TURN,
        kind=Kind.BEHAVIORAL,
        level=Level.SENIOR,
        topic=TOPIC,
        stopped=True,
        board=board(),
        lines=tuple(FinalLine(number, TOPIC, None if number % 4 == 0 else 0.456) for number in range(1, 16)),
        host=PEOPLE[0],
        alt="What it shows. " * 100,
        files=(CardFile("board.png", b"\x89PNG"),),
    )
    return replace(card, **changes)


@pytest.fixture(params=[FreeText, MultipleChoice, Numeric, Behavioral, CodeTask], ids=lambda kind: kind.__name__)
def question(request: pytest.FixtureRequest, bank: Bank) -> AnyQuestion:
    return next(found for found in bank.questions.values() if isinstance(found, request.param))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("state", [{}, {"open": False}, {"open": False, "ended": True}, {"joined": ()}])
def test_a_full_lobby_fits(kind: Kind, state: dict[str, Any]) -> None:
    card = lobby(kind=kind, **state)
    text = words(card)
    assert ("and 30 more" in text) == (len(card.joined) == MOST and not card.ended)
    assert bool(labels(card)) == card.open


def test_a_question_to_fifty_people_fits(question: AnyQuestion) -> None:
    card = ask(question)
    text = words(card)
    assert "**Answered 25 of 50**" in text
    assert text.count("and 5 more") == 2
    assert labels(card)[-1] == "No sign of the host: take over"
    sent(ask(question, ready=PEOPLE, waiting=()))
    sent(ask(question, ready=(), waiting=PEOPLE))


@pytest.mark.parametrize("changes", [{"closing": True}, *({"outcome": outcome} for outcome in Outcome)])
def test_a_question_that_takes_no_answers_has_no_buttons(question: AnyQuestion, changes: dict[str, Any]) -> None:
    assert labels(ask(question, deadline=None, waiting=(), **changes)) == []


@pytest.mark.thorough
def test_no_shipped_question_is_cut_short_by_the_names_of_fifty_people(shipped: Bank) -> None:
    """Nothing of what is asked may be cut; and the longest answers fit into a reveal."""
    for asked in shipped.questions.values():
        sent(reveal(asked))
        if isinstance(asked, CodeTask) and asked.score is not None:
            continue  # challenges are for one person
        card = ask(asked)
        text = words(card)
        assert card.prompt in text, asked.id
        assert all(option.text in text for option in card.options), asked.id


def test_a_reveal_to_fifty_people_fits(question: AnyQuestion) -> None:
    card = reveal(question)
    text = words(card)
    assert "and 30 more" in text
    assert "-# and 40 more" in text
    assert "🥇 <@" in text
    assert "Host: next question (15 of 15)" in labels(card)
    sent(reveal(question, void=True, scores=(), best=None, missed=(), board=()))
    assert "Host: next question (15 of 15)" not in labels(reveal(question, next=False))


def test_the_board_of_fifty_people_and_fifteen_questions_fits() -> None:
    card = final()
    text = words(card)
    assert "-# and 30 more" in text
    assert "15. A topic" in text
    assert "12. A topic with a name as long as the longest one that there is in the taxonomy · not counted" in text
    [gallery] = [item for item in walk(sent(card)) if item["type"] == 12]
    assert gallery["items"][0]["media"]["url"] == "attachment://board.png"
    assert len(gallery["items"][0]["description"]) <= 1024


def test_where_nothing_was_scored_the_end_says_so() -> None:
    card = final(board=(), files=())
    assert "Nothing was scored." in words(card)
    assert labels(card) == ["Another round like this"]


def test_no_two_buttons_of_a_message_mean_the_same(question: AnyQuestion) -> None:
    for card in (lobby(), ask(question), reveal(question), final()):
        ids = [item["custom_id"] for item in walk(sent(card)) if "custom_id" in item]
        assert len(ids) == len(set(ids))
        assert all(one.startswith(f"group:{ROUND}:{card.turn}:") for one in ids)


@settings(max_examples=60)
@given(text=st.text(max_size=5000), code=st.booleans(), score=st.floats(0, 1))
def test_whatever_somebody_wrote_can_be_quoted(text: str, code: bool, score: float) -> None:
    card = reveal(QUESTION, best=BestAnswer(PEOPLE[3], text, score, code), vacant=False)
    shown = words(card)
    assert f"**Best answer** · <@{PEOPLE[3]}>" in shown


def test_options_stand_in_the_order_in_which_they_were_drawn(bank: Bank) -> None:
    asked = next(found for found in bank.questions.values() if isinstance(found, MultipleChoice))
    mixed = tuple(OptionLine("ABCD"[place], option.id, option.text) for place, option in enumerate(asked.options[::-1]))
    card = ask(asked, options=mixed)
    assert labels(card)[:4] == ["A", "B", "C", "D"]
    ids = [item["custom_id"].rpartition("choose-")[2] for item in walk(sent(card)) if item["type"] == 2][:4]
    assert ids == [option.id for option in asked.options[::-1]]
