"""The tables. Every time is UTC; what people typed stands in `attempts` alone."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored as UTC. Refuses naive ones, which mean something else on every machine."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given to the store")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=UTC) if value is not None else None


Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only for INTEGER keys. Tables whose ids are named elsewhere (in events, in buttons)
also say `sqlite_autoincrement`, or the id of a deleted row would be given to the next one."""

# Column's type parameter cannot be inferred from a type object alone.
# pyright: reportUnknownArgumentType=false

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("name", String(100)),
    Column("nickname", String(32)),
    Column("zone", String(64)),
    Column("hidden", Boolean, nullable=False, server_default=text("0")),
    Column("quotes", String(8)),
    Column("retention_days", Integer),
)
"""`name` as Discord shows it, `nickname` as the person wants to be named on boards; `quotes`: whether their answers may
be quoted (None: never asked); `retention_days`: how long what they typed is kept (None: until they erase it)."""

servers = Table(
    "servers",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("place", String(16), nullable=False),
    Column("season_months", Integer, nullable=False, server_default=text("3")),
    Column("updated_at", Moment, nullable=False),
)

allowed_channels = Table(
    "allowed_channels",
    metadata,
    Column("server_id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
)
"""Where rounds may be started; none listed: everywhere."""

moderator_roles = Table(
    "moderator_roles",
    metadata,
    Column("server_id", BigInteger, primary_key=True, autoincrement=False),
    Column("role_id", BigInteger, primary_key=True, autoincrement=False),
)

weekly_posts = Table(
    "weekly_posts",
    metadata,
    Column("server_id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("nonce", String(25)),
    Index(None, "next_at"),
)
"""`weekday` 0 is Monday; `nonce` is set while a post is on its way."""

blocks = Table(
    "blocks",
    metadata,
    Column("server_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("by", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

rounds = Table(
    "rounds",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("engine", String(16), nullable=False, server_default=text("'dialogue'")),
    Column("kind", String(24), nullable=False),
    Column("owner_id", ForeignKey("people.id"), nullable=False),
    Column("server_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("surface", String(16), nullable=False),
    Column("level", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("topic", String(80)),
    Column("format", String(24), nullable=False),
    Column("asked", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("score", Float),
    Column("next_wake_at", Moment),
    Column("shown_seq", Integer, nullable=False),
    Column("touched_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Index(None, "owner_id", "created_at"),
    Index(None, "status", "next_wake_at"),
    Index(None, "touched_at"),
    Index(None, "server_id", "created_at"),
    Index(None, "channel_id", "status"),
    sqlite_autoincrement=True,
)

participants = Table(
    "participants",
    metadata,
    Column("round_id", ForeignKey("rounds.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("people.id"), primary_key=True),
    Column("joined_at", Moment, nullable=False),
    Index(None, "user_id"),
)

round_events = Table(
    "round_events",
    metadata,
    Column("round_id", ForeignKey("rounds.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("type", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("payload", Text, nullable=False),
    Column("by", BigInteger),
    Column("at", Moment, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("round_id", ForeignKey("rounds.id", ondelete="CASCADE"), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("user_id", ForeignKey("people.id"), nullable=False),
    Column("question_id", String(120), nullable=False),
    Column("question_version", Integer, nullable=False),
    Column("source", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("hints", Integer, nullable=False),
    Column("grade", Text),
    Column("score", Float),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("round_id", "source"),
    Index(None, "round_id", "turn"),
    Index(None, "user_id", "question_id"),
    sqlite_autoincrement=True,
)

pictures = Table(
    "pictures",
    metadata,
    Column("attempt_id", ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("png", LargeBinary, nullable=False),
)
"""What a submitted figure looks like (number 0), and the reference's (1)."""

messages = Table(
    "messages",
    metadata,
    Column("round_id", ForeignKey("rounds.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(32), primary_key=True),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger),
    Column("face", String(64), nullable=False),
    Column("nonce", String(25), nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "message_id"),
)

question_versions = Table(
    "question_versions",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("user_id", ForeignKey("people.id"), nullable=False),
    Column("round_id", ForeignKey("rounds.id", ondelete="SET NULL")),
    Column("question_id", String(120), nullable=False),
    Column("question_version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "question_id"),
    Index(None, "user_id"),
    sqlite_autoincrement=True,
)

# Ratings and boards. `scope` is a server's id, or 0 for everywhere.

results = Table(
    "results",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("round_id", ForeignKey("rounds.id", ondelete="CASCADE"), nullable=False),
    Column("item", Integer, nullable=False),
    Column("user_id", ForeignKey("people.id"), nullable=False),
    Column("question_id", String(120), nullable=False),
    Column("question_version", Integer, nullable=False),
    Column("track", String(16), nullable=False),
    Column("topic", String(80), nullable=False),
    Column("level", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("engine", String(16), nullable=False),
    Column("server_id", BigInteger),
    Column("score", Float, nullable=False),
    Column("band", Integer, nullable=False),
    Column("hints", Integer, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("first", Boolean, nullable=False),
    Column("rated", Boolean, nullable=False),
    Column("day", Date, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("round_id", "item", "user_id"),
    Index(None, "user_id", "question_id"),
    Index(None, "user_id", "id"),
    Index(None, "server_id", "at"),
    Index(None, "question_id", "at"),
    sqlite_autoincrement=True,
)
"""What everybody earned on every question they finished. `first`: nothing of it was scored before; `rated`: it counts
for the person's ability; `day`: the person's own calendar day."""

abilities = Table(
    "abilities",
    metadata,
    Column("scope", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", ForeignKey("people.id"), primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Index(None, "user_id"),
    sqlite_with_rowid=False,
)

active_days = Table(
    "active_days",
    metadata,
    Column("scope", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", ForeignKey("people.id"), primary_key=True),
    Column("track", String(16), primary_key=True),
    Column("day", Date, primary_key=True),
    Index(None, "user_id"),
    sqlite_with_rowid=False,
)
"""Days of the person's own calendar on which they finished a question; `track` '' for any."""

helps = Table(
    "helps",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("user_id", ForeignKey("people.id"), nullable=False),
    Column("server_id", BigInteger),
    Column("source", String(64), nullable=False),
    Column("track", String(16), nullable=False),
    Column("day", Date, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("source", "user_id"),
    Index(None, "user_id"),
    sqlite_autoincrement=True,
)
"""Interviews given and questions contributed; `source` names which."""

standings = Table(
    "standings",
    metadata,
    Column("user_id", ForeignKey("people.id"), primary_key=True),
    Column("scope", BigInteger, primary_key=True, autoincrement=False),
    Column("board", String(16), primary_key=True),
    Column("track", String(16), primary_key=True),
    Column("period", String(16), primary_key=True),
    Column("value", Float, nullable=False),
    Column("base", Float),
    Column("visible", Boolean, nullable=False),
    Index(None, "scope", "board", "track", "period", "user_id"),
    sqlite_with_rowid=False,
)
"""One row a person on every board, kept as things happen, so that a page never looks at what led to it.

They lie by person, and no index holds a value: a result changes up to 48 of one person's rows, and each on a page of
its own would be more to write the more there is. Whoever reads a whole board sorts it.
"""

seekers = Table(
    "seekers",
    metadata,
    Column("server_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", ForeignKey("people.id"), primary_key=True),
    Column("channel_id", BigInteger, nullable=False),
    Column("level", String(16), nullable=False),
    Column("days", String(16), nullable=False),
    Column("first_hour", Integer, nullable=False),
    Column("last_hour", Integer, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("since", Moment, nullable=False),
    Index(None, "user_id"),
)
"""People who look for a partner for a peer interview."""

# Practicing alone

daily_subscriptions = Table(
    "daily_subscriptions",
    metadata,
    Column("user_id", ForeignKey("people.id"), primary_key=True),
    Column("hour", Integer, nullable=False),
    Column("minute", Integer, nullable=False),
    Column("days", Integer, nullable=False),
    Column("kinds", String(120), nullable=False),
    Column("count", Integer, nullable=False),
    Column("level", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("paused_until", Date),
    Column("server_id", BigInteger),
    Column("fallback_channel_id", BigInteger),
    Column("dm_channel_id", BigInteger),
    Column("next_at", Moment),
    Column("unanswered", Integer, nullable=False, server_default=text("0")),
    Column("slow_asked", Boolean, nullable=False, server_default=text("0")),
    Column("notice", Text),
    Column("created_at", Moment, nullable=False),
    Index(None, "next_at"),
)
"""Who gets a daily question, and when: `days` has a bit for each weekday (1 is Monday), `next_at` is None while nothing
comes, `notice` is told at the person's next command."""

daily_deliveries = Table(
    "daily_deliveries",
    metadata,
    Column("user_id", ForeignKey("people.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("due_at", Moment, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", String(32)),
    Column("round_id", ForeignKey("rounds.id", ondelete="SET NULL")),
    Column("at", Moment, nullable=False),
    Index(None, "status", "due_at"),
    Index(None, "round_id"),
)
"""One row a person and day of theirs, so that no day comes twice; a day that was skipped says why."""

review_cards = Table(
    "review_cards",
    metadata,
    Column("user_id", ForeignKey("people.id"), primary_key=True),
    Column("question_id", String(120), primary_key=True),
    Column("point", String(64), primary_key=True),
    Column("topic", String(80), nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("lapses", Integer, nullable=False),
    Column("missed_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "user_id", "due_at"),
)
"""What somebody missed and is to meet again: a key point, or ('') a whole question. `state` is the scheduler's."""

streak_freezes = Table(
    "streak_freezes",
    metadata,
    Column("user_id", ForeignKey("people.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("told", Boolean, nullable=False),
)
"""Days without practice that did not end a streak."""

plans = Table(
    "plans",
    metadata,
    Column("user_id", ForeignKey("people.id"), primary_key=True),
    Column("role", String(80), nullable=False),
    Column("level", String(16), nullable=False),
    Column("target", Date, nullable=False),
    Column("hours", Float, nullable=False),
    Column("emphasis", Text, nullable=False),
    Column("updated_at", Moment, nullable=False),
)
"""What somebody prepares for; `emphasis` holds the topics that a job description names (JSON)."""

# Caring for questions. A server's own questions; with `server_id` 0, the bot owner's versions of shipped ones.

server_questions = Table(
    "server_questions",
    metadata,
    Column("id", String(140), primary_key=True),
    Column("server_id", BigInteger, nullable=False),
    Column("file_id", String(120), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("author_id", BigInteger),
    Column("self_approved", Boolean, nullable=False, server_default=text("0")),
    Column("reason", Text),
    Column("once_tried", String(16)),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("server_id", "file_id"),
    Index(None, "server_id", "state"),
    Index(None, "author_id"),
)
"""`id` is unique in the bot, `file_id` in the server and its files. States: beta, active, retired, quarantined, and
`reason` says why. `once_tried`: it was imported untried, and has this state once the lab has found nothing wrong.
What is not published yet is a draft."""

server_question_versions = Table(
    "server_question_versions",
    metadata,
    Column("id", ForeignKey("server_questions.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("author_id", BigInteger),
    Column("approved_by", BigInteger),
    Column("reason", Text, nullable=False),
    Column("lab", Text),
    Column("at", Moment, nullable=False),
    Index(None, "author_id"),
)
"""`body` is the text of the question's file; a version never changes."""

question_drafts = Table(
    "question_drafts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("server_id", BigInteger, nullable=False),
    Column("author_id", ForeignKey("people.id"), nullable=False),
    Column("question_id", String(140)),
    Column("kind", String(24), nullable=False),
    Column("state", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("lab", Text),
    Column("note", Text),
    Column("channel_id", BigInteger),
    Column("message_id", BigInteger),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "server_id", "state"),
    Index(None, "author_id"),
    sqlite_autoincrement=True,
)
"""Questions in the making: state draft, review or returned (with a `note`); `question_id` of one that is being changed;
`body` the fields as JSON, or a whole file."""

switched_off = Table(
    "switched_off",
    metadata,
    Column("server_id", BigInteger, primary_key=True, autoincrement=False),
    Column("what", String(140), primary_key=True),
    Column("by", BigInteger),
    Column("at", Moment, nullable=False),
)
"""Tracks and shipped questions that a server does not want."""

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("server_id", BigInteger, nullable=False),
    Column("user_id", BigInteger),
    Column("action", String(32), nullable=False),
    Column("subject", String(140), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "server_id", "id"),
    Index(None, "user_id"),
    sqlite_autoincrement=True,
)

appeals = Table(
    "appeals",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("server_id", BigInteger, nullable=False),
    Column("user_id", ForeignKey("people.id"), nullable=False),
    Column("round_id", ForeignKey("rounds.id", ondelete="SET NULL")),
    Column("attempt_id", ForeignKey("attempts.id", ondelete="SET NULL")),
    Column("question_id", String(140), nullable=False),
    Column("question_version", Integer, nullable=False),
    Column("point", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("note", Text),
    Column("decided_by", BigInteger),
    Column("decided_at", Moment),
    Column("told", Boolean, nullable=False, server_default=text("0")),
    Column("at", Moment, nullable=False),
    UniqueConstraint("attempt_id", "point"),
    Index(None, "server_id", "state"),
    Index(None, "question_id"),
    Index(None, "user_id"),
    sqlite_autoincrement=True,
)
"""What candidates say was right; `server_id` 0 is the bot owner's queue. States: open, upheld, declined."""

regrades = Table(
    "regrades",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("question_id", String(140), nullable=False),
    Column("version", Integer, nullable=False),
    Column("after_round", BigInteger, nullable=False, server_default=text("0")),
    Column("changed", Integer, nullable=False, server_default=text("0")),
    Column("done", Boolean, nullable=False, server_default=text("0")),
    Column("at", Moment, nullable=False),
    Index(None, "done"),
    sqlite_autoincrement=True,
)
"""Stored answers that are graded again by a new version of their question; `after_round` is how far that has come."""

notices = Table(
    "notices",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("user_id", ForeignKey("people.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("server_id", BigInteger),
    Index(None, "user_id"),
    sqlite_autoincrement=True,
)
"""What somebody is told at their next command; with a `server_id` only as a moderator of that server, at the next one
there (0: as an owner of the bot)."""
