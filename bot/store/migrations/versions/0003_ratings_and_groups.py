"""ratings, boards, group rounds and peer interviews

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allowed_channels",
        sa.Column("server_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("server_id", "channel_id", name=op.f("pk_allowed_channels")),
    )
    op.create_table(
        "moderator_roles",
        sa.Column("server_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("server_id", "role_id", name=op.f("pk_moderator_roles")),
    )
    op.create_table(
        "weekly_posts",
        sa.Column("server_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("nonce", sa.String(length=25), nullable=True),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_weekly_posts")),
    )
    op.create_index(op.f("ix_weekly_posts_next_at"), "weekly_posts", ["next_at"], unique=False)
    op.create_table(
        "abilities",
        sa.Column("scope", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name=op.f("fk_abilities_user_id")),
        sa.PrimaryKeyConstraint("scope", "user_id", name=op.f("pk_abilities")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_abilities_user_id"), "abilities", ["user_id"], unique=False)
    op.create_table(
        "active_days",
        sa.Column("scope", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("track", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name=op.f("fk_active_days_user_id")),
        sa.PrimaryKeyConstraint("scope", "user_id", "track", "day", name=op.f("pk_active_days")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_active_days_user_id"), "active_days", ["user_id"], unique=False)
    op.create_table(
        "helps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("track", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name=op.f("fk_helps_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_helps")),
        sa.UniqueConstraint("source", "user_id", name=op.f("uq_helps_source_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_helps_user_id"), "helps", ["user_id"], unique=False)
    op.create_table(
        "seekers",
        sa.Column("server_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("days", sa.String(length=16), nullable=False),
        sa.Column("first_hour", sa.Integer(), nullable=False),
        sa.Column("last_hour", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name=op.f("fk_seekers_user_id")),
        sa.PrimaryKeyConstraint("server_id", "user_id", name=op.f("pk_seekers")),
    )
    op.create_index(op.f("ix_seekers_user_id"), "seekers", ["user_id"], unique=False)
    op.create_table(
        "standings",
        sa.Column("scope", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("board", sa.String(length=16), nullable=False),
        sa.Column("track", sa.String(length=16), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("base", sa.Float(), nullable=True),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name=op.f("fk_standings_user_id")),
        sa.PrimaryKeyConstraint("scope", "board", "track", "period", "user_id", name=op.f("pk_standings")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_standings_scope_board_track_period_visible_value_user_id"),
        "standings",
        ["scope", "board", "track", "period", "visible", "value", "user_id"],
        unique=False,
    )
    op.create_index(op.f("ix_standings_user_id"), "standings", ["user_id"], unique=False)
    op.create_table(
        "results",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("question_id", sa.String(length=120), nullable=False),
        sa.Column("question_version", sa.Integer(), nullable=False),
        sa.Column("track", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("engine", sa.String(length=16), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("hints", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("rated", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_results_round_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name=op.f("fk_results_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results")),
        sa.UniqueConstraint("round_id", "item", "user_id", name=op.f("uq_results_round_id_item_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_results_question_id_at"), "results", ["question_id", "at"], unique=False)
    op.create_index(op.f("ix_results_server_id_at"), "results", ["server_id", "at"], unique=False)
    op.create_index(op.f("ix_results_user_id_id"), "results", ["user_id", "id"], unique=False)
    op.create_index(op.f("ix_results_user_id_question_id"), "results", ["user_id", "question_id"], unique=False)
    op.add_column("people", sa.Column("name", sa.String(length=100), nullable=True))
    op.add_column("people", sa.Column("nickname", sa.String(length=32), nullable=True))
    op.add_column("people", sa.Column("zone", sa.String(length=64), nullable=True))
    op.add_column("people", sa.Column("hidden", sa.Boolean(), server_default=sa.text("0"), nullable=False))
    op.add_column("people", sa.Column("quotes", sa.String(length=8), nullable=True))
    op.add_column(
        "rounds", sa.Column("engine", sa.String(length=16), server_default=sa.text("'dialogue'"), nullable=False)
    )
    op.add_column("servers", sa.Column("season_months", sa.Integer(), server_default=sa.text("3"), nullable=False))


def downgrade() -> None:
    op.drop_column("servers", "season_months")
    op.drop_column("rounds", "engine")
    op.drop_column("people", "quotes")
    op.drop_column("people", "hidden")
    op.drop_column("people", "zone")
    op.drop_column("people", "nickname")
    op.drop_column("people", "name")
    op.drop_table("results")
    op.drop_table("standings")
    op.drop_table("seekers")
    op.drop_table("helps")
    op.drop_table("active_days")
    op.drop_table("abilities")
    op.drop_table("weekly_posts")
    op.drop_table("moderator_roles")
    op.drop_table("allowed_channels")
