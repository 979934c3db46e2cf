"""The final board of a group round as a picture."""

from __future__ import annotations

from bot.pictures.group import GroupCard, Standing, group_summary
from bot.rounds.events import Kind
from bot.rounds.group import board, counts, item_score
from bot.services.code_cards import CardFile
from bot.services.group_record import GroupRecord
from questions.taxonomy import taxonomy

FILE = "board.png"
FULL = 100
"""Points of a question answered in full, as on the board in words."""
NOUNS = {Kind.QUIZ: "Quiz", Kind.BEHAVIORAL: "Behavioral round", Kind.CODE: "Code round"}


def drawn_board(record: GroupRecord) -> tuple[CardFile, str]:
    """The picture of a finished round's board, and what it shows in words. Takes a moment: not for the event loop.

    Whoever has no known name is called by their place. A question that counts for nobody keeps its column.
    """
    state, row = record.state, record.row
    items = range(len(state.item_states))
    standings = tuple(
        Standing(
            record.names.get(one.user, ""),
            FULL * one.points,
            tuple(item_score(state, item, one.user) for item in items),
        )
        for one in board(state)
    )
    picture = group_summary(
        GroupCard(
            kind=NOUNS[state.kind],
            topic=f"{taxonomy().name(row.topic) if row.topic else 'Mixed topics'} · {state.level.value} level",
            day=(state.finished_at or state.started_at).date(),
            most=FULL * sum(counts(state, item) for item in items),
            standings=standings,
        )
    )
    return CardFile(FILE, picture.png, picture.alt), picture.alt
