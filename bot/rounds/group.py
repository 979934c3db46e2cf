"""The engine of group rounds: many people answer the same questions at the same time, each in private.

    LOBBY ──begun──▶ ASKING ──all answered, time up, skipped──▶ CLOSING ──all graded──▶ REVEALED
                       ▲                                                                    │
                       └───────────────────────────── advanced ─────────────────────────────┘

An item that no answer waits for a grade of is revealed at once. The reveal of the last item is FINISHED, and so is a
round that was ended (from anywhere) or in which nobody did anything for a day.

Turn 0 is the lobby, turn n asks item n - 1. A click that names another turn than the current one is stale.

Who is in an item is fixed when it is asked: everybody who is there. Joining later is for the next item. Leaving does
not undo being in an item: without an answer it counts as zero, unless the person comes back while it is open.

In a quiz or a behavioral round the first answer counts. A code task is tried until a try is accepted or the
person is done with it; the best try counts. What was taken as an answer is graded, whatever becomes of the item.

The host moves the round on. Each event of the host, even one that is refused, shows that they are there; so does what
they write in the channel (`Seen`). When they have been silent for `SILENCE` or have left, the round is `vacant`:
anybody who is in it may take over. A host who was replaced while silent perhaps had nothing to do, so the round is
theirs again as soon as they do what a host does.

As in `bot.rounds.dialogue`, `step` returns the new state and what to reply to the sender, and what the bot owes the
channel is a function of the state. Refused events change nothing but who hosts (`owner`, `awaiting`, `host_seen_at`,
`vacant`), and one that finds the time of the open item up ends that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never
from zlib import crc32

from bot.rounds.dialogue import Outcome
from bot.rounds.engine import GRACE, Codec, Engine, IllegalEventError, Post, Scored
from bot.rounds.events import Advanced, Answered, Extended, Item, Kind, Mode, Regraded, Skipped, TimedOut
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

FEWEST, MOST = 2, 50
"""How many people it takes to begin, and how many may be in a round at once."""
SILENCE = timedelta(minutes=5)
"""A host of whom nothing was seen for so long may be replaced."""
IDLE = timedelta(hours=24)
"""A lobby or a reveal in which nobody has done anything for so long ends the round."""
TIME_AT_ONCE_S = 30 * 60
"""How much time one click of the host may add."""
TIME_IN_ALL_S = 60 * 60
"""How much time may be added to one item."""


class Phase(StrEnum):
    LOBBY = "lobby"
    ASKING = "asking"
    CLOSING = "closing"
    """No more answers are taken; some wait for their grades."""
    REVEALED = "revealed"
    FINISHED = "finished"


class Reply(StrEnum):
    """What to tell whoever sent an event that changes nothing, or changes less than hoped."""

    NOT_HOST = "not-host"
    NOT_IN_ROUND = "not-in-round"
    ALREADY_IN = "already-in"
    ENTERS_NEXT = "enters-next"
    """They have joined and take part from the next question on."""
    JOINED_LATE = "joined-late"
    """Their answer does not count: they were not there when this question was asked."""
    NOTHING_LEFT = "nothing-left"
    """Nobody can join any more: the last question has been asked."""
    FULL = "full"
    TOO_FEW = "too-few"
    NOBODY_THERE = "nobody-there"
    """There is nobody whom the next question could be asked."""
    STALE = "stale"
    ALREADY_ANSWERED = "already-answered"
    TOO_LATE = "too-late"
    STILL_RUNNING = "still-running"
    """The last submission is being judged."""
    NO_TRY_YET = "no-try-yet"
    ENOUGH_TIME = "enough-time"
    HOST_IS_HERE = "host-is-here"
    FINISHED = "finished"


@dataclass(frozen=True)
class Participant:
    """A person who has joined at some time; there is one per person, however often they come and go."""

    user: int
    joined_at: datetime
    from_item: int
    """The first item that they could be in."""
    left: bool = False


@dataclass(frozen=True)
class Entry:
    """One person in one item. `score` (0–1) and `band` (1–4) are the best so far, None until something was graded."""

    user: int
    attempts: tuple[int, ...] = ()
    """What was taken as an answer, in order; more than one only of a code task."""
    waiting: bool = False
    """Whether the last attempt waits for its grade."""
    score: float | None = None
    band: int | None = None
    best: int | None = None
    """The attempt that `score` came from."""
    over: bool = False
    """Whether the person sends nothing more: answered; of a code task, accepted or done with it."""

    @property
    def earned(self) -> float | None:
        """What this person has in the end, 0–1: 0 without an answer; None where we could not grade any."""
        return self.score if self.attempts else 0.0


@dataclass(frozen=True)
class ItemState:
    """An item that has been asked. `entries` are the people who were there then, in the order of joining."""

    at: datetime
    deadline: datetime
    entries: tuple[Entry, ...]
    added_s: int = 0
    """Seconds that the host has added."""
    closed_at: datetime | None = None
    """When it stopped taking answers."""
    outcome: Outcome | None = None
    """How it ended: ANSWERED by everybody who was there, TIMED_OUT, SKIPPED or STOPPED."""

    @property
    def void(self) -> bool:
        """Whether it is scored for nobody."""
        return self.outcome in {Outcome.SKIPPED, Outcome.STOPPED}

    def entry(self, user: int) -> Entry | None:
        return next((entry for entry in self.entries if entry.user == user), None)


@dataclass(frozen=True)
class State:
    kind: Kind
    owner: int
    """The host of the moment."""
    level: Level
    asked: int
    """How many questions the host wanted."""
    limit_s: int
    phase: Phase
    started_at: datetime
    host_seen_at: datetime
    moved_at: datetime
    """When anybody last did something that counted, or an item was revealed."""
    participants: tuple[Participant, ...] = ()
    """In the order in which they first joined."""
    items: tuple[Item, ...] = ()
    """Empty in the lobby."""
    item_states: tuple[ItemState, ...] = ()
    """Of the items asked so far."""
    vacant: bool = False
    """Whether the host has left, or was silent for so long that the cards offer to take over."""
    awaiting: int | None = None
    """The first host who was replaced while silent and has not left: the round is theirs again when they come back."""
    finished_at: datetime | None = None
    stopped: bool = False

    @property
    def turn(self) -> int:
        """The number of the current turn; buttons of other turns are stale."""
        return len(self.item_states)

    @property
    def current(self) -> ItemState:
        """The item asked last. There is none in the lobby."""
        return self.item_states[-1]

    @property
    def mode(self) -> Mode:
        return Mode.EXAM

    @property
    def score(self) -> None:
        """A group round has no score of its own; `board` has everybody's."""

    @property
    def tries(self) -> bool:
        """Whether items are submitted again and again until they pass."""
        return self.kind is Kind.CODE

    def participant(self, user: int) -> Participant | None:
        return next((one for one in self.participants if one.user == user), None)

    @property
    def active(self) -> tuple[int, ...]:
        """Who is there now, in the order of joining."""
        return tuple(one.user for one in self.participants if not one.left)


Step = tuple[State, tuple[Reply, ...]]


def open_round(event: Opened) -> State:
    """A lobby. Raises IllegalEventError without a question to ask or time to answer it."""
    if event.asked < 1 or event.limit_s < 1:
        raise IllegalEventError("a group round needs a question and a time limit")
    return State(
        kind=event.kind,
        owner=event.by,
        level=event.level,
        asked=event.asked,
        limit_s=event.limit_s,
        phase=Phase.LOBBY,
        started_at=event.at,
        host_seen_at=event.at,
        moved_at=event.at,
        participants=(Participant(event.by, event.at, 0),) if event.plays else (),
    )


def step(state: State, event: GroupEvent) -> Step:
    """The state after `event`, and what to reply to its sender. Raises IllegalEventError, changing nothing."""
    match event:
        case Opened():
            raise IllegalEventError("the round is already open")
        case Graded():
            return _graded(state, event), ()
        case Regraded():
            return _regraded(state, event), ()
        case Extended():
            return _extended(state, event), ()
        case TimedOut():
            return _timed_out(state, event), ()
        case _:
            _check(state, event)
            if state.phase is Phase.FINISHED:
                return state, (Reply.FINISHED,)
            if event.by == state.awaiting is not None and isinstance(event, TookOver | Hosting):
                state = replace(state, owner=state.awaiting, awaiting=None)
            if event.by == state.owner and not (isinstance(event, Seen) and _host_left(state, event.at)):
                state = replace(state, host_seen_at=max(state.host_seen_at, event.at), vacant=False)
            return _act(state, event)


def replay(events: Iterable[GroupEvent]) -> State:
    """The state after a round's events; the first must be its opening."""
    first, *rest = events
    if not isinstance(first, Opened):
        raise IllegalEventError("a group round begins with its opening")
    state = open_round(first)
    for event in rest:
        state, _ = step(state, event)
    return state


Hosting = Begun | Skipped | TimeAdded | Advanced | Ended
"""What only the host may; a round may also be ended by the bot."""
Click = Joined | Left | Answered | Done | TookOver | Seen | Hosting
"""What a person sends."""


def _check(state: State, event: Click) -> None:
    """Raises IllegalEventError for what no card offers, in any phase."""
    match event:
        case Begun(items=()):
            raise IllegalEventError("a round needs at least one question")
        case TimeAdded(seconds=seconds) if not 0 < seconds <= TIME_AT_ONCE_S:
            raise IllegalEventError(f"the host adds between 1 and {TIME_AT_ONCE_S} seconds at once")
        case Done() if not state.tries:
            raise IllegalEventError("only a code task has several tries")
        case _:
            return


def _act(state: State, event: Click) -> Step:
    """After an event of a person in an open round."""
    match event:
        case Joined():
            after, replies = _joined(state, event)
        case Left():
            after, replies = _left(state, event)
        case TookOver():
            after, replies = _took_over(state, event)
        case Answered() | Done():
            after, replies = _answered(state, event)
        case Seen():
            after, replies = state, ()
        case Begun() | Skipped() | TimeAdded() | Advanced() | Ended():
            after, replies = _hosted(state, event)
        case _:
            assert_never(event)
    if after is not state:
        after = replace(after, moved_at=max(after.moved_at, event.at))
    return after, replies


# People


def _joined(state: State, event: Joined) -> Step:
    known = state.participant(event.by)
    if known is not None and not known.left:
        return state, (Reply.ALREADY_IN,)
    if len(state.active) >= MOST:
        return state, (Reply.FULL,)
    if state.phase is Phase.LOBBY:
        waits = False
    else:
        entry = state.current.entry(event.by)
        last = len(state.item_states) == len(state.items)
        if last and entry is None:
            return state, (Reply.NOTHING_LEFT,)
        open_for_them = state.phase is Phase.ASKING and entry is not None and not entry.over
        waits = not last and not open_for_them
    if known is None:
        after = replace(
            state, participants=(*state.participants, Participant(event.by, event.at, len(state.item_states)))
        )
    else:
        after = _with_participant(state, replace(known, left=False))
    return after, (Reply.ENTERS_NEXT,) if waits else ()


def _left(state: State, event: Left) -> Step:
    known = state.participant(event.by)
    hosts = event.by == state.owner
    if known is None or known.left:
        # A host who only moderates may leave, too.
        return (replace(state, vacant=True), ()) if hosts else (state, (Reply.NOT_IN_ROUND,))
    state = _with_participant(state, replace(known, left=True))
    if hosts:
        state = replace(state, vacant=True)
    if event.by == state.awaiting:
        state = replace(state, awaiting=None)
    return _close_if_complete(state, event.at), ()


def _took_over(state: State, event: TookOver) -> Step:
    if event.by == state.owner:
        return state, ()
    if event.by not in state.active:
        return state, (Reply.NOT_IN_ROUND,)
    if not state.vacant and event.at < state.host_seen_at + SILENCE:
        return state, (Reply.HOST_IS_HERE,)
    awaiting = state.awaiting
    if awaiting is None and not _host_left(state, event.at):
        awaiting = state.owner
    seen = max(state.host_seen_at, event.at)
    return replace(state, owner=event.by, awaiting=awaiting, host_seen_at=seen, vacant=False), ()


def _host_left(state: State, at: datetime) -> bool:
    """Whether the host is away because they have left, not because they were silent."""
    known = state.participant(state.owner)
    return (known is not None and known.left) or (state.vacant and at < state.host_seen_at + SILENCE)


def _answered(state: State, event: Answered | Done) -> Step:
    if event.by not in state.active:
        return state, (Reply.NOT_IN_ROUND,)
    if not 1 <= event.turn <= state.turn:
        return state, (Reply.STALE,)
    item = state.item_states[event.turn - 1]
    entry = item.entry(event.by)
    if entry is None:
        return state, (Reply.JOINED_LATE if event.turn == state.turn else Reply.STALE,)
    if entry.over:
        return state, (Reply.ALREADY_ANSWERED,)
    if item.outcome is not None:
        return state, (Reply.STALE if item.void else Reply.TOO_LATE,)
    if event.at > item.deadline + GRACE:
        return _close(state, Outcome.TIMED_OUT, event.at), (Reply.TOO_LATE,)
    if isinstance(event, Done):
        if not entry.attempts:
            return state, (Reply.NO_TRY_YET,)
        entry = replace(entry, over=True)
    elif event.attempt in entry.attempts:  # a program that was kept is submitted twice
        return state, (Reply.ALREADY_ANSWERED,)
    elif entry.waiting:
        return state, (Reply.STILL_RUNNING,)
    else:
        entry = replace(entry, attempts=(*entry.attempts, event.attempt), waiting=True, over=not state.tries)
    return _close_if_complete(_with_entry(state, entry), event.at), ()


# The host


def _hosted(state: State, event: Hosting) -> Step:
    by_the_bot = isinstance(event, Ended) and event.by is None
    if event.by != state.owner and not by_the_bot:
        return state, (Reply.NOT_HOST,)
    match event:
        case Ended():
            return _ended(state, event.at), ()
        case Begun():
            if state.phase is not Phase.LOBBY:
                return state, (Reply.STALE,)
            if len(state.active) < FEWEST:
                return state, (Reply.TOO_FEW,)
            return _ask(replace(state, items=event.items), event.at), ()
        case Advanced():
            if event.turn != state.turn or state.phase is not Phase.REVEALED:
                return state, (Reply.STALE,)
            if not state.active:
                return state, (Reply.NOBODY_THERE,)
            return _ask(state, event.at), ()
        case Skipped() | TimeAdded():
            if event.turn != state.turn or state.phase is not Phase.ASKING:
                return state, (Reply.STALE,)
            if event.at > state.current.deadline + GRACE:
                return _close(state, Outcome.TIMED_OUT, event.at), (Reply.STALE,)
            if isinstance(event, Skipped):
                return _close(state, Outcome.SKIPPED, event.at), ()
            added = state.current.added_s + event.seconds
            if added > TIME_IN_ALL_S:
                return state, (Reply.ENOUGH_TIME,)
            later = state.current.deadline + timedelta(seconds=event.seconds)
            return _with_item(state, deadline=later, added_s=added), ()
        case _:
            assert_never(event)


def _ended(state: State, at: datetime) -> State:
    """Ends the round; an item that is not revealed counts for nobody."""
    if state.phase in {Phase.ASKING, Phase.CLOSING}:
        state = _with_item(state, outcome=Outcome.STOPPED, closed_at=state.current.closed_at or at)
    return replace(state, phase=Phase.FINISHED, finished_at=at, stopped=True)


# The bot


def _graded(state: State, event: Graded) -> State:
    """A grade that is not awaited (sent twice after a crash) changes nothing."""
    if event.turn != state.turn or not state.item_states:
        return state  # nothing else can wait: an item is revealed, and the next one asked, when all is graded
    entry = state.current.entry(event.user)
    if entry is None or not entry.waiting or entry.attempts[-1] != event.attempt:
        return state
    result = event.result
    entry = replace(entry, waiting=False, over=entry.over or not result.retry)
    if result.score is not None and math.isfinite(result.score):
        score, band = min(max(result.score, 0.0), 1.0), min(max(result.band, 1), 4)
        if entry.score is None or score > entry.score:
            entry = replace(entry, score=score, best=event.attempt)
        entry = replace(entry, band=max(band, entry.band or 1))
    state = _with_entry(state, entry)
    if state.phase is Phase.CLOSING:
        return _reveal_if_graded(state, event.at)
    return _close_if_complete(state, event.at)


def _regraded(state: State, event: Regraded) -> State:
    """Only an answer to a revealed item can turn out to be worth more, and nothing is ever taken away."""
    entry = state.item_states[event.item].entry(event.user) if counts(state, event.item) else None
    score, band = min(max(event.score, 0.0), 1.0), min(max(event.band, 1), 4)
    if entry is None or entry.score is None or score <= entry.score:
        return state
    changed = replace(entry, score=score, band=max(band, entry.band or 1))
    item = state.item_states[event.item]
    entries = tuple(changed if one.user == event.user else one for one in item.entries)
    states = (*state.item_states[: event.item], replace(item, entries=entries), *state.item_states[event.item + 1 :])
    return replace(state, item_states=states)


def _extended(state: State, event: Extended) -> State:
    """Stops the clocks for an outage: nobody could do anything. A question whose grace was over before it stays so."""
    if not 0 <= event.seconds < math.inf:
        raise IllegalEventError("time is never taken away")
    if state.phase is Phase.FINISHED:
        return state
    away = timedelta(seconds=event.seconds)

    def moved(moment: datetime) -> datetime:
        return max(moment, min(moment + away, event.at))

    state = replace(state, host_seen_at=moved(state.host_seen_at), moved_at=moved(state.moved_at))
    if state.phase is Phase.ASKING and state.current.deadline + GRACE > event.at - away:
        state = _with_item(state, deadline=state.current.deadline + away)
    return state


def _timed_out(state: State, event: TimedOut) -> State:
    """Does all that is due at the event's moment."""
    if event.turn != state.turn or state.phase is Phase.FINISHED:
        return state
    if state.phase in IDLING and event.at >= _idle_until(state):
        return _ended(state, event.at)
    if state.phase is Phase.ASKING and event.at >= state.current.deadline + GRACE:
        state = _close(state, Outcome.TIMED_OUT, event.at)
    if state.phase in WATCHED and event.at >= state.host_seen_at + SILENCE and not state.vacant:
        state = replace(state, vacant=True)
    return state


IDLING = frozenset({Phase.LOBBY, Phase.REVEALED})
"""Phases that may last a day."""
WATCHED = frozenset({Phase.LOBBY, Phase.ASKING, Phase.REVEALED})
"""Phases in which the cards say when the host is away."""


def _idle_until(state: State) -> datetime:
    return state.moved_at + IDLE  # a host who only chats in the channel does not keep a forgotten lobby open


def wake_at(state: State) -> datetime | None:
    """When the question's time is up, the host counts as away, or the round ends by itself, whichever is first."""
    moments: list[datetime] = []
    if state.phase is Phase.ASKING:
        moments.append(state.current.deadline + GRACE)
    if state.phase in WATCHED and not state.vacant:
        moments.append(state.host_seen_at + SILENCE)
    if state.phase in IDLING:
        moments.append(_idle_until(state))
    return min(moments, default=None)


def time_out(state: State, at: datetime) -> TimedOut:
    """The event that does what is due at `at`."""
    return TimedOut(at, None, state.turn)


def outage(state: State, alive: datetime, now: datetime) -> Extended | None:
    """The event that makes good for the bot's absence from `alive` to `now`; None when the round is over."""
    if state.phase is Phase.FINISHED or now <= alive:
        return None
    return Extended(now, None, (now - alive).total_seconds())


# Items


def _ask(state: State, at: datetime) -> State:
    """Asks the next item everybody who is there."""
    item = ItemState(
        at=at,
        deadline=at + timedelta(seconds=state.limit_s),
        entries=tuple(Entry(user) for user in state.active),
    )
    return replace(state, item_states=(*state.item_states, item), phase=Phase.ASKING)


def awaited(state: State) -> tuple[int, ...]:
    """Who is there and has yet to answer the open question, in the order of joining; empty where none is open."""
    if state.phase is not Phase.ASKING:
        return ()
    there = set(state.active)
    return tuple(entry.user for entry in state.current.entries if not entry.over and entry.user in there)


def _close_if_complete(state: State, at: datetime) -> State:
    if state.phase is Phase.ASKING and not awaited(state):
        return _close(state, Outcome.ANSWERED, at)
    return state


def _close(state: State, outcome: Outcome, at: datetime) -> State:
    """Takes no more answers to the current item; reveals it once they are graded."""
    state = _with_item(state, outcome=outcome, closed_at=at)
    return _reveal_if_graded(replace(state, phase=Phase.CLOSING), at)


def _reveal_if_graded(state: State, at: datetime) -> State:
    if any(entry.waiting for entry in state.current.entries):
        return state
    if len(state.item_states) == len(state.items):
        return replace(state, phase=Phase.FINISHED, finished_at=at)
    return replace(state, phase=Phase.REVEALED, moved_at=max(state.moved_at, at))


def _with_participant(state: State, changed: Participant) -> State:
    return replace(
        state, participants=tuple(changed if one.user == changed.user else one for one in state.participants)
    )


def _with_item(state: State, **changes: object) -> State:
    return replace(state, item_states=(*state.item_states[:-1], replace(state.current, **changes)))  # type: ignore[arg-type]


def _with_entry(state: State, changed: Entry) -> State:
    entries = tuple(changed if entry.user == changed.user else entry for entry in state.current.entries)
    return _with_item(state, entries=entries)


# Scores


def counts(state: State, item: int) -> bool:
    """Whether an item is revealed and not void."""
    if not 0 <= item < len(state.item_states):
        return False
    open_ = item + 1 == state.turn and state.phase in {Phase.ASKING, Phase.CLOSING}
    return not open_ and not state.item_states[item].void


def item_score(state: State, item: int, user: int) -> float | None:
    """What a person has earned on an item, 0–1, 0 without an answer in time.

    None where it does not count (not revealed, void), where we could not grade it, and for one who was not in it.
    """
    entry = state.item_states[item].entry(user) if counts(state, item) else None
    return entry.earned if entry else None


@dataclass(frozen=True)
class Standing:
    """One person's line on the board."""

    user: int
    rank: int
    """1 is the best; equal points share a rank, and the ranks after it are left out (1, 2, 2, 4)."""
    points: float
    """The sum of the scores, each 0–1."""
    items: int
    """How many items it is the sum of."""
    answered: int
    """How many of them the person has answered."""


def board(state: State) -> tuple[Standing, ...]:
    """Everybody who has a score, best first; with equal points, in the order of joining."""
    scores: dict[int, list[float]] = {one.user: [] for one in state.participants}
    answered = dict.fromkeys(scores, 0)
    for number, item in enumerate(state.item_states):
        if not counts(state, number):
            continue
        for entry in item.entries:
            earned = entry.earned
            if earned is not None:
                scores[entry.user].append(earned)
                answered[entry.user] += bool(entry.attempts)
    points = {user: math.fsum(own) for user, own in scores.items() if own}
    # 0.1 + 0.2 and 0.3 look the same on the board, so they share a rank.
    rounded = {user: round(total, 9) for user, total in points.items()}
    result: list[Standing] = []
    for place, user in enumerate(sorted(rounded, key=lambda user: -rounded[user]), 1):
        tied = bool(result) and rounded[result[-1].user] == rounded[user]
        rank = result[-1].rank if tied else place
        result.append(Standing(user, rank, points[user], len(scores[user]), answered[user]))
    return tuple(result)


def scored(state: State) -> tuple[Scored, ...]:
    """What everybody has earned on the revealed items, a void one and what we could not grade left out."""
    result: list[Scored] = []
    for number, item in enumerate(state.item_states):
        if not counts(state, number):
            continue
        for entry in item.entries:
            earned = entry.earned
            if earned is not None:
                result.append(
                    Scored(
                        user=entry.user,
                        item=number,
                        score=earned,
                        band=entry.band or 1,
                        hints=0,
                        told=False,
                        asked_at=item.at,
                    )
                )
    return tuple(result)


# What the bot owes


@dataclass(frozen=True)
class OwedGrade:
    """An attempt waits for its grade."""

    turn: int
    user: int
    attempt: int


def grades(state: State) -> tuple[OwedGrade, ...]:
    """All attempts that wait for a grade, also when the round has ended meanwhile: people see what they earned."""
    if not state.item_states:
        return ()
    return tuple(
        OwedGrade(state.turn, entry.user, entry.attempts[-1]) for entry in state.current.entries if entry.waiting
    )


class PostKind(StrEnum):
    LOBBY = "lobby"
    ASK = "ask"
    REVEAL = "reveal"
    FINAL = "final"
    """How the round ended, with the board."""


LIVE = "~"
"""Separates a face's two parts. What follows it changes with each person who joins or answers, so a change of that part
alone may wait a little; the rest may not."""
CLOSING = "closing"
"""The face of a question that takes no more answers and is not revealed yet."""


def posts(state: State) -> tuple[Post[PostKind], ...]:
    """The messages of the round so far, in channel order."""
    host = f"{state.vacant:d}-{_digest([state.owner])}"
    result = [Post(PostKind.LOBBY, 0, _lobby_face(state, host))]
    for turn, item in enumerate(state.item_states, 1):
        current = turn == state.turn
        result.append(Post(PostKind.ASK, turn, _ask_face(state, item, host, current=current)))
        open_ = current and state.phase in {Phase.ASKING, Phase.CLOSING}
        if not open_ and item.outcome is not Outcome.STOPPED:
            at_next = current and state.phase is Phase.REVEALED
            result.append(Post(PostKind.REVEAL, turn, f"next-{host}" if at_next else "passed"))
    if state.phase is Phase.FINISHED and state.item_states:
        result.append(Post(PostKind.FINAL, state.turn, "stopped" if state.stopped else "finished"))
    return tuple(result)


def _lobby_face(state: State, host: str) -> str:
    if state.phase is Phase.LOBBY:
        return f"open-{host}{LIVE}{len(state.active)}.{_digest(state.active)}"
    return "begun" if state.item_states else "ended"


def _ask_face(state: State, item: ItemState, host: str, *, current: bool) -> str:
    if not current or state.phase not in {Phase.ASKING, Phase.CLOSING}:
        return (item.outcome or Outcome.ANSWERED).value
    if state.phase is Phase.CLOSING:
        return CLOSING
    ready = [entry.user for entry in item.entries if entry.over]
    missing = awaited(state)
    live = f"{len(ready)}.{len(missing)}.{_digest(ready)}{_digest(missing)}"
    return f"open-{int(item.deadline.timestamp())}-{host}{LIVE}{live}"


def _digest(users: Iterable[int]) -> str:
    """Eight characters that differ for different people, in whatever order they are named."""
    return f"{crc32(','.join(map(str, sorted(users))).encode()):08x}"


GROUP: Engine[State, GroupEvent, Reply, PostKind] = Engine(
    name="group",
    codec=Codec(
        State,
        {
            "opened": Opened,
            "joined": Joined,
            "left": Left,
            "begun": Begun,
            "answered": Answered,
            "done": Done,
            "graded": Graded,
            "regraded": Regraded,
            "skipped": Skipped,
            "time-added": TimeAdded,
            "advanced": Advanced,
            "took-over": TookOver,
            "seen": Seen,
            "timed-out": TimedOut,
            "extended": Extended,
            "ended": Ended,
        },
    ),
    step=step,
    posts=posts,
    wake_at=wake_at,
    time_out=time_out,
    outage=outage,
    scored=scored,
)
