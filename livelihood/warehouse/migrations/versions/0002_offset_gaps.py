"""Tables of stopped streams, and of the gaps accepted when they were resumed."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = """
create table ops.offset_gap (
    gap_id bigint generated always as identity primary key,
    stream text collate "C" not null,
    partition integer not null,
    kind text not null check (kind in ('retention', 'new_topic', 'shorter_topic', 'first_load')),
    from_offset bigint not null,
    to_offset bigint not null,
    -- Null where the number is unknown: the content of a deleted topic cannot be counted.
    missing_records bigint,
    topic_id text not null,
    -- Partition numbers of landed rows from from_offset were lowered by this; null: none moved.
    moved_by integer,
    decided_at timestamptz not null default clock_timestamp()
);
create index offset_gap_stream on ops.offset_gap (stream, decided_at);
create table ops.stream_stop (
    stream text collate "C" primary key,
    stopped_at timestamptz not null default clock_timestamp(),
    reason text not null
);
"""


def upgrade() -> None:
    """Create the tables of gaps and of stopped streams."""
    op.execute(TABLES)
