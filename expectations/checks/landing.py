"""What landed must be what the contracts promise: derived from them, one family per stream.

They look at the rows of the loads since the last release, so their cost follows what is new; and
all columns of a stream in one scan, because an expectation per column costs more than its SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from expectations.check import Check, NoRows, critical, warning
from livelihood.contracts import Column, Contract, load_contracts


def landing_checks() -> tuple[Check, ...]:
    """The checks of all streams, in the order of the contracts."""
    return tuple(check for contract in load_contracts().values() for check in _checks(contract))


def _checks(contract: Contract) -> Iterator[Check]:
    yield _complete(contract)
    yield _allowed_values(contract)
    yield _bounds(contract)
    yield _tokens(contract)
    yield from _references(contract)
    yield _clock(contract)


def _literal(text: object, physical_type: str = "text") -> str:
    # A backslash keeps the colons of a timestamp from being read as parameters.
    quoted = str(text).replace("'", "''").replace(":", r"\:")
    return f"cast('{quoted}' as {physical_type})"


def _new_rows_where(contract: Contract, problems: Mapping[str, str]) -> NoRows:
    """New rows that meet any of the conditions; `problems` maps condition to what to say of it."""
    said = ",\n                ".join(
        f"case when {condition} then {problem} end" for condition, problem in problems.items()
    )
    return NoRows(f"""
            select record_id, revision, _partition, _offset, concat_ws(
                '; ',
                {said}
            ) as problem
            from landing.{contract.name}
            where _load_id > :{contract.name}_released
                and ({" or ".join(problems)})""")


def _complete(contract: Contract) -> Check:
    problems = {
        f"{column.name} is null": f"'{column.name} is null'"
        for column in contract.columns
        if column.required
    }
    return critical(
        f"landing.{contract.name}.complete",
        f"landing.{contract.name}",
        _new_rows_where(contract, problems),
        title=f"Required columns of {contract.name} are filled",
        title_zh=f"{contract.title_zh}：必填字段完整",
        expected="no null in a required column",
        message="The landing table took a null its contract forbids: compare the table with the "
        "contract (`livelihood migrate`), correct the source and send the records again.",
        stream=contract.name,
    )


def _allowed_values(contract: Contract) -> Check:
    problems = {
        f"{column.name} not in ({', '.join(map(_literal, column.valid_values))})": (
            f"'{column.name} = ' || {column.name}"
        )
        for column in contract.columns
        if column.valid_values
    }
    return critical(
        f"landing.{contract.name}.allowed_values",
        f"landing.{contract.name}",
        _new_rows_where(contract, problems),
        title=f"Coded columns of {contract.name} hold declared values",
        title_zh=f"{contract.title_zh}：代码值在允许范围内",
        expected="only values the contract lists",
        message="A value the contract does not list has landed: if it is meant, release a contract "
        "version that lists it; if not, correct the source and send a higher revision.",
        stream=contract.name,
    )


def _outside(column: Column) -> str:
    limits = ((column.minimum, "<"), (column.maximum, ">"))
    return " or ".join(
        f"{column.name} {sign} {_literal(limit, column.physical_type)}"
        for limit, sign in limits
        if limit is not None
    )


def _bounds(contract: Contract) -> Check:
    problems = {
        f"({outside})": f"'{column.name} = ' || {column.name}"
        for column in contract.columns
        if (outside := _outside(column))
    }
    return critical(
        f"landing.{contract.name}.bounds",
        f"landing.{contract.name}",
        _new_rows_where(contract, problems),
        title=f"Numbers and dates of {contract.name} lie within their bounds",
        title_zh=f"{contract.title_zh}：数值与日期在界限内",
        expected="minimum <= value <= maximum of the contract",
        message="An amount or date is outside what the contract allows: correct it at the source "
        "and send the record again with a higher revision.",
        stream=contract.name,
    )


def _tokens(contract: Contract) -> Check:
    # The length is enough, and ten times cheaper than the pattern on a million rows: identity
    # numbers, names, telephone and account numbers are all shorter than a token. The value itself
    # never enters a report.
    lengths = {
        column.name: found.group(1)
        for column in contract.columns
        if column.personal and (found := re.search(r"\{(\d+)\}", column.pattern or ""))
    }
    problems = {
        f"octet_length({name}) <> {length}": f"'{name} has ' || octet_length({name}) || ' bytes'"
        for name, length in lengths.items()
    }
    return critical(
        f"landing.{contract.name}.tokens",
        f"landing.{contract.name}",
        _new_rows_where(contract, problems),
        title=f"Personal columns of {contract.name} hold tokens, never identifiers",
        title_zh=f"{contract.title_zh}：个人标识已令牌化",
        expected="every value as long as a token",
        message="A plain identifier may have landed: stop the producer, delete the rows and the "
        "Kafka records, and send them again through `python -m producers send`, which tokenises.",
        stream=contract.name,
    )


def _references(contract: Contract) -> Iterator[Check]:
    for column in contract.columns:
        if column.reference != "regions.region_code":
            continue
        sql = f"""
            with landed as (
                select {column.name}, count(*) as landed_rows
                from landing.{contract.name}
                where _load_id > :{contract.name}_released
                group by 1
            )
            select {column.name}, landed_rows
            from landed
            left join marts.dim_region as region on region.region_code = {column.name}
            where region.region_code is null"""
        yield critical(
            f"landing.{contract.name}.{column.name}_known",
            f"landing.{contract.name}",
            NoRows(sql),
            title=f"Every {column.name} of {contract.name} is in the region tree",
            title_zh=f"{contract.title_zh}：区划代码在区划树内",
            expected="no unknown code",
            message="Records of a division that no roll-up contains would be missing from every "
            "figure: add the division to seeds/regions.csv, or correct the source.",
            stream=contract.name,
        )


def _clock(contract: Contract) -> Check:
    problems = {
        "recorded_at > _produced_at": "'recorded ' || (recorded_at - _produced_at) || ' later'"
    }
    return warning(
        f"landing.{contract.name}.clock",
        f"landing.{contract.name}",
        _new_rows_where(contract, problems),
        title=f"Records of {contract.name} were recorded before they were sent",
        title_zh=f"{contract.title_zh}：登记时间不晚于发送时间",
        expected="recorded_at <= time of the Kafka record",
        message="The clock of the source system runs ahead, or it writes local time as UTC; with "
        "equal revisions the wrong record may win. Ask the owner of the source to correct it.",
        stream=contract.name,
    )
