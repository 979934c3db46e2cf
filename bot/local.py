"""The playground: the real bot in a web page, without a token and without Discord.

simcord stands in for Discord below discord.py, so no cog knows whether it is here. simcord is made for tests,
where time stands still and every action waits until the bot has nothing left to do. A person needs the
opposite, and five things here bring it about:

- **Real time.** A small fixed world is built at simcord's own first instant, which gives the same ids at every
  start (people keep their history). Then its clock becomes the machine's, and `Live.run_due_timers` fires what
  simcord would fire in `advance_time` only.
- **No waiting.** An action ends once the bot has acknowledged it. Whatever the bot does later, or by itself,
  makes a change, and a change is published to the open pages within a moment.
- **No lost click.** Actions and publications take turns. A click that was made on the page as it was just before
  a publication is repeated against the new page, provided that it still means the same button.
- **Memory.** simcord forgets everything; messages are kept in a file, as Discord would keep them.
- **Several places.** simcord shows one channel at a time, so there is one preview for the channel and one for
  each person's DM, on ports of their own, and one page in front of them which people see.

The page in front is simcord's own page with its workbench hidden and a bar of ours on top. What reaches into
simcord's private parts is marked so; simcord's version is pinned for that reason.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import hmac
import json
import logging
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

    import simcord
    from discord.ext import commands
    from simcord.preview import Preview

DEFAULT_PORT = 8765
BOT_NAME = "Mockloop"
SERVER_NAME = "Study group"
CHANNEL_NAME = "interviews"

_log = logging.getLogger(__name__)

_WORLD_BORN = datetime(2026, 1, 1, tzinfo=UTC)
"""simcord's first instant. The application and the bot's user have their ids from then, and so has all else."""

_TICK = 0.1
"""How often timers and changes are looked for. The page itself asks twice a second."""
_ACKNOWLEDGE_WITHIN = 3.0
"""Discord's own limit: a click that the bot has not acknowledged by then has failed."""
_SETTLE_WITHIN = 0.25
_QUIET = 0.03
"""An action that is acknowledged quickly gets this long to finish, so that a quick answer comes in one piece."""


async def serve(
    bot: commands.Bot,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    dm: bool = False,
    people: Sequence[str] = ("You", "Sam", "Kim"),
    memory: Path | None = None,
    announce: Callable[[str], None],
) -> None:
    """Runs the bot in the playground until cancelled, and announces the page's URL once it is up.

    The caller closes the bot. With `dm`, the URL opens the first person's DM. `memory` is a file that keeps the
    messages and the secret in the URL, so that after a restart the rounds go on where they were and an open page
    finds the playground again. A port that is taken is replaced by a free one.
    """
    async with _playground(bot, people, _Memory(memory)) as playground:
        runner = web.AppRunner(_application(playground), access_log=None)
        await runner.setup()
        try:
            bound = await _listen(runner, host, port)
            playground.authorities = {f"{name}:{bound}" for name in (host, "127.0.0.1", "localhost")}
            suffix = "/dm/1" if dm else ""
            announce(f"http://{host}:{bound}/#{playground.memory.key}{suffix}")
            await playground.keep_live()
        finally:
            await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await web.TCPSite(runner, host, 0).start()
    address: tuple[str, int] = runner.addresses[0]
    return address[1]


# The world ------------------------------------------------------------------------------------------------------


class _LiveClock:
    """Takes the place of simcord's clock: `elapsed` always runs, `now` stands still until the world is built."""

    def __init__(self) -> None:
        self.building = True
        # simcord replaces time.monotonic by its own clock, that is by this one.
        self._start = time.perf_counter()

    @property
    def elapsed(self) -> float:
        return time.perf_counter() - self._start

    def now(self) -> datetime:
        return _WORLD_BORN if self.building else datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        """Real time needs no push."""


@dataclass
class _Place:
    """One preview: the channel, which everybody sees, or one person's DM."""

    preview: Preview
    channel_id: int
    viewers: Mapping[int, int]
    """Who may look, by their number on the page, as user ids."""
    pages: set[str] = field(default_factory=set[str])
    """Contexts that browsers have open."""
    stale: bool = False


class _Memory:
    """The messages of the last start, and the secret in the address."""

    _KEPT = 100
    """Messages of each channel; a round rarely has more."""
    _EVERY = 1.0
    _LOADING = 1 << 7
    """Discord's flag of a message that is still to come."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stored = self._read()
        self._written = time.perf_counter()
        self.outdated = True
        self.key: str = self._stored.get("key") or secrets.token_urlsafe(12)

    def _read(self) -> dict[str, Any]:
        if self._path is None or not self._path.exists():
            return {}
        with contextlib.suppress(ValueError):
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            if isinstance(stored, dict):
                return cast("dict[str, Any]", stored)
        _log.warning("%s is not readable; the playground starts without old messages.", self._path)
        return {}

    def recall(self, backend: Any) -> None:
        """Puts the kept messages into their channels."""
        from simcord.backend.models import AllowedMentions, Message, Reaction  # noqa: PLC0415

        try:
            for row in self._stored.get("messages", ()):
                row["allowed_mentions"] = AllowedMentions(False, frozenset(), frozenset(), False)
                row["reactions"] = [Reaction(**reaction) for reaction in row["reactions"]]
                message = Message(**row)
                if message.channel_id in backend.messages and message.author_id in backend.users:
                    backend.messages[message.channel_id][message.id] = message
            for url, content in self._stored.get("files", {}).items():
                backend.cdn._blobs[url] = base64.b64decode(content)  # simcord can store only under a new address
        except (TypeError, KeyError, AttributeError, ValueError):  # written by another version
            _log.warning("%s does not fit; not all old messages are there.", self._path)
        self._stored = {}

    def keep_now_and_then(self, backend: Any) -> None:
        if self.outdated and time.perf_counter() - self._written > self._EVERY:
            self.keep(backend)

    def keep(self, backend: Any) -> None:
        """Writes what people would still see after they had reloaded Discord."""
        self.outdated, self._written = False, time.perf_counter()
        if self._path is None:
            return
        messages = [
            message
            for channel in backend.messages.values()
            for message in sorted(channel.values(), key=lambda message: message.id)[-self._KEPT :]
            if not (message.is_ephemeral or message.flags & self._LOADING)
            and not (message.poll or message.stickers or message.system_metadata)
        ]
        files = {
            attachment["url"]: base64.b64encode(content).decode()
            for message in messages
            for attachment in message.attachments
            if (content := backend.cdn.get(attachment["url"])) is not None
        }
        rows = [dataclasses.asdict(message) for message in messages]
        text = json.dumps({"key": self.key, "messages": rows, "files": files}, default=list)
        draft = self._path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._path)


def _live_env(bot: commands.Bot) -> Any:
    """A simcord environment that keeps real time. Returns `Any`: its interest is all in private parts."""
    # At its import simcord makes a client to look at, and that one logs warnings about its intents.
    noisy = logging.getLogger("discord")
    level = noisy.level
    noisy.setLevel(logging.ERROR)
    import simcord  # noqa: PLC0415 - only the playground needs it
    from simcord import _settlement  # noqa: PLC0415

    noisy.setLevel(level)

    class Live(simcord.Env):
        def run_due_timers(self) -> None:
            # In simcord the timers of views, of tasks.loop and of Client.wait_for never fire by real time.
            state = self._settlement_state()  # pyright: ignore[reportPrivateUsage]
            _settlement._run_due_virtual_callbacks(state, time.perf_counter() + 1)  # pyright: ignore[reportPrivateUsage]

        # Every action ends by this call. The original waits until all of the bot's tasks have ended or sleep for
        # long, and fails after five seconds; here tasks may live on as they do in production.
        async def _settle_internal(self, *, dispatch: str | None = None, **_limits: object) -> None:
            self.run_due_timers()
            await asyncio.sleep(0)
            if dispatch is None:
                return
            started = changed = time.perf_counter()
            size = len(self.backend.transcript)
            while True:
                await asyncio.sleep(0.005)
                self.run_due_timers()
                now = time.perf_counter()
                if len(self.backend.transcript) != size:
                    size, changed = len(self.backend.transcript), now
                if dispatch == "INTERACTION_CREATE" and not self._acknowledged():
                    if now - started > _ACKNOWLEDGE_WITHIN:
                        return
                elif now - changed > _QUIET or now - started > _SETTLE_WITHIN:
                    return

        def _acknowledged(self) -> bool:
            latest = next(reversed(self.backend.interactions.values()), None)
            return latest is None or latest.responded

        # simcord collects errors for a test to look at; an action that comes with one is shown as failed, though
        # the bot may have told the person properly. Commands and listeners log their errors themselves.
        def _record_error(self, error: BaseException) -> None:
            from discord.app_commands import AppCommandError  # noqa: PLC0415
            from discord.ext.commands import CommandError  # noqa: PLC0415

            if not isinstance(error, AppCommandError | CommandError):
                _log.error("The bot raised an error.", exc_info=error)

    return Live(bot, check_errors=False)


@contextlib.asynccontextmanager
async def _playground(bot: commands.Bot, people: Sequence[str], memory: _Memory) -> AsyncGenerator[_Playground]:
    import discord  # noqa: PLC0415 - slow to import, and the command line shows its help without it

    env = _live_env(bot)
    env.backend.clock = clock = _LiveClock()
    env.backend.bot_user.name = BOT_NAME

    # The order of these lines gives the ids; adding one before another changes the ids of all that follow.
    users: list[simcord.UserHandle] = [env.create_user(people[0].lower(), global_name=people[0])]
    guild: simcord.GuildHandle = env.create_guild(SERVER_NAME, owner=users[0])  # an owner may use every command
    no_threads = discord.PermissionOverwrite(create_private_threads=False, create_public_threads=False)
    channel = guild.create_text_channel(
        CHANNEL_NAME,
        topic="Mock interviews for the group",
        overwrites={guild.default_role: no_threads, guild.roles[BOT_NAME]: no_threads},
    )
    directs = [users[0].dm_channel]
    for name in people[1:]:
        users.append(env.create_user(name.lower(), global_name=name))
        directs.append(users[-1].dm_channel)
    members = [guild.add_member(user) for user in users]
    clock.building = False
    memory.recall(env.backend)

    async with contextlib.AsyncExitStack() as stack:
        await env.start()
        stack.callback(memory.keep, env.backend)
        stack.push_async_callback(_shut_down, env)
        stack.enter_context(env.time_context())
        if not env.backend.commands.get(None):
            # The bot syncs its commands when they changed since the last start; this Discord is new every time.
            await bot.tree.sync()
        playground = _Playground(env, memory)
        numbers = range(1, len(users) + 1)
        await stack.enter_async_context(playground)
        for number, user, direct in zip(numbers, users, directs, strict=True):
            await playground.open(stack, f"dm/{number}", direct, {number: user})
        await playground.open(stack, "channel", channel, dict(zip(numbers, members, strict=True)))
        playground.names = tuple(people)
        yield playground


async def _shut_down(env: Any) -> None:
    try:
        await env.shutdown()
    except TimeoutError:
        _log.warning("Work of the bot was still running at the end.")


# The page in front ----------------------------------------------------------------------------------------------


class _Playground:
    """Stands between the browsers and the previews: finds the right preview, takes turns, publishes changes."""

    def __init__(self, env: Any, memory: _Memory) -> None:
        self.env = env
        self.memory = memory
        self.names: tuple[str, ...] = ()
        self.authorities: set[str] = set()
        self.places: dict[str, _Place] = {}
        self._turn = asyncio.Lock()
        self._shown: dict[str, bytes] = {}
        """What each page was last sent, by context: what a person saw when they clicked."""

    async def __aenter__(self) -> None:
        self._http = aiohttp.ClientSession(auto_decompress=False)

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def open(
        self,
        stack: contextlib.AsyncExitStack,
        name: str,
        channel: simcord.ChannelHandle,
        viewers: Mapping[int, simcord.MemberActor | simcord.UserHandle],
    ) -> None:
        preview = self.env.preview(channel, viewers=tuple(viewers.values()), layout="channel")
        await stack.enter_async_context(preview)
        # simcord allows one preview at a time, for which it keeps which action is going on. Ours take turns.
        self.env._preview = None
        self.places[name] = _Place(preview, channel.id, {number: viewer.id for number, viewer in viewers.items()})

    async def keep_live(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            self.env.run_due_timers()
            try:
                await self._publish_changes()
                self.memory.keep_now_and_then(self.env.backend)
            except Exception:  # noqa: BLE001 - the page must outlive a message that cannot be shown
                _log.exception("A change could not be shown.")

    async def _publish_changes(self) -> None:
        async with self._turn:
            backend = self.env.backend
            if backend.transcript:
                # Everything that the bot or a person does is noted here, and is of no other use to us.
                self.memory.outdated = True
                backend.transcript.clear()
                backend.http_requests.clear()
                for place in self.places.values():
                    place.stale = True
            for place in self.places.values():
                if place.stale and place.pages:
                    place.stale = False
                    await place.preview.refresh()

    async def static(self, path: str) -> web.Response:
        # Every preview has the same files.
        return await self._fetch(self.places["channel"], "GET", path, {})

    async def api(self, request: web.Request, place: _Place, person: int) -> web.Response:
        context = request.headers.get("X-Simcord-Context")
        headers = {"X-Simcord-Capability": place.preview.capability}
        if context is not None:
            headers["X-Simcord-Context"] = context
        path = request.path_qs
        if request.path == "/api/pages":
            self._use_zone(place, request.headers.get("X-Playground-Zone"))
            response = await self._fetch(place, "POST", path, headers, json={"viewer_id": str(place.viewers[person])})
            if response.status == HTTPStatus.OK:
                context = str(json.loads(_bytes(response))["context"]["id"])
                place.pages.add(context)
        elif request.path == "/api/action":
            async with self._turn:
                response = await self._act(request, place, headers)
        else:
            response = await self._fetch(place, request.method, path, headers)
        if context is None:
            return response
        if response.status == HTTPStatus.GONE or request.method == "DELETE":
            place.pages.discard(context)
            self._shown.pop(context, None)
        elif request.path in ("/api/pages", "/api/state") and response.status == HTTPStatus.OK:
            self._shown[context] = _bytes(response)
            response.headers["X-Playground-News"] = self._news(person)
        return response

    async def _act(self, request: web.Request, place: _Place, headers: dict[str, str]) -> web.Response:
        body, files = await _read_action(request)
        response = await self._send_action(place, headers, body, files)
        receipt: Any = json.loads(_bytes(response))
        if response.status != HTTPStatus.OK or not receipt["rejected"]:
            return response
        if "stale-revision" not in {diagnostic["code"] for diagnostic in receipt["diagnostics"]}:
            return response
        if body.get("kind") in ("click", "select"):
            state = await self._fetch(place, "GET", "/api/state", headers)
            seen = self._shown.get(headers["X-Simcord-Context"], b"{}")
            if state.status != HTTPStatus.OK or not _same_control(
                body.get("control_key"), json.loads(seen), json.loads(_bytes(state))
            ):
                return response
        body["published_revision"] = receipt["revision"]
        return await self._send_action(place, headers, body, files)

    async def _send_action(
        self, place: _Place, headers: dict[str, str], body: Mapping[str, Any], files: Sequence[_Upload]
    ) -> web.Response:
        if not files:
            return await self._fetch(place, "POST", "/api/action", headers, json=body)
        form = aiohttp.FormData()
        form.add_field("payload", json.dumps(body))
        for upload in files:
            form.add_field(upload.field, upload.content, filename=upload.name)
        return await self._fetch(place, "POST", "/api/action", headers, data=form)

    async def _fetch(self, place: _Place, method: str, path: str, headers: dict[str, str], **body: Any) -> web.Response:
        origin = place.preview.url.partition("/#")[0]
        async with self._http.request(method, origin + path, headers=headers, **body) as answer:
            kept = {
                name: value
                for name, value in answer.headers.items()
                if name.lower() not in ("content-length", "transfer-encoding", "date", "server", "connection")
            }
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)

    def _news(self, person: int) -> str:
        """The newest message of the bot in each place that this person sees, so that the page can mark the other."""
        backend = self.env.backend
        newest: dict[str, str] = {}
        for name, place in self.places.items():
            viewer = place.viewers.get(person)
            if viewer is not None:
                messages = backend.messages.get(place.channel_id, {}).values()
                ids = [m.id for m in messages if m.author_id == backend.bot_user.id and m.visible_to(viewer)]
                newest[name.partition("/")[0]] = str(max(ids, default=0))
        return json.dumps(newest)

    @staticmethod
    def _use_zone(place: _Place, zone: str | None) -> None:
        with contextlib.suppress(ZoneInfoNotFoundError, ValueError, TypeError):
            place.preview.timezone = ZoneInfo(zone or "").key


@dataclass(frozen=True)
class _Upload:
    field: str
    name: str
    content: bytes


async def _read_action(request: web.Request) -> tuple[dict[str, Any], list[_Upload]]:
    if not request.content_type.startswith("multipart/"):
        return await request.json(), []
    body: dict[str, Any] = {}
    files: list[_Upload] = []
    async for part in await request.multipart():
        part = cast("aiohttp.BodyPartReader", part)
        content = bytes(await part.read())
        if part.name == "payload":
            body = json.loads(content)
        else:
            files.append(_Upload(part.name or "file", part.filename or "upload", content))
    return body, files


def _same_control(key: object, seen: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a control still does what it did on the page that the person saw.

    The key names a position in a message; after an edit another turn's button may stand there.
    """
    before, after = _find_control(key, seen.get("messages")), _find_control(key, now.get("messages"))
    return before is not None and after is not None and before.get("custom_id") == after.get("custom_id")


def _find_control(key: object, node: object) -> dict[str, Any] | None:
    if isinstance(node, dict):
        branch = cast("dict[str, Any]", node)
        if branch.get("control_key") == key:
            return branch
        children: list[Any] = list(branch.values())
    elif isinstance(node, list):
        children = cast("list[Any]", node)
    else:
        return None
    return next((found for child in children if (found := _find_control(key, child)) is not None), None)


def _bytes(response: web.Response) -> bytes:
    return cast("bytes", response.body)


def _application(playground: _Playground) -> web.Application:
    """Addresses are `/#key`, `/#key/channel/<person>` or `/#key/dm/<person>`.

    The page sends what follows the # with every request. That keeps other users of the machine, and other pages
    in the browser, from driving the bot.
    """

    async def index(_request: web.Request) -> web.Response:
        page = await playground.static("/")
        text = _bytes(page).decode()
        names = json.dumps(playground.names).replace('"', "&quot;")
        text = text.replace("<title>SimCord Preview</title>", f"<title>{BOT_NAME} playground</title>")
        text = text.replace("</head>", '<link rel="stylesheet" href="/playground.css"></head>')
        text = text.replace(
            "<body>",
            f'<body data-names="{names}" data-channel="{CHANNEL_NAME}" data-bot="{BOT_NAME}">'
            '<script src="/playground.js"></script>',
        )
        return web.Response(text=text, content_type="text/html", headers=_without_length(page))

    async def script(_request: web.Request) -> web.Response:
        return web.Response(text=_asset("playground.js"), content_type="text/javascript")

    async def style(_request: web.Request) -> web.Response:
        return web.Response(text=_asset("playground.css"), content_type="text/css")

    async def icon(_request: web.Request) -> web.Response:
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def static(request: web.Request) -> web.Response:
        response = await playground.static(request.path)
        if request.path.startswith(("/fonts/", "/vendor/")):
            response.headers["Cache-Control"] = "max-age=86400"  # 30 MB of fonts, otherwise on every load
        return response

    async def api(request: web.Request) -> web.Response:
        given, _, rest = request.headers.get("X-Simcord-Capability", "").partition("/")
        name, _, number = (rest or "channel/1").partition("/")
        person = int(number) if number.isdecimal() else 0
        place = playground.places.get(name if name == "channel" else f"{name}/{person}")
        if (
            not hmac.compare_digest(given.encode(), playground.memory.key.encode())
            or place is None
            or person not in place.viewers
        ):
            raise web.HTTPUnauthorized
        return await playground.api(request, place, person)

    @web.middleware
    async def same_host(request: web.Request, handler: Any) -> web.StreamResponse:
        # A foreign site can point its own name at this machine; it then comes with that name.
        if request.host not in playground.authorities:
            raise web.HTTPForbidden
        return await handler(request)

    # A browser that goes away must not break off what the bot has begun.
    app = web.Application(
        middlewares=[same_host], client_max_size=32 * 1024**2, handler_args={"handler_cancellation": False}
    )
    app.router.add_get("/", index)
    app.router.add_get("/playground.js", script)
    app.router.add_get("/playground.css", style)
    app.router.add_get("/favicon.ico", icon)
    app.router.add_route("*", "/api/{rest:.*}", api)
    app.router.add_get("/{rest:.*}", static)
    return app


def _without_length(response: web.Response) -> dict[str, str]:
    return {k: v for k, v in response.headers.items() if k.lower() not in ("content-length", "content-type")}


def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
