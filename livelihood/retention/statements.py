"""The SQL statements of retention."""

from __future__ import annotations

from psycopg import sql

VINTAGES = r"""
    select relname from pg_class
    where relnamespace = 'published'::regnamespace and relkind = 'r' and relname like '%\_vintages'
    order by relname"""

VINTAGE_ROWS = sql.SQL("delete from {} where to_release <= %s")

# A landed row may be deleted if another row of its record (`identity`: rows of another system or
# entity replace nothing) outranks it, in the order of record_revisions.sql, if both are built and
# published (load id up to `settled`), if the later of the two is old enough (`expired`), and if no
# readable release (`readable`, by newest load) was published between the two: no figure depends on
# it then, and none ever will. The highest row stays, even if it withdraws the record: without it a
# repeated older row would count again.
SUPERSEDED = sql.SQL("""
    with ranked as (
        select _partition, _offset, {identity}, _load_id,
            min(_load_id) over (
                partition by {identity}
                order by revision desc, recorded_at desc, _produced_at desc, _partition desc,
                    _offset desc
                rows between unbounded preceding and 1 preceding
            ) as outranked_in
        from {landing}
        where _load_id <= %(settled)s
    ),
    removable as (
        select ranked.* from ranked
        where outranked_in is not null
            and greatest(_load_id, outranked_in) = any(%(expired)s::bigint[])
            and not exists (
                select 1 from unnest(%(readable)s::bigint[]) as release (load_id)
                where release.load_id >= ranked._load_id
                    and release.load_id < ranked.outranked_in)
    ),
    -- The record model has a copy of every revision, which must equal landing.
    from_record as (
        delete from {record} as copy using removable
        where ({copy_identity}) = ({removable_identity})
            and copy._partition = removable._partition and copy._offset = removable._offset
    ),
    from_landing as (
        delete from {landing} as landed using removable
        where landed._partition = removable._partition and landed._offset = removable._offset
            and landed.{entity} = removable.{entity}
        returning 1
    )
    select count(*) from from_landing""")

QUARANTINE = """
    delete from ops.quarantine where quarantined_at < now() - make_interval(days => %s)"""
