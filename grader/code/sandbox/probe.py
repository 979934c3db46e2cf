"""What this machine offers: each tier is tried, with a child that tries to break out of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from grader.code.sandbox import landlock, protocol, zygote

MECHANISMS = {1: "namespaces", 2: "Landlock", 3: "seccomp"}
"""What each tier has that the next one has not."""
_PROMISES = {
    1: "full: submissions see nothing but Python and its libraries",
    2: "without namespaces: submissions cannot open other files, but can ask whether they exist",
    3: "seccomp only: submissions cannot open any file, so libraries that load parts of themselves late may fail",
}
_PROGRAM = str(Path(__file__).parents[3])
_START = "import sys; sys.path.insert(0, sys.argv[1]); from grader.code.sandbox.probe import main; main()"
_TIMEOUT_S = 90.0


@dataclass(frozen=True)
class Probe:
    tier: int | None
    """The best tier, 1 to 3; None: submitted code cannot be run here."""
    line: str
    """One line for people."""
    details: tuple[tuple[str, str], ...] = ()
    """Each mechanism, with `works` or the reason why it does not."""


def probe() -> Probe:
    """Takes about a quarter of a second, in processes of its own."""
    if sys.platform != "linux":
        return Probe(None, "code rounds need Linux")
    arguments = [sys.executable, "-I", "-S", "-B", "-c", _START, _PROGRAM]
    try:
        answer = subprocess.run(  # noqa: S603 - our own program
            arguments, capture_output=True, timeout=_TIMEOUT_S, check=True, env={}, cwd="/"
        )
        told: dict[str, str] = json.loads(answer.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return Probe(None, f"the sandbox cannot be tried: {error}")
    works = [tier for tier, name in MECHANISMS.items() if told[name].startswith("works")]
    details = tuple(told.items())
    if not works:
        return Probe(None, f"no sandbox: {told[MECHANISMS[3]]}", details)
    return Probe(works[0], f"tier {works[0]}, {_PROMISES[works[0]]}", details)


def main() -> None:
    """In a process of its own: tries every tier, and prints what it found as JSON."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if theirs.fileno() != protocol.CONTROL:
        os.dup2(theirs.fileno(), protocol.CONTROL)
    found: dict[str, str] = {}
    for tier, name in MECHANISMS.items():
        started = zygote.attempt(tier)
        if "base_kb" in started:
            os.kill(started["pid"], signal.SIGKILL)
        found[name] = "works" if "base_kb" in started else started.get("reason", zygote.ENDED_EARLY)
    if found["Landlock"] == "works":
        found["Landlock"] = f"works (version {landlock.abi()})"
    print(json.dumps(found))
    ours.close()
