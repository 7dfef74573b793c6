"""Checks of what landed, derived from the contracts: one family for every stream.

They look at the rows of the loads since the last release, so their cost follows what is new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from expectations.check import Check, Measure, NoRows, Rows
from livelihood.contracts import Column, Contract, load_contracts

KEYS = ("record_id", "revision", "_partition", "_offset")

# Shares of rejected records: above the first people should look, above the second the figures
# are too low to be shown. A handful of records says nothing about either.
REJECTED_WARNING_PCT = 2
REJECTED_CRITICAL_PCT = 20
FEWEST_RECORDS_WARNING = 100
FEWEST_RECORDS_CRITICAL = 1000
# New records against all that came before: more looks like a history sent a second time.
GROWTH_LIMIT_PCT = 100
FEWEST_RECORDS_GROWTH = 10_000


def landing_checks() -> tuple[Check, ...]:
    """The checks of all streams, in the order of the contracts."""
    return tuple(check for contract in load_contracts().values() for check in _checks(contract))


def _checks(contract: Contract) -> Iterator[Check]:
    yield _booked(contract)
    yield _complete(contract)
    yield _allowed_values(contract)
    yield _bounds(contract)
    yield _tokens(contract)
    yield from _references(contract)
    yield _fresh(contract)
    yield _recorded_before_produced(contract)
    yield _rejected(contract, "quarantine_flood", REJECTED_CRITICAL_PCT, FEWEST_RECORDS_CRITICAL)
    yield _rejected(contract, "quarantine_share", REJECTED_WARNING_PCT, FEWEST_RECORDS_WARNING)
    yield _growth(contract)


def _rows(expectation: str, column: Column, **arguments: Any) -> Rows:
    return Rows(expectation, {"column": column.name, **arguments}, KEYS, column.personal)


def _check(contract: Contract, name: str, severity: Any, **fields: Any) -> Check:
    title_zh = f"{contract.title_zh}：{fields.pop('title_zh')}"
    return Check(
        id=f"landing.{contract.name}.{name}",
        severity=severity,
        table=f"landing.{contract.name}",
        title_zh=title_zh,
        stream=contract.name,
        **fields,
    )


def _booked(contract: Contract) -> Check:
    # One statement sees one snapshot, so a load that commits meanwhile is in both or in neither.
    # A row that was replayed carries its newest load: with replays the bookkeeping is a ceiling.
    sql = f"""
        with landed as (
            select count(*) as landed_rows from landing.{contract.name}
            where _load_id > :{contract.name}_released
        ),
        booked as (
            select
                coalesce(sum(records), 0) as all_records,
                coalesce(sum(records) filter (where kind = 'load'), 0) as loaded_records
            from ops.load
            where stream = '{contract.name}' and load_id > :{contract.name}_released
        )
        select
            landed_rows || ' rows landed, ' || all_records || ' booked' as observed,
            landed_rows between loaded_records and all_records as success
        from landed, booked"""  # noqa: S608
    return _check(
        contract,
        "booked",
        "critical",
        title=f"New loads of {contract.name} landed every record they booked",
        title_zh="落地行数与装载台账一致",
        expected="rows landed = records booked in ops.load",
        message="Rows were written or deleted in landing outside a load: find out who did it, then "
        f"replay the loads named in ops.load with `livelihood replay {contract.name}`.",
        rules=(Measure(sql),),
    )


def _complete(contract: Contract) -> Check:
    return _check(
        contract,
        "complete",
        "critical",
        title=f"Required columns of {contract.name} are filled",
        title_zh="必填字段完整",
        expected="no null in a required column",
        message="The landing table took a null its contract forbids: compare the table with the "
        "contract (`livelihood migrate`), correct the source and replay the loads.",
        rules=tuple(
            _rows("ExpectColumnValuesToNotBeNull", column)
            for column in contract.columns
            if column.required
        ),
    )


def _allowed_values(contract: Contract) -> Check:
    return _check(
        contract,
        "allowed_values",
        "critical",
        title=f"Coded columns of {contract.name} hold declared values",
        title_zh="代码值在允许范围内",
        expected="only values the contract lists",
        message="A value the contract does not list has landed: if it is meant, release a new "
        "contract version that lists it; if not, correct the source and replay.",
        rules=tuple(
            _rows("ExpectColumnValuesToBeInSet", column, value_set=list(column.valid_values))
            for column in contract.columns
            if column.valid_values
        ),
    )


def _bounds(contract: Contract) -> Check:
    return _check(
        contract,
        "bounds",
        "critical",
        title=f"Numbers and dates of {contract.name} lie within their bounds",
        title_zh="数值与日期在界限内",
        expected="minimum <= value <= maximum of the contract",
        message="An amount or date is outside what the contract allows: correct it at the source "
        "and send the record again with a higher revision.",
        rules=tuple(
            _rows(
                "ExpectColumnValuesToBeBetween",
                column,
                min_value=column.minimum,
                max_value=column.maximum,
            )
            for column in contract.columns
            if column.minimum is not None or column.maximum is not None
        ),
    )


def _tokens(contract: Contract) -> Check:
    # The length is enough, and ten times cheaper than the pattern on a million rows: identity
    # numbers, names, telephone and account numbers are all shorter than a token.
    lengths = {
        column: int(found.group(1))
        for column in contract.columns
        if column.personal and (found := re.search(r"\{(\d+)\}", column.pattern or ""))
    }
    return _check(
        contract,
        "tokens",
        "critical",
        title=f"Personal columns of {contract.name} hold tokens, never identifiers",
        title_zh="个人标识已令牌化",
        expected="every value as long as a token",
        message="A plain identifier may have landed: stop the producer, delete the rows and the "
        "Kafka records, and send them again through `python -m producers send`, which tokenises.",
        rules=tuple(
            _rows("ExpectColumnValueLengthsToEqual", column, value=length)
            for column, length in lengths.items()
        ),
    )


def _references(contract: Contract) -> Iterator[Check]:
    for column in contract.columns:
        if column.reference != "regions.region_code":
            continue
        sql = f"""
            select landed.{column.name}, count(*) as rows_landed
            from landing.{contract.name} as landed
            left join marts.dim_region as region on region.region_code = landed.{column.name}
            where landed._load_id > :{contract.name}_released and region.region_code is null
            group by 1"""  # noqa: S608
        yield _check(
            contract,
            "regions_known",
            "critical",
            title=f"Every {column.name} of {contract.name} is in the region tree",
            title_zh="区划代码在区划树内",
            expected="no unknown code",
            message="Records of a division that no roll-up contains would be missing from every "
            "figure: add the division to seeds/regions.csv or correct the source, then replay.",
            rules=(NoRows(sql),),
        )


def _fresh(contract: Contract) -> Check:
    # Without new loads the newest one speaks for the stream.
    sql = f"""
        select
            coalesce(max(recorded_at)::date::text, 'nothing landed') as observed,
            max(recorded_at)::date
            >= cast(:as_of_date as date) - {contract.freshness_days} as success
        from landing.{contract.name}
        where _load_id > :{contract.name}_released or _load_id = (
            select max(load_id) from ops.load where stream = '{contract.name}' and records > 0
        )"""  # noqa: S608
    check = _check(
        contract,
        "fresh",
        "warning",
        title=f"The newest record of {contract.name} is at most {contract.freshness_days} days old",
        title_zh="数据时效",
        expected=f"recorded within {contract.freshness_days} days of the as-of date",
        message=f"{contract.owner} has not delivered in time: ask for the missing delivery; "
        "figures of the last months are incomplete until it arrives.",
        rules=(Measure(sql),),
    )
    return Check(**{**check.__dict__, "stream": None})


def _recorded_before_produced(contract: Contract) -> Check:
    rule = Rows(
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {"column_A": "_produced_at", "column_B": "recorded_at", "or_equal": True},
        KEYS,
    )
    return _check(
        contract,
        "clock",
        "warning",
        title=f"Records of {contract.name} were recorded before they were sent",
        title_zh="登记时间不晚于发送时间",
        expected="recorded_at <= time of the Kafka record",
        message="The clock of the source system runs ahead, or it writes local time as UTC; with "
        "equal revisions the wrong record may win. Ask the owner of the source to correct it.",
        rules=(rule,),
    )


def _rejected(contract: Contract, name: str, limit_pct: int, fewest: int) -> Check:
    critical = name == "quarantine_flood"
    sql = f"""
        with loads as (
            select coalesce(sum(rejected), 0) as rejected,
                coalesce(sum(records + rejected), 0) as received
            from ops.load
            where stream = '{contract.name}' and kind = 'load'
                and load_id > :{contract.name}_released and load_id <= :{contract.name}_horizon
        )
        select rejected || ' of ' || received || ' rejected' as observed,
            received < {fewest} or rejected * 100 <= received * {limit_pct} as success
        from loads"""  # noqa: S608
    return _check(
        contract,
        name,
        "critical" if critical else "warning",
        title=f"At most {limit_pct} % of the new records of {contract.name} were rejected",
        title_zh="隔离比例过高" if critical else "隔离比例",
        expected=f"rejected <= {limit_pct} % of {fewest} records or more",
        message="See the reasons in ops.quarantine (`livelihood status`), correct the source or "
        f"the contract, then bring the records in with `livelihood replay {contract.name}`.",
        rules=(Measure(sql),),
    )


def _growth(contract: Contract) -> Check:
    sql = f"""
        with loads as (
            select
                coalesce(sum(records) filter (where load_id <= :{contract.name}_released), 0)
                    as before,
                coalesce(sum(records) filter (where load_id > :{contract.name}_released), 0)
                    as since
            from ops.load
            where stream = '{contract.name}' and load_id <= :{contract.name}_horizon
        )
        select since || ' new on ' || before as observed,
            since < {FEWEST_RECORDS_GROWTH} or since * 100 <= before * {GROWTH_LIMIT_PCT} as success
        from loads"""  # noqa: S608
    return _check(
        contract,
        "volume",
        "warning",
        title=f"{contract.name} did not grow by more than {GROWTH_LIMIT_PCT} % in one release",
        title_zh="新增数据量正常",
        expected=f"new records <= {GROWTH_LIMIT_PCT} % of all before",
        message="A source may have sent its whole history again. Equal records change no figure, "
        "but ask the producer; after an intended backfill there is nothing to do.",
        rules=(Measure(sql),),
        compares=True,
    )
