"""The candidate that may be published: newest build, seen and passed by the gate, not overtaken."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from livelihood.errors import GateClosed, LivelihoodError
from livelihood.publish.exposure import Mart


class CandidateStale(LivelihoodError):
    """The marts no longer hold the candidate that the gate has judged."""


@dataclass(frozen=True)
class Candidate:
    """A build that passed the gate, with what a release records of it."""

    build_id: int
    gate_id: int
    as_of_date: dt.date
    horizon: dict[str, int]
    code_version: str
    contract_versions: dict[str, Any]
    dbt_version: str


def read_candidate(connection: psycopg.Connection, build_id: int | None) -> Candidate:
    """The newest built candidate, or build `build_id`.

    Raises LivelihoodError when there is none, GateClosed when the gate closed or has not seen it,
    CandidateStale when a later build has begun.
    """
    build = _build(connection, build_id)
    refuse_stale(connection, build["build_id"])
    verdict = connection.execute(
        "select gate_id, verdict from ops.gate_result where build_id = %s "
        "order by gate_id desc limit 1",
        [build["build_id"]],
    ).fetchone()
    if verdict is None:
        message = f"The gate has not seen build {build['build_id']}: run `livelihood gate` first."
        raise GateClosed(message)
    if verdict[1] != "open":
        message = (
            f"The gate is closed for build {build['build_id']} (gate result {verdict[0]}): readers "
            "keep the last release; `livelihood gate` shows what failed."
        )
        raise GateClosed(message)
    del build["status"]
    return Candidate(gate_id=verdict[0], **build)


def refuse_stale(connection: psycopg.Connection, build_id: int) -> None:
    """Raise CandidateStale if a build later than `build_id` has begun to write the marts."""
    newest = connection.execute(
        "select build_id, status from ops.build order by build_id desc limit 1"
    ).fetchone()
    if newest is not None and newest[0] != build_id:
        message = (
            f"Build {build_id} cannot be published: build {newest[0]} ({newest[1]}) has been in "
            "the marts since; run `livelihood build` and `livelihood gate` again."
        )
        raise CandidateStale(message)


def hold_still(connection: psycopg.Connection, marts: list[Mart]) -> None:
    """Keep writers away from the marts until the transaction ends; readers are not disturbed."""
    for mart in marts:
        try:
            connection.execute(
                sql.SQL("lock table {} in share mode").format(
                    sql.Identifier(mart.schema, mart.name)
                )
            )
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            message = (
                f"The mart {mart.schema}.{mart.name} is to be published but does not exist: "
                "run `livelihood build`."
            )
            raise LivelihoodError(message) from error


def _build(connection: psycopg.Connection, build_id: int | None) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        build = cursor.execute(
            """
            select build_id, status, as_of_date, horizon, code_version, contract_versions,
                dbt_version
            from ops.build
            where status = 'built' and (%(build_id)s::bigint is null or build_id = %(build_id)s)
            order by build_id desc limit 1""",
            {"build_id": build_id},
        ).fetchone()
    if build is None:
        which = (
            "No candidate has been built" if build_id is None else f"Build {build_id} is not built"
        )
        raise LivelihoodError(f"{which}: run `livelihood build` first.")
    return build
