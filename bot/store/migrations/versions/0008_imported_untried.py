"""questions that were imported and wait for the lab

Revision: 0008
Follows: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("server_questions", sa.Column("once_tried", sa.String(16), nullable=True))


def downgrade() -> None:
    op.drop_column("server_questions", "once_tried")
