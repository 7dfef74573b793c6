"""Tables of failed loads and of rejected messages that were only counted."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = """
create table ops.load_failure (
    stream text collate "C" primary key,
    -- The kind of error and the line of code, never a value.
    failure text not null,
    times integer not null default 1,
    failed_at timestamptz not null default clock_timestamp()
);
create table ops.quarantine_overflow (
    load_id bigint not null,
    stream text collate "C" not null,
    code text collate "C" not null,
    partition integer not null,
    from_offset bigint not null,
    to_offset bigint not null,
    messages bigint not null,
    bytes bigint not null,
    counted_at timestamptz not null default now(),
    primary key (load_id, code, partition)
);
alter table ops.load add column overflowed bigint not null default 0;
-- The quota adds up the day of a stream.
create index quarantine_stream_day on ops.quarantine (stream, quarantined_at);
"""


def upgrade() -> None:
    """Create the tables, and the index that the quota of the quarantine reads."""
    op.execute(TABLES)
