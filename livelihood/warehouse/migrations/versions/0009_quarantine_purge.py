"""Purges of the quarantine: bytes of messages are deleted, their positions stay and are recorded.

The function is the only way in which the role that reads the quarantine can change it, so it cannot
replace a message, and every purge is recorded.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLE = """
alter table ops.quarantine add column purged_at timestamptz,
    add check (purged_at is null or (key is null and value is null));
create table ops.quarantine_purge (
    purge_id bigint generated always as identity primary key,
    stream text collate "C" not null,
    -- What was selected; null: everything.
    code text,
    before timestamptz,
    partition integer,
    "offset" bigint,
    purged_by text not null check (purged_by <> ''),
    reason text not null check (reason <> ''),
    messages bigint not null,
    bytes bigint not null,
    -- First offset, and the one after the last, by partition.
    offsets jsonb not null,
    login text not null,
    purged_at timestamptz not null default clock_timestamp()
);
"""
FUNCTION = """
create function ops.purge_quarantine(
    in_stream text, in_code text, in_before timestamptz, in_partition integer, in_offset bigint,
    in_by text, in_reason text
) returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
    with chosen as materialized (
        select quarantine_id, partition, "offset",
            coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) as bytes
        from ops.quarantine
        where stream = in_stream and purged_at is null
            and (in_code is null or exists (
                select 1 from unnest(reasons) as why where split_part(why, ':', 1) = in_code))
            and (in_before is null or quarantined_at < in_before)
            and (in_partition is null or partition = in_partition)
            and (in_offset is null or "offset" = in_offset)
        for update
    ),
    purged as (
        update ops.quarantine set key = null, value = null, purged_at = clock_timestamp()
        from chosen where quarantine.quarantine_id = chosen.quarantine_id
    ),
    ranges as (
        select partition, min("offset") as from_offset, max("offset") + 1 as to_offset,
            count(*) as messages, sum(bytes) as bytes
        from chosen group by partition
    )
    insert into ops.quarantine_purge (stream, code, before, partition, "offset", purged_by, reason,
        messages, bytes, offsets, login)
    select in_stream, in_code, in_before, in_partition, in_offset, in_by, in_reason,
        sum(messages), sum(bytes),
        jsonb_object_agg(partition, jsonb_build_array(from_offset, to_offset)), session_user
    from ranges having count(*) > 0
    returning purge_id
$$;
revoke execute on function ops.purge_quarantine from public;
"""


def upgrade() -> None:
    """Add the mark of a purged message, the record of purges, and the function that purges."""
    op.execute(TABLE)
    op.execute(FUNCTION)
