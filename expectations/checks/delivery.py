"""Checks of deliveries: complete by the ledger, in time, mostly accepted, of a plausible size."""

from __future__ import annotations

from collections.abc import Iterator

from expectations.check import Assertion, Check, critical, warning
from livelihood.contracts import Contract, load_contracts

# Shares of rejected records: above the first they are reported, above the second the indicators are
# too low to be published. Fewer records than the minimum are not significant.
REJECTED_WARNING_PCT = 2
REJECTED_CRITICAL_PCT = 20
MIN_RECORDS_WARNING = 100
MIN_RECORDS_CRITICAL = 1000
# New records compared with all earlier ones: more suggests that a history was sent twice.
GROWTH_LIMIT_PCT = 100
MIN_RECORDS_GROWTH = 10_000


def delivery_checks() -> tuple[Check, ...]:
    """Return the checks of all streams, in the order of the contracts."""
    return tuple(check for contract in load_contracts().values() for check in _checks(contract))


def _checks(contract: Contract) -> Iterator[Check]:
    yield _complete(contract)
    yield _fresh(contract)
    yield _mostly_accepted(contract)
    yield _rejected(contract)
    yield _volume(contract)


def _complete(contract: Contract) -> Check:
    # One statement sees one snapshot, so a load that commits meanwhile is in both counts or in
    # neither. A replayed row carries the id of its replay, so with replays the sum is an upper
    # bound.
    stream = contract.name
    sql = f"""
        with landed as (
            select count(*) as landed_rows from landing.{stream} where _load_id > :{stream}_released
        ),
        logged as (
            select
                coalesce(sum(records), 0) as all_records,
                coalesce(sum(records) filter (where kind = 'load'), 0) as loaded_records
            from ops.load where stream = '{stream}' and load_id > :{stream}_released
        )
        select
            landed_rows || ' rows landed, ' || all_records || ' logged' as observed,
            landed_rows between loaded_records and all_records as success
        from landed, logged"""
    return critical(
        f"delivery.{stream}.booked",
        f"landing.{stream}",
        Assertion(sql),
        title=f"New loads of {stream} inserted every record they logged",
        title_zh=f"{contract.title_zh}：落地行数与装载台账一致",
        expected="rows landed = records logged in ops.load",
        message="Rows were inserted into landing or deleted from it outside a load: find out by "
        "whom and restore what ops.load records before the next build.",
        stream=stream,
    )


def _fresh(contract: Contract) -> Check:
    # Without new loads, the newest load counts.
    stream = contract.name
    sql = f"""
        select
            coalesce('newest record of ' || max(recorded_at)::date, 'nothing landed') as observed,
            max(recorded_at)::date
                >= cast(:as_of_date as date) - {contract.freshness_days} as success
        from landing.{stream}
        where _load_id >= least(
            :{stream}_released + 1,
            (select max(load_id) from ops.load where stream = '{stream}' and records > 0)
        )"""
    return warning(
        f"delivery.{stream}.fresh",
        f"landing.{stream}",
        Assertion(sql),
        title=f"The newest record of {stream} is at most {contract.freshness_days} days old",
        title_zh=f"{contract.title_zh}：数据时效",
        expected=f"recorded within {contract.freshness_days} days of the as-of date",
        message=f"{contract.owner} has not delivered in time, and indicators of the last months "
        "are incomplete: ask for the missing delivery.",
    )


def _share(stream: str, limit_pct: int, min_records: int) -> Assertion:
    return Assertion(f"""
        with loads as (
            select
                coalesce(sum(rejected + overflowed), 0) as rejected,
                coalesce(sum(records + rejected + overflowed), 0) as received
            from ops.load
            where stream = '{stream}' and kind = 'load'
                and load_id > :{stream}_released and load_id <= :{stream}_horizon
        )
        select
            rejected || ' of ' || received || ' rejected' as observed,
            received < {min_records} or rejected * 100 <= received * {limit_pct} as success
        from loads""")


def _mostly_accepted(contract: Contract) -> Check:
    return critical(
        f"delivery.{contract.name}.quarantine_flood",
        "ops.load",
        _share(contract.name, REJECTED_CRITICAL_PCT, MIN_RECORDS_CRITICAL),
        title=f"At least {100 - REJECTED_CRITICAL_PCT} % of the new records of {contract.name} "
        "were accepted",
        title_zh=f"{contract.title_zh}：未被大量隔离",
        expected=f"rejected <= {REJECTED_CRITICAL_PCT} %, for {MIN_RECORDS_CRITICAL} records or "
        "more",
        message="So many records are in quarantine that every indicator is too low: read the "
        f"reasons in ops.quarantine, correct the cause, run `livelihood replay {contract.name}` "
        "and build again.",
        stream=contract.name,
        is_acceptable=True,
    )


def _rejected(contract: Contract) -> Check:
    return warning(
        f"delivery.{contract.name}.quarantine_share",
        "ops.load",
        _share(contract.name, REJECTED_WARNING_PCT, MIN_RECORDS_WARNING),
        title=f"At most {REJECTED_WARNING_PCT} % of the new records of {contract.name} "
        "were rejected",
        title_zh=f"{contract.title_zh}：隔离比例",
        expected=f"rejected <= {REJECTED_WARNING_PCT} %, from {MIN_RECORDS_WARNING} records",
        message="Read the reasons in ops.quarantine, inform the owner of the source, and load "
        f"the records with `livelihood replay {contract.name}` once the cause is removed.",
        stream=contract.name,
    )


def _volume(contract: Contract) -> Check:
    stream = contract.name
    sql = f"""
        with loads as (
            select
                coalesce(sum(records) filter (where load_id <= :{stream}_released), 0)
                    as earlier_records,
                coalesce(sum(records) filter (where load_id > :{stream}_released), 0) as new_records
            from ops.load where stream = '{stream}' and load_id <= :{stream}_horizon
        )
        select
            new_records || ' new records, ' || earlier_records || ' before' as observed,
            new_records < {MIN_RECORDS_GROWTH}
                or new_records * 100 <= earlier_records * {GROWTH_LIMIT_PCT} as success
        from loads"""
    return warning(
        f"delivery.{stream}.volume",
        "ops.load",
        Assertion(sql),
        title=f"{stream} did not grow by more than {GROWTH_LIMIT_PCT} % in one release",
        title_zh=f"{contract.title_zh}：新增数据量正常",
        expected=f"new records <= {GROWTH_LIMIT_PCT} % of those before, "
        f"from {MIN_RECORDS_GROWTH} records",
        message="A source may have sent its whole history again: ask its owner. Equal records "
        "change no indicator, and after an intended backfill there is nothing to do.",
        stream=stream,
        needs_release=True,
    )
