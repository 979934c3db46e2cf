"""the daily question, reviews, streaks and plans

Revision: 0004
Follows: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_subscriptions",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.String(length=120), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("server_id", sa.BigInteger(), nullable=True),
        sa.Column("fallback_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("dm_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("unanswered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("slow_asked", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name=op.f("fk_daily_subscriptions_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_daily_subscriptions")),
    )
    op.create_index(op.f("ix_daily_subscriptions_next_at"), "daily_subscriptions", ["next_at"], unique=False)
    op.create_table(
        "plans",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=80), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("target", sa.Date(), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.Column("emphasis", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name=op.f("fk_plans_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_plans")),
    )
    op.create_table(
        "review_cards",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("question_id", sa.String(length=120), nullable=False),
        sa.Column("point", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("lapses", sa.Integer(), nullable=False),
        sa.Column("missed_at", sa.DateTime(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name=op.f("fk_review_cards_user_id")),
        sa.PrimaryKeyConstraint("user_id", "question_id", "point", name=op.f("pk_review_cards")),
    )
    op.create_index(op.f("ix_review_cards_user_id_due_at"), "review_cards", ["user_id", "due_at"], unique=False)
    op.create_table(
        "streak_freezes",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name=op.f("fk_streak_freezes_user_id")),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_streak_freezes")),
    )
    op.create_table(
        "daily_deliveries",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.id"], name=op.f("fk_daily_deliveries_round_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name=op.f("fk_daily_deliveries_user_id")),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_daily_deliveries")),
    )
    op.create_index(op.f("ix_daily_deliveries_round_id"), "daily_deliveries", ["round_id"], unique=False)
    op.create_index(op.f("ix_daily_deliveries_status_due_at"), "daily_deliveries", ["status", "due_at"], unique=False)
    op.add_column("people", sa.Column("retention_days", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("people", "retention_days")
    op.drop_table("daily_deliveries")
    op.drop_table("streak_freezes")
    op.drop_table("review_cards")
    op.drop_table("plans")
    op.drop_table("daily_subscriptions")
