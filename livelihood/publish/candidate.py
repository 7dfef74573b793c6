"""The candidate that may be published: the newest build, passed by the gate, not superseded."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from livelihood.errors import GateClosed, LivelihoodError
from livelihood.publish.exposure import Mart
from livelihood.warehouse.ledger import builds, verdicts


class CandidateStale(LivelihoodError):
    """The marts no longer contain the candidate that the gate has judged."""


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
    accepted_checks: list[dict[str, str]]


def read_candidate(connection: psycopg.Connection, build_id: int | None) -> Candidate:
    """Return the newest built candidate, or build `build_id`.

    Raises LivelihoodError if there is none, GateClosed if the gate closed or has not judged it,
    CandidateStale if a later build has begun.
    """
    build = builds.newest_built(connection, build_id)
    if build is None:
        subject = "no candidate" if build_id is None else f"build {build_id}: it"
        raise LivelihoodError(f"{subject} has not been built: run `livelihood build` first")
    ensure_latest_build(connection, build.build_id)
    verdict = verdicts.newest(connection, build_id=build.build_id)
    if verdict is None:
        raise GateClosed(
            f"the gate has not judged build {build.build_id}: run `livelihood gate` first"
        )
    if not verdict.is_open:
        raise GateClosed(
            f"the gate is closed for build {build.build_id} (gate result {verdict.gate_id}): "
            "readers keep the last release; `livelihood gate --report` shows what failed"
        )
    return Candidate(
        build.build_id,
        verdict.gate_id,
        build.as_of_date,
        build.horizon,
        build.code_version,
        build.contract_versions,
        build.dbt_version,
        verdict.accepted_checks,
    )


def ensure_latest_build(connection: psycopg.Connection, build_id: int) -> None:
    """Raise CandidateStale if a build later than `build_id` has begun to write the marts."""
    newest = builds.newest(connection)
    if newest is not None and newest.build_id != build_id:
        raise CandidateStale(
            f"build {build_id} cannot be published: build {newest.build_id} ({newest.status}) has "
            "written the marts since; run `livelihood build` and `livelihood gate` again"
        )


def lock_marts(connection: psycopg.Connection, marts: list[Mart]) -> None:
    """Lock out writers of the marts until the transaction ends; readers are not affected."""
    for mart in marts:
        try:
            connection.execute(
                sql.SQL("lock table {} in share mode").format(
                    sql.Identifier(mart.schema, mart.name)
                )
            )
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise LivelihoodError(
                f"the mart {mart.schema}.{mart.name} is to be published but does not exist: "
                "run `livelihood build`"
            ) from error
