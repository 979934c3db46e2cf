"""What the cogs call: they bring a person's wish, and get back what to show."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.history import History
from bot.services.pulse import Pulse
from bot.services.rounds import Rounds
from bot.services.servers import Servers


@dataclass(frozen=True)
class Services:
    """All services of one process."""

    rounds: Rounds
    history: History
    servers: Servers
    pulse: Pulse
