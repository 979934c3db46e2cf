"""Who is next when several people wait: turns are fair per person, not per submission."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Ticket:
    """A place in the queue. Smaller is sooner."""

    round: int
    """1 for a person's first waiting entry, 2 for their second …, counted from where the queue stood when it came."""
    number: int
    """In order of arrival."""


@dataclass
class FairQueue:
    """A queue in which everybody's first entry comes before anybody's second.

    As in start-time fair queueing: an entry's round is one more than that of the person's last entry that still waits
    or is being served, and at least the round that is being served. Who was away gains nothing by it, and loses
    nothing.
    """

    _served: int = 0
    """The round of the entry that was taken out last."""
    _numbers: int = 0
    _people: dict[Ticket, Hashable] = field(default_factory=dict[Ticket, Hashable])
    """Whose the tickets are that wait or are being served."""
    _waiting: set[Ticket] = field(default_factory=set[Ticket])

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def join(self, person: Hashable) -> Ticket:
        """Takes the person's next place."""
        last = max((ticket.round for ticket, owner in self._people.items() if owner == person), default=0)
        self._numbers += 1
        ticket = Ticket(max(last + 1, self._served), self._numbers)
        self._people[ticket] = person
        self._waiting.add(ticket)
        return ticket

    def serve(self) -> Ticket | None:
        """Takes out whose turn it is; None when nobody waits. Whoever is served must `leave` when it is over."""
        if not self._waiting:
            return None
        ticket = min(self._waiting)
        self._waiting.remove(ticket)
        self._served = ticket.round
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Was served, or waits no longer."""
        self._waiting.discard(ticket)
        self._people.pop(ticket, None)

    def ahead(self, ticket: Ticket) -> int:
        """How many entries are served before this one, as things stand."""
        return sum(other < ticket for other in self._waiting)
