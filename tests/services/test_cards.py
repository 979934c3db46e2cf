"""What a round's messages say, from states and grades alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rounds.dialogue import DialoguePost, Outcome, PostKind, posts, replay
from bot.rounds.events import (
    Advanced,
    Answered,
    Event,
    GaveUp,
    Graded,
    HintAsked,
    Item,
    Kind,
    Mode,
    Result,
    SelfRated,
    Skipped,
    Started,
    Stopped,
)
from bot.services.cards import (
    AskCard,
    ExpandCard,
    FeedbackCard,
    SummaryCard,
    band_of,
    card,
    feedback,
    prompt_of,
    summary,
)
from bot.services.draft_defaults import FOLLOW_UPS
from bot.services.hints import hints_of
from bot.services.record import RoundRecord
from bot.store.rounds import AttemptRow, Place, RoundRow, Surface
from grader.grade import Finding, Gate, Grade, Probe, ProbeKind, Row, Span, Verdict, encode
from questions.kinds import AnyQuestion
from questions.loader import load_text
from questions.model import FreeText, Level, Numeric, Tier
from questions.taxonomy import taxonomy
from tests.clock import START
from tests.conftest import BANK

OWNER = 1
FREE, CHOICE, NUMERIC, STORY = (item.question for item in load_text(BANK.read_text(encoding="utf-8")))


def span(text: str) -> Span:
    return Span(0, 0, len(text), text)


def row(
    name: str,
    credit: float,
    quote: str | None = None,
    *,
    weight: float = 1.0,
    tier: Tier = Tier.CORE,
    factor: float = 1,
) -> Row:
    verdict = Verdict.HIT if credit == 1 else Verdict.HALF if credit else Verdict.MISSED
    return Row(name, f"claim of {name}", tier, weight, verdict, credit, factor, span(quote) if quote else None)


def record(
    questions: Sequence[AnyQuestion],
    events: Sequence[Event] = (),
    grades: dict[int, tuple[str, Grade | None]] | None = None,
    *,
    mode: Mode = Mode.PRACTICE,
    kind: Kind = Kind.QUIZ,
    level: Level = Level.MID,
    limit_s: int | None = None,
    topic: str | None = None,
    order: tuple[str, ...] = ("c", "a", "d", "b"),
) -> RoundRecord:
    """The record of a round after `events`; `grades` holds each attempt's text and grade by its id."""
    items = tuple(Item(q.id, q.version, order if q is CHOICE else (), 1 if q is NUMERIC else 0) for q in questions)
    first = Started(START, OWNER, kind, level, mode, items, limit_s)
    state = replay([first, *events])
    place = Place(7, 70, Surface.CHANNEL)
    rows = [
        AttemptRow(number, 5, 0, OWNER, "q", 1, text, 0, encode(grade) if grade else None, None, START)
        for number, (text, grade) in (grades or {}).items()
    ]
    return RoundRecord(
        RoundRow(5, "dialogue", kind, OWNER, place, topic, "mixed", len(state.items), len(events), state, START),
        {(question.id, question.version): question for question in questions},
        rows,
    )


def answered(turn: int, attempt: int) -> Answered:
    return Answered(START, OWNER, turn, attempt)


def graded(turn: int, attempt: int, score: float | None, *probes: str, again: bool = False) -> Graded:
    return Graded(START, None, turn, attempt, Result(score, band_of(score or 0.0), probes, again))


def ask(rec: RoundRecord, turn: int) -> AskCard:
    found = card(rec, DialoguePost(PostKind.ASK, turn, ""))
    assert isinstance(found, AskCard)
    return found


@pytest.mark.parametrize(
    ("score", "band"), [(1.0, 4), (0.8, 4), (0.79, 3), (0.6, 3), (0.59, 2), (0.35, 2), (0.34, 1), (0.0, 1)]
)
def test_a_score_has_a_band(score: float, band: int) -> None:
    assert band_of(score) == band


def test_every_post_has_a_card_of_its_turn() -> None:
    rec = record(
        [FREE, CHOICE],
        [
            answered(0, 10),
            graded(0, 10, 0.1, again=True),
            answered(0, 11),
            graded(0, 11, 0.5),
            Advanced(START, OWNER, 0),
            Stopped(START, OWNER),
        ],
        {10: ("few words", Grade(0.1, 1, gate=Gate.SHORT)), 11: ("more", Grade(0.5, 2))},
    )
    cards = [card(rec, post) for post in posts(rec.state)]
    assert [type(shown) for shown in cards] == [AskCard, ExpandCard, FeedbackCard, AskCard, SummaryCard]
    assert [shown.turn for shown in cards] == [0, 0, 0, 1, 1]
    assert {shown.round_id for shown in cards} == {5}


# Questions


def test_a_question_says_where_it_stands_and_what_a_hint_costs() -> None:
    rec = record([FREE, CHOICE], limit_s=60)
    shown = ask(rec, 0)
    assert (shown.number, shown.total, shown.first, shown.topic) == (1, 2, True, "Regularization")
    assert (shown.difficulty, shown.level, shown.in_server, shown.unit) == (2, Level.MID, True, None)
    assert (shown.hints, shown.next_hint) == ((), "free")
    assert shown.deadline == START + timedelta(seconds=60)
    assert (shown.outcome, shown.reading, shown.followup, shown.so_far) == (None, False, None, None)


@pytest.mark.parametrize(
    ("mode", "costs"),
    [(Mode.PRACTICE, ["free", "×¾", "×½", None, None]), (Mode.EXAM, ["free", "×¾", None, None, None])],
)
def test_hints_are_shown_as_they_are_taken_and_end(mode: Mode, costs: list[str | None]) -> None:
    found: list[str | None] = []
    for count in range(5):
        shown = ask(record([FREE], [HintAsked(START, OWNER, 0)] * count, mode=mode), 0)
        found.append(shown.next_hint)
        assert shown.hints == hints_of(FREE, 0)[: len(shown.hints)]
        assert len(shown.hints) == min(count, costs.index(None))
    assert found == costs


def test_options_stand_in_the_drawn_order_under_their_letters() -> None:
    shown = ask(record([CHOICE], [answered(0, 10)], {10: ("d", None)}), 0)
    assert [(option.letter, option.id) for option in shown.options] == [("A", "c"), ("B", "a"), ("C", "d"), ("D", "b")]
    assert shown.options[1].text == "Accuracy"
    assert (shown.chosen, shown.reading) == ("d", True)


def test_a_numeric_question_is_shown_with_its_numbers() -> None:
    assert isinstance(NUMERIC, Numeric)
    shown = ask(record([NUMERIC]), 0)
    assert shown.prompt == "You flip 3 fair coins. What is the chance that all show heads?"
    assert (shown.unit, shown.chosen) == ("", None)
    assert prompt_of(NUMERIC, 0).startswith("You flip 2")


def test_a_follow_up_shows_its_words_and_what_was_earned_before_it() -> None:
    grade = Grade(0.4, 2, probes=(Probe("p1", ProbeKind.KEY_POINT, "And the other one?", "x"),))
    events = [answered(0, 10), graded(0, 10, 0.4, "p1")]
    shown = ask(record([FREE], events, {10: ("answer", grade)}), 1)
    assert (shown.followup, shown.followup_number, shown.number, shown.first) == ("And the other one?", 1, 1, False)
    assert shown.so_far == grade
    hidden = ask(record([FREE], events, {10: ("answer", grade)}, mode=Mode.EXAM), 1)
    assert hidden.so_far is None
    erased = ask(record([FREE], events), 1)
    assert erased.followup == "Tell me more about that."


def test_a_short_answer_says_how_short_it_was() -> None:
    events = [answered(0, 10), graded(0, 10, 0.0, again=True)]
    grades: dict[int, tuple[str, Grade | None]] = {10: ("three little words", Grade(0.0, 1, gate=Gate.SHORT))}
    shown = card(record([FREE], events, grades), DialoguePost(PostKind.EXPAND, 0, "open"))
    assert isinstance(shown, ExpandCard)
    assert (shown.words, shown.gate, shown.open) == (3, Gate.SHORT, True)
    closed = card(record([FREE], events, grades), DialoguePost(PostKind.EXPAND, 0, "closed"))
    assert isinstance(closed, ExpandCard)
    assert not closed.open
    erased = card(record([FREE], events), DialoguePost(PostKind.EXPAND, 0, "open"))
    assert isinstance(erased, ExpandCard)
    assert (erased.words, erased.gate) == (0, None)


# Feedback


def test_feedback_shows_the_grade_and_the_way_on() -> None:
    grade = Grade(0.5, 2, rows=(row("l1-zeros", 1, "zero"),))
    shown = feedback(record([FREE, CHOICE], [answered(0, 10), graded(0, 10, 0.5)], {10: ("x", grade)}), 0)
    assert (shown.grade, shown.score, shown.band, shown.outcome) == (grade, 0.5, 2, Outcome.ANSWERED)
    assert (shown.hidden, shown.next) == (False, True)
    assert shown.next_step == "And what happens to the weights under the other penalty?"


def test_feedback_in_an_exam_is_hidden_until_the_end() -> None:
    events: list[Event] = [Skipped(START, OWNER, 0)]
    assert feedback(record([FREE, CHOICE], events, mode=Mode.EXAM), 0).hidden
    events.append(Stopped(START, OWNER))
    shown = feedback(record([FREE, CHOICE], events, mode=Mode.EXAM), 0)
    assert (shown.hidden, shown.next) == (False, False)


def test_feedback_without_a_grade_claims_no_score() -> None:
    shown = feedback(record([FREE], [answered(0, 10), graded(0, 10, None)], {10: ("x", None)}), 0)
    assert (shown.score, shown.grade) == (None, None)


def test_no_feedback_offers_another_question_once_the_round_is_over() -> None:
    rec = record([FREE, CHOICE], [Skipped(START, OWNER, 0), Advanced(START, OWNER, 0), Skipped(START, OWNER, 1)])
    assert [feedback(rec, turn).next for turn in (0, 1)] == [False, False]


@pytest.mark.parametrize(
    ("level", "earned", "findings", "step"),
    [
        (Level.JUNIOR, {}, False, "Which of the two leaves you with fewer features, and how?"),
        (Level.JUNIOR, {"l1-zeros": 1, "l2-shrinks": 1}, False, None),
        (Level.MID, {"l1-zeros": 1, "l2-shrinks": 1}, False, "Two of your features carry nearly the same signal."),
        (Level.MID, {"l1-zeros": 0.5, "l2-shrinks": 1, "correlated": 1}, False, "Which of the two leaves you"),
        (Level.SENIOR, {"l1-zeros": 1, "l2-shrinks": 1, "correlated": 1}, False, None),
        (Level.SENIOR, {}, True, "Is it true that L2 selects features?"),
    ],
)
def test_the_next_step_is_the_weightiest_gap(
    level: Level, earned: dict[str, float], findings: bool, step: str | None
) -> None:
    wrong = Finding("l2-selects", "L2 selects features", "It does not.", 0.2, True, span("x"))
    grade = Grade(
        0.5,
        2,
        rows=tuple(row(name, credit, "x") for name, credit in earned.items()),
        findings=(wrong,) if findings else (),
    )
    shown = feedback(
        record([FREE], [answered(0, 10), graded(0, 10, 0.5)], {10: ("x", grade)}, level=level), 0
    ).next_step
    assert shown == step if step is None else shown is not None and shown.startswith(step)


def test_a_follow_up_that_fits_every_point_is_no_next_step_and_the_summary_tells_the_question() -> None:
    assert isinstance(FREE, FreeText)
    first, *others = FREE.key_points
    question = FREE.model_copy(
        update={"key_points": (first.model_copy(update={"followup": FOLLOW_UPS[0], "weight": 3}), *others)}
    )

    def seen(*earned: str) -> RoundRecord:
        grade = Grade(0.4, 2, rows=tuple(row(name, 1, "x") for name in earned))
        return record([question], [answered(0, 10), graded(0, 10, 0.4)], {10: ("x", grade)}, level=Level.JUNIOR)

    assert feedback(seen(), 0).next_step == others[0].followup
    assert feedback(seen(others[0].id), 0).next_step is None
    [gap] = summary(seen(others[0].id)).gaps
    assert (gap.claim, gap.probe) == (first.claim, question.prompt)


def test_a_misconception_that_was_taken_back_is_no_gap() -> None:
    wrong = Finding("l2-selects", "L2 selects features", "It does not.", 0.2, True, span("x"), corrected=True)
    rows = tuple(row(name, 1, "x") for name in ("l1-zeros", "l2-shrinks", "correlated"))
    grade = Grade(0.9, 4, rows=rows, findings=(wrong,))
    assert feedback(record([FREE], [answered(0, 10), graded(0, 10, 0.9)], {10: ("x", grade)}), 0).next_step is None


# The summary


def test_a_summary_lists_every_question_and_how_it_ended() -> None:
    rec = record(
        [CHOICE, FREE, NUMERIC],
        [
            HintAsked(START, OWNER, 0),
            answered(0, 10),
            graded(0, 10, 1.0),
            Advanced(START, OWNER, 0),
            answered(1, 11),
            graded(1, 11, 0.5, "p1"),
            Skipped(START, OWNER, 2),
            Advanced(START, OWNER, 2),
            Stopped(START, OWNER),
        ],
        {10: ("a", Grade(1.0, 4)), 11: ("x", Grade(0.5, 2))},
        topic="ml",
    )
    shown = summary(rec)
    assert (shown.stopped, shown.score, shown.topic) == (True, 0.75, taxonomy().name("ml"))
    assert [(line.number, line.score, line.outcome, line.hints, line.followups) for line in shown.lines] == [
        (1, 1.0, Outcome.ANSWERED, 1, 0),
        (2, 0.5, Outcome.ANSWERED, 0, 1),
        (3, None, Outcome.STOPPED, 0, 0),
    ]
    assert shown.lines[2].prompt.startswith("You flip 3 fair coins.")
    assert (shown.anchors, shown.scope, shown.story, shown.self_rating) == ((), "", None, None)


def test_a_question_never_reached_has_no_outcome_and_no_gap() -> None:
    shown = summary(record([FREE, CHOICE], [Stopped(START, OWNER)]))
    assert [line.outcome for line in shown.lines] == [Outcome.STOPPED, None]
    assert (shown.score, shown.gaps, shown.review, shown.topic) == (None, (), (), None)


def test_the_two_best_moments_are_the_weightiest_that_quote_different_words() -> None:
    rows = (
        row("a", 1, "small thing", weight=1),
        row("b", 1, "the great thing itself", weight=3),
        row("c", 1, "great thing", weight=3),
        row("d", 0.5, "half a thing", weight=3),
        row("e", 1, "after a hint", weight=3, factor=0.2),
        row("f", 0, None, weight=3),
    )
    rec = record([FREE], [answered(0, 10), graded(0, 10, 0.9)], {10: ("x", Grade(0.9, 4, rows=rows))})
    assert [(moment.quote, moment.claim) for moment in summary(rec).moments] == [
        ("the great thing itself", "claim of b"),
        ("half a thing", "claim of d"),
    ]


def test_at_most_three_gaps_are_named_and_the_weakest_topic_comes_first() -> None:
    rec = record(
        [FREE, CHOICE, NUMERIC],
        [
            answered(0, 10),
            graded(0, 10, 0.4),
            Advanced(START, OWNER, 0),
            answered(1, 11),
            graded(1, 11, 0.0),
            Advanced(START, OWNER, 1),
            answered(2, 12),
            graded(2, 12, 1.0),
        ],
        {10: ("x", Grade(0.4, 2)), 11: ("b", Grade(0.0, 1)), 12: ("0.125", Grade(1.0, 4))},
    )
    shown = summary(rec)
    assert len(shown.gaps) == 3
    assert shown.gaps[0].claim == "An L1 penalty drives some weights to exactly zero."
    assert shown.review == (taxonomy().name(CHOICE.topic), taxonomy().name(FREE.topic))


def test_a_question_that_the_grader_failed_on_has_no_score_and_is_not_to_review() -> None:
    shown = summary(record([FREE], [answered(0, 10), graded(0, 10, None)], {10: ("x", None)}))
    assert (shown.score, shown.lines[0].score, shown.review) == (None, None, ())


def test_a_story_is_rated_against_its_anchors() -> None:
    rec = record(
        [STORY],
        [answered(0, 10), graded(0, 10, 0.7), SelfRated(START, OWNER, 3)],
        {10: ("x", Grade(0.7, 3))},
        kind=Kind.BEHAVIORAL,
        level=Level.SENIOR,
    )
    shown = summary(rec)
    assert shown.anchors[0] == "Blames others, no own action."
    assert len(shown.anchors) == 4
    assert (shown.scope, shown.self_rating, shown.story) == ("several teams", 3, Grade(0.7, 3))


def test_a_choice_that_was_shown_instead_of_answered_is_a_gap() -> None:
    shown = summary(record([CHOICE], [GaveUp(START, OWNER, 0)]))
    assert [gap.claim for gap in shown.gaps] == [
        "With rare positives accuracy says little; look at precision and recall."
    ]
    assert shown.lines[0].outcome is Outcome.GAVE_UP


def test_cards_can_be_compared() -> None:
    """The services and these tests tell by equality whether a message looks right."""
    first = ask(record([FREE]), 0)
    assert first == ask(record([FREE]), 0)
    assert first != replace(first, turn=1)
