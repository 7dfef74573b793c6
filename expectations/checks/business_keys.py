"""Checks that no fact is current under two record ids, for streams whose contract has its key.

They compare records that changed since the last release with all current ones: a fact that was
counted twice in a release was reported then. One query serves the three checks of a stream.
"""

from __future__ import annotations

from collections.abc import Iterator

from expectations.check import Check, ColumnScan, critical, warning
from livelihood.contracts import Contract, load_contracts

# Facts that are repeated above both limits change the values visibly.
MAX_REPEATED_PERMILLE = 1
MAX_REPEATED_RECORDS = 9


def business_key_checks() -> tuple[Check, ...]:
    """Return the checks of all streams with a business key, in the order of the contracts."""
    contracts = load_contracts().values()
    return tuple(check for contract in contracts for check in _checks(contract))


def _checks(contract: Contract) -> Iterator[Check]:
    if not contract.business_key:
        return
    scan_sql = _scan_sql(contract)
    within, across = _detail_sql(contract), _detail_sql(contract, across_systems=True)
    yield _counted_twice(contract, ColumnScan(scan_sql, "many_repeated", within))
    yield _few_counted_twice(contract, ColumnScan(scan_sql, "few_repeated", within))
    yield _in_two_systems(contract, ColumnScan(scan_sql, "in_two_systems", across))


def _facts_sql(contract: Contract) -> str:
    """Return CTEs: changed current records, and the repeated facts among all current ones.

    Facts are compared by a hash of 64 bits, which groups a million records in memory, and then by
    their columns. Before the first release everything has changed.
    """
    columns = {column.name: column for column in contract.columns}
    key = ", ".join(contract.business_key)
    fact_hash = f"hash_record_extended(row({key}), 0)"
    # Without the optional columns the comparison with the changed records can use an index.
    required = ", ".join(name for name in contract.business_key if columns[name].required)
    records = f"intermediate.int_{contract.name}_records"
    released = f":{contract.name}_released"
    return f"""
        with changed as materialized (
            select {required}
            from {records}
            where is_current and _changed_load_id > {released}
        ),
        candidate as materialized (
            select {fact_hash} as fact
            from {records}
            where is_current and {released} = 0
            group by fact
            having count(*) > 1
            union all
            select {fact_hash} as fact
            from {records}
            where
                is_current and {released} <> 0
                and ({required}) in (select {required} from changed)
            group by fact
            having count(*) > 1 and max(_changed_load_id) > {released}
        ),
        fact as materialized (
            select
                {key}, source_system, count(*) as records, min(record_id) as first_record_id,
                max(record_id) as last_record_id, max(_changed_load_id) as changed_load_id
            from {records}
            where is_current and {fact_hash} in (select fact from candidate)
            group by {key}, source_system
        )"""


def _scan_sql(contract: Contract) -> str:
    """Return a query for one row: the number of violating records of each check."""
    released = f":{contract.name}_released"
    return f"""{_facts_sql(contract)},
        repeated as (
            select
                coalesce(sum(records - 1), 0) as records,
                coalesce(sum(records - 1), 0) > {MAX_REPEATED_RECORDS}
                and coalesce(sum(records - 1), 0) * 1000
                > {MAX_REPEATED_PERMILLE} * (select count(*) from changed) as are_many
            from fact
            where records > 1 and changed_load_id > {released}
        )
        select
            case when are_many then records else 0 end as many_repeated,
            case when are_many then 0 else records end as few_repeated,
            (
                select count(*) from (
                    select 1 from fact
                    group by {", ".join(contract.business_key)}
                    having count(*) > 1 and max(changed_load_id) > {released}
                ) as shared
            ) as in_two_systems
        from repeated"""


def _detail_sql(contract: Contract, *, across_systems: bool = False) -> str:
    """Return a query for the violating facts: their systems and two of their record ids."""
    group = contract.business_key if across_systems else (*contract.business_key, "source_system")
    counted = "count(*)" if across_systems else "sum(records)"
    return f"""{_facts_sql(contract)}
        select
            string_agg(source_system, ', ' order by source_system) as source_system,
            sum(records) as records, min(first_record_id) as record_id,
            max(last_record_id) as other_record_id
        from fact
        group by {", ".join(group)}
        having {counted} > 1 and max(changed_load_id) > :{contract.name}_released"""


def _counted_twice(contract: Contract, rule: ColumnScan) -> Check:
    return critical(
        f"business_keys.{contract.name}.counted_twice",
        f"intermediate.int_{contract.name}_records",
        rule,
        title=f"No facts of {contract.name} are counted twice",
        title_zh=f"{contract.title_zh}：同一事实未重复计数",
        expected=f"at most {MAX_REPEATED_RECORDS} new records, or {MAX_REPEATED_PERMILLE} in "
        f"1,000, repeat a fact ({', '.join(contract.business_key)}) under another record id",
        message="A source sent the same facts under new record ids, so they are counted twice: "
        "send its newest export with a mapping whose `key` identifies the facts, which replaces "
        "rows that were sent without one; or withdraw the records.",
        stream=contract.name,
        is_acceptable=True,
    )


def _few_counted_twice(contract: Contract, rule: ColumnScan) -> Check:
    return warning(
        f"business_keys.{contract.name}.repeated",
        f"intermediate.int_{contract.name}_records",
        rule,
        title=f"No single fact of {contract.name} has two record ids",
        title_zh=f"{contract.title_zh}：个别事实无重复编号",
        expected=f"no {', '.join(contract.business_key)} twice in one source system",
        message="A few facts are counted twice: ask the owner of the source to withdraw one record "
        "of each pair.",
        stream=contract.name,
    )


def _in_two_systems(contract: Contract, rule: ColumnScan) -> Check:
    return warning(
        f"business_keys.{contract.name}.two_systems",
        f"intermediate.int_{contract.name}_records",
        rule,
        title=f"No fact of {contract.name} comes from two source systems",
        title_zh=f"{contract.title_zh}：同一事实仅来自一个来源系统",
        expected=f"no {', '.join(contract.business_key)} in two source systems",
        message="Two systems report the same facts, and both are counted: decide which of them is "
        "to send these records, and withdraw those of the other.",
        stream=contract.name,
    )
