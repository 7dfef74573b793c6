"""Contracts that change while producers continue: new columns and versions, breaking changes."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import yaml

from faults.environment import FaultEnvironment
from faults.inventory import Inventory
from faults.outcome import Outcome
from faults.processes import DONE, expect_statuses, start
from livelihood.contracts import load_contract, load_contracts, model
from livelihood.contracts.compatibility import refused_changes
from livelihood.contracts.derive import json_schema
from livelihood.load import load, replay
from livelihood.settings import Settings
from livelihood.warehouse import connect, migrate
from testkit.message_factory import row

STREAM = "training"
NEW_VERSION = "1.77.0"
NEW_COLUMN = "certificate_note"
RECORDS = 200


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Run an installation older than its producers, upgrade it, and try breaking changes."""
    return [_new_column(environment), _breaking(environment)]


def under(folder: Path, work: Callable[..., Any], *arguments: Any) -> None:  # noqa: ANN401 - any work
    """Do the work under the contracts of another folder, as an upgraded installation would."""
    model.CONTRACTS_FOLDER = folder
    load_contracts.cache_clear()
    work(*arguments)


def _new_column(environment: FaultEnvironment) -> Outcome:
    outcome = Outcome("new optional column, old producers continue")
    environment.log(outcome.fault)
    with environment.platform() as settings, tempfile.TemporaryDirectory() as name:
        folder = _upgraded(Path(name))
        inventory = Inventory(settings, STREAM)
        inventory.send(_mixed(0))
        load(settings, STREAM)
        reasons = _reasons(settings)
        outcome.expect(
            reasons == {"unknown_version"}, f"newer than the platform, rejected as {reasons}"
        )
        began = time.monotonic()
        steps: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
            (migrate, (settings,)),
            (replay, (settings, STREAM, "unknown_version")),
        ]
        for work, arguments in steps:
            expect_statuses(outcome, [start(under, folder, work, *arguments).result()], {DONE})
        outcome.record_recovery(time.monotonic() - began)
        inventory.send(_mixed(1))
        expect_statuses(outcome, [start(under, folder, load, settings, STREAM).result()], {DONE})
        outcome.times = 2
        outcome.expect(not _reasons(settings), f"still rejected: {_reasons(settings)}")
        filled = _filled(settings)
        outcome.expect(filled == RECORDS, f"{filled} records have the new column, not {RECORDS}")
        return inventory.close(outcome)


def _mixed(part: int) -> list[bytes]:
    """Return messages of old and new producers: half have the new version and column."""
    first = part * RECORDS
    old = [row(STREAM, first + number) for number in range(0, RECORDS, 2)]
    new = [
        row(STREAM, first + number) | {"contract_version": NEW_VERSION, NEW_COLUMN: "A-1"}
        for number in range(1, RECORDS, 2)
    ]
    return [msgspec.json.encode(fields) for pair in zip(old, new, strict=True) for fields in pair]


def _reasons(settings: Settings) -> set[str]:
    with connect(settings) as connection:
        rows = connection.execute(
            "select distinct split_part(reasons[1], ':', 1) from ops.quarantine"
            " where replayed_load_id is null"
        )
        return {reason for (reason,) in rows}


def _filled(settings: Settings) -> int:
    with connect(settings) as connection:
        counts = connection.execute(
            f"select count({NEW_COLUMN}) from landing.{STREAM}".encode()
        ).fetchone()
    return int(counts[0]) if counts else 0


def _upgraded(folder: Path) -> Path:
    """Write the contracts, one with another column under a new minor version. Return the folder."""
    shutil.copytree(model.CONTRACTS_FOLDER, folder / "contracts")
    path = folder / "contracts" / f"{STREAM}.odcs.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["version"] = NEW_VERSION
    columns = document["schema"][0]["properties"]
    for column in columns:
        if column["name"] == "contract_version":
            column["quality"][0]["arguments"]["validValues"].append(NEW_VERSION)
    columns.append(
        {
            "name": NEW_COLUMN,
            "businessName": "证书备注",
            "description": "A column that a later version added.",
            "logicalType": "string",
            "physicalType": "text",
            "required": False,
            "logicalTypeOptions": {"pattern": "^[A-Z0-9-]+$", "maxLength": 20},
        }
    )
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return folder / "contracts"


def _breaking(environment: FaultEnvironment) -> Outcome:
    """Try every kind of breaking change under the old version, in every stream."""
    outcome = Outcome("breaking change of a contract")
    environment.log(outcome.fault)
    for stream in load_contracts():
        former = json_schema(load_contract(stream))
        for kind, change in BREAKING.items():
            present = json.loads(json.dumps(former))
            change(present)
            outcome.times += 1
            outcome.expect(bool(refused_changes(former, present)), f"{stream}: {kind} was accepted")
            major = int(load_contract(stream).version.split(".")[0]) + 1
            present["title"] = f"{stream} {major}.0.0"
            outcome.expect(not refused_changes(former, present), f"{stream}: {kind} as a new major")
    return outcome


def _column(schema: dict[str, Any], **changes: Any) -> None:  # noqa: ANN401 - any JSON
    schema["properties"]["record_id"] |= changes


BREAKING: dict[str, Callable[[dict[str, Any]], object]] = {
    "a column removed": lambda schema: schema["properties"].pop("revision"),
    "a column required": lambda schema: (
        schema["properties"].update(new={"type": "string"}),
        schema["required"].append("new"),
    ),
    "a type changed": lambda schema: _column(schema, type="integer"),
    "a value removed": lambda schema: schema["properties"]["operation"]["enum"].pop(),
    "a length reduced": lambda schema: _column(schema, maxLength=8),
    "a pattern narrowed": lambda schema: _column(schema, pattern="^[0-9]+$"),
    "a bound raised": lambda schema: schema["properties"]["revision"].update(minimum=2),
}
