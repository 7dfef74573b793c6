"""Checks of landed records against their contracts, one set per stream.

They read only the rows of the loads since the last release, so their cost follows the new rows, and
all columns of a stream in one scan, because an expectation per column costs more than its SQL.
"""

from __future__ import annotations

from collections.abc import Iterator

from expectations.check import Check, ColumnScan, critical, warning
from expectations.checks import violations
from livelihood.contracts import Contract, load_contracts


def landing_checks() -> tuple[Check, ...]:
    """Return the checks of all streams, in the order of the contracts."""
    return tuple(check for contract in load_contracts().values() for check in _checks(contract))


def _checks(contract: Contract) -> Iterator[Check]:
    declared = {
        "complete": (_complete, violations.missing_values(contract)),
        "allowed_values": (_allowed_values, violations.invalid_values(contract)),
        "bounds": (_bounds, violations.values_out_of_bounds(contract)),
        "tokens": (_tokens, violations.invalid_tokens(contract)),
        "regions_known": (_regions_known, violations.unknown_regions(contract)),
        "clock": (_clock, violations.recorded_after_sent(contract)),
    }
    scan_sql = violations.scan_sql(contract, {name: sql for name, (_, sql) in declared.items()})
    for name, (declare, conditions) in declared.items():
        detail_sql = violations.detail_sql(contract, conditions)
        yield declare(contract, ColumnScan(scan_sql, name, detail_sql))


def _complete(contract: Contract, rule: ColumnScan) -> Check:
    return critical(
        f"landing.{contract.name}.complete",
        f"landing.{contract.name}",
        rule,
        title=f"Required columns of {contract.name} are filled",
        title_zh=f"{contract.title_zh}：必填字段完整",
        expected="no null in a required column",
        message="The landing table contains a null that its contract forbids: compare the table "
        "with the contract (`livelihood migrate`), correct the source and send the records again.",
        stream=contract.name,
        is_acceptable=True,
    )


def _allowed_values(contract: Contract, rule: ColumnScan) -> Check:
    return critical(
        f"landing.{contract.name}.allowed_values",
        f"landing.{contract.name}",
        rule,
        title=f"Coded columns of {contract.name} contain only declared values",
        title_zh=f"{contract.title_zh}：代码值在允许范围内",
        expected="only values that the contract lists",
        message="A value that the contract does not list has landed. If it is correct, release a "
        "contract version that lists it; if not, correct the source and send a higher revision.",
        stream=contract.name,
    )


def _bounds(contract: Contract, rule: ColumnScan) -> Check:
    return critical(
        f"landing.{contract.name}.bounds",
        f"landing.{contract.name}",
        rule,
        title=f"Numbers and dates of {contract.name} are within their bounds",
        title_zh=f"{contract.title_zh}：数值与日期在界限内",
        expected="minimum <= value <= maximum of the contract",
        message="An amount or date is outside the bounds of the contract: correct it at the "
        "source and send the record again with a higher revision.",
        stream=contract.name,
    )


def _tokens(contract: Contract, rule: ColumnScan) -> Check:
    return critical(
        f"landing.{contract.name}.tokens",
        f"landing.{contract.name}",
        rule,
        title=f"Personal columns of {contract.name} contain tokens, never identifiers",
        title_zh=f"{contract.title_zh}：个人标识已令牌化",
        expected="every value has the length of a token",
        message="A plain identifier may have landed: stop the producer, delete the rows and the "
        "Kafka records, and send them again with `livelihood send`, which tokenises "
        "them.",
        stream=contract.name,
    )


def _regions_known(contract: Contract, rule: ColumnScan) -> Check:
    return critical(
        f"landing.{contract.name}.regions_known",
        f"landing.{contract.name}",
        rule,
        title=f"Every region code in {contract.name} is in the region tree",
        title_zh=f"{contract.title_zh}：区划代码在区划树内",
        expected="no unknown code",
        message="Records of a region outside the tree are missing from every indicator: add the "
        "region to seeds/regions.csv, or correct the source.",
        stream=contract.name,
    )


def _clock(contract: Contract, rule: ColumnScan) -> Check:
    return warning(
        f"landing.{contract.name}.clock",
        f"landing.{contract.name}",
        rule,
        title=f"Records of {contract.name} were recorded before they were sent",
        title_zh=f"{contract.title_zh}：登记时间不晚于发送时间",
        expected="recorded_at <= time of the Kafka record",
        message="The clock of the source system is fast, or the system writes local time as UTC. "
        "Of equal revisions the wrong record may win: ask the owner of the source to correct it.",
        stream=contract.name,
    )
