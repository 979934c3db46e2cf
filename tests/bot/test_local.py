from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest
from discord import app_commands, ui
from discord.ext import commands, tasks

from bot.local import serve

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

# The ids are data: with other ones, people would lose their history.
YOU, SAM = 1456074443980800002, 1456074443980800007
SERVER, CHANNEL = 1456074443980800003, 1456074443980800005
YOUR_DM, SAMS_DM = 1456074443980800006, 1456074443980800008
APPLICATION, BOT = 1456074443980800000, 1456074443980800001


class _Fleeting(ui.View):
    def __init__(self, bot: _Toy) -> None:
        super().__init__(timeout=0.3)
        self.bot = bot
        self.add_item(ui.Button(label="Soon gone"))

    async def on_timeout(self) -> None:
        self.bot.timed_out.set()


class _Commands(commands.Cog):
    def __init__(self, bot: _Toy) -> None:
        self.bot = bot

    @app_commands.command(description="Shows a button")
    async def ask(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Ready?", view=self.bot.buttons("first"))

    @app_commands.command(description="Answers late")
    async def slow(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await asyncio.sleep(0.6)
        await interaction.followup.send("Here at last", ephemeral=True)

    @app_commands.command(description="Starts a loop and a view with a time limit")
    async def begin(self, interaction: discord.Interaction) -> None:
        self.beat.start()
        await interaction.response.send_message("Begun", view=_Fleeting(self.bot))

    @tasks.loop(seconds=0.2)
    async def beat(self) -> None:
        self.bot.beats += 1


class _Toy(commands.Bot):
    """A bot that never syncs its commands: it believes that Discord has them already."""

    def __init__(self) -> None:
        super().__init__("!", intents=discord.Intents.default())
        self.pressed: list[str] = []
        self.timed_out = asyncio.Event()
        self.beats = 0

    async def setup_hook(self) -> None:
        await self.add_cog(_Commands(self))

    def buttons(self, custom_id: str, **options: Any) -> ui.View:
        view = ui.View(timeout=None, **options)
        button: ui.Button[ui.View] = ui.Button(label="Go", custom_id=custom_id)

        async def press(interaction: discord.Interaction) -> None:
            self.pressed.append(custom_id)
            await interaction.response.send_message(f"You pressed {custom_id}.", ephemeral=True)

        button.callback = press
        view.add_item(button)
        return view

    def layout(self) -> ui.LayoutView:
        view = ui.LayoutView(timeout=None)
        view.add_item(ui.Container(ui.TextDisplay("Components, too")))  # pyright: ignore[reportUnknownArgumentType]
        return view

    async def on_message(self, message: discord.Message) -> None:
        if not message.author.bot and message.guild is None:
            await message.reply(f"Heard: {message.content}")

    @property
    def channel(self) -> discord.TextChannel:
        channel = self.get_channel(CHANNEL)
        assert isinstance(channel, discord.TextChannel)
        return channel


@dataclass
class _Tab:
    """What simcord's page does in a browser."""

    http: aiohttp.ClientSession
    address: str
    snapshot: dict[str, Any] = field(default_factory=dict[str, Any])
    sequence: int = 0

    async def open(self) -> _Tab:
        self.snapshot = await self.call("POST", "/api/pages", json={})
        return self

    async def call(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        headers = {"X-Simcord-Capability": self.address}
        if self.snapshot:
            headers["X-Simcord-Context"] = self.snapshot["context"]["id"]
        async with self.http.request(method, path, headers=headers, **body) as response:
            response.raise_for_status()
            return await response.json()

    async def act(self, kind: str, **body: Any) -> dict[str, Any]:
        """Acts on the page as it was last seen."""
        receipt = await self.call(
            "POST",
            "/api/action",
            json={
                "protocol_version": 3,
                "sequence": self.sequence + 1,
                "request_id": f"request-{self.sequence}",
                "generation": self.snapshot["context"]["generation"],
                "bot_generation": self.snapshot["botGeneration"],
                "published_revision": self.snapshot["publishedRevision"],
                "kind": kind,
                **body,
            },
        )
        self.sequence = receipt["expectedSequence"]
        return receipt

    async def look(self) -> str:
        self.snapshot = await self.call("GET", "/api/state")
        return str(self.snapshot["messages"])

    async def sees(self, text: str) -> None:
        async with asyncio.timeout(2):
            while text not in await self.look():  # noqa: ASYNC110 - the page polls too
                await asyncio.sleep(0.02)

    async def run(self, command: str) -> dict[str, Any]:
        catalog = await self.call("GET", "/api/commands")
        (entry,) = (entry for entry in catalog["entries"] if entry["invocation"] == command)
        return await self.act(
            "run_command",
            command_id=entry["commandId"],
            path=entry["path"],
            schema_fingerprint=entry["schemaFingerprint"],
            options={},
        )

    async def press(self) -> dict[str, Any]:
        """Presses the last message's only button."""
        message = self.snapshot["messages"][self.snapshot["timeline"][-1]]
        (button,) = message["components"][0]["components"]
        return await self.act("click", target_id=message["id"], control_key=button["control_key"])


@dataclass
class _Playground:
    url: str
    http: aiohttp.ClientSession

    @property
    def key(self) -> str:
        return self.url.partition("#")[2].partition("/")[0]

    async def tab(self, where: str = "") -> _Tab:
        return await _Tab(self.http, self.key + where).open()


@contextlib.asynccontextmanager
async def playing(
    bot: commands.Bot, *, port: int = 0, dm: bool = False, memory: Path | None = None
) -> AsyncGenerator[_Playground]:
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(serve(bot, port=port, dm=dm, memory=memory, announce=url.set_result))
    try:
        await asyncio.wait({running, url}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        address = await url
        async with aiohttp.ClientSession(address.partition("#")[0]) as http:
            yield _Playground(address, http)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@pytest.fixture
async def toy() -> AsyncGenerator[_Toy]:
    async with _Toy() as bot:
        yield bot


@pytest.fixture
async def playground(toy: _Toy) -> AsyncGenerator[_Playground]:
    async with playing(toy) as playground:
        yield playground


async def test_the_announced_address_shows_the_page(playground: _Playground) -> None:
    assert playground.url.startswith("http://127.0.0.1:")
    assert len(playground.key) >= 16
    assert playground.url.endswith(f"/#{playground.key}")
    for path in ("/", "/playground.js", "/playground.css", "/app.js"):
        async with playground.http.get(path) as response:
            assert response.status == 200, path
            assert await response.text()


async def test_dm_mode_opens_the_first_persons_dm(toy: _Toy) -> None:
    async with playing(toy, dm=True) as playground:
        assert playground.url.endswith(f"/#{playground.key}/dm/1")


async def test_a_taken_port_is_replaced(toy: _Toy) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port: int = other.getsockname()[1]
        async with playing(toy, port=port) as playground:
            assert f":{port}/" not in playground.url


async def test_ids_are_the_same_at_each_start() -> None:
    for _ in range(2):
        async with _Toy() as bot, playing(bot) as playground:
            assert (bot.application_id, bot.application and bot.application.id) == (APPLICATION, APPLICATION)
            assert bot.user is not None
            assert bot.user.id == BOT
            assert [guild.id for guild in bot.guilds] == [SERVER]
            assert bot.guilds[0].owner_id == YOU
            for where, channel, viewer in (
                ("", CHANNEL, YOU),
                ("/channel/2", CHANNEL, SAM),
                ("/dm/1", YOUR_DM, YOU),
                ("/dm/2", SAMS_DM, SAM),
            ):
                snapshot = (await playground.tab(where)).snapshot
                assert (snapshot["channelId"], snapshot["viewerId"]) == (str(channel), str(viewer))


async def test_messages_and_address_outlive_a_restart(tmp_path: Path) -> None:
    memory = tmp_path / "playground.json"
    async with _Toy() as bot, playing(bot, memory=memory) as first:
        you = await first.tab()
        await you.run("ask")
        await you.sees("Ready?")
        message = await bot.channel.send("A file", file=discord.File(BytesIO(b"print(1)"), "a.py"))
        await message.add_reaction("✅")
        await bot.channel.send(view=bot.layout())
        await you.sees("Components, too")
        await you.run("slow")
        await you.sees("Here at last")
        shown = you.snapshot["timeline"][:3]
    async with _Toy() as bot, playing(bot, memory=memory) as second:
        assert second.key == first.key
        you = await second.tab()
        assert you.snapshot["timeline"] == shown, "private answers are gone, as in Discord"
        assert "Components, too" in str(you.snapshot["messages"])
        message = await bot.channel.fetch_message(int(shown[1]))
        assert await message.attachments[0].read() == b"print(1)"
        assert [reaction.emoji for reaction in message.reactions] == ["✅"]
        await message.edit(content="Edited after the restart")
        await you.sees("Edited after the restart")
        bot.add_view(bot.buttons("first"))
        button = you.snapshot["messages"][shown[0]]["components"][0]["components"][0]
        await you.act("click", target_id=shown[0], control_key=button["control_key"])
        assert bot.pressed == ["first"]


@pytest.mark.parametrize("content", ["{", '{"messages": [{"no": 1}]}', '{"messages": [7]}', "[]"])
async def test_a_memory_that_does_not_fit_is_no_obstacle(toy: _Toy, tmp_path: Path, content: str) -> None:
    memory = tmp_path / "playground.json"
    memory.write_text(content, encoding="utf-8")
    async with playing(toy, memory=memory) as playground:
        assert (await playground.tab()).snapshot["timeline"] == []


async def test_the_bot_may_not_open_threads(toy: _Toy, playground: _Playground) -> None:
    rights = toy.channel.permissions_for(toy.channel.guild.me)
    assert rights.send_messages
    assert not rights.create_private_threads
    assert not rights.create_public_threads


@pytest.mark.parametrize("address", ["", "wrong", "{key}/channel/4", "{key}/dm/0", "{key}/nowhere/1", "{key}/dm/x"])
async def test_other_addresses_are_refused(playground: _Playground, address: str) -> None:
    with pytest.raises(aiohttp.ClientResponseError) as refused:
        await _Tab(playground.http, address.format(key=playground.key)).open()
    assert refused.value.status == 401


async def test_a_foreign_name_for_this_machine_is_refused(playground: _Playground) -> None:
    async with playground.http.get("/", headers={"Host": "evil.example"}) as response:
        assert response.status == 403


async def test_a_message_the_bot_posts_by_itself_appears(toy: _Toy, playground: _Playground) -> None:
    you, sam = await playground.tab(), await playground.tab("/channel/2")
    await toy.channel.send("Time is up.")
    await you.sees("Time is up.")
    await sam.sees("Time is up.")


async def test_commands_and_clicks_reach_the_bot_and_private_answers_stay_private(
    toy: _Toy, playground: _Playground
) -> None:
    you, sam = await playground.tab(), await playground.tab("/channel/2")
    await you.run("ask")
    await sam.sees("Ready?")
    await sam.press()
    await sam.sees("You pressed first.")
    assert toy.pressed == ["first"]
    assert "You pressed" not in await you.look()


async def test_an_action_ends_when_it_is_acknowledged_and_the_rest_follows(playground: _Playground) -> None:
    you = await playground.tab()
    async with asyncio.timeout(0.5):
        receipt = await you.run("slow")
    assert receipt["settlement"] == "settled"
    assert receipt["diagnostics"] == []
    await you.sees("Here at last")


async def test_typed_text_reaches_the_bot_in_a_dm(playground: _Playground) -> None:
    you, sam = await playground.tab("/dm/1"), await playground.tab("/dm/2")
    await you.act("send_message", content="the bias falls")
    await you.sees("Heard: the bias falls")
    assert sam.snapshot["timeline"] == []


async def test_a_click_made_just_before_a_publication_is_not_lost(toy: _Toy, playground: _Playground) -> None:
    you, sam = await playground.tab(), await playground.tab("/channel/2")
    await you.run("ask")
    for number in range(5):
        await sam.sees("Ready?")
        await toy.channel.send(f"Something else {number}")
        await you.sees(f"Something else {number}")
        message = next(m for m in sam.snapshot["messages"].values() if m["components"])
        key = message["components"][0]["components"][0]["control_key"]
        receipt = await sam.act("click", target_id=message["id"], control_key=key)
        assert not receipt["rejected"]
    assert toy.pressed == ["first"] * 5


async def test_a_click_does_not_hit_a_button_that_took_the_others_place(toy: _Toy, playground: _Playground) -> None:
    you = await playground.tab()
    message = await toy.channel.send("Turn 1", view=toy.buttons("first"))
    await you.sees("Turn 1")
    await message.edit(content="Turn 2", view=toy.buttons("second"))
    await asyncio.sleep(0.3)  # published, but not looked at
    receipt = await you.press()
    assert receipt["rejected"]
    assert toy.pressed == []


async def test_views_and_loops_keep_real_time(toy: _Toy, playground: _Playground) -> None:
    you = await playground.tab()
    await you.run("begin")
    async with asyncio.timeout(2):
        await toy.timed_out.wait()
    assert toy.beats >= 2


async def test_messages_bear_the_real_time(playground: _Playground) -> None:
    you = await playground.tab()
    await you.run("ask")
    await you.sees("Ready?")
    (message,) = you.snapshot["messages"].values()
    for moment in (datetime.fromisoformat(message["timestamp"]), discord.utils.snowflake_time(int(message["id"]))):
        assert abs(datetime.now(UTC) - moment) < timedelta(seconds=5)
