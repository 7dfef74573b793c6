"""The registry of source systems, with the sources whose records have landed."""

from alembic import op
from sqlalchemy import text

revision = "0007"
down_revision = "0006"

TABLES = """
create table ops.source (
    source_system text collate "C" primary key,
    title text not null,
    streams text[] collate "C" not null,
    -- Empty: every region.
    region_codes text[] collate "C" not null,
    registered_at timestamptz not null default clock_timestamp(),
    registered_by text not null,
    retired_at timestamptz
);
create table ops.source_key (
    source_system text collate "C" not null references ops.source,
    key_version integer not null,
    -- Null until the first record with a fingerprint has arrived.
    fingerprint text collate "C",
    -- Null: unbounded. Compared with the time at which a record was sent.
    valid_from timestamptz,
    valid_to timestamptz,
    registered_at timestamptz not null default clock_timestamp(),
    registered_by text not null,
    unique nulls not distinct (source_system, key_version, fingerprint)
);
"""
STREAMS = """
select table_name from information_schema.columns
where table_schema = 'landing' and column_name in ('source_system', 'token_key_version')
group by table_name having count(*) = 2 order by table_name
"""
# Earlier versions sent no fingerprint: it becomes known with the first record that has one.
LANDED = """
with landed as (
    select source_system, token_key_version from landing."{stream}" group by 1, 2
),
source as (
    insert into ops.source (source_system, title, streams, region_codes, registered_by)
    select distinct source_system, '', array['{stream}'], array[]::text[], 'upgrade' from landed
    on conflict (source_system) do update set streams = source.streams || excluded.streams
)
insert into ops.source_key (source_system, key_version, registered_by)
select source_system, token_key_version, 'upgrade' from landed
on conflict do nothing
"""


def upgrade() -> None:
    """Create the tables and register the sources of all landed records."""
    op.execute(TABLES)
    for (stream,) in op.get_bind().execute(text(STREAMS)).fetchall():
        op.execute(LANDED.format(stream=stream))
