"""`python -m bot`: run the bot (or the playground), and care for its data."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Coroutine, Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot import log, settings
from bot.clock import SystemClock
from bot.errors import StartError
from bot.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options, settings.load())
    except StartError as error:
        sys.stderr.write(f"mockloop: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone (`… | head`); the interpreter must not try to flush to it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


CLOSING_S = 5
"""How long an orderly end may take; after that the process just ends, which loses nothing."""


def _run_until_stopped(work: Coroutine[Any, Any, None]) -> int:
    """Runs `work` until it ends or the first SIGINT or SIGTERM; more signals do not disturb the closing."""

    async def main() -> int:
        loop = asyncio.get_running_loop()
        task = loop.create_task(work)
        stopping = False

        def stop() -> None:
            nonlocal stopping
            if not stopping:
                stopping = True
                loop.call_later(CLOSING_S, os._exit, 1)
                task.cancel()

        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C ends the process as usual
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stop)
        try:
            await task
        except asyncio.CancelledError:
            if not stopping:
                raise
        return 0

    return asyncio.run(main())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Mockloop, the mock-interview bot.")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="join Discord, or open the playground when no token is set (the default)")
    local = commands.add_parser("local", help="open the playground in the browser")
    local.add_argument("--dm", action="store_true", help="show the direct messages first")
    local.add_argument("--port", type=int, help="the port to serve on (MOCKLOOP_PORT, 8765)")
    commands.add_parser("migrate", help="bring the database to this program's schema")
    commands.add_parser("doctor", help="check settings, database, bank and permissions")
    bank = commands.add_parser("bank", help="the question bank")
    bank.add_argument("action", choices=["check", "list"], help="try every question against its promises, or list")
    bank.add_argument("files", nargs="*", type=Path, metavar="FILE", help="question files or folders (the whole bank)")
    bank.add_argument("--changed", action="store_true", help="leave out code tasks that passed as they are now")
    bank.add_argument("--note", action="store_true", help="write down which code tasks pass")
    backup = commands.add_parser("backup", help="copy the database while the bot runs")
    backup.add_argument("file", nargs="?", type=Path, help="where to (a dated file beside the database)")
    return parser


def _run(options: argparse.Namespace, loaded: Settings) -> int:
    log.start(loaded.log_level)
    match options.command:
        case None | "run":
            return _serve(loaded) if loaded.token is not None else _play(loaded, dm=False, port=loaded.port)
        case "local":
            return _play(loaded, dm=options.dm, port=loaded.port if options.port is None else options.port)
        case "migrate":
            from bot.store.migrate import head, migrate  # noqa: PLC0415 - keeps other commands quick

            copy = migrate(loaded.database, datetime.now(UTC))
            sys.stdout.write(f"{loaded.database} is at revision {head()}\n" + (f"copy: {copy}\n" if copy else ""))
            return 0
        case "doctor":
            from bot.doctor import doctor  # noqa: PLC0415

            return 0 if asyncio.run(doctor(loaded)) else 1
        case "bank":
            return _bank(options)
        case "backup":
            return _backup(loaded, options.file)
        case unknown:
            raise StartError(f"unknown command {unknown}")


def _serve(loaded: Settings) -> int:
    from bot.app import run  # noqa: PLC0415

    return _run_until_stopped(run(loaded))


def _play(loaded: Settings, *, dm: bool, port: int) -> int:
    with _alone(loaded.data):
        return _run_until_stopped(_playground(loaded, dm=dm, port=port))


@contextlib.contextmanager
def _alone(data: Path) -> Generator[None]:
    """Keeps two playgrounds from sharing one data folder. Raises StartError when another one is running."""
    try:
        import fcntl  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        yield
        return
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "playground.lock").open("w")
    except OSError as error:
        raise StartError(
            f"cannot write {data} ({error}). Give the bot a writable data folder: set MOCKLOOP_DATA in .env."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartError(
                f"a playground is already running with the data in {data}; its terminal shows the address. "
                "Stop it first, or set MOCKLOOP_DATA to another folder."
            ) from error
        yield


async def _playground(loaded: Settings, *, dm: bool, port: int) -> None:
    from bot.app import open_bot, open_judge  # noqa: PLC0415
    from bot.local import serve  # noqa: PLC0415
    from questions.bank import Bank  # noqa: PLC0415

    def announce(url: str) -> None:
        sys.stdout.write(f"The playground is at {url}\nPress Ctrl+C to stop it; your history is kept.\n")
        sys.stdout.flush()

    database, clock = loaded.playground_database, SystemClock()
    async with (
        open_judge(loaded) as judge,
        open_bot(database, bank=Bank.open(), clock=clock, message_content=True, judge=judge) as bot,
        bot,
    ):
        memory = loaded.data / "playground.json"
        playing = asyncio.create_task(serve(bot, port=port, dm=dm, memory=memory, announce=announce))
        try:
            await asyncio.shield(playing)
        finally:
            await bot.rest()
            playing.cancel()
            await asyncio.wait({playing})


def _bank(options: argparse.Namespace) -> int:
    if options.action == "check":
        from bot.bank import check  # noqa: PLC0415

        return check(options.files, changed=options.changed, note=options.note)
    from questions.bank import Bank  # noqa: PLC0415
    from questions.loader import QuestionFileError  # noqa: PLC0415

    try:
        bank = Bank.open()
    except QuestionFileError as error:
        raise StartError(f"the question bank has mistakes:\n{error}") from error
    for question in bank.questions.values():
        sys.stdout.write(f"{question.id}  {question.type}  difficulty {question.difficulty.level}\n")
    return 0


def _backup(loaded: Settings, file: Path | None) -> int:
    from bot.store.migrate import backup  # noqa: PLC0415

    # Who has only played in the playground has only its database.
    played = not loaded.database.exists() and loaded.playground_database.exists()
    database = loaded.playground_database if played else loaded.database
    copy = file or loaded.data / f"{database.stem}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    backup(database, copy)
    sys.stdout.write(f"{copy}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
