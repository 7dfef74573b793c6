"""What was delivered: complete by the bookkeeping, in time, mostly accepted, of a likely size."""

from __future__ import annotations

from collections.abc import Iterator

from expectations.check import Check, Measure, critical, warning
from livelihood.contracts import Contract, load_contracts

# Shares of rejected records: above the first people should look, above the second the figures
# are too low to be shown. A handful of records says nothing about either.
REJECTED_WARNING_PCT = 2
REJECTED_CRITICAL_PCT = 20
MIN_RECORDS_WARNING = 100
MIN_RECORDS_CRITICAL = 1000
# New records against all that came before: more looks like a history sent a second time.
GROWTH_LIMIT_PCT = 100
MIN_RECORDS_GROWTH = 10_000


def delivery_checks() -> tuple[Check, ...]:
    """The checks of all streams, in the order of the contracts."""
    return tuple(check for contract in load_contracts().values() for check in _checks(contract))


def _checks(contract: Contract) -> Iterator[Check]:
    yield _booked(contract)
    yield _fresh(contract)
    yield _flood(contract)
    yield _rejected(contract)
    yield _volume(contract)


def _booked(contract: Contract) -> Check:
    # One statement sees one snapshot, so a load that commits meanwhile is in both or in neither.
    # A row that was replayed carries its newest load: with replays the bookkeeping is a ceiling.
    stream = contract.name
    sql = f"""
        with landed as (
            select count(*) as landed_rows from landing.{stream} where _load_id > :{stream}_released
        ),
        booked as (
            select
                coalesce(sum(records), 0) as all_records,
                coalesce(sum(records) filter (where kind = 'load'), 0) as loaded_records
            from ops.load where stream = '{stream}' and load_id > :{stream}_released
        )
        select
            landed_rows || ' rows landed, ' || all_records || ' booked' as observed,
            landed_rows between loaded_records and all_records as success
        from landed, booked"""
    return critical(
        f"delivery.{stream}.booked",
        f"landing.{stream}",
        Measure(sql),
        title=f"New loads of {stream} landed every record they booked",
        title_zh=f"{contract.title_zh}：落地行数与装载台账一致",
        expected="rows landed = records booked in ops.load",
        message="Rows were written to landing or deleted from it outside a load: find out by whom, "
        "and bring the table back to what ops.load says before anything is built on it.",
        stream=stream,
    )


def _fresh(contract: Contract) -> Check:
    # Without new loads the newest one speaks for the stream.
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
        Measure(sql),
        title=f"The newest record of {stream} is at most {contract.freshness_days} days old",
        title_zh=f"{contract.title_zh}：数据时效",
        expected=f"recorded within {contract.freshness_days} days of the as-of date",
        message=f"{contract.owner} has not delivered in time: ask for the missing delivery; the "
        "figures of the last months are incomplete until it arrives.",
    )


def _share(stream: str, limit_pct: int, min_records: int) -> Measure:
    return Measure(f"""
        with loads as (
            select
                coalesce(sum(rejected), 0) as rejected,
                coalesce(sum(records + rejected), 0) as received
            from ops.load
            where stream = '{stream}' and kind = 'load'
                and load_id > :{stream}_released and load_id <= :{stream}_horizon
        )
        select
            rejected || ' of ' || received || ' rejected' as observed,
            received < {min_records} or rejected * 100 <= received * {limit_pct} as success
        from loads""")


def _flood(contract: Contract) -> Check:
    return critical(
        f"delivery.{contract.name}.quarantine_flood",
        "ops.load",
        _share(contract.name, REJECTED_CRITICAL_PCT, MIN_RECORDS_CRITICAL),
        title=f"At least {100 - REJECTED_CRITICAL_PCT} % of the new records of {contract.name} "
        "were accepted",
        title_zh=f"{contract.title_zh}：未被大量隔离",
        expected=f"rejected <= {REJECTED_CRITICAL_PCT} %, from {MIN_RECORDS_CRITICAL} records",
        message="So much is in quarantine that every figure is too low: read its reasons in "
        "ops.quarantine, correct the cause, then "
        f"`livelihood replay {contract.name}` and build again.",
        stream=contract.name,
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
        message="Read the reasons in ops.quarantine, tell the owner of the source, and bring the "
        f"records in with `livelihood replay {contract.name}` once the cause is gone.",
        stream=contract.name,
    )


def _volume(contract: Contract) -> Check:
    stream = contract.name
    sql = f"""
        with loads as (
            select
                coalesce(sum(records) filter (where load_id <= :{stream}_released), 0) as held,
                coalesce(sum(records) filter (where load_id > :{stream}_released), 0) as fresh
            from ops.load where stream = '{stream}' and load_id <= :{stream}_horizon
        )
        select
            fresh || ' new records on ' || held as observed,
            fresh < {MIN_RECORDS_GROWTH} or fresh * 100 <= held * {GROWTH_LIMIT_PCT} as success
        from loads"""
    return warning(
        f"delivery.{stream}.volume",
        "ops.load",
        Measure(sql),
        title=f"{stream} did not grow by more than {GROWTH_LIMIT_PCT} % in one release",
        title_zh=f"{contract.title_zh}：新增数据量正常",
        expected=f"new records <= {GROWTH_LIMIT_PCT} % of those before, "
        f"from {MIN_RECORDS_GROWTH} on",
        message="A source may have sent its whole history again. Equal records change no figure, "
        "but ask the producer; after an intended backfill there is nothing to do.",
        stream=stream,
        compares=True,
    )
