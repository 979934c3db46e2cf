"""The store: SQLAlchemy Core on SQLite. Functions take a connection and return frozen rows; no SQL elsewhere."""
