"""Discord's documented limits, held against the requests that the bot makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import simcord

CONTENT = 2000
TEXT = 4000
COMPONENTS = 40
CUSTOM_ID = 100
BUTTON_LABEL = 80
BUTTONS_IN_ROW = 5
OPTIONS = 25
OPTION_TEXT = 100
PLACEHOLDER = 150
TITLE = 45
LABEL = 45
INPUT = 4000
COMMAND_TEXT = 100
THREAD_NAME = 100
NONCE = 25

ROW, BUTTON, SELECT, INPUT_TYPE, TEXT_DISPLAY, LABEL_TYPE = 1, 2, 3, 4, 10, 18


def walk(components: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All components, however deep."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        for key in ("component", "accessory"):
            if component.get(key):
                yield from walk([component[key]])


def texts(components: Sequence[dict[str, Any]]) -> list[str]:
    """What is written in the components, top to bottom."""
    return [item["content"] for item in walk(components) if item["type"] == TEXT_DISPLAY]


def breaches(request: simcord.HttpLogEntry) -> list[str]:
    """What in a request Discord would refuse, or what could ping somebody."""
    found: list[str] = []
    sent: Any = request.json
    if isinstance(sent, list):  # the commands
        for command in cast("list[dict[str, Any]]", sent):
            found += _command(command, in_menu=command.get("type", 1) != 1)
    elif isinstance(sent, dict):
        body = cast("dict[str, Any]", sent)
        if request.path.endswith("/callback"):
            found += _callback(body)
        elif request.path.endswith("/threads"):
            found += _within("thread name", body["name"], THREAD_NAME, least=1)
        elif "/messages" in request.path or request.path.startswith("/webhooks/"):
            found += _message(body, new=request.method == "POST")
    return [f"{request.method} {request.path}: {text}" for text in found]


def _within(what: str, text: str | None, most: int, least: int = 0) -> list[str]:
    length = len(text or "")
    return [] if least <= length <= most else [f"{what} has {length} characters: {text!r}"]


def _callback(body: dict[str, Any]) -> list[str]:
    data: dict[str, Any] = body.get("data") or {}
    match body["type"]:
        case 4 | 7:
            return _message(data, new=body["type"] == 4)
        case 8:
            choices: list[dict[str, Any]] = data["choices"]
            found = [] if len(choices) <= OPTIONS else [f"{len(choices)} choices"]
            for choice in choices:
                found += _within("choice", choice["name"], OPTION_TEXT, least=1)
                found += _within("choice value", str(choice["value"]), OPTION_TEXT, least=1)
            return found
        case 9:
            return _form(data)
        case _:
            return []


def _message(body: dict[str, Any], *, new: bool) -> list[str]:
    components: list[dict[str, Any]] = body.get("components") or []
    everything = list(walk(components))
    found = _within("content", body.get("content"), CONTENT)
    found += _within("nonce", body.get("nonce"), NONCE)
    if len(everything) > COMPONENTS:
        found.append(f"{len(everything)} components")
    found += _within("all text", "".join(texts(components)), TEXT)
    ids = [item["custom_id"] for item in everything if "custom_id" in item]
    if len(set(ids)) != len(ids):
        found.append(f"custom ids are used twice: {ids}")
    for item in everything:
        found += _component(item)
    if new and (body.get("content") or components):
        mentions: dict[str, Any] = body.get("allowed_mentions") or {"parse": ["everyone"]}
        written = "\n".join([body.get("content") or "", *texts(components)])
        named = cast("list[int]", mentions.get("users") or [])
        strangers = [user for user in named if f"<@{user}>" not in written]
        # Only people whom the message speaks to, each listed by name in the code that sends it.
        if mentions.get("parse") or strangers or mentions.get("roles") or mentions.get("replied_user"):
            found.append(f"somebody could be pinged: {mentions}")
    return found


def _component(item: dict[str, Any]) -> list[str]:
    found: list[str] = []
    if "custom_id" in item:
        found += _within("custom_id", item["custom_id"], CUSTOM_ID, least=1)
    match item["type"]:
        case 1 if any(child["type"] == BUTTON for child in item["components"]):
            if len(item["components"]) > BUTTONS_IN_ROW:
                found.append(f"{len(item['components'])} buttons in a row")
        case 2:
            found += _within("button label", item.get("label"), BUTTON_LABEL, least=1)
        case 3:
            found += _within("placeholder", item.get("placeholder"), PLACEHOLDER)
            if not 1 <= len(item["options"]) <= OPTIONS:
                found.append(f"{len(item['options'])} options")
            for option in item["options"]:
                found += _within("option", option["label"], OPTION_TEXT, least=1)
                found += _within("option value", option["value"], OPTION_TEXT, least=1)
                found += _within("option description", option.get("description"), OPTION_TEXT)
        case 12:
            if not 1 <= len(item["items"]) <= 10:
                found.append(f"{len(item['items'])} pictures")
        case 10:
            found += _within("text", item["content"], TEXT, least=1)
        case _:
            pass
    return found


def _form(data: dict[str, Any]) -> list[str]:
    found = _within("title", data["title"], TITLE, least=1)
    found += _within("custom_id", data["custom_id"], CUSTOM_ID, least=1)
    if not 1 <= len(data["components"]) <= 5:
        found.append(f"{len(data['components'])} fields")
    for item in walk(data["components"]):
        if item["type"] == LABEL_TYPE:
            found += _within("label", item["label"], LABEL, least=1)
            found += _within("label description", item.get("description"), 100)
        if item["type"] == INPUT_TYPE:
            most = item.get("max_length") or INPUT
            if not 1 <= most <= INPUT:
                found.append(f"max_length is {most}")
            found += _within("filled-in text", item.get("value"), most)
            found += _within("placeholder", item.get("placeholder"), 100)
    return found


def _command(command: dict[str, Any], *, in_menu: bool = False) -> list[str]:
    """`in_menu`: it is chosen from the menu of a message, and has a name alone."""
    found = _within("command name", command["name"], 32, least=1)
    if not in_menu:
        found += _within(f"description of {command['name']}", command["description"], COMMAND_TEXT, least=1)
    choices: list[dict[str, Any]] = command.get("choices") or []
    for choice in choices:
        found += _within("choice", choice["name"], OPTION_TEXT, least=1)
    if len(choices) > OPTIONS:
        found.append(f"{len(choices)} choices of {command['name']}")
    options: list[dict[str, Any]] = command.get("options") or []
    if len(options) > OPTIONS:
        found.append(f"{len(options)} options of {command['name']}")
    for option in options:
        found += _command(option)
    return found
