"""Turns in the queue: fair per person."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from bot.services.fair_queue import FairQueue, Ticket


def order(queue: FairQueue, names: dict[Ticket, str]) -> str:
    served: list[str] = []
    while (ticket := queue.serve()) is not None:
        served.append(names[ticket])
    return " ".join(served)


def join(queue: FairQueue, people: str) -> dict[Ticket, str]:
    """Everybody in `people` joins in turn; names each place after its person, numbered."""
    names: dict[Ticket, str] = {}
    counts: dict[str, int] = {}
    for person in people:
        counts[person] = counts.get(person, 0) + 1
        names[queue.join(person)] = f"{person}{counts[person]}"
    return names


def test_whoever_came_first_is_served_first() -> None:
    queue = FairQueue()
    assert order(queue, join(queue, "abc")) == "a1 b1 c1"


def test_ten_submissions_of_one_person_wait_behind_the_first_of_others() -> None:
    queue = FairQueue()
    assert order(queue, join(queue, "aaaaabcb")) == "a1 b1 c1 a2 b2 a3 a4 a5"


def test_who_comes_later_does_not_wait_for_a_backlog_that_is_older() -> None:
    queue = FairQueue()
    names = join(queue, "aaaa")
    for _ in range(2):
        queue.serve()
    names |= {queue.join("b"): "b1"}
    assert order(queue, names) == "b1 a3 a4"


def test_the_number_ahead_is_that_of_those_who_are_served_before() -> None:
    queue = FairQueue()
    tickets = list(join(queue, "aab"))
    assert [queue.ahead(ticket) for ticket in tickets] == [0, 2, 1]


def test_a_place_given_up_is_nobodys_turn() -> None:
    queue = FairQueue()
    names = join(queue, "ab")
    first = next(iter(names))
    queue.leave(first)
    queue.leave(first)
    assert order(queue, names) == "b1"
    assert len(queue) == 0


def test_who_is_being_served_waits_behind_others_with_the_next_entry() -> None:
    queue = FairQueue()
    first = queue.join("a")
    assert queue.serve() == first
    names = {queue.join("a"): "a2", queue.join("b"): "b1"}
    assert order(queue, names) == "b1 a2"


def test_who_was_served_is_as_good_as_new() -> None:
    queue = FairQueue()
    first = queue.join("a")
    queue.serve()
    queue.leave(first)
    names = {queue.join("a"): "a2", queue.join("b"): "b1"}
    assert order(queue, names) == "a2 b1"


@given(st.lists(st.sampled_from(["join a", "join b", "join c", "serve", "leave"]), max_size=60))
def test_everybody_who_waits_is_served_once_in_the_order_of_arrival_of_their_own(steps: list[str]) -> None:
    queue = FairQueue()
    waiting: list[tuple[str, Ticket]] = []
    for step in [*steps, *["serve"] * 60]:
        action, _, person = step.partition(" ")
        if action == "join":
            waiting.append((person, queue.join(person)))
        elif action == "leave" and waiting:
            queue.leave(waiting.pop()[1])
        elif action == "serve":
            best = [ticket for _, ticket in waiting if queue.ahead(ticket) == 0]
            served = queue.serve()
            assert [served] == (best or [None])
            if served is not None:
                queue.leave(served)
                person = next(name for name, ticket in waiting if ticket == served)
                assert next(ticket for name, ticket in waiting if name == person) == served, "out of their own order"
                waiting.remove((person, served))
    assert waiting == []
    assert len(queue) == 0
