"""notices that are for the moderators of a server

Revision: 0007
Follows: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("server_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("notices", "server_id")
