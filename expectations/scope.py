"""What one judgement is about: the candidate, the day, and the loads since the last release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from livelihood.contracts import load_contracts
from livelihood.errors import LivelihoodError


class NoCandidate(LivelihoodError):
    """There is no intact candidate to judge: none was built, or a later build touched the marts."""


@dataclass(frozen=True)
class Scope:
    """The candidate and what it is compared with; `horizon` and `released` map stream to load id.

    `release_id` is None before the first release; `released` then knows no stream.
    """

    build_id: int
    as_of_date: dt.date
    horizon: Mapping[str, int]
    release_id: int | None
    released: Mapping[str, int]

    def has_new_loads(self, stream: str) -> bool:
        """Whether the candidate shows loads of the stream that no release has shown."""
        return self.horizon.get(stream, 0) > self.released.get(stream, 0)

    def parameters(self) -> dict[str, str | int]:
        """Values of the parameters that queries may name."""
        values: dict[str, str | int] = {
            "as_of_date": self.as_of_date.isoformat(),
            "build_id": self.build_id,
        }
        for stream in load_contracts():
            values[f"{stream}_released"] = self.released.get(stream, 0)
            values[f"{stream}_horizon"] = self.horizon.get(stream, 0)
        return values


def newest_build(connection: psycopg.Connection) -> tuple[int, str] | None:
    """Id and status of the newest build, or None before the first."""
    row = connection.execute(
        "select build_id, status from ops.build order by build_id desc limit 1"
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else None


def read_scope(connection: psycopg.Connection, build_id: int | None = None) -> Scope:
    """The scope of the newest candidate; `build_id` insists on that one.

    Raises NoCandidate when the marts do not hold the candidate whole.
    """
    newest = newest_build(connection)
    if newest is None:
        raise NoCandidate("nothing has been built yet: run `livelihood build`, then the gate")
    if build_id is not None and build_id != newest[0]:
        raise NoCandidate(
            f"the marts no longer hold build {build_id}, build {newest[0]} wrote over it: "
            f"judge build {newest[0]}"
        )
    if newest[1] != "built":
        raise NoCandidate(
            f"build {newest[0]} is {newest[1]}, so the marts hold no whole candidate: "
            "wait for it, or run `livelihood build` again"
        )
    build = connection.execute(
        "select build_id, as_of_date, horizon from ops.build where build_id = %s", [newest[0]]
    ).fetchone()
    release = connection.execute(
        "select release_id, horizon from published.release order by release_id desc limit 1"
    ).fetchone()
    if build is None:
        raise NoCandidate(f"build {newest[0]} vanished from ops.build: build again")
    released_id, released = release or (None, {})
    return Scope(build[0], build[1], build[2], released_id, released)
