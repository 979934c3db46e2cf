"""standings lie by person, so that a result touches few pages of them

Revision: 0006
Follows: 0005
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = "scope, board, track, period, user_id, value, base, visible"


def _make_anew(key: Sequence[str]) -> None:
    """SQLite cannot change a primary key: the rows move to a new table."""
    op.create_table(
        "standings_anew",
        sa.Column("scope", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("board", sa.String(length=16), nullable=False),
        sa.Column("track", sa.String(length=16), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("base", sa.Float(), nullable=True),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name=op.f("fk_standings_user_id")),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_standings")),
        sqlite_with_rowid=False,
    )
    op.execute(
        f"INSERT INTO standings_anew ({COLUMNS}) SELECT {COLUMNS} FROM standings ORDER BY {', '.join(key)}"  # noqa: S608
    )
    op.drop_table("standings")
    op.rename_table("standings_anew", "standings")


def upgrade() -> None:
    _make_anew(["user_id", "scope", "board", "track", "period"])
    op.create_index(
        op.f("ix_standings_scope_board_track_period_user_id"),
        "standings",
        ["scope", "board", "track", "period", "user_id"],
        unique=False,
    )


def downgrade() -> None:
    _make_anew(["scope", "board", "track", "period", "user_id"])
    op.create_index(
        op.f("ix_standings_scope_board_track_period_visible_value_user_id"),
        "standings",
        ["scope", "board", "track", "period", "visible", "value", "user_id"],
        unique=False,
    )
    op.create_index(op.f("ix_standings_user_id"), "standings", ["user_id"], unique=False)
