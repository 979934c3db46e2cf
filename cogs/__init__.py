"""The Discord side: commands, buttons and forms. Cogs translate between Discord and the services."""

EXTENSIONS = (
    "cogs.quiz",
    "cogs.behavioral",
    "cogs.code",
    "cogs.rounds",
    "cogs.mock",
    "cogs.history",
    "cogs.leaderboard",
    "cogs.progress",
    "cogs.settings",
    "cogs.timezone",
    "cogs.help",
)
"""What the bot loads, in this order; one that fails to load stops the start."""
