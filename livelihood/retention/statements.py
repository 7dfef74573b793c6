"""The statements of retention."""

from __future__ import annotations

from psycopg import sql

FIRST_KEPT_RELEASE = """
    select min(release_id) from published.release
    where released_at >= now() - make_interval(days => %s)
        or release_id = (select max(release_id) from published.release)"""

# The release stays listed, with its versions, loads and verdict; its rows are gone.
MARK_RELEASES = """
    update published.release set rows_removed_at = now()
    where release_id < %s and rows_removed_at is null"""

VINTAGES = r"""
    select relname from pg_class
    where relnamespace = 'published'::regnamespace and relkind = 'r' and relname like '%\_vintages'
    order by relname"""

VINTAGE_ROWS = sql.SQL("delete from {} where to_release <= %s")

# A row may go when another of its record outranks it (the order is that of record_revisions.sql),
# when all of that is built and published, and when no kept release was made after it came and
# before the first row that outranks it: no figure rests on it then, and none ever will. The highest
# row stays, also when it takes the record back: without it a repeated older one would count again.
SUPERSEDED = sql.SQL("""
    with settled as (
        select least(
            (select min((horizon ->> %(stream)s)::bigint) from ops.build_watermark
                where schema_name = 'intermediate' and horizon ? %(stream)s),
            -- The gate still counts the rows of later loads.
            (select (horizon ->> %(stream)s)::bigint from published.release
                order by release_id desc limit 1)
        ) as load_id
    ),
    kept as (
        select coalesce((horizon ->> %(stream)s)::bigint, 0) as load_id
        from published.release where rows_removed_at is null
    ),
    ranked as (
        select _partition, _offset, record_id, _load_id,
            min(_load_id) over (
                partition by record_id
                order by revision desc, recorded_at desc, _produced_at desc, _partition desc,
                    _offset desc
                rows between unbounded preceding and 1 preceding
            ) as outranked_in
        from {landing}
        where _load_id <= (select load_id from settled)
    ),
    removable as (
        select ranked.* from ranked
        join ops.load arrival on arrival.load_id = greatest(_load_id, outranked_in)
        where outranked_in is not null
            and arrival.committed_at < now() - make_interval(days => %(days)s)
            and not exists (
                select 1 from kept
                where kept.load_id >= ranked._load_id and kept.load_id < ranked.outranked_in)
    ),
    -- The build keeps every revision as well, and its copy must say what landing says.
    from_record as (
        delete from {record} as held using removable
        where held.record_id = removable.record_id and held._partition = removable._partition
            and held._offset = removable._offset
    ),
    from_landing as (
        delete from {landing} as held using removable
        where held._partition = removable._partition and held._offset = removable._offset
        returning 1
    )
    select count(*) from from_landing""")

QUARANTINE = """
    delete from ops.quarantine where quarantined_at < now() - make_interval(days => %s)"""
