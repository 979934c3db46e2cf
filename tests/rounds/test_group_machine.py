"""The engine of group rounds under any sequence of events, held against a plain model of the rules."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.rounds.engine import GRACE, IllegalEventError
from bot.rounds.events import Advanced, Answered, Extended, Item, Kind, Result, Skipped, TimedOut
from bot.rounds.group import (
    GROUP,
    IDLE,
    LIVE,
    SILENCE,
    TIME_AT_ONCE_S,
    TIME_IN_ALL_S,
    Phase,
    Reply,
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
HOST = 1
PEOPLE = st.integers(1, 6)
MOSTLY_THE_HOST = st.sampled_from([0, 0, 0, 0, 0, 0, 1, 2, 3, 6])
"""0 stands for the host of the moment."""
OFFSETS = st.sampled_from([0] * 12 + [-1, 1, -50])
"""How far from the current turn an event aims."""
LAGS = st.sampled_from([0] * 6 + [2, 90])
"""How many seconds ago an event happened that arrives now."""
SCORES = st.one_of(st.none(), st.floats(), st.floats(0, 1), st.sampled_from([0.1, 0.2, 0.3]))
OPENINGS = st.builds(
    Opened,
    at=st.just(T0),
    by=st.just(HOST),
    kind=st.sampled_from([Kind.QUIZ, Kind.BEHAVIORAL, Kind.CODE, Kind.CODE]),
    level=st.sampled_from(Level),
    asked=st.just(3),
    limit_s=st.sampled_from([30, 600]),
    plays=st.booleans(),
)
GUESTS = st.sets(st.integers(2, 6), min_size=1, max_size=5)
ITEMS = st.sampled_from([3, 2, 4, 1, 0])
"""How many questions the host begins with at once; 0: the lobby stays open."""
RESULTS = st.builds(
    Result, score=SCORES, band=st.integers(-3, 8), probes=st.just(()), again=st.booleans(), retry=st.booleans()
)


class Model:
    """What must be true of a round, kept in plain sets and dictionaries from what was acknowledged."""

    def __init__(self, first: Opened) -> None:
        self.kind, self.limit = first.kind, timedelta(seconds=first.limit_s)
        self.host, self.seen, self.vacant = first.by, first.at, False
        self.awaiting: int | None = None
        """A host who was replaced while silent."""
        self.moved = first.at
        self.present: set[int] = {first.by} if first.plays else set()
        self.entered: dict[int, int] = dict.fromkeys(self.present, 0)
        """Everybody who ever joined, and how many items had been asked by then."""
        self.total = 0
        """How many items there are; 0 in the lobby."""
        self.members: list[set[int]] = []
        self.deadline, self.added = first.at, 0
        self.open = False
        """Whether the last item takes answers."""
        self.void: set[int] = set()
        self.over = False
        self.sent: dict[tuple[int, int], list[int]] = defaultdict(list)
        """By turn and person."""
        self.done: set[tuple[int, int]] = set()
        self.results: dict[int, Result] = {}

    @property
    def turn(self) -> int:
        return len(self.members)

    @property
    def busy(self) -> bool:
        """Whether an item is open, or answers to it wait for their grades."""
        return self.open or bool(self.owed())

    def owed(self) -> set[tuple[int, int, int]]:
        return {
            (turn, user, attempt)
            for (turn, user), attempts in self.sent.items()
            for attempt in attempts
            if attempt not in self.results
        }

    def has_answered(self, turn: int, user: int) -> bool:
        attempts = self.sent.get((turn, user), [])
        if self.kind is not Kind.CODE:
            return bool(attempts)
        accepted = any(attempt in self.results and not self.results[attempt].retry for attempt in attempts)
        return accepted or (turn, user) in self.done

    def missing(self) -> set[int]:
        """Who is there and has not answered the open item."""
        if not self.open:
            return set()
        return {user for user in self.members[-1] if user in self.present and not self.has_answered(self.turn, user)}

    def revealed(self) -> list[int]:
        """The turns that count for the board."""
        return [turn for turn in range(1, self.turn + 1 - self.busy) if turn not in self.void]

    def earned(self, turn: int, user: int) -> float | None:
        if turn not in self.revealed() or user not in self.members[turn - 1]:
            return None
        attempts = self.sent.get((turn, user))
        if not attempts:
            return 0.0
        given = [self.results[attempt].score for attempt in attempts]
        real = [min(max(score, 0.0), 1.0) for score in given if score is not None and math.isfinite(score)]
        return max(real) if real else None

    def late(self, at: datetime) -> bool:
        return at > self.deadline + GRACE

    def host_for(self, event: GroupEvent) -> int:
        """Who hosts when an event is judged: one who was replaced while silent comes back by doing what hosts do."""
        does = isinstance(event, TookOver | Begun | Skipped | TimeAdded | Advanced | Ended)
        return self.awaiting if does and self.awaiting is not None and event.by == self.awaiting else self.host

    def host_left(self, at: datetime) -> bool:
        """Whether the host went of their own accord."""
        left = self.host in self.entered and self.host not in self.present
        return left or (self.vacant and at < self.seen + SILENCE)

    def accepts(self, event: GroupEvent) -> bool:
        """Whether the rules grant what somebody wants."""
        if isinstance(event, Graded | TimedOut | Extended):
            return True
        if self.over:
            return False
        host = self.host_for(event)
        match event:
            case Joined(by=user):
                current = self.members[-1] if self.members else set[int]()
                enters = self.total == 0 or self.turn < self.total or user in current
                return user not in self.present and enters
            case Left(by=user):
                return user in self.present or user == host
            case TookOver(at=at, by=user):
                return user == host or (user in self.present and (self.vacant or at >= self.seen + SILENCE))
            case Answered(at=at, by=user, turn=turn, attempt=attempt):
                mine = self.sent.get((turn, user), [])
                running = any(one not in self.results for one in mine)
                again = attempt in mine or running or self.has_answered(turn, user)
                return self._may_answer(user, turn, at) and not again
            case Done(at=at, by=user, turn=turn):
                tried = bool(self.sent.get((turn, user)))
                return self._may_answer(user, turn, at) and tried and not self.has_answered(turn, user)
            case Begun(by=user):
                return user == host and self.total == 0 and len(self.present) >= 2
            case Skipped(at=at, by=user, turn=turn):
                return user == host and self.open and turn == self.turn and not self.late(at)
            case TimeAdded(at=at, by=user, turn=turn, seconds=seconds):
                fits = self.added + seconds <= TIME_IN_ALL_S
                return user == host and self.open and turn == self.turn and not self.late(at) and fits
            case Advanced(by=user, turn=turn):
                waits = self.turn > 0 and not self.busy
                return user == host and waits and turn == self.turn and bool(self.present)
            case Ended(by=user):
                return user in {host, None}
            case _:
                return True

    def _may_answer(self, user: int, turn: int, at: datetime) -> bool:
        there = user in self.present and turn == self.turn and self.open
        return there and user in self.members[-1] and not self.late(at)

    def learn(self, event: GroupEvent, *, accepted: bool) -> None:
        """Follows an event that the rules grant (`accepted`), or one that is refused."""
        if self.over and not isinstance(event, Graded):
            return
        busy = self.busy
        was_open = self.open
        if accepted and not isinstance(event, Graded | TimedOut | Extended | TookOver | Seen):
            self.moved = max(self.moved, event.at)
        if (host := self.host_for(event)) != self.host:
            self.host, self.awaiting = host, None
        if event.by == self.host and not (isinstance(event, Seen) and self.host_left(event.at)):
            self.seen, self.vacant = max(self.seen, event.at), False
        match event:
            case Joined(by=user) if accepted:
                self.present.add(user)
                self.entered.setdefault(user, self.turn)
            case Left(by=user) if accepted:
                self.present.discard(user)
                self.vacant = self.vacant or user == self.host
                self.awaiting = None if user == self.awaiting else self.awaiting
            case TookOver(at=at, by=user) if accepted:
                if user != self.host:
                    self.moved = max(self.moved, at)
                    if self.awaiting is None and not self.host_left(at):
                        self.awaiting = self.host
                self.host, self.seen, self.vacant = user, max(self.seen, at), False
            case Answered(by=user, turn=turn, attempt=attempt) if accepted:
                self.sent[turn, user].append(attempt)
            case Done(by=user, turn=turn) if accepted:
                self.done.add((turn, user))
            case Answered(at=at, by=user, turn=turn) | Done(at=at, by=user, turn=turn):
                in_it = self.open and turn == self.turn and user in self.members[-1] & self.present
                if in_it and self.late(at) and not self.has_answered(turn, user):
                    self.open = False
            case Skipped(at=at, by=user, turn=turn) | TimeAdded(at=at, by=user, turn=turn) if not accepted:
                if user == self.host and self.open and turn == self.turn and self.late(at):
                    self.open = False
            case Begun(at=at, items=items) if accepted:
                self.total = len(items)
                self._ask(at)
            case Advanced(at=at) if accepted:
                self._ask(at)
            case Skipped():
                self.void.add(self.turn)
                self.open = False
            case TimeAdded(seconds=seconds):
                self.added += seconds
                self.deadline += timedelta(seconds=seconds)
            case Ended() if accepted:
                self.end()
            case Graded(turn=turn, user=user, attempt=attempt, result=result):
                if (turn, user, attempt) in self.owed():
                    self.results[attempt] = result
            case Extended(at=at, seconds=seconds):
                away = timedelta(seconds=seconds)
                self.seen = max(self.seen, min(self.seen + away, at))
                self.moved = max(self.moved, min(self.moved + away, at))
                if self.deadline + GRACE > at - away:
                    self.deadline += away
            case TimedOut(at=at, turn=turn) if turn == self.turn:
                if not busy and at >= self.moved + IDLE:
                    self.end()
                elif self.open and at >= self.deadline + GRACE:
                    self.open = False
                last = self.turn == self.total
                reading = not self.open and (bool(self.owed()) or (busy and last))
                if not reading and not self.over and at >= self.seen + SILENCE:
                    self.vacant = True
            case _:
                pass
        if self.open and not self.missing():
            self.open = False
        if (busy and not self.busy) or (was_open and not self.open and not accepted):
            self.moved = max(self.moved, event.at)
        if self.total and self.turn == self.total and not self.busy:
            self.over = True

    def _ask(self, at: datetime) -> None:
        self.members.append(set(self.present))
        self.deadline, self.added, self.open = at + self.limit, 0, True

    def end(self) -> None:
        if self.busy:
            self.void.add(self.turn)
        self.open, self.over = False, True


class Group(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = T0
        self.stored: list[GroupEvent] = []
        self.attempts = 0
        self.keys: list[str] = []
        self.earned: dict[tuple[int, int], float] = {}
        self.state: State
        self.model: Model

    @initialize(first=OPENINGS, guests=GUESTS, items=ITEMS)
    def open_lobby(self, first: Opened, guests: set[int], items: int) -> None:
        first = replace(first, at=self.now)
        self.stored, self.keys, self.earned = [first], [], {}
        self.state, self.model = open_round(first), Model(first)
        self.nobody_breaks_the_rules()
        for guest in sorted(guests):
            self.send(Joined(self.now, guest))
        if items:
            self.send(self.begun(HOST, items))

    @precondition(lambda self: self.state.phase is Phase.FINISHED)
    @rule(first=OPENINGS, guests=GUESTS, items=ITEMS)
    def open_another(self, first: Opened, guests: set[int], items: int) -> None:
        self.come_to_rest()
        self.open_lobby(first, guests, items)

    @staticmethod
    def drawn(number: int) -> tuple[Item, ...]:
        return tuple(Item(f"ml.boosting.q{index}", 1, ("b", "a") if index else ()) for index in range(number))

    def begun(self, by: int, items: int) -> Begun:
        return Begun(self.now, by, self.drawn(items))

    def send(self, event: GroupEvent) -> None:
        before = self.state
        after, replies = step(before, event)
        refused = any(reply is not Reply.ENTERS_NEXT for reply in replies)
        accepts = self.model.accepts(event)
        assert refused == (not accepts), f"{event} got {replies}"
        late = before.phase is Phase.ASKING and self.model.late(event.at)
        if refused and not (late and after.phase is not before.phase):
            presence = replace(
                after,
                owner=before.owner,
                awaiting=before.awaiting,
                host_seen_at=before.host_seen_at,
                vacant=before.vacant,
            )
            assert presence == before, f"the refused {event} changed something"
            assert after == before or event.by in {before.owner, before.awaiting}
        if before.phase is Phase.FINISHED and not isinstance(event, Graded):
            assert after == before, f"{event} changed a finished round"
        self.model.learn(event, accepted=accepts)
        if after != before:
            self.stored.append(event)
        self.state = after

    def turn(self, offset: int) -> int:
        return self.state.turn + offset

    # The round goes on

    @precondition(lambda self: self.state.phase is Phase.LOBBY)
    @rule(guest=PEOPLE, items=st.integers(2, 4))
    def gather_and_begin(self, guest: int, items: int) -> None:
        self.send(Joined(self.now, guest))
        self.send(self.begun(self.state.owner, items))

    @precondition(lambda self: self.state.phase is Phase.ASKING)
    @rule(number=st.sampled_from([6, 1, 2, 3]))
    def several_answer(self, number: int) -> None:
        for user in awaited(self.state)[:number]:
            self.attempts += 1
            self.send(Answered(self.now, user, self.state.turn, self.attempts))

    @precondition(lambda self: bool(grades(self.state)))
    @rule(data=st.data(), result=RESULTS)
    def grade(self, data: st.DataObject, result: Result) -> None:
        owed = data.draw(st.sampled_from(grades(self.state)))
        self.send(Graded(self.now, None, owed.turn, owed.user, owed.attempt, result))

    @precondition(lambda self: bool(grades(self.state)))
    @rule(results=st.lists(RESULTS, min_size=1, max_size=3))
    def grade_all(self, results: list[Result]) -> None:
        for number, owed in enumerate(reversed(grades(self.state))):
            result = results[number % len(results)]
            self.send(Graded(self.now, None, owed.turn, owed.user, owed.attempt, result))

    @precondition(lambda self: self.state.phase is Phase.REVEALED)
    @rule()
    def go_on(self) -> None:
        self.send(Advanced(self.now, self.state.owner, self.state.turn))

    @rule(sure=st.integers(0, 9))
    def wake(self, sure: int) -> None:
        moment = wake_at(self.state)
        far = moment is not None and moment > self.now + timedelta(hours=12)
        if moment is None or (far and sure):  # otherwise many rounds would end for idleness
            return
        ahead = moment > self.now
        self.now = max(self.now, moment)
        before = self.state
        self.time_out(0)
        assert self.state != before or not ahead

    # What people send, and may not always

    @rule(by=PEOPLE, what=st.sampled_from(["join", "join", "leave", "take over", "be seen"]), lag=LAGS)
    def come_and_go(self, by: int, what: str, lag: int) -> None:
        moment = self.now - timedelta(seconds=lag)
        match what:
            case "join":
                self.send(Joined(moment, by))
            case "leave":
                self.send(Left(moment, by))
            case "be seen":
                self.send(Seen(moment, by))
            case _:
                self.send(TookOver(moment, by))

    @rule(by=PEOPLE, offset=OFFSETS, lag=LAGS)
    def answer(self, by: int, offset: int, lag: int) -> None:
        self.attempts += 1
        self.send(Answered(self.now - timedelta(seconds=lag), by, self.turn(offset), self.attempts))

    @precondition(lambda self: bool(self.model.sent))
    @rule(data=st.data(), offset=OFFSETS, done=st.booleans())
    def insist(self, data: st.DataObject, offset: int, done: bool) -> None:
        """Somebody who has answered sends the same again, or is done."""
        turn, user = data.draw(st.sampled_from(sorted(self.model.sent)))
        if done and self.state.tries:
            self.send(Done(self.now, user, turn + offset))
        else:
            self.send(Answered(self.now, user, turn, data.draw(st.sampled_from(self.model.sent[turn, user]))))

    @precondition(lambda self: self.state.tries)
    @rule(by=PEOPLE)
    def be_done(self, by: int) -> None:
        self.send(Done(self.now, by, self.state.turn))

    @rule(
        by=MOSTLY_THE_HOST,
        what=st.sampled_from(["begin", "advance", "skip", "time", "time", "end"]),
        offset=OFFSETS,
        seconds=st.sampled_from([1, TIME_AT_ONCE_S, TIME_AT_ONCE_S]),
        sure=st.integers(0, 3),
    )
    def command(self, by: int, what: str, offset: int, seconds: int, sure: int) -> None:
        user, turn = by or self.state.owner, self.turn(offset)
        match what:
            case "begin":
                self.send(self.begun(user, 2))
            case "advance":
                self.send(Advanced(self.now, user, turn))
            case "skip":
                self.send(Skipped(self.now, user, turn))
            case "time":
                self.send(TimeAdded(self.now, user, turn, seconds))
            case _:
                if sure == 0 or user != self.state.owner:  # otherwise most rounds would end at once
                    self.send(Ended(self.now, None if sure == 1 and self.model.over else user))

    # What the bot sends

    @rule(offset=OFFSETS, by=PEOPLE, attempt=st.integers(0, 30), result=RESULTS)
    def grade_something(self, offset: int, by: int, attempt: int, result: Result) -> None:
        turn = self.turn(offset)
        known = next((key for key, attempts in self.model.sent.items() if attempt in attempts), None)
        if known is not None and offset == 0:  # perhaps it is graded already
            turn, by = known
        event = Graded(self.now, None, turn, by, attempt, result)
        before = self.state
        expected = any((one.turn, one.user, one.attempt) == (turn, by, attempt) for one in grades(before))
        self.send(event)
        assert expected or self.state is before

    @rule(offset=OFFSETS)
    def time_out(self, offset: int) -> None:
        event = replace(time_out(self.state, self.now), turn=self.turn(offset))
        before = self.state
        self.send(event)
        if offset:
            assert self.state is before
            return
        later = wake_at(self.state)
        assert later is None or later > self.now, "the waker would run in circles"

    @rule(seconds=st.sampled_from([0.1, 1, 10, 29, 301]))
    def let_time_pass(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(seconds=st.sampled_from([0.5, 20, 400, 100_000]), sure=st.integers(0, 2))
    def be_away(self, seconds: float, sure: int) -> None:
        if sure:
            return
        gone, self.now = self.now, self.now + timedelta(seconds=seconds)
        event = outage(self.state, gone, self.now)
        assert (event is None) == (self.state.phase is Phase.FINISHED)
        before = wake_at(self.state)
        if event is not None:
            self.send(event)
            after = wake_at(self.state)
            if before is not None and before > gone:
                assert after is not None
                assert after > self.now, "something came due while nobody could act"

    def nobody_breaks_the_rules(self) -> None:
        for by in (HOST, 6):
            events: list[GroupEvent] = [
                self.begun(by, 0),
                Opened(self.now, by, Kind.QUIZ, Level.MID, 3, 60),
                TimeAdded(self.now, by, self.state.turn, 0),
                TimeAdded(self.now, by, self.state.turn, TIME_AT_ONCE_S + 1),
                Extended(self.now, None, -0.1),
            ]
            if not self.state.tries:
                events.append(Done(self.now, by, self.state.turn))
            for event in events:
                try:
                    step(self.state, event)
                except IllegalEventError:
                    continue
                raise AssertionError(f"{event} was taken")

    # What always holds

    @invariant()
    def the_round_is_where_the_rules_say(self) -> None:
        state, model = self.state, self.model
        if model.over:
            assert state.phase is Phase.FINISHED
        elif not model.members:
            assert state.phase is Phase.LOBBY
        elif model.open:
            assert state.phase is Phase.ASKING
            assert state.current.deadline == model.deadline
        else:
            assert state.phase is (Phase.CLOSING if model.owed() else Phase.REVEALED)
        assert state.turn == model.turn
        assert (state.finished_at is not None) == (state.phase is Phase.FINISHED)
        assert [{entry.user for entry in item.entries} for item in state.item_states] == model.members
        assert set(awaited(state)) == model.missing()

    @invariant()
    def the_host_is_who_the_rules_say(self) -> None:
        state, model = self.state, self.model
        assert (state.owner, state.vacant, state.awaiting) == (model.host, model.vacant, model.awaiting)
        if not self.model.over:
            assert (self.state.host_seen_at, self.state.moved_at) == (self.model.seen, self.model.moved)

    @invariant()
    def everybody_is_one_participant(self) -> None:
        users = [one.user for one in self.state.participants]
        assert len(set(users)) == len(users)
        assert {one.user: one.from_item for one in self.state.participants} == self.model.entered
        assert set(self.state.active) == self.model.present

    @invariant()
    def what_was_taken_is_owed_until_it_is_graded(self) -> None:
        owed = [(one.turn, one.user, one.attempt) for one in grades(self.state)]
        assert len(set(owed)) == len(owed)
        assert set(owed) == self.model.owed()

    @invariant()
    def everybody_is_scored_once_for_what_they_were_asked(self) -> None:
        model = self.model
        rows = {(one.item, one.user): one.score for one in scored(self.state)}
        assert len(rows) == len(scored(self.state))
        expected = {
            (turn - 1, user): earned
            for turn in model.revealed()
            for user in model.members[turn - 1]
            if (earned := model.earned(turn, user)) is not None
        }
        assert rows == expected
        assert all(model.entered[user] <= item for item, user in rows)
        assert all(rows.get(key) == score for key, score in self.earned.items()), "a score has changed"
        self.earned = rows
        for item in range(-1, model.turn + 1):
            for user in range(8):
                assert item_score(self.state, item, user) == expected.get((item, user))

    @invariant()
    def the_board_is_the_sum(self) -> None:
        scores: dict[int, list[float]] = defaultdict(list)
        for one in scored(self.state):
            scores[one.user].append(one.score)
        rows = board(self.state)
        assert {row.user: (row.points, row.items) for row in rows} == {
            user: (math.fsum(own), len(own)) for user, own in scores.items()
        }
        assert len(rows) == len(scores)
        for row in rows:
            better = sum(other.points > row.points + 1e-9 for other in rows)
            assert row.rank == better + 1
        assert [row.rank for row in rows] == sorted(row.rank for row in rows)

    @invariant()
    def replaying_what_was_stored_gives_the_live_state(self) -> None:
        codec = GROUP.codec
        assert replay(codec.decode_event(*codec.encode_event(event)) for event in self.stored) == self.state

    @invariant()
    def the_state_survives_its_codec(self) -> None:
        assert GROUP.codec.decode_state(GROUP.codec.encode_state(self.state)) == self.state

    @invariant()
    def messages_are_only_ever_added_at_the_end(self) -> None:
        shown = posts(self.state)
        keys = [post.key for post in shown]
        assert len(set(keys)) == len(keys)
        assert keys[: len(self.keys)] == self.keys
        self.keys = keys
        assert all(len(post.face) <= 64 for post in shown)
        living = [post for post in shown if LIVE in post.face]
        assert len(living) == (self.state.phase in {Phase.LOBBY, Phase.ASKING})

    @invariant()
    def it_wakes_up_by_itself_unless_grades_are_awaited(self) -> None:
        sleeps = self.state.phase in {Phase.CLOSING, Phase.FINISHED}
        assert (wake_at(self.state) is None) == sleeps

    def teardown(self) -> None:
        if hasattr(self, "state"):
            self.come_to_rest()

    def come_to_rest(self) -> None:
        """Left alone, every round reads what was sent, and comes to a reveal or its end."""
        for owed in grades(self.state):
            self.send(Graded(self.now, None, owed.turn, owed.user, owed.attempt, Result(0.5, 2)))
        for _ in range(2):
            moment = wake_at(self.state)
            if self.state.phase is Phase.ASKING and moment is not None:
                self.now = max(self.now, moment)
                self.time_out(0)
        assert self.state.phase not in {Phase.ASKING, Phase.CLOSING}
        assert not self.model.owed()
        self.nobody_breaks_the_rules()
        self.the_round_is_where_the_rules_say()
        self.everybody_is_scored_once_for_what_they_were_asked()
        self.the_board_is_the_sum()
        self.replaying_what_was_stored_gives_the_live_state()


class TestGroup(Group.TestCase):
    settings = settings(
        max_examples=50,
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


@pytest.mark.thorough
@pytest.mark.timeout(600)
class TestGroupThoroughly(Group.TestCase):
    settings = settings(TestGroup.settings, max_examples=300)
