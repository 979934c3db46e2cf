"""Group rounds as messages: lobby, question, reveal, final board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import discord
from discord import ui

from bot.counting import counted
from bot.rounds.dialogue import Outcome
from bot.rounds.events import Kind
from bot.rounds.group import Standing
from bot.services.code_cards import CardFile
from bot.services.group_cards import (
    FinalCard,
    GroupAskCard,
    GroupCard,
    LobbyCard,
    PersonScore,
    RevealCard,
    Share,
)
from bot.services.starting import Format
from cogs._answers import in_short
from cogs._components import round_button
from cogs._layout import FOLLOW_UP, NEUTRAL, QUIET, layout
from cogs._render_code import file_items, limits, task_blocks
from cogs._text import code_block, percent, quote
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, Numeric

ENGINE = "group"
PRIMARY, DANGER = discord.ButtonStyle.primary, discord.ButtonStyle.danger
NAMED = 20
"""How many people are named in one line."""
BOARD_SHOWN = 10
BAR = 12
"""Squares of the longest bar."""
MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}
NOUNS = {Kind.QUIZ: "Quiz", Kind.BEHAVIORAL: "Behavioral round", Kind.CODE: "Code round"}


def group_view(card: GroupCard) -> ui.LayoutView:
    """The message of a group round's card."""
    match card:
        case LobbyCard():
            return _lobby(card)
        case GroupAskCard():
            return _ask(card)
        case RevealCard():
            return _reveal(card)
        case FinalCard():
            return _final(card)
        case _:
            assert_never(card)


def people(users: Sequence[int]) -> str:
    """People by their mentions, which notify nobody; a long list ends with how many more there are."""
    if not users:
        return "nobody yet"
    more = f" and {len(users) - NAMED} more" if len(users) > NAMED else ""
    return ", ".join(f"<@{user}>" for user in users[:NAMED]) + more


def figures(files: Sequence[CardFile]) -> list[ui.Item[Any]]:
    """The pictures of a figure that was submitted: the person's own, the reference's."""
    captions = ("yours", "the reference's")
    items = [
        discord.MediaGalleryItem(f"attachment://{file.name}", description=caption)
        for file, caption in zip(files, captions, strict=False)
    ]
    return [ui.MediaGallery(*items)] if items else []


def minutes(seconds: int) -> str:
    return counted(seconds // 60, "minute")


# The lobby


def _lobby(card: LobbyCard) -> ui.LayoutView:
    what = NOUNS[card.kind] + (
        f" · {card.format.value}" if card.kind is Kind.QUIZ and card.format is not Format.MIXED else ""
    )
    many = counted(card.asked, "question")
    if card.kind is Kind.CODE:
        many = counted(card.asked, "task")
    each = minutes(card.limit_s) + (" each" if card.asked > 1 else "")
    details = f"{card.level.value} level · {many}, {each} · hosted by <@{card.host}>"
    head = f"## Group round · {what} · {card.topic or 'mixed topics'}\n-# {details}"
    if card.ended:
        return layout([head, "-# Closed before it began."], accent=QUIET)
    joined = f"**In it ({len(card.joined)})** · {people(card.joined)}"
    if not card.open:
        return layout([head, joined, "-# It has begun. **Join** is under the question."], accent=QUIET)
    how = (
        "Everyone answers in private: nobody sees what you send before the reveal, and your first answer counts. "
        "It counts for ratings, as an exam does."
    )
    if card.kind is Kind.CODE:
        how = (
            "Everyone codes in private, with as many submissions as you like; the best one counts. "
            "It counts for ratings, as an exam does."
        )
    missing = card.fewest - len(card.joined)
    start = "The host can start." if missing <= 0 else f"It takes {card.fewest} people to start."
    button = _buttons(card)
    rows = [
        [button("Join", "join", PRIMARY), button("Leave", "leave")],
        [button("Start", "start", discord.ButtonStyle.success), button("Close", "end")],
    ]
    return layout([head, joined, f"{how}\n-# {start} At most {card.most} take part."], [*rows, *_vacant(card)])


# The question


def _ask(card: GroupAskCard) -> ui.LayoutView:
    question = card.question
    stars = "●" * question.difficulty.level + "○" * (5 - question.difficulty.level)
    what = "Task" if card.kind is Kind.CODE else "Question"
    title = f" · {question.title}" if isinstance(question, CodeTask) else ""
    head = f"### {what} {card.number} of {card.total}{title}"
    head += f"\n-# {card.topic} · {card.level.value} level · difficulty {stars}"
    if card.deadline is not None:
        head += f"\n-# ⏱ Time ends <t:{int(card.deadline.timestamp())}:R>"
    blocks: list[str | ui.Item[Any]] = [head]
    if isinstance(question, CodeTask):
        blocks += [*task_blocks(question), limits(question, card.facts), *file_items(card.files)]
    else:
        blocks.append(card.prompt)
    if card.options:
        blocks.append("\n".join(f"**{option.letter}** · {option.text}" for option in card.options))
    if card.closing:
        blocks.append("-# ⏳ Time to reveal: reading the answers…")
        return layout(blocks, accent=QUIET)
    if card.deadline is None:
        blocks.append(f"-# {_ended(card)}")
        return layout(blocks, accent=QUIET)
    total = len(card.ready) + len(card.waiting)
    live = f"**Answered {len(card.ready)} of {total}**"
    if card.ready:
        live += f" · ✓ {people(card.ready)}"
    if card.waiting:
        live += f"\n-# Waiting for {people(card.waiting)}"
    if how := _how(question):
        live += f"\n-# {how}"
    blocks.append(live)
    return layout(blocks, [*_answer_rows(card), *_vacant(card)])


def _how(question: AnyQuestion) -> str:
    """What an answer should look like, where that is not plain."""
    if isinstance(question, Behavioral):
        return "A real story of yours, 150 to 300 words. I read how it is told."
    if isinstance(question, Numeric) and question.unit:
        return f"Answer with a number, in {question.unit}."
    return ""


def _ended(card: GroupAskCard) -> str:
    if card.outcome is Outcome.SKIPPED:
        return "Skipped by the host: it counts for nobody."
    if card.outcome is Outcome.STOPPED:
        return "The round was ended here: this question counts for nobody."
    return "✓ Everyone has answered." if card.outcome is Outcome.ANSWERED else "Time was up."


def _answer_rows(card: GroupAskCard) -> list[list[ui.Item[Any]]]:
    button = _buttons(card)
    if card.options:
        first = [button(option.letter, f"choose-{option.id}", PRIMARY) for option in card.options]
    elif card.kind is Kind.CODE:
        first = [
            button("Submit code", "submit", PRIMARY),
            button("Run samples (free)", "samples"),
            button("I am done", "done"),
            button("My submissions", "mine"),
        ]
    else:
        first = [button("Answer in private", "answer", PRIMARY)]
    joins = "Join" if card.number == card.total else "Join from the next question"
    second = [button(joins, "join"), button("Leave", "leave"), button("🚩 Report question", "report")]
    third = [
        button("Host: 1 minute more", "add"),
        button("Host: skip question", "skip"),
        button("Host: end round", "end"),
    ]
    return [first, second, third]


# The reveal


def _reveal(card: RevealCard) -> ui.LayoutView:
    what = "Task" if card.kind is Kind.CODE else "Question"
    blocks: list[str] = [f"### {what} {card.number} of {card.total} · how it went\n-# {card.topic}"]
    if card.void:
        blocks.append("The host skipped this one, so it counts for nobody.")
    else:
        blocks.append("\n".join(_bars(card.shares)))
        blocks.append(f"**Scores** · {_scores(card.scores)}")
        if card.best is not None:
            text = (
                code_block(card.best.text, lines=14, limit=700, language="py")
                if card.best.code
                else f"> {quote(card.best.text, 600)}"
            )
            blocks.append(f"**Best answer** · <@{card.best.user}>, {percent(card.best.score)}\n{text}")
        if card.missed:
            lines = [f"✗ {point.claim}\n-# missed by {point.missed} of {point.of}" for point in card.missed]
            blocks.append("**Most missed**\n" + "\n".join(lines))
    blocks.append(in_short(card.question, card.variant))
    if card.board:
        blocks.append("**Board**\n" + "\n".join(board_lines(card.board)))
    button = _buttons(card)
    rows: list[list[ui.Item[Any]]] = []
    if card.next:
        following = f"Host: next question ({card.number + 1} of {card.total})"
        rows.append([button(following, "next", PRIMARY), button("Host: end round", "end")])
    own: list[ui.Item[Any]] = [button("My feedback", "feedback")]
    if isinstance(card.question, FreeText | Behavioral | CodeTask):
        own.append(button("Model answer", "model"))
    own += [button("For the host", "notes"), button("🚩 Report question", "flag")]
    rows.append(own)
    if card.next:
        rows.append([button("Join from the next question", "join"), button("Leave", "leave")])
    return layout(blocks, [*rows, *_vacant(card)], accent=FOLLOW_UP)


def _bars(shares: Sequence[Share]) -> list[str]:
    most = max((share.count for share in shares), default=0) or 1
    wide = max(len(share.label) for share in shares)
    lines: list[str] = []
    for share in shares:
        squares = "█" * round(BAR * share.count / most)
        mark = " ✓" if share.right else ""
        lines.append(f"`{share.label:<{wide}} {squares:<{BAR}}` {share.count}{mark}")
    return lines


def _scores(scores: Sequence[PersonScore]) -> str:
    shown = [f"<@{one.user}> {_score(one)}" for one in scores[:NAMED]]
    more = f" · and {len(scores) - NAMED} more" if len(scores) > NAMED else ""
    return " · ".join(shown) + more if shown else "nobody was in it"


def _score(one: PersonScore) -> str:
    if one.score is None:
        return "not graded"
    return percent(one.score) if one.answered else "no answer"


def board_lines(board: Sequence[Standing], shown: int = BOARD_SHOWN) -> list[str]:
    """A board, the best first; 100 points is one question answered in full."""
    lines = [
        f"{MEDALS.get(one.rank if one.points else 0, f'{one.rank}.')} <@{one.user}> · **{points(one.points)}** points"
        + (f" · {one.answered} of {one.items} answered" if one.answered < one.items else "")
        for one in board[:shown]
    ]
    if len(board) > shown:
        lines.append(f"-# and {len(board) - shown} more")
    return lines


def points(value: float) -> str:
    """Points as they are shown, 100 a question: whole, or with one digit where they are not."""
    return f"{value * 100:.1f}".removesuffix(".0")


# The end


def _final(card: FinalCard) -> ui.LayoutView:
    over = "ended by the host" if card.stopped else "finished"
    head = f"## Group round {over}\n-# {NOUNS[card.kind]} · {card.topic or 'mixed topics'} · {card.level.value} level"
    if not card.board:
        return layout([head, "Nothing was scored."], [[_buttons(card)("Another round like this", "again", PRIMARY)]])
    blocks: list[str | ui.Item[Any]] = [head, "\n".join(board_lines(card.board, NAMED))]
    if card.files:
        shown = discord.MediaGalleryItem(f"attachment://{card.files[0].name}", description=card.alt[:1024])
        blocks.append(ui.MediaGallery(shown))
    lines = [
        f"{line.number}. {line.topic} · " + ("not counted" if line.mean is None else f"{percent(line.mean)} on average")
        for line in card.lines
    ]
    blocks.append("\n".join(lines))
    blocks.append(
        "-# **My feedback** shows you every point of your own answers; **/progress** what counted for your rating."
    )
    button = _buttons(card)
    row = [
        button("My feedback", "review", PRIMARY),
        button("Another round like this", "again"),
        button("For the host", "hostnotes"),
    ]
    return layout(blocks, [row], accent=NEUTRAL)


# Parts


class _Buttons:
    """Makes the buttons of one card."""

    def __init__(self, card: GroupCard) -> None:
        self._card = card

    def __call__(
        self, label: str, action: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary
    ) -> ui.Item[Any]:
        return round_button(self._card.round_id, self._card.turn, action, label, style, engine=ENGINE)


def _buttons(card: GroupCard) -> _Buttons:
    return _Buttons(card)


def _vacant(card: LobbyCard | GroupAskCard | RevealCard) -> list[list[ui.Item[Any]]]:
    """Offers to take over while the host is away and the round can still go on."""
    if not card.vacant or (isinstance(card, RevealCard) and not card.next):
        return []
    return [[_buttons(card)("No sign of the host: take over", "takeover", DANGER)]]
