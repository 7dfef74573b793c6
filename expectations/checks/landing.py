"""What landed must be what the contracts promise: derived from them, one family per stream.

They look at the rows of the loads since the last release, so their cost follows what is new; and
at all columns of a stream in one scan, because an expectation per column costs more than its SQL.
"""

from __future__ import annotations

from collections.abc import Iterator

from expectations.check import Check, ColumnScan, critical, warning
from expectations.checks import violations
from livelihood.contracts import Contract, load_contracts


def landing_checks() -> tuple[Check, ...]:
    """The checks of all streams, in the order of the contracts."""
    return tuple(check for contract in load_contracts().values() for check in _checks(contract))


def _checks(contract: Contract) -> Iterator[Check]:
    kinds = {
        "complete": violations.nulls(contract),
        "allowed_values": violations.unlisted(contract),
        "bounds": violations.outside(contract),
        "tokens": violations.not_tokens(contract),
        "regions_known": violations.unknown_regions(contract),
        "clock": {
            "recorded_at > _produced_at": "'recorded ' || (recorded_at - _produced_at) || ' later'"
        },
    }
    scan_sql = violations.scan(contract, kinds)
    for name, found in kinds.items():
        yield _DECLARED[name](
            contract, ColumnScan(scan_sql, name, violations.sample(contract, found))
        )


def _complete(contract: Contract, rule: ColumnScan) -> Check:
    return critical(
        f"landing.{contract.name}.complete",
        f"landing.{contract.name}",
        rule,
        title=f"Required columns of {contract.name} are filled",
        title_zh=f"{contract.title_zh}：必填字段完整",
        expected="no null in a required column",
        message="The landing table took a null its contract forbids: compare the table with the "
        "contract (`livelihood migrate`), correct the source and send the records again.",
        stream=contract.name,
    )


def _allowed_values(contract: Contract, rule: ColumnScan) -> Check:
    return critical(
        f"landing.{contract.name}.allowed_values",
        f"landing.{contract.name}",
        rule,
        title=f"Coded columns of {contract.name} hold declared values",
        title_zh=f"{contract.title_zh}：代码值在允许范围内",
        expected="only values the contract lists",
        message="A value the contract does not list has landed: if it is meant, release a contract "
        "version that lists it; if not, correct the source and send a higher revision.",
        stream=contract.name,
    )


def _bounds(contract: Contract, rule: ColumnScan) -> Check:
    return critical(
        f"landing.{contract.name}.bounds",
        f"landing.{contract.name}",
        rule,
        title=f"Numbers and dates of {contract.name} lie within their bounds",
        title_zh=f"{contract.title_zh}：数值与日期在界限内",
        expected="minimum <= value <= maximum of the contract",
        message="An amount or date is outside what the contract allows: correct it at the source "
        "and send the record again with a higher revision.",
        stream=contract.name,
    )


def _tokens(contract: Contract, rule: ColumnScan) -> Check:
    return critical(
        f"landing.{contract.name}.tokens",
        f"landing.{contract.name}",
        rule,
        title=f"Personal columns of {contract.name} hold tokens, never identifiers",
        title_zh=f"{contract.title_zh}：个人标识已令牌化",
        expected="every value as long as a token",
        message="A plain identifier may have landed: stop the producer, delete the rows and the "
        "Kafka records, and send them again through `livelihood send`, which tokenises.",
        stream=contract.name,
    )


def _regions_known(contract: Contract, rule: ColumnScan) -> Check:
    return critical(
        f"landing.{contract.name}.regions_known",
        f"landing.{contract.name}",
        rule,
        title=f"Every division named in {contract.name} is in the region tree",
        title_zh=f"{contract.title_zh}：区划代码在区划树内",
        expected="no unknown code",
        message="Records of a division that no roll-up contains would be missing from every "
        "figure: add the division to seeds/regions.csv, or correct the source.",
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
        message="The clock of the source system runs ahead, or it writes local time as UTC; with "
        "equal revisions the wrong record may win. Ask the owner of the source to correct it.",
        stream=contract.name,
    )


_DECLARED = {
    "complete": _complete,
    "allowed_values": _allowed_values,
    "bounds": _bounds,
    "tokens": _tokens,
    "regions_known": _regions_known,
    "clock": _clock,
}
