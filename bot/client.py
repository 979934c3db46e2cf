"""The discord.py client: loads the cogs, registers commands when they changed, starts the rounds again."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import random
from collections.abc import Collection
from datetime import timedelta

import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.clock import Clock
from bot.services import Services
from bot.services.appeals import Appeals
from bot.services.banks import Banks
from bot.services.boards import Boards
from bot.services.daily import Daily
from bot.services.daily_delivery import Deliveries, Headers
from bot.services.daily_draw import DailyDraw
from bot.services.group_picture import drawn_board
from bot.services.groups import Groups
from bot.services.history import History
from bot.services.item_notes import ItemNotes
from bot.services.item_stats import ItemStatistics
from bot.services.judging import Judging, NoJudge
from bot.services.lab import BankLab
from bot.services.learning import Learning
from bot.services.next_question import Chooser
from bot.services.pairs import Pairs
from bot.services.people import People
from bot.services.plans import Plans
from bot.services.privacy import Cleaner, Privacy, WithoutFormer
from bot.services.progress import Progress
from bot.services.pulse import Pulse
from bot.services.question_admin import QuestionAdmin
from bot.services.question_versions import QuestionVersions
from bot.services.ratings import Ratings
from bot.services.readiness import Readiness
from bot.services.regrading import Regrading
from bot.services.reviews import Reviews
from bot.services.rounds import Rounds
from bot.services.scorebooks import Scorebooks
from bot.services.servers import Servers
from bot.services.streaks import Streaks
from bot.services.weekly import WeeklyPosts
from bot.store import meta, waking
from bot.store.engine import Store
from cogs import EXTENSIONS
from cogs._errors import show_error
from cogs._render_daily import DailyPoster
from cogs.daily import after_use
from cogs.privacy import DiscordCleaner
from questions.bank import Bank

_log = logging.getLogger(__name__)

COMMANDS_HASH = "commands-hash"
CATCH_UP = timedelta(seconds=5)
"""A waker that runs so late was asleep."""


class Tree(app_commands.CommandTree[commands.Bot]):
    """Commands with the shared error path."""

    async def on_error(
        self,
        interaction: discord.Interaction[commands.Bot],
        error: app_commands.AppCommandError,
        /,
    ) -> None:
        await show_error(interaction, error)


def _services(
    store: Store,
    bank: Bank,
    clock: Clock,
    poster: DailyPoster,
    headers: Headers,
    cleaner: Cleaner,
    chance: random.Random,
    judge: Judging,
    daily_rate: float,
) -> Services:
    people, ratings, boards = People(store, clock), Ratings(store, bank), Boards(store, clock)
    banks = Banks(store, bank)
    learning = Learning(store, banks, clock)
    reviews = Reviews(store, bank, learning)
    plans = Plans(store, clock, people, learning, reviews, lambda: judge.refusal is None)
    books = Scorebooks(ratings, reviews)
    book = WithoutFormer(books)
    rounds = Rounds(store, bank, clock, poster, chance, judge, books, ratings, banks)
    groups = Groups(store, bank, clock, poster, rounds.starting, judge, book, drawn_board)
    pairs = Pairs(store, bank, clock, poster, poster, rounds.starting, chance, book, ratings)
    chooser = Chooser(learning, reviews, plans)
    lab, statistics = BankLab(judge), ItemStatistics(store)
    versions = QuestionVersions(clock, bank)
    draw = DailyDraw(store, bank, clock, chance, judge, ratings, banks, chooser=chooser)
    return Services(
        rounds=rounds,
        groups=groups,
        pairs=pairs,
        history=History(store, bank),
        servers=Servers(store, clock),
        people=people,
        ratings=ratings,
        boards=boards,
        progress=Progress(store, clock, people, ratings),
        reviews=reviews,
        streaks=Streaks(store, clock, people),
        plans=plans,
        readiness=Readiness(learning),
        privacy=Privacy(store, clock, people, rounds, groups, pairs, cleaner),
        weekly=WeeklyPosts(store, clock, boards, poster),
        daily=Daily(store, clock, daily_rate),
        deliveries=Deliveries(store, clock, rounds, draw, poster, headers, daily_rate),
        appeals=Appeals(store, bank, clock, versions),
        regrading=Regrading(store, bank, clock, rounds, groups, ratings),
        item_stats=statistics,
        item_notes=ItemNotes(store, banks, clock, statistics),
        questions=QuestionAdmin(store, banks, clock, lab, judge, ratings),
        pulse=Pulse(store, clock, [rounds, groups, pairs]),
    )


class MockloopBot(commands.Bot):
    """The bot. `services` and `poster` are what the cogs use of it."""

    def __init__(
        self,
        store: Store,
        bank: Bank,
        clock: Clock,
        *,
        message_content: bool = False,
        sync_commands: bool = True,
        chance: random.Random | None = None,
        judge: Judging | None = None,
        daily_rate: float = 5.0,
        owners: Collection[int] = (),
    ) -> None:
        """`owners`: accounts that decide about shipped questions; empty: the application's owner, or its team."""
        intents = discord.Intents.none()
        intents.guilds = True
        intents.messages = True
        intents.message_content = message_content
        super().__init__(
            # Slash commands only: no text prefix can match.
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents,
            tree_cls=Tree,
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            owner_ids=set(owners),
        )
        self.store = store
        headers = Headers(store)
        self.poster = DailyPoster(self, headers)
        chance = chance or random.Random()  # noqa: S311 - no secret
        judge, cleaner = judge or NoJudge(), DiscordCleaner(self)
        self.services = _services(store, bank, clock, self.poster, headers, cleaner, chance, judge, daily_rate)
        self._clock = clock
        self._sync_commands = sync_commands
        self._recovered = False
        self._slept = False
        self._waking = asyncio.Lock()
        self._taking_up = asyncio.Lock()

    async def setup_hook(self) -> None:
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        if self._sync_commands:
            await self._sync_if_changed()

    async def _sync_if_changed(self) -> None:
        definition = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        text = json.dumps([self.application_id, definition], sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        async with self.store.read() as connection:
            known = await meta.get(connection, COMMANDS_HASH)
        if known == digest:
            return
        synced = await self.tree.sync()
        async with self.store.write() as connection:
            await meta.put(connection, COMMANDS_HASH, digest)
        _log.info("%s commands registered with Discord", len(synced))

    async def on_ready(self) -> None:
        """Said at the start, and again whenever Discord began a new session: what was typed in between did not
        arrive, so the rounds are taken up each time."""
        self._recovered = True
        assert self.user is not None
        _log.info("ready as %s in %s servers", self.user, len(self.guilds))
        pulse = self.services.pulse
        async with self._taking_up:
            await self.services.ratings.backfill()
            await self.services.deliveries.recover()
            waiting = await pulse.extend_deadlines()
            if not self.waker.is_running():
                self.waker.start()
            await pulse.take_up(waiting)
        self.services.questions.trials.start()

    @tasks.loop(seconds=1)
    async def waker(self) -> None:
        """Deadlines, second tries and the heartbeat. Polling one indexed column lets any process carry any round."""
        due = self.waker.next_iteration
        if due is not None and due < self._clock.now() - CATCH_UP:
            # The machine slept, and discord.py now runs the loop once for every second of it.
            self._slept = True
            return
        async with self._waking:
            try:
                if self._slept:
                    await self.services.deliveries.recover()
                    await self.services.pulse.recover()
                    self._slept = False
                await self.services.pulse.tick()
                await self.services.privacy.tick()
                self.services.item_notes.tick()
                async with self.store.read() as connection:
                    waiting = await waking.waiting(connection, self._clock.now())
                if waiting.renewals:
                    await self.services.ratings.tick()
                if waiting.regrades:
                    await self.services.regrading.tick()
                if waiting.weekly:
                    await self.services.weekly.tick()
                if waiting.daily:
                    await self.services.deliveries.tick()
            except Exception:  # noqa: BLE001 - the next second tries again
                _log.exception("the waker failed")

    async def rest(self) -> None:
        """Stops the waker between two ticks; work that is cut off in the middle leaves its connection unusable."""
        async with self._taking_up, self._waking:
            self.waker.cancel()

    async def on_interaction(self, interaction: discord.Interaction, /) -> None:
        """Beside whoever answers the click or the form, the person's name is remembered."""
        if interaction.type in {discord.InteractionType.component, discord.InteractionType.modal_submit}:
            await self._remember(interaction.user)
            await after_use(interaction)

    async def on_app_command_completion(self, interaction: discord.Interaction, _command: object, /) -> None:
        """Only after the command: somebody's first round is what makes them known."""
        await self._remember(interaction.user)
        await after_use(interaction)

    async def _remember(self, user: discord.User | discord.Member) -> None:
        # The name of the account: a nickname in one server is nobody's business in another.
        await self.services.people.remember(user.id, user.global_name or user.name)

    async def on_message(self, message: discord.Message, /) -> None:
        """There are no text commands; typed answers are heard by the rounds' cog."""

    async def close(self) -> None:
        await self.rest()
        await self.services.pulse.rest()
        await self.services.deliveries.rest()
        await self.services.privacy.rest()
        await self.services.item_notes.rest()
        await self.services.questions.trials.rest()
        if self._recovered:
            await self.services.pulse.note_alive()
        await super().close()
