"""What the cogs call: they bring a person's wish, and get back what to show."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.boards import Boards
from bot.services.groups import Groups
from bot.services.history import History
from bot.services.people import People
from bot.services.progress import Progress
from bot.services.pulse import Pulse
from bot.services.ratings import Ratings
from bot.services.rounds import Rounds
from bot.services.servers import Servers
from bot.services.weekly import WeeklyPosts


@dataclass(frozen=True)
class Services:
    """All services of one process."""

    rounds: Rounds
    groups: Groups
    history: History
    servers: Servers
    people: People
    ratings: Ratings
    boards: Boards
    progress: Progress
    weekly: WeeklyPosts
    pulse: Pulse
