"""The Discord side: commands, buttons and forms. Cogs translate between Discord and the services."""

EXTENSIONS = (
    "cogs.quiz",
    "cogs.behavioral",
    "cogs.code",
    "cogs.rounds",
    "cogs.history",
    "cogs.server",
    "cogs.help",
)
"""What the bot loads, in this order; one that fails to load stops the start."""
