"""/question: a server's own questions, from the first idea to the last version."""

from __future__ import annotations

from discord.ext import commands

from cogs.questions._actions import DYNAMIC_ITEMS
from cogs.questions._commands import QuestionsCog


async def setup(bot: commands.Bot) -> None:
    bot.add_dynamic_items(*DYNAMIC_ITEMS)
    await bot.add_cog(QuestionsCog(bot))
