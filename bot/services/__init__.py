"""What the cogs call: they bring a person's wish, and get back what to show."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.appeals import Appeals
from bot.services.boards import Boards
from bot.services.daily import Daily
from bot.services.daily_delivery import Deliveries
from bot.services.groups import Groups
from bot.services.history import History
from bot.services.item_notes import ItemNotes
from bot.services.item_stats import ItemStatistics
from bot.services.pairs import Pairs
from bot.services.people import People
from bot.services.plans import Plans
from bot.services.privacy import Privacy
from bot.services.progress import Progress
from bot.services.pulse import Pulse
from bot.services.question_admin import QuestionAdmin
from bot.services.ratings import Ratings
from bot.services.readiness import Readiness
from bot.services.regrading import Regrading
from bot.services.reviews import Reviews
from bot.services.rounds import Rounds
from bot.services.servers import Servers
from bot.services.streaks import Streaks
from bot.services.weekly import WeeklyPosts


@dataclass(frozen=True)
class Services:
    """All services of one process."""

    rounds: Rounds
    groups: Groups
    pairs: Pairs
    history: History
    servers: Servers
    people: People
    ratings: Ratings
    boards: Boards
    progress: Progress
    reviews: Reviews
    streaks: Streaks
    plans: Plans
    readiness: Readiness
    privacy: Privacy
    weekly: WeeklyPosts
    daily: Daily
    deliveries: Deliveries
    appeals: Appeals
    regrading: Regrading
    item_stats: ItemStatistics
    item_notes: ItemNotes
    questions: QuestionAdmin
    pulse: Pulse
