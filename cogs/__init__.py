"""The Discord side: commands, buttons and forms. Cogs translate between Discord and the services."""

EXTENSIONS = (
    "cogs.quiz",
    "cogs.behavioral",
    "cogs.code",
    "cogs.daily",
    "cogs.rounds",
    "cogs.mock",
    "cogs.pair",
    "cogs.history",
    "cogs.leaderboard",
    "cogs.progress",
    "cogs.review",
    "cogs.plan",
    "cogs.streak",
    "cogs.readiness",
    "cogs.privacy",
    "cogs.questions",
    "cogs.appeals",
    "cogs.settings",
    "cogs.timezone",
    "cogs.help",
)
"""What the bot loads, in this order; one that fails to load stops the start."""
