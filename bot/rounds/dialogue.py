"""The engine of question-and-answer rounds: quiz, behavioral and code.

A round is a list of items (drawn questions). Each item is asked in turns: the question itself, then up to
`Policy.followups` follow-ups that react to the grade.

    ASKING ──answered──▶ GRADING ──graded──▶ ASKING (a follow-up, or once more: "that was short")
      │                                   └▶ REVIEWING ──advanced──▶ ASKING (next item) … FINISHED
      └──skipped, gave up, timed out──────▶ REVIEWING

A code task may be tried as often as wanted. Each submission is a turn of its own without a probe; while it does not
pass, grading leads back to ASKING in the next turn, with the deadline of the first. The task's card stays, so events
that name an earlier try of the task that is still open are meant for the current one. The best try counts, whatever
ends the task. Follow-ups of a task are planned: skipping one leads to the next.

The last item goes straight to FINISHED; `Stopped` leads there from anywhere. `turn` counts everything asked in
the round, so a click that names an earlier turn is stale, and a stale event changes nothing but the reply.

`step` returns the new state and the *replies* to whoever sent the event. What the bot owes the channel is not a
stream of effects but a function of the state: `pending` says which grade is awaited, when to wake, and `posts`
which messages must stand in the channel and how they look. Carrying it out is a reconciliation that any process
can repeat after any crash.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from bot.rounds.engine import GRACE, Codec, Engine, IllegalEventError, Post, Scored
from bot.rounds.events import (
    Advanced,
    Answered,
    Event,
    Extended,
    GaveUp,
    Graded,
    HintAsked,
    Item,
    Kind,
    Mode,
    Regraded,
    SelfRated,
    Skipped,
    Started,
    Stopped,
    TimedOut,
)
from questions.model import Level

FOLLOWUP_LIMIT_S = 300
"""After a code task with a time limit, each follow-up has a quarter of that limit, and at least this."""
RUNNING = "running"
"""The face of a verdict that is still awaited."""


class Phase(StrEnum):
    ASKING = "asking"
    GRADING = "grading"
    REVIEWING = "reviewing"
    FINISHED = "finished"


class Outcome(StrEnum):
    """How a turn ended."""

    ANSWERED = "answered"
    SKIPPED = "skipped"
    GAVE_UP = "gave-up"
    TIMED_OUT = "timed-out"
    STOPPED = "stopped"


class Reply(StrEnum):
    """What to tell whoever sent an event that changes nothing, or changes less than hoped."""

    NOT_YOURS = "not-yours"
    STALE = "stale"
    ALREADY_ANSWERED = "already-answered"
    TOO_LATE = "too-late"
    NO_MORE_HINTS = "no-more-hints"
    NOT_IN_EXAM = "not-in-exam"
    FINISHED = "finished"
    NOT_FINISHED = "not-finished"
    WAITING_FOR_NEXT = "waiting-for-next"
    STILL_RUNNING = "still-running"
    """The last submission is being judged."""
    ENOUGH_TODAY = "enough-today"
    """The task takes so many submissions a day only."""


@dataclass(frozen=True)
class Policy:
    """What sets the kinds of round apart."""

    followups: int
    hints: dict[Mode, int]
    tries: bool = False
    """Whether an item is submitted again and again until it passes, and only then followed up, as planned."""


POLICIES: dict[Kind, Policy] = {
    Kind.QUIZ: Policy(followups=3, hints={Mode.PRACTICE: 3, Mode.EXAM: 2}),
    Kind.BEHAVIORAL: Policy(followups=3, hints={Mode.PRACTICE: 1, Mode.EXAM: 1}),
    Kind.CODE: Policy(followups=3, hints={Mode.PRACTICE: 3, Mode.EXAM: 2}, tries=True),
}


@dataclass(frozen=True)
class Turn:
    """Something asked: an item's question (`probe` None; of a code task one more try) or a follow-up on it."""

    item: int
    at: datetime
    probe: str | None = None
    probe_from: int | None = None
    """The attempt whose grade holds the follow-up's words."""
    deadline: datetime | None = None
    attempt: int | None = None
    """The attempt that counts, once there is one."""
    draft: int | None = None
    """A short first attempt that the person may expand; it counts if nothing better comes."""
    outcome: Outcome | None = None


@dataclass(frozen=True)
class ItemState:
    """Where an item stands. `score` (0–1) and `band` (1–4) are None until something was graded."""

    hints: int = 0
    score: float | None = None
    band: int | None = None
    done: bool = False
    judged: bool = True
    """False when the grader failed; the item is then left out of the round's score."""
    best: int | None = None
    """Of a code task: the submission that its score came from."""
    planned: tuple[str, ...] = ()
    """Of a code task: the follow-ups that are asked once it is left or passed."""


@dataclass(frozen=True)
class State:
    kind: Kind
    owner: int
    level: Level
    mode: Mode
    limit_s: int | None
    items: tuple[Item, ...]
    item_states: tuple[ItemState, ...]
    turns: tuple[Turn, ...]
    phase: Phase
    started_at: datetime
    finished_at: datetime | None = None
    stopped: bool = False
    self_rating: int | None = None

    @property
    def turn(self) -> int:
        """The number of the current turn; buttons of other turns are stale."""
        return len(self.turns) - 1

    @property
    def current(self) -> Turn:
        return self.turns[-1]

    @property
    def item(self) -> ItemState:
        return self.item_states[self.current.item]

    @property
    def policy(self) -> Policy:
        return POLICIES[self.kind]

    @property
    def trying(self) -> bool:
        """Whether the current turn is a try of a code task."""
        return self.policy.tries and self.current.probe is None

    @property
    def clock_runs(self) -> bool:
        """Whether the current turn has a deadline that an outage moves; while a try is judged it goes on."""
        running = self.phase is Phase.ASKING or (self.phase is Phase.GRADING and self.trying)
        return running and self.current.deadline is not None

    @property
    def hints_allowed(self) -> int:
        return self.policy.hints[self.mode]

    @property
    def score(self) -> float | None:
        """The mean over the items that are done, 0–1; None when none is. A skipped item counts as zero."""
        scores = [item.score or 0.0 for item in self.item_states if item.done and item.judged]
        return sum(scores) / len(scores) if scores else None


Step = tuple[State, tuple[Reply, ...]]


def start(event: Started) -> State:
    """A fresh round asking its first question. Raises IllegalEventError for a round without questions."""
    if not event.items:
        raise IllegalEventError("a round needs at least one question")
    empty = State(
        kind=event.kind,
        owner=event.by,
        level=event.level,
        mode=event.mode,
        limit_s=event.limit_s,
        items=event.items,
        item_states=tuple(ItemState() for _ in event.items),
        turns=(),
        phase=Phase.ASKING,
        started_at=event.at,
    )
    return _ask(empty, 0, event.at)


def step(state: State, event: Event) -> Step:
    """The state after `event`, and what to reply to its sender. Raises IllegalEventError, changing nothing."""
    match event:
        case Started():
            raise IllegalEventError("the round has already started")
        case Graded():
            return _graded(state, event), ()
        case Regraded():
            return _regraded(state, event), ()
        case Extended():
            return _extended(state, event), ()
        case TimedOut():
            return _timed_out(state, event), ()
        case Stopped():
            return _stopped(state, event)
        case SelfRated():
            return _self_rated(state, event)
        case Answered() | HintAsked() | Skipped() | GaveUp() | Advanced():
            if _names_open_task(state, event.turn):
                event = replace(event, turn=state.turn)
            if refusal := _refusal(state, event):
                late = refusal is Reply.TOO_LATE
                return (_end_turn(state, Outcome.TIMED_OUT, event.at) if late else state), (refusal,)
            return _act(state, event)
        case _:
            assert_never(event)


def replay(events: list[Event]) -> State:
    """The state after a round's events; the first must be its start."""
    first, *rest = events
    if not isinstance(first, Started):
        raise IllegalEventError("a round begins with its start")
    state = start(first)
    for event in rest:
        state, _ = step(state, event)
    return state


def _names_open_task(state: State, turn: int) -> bool:
    """Whether `turn` is a try of the code task that is open."""
    if not (state.trying and 0 <= turn <= state.turn):
        return False
    return state.turns[turn].item == state.current.item


def _refusal(state: State, event: Answered | HintAsked | Skipped | GaveUp | Advanced) -> Reply | None:
    if event.by != state.owner:
        return Reply.NOT_YOURS
    if state.phase is Phase.FINISHED:
        return Reply.FINISHED
    if event.turn != state.turn:
        past = 0 <= event.turn < len(state.turns)
        answered = past and state.turns[event.turn].outcome is Outcome.ANSWERED
        return Reply.ALREADY_ANSWERED if answered and isinstance(event, Answered) else Reply.STALE
    if isinstance(event, Advanced):
        return None if state.phase is Phase.REVIEWING else Reply.STALE
    if state.phase is Phase.GRADING:
        return Reply.STILL_RUNNING if state.trying else Reply.ALREADY_ANSWERED
    if state.phase is Phase.REVIEWING:
        return Reply.WAITING_FOR_NEXT if state.current.outcome is not Outcome.ANSWERED else Reply.ALREADY_ANSWERED
    deadline = state.current.deadline
    if deadline is not None and event.at > deadline + GRACE:
        return Reply.TOO_LATE
    return None


def _act(state: State, event: Answered | HintAsked | Skipped | GaveUp | Advanced) -> Step:
    match event:
        case Answered(attempt=attempt):
            return replace(_with_turn(state, attempt=attempt), phase=Phase.GRADING), ()
        case HintAsked():
            told = state.policy.tries and not state.trying  # a task's hints are about its code
            if told or state.item.hints >= state.hints_allowed:
                return state, (Reply.NO_MORE_HINTS,)
            return _with_item(state, hints=state.item.hints + 1), ()
        case Skipped(at=at):
            return _end_turn(state, Outcome.SKIPPED, at), ()
        case GaveUp(at=at):
            if state.mode is Mode.EXAM:
                return state, (Reply.NOT_IN_EXAM,)
            if state.current.probe is None:
                # The answer was told: whatever a short first attempt earned is void.
                state = _with_item(state, score=0.0, band=1)
            return _end_turn(state, Outcome.GAVE_UP, at), ()
        case Advanced(at=at):
            return _ask(state, state.current.item + 1, at), ()
        case _:
            assert_never(event)


def _graded(state: State, event: Graded) -> State:
    """A grade that is not awaited (sent twice after a crash) changes nothing."""
    awaited = state.phase is Phase.GRADING and event.turn == state.turn and event.attempt == state.current.attempt
    if not awaited:
        return state
    if state.trying:
        return _judged(state, event)
    result = event.result
    if result.score is None or not math.isfinite(result.score):
        # A failure on a follow-up leaves what the answers before it earned; a short draft is no such answer.
        state = _with_item(state, judged=state.current.probe is not None and state.item.score is not None)
    else:
        score, band = min(max(result.score, 0.0), 1.0), min(max(result.band, 1), 4)
        state = _with_item(state, score=score, band=band, judged=True)
    if result.again and state.current.probe is None and state.current.draft is None:
        return replace(_with_turn(state, attempt=None, draft=event.attempt), phase=Phase.ASKING)
    state = _with_turn(state, outcome=Outcome.ANSWERED)
    asked = {turn.probe for turn in state.turns if turn.item == state.current.item and turn.probe is not None}
    fresh = [probe for probe in result.probes if probe not in asked]
    if fresh and len(asked) < state.policy.followups:
        return _ask(state, state.current.item, event.at, fresh[0], event.attempt)
    return _close_item(state, event.at)


def _regraded(state: State, event: Regraded) -> State:
    """Only what is done can turn out to be worth more, and nothing is ever taken away."""
    if not 0 <= event.item < len(state.item_states) or event.user != state.owner:
        return state
    item = state.item_states[event.item]
    score, band = min(max(event.score, 0.0), 1.0), min(max(event.band, 1), 4)
    if not (item.done and item.judged) or score <= (item.score or 0.0):
        return state
    changed = replace(item, score=score, band=max(band, item.band or 1))
    states = (*state.item_states[: event.item], changed, *state.item_states[event.item + 1 :])
    return replace(state, item_states=states)


def _judged(state: State, event: Graded) -> State:
    """After the verdict on a try: the best one counts; one that failed through our fault counts for nothing."""
    result, item = event.result, state.item
    if result.score is None or not math.isfinite(result.score):
        state = _with_item(state, judged=item.score is not None)
    else:
        score, band = min(max(result.score, 0.0), 1.0), min(max(result.band, 1), 4)
        if item.score is None or score > item.score:
            state = _with_item(state, score=score, best=event.attempt)
        state = _with_item(
            state, band=max(band, item.band or 1), judged=True, planned=result.probes or state.item.planned
        )
    state = _with_turn(state, outcome=Outcome.ANSWERED)
    if result.retry:
        return _ask(state, state.current.item, event.at, deadline=state.current.deadline)
    return _follow_up(state, event.at)


def _follow_up(state: State, at: datetime) -> State:
    """Asks the next planned follow-up; without one the item is done."""
    asked = {turn.probe for turn in state.turns if turn.item == state.current.item and turn.probe is not None}
    for probe in state.item.planned:
        if probe not in asked and len(asked) < state.policy.followups:
            return _ask(state, state.current.item, at, probe, state.item.best)
    return _close_item(state, at)


def _timed_out(state: State, event: TimedOut) -> State:
    deadline = state.current.deadline
    asking = state.phase is Phase.ASKING and event.turn == state.turn
    due = asking and deadline is not None and event.at >= deadline + GRACE
    return _end_turn(state, Outcome.TIMED_OUT, event.at) if due else state


def _extended(state: State, event: Extended) -> State:
    if event.seconds < 0:
        raise IllegalEventError("time is never taken away")
    deadline = state.current.deadline
    if not state.clock_runs or deadline is None:
        return state
    return _with_turn(state, deadline=deadline + timedelta(seconds=event.seconds))


def _stopped(state: State, event: Stopped) -> Step:
    if event.by is not None and event.by != state.owner:
        return state, (Reply.NOT_YOURS,)
    if state.phase is Phase.FINISHED:
        return state, (Reply.FINISHED,)
    if state.current.outcome is None:
        state = _with_turn(state, outcome=Outcome.STOPPED)
    if state.item.score is not None:
        state = _with_item(state, done=True)
    return replace(state, phase=Phase.FINISHED, finished_at=event.at, stopped=True), ()


def _self_rated(state: State, event: SelfRated) -> Step:
    if not 1 <= event.band <= 4:
        raise IllegalEventError("a rating is 1, 2, 3 or 4")
    if event.by != state.owner:
        return state, (Reply.NOT_YOURS,)
    if state.phase is not Phase.FINISHED:
        return state, (Reply.NOT_FINISHED,)
    return replace(state, self_rating=event.band), ()


def _end_turn(state: State, outcome: Outcome, at: datetime) -> State:
    """Ends the current turn without an answer; a short draft then counts as the answer."""
    if state.current.draft is not None and outcome is not Outcome.GAVE_UP:
        state = _with_turn(state, attempt=state.current.draft)
    left = outcome is Outcome.SKIPPED or (outcome is Outcome.TIMED_OUT and state.trying)
    state = _with_turn(state, outcome=outcome)
    return _follow_up(state, at) if left else _close_item(state, at)


def _close_item(state: State, at: datetime) -> State:
    score = state.item.score
    state = _with_item(state, done=True, score=score or 0.0, band=state.item.band or 1)
    if state.current.item + 1 == len(state.items):
        return replace(state, phase=Phase.FINISHED, finished_at=at)
    return replace(state, phase=Phase.REVIEWING)


def _ask(
    state: State,
    item: int,
    at: datetime,
    probe: str | None = None,
    probe_from: int | None = None,
    deadline: datetime | None = None,
) -> State:
    """Begins the next turn; without a `deadline` of its own it gets the round's limit."""
    if deadline is None and state.limit_s is not None:
        seconds = state.limit_s
        if probe is not None and state.policy.tries:
            seconds = min(seconds, max(FOLLOWUP_LIMIT_S, seconds // 4))
        deadline = at + timedelta(seconds=seconds)
    turn = Turn(item=item, at=at, probe=probe, probe_from=probe_from, deadline=deadline)
    return replace(state, turns=(*state.turns, turn), phase=Phase.ASKING)


def _with_turn(state: State, **changes: object) -> State:
    return replace(state, turns=(*state.turns[:-1], replace(state.current, **changes)))  # type: ignore[arg-type]


def _with_item(state: State, **changes: object) -> State:
    index = state.current.item
    changed = replace(state.item, **changes)  # type: ignore[arg-type]
    return replace(state, item_states=(*state.item_states[:index], changed, *state.item_states[index + 1 :]))


# What the bot owes


@dataclass(frozen=True)
class Grade:
    """An attempt waits for its grade."""

    turn: int
    attempt: int


@dataclass(frozen=True)
class Wake:
    """The current turn ends at `at` unless something happens before."""

    turn: int
    at: datetime


class PostKind(StrEnum):
    ASK = "ask"
    EXPAND = "expand"
    VERDICT = "verdict"
    """What became of one submission."""
    FEEDBACK = "feedback"
    SUMMARY = "summary"


DialoguePost = Post[PostKind]


@dataclass(frozen=True)
class Pending:
    grade: Grade | None
    wake: Wake | None
    posts: tuple[DialoguePost, ...]


def pending(state: State) -> Pending:
    """All that is owed in this state, whether or not it was carried out before."""
    current = state.current
    grade = Grade(state.turn, current.attempt) if state.phase is Phase.GRADING and current.attempt is not None else None
    asking = state.phase is Phase.ASKING
    wake = Wake(state.turn, current.deadline + GRACE) if asking and current.deadline is not None else None
    return Pending(grade, wake, posts(state))


def wake_at(state: State) -> datetime | None:
    """When the current turn ends by itself."""
    wake = pending(state).wake
    return wake.at if wake else None


def time_out(state: State, at: datetime) -> Event:
    return TimedOut(at, None, state.turn)


def outage(state: State, since: datetime, until: datetime) -> Event | None:
    """An open deadline that had not passed when the bot went away moves by its absence."""
    deadline = state.current.deadline
    if not state.clock_runs or deadline is None or deadline <= since:
        return None
    return Extended(until, None, (until - since).total_seconds())


def scored(state: State) -> tuple[Scored, ...]:
    """The items that are done and were judged. An exam that its owner stops counts the open question as given up."""
    result: list[Scored] = []
    for number, item in enumerate(state.item_states):
        turns = [turn for turn in state.turns if turn.item == number]
        if not turns or not item.judged:
            continue
        fled = state.stopped and state.mode is Mode.EXAM and number == state.current.item
        if item.done or fled:
            result.append(
                Scored(
                    user=state.owner,
                    item=number,
                    score=item.score or 0.0,
                    band=item.band or 1,
                    hints=item.hints,
                    told=outcome_of(state, number) is Outcome.GAVE_UP,
                    asked_at=turns[0].at,
                )
            )
    return tuple(result)


def posts(state: State) -> tuple[DialoguePost, ...]:
    """The messages of the round so far, in channel order."""
    result: list[DialoguePost] = []
    newest = _newest_verdict(state)
    for number, turn in enumerate(state.turns):
        if is_try(state, number):
            if number == 0 or not is_try(state, number - 1) or state.turns[number - 1].item != turn.item:
                result.append(Post(PostKind.ASK, number, _task_face(state, number)))
            if number == state.turn and state.phase is Phase.GRADING:
                result.append(Post(PostKind.VERDICT, number, RUNNING))
            elif turn.attempt is not None:
                open_ = number == newest
                result.append(Post(PostKind.VERDICT, number, f"open-{state.item.hints}" if open_ else "closed"))
        else:
            result.append(Post(PostKind.ASK, number, _ask_face(state, number)))
        if turn.draft is not None:
            open_ = number == state.turn and state.phase is Phase.ASKING
            result.append(Post(PostKind.EXPAND, number, "open" if open_ else "closed"))
        last_of_item = number == state.turn or state.turns[number + 1].item != turn.item
        item = state.item_states[turn.item]
        if item.done and last_of_item:
            result.append(Post(PostKind.FEEDBACK, number, _feedback_face(state, number)))
    if state.phase is Phase.FINISHED:
        result.append(Post(PostKind.SUMMARY, state.turn, f"rated-{state.self_rating or 0}"))
    return tuple(result)


def latest(state: State) -> tuple[DialoguePost, ...]:
    """The messages to show again when the round goes on elsewhere: what is open, or was told last."""
    everything = posts(state)
    if open_task(state, state.turn):
        newest = next((post for post in reversed(everything) if post.kind is PostKind.VERDICT), None)
        task = next(post for post in reversed(everything) if post.kind is PostKind.ASK)
        same_task = newest is not None and newest.turn >= task.turn
        return (task, newest) if newest is not None and same_task else (task,)
    current = tuple(post for post in everything if post.turn == state.turn)
    if state.phase is Phase.REVIEWING:
        return tuple(post for post in current if post.kind is PostKind.FEEDBACK)
    return current


def is_try(state: State, number: int) -> bool:
    """Whether a turn is a try of a code task."""
    return state.policy.tries and state.turns[number].probe is None


def open_task(state: State, number: int) -> bool:
    """Whether the code task that turn `number` belongs to takes submissions."""
    active = state.phase in {Phase.ASKING, Phase.GRADING}
    return active and state.trying and state.turns[number].item == state.current.item


def _newest_verdict(state: State) -> int | None:
    """The turn whose verdict has the buttons to go on: the latest one of the open task."""
    if not (state.trying and open_task(state, state.turn)):
        return None
    previous = state.turn - 1
    fits = previous >= 0 and is_try(state, previous) and state.turns[previous].item == state.current.item
    return previous if fits else None


def _task_face(state: State, number: int) -> str:
    """A task's card looks the same through all its tries."""
    item = state.turns[number].item
    if open_task(state, number):
        deadline = state.current.deadline
        return f"open-{state.item_states[item].hints}-{int(deadline.timestamp()) if deadline else 0}"
    return outcome_of(state, item).value


def outcome_of(state: State, item: int) -> Outcome:
    """How an item's question ended; of a code task how its last try did. ANSWERED for one that is still open."""
    own = [turn for turn in state.turns if turn.item == item and turn.probe is None]
    last = own[-1] if state.policy.tries else own[0]
    return last.outcome or Outcome.ANSWERED


def _feedback_face(state: State, number: int) -> str:
    """In an exam the grade stays hidden until the round is over."""
    shown = "grade" if state.mode is Mode.PRACTICE or state.phase is Phase.FINISHED else "hidden"
    open_ = number == state.turn and state.phase is Phase.REVIEWING
    return f"{shown}-next" if open_ else shown


def _ask_face(state: State, number: int) -> str:
    turn = state.turns[number]
    if turn.outcome is not None:
        return turn.outcome.value
    if state.phase is Phase.GRADING:
        return "reading"
    hints = state.item_states[turn.item].hints
    deadline = int(turn.deadline.timestamp()) if turn.deadline else 0
    return f"open-{hints}-{deadline}"


DIALOGUE: Engine[State, Event, Reply, PostKind] = Engine(
    name="dialogue",
    codec=Codec(
        State,
        {
            "started": Started,
            "answered": Answered,
            "hint-asked": HintAsked,
            "skipped": Skipped,
            "gave-up": GaveUp,
            "advanced": Advanced,
            "timed-out": TimedOut,
            "graded": Graded,
            "regraded": Regraded,
            "extended": Extended,
            "self-rated": SelfRated,
            "stopped": Stopped,
        },
    ),
    step=step,
    posts=posts,
    wake_at=wake_at,
    time_out=time_out,
    outage=outage,
    scored=scored,
)
