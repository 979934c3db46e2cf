"""The engine of group rounds by short scripts: events in, phases, replies and the board out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.rounds.dialogue import Outcome
from bot.rounds.engine import CodecError, IllegalEventError
from bot.rounds.events import Advanced, Answered, Extended, Item, Kind, Mode, Regraded, Result, Skipped, TimedOut
from bot.rounds.group import (
    FEWEST,
    GROUP,
    LIVE,
    MOST,
    OwedGrade,
    Phase,
    PostKind,
    Reply,
    Standing,
    State,
    awaited,
    board,
    grades,
    item_score,
    open_round,
    outage,
    posts,
    replay,
    scored,
    step,
    time_out,
    wake_at,
)
from bot.rounds.group_events import (
    Begun,
    Done,
    Ended,
    Graded,
    GroupEvent,
    Joined,
    Left,
    Opened,
    Seen,
    TimeAdded,
    TookOver,
)
from questions.model import Level

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOST, ANN, BOB, CARL = 1, 2, 3, 4
LOBBY, ASKING, CLOSING, REVEALED, FINISHED = Phase
LIMIT_S = 60
DAY_S = 24 * 3600


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def opened(kind: Kind = Kind.QUIZ, *, plays: bool = True) -> Opened:
    return Opened(T0, HOST, kind, Level.MID, 3, LIMIT_S, plays)


def joined(by: int, s: float = 1) -> Joined:
    return Joined(at(s), by)


def left(by: int, s: float = 3) -> Left:
    return Left(at(s), by)


def begun(items: int = 2, s: float = 2, *, by: int = HOST) -> Begun:
    return Begun(at(s), by, tuple(Item(f"ml.boosting.q{number}", 1) for number in range(items)))


def answered(by: int, attempt: int, s: float = 3, *, turn: int = 1) -> Answered:
    return Answered(at(s), by, turn, attempt)


def graded(
    by: int, attempt: int, score: float | None = 0.5, s: float = 4, *, turn: int = 1, band: int = 2, retry: bool = False
) -> Graded:
    return Graded(at(s), None, turn, by, attempt, Result(score, band, (), False, retry))


def done(by: int, s: float = 5, *, turn: int = 1) -> Done:
    return Done(at(s), by, turn)


def skipped(s: float = 5, *, turn: int = 1, by: int = HOST) -> Skipped:
    return Skipped(at(s), by, turn)


def advanced(s: float = 6, *, turn: int = 1, by: int = HOST) -> Advanced:
    return Advanced(at(s), by, turn)


def more_time(seconds: int, s: float = 5, *, turn: int = 1, by: int = HOST) -> TimeAdded:
    return TimeAdded(at(s), by, turn, seconds)


def took_over(by: int, s: float) -> TookOver:
    return TookOver(at(s), by)


def seen(s: float, by: int = HOST) -> Seen:
    return Seen(at(s), by)


def timed_out(s: float, *, turn: int = 1) -> TimedOut:
    return TimedOut(at(s), None, turn)


def ended(by: int | None = HOST, s: float = 9) -> Ended:
    return Ended(at(s), by)


def play(*events: GroupEvent) -> State:
    return replay(events)


Line = tuple[GroupEvent, Phase, int, tuple[Reply, ...]]
"""An event, then the phase, the current turn and the replies after it."""

QUIZ: list[GroupEvent] = [opened(), joined(ANN), begun(2)]
"""Two questions; the host and Ann are in the first."""
CODE: list[GroupEvent] = [opened(Kind.CODE), joined(ANN), begun(2)]
BOTH_ANSWERED: list[Line] = [
    (answered(HOST, 10), ASKING, 1, ()),
    (answered(ANN, 11), CLOSING, 1, ()),
    (graded(ANN, 11), CLOSING, 1, ()),
    (graded(HOST, 10), REVEALED, 1, ()),
]

SCRIPTS: dict[str, tuple[list[GroupEvent], list[Line]]] = {
    "a round from the lobby to the final board": (
        [opened()],
        [
            (joined(ANN), LOBBY, 0, ()),
            (begun(2), ASKING, 1, ()),
            *BOTH_ANSWERED,
            (advanced(), ASKING, 2, ()),
            (answered(ANN, 12, turn=2), ASKING, 2, ()),
            (answered(HOST, 13, turn=2), CLOSING, 2, ()),
            (graded(HOST, 13, turn=2), CLOSING, 2, ()),
            (graded(ANN, 12, turn=2), FINISHED, 2, ()),
        ],
    ),
    "one person alone does not begin": (
        [opened()],
        [
            (begun(), LOBBY, 0, (Reply.TOO_FEW,)),
            (joined(ANN), LOBBY, 0, ()),
            (left(ANN), LOBBY, 0, ()),
            (begun(), LOBBY, 0, (Reply.TOO_FEW,)),
            (joined(ANN), LOBBY, 0, ()),
            (begun(), ASKING, 1, ()),
        ],
    ),
    "a host who only moderates is nobody's opponent": (
        [opened(plays=False)],
        [
            (joined(ANN), LOBBY, 0, ()),
            (begun(), LOBBY, 0, (Reply.TOO_FEW,)),
            (joined(BOB), LOBBY, 0, ()),
            (begun(), ASKING, 1, ()),
            (answered(HOST, 9), ASKING, 1, (Reply.NOT_IN_ROUND,)),
            (answered(ANN, 10), ASKING, 1, ()),
            (answered(BOB, 11), CLOSING, 1, ()),
        ],
    ),
    "a host who only moderates may join like anybody else": (
        [opened(plays=False), joined(ANN)],
        [(joined(HOST), LOBBY, 0, ()), (joined(HOST), LOBBY, 0, (Reply.ALREADY_IN,)), (begun(), ASKING, 1, ())],
    ),
    "nobody but the host moves the round on": (
        [opened(), joined(ANN)],
        [
            (begun(by=ANN), LOBBY, 0, (Reply.NOT_HOST,)),
            (begun(), ASKING, 1, ()),
            (skipped(by=ANN), ASKING, 1, (Reply.NOT_HOST,)),
            (more_time(60, by=ANN), ASKING, 1, (Reply.NOT_HOST,)),
            (ended(by=ANN), ASKING, 1, (Reply.NOT_HOST,)),
            *BOTH_ANSWERED,
            (advanced(by=ANN), REVEALED, 1, (Reply.NOT_HOST,)),
        ],
    ),
    "beginning twice asks one question": (
        [opened(), joined(ANN)],
        [(begun(), ASKING, 1, ()), (begun(), ASKING, 1, (Reply.STALE,))],
    ),
    "the first answer counts": (
        QUIZ,
        [
            (answered(ANN, 10), ASKING, 1, ()),
            (answered(ANN, 11), ASKING, 1, (Reply.ALREADY_ANSWERED,)),
            (graded(ANN, 11), ASKING, 1, ()),
            (graded(ANN, 10), ASKING, 1, ()),
            (answered(ANN, 11), ASKING, 1, (Reply.ALREADY_ANSWERED,)),
            (answered(HOST, 12), CLOSING, 1, ()),
            (answered(ANN, 11), CLOSING, 1, (Reply.ALREADY_ANSWERED,)),
            (graded(HOST, 12), REVEALED, 1, ()),
            (advanced(), ASKING, 2, ()),
            (answered(ANN, 11), ASKING, 2, (Reply.ALREADY_ANSWERED,)),
        ],
    ),
    "a question ends when its time and the grace are over": (
        QUIZ,
        [
            (timed_out(62), ASKING, 1, ()),
            (timed_out(66.9), ASKING, 1, ()),
            (timed_out(67), REVEALED, 1, ()),
            (answered(ANN, 10, 68), REVEALED, 1, (Reply.TOO_LATE,)),
            (advanced(70), ASKING, 2, ()),
            (answered(ANN, 10, 71), ASKING, 2, (Reply.TOO_LATE,)),
            (timed_out(135, turn=2), FINISHED, 2, ()),
        ],
    ),
    "an answer within the grace counts": (QUIZ, [(answered(ANN, 10, 67), ASKING, 1, ())]),
    "an answer after the grace is too late and ends the question": (
        QUIZ,
        [(answered(ANN, 10, 67.1), REVEALED, 1, (Reply.TOO_LATE,))],
    ),
    "a click of the host after the grace does not undo that the time is up": (
        QUIZ,
        [
            (skipped(68), REVEALED, 1, (Reply.STALE,)),
            (advanced(69), ASKING, 2, ()),
            (more_time(60, 135, turn=2), FINISHED, 2, (Reply.STALE,)),
        ],
    ),
    "somebody who is not in the question cannot end it by being late": (
        QUIZ,
        [
            (answered(BOB, 10, 70), ASKING, 1, (Reply.NOT_IN_ROUND,)),
            (joined(BOB, 70), ASKING, 1, (Reply.ENTERS_NEXT,)),
            (answered(BOB, 10, 70), ASKING, 1, (Reply.JOINED_LATE,)),
        ],
    ),
    "answers that wait for their grades hold the reveal up, also when the time is over": (
        QUIZ,
        [
            (answered(ANN, 10), ASKING, 1, ()),
            (timed_out(67), CLOSING, 1, ()),
            (timed_out(1000), CLOSING, 1, ()),
            (advanced(1000), CLOSING, 1, (Reply.STALE,)),
            (skipped(1000), CLOSING, 1, (Reply.STALE,)),
            (answered(HOST, 11, 50), CLOSING, 1, (Reply.TOO_LATE,)),
            (graded(ANN, 10, None), REVEALED, 1, ()),
        ],
    ),
    "grades that nobody waits for change nothing": (
        QUIZ,
        [
            (graded(ANN, 10), ASKING, 1, ()),
            (answered(ANN, 10), ASKING, 1, ()),
            (graded(HOST, 10), ASKING, 1, ()),
            (graded(BOB, 10), ASKING, 1, ()),
            (graded(ANN, 10, turn=0), ASKING, 1, ()),
            (graded(ANN, 10, turn=2), ASKING, 1, ()),
            (answered(HOST, 11), CLOSING, 1, ()),
            (graded(ANN, 10), CLOSING, 1, ()),
            (graded(ANN, 10), CLOSING, 1, ()),
            (graded(HOST, 11), REVEALED, 1, ()),
            (graded(HOST, 11), REVEALED, 1, ()),
        ],
    ),
    "latecomers enter at the next question, and only while there is one": (
        QUIZ,
        [
            (joined(BOB, 3), ASKING, 1, (Reply.ENTERS_NEXT,)),
            (answered(BOB, 10), ASKING, 1, (Reply.JOINED_LATE,)),
            (answered(HOST, 10), ASKING, 1, ()),
            (answered(ANN, 11), CLOSING, 1, ()),
            (joined(CARL, 4), CLOSING, 1, (Reply.ENTERS_NEXT,)),
            (graded(HOST, 10), CLOSING, 1, ()),
            (graded(ANN, 11), REVEALED, 1, ()),
            (joined(5), REVEALED, 1, (Reply.ENTERS_NEXT,)),
            (answered(5, 12), REVEALED, 1, (Reply.JOINED_LATE,)),
            (advanced(), ASKING, 2, ()),
            (answered(5, 12), ASKING, 2, (Reply.STALE,)),
            (answered(5, 12, turn=2), ASKING, 2, ()),
            (joined(6), ASKING, 2, (Reply.NOTHING_LEFT,)),
            (timed_out(100, turn=2), CLOSING, 2, ()),
            (joined(6), CLOSING, 2, (Reply.NOTHING_LEFT,)),
            (graded(5, 12, turn=2), FINISHED, 2, ()),
            (joined(6), FINISHED, 2, (Reply.FINISHED,)),
        ],
    ),
    "who leaves and comes back has the same question, until it closes": (
        [opened(), joined(ANN), joined(BOB), begun(2)],
        [
            (left(ANN), ASKING, 1, ()),
            (answered(ANN, 10), ASKING, 1, (Reply.NOT_IN_ROUND,)),
            (left(ANN), ASKING, 1, (Reply.NOT_IN_ROUND,)),
            (joined(ANN), ASKING, 1, ()),
            (joined(ANN), ASKING, 1, (Reply.ALREADY_IN,)),
            (answered(ANN, 10), ASKING, 1, ()),
            (left(ANN), ASKING, 1, ()),
            (joined(ANN), ASKING, 1, (Reply.ENTERS_NEXT,)),
            (answered(ANN, 11), ASKING, 1, (Reply.ALREADY_ANSWERED,)),
            (left(BOB), ASKING, 1, ()),
            (answered(HOST, 12), CLOSING, 1, ()),
            (joined(BOB), CLOSING, 1, (Reply.ENTERS_NEXT,)),
            (answered(BOB, 13), CLOSING, 1, (Reply.TOO_LATE,)),
        ],
    ),
    "a question asked while somebody is away is not theirs": (
        [opened(), joined(ANN), joined(BOB), begun(3)],
        [
            (left(BOB), ASKING, 1, ()),
            (skipped(), REVEALED, 1, ()),
            (advanced(), ASKING, 2, ()),
            (joined(BOB), ASKING, 2, (Reply.ENTERS_NEXT,)),
            (answered(BOB, 10, turn=2), ASKING, 2, (Reply.JOINED_LATE,)),
            (skipped(turn=2), REVEALED, 2, ()),
            (advanced(turn=2), ASKING, 3, ()),
            (answered(BOB, 10, turn=3), ASKING, 3, ()),
        ],
    ),
    "of the last question one may come back to one's own only": (
        [opened(), joined(ANN), joined(BOB), joined(CARL), begun(1)],
        [
            (left(ANN), ASKING, 1, ()),
            (joined(5), ASKING, 1, (Reply.NOTHING_LEFT,)),
            (joined(ANN), ASKING, 1, ()),
            (answered(ANN, 10), ASKING, 1, ()),
            (left(ANN), ASKING, 1, ()),
            (joined(ANN), ASKING, 1, ()),
            (answered(ANN, 11), ASKING, 1, (Reply.ALREADY_ANSWERED,)),
        ],
    ),
    "the last one who thinks leaves, and the question is over": (
        [opened(), joined(ANN), joined(BOB), begun(2)],
        [
            (answered(HOST, 10), ASKING, 1, ()),
            (graded(HOST, 10), ASKING, 1, ()),
            (answered(BOB, 11), ASKING, 1, ()),
            (left(ANN), CLOSING, 1, ()),
            (graded(BOB, 11), REVEALED, 1, ()),
        ],
    ),
    "when all have gone nothing is asked": (
        QUIZ,
        [
            (left(ANN), ASKING, 1, ()),
            (left(HOST), REVEALED, 1, ()),
            (advanced(), REVEALED, 1, (Reply.NOBODY_THERE,)),
            (joined(BOB), REVEALED, 1, (Reply.ENTERS_NEXT,)),
            (advanced(), ASKING, 2, ()),
            (answered(BOB, 10, turn=2), CLOSING, 2, ()),
        ],
    ),
    "code is tried until it is accepted": (
        CODE,
        [
            (answered(ANN, 10), ASKING, 1, ()),
            (answered(ANN, 11), ASKING, 1, (Reply.STILL_RUNNING,)),
            (graded(ANN, 10, 0.2, retry=True), ASKING, 1, ()),
            (answered(ANN, 10), ASKING, 1, (Reply.ALREADY_ANSWERED,)),
            (answered(ANN, 11), ASKING, 1, ()),
            (graded(ANN, 10, 0.9), ASKING, 1, ()),
            (answered(ANN, 12), ASKING, 1, (Reply.STILL_RUNNING,)),
            (graded(ANN, 11, 0.9), ASKING, 1, ()),
            (answered(ANN, 12), ASKING, 1, (Reply.ALREADY_ANSWERED,)),
            (done(ANN), ASKING, 1, (Reply.ALREADY_ANSWERED,)),
            (answered(HOST, 13), ASKING, 1, ()),
            (graded(HOST, 13, 1.0), REVEALED, 1, ()),
        ],
    ),
    "one may be done with code that was not accepted, once it was tried": (
        CODE,
        [
            (done(ANN), ASKING, 1, (Reply.NO_TRY_YET,)),
            (answered(ANN, 10), ASKING, 1, ()),
            (graded(ANN, 10, 0.2, retry=True), ASKING, 1, ()),
            (done(BOB), ASKING, 1, (Reply.NOT_IN_ROUND,)),
            (done(ANN, turn=2), ASKING, 1, (Reply.STALE,)),
            (done(ANN), ASKING, 1, ()),
            (answered(ANN, 11), ASKING, 1, (Reply.ALREADY_ANSWERED,)),
            (answered(HOST, 12), ASKING, 1, ()),
            (done(HOST), CLOSING, 1, ()),
            (graded(HOST, 12, 0.3, retry=True), REVEALED, 1, ()),
        ],
    ),
    "what failed through our fault leaves the task open": (
        CODE,
        [
            (answered(ANN, 10), ASKING, 1, ()),
            (graded(ANN, 10, None, retry=True), ASKING, 1, ()),
            (answered(ANN, 11), ASKING, 1, ()),
            (timed_out(67), CLOSING, 1, ()),
            (graded(ANN, 11, 0.3, retry=True), REVEALED, 1, ()),
            (answered(ANN, 12), REVEALED, 1, (Reply.TOO_LATE,)),
            (done(ANN), REVEALED, 1, (Reply.TOO_LATE,)),
        ],
    ),
    "being done too late ends the question": (
        CODE,
        [
            (answered(ANN, 10), ASKING, 1, ()),
            (graded(ANN, 10, 0.3, retry=True), ASKING, 1, ()),
            (done(ANN, 68), REVEALED, 1, (Reply.TOO_LATE,)),
        ],
    ),
    "a skipped question takes nothing more, but grades what was sent": (
        QUIZ,
        [
            (skipped(turn=2), ASKING, 1, (Reply.STALE,)),
            (answered(ANN, 10), ASKING, 1, ()),
            (skipped(), CLOSING, 1, ()),
            (answered(HOST, 11), CLOSING, 1, (Reply.STALE,)),
            (graded(ANN, 10), REVEALED, 1, ()),
            (skipped(), REVEALED, 1, (Reply.STALE,)),
            (advanced(), ASKING, 2, ()),
            (skipped(), ASKING, 2, (Reply.STALE,)),
            (skipped(turn=2), FINISHED, 2, ()),
        ],
    ),
    "the host adds time, an hour to a question at most": (
        QUIZ,
        [
            (more_time(1800), ASKING, 1, ()),
            (more_time(60, turn=2), ASKING, 1, (Reply.STALE,)),
            (more_time(1740), ASKING, 1, ()),
            (more_time(61), ASKING, 1, (Reply.ENOUGH_TIME,)),
            (more_time(60), ASKING, 1, ()),
            (more_time(1), ASKING, 1, (Reply.ENOUGH_TIME,)),
            (answered(ANN, 10, 3660), ASKING, 1, ()),
            (timed_out(3666.9), ASKING, 1, ()),
            (timed_out(3667), CLOSING, 1, ()),
            (more_time(60), CLOSING, 1, (Reply.STALE,)),
            (graded(ANN, 10), REVEALED, 1, ()),
            (advanced(4000), ASKING, 2, ()),
            (more_time(1800, 4001, turn=2), ASKING, 2, ()),
        ],
    ),
    "the next question waits for its click, once": (
        QUIZ,
        [
            (advanced(), ASKING, 1, (Reply.STALE,)),
            *BOTH_ANSWERED,
            (advanced(turn=0), REVEALED, 1, (Reply.STALE,)),
            (advanced(), ASKING, 2, ()),
            (advanced(), ASKING, 2, (Reply.STALE,)),
        ],
    ),
    "a host who is silent for five minutes may be replaced by anybody who is there": (
        [opened(), joined(ANN), joined(BOB)],
        [
            (took_over(ANN, 299), LOBBY, 0, (Reply.HOST_IS_HERE,)),
            (took_over(CARL, 300), LOBBY, 0, (Reply.NOT_IN_ROUND,)),
            (took_over(ANN, 300), LOBBY, 0, ()),
            (took_over(BOB, 301), LOBBY, 0, (Reply.HOST_IS_HERE,)),
            (begun(s=302, by=BOB), LOBBY, 0, (Reply.NOT_HOST,)),
            (begun(s=302, by=ANN), ASKING, 1, ()),
            (answered(HOST, 10, 303), ASKING, 1, ()),
            (skipped(304, by=ANN), CLOSING, 1, ()),
        ],
    ),
    "a host who was replaced while silent has the round again when they do what a host does": (
        [opened(plays=False), joined(ANN), joined(BOB)],
        [
            (took_over(ANN, 300), LOBBY, 0, ()),
            (seen(301), LOBBY, 0, ()),
            (joined(HOST, 302), LOBBY, 0, ()),
            (begun(s=303, by=ANN), ASKING, 1, ()),
            (skipped(304, by=HOST), REVEALED, 1, ()),
            (advanced(305, by=ANN), REVEALED, 1, (Reply.NOT_HOST,)),
            (took_over(ANN, 306), REVEALED, 1, (Reply.HOST_IS_HERE,)),
            (advanced(307, by=HOST), ASKING, 2, ()),
        ],
    ),
    "taking over takes it back, too": (
        [opened(), joined(ANN), joined(BOB), took_over(ANN, 300)],
        [
            (took_over(HOST, 301), LOBBY, 0, ()),
            (begun(s=302, by=ANN), LOBBY, 0, (Reply.NOT_HOST,)),
            (begun(s=302, by=HOST), ASKING, 1, ()),
        ],
    ),
    "of several hosts who were silent the first has the round again": (
        [opened(), joined(ANN), joined(BOB), took_over(ANN, 300), took_over(BOB, 600)],
        [
            (begun(s=601, by=ANN), LOBBY, 0, (Reply.NOT_HOST,)),
            (begun(s=602, by=HOST), ASKING, 1, ()),
            (skipped(603, by=BOB), ASKING, 1, (Reply.NOT_HOST,)),
        ],
    ),
    "a host who was replaced while silent and then leaves has given it up": (
        [opened(), joined(ANN), joined(BOB), took_over(ANN, 300), left(HOST, 301), joined(HOST, 302)],
        [(begun(s=303), LOBBY, 0, (Reply.NOT_HOST,)), (begun(s=304, by=ANN), ASKING, 1, ())],
    ),
    "a host who left long ago has given it up": (
        [opened(), joined(ANN), joined(BOB), left(HOST, 3), took_over(ANN, 1000), joined(HOST, 1001)],
        [(begun(s=1002), LOBBY, 0, (Reply.NOT_HOST,))],
    ),
    "a host who has left may write in the channel all the same": (
        [opened(), joined(ANN), left(HOST, 3)],
        [(seen(4), LOBBY, 0, ()), (took_over(ANN, 5), LOBBY, 0, ())],
    ),
    "a host who only moderates and has left, too": (
        [opened(plays=False), joined(ANN), left(HOST, 3)],
        [(seen(4), LOBBY, 0, ()), (took_over(ANN, 5), LOBBY, 0, ()), (begun(s=6), LOBBY, 0, (Reply.NOT_HOST,))],
    ),
    "what the host writes in the channel shows that they are there": (
        [opened(), joined(ANN)],
        [
            (seen(200), LOBBY, 0, ()),
            (seen(250, ANN), LOBBY, 0, ()),
            (took_over(ANN, 499), LOBBY, 0, (Reply.HOST_IS_HERE,)),
            (timed_out(500, turn=0), LOBBY, 0, ()),
            (seen(501), LOBBY, 0, ()),
            (took_over(ANN, 502), LOBBY, 0, (Reply.HOST_IS_HERE,)),
        ],
    ),
    "any click of the host shows that they are there, even one in vain": (
        [opened(), joined(ANN)],
        [
            (advanced(200), LOBBY, 0, (Reply.STALE,)),
            (took_over(ANN, 499), LOBBY, 0, (Reply.HOST_IS_HERE,)),
            (took_over(HOST, 500), LOBBY, 0, ()),
            (took_over(ANN, 799), LOBBY, 0, (Reply.HOST_IS_HERE,)),
            (took_over(ANN, 800), LOBBY, 0, ()),
        ],
    ),
    "a host who leaves may be replaced at once, and stays until somebody does": (
        [opened(), joined(ANN), joined(BOB)],
        [
            (left(HOST), LOBBY, 0, ()),
            (took_over(HOST, 4), LOBBY, 0, ()),
            (took_over(ANN, 5), LOBBY, 0, (Reply.HOST_IS_HERE,)),
            (left(HOST, 6), LOBBY, 0, ()),
            (took_over(ANN, 7), LOBBY, 0, ()),
            (joined(HOST, 8), LOBBY, 0, ()),
            (begun(s=9), LOBBY, 0, (Reply.NOT_HOST,)),
            (begun(s=9, by=ANN), ASKING, 1, ()),
        ],
    ),
    "a host who only moderates may leave, too": (
        [opened(plays=False), joined(ANN), joined(BOB)],
        [
            (left(HOST, 4), LOBBY, 0, ()),
            (took_over(ANN, 5), LOBBY, 0, ()),
            (left(HOST), LOBBY, 0, (Reply.NOT_IN_ROUND,)),
        ],
    ),
    "a round that its host ends is over": (
        QUIZ,
        [
            *BOTH_ANSWERED,
            (ended(), FINISHED, 1, ()),
            (ended(), FINISHED, 1, (Reply.FINISHED,)),
            (advanced(), FINISHED, 1, (Reply.FINISHED,)),
            (answered(ANN, 12), FINISHED, 1, (Reply.FINISHED,)),
            (took_over(ANN, 10_000), FINISHED, 1, (Reply.FINISHED,)),
            (left(ANN), FINISHED, 1, (Reply.FINISHED,)),
            (timed_out(10**6), FINISHED, 1, ()),
        ],
    ),
    "the bot may end a round": (QUIZ, [(ended(None), FINISHED, 1, ())]),
    "a lobby in which nobody did anything for a day ends": (
        [opened()],
        [
            (joined(ANN, 3600), LOBBY, 0, ()),
            (timed_out(DAY_S, turn=0), LOBBY, 0, ()),
            (joined(ANN, DAY_S + 1), LOBBY, 0, (Reply.ALREADY_IN,)),
            (timed_out(DAY_S + 3599, turn=0), LOBBY, 0, ()),
            (timed_out(DAY_S + 3600, turn=0), FINISHED, 0, ()),
        ],
    ),
    "a host who is there but does nothing does not keep a lobby open": (
        [opened()],
        [
            (begun(s=3600), LOBBY, 0, (Reply.TOO_FEW,)),
            (seen(DAY_S - 1), LOBBY, 0, ()),
            (timed_out(DAY_S - 1, turn=0), LOBBY, 0, ()),
            (timed_out(DAY_S, turn=0), FINISHED, 0, ()),
        ],
    ),
    "what arrives late does not turn the clock back": (
        [opened()],
        [
            (joined(ANN, 3600), LOBBY, 0, ()),
            (joined(BOB, 2000), LOBBY, 0, ()),
            (timed_out(DAY_S + 3599, turn=0), LOBBY, 0, ()),
            (timed_out(DAY_S + 3600, turn=0), FINISHED, 0, ()),
        ],
    ),
    "a grade cannot belong to a lobby, even to one that has ended": (
        [opened()],
        [
            (graded(HOST, 10, turn=0), LOBBY, 0, ()),
            (ended(), FINISHED, 0, ()),
            (graded(HOST, 10, turn=0), FINISHED, 0, ()),
        ],
    ),
    "a reveal that nobody moved for a day ends the round": (
        QUIZ,
        [
            (timed_out(1000), REVEALED, 1, ()),
            (timed_out(DAY_S + 999), REVEALED, 1, ()),
            (timed_out(DAY_S + 1000, turn=0), REVEALED, 1, ()),
            (timed_out(DAY_S + 1000), FINISHED, 1, ()),
        ],
    ),
    "an outage moves the deadline": (
        QUIZ,
        [
            (Extended(at(100), None, 50.0), ASKING, 1, ()),
            (timed_out(116.9), ASKING, 1, ()),
            (answered(ANN, 10, 117), ASKING, 1, ()),
            (timed_out(117), CLOSING, 1, ()),
        ],
    ),
    "a question whose time was up before the outage has no more": (
        QUIZ,
        [(Extended(at(100), None, 33.0), ASKING, 1, ()), (timed_out(100), REVEALED, 1, ())],
    ),
    "a grace that an outage cut off goes on after it": (
        QUIZ,
        [
            (Extended(at(100), None, 35.0), ASKING, 1, ()),
            (answered(ANN, 10, 101), ASKING, 1, ()),
            (timed_out(101.9), ASKING, 1, ()),
            (timed_out(102), CLOSING, 1, ()),
        ],
    ),
    "during an outage the host could not do anything": (
        [opened(), joined(ANN)],
        [
            (Extended(at(1000), None, 900.0), LOBBY, 0, ()),
            (took_over(ANN, 1199), LOBBY, 0, (Reply.HOST_IS_HERE,)),
            (took_over(ANN, 1200), LOBBY, 0, ()),
        ],
    ),
    "during an outage nobody could do anything": (
        [opened(), joined(ANN, 1)],
        [
            (Extended(at(DAY_S), None, DAY_S - 100), LOBBY, 0, ()),
            (timed_out(2 * DAY_S - 101, turn=0), LOBBY, 0, ()),
            (timed_out(2 * DAY_S - 99, turn=0), FINISHED, 0, ()),
        ],
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(name: str) -> None:
    before, lines = SCRIPTS[name]
    state = play(*before)
    for number, (event, phase, turn, replies) in enumerate(lines):
        old = state
        state, said = step(state, event)
        where = f"line {number}: {event}"
        assert (state.phase, state.turn, said) == (phase, turn, replies), where
        if said and Reply.ENTERS_NEXT not in said and state.phase is old.phase:
            assert replace(state, host_seen_at=old.host_seen_at, vacant=old.vacant) == old, where
        assert GROUP.codec.decode_state(GROUP.codec.encode_state(state)) == state, where
        assert GROUP.codec.decode_event(*GROUP.codec.encode_event(event)) == event, where
    assert replay([*before, *(event for event, *_ in lines)]) == state


def crowd(number: int) -> State:
    """A lobby with so many people."""
    return play(opened(), *(joined(100 + n) for n in range(number - 1)))


def test_fifty_people_are_enough() -> None:
    state, said = step(crowd(MOST - 1), joined(ANN))
    assert said == ()
    state, said = step(state, joined(BOB))
    assert (said, len(state.active)) == ((Reply.FULL,), MOST)
    assert step(state, joined(ANN))[1] == (Reply.ALREADY_IN,)
    state, _ = step(state, left(ANN))
    state, said = step(state, joined(BOB))
    assert (said, len(state.active)) == ((), MOST)
    assert step(state, joined(ANN))[1] == (Reply.FULL,)


def test_one_person_is_one_participant_however_often_they_come_and_go() -> None:
    state = play(*QUIZ, left(ANN, 3), joined(ANN, 4), left(ANN, 5), joined(ANN, 6))
    assert [(one.user, one.joined_at, one.from_item, one.left) for one in state.participants] == [
        (HOST, T0, 0, False),
        (ANN, at(1), 0, False),
    ]
    late = play(*QUIZ, joined(BOB, 3)).participant(BOB)
    assert late is not None
    assert (late.joined_at, late.from_item) == (at(3), 1)


# Scores


def lines(state: State) -> list[tuple[int, int, float, int, int]]:
    return [(one.user, one.rank, one.points, one.items, one.answered) for one in board(state)]


def test_the_board_adds_up_what_everybody_was_asked() -> None:
    state = play(
        *QUIZ,
        joined(BOB),
        answered(HOST, 10),
        answered(ANN, 11),
        graded(HOST, 10, 0.25),
        graded(ANN, 11, 1.0),
        advanced(),
        answered(BOB, 12, turn=2),
        graded(BOB, 12, 0.75, turn=2),
    )
    assert lines(state) == [(ANN, 1, 1.0, 1, 1), (HOST, 2, 0.25, 1, 1)], "the second question is still open"
    state, _ = step(state, timed_out(100, turn=2))
    assert state.phase is FINISHED
    assert not state.stopped
    assert lines(state) == [(ANN, 1, 1.0, 2, 1), (BOB, 2, 0.75, 1, 1), (HOST, 3, 0.25, 2, 1)]
    assert item_score(state, 0, BOB) is None, "not in it"
    assert item_score(state, 1, ANN) == 0.0, "no answer in time"
    assert [item_score(state, item, BOB) for item in (-1, 1, 2)] == [None, 0.75, None]


def test_equal_points_share_a_rank() -> None:
    people = [HOST, ANN, BOB, CARL, 5]
    state = play(opened(), *(joined(user) for user in people[1:]), begun(1))
    for user, score in zip(people, [0.5, 0.9, 0.5, 0.9, 0.1], strict=True):
        state, _ = step(state, answered(user, user))
        state, _ = step(state, graded(user, user, score))
    assert state.phase is FINISHED
    assert [(one.user, one.rank) for one in board(state)] == [(ANN, 1), (CARL, 1), (HOST, 3), (BOB, 3), (5, 5)]


def test_sums_that_look_the_same_are_the_same() -> None:
    state = play(*QUIZ)
    for turn, scores in ((1, (0.1, 0.3)), (2, (0.2, 0.0))):
        for user in (ANN, HOST):
            state, _ = step(state, answered(user, 10 * turn + user, turn=turn))
        for user, score in zip((ANN, HOST), scores, strict=True):
            state, _ = step(state, graded(user, 10 * turn + user, score, turn=turn))
        state, _ = step(state, advanced())
    assert 0.1 + 0.2 != 0.3
    assert [(one.user, one.rank) for one in board(state)] == [(HOST, 1), (ANN, 1)]


def test_what_we_could_not_grade_is_left_out_and_is_not_zero() -> None:
    state = play(
        *QUIZ,
        answered(HOST, 10),
        answered(ANN, 11),
        graded(HOST, 10, float("nan")),
        graded(ANN, 11, 0.0),
        ended(),
    )
    assert lines(state) == [(ANN, 1, 0.0, 1, 1)]
    assert item_score(state, 0, HOST) is None
    assert [(one.user, one.score) for one in scored(state)] == [(ANN, 0.0)]


def test_the_best_try_of_a_code_task_counts() -> None:
    state = play(
        *CODE,
        answered(ANN, 10),
        graded(ANN, 10, 0.7, band=2, retry=True),
        answered(ANN, 11),
        graded(ANN, 11, None, retry=True),
        answered(ANN, 12),
        graded(ANN, 12, 0.2, band=3, retry=True),
        answered(HOST, 13),
        graded(HOST, 13, None, retry=True),
        timed_out(67),
    )
    ann, host = state.current.entry(ANN), state.current.entry(HOST)
    assert ann is not None
    assert (ann.attempts, ann.score, ann.band, ann.best) == ((10, 11, 12), 0.7, 3, 10)
    assert host is not None
    assert host.earned is None, "tried, but we never managed to judge it"
    assert [(one.user, one.score) for one in scored(state)] == [(ANN, 0.7)]


def test_leaving_does_not_dodge_a_question() -> None:
    state = play(*QUIZ, left(ANN), answered(HOST, 10), graded(HOST, 10, 0.5))
    assert state.phase is REVEALED
    assert lines(state) == [(HOST, 1, 0.5, 1, 1), (ANN, 2, 0.0, 1, 0)]


def test_an_answer_counts_though_its_sender_has_left() -> None:
    state = play(*QUIZ, answered(ANN, 10), left(ANN), answered(HOST, 11), graded(ANN, 10, 1.0), graded(HOST, 11, 0.5))
    assert lines(state) == [(ANN, 1, 1.0, 1, 1), (HOST, 2, 0.5, 1, 1)]


def test_a_skipped_question_counts_for_nobody_and_is_graded_all_the_same() -> None:
    state = play(*QUIZ, answered(ANN, 10), skipped(), graded(ANN, 10, 1.0))
    entry = state.current.entry(ANN)
    assert entry is not None
    assert entry.score == 1.0
    assert (board(state), scored(state), item_score(state, 0, ANN)) == ((), (), None)


def test_a_round_that_is_ended_keeps_what_was_revealed() -> None:
    revealed = play(*QUIZ, answered(HOST, 10), answered(ANN, 11), graded(HOST, 10, 0.5), graded(ANN, 11, 1.0))
    before = lines(revealed)
    assert len(before) == 2
    for *events, finished in (
        [ended()],
        [advanced(), ended()],
        [advanced(), answered(ANN, 12, turn=2), ended()],
        [advanced(), answered(ANN, 12, turn=2), timed_out(100, turn=2), ended(s=101)],
    ):
        state = revealed
        for event in (*events, finished):
            state, _ = step(state, event)
        assert (state.phase, state.stopped, state.finished_at) == (FINISHED, True, finished.at)
        assert lines(state) == before
        assert [one.item for one in scored(state)] == [0, 0]


def test_a_question_closes_when_it_takes_no_more_answers_however_long_the_grades_take() -> None:
    state = play(*QUIZ, answered(ANN, 10), timed_out(100), graded(ANN, 10, s=900))
    assert (state.current.closed_at, state.moved_at) == (at(100), at(900))
    state = play(*QUIZ, answered(ANN, 10), timed_out(100), ended(s=900))
    assert (state.current.closed_at, state.finished_at) == (at(100), at(900))


def test_what_was_sent_before_the_end_is_graded_after_it() -> None:
    state = play(*QUIZ, answered(ANN, 10), ended())
    assert grades(state) == (OwedGrade(1, ANN, 10),)
    state, _ = step(state, graded(ANN, 10, 1.0))
    entry = state.current.entry(ANN)
    assert entry is not None
    assert entry.score == 1.0
    assert (grades(state), board(state), state.current.outcome) == ((), (), Outcome.STOPPED)


def test_scores_and_bands_are_brought_into_their_ranges() -> None:
    state = play(
        *QUIZ, answered(ANN, 10), answered(HOST, 11), graded(ANN, 10, 7.0, band=9), graded(HOST, 11, -1, band=0)
    )
    assert [(one.user, one.score, one.band) for one in scored(state)] == [(HOST, 0.0, 1), (ANN, 1.0, 4)]


def test_what_is_scored_says_who_what_and_since_when() -> None:
    state = play(*QUIZ, answered(ANN, 10), graded(ANN, 10, 0.8, band=4))
    assert scored(state) == ()
    state, _ = step(state, timed_out(70))
    host, ann = scored(state)
    assert (host.user, host.item, host.score, host.band, host.hints, host.told) == (HOST, 0, 0.0, 1, 0, False)
    assert (ann.user, ann.item, ann.score, ann.band, ann.asked_at) == (ANN, 0, 0.8, 4, at(2))


# What the bot owes


def test_everything_that_waits_for_a_grade_is_owed_once() -> None:
    state = play(*QUIZ, answered(ANN, 10), answered(HOST, 11))
    assert grades(state) == (OwedGrade(1, HOST, 11), OwedGrade(1, ANN, 10))
    state, _ = step(state, graded(HOST, 11))
    assert grades(state) == (OwedGrade(1, ANN, 10),)
    assert grades(play(opened())) == ()


def test_who_is_awaited_is_there_and_has_not_answered() -> None:
    state = play(opened(), joined(ANN), joined(BOB), begun(), joined(CARL))
    assert awaited(state) == (HOST, ANN, BOB)
    assert awaited(play(opened(), joined(ANN), begun(), answered(HOST, 1))) == (ANN,)
    state, _ = step(state, left(HOST))
    assert awaited(state) == (ANN, BOB)
    assert awaited(play(opened())) == ()


def test_it_wakes_for_the_deadline_the_silence_and_the_day() -> None:
    state = play(opened())
    assert wake_at(state) == at(300)
    state, _ = step(state, timed_out(300, turn=0))
    assert (state.vacant, wake_at(state)) == (True, at(DAY_S))
    state = play(*QUIZ)
    assert wake_at(state) == at(2 + LIMIT_S + 5)
    state, _ = step(state, more_time(600))
    assert wake_at(state) == at(5 + 300)
    state, _ = step(state, timed_out(305))
    assert wake_at(state) == at(2 + LIMIT_S + 600 + 5)
    assert wake_at(step(state, answered(HOST, 10, 400))[0]) == at(2 + LIMIT_S + 600 + 5)
    assert wake_at(play(*QUIZ, answered(ANN, 10), skipped())) is None, "only grades are awaited"
    assert wake_at(play(*QUIZ, skipped())) == at(5 + 300)
    assert wake_at(play(*QUIZ, ended())) is None


def test_all_that_is_due_is_done_at_once() -> None:
    state = play(*QUIZ)
    due = time_out(state, at(1000))
    state, said = step(state, due)
    assert (state.phase, state.vacant, said) == (REVEALED, True, ())
    assert wake_at(state) == at(1000 + DAY_S)


def test_an_outage_is_made_good_for_while_the_round_is_open() -> None:
    state = play(*QUIZ)
    event = outage(state, at(10), at(40))
    assert event is not None
    assert event == Extended(at(40), None, 30.0)
    state, _ = step(state, event)
    assert (state.current.deadline, state.host_seen_at) == (at(2 + LIMIT_S + 30), at(32))
    assert outage(state, at(40), at(40)) is None
    assert outage(play(*QUIZ, ended()), at(10), at(40)) is None


def test_what_somebody_did_just_before_an_outage_is_not_moved_into_the_future() -> None:
    state = play(*QUIZ, answered(HOST, 10, 30))
    state, _ = step(state, Extended(at(40), None, 30.0))
    assert (state.host_seen_at, state.moved_at) == (at(40), at(40))


# Messages


def keys(state: State) -> list[str]:
    return [post.key for post in posts(state)]


def face(state: State, key: str) -> str:
    return next(post.face for post in posts(state) if post.key == key)


def solid(state: State, key: str) -> str:
    return face(state, key).partition(LIVE)[0]


def test_the_messages_are_a_lobby_a_question_a_reveal_and_so_on_to_the_final_board() -> None:
    state = play(opened())
    assert keys(state) == ["lobby:0"]
    state = play(*QUIZ)
    assert keys(state) == ["lobby:0", "ask:1"]
    state, _ = step(state, skipped())
    assert keys(state) == ["lobby:0", "ask:1", "reveal:1"]
    state, _ = step(state, advanced())
    assert keys(state) == ["lobby:0", "ask:1", "reveal:1", "ask:2"]
    state, _ = step(state, skipped(turn=2))
    assert keys(state) == ["lobby:0", "ask:1", "reveal:1", "ask:2", "reveal:2", "final:2"]
    assert [post.face for post in posts(state)] == ["begun", "skipped", "passed", "skipped", "passed", "finished"]


def test_a_question_that_was_broken_off_is_not_revealed() -> None:
    state = play(*QUIZ, answered(ANN, 10), ended())
    assert [(post.key, post.face) for post in posts(state)] == [
        ("lobby:0", "begun"),
        ("ask:1", "stopped"),
        ("final:1", "stopped"),
    ]
    assert [(post.key, post.face) for post in posts(play(opened(), ended()))] == [("lobby:0", "ended")]


def test_who_joins_changes_only_the_live_part_of_the_lobby() -> None:
    before, after = play(opened()), play(opened(), joined(ANN))
    assert face(before, "lobby:0") != face(after, "lobby:0")
    assert solid(before, "lobby:0") == solid(after, "lobby:0")
    other = play(opened(), joined(BOB))
    assert face(other, "lobby:0") != face(after, "lobby:0"), "as many people, but others"


def test_who_answers_or_leaves_changes_only_the_live_part_of_the_question() -> None:
    three = [opened(), joined(ANN), joined(BOB), begun()]
    seen = [
        play(*three),
        play(*three, answered(ANN, 10)),
        play(*three, answered(BOB, 10)),
        play(*three, left(ANN)),
        play(*three, answered(ANN, 10), answered(BOB, 11)),
    ]
    assert len({face(state, "ask:1") for state in seen}) == len(seen)
    assert {solid(state, "ask:1") for state in seen} == {solid(seen[0], "ask:1")}
    graded_too, _ = step(seen[1], graded(ANN, 10))
    assert face(graded_too, "ask:1") == face(seen[1], "ask:1")


def test_a_new_deadline_and_a_new_host_change_the_question_at_once() -> None:
    state = play(*QUIZ)
    first = solid(state, "ask:1")
    assert first.startswith(f"open-{int(at(2 + LIMIT_S).timestamp())}-0-")
    state, _ = step(state, more_time(600))
    second = solid(state, "ask:1")
    state, _ = step(state, timed_out(305))
    third = solid(state, "ask:1")
    state, _ = step(state, took_over(ANN, 306))
    fourth = solid(state, "ask:1")
    assert len({first, second, third, fourth}) == 4
    state, _ = step(state, answered(HOST, 10, 307))
    state, _ = step(state, skipped(308, by=ANN))
    assert face(state, "ask:1") == "closing"
    state, _ = step(state, graded(HOST, 10))
    assert face(state, "ask:1") == "skipped"


def test_only_the_newest_reveal_leads_on_and_says_when_the_host_is_away() -> None:
    state = play(*QUIZ, skipped())
    here = face(state, "reveal:1")
    assert here.startswith("next-0-")
    state, _ = step(state, left(ANN))
    assert face(state, "reveal:1") == here
    state, _ = step(state, left(HOST))
    assert face(state, "reveal:1").startswith("next-1-")
    state, _ = step(state, joined(HOST))
    assert face(state, "reveal:1") == here
    state, _ = step(state, advanced())
    assert face(state, "reveal:1") == "passed"


def test_faces_fit_their_column_with_the_largest_crowd() -> None:
    users = [2**63 - 1 - number for number in range(MOST)]
    state = play(Opened(T0, users[0], Kind.CODE, Level.MID, 1, 3600), *(joined(user) for user in users[1:]))
    faces = [post.face for post in posts(state)]
    state, _ = step(state, Begun(at(2), users[0], (Item("mlcode.a.b", 1),)))
    state, _ = step(state, answered(users[1], 1))
    faces += [post.face for post in posts(state)]
    assert max(map(len, faces)) <= 64


def test_the_kinds_of_posts_differ_in_their_first_letters() -> None:
    assert len({kind.value[0] for kind in PostKind}) == len(PostKind)


# The contract with the store and the services


def test_what_the_store_asks_of_a_round() -> None:
    state = play(*QUIZ, left(HOST), took_over(ANN, 4))
    assert (state.owner, state.kind, state.level, state.mode, state.score) == (
        ANN,
        Kind.QUIZ,
        Level.MID,
        Mode.EXAM,
        None,
    )
    assert (state.started_at, state.finished_at, state.limit_s, state.asked, len(state.items)) == (
        T0,
        None,
        LIMIT_S,
        3,
        2,
    )


@pytest.mark.parametrize(
    "event",
    [
        opened(),
        begun(0),
        more_time(0),
        more_time(-5),
        more_time(1801),
        done(ANN),
        Extended(at(9), None, -1.0),
        Extended(at(9), None, float("nan")),
    ],
    ids=repr,
)
def test_what_no_honest_sender_produces_is_refused(event: GroupEvent) -> None:
    for state in (play(opened()), play(*QUIZ), play(*QUIZ, ended())):
        with pytest.raises(IllegalEventError):
            step(state, event)


def test_a_round_begins_with_its_opening_and_asks_something() -> None:
    with pytest.raises(IllegalEventError):
        replay([joined(ANN)])
    with pytest.raises(IllegalEventError):
        open_round(replace(opened(), asked=0))
    with pytest.raises(IllegalEventError):
        open_round(replace(opened(), limit_s=0))


def test_an_event_of_another_program_is_not_guessed_at() -> None:
    with pytest.raises(CodecError):
        GROUP.codec.decode_event("started", 1, "{}")


def test_it_takes_two_to_begin() -> None:
    assert step(crowd(FEWEST - 1), begun())[1] == (Reply.TOO_FEW,)
    assert step(crowd(FEWEST), begun())[1] == ()


def test_points_are_the_same_in_whatever_order_they_were_earned() -> None:
    people, scores = [HOST, ANN], [0.1, 0.7, 0.3]
    state = play(opened(), joined(ANN), begun(3))
    for turn, (one, other) in enumerate(zip(scores, reversed(scores), strict=True), 1):
        for user in people:
            state, _ = step(state, answered(user, 10 * turn + user, turn=turn))
        state, _ = step(state, graded(HOST, 10 * turn + HOST, one, turn=turn))
        state, _ = step(state, graded(ANN, 10 * turn + ANN, other, turn=turn))
        state, _ = step(state, advanced(turn=turn))
    first, second = board(state)
    assert (first, second) == (Standing(HOST, 1, first.points, 3, 3), Standing(ANN, 1, first.points, 3, 3))


def test_a_regrade_raises_what_is_revealed_and_never_lowers_it() -> None:
    both = [answered(HOST, 10), answered(ANN, 11), graded(ANN, 11, 0.4), graded(HOST, 10, 0.5)]
    state = play(*QUIZ, *both)
    better = play(*QUIZ, *both, Regraded(at(7), None, ANN, 0, 0.9, 4))
    assert (item_score(better, 0, ANN), item_score(better, 0, HOST)) == (0.9, 0.5)
    assert [line.user for line in board(better)] == [ANN, HOST]
    for nothing in (
        Regraded(at(8), None, ANN, 0, 0.3, 1),
        Regraded(at(8), None, CARL, 0, 1.0, 4),
        Regraded(at(8), None, ANN, 1, 1.0, 4),
    ):
        assert step(better, nothing)[0] == better
    assert board(state) != board(better)


def test_what_is_not_revealed_yet_is_not_regraded() -> None:
    state = play(*QUIZ, answered(ANN, 11), graded(ANN, 11, 0.4))
    assert step(state, Regraded(at(7), None, ANN, 0, 0.9, 4))[0] == state
