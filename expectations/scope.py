"""The scope of one run of the gate: candidate, as-of date, loads since the last release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from livelihood.contracts import load_contracts
from livelihood.errors import LivelihoodError
from livelihood.warehouse.ledger import builds, releases


class NoCandidate(LivelihoodError):
    """There is no complete candidate: nothing was built, or a later build changed the marts."""


@dataclass(frozen=True)
class Scope:
    """The candidate and the last release; `horizon` and `released` map stream to load id.

    Before the first release, `release_id` is None and `released` is empty.
    """

    build_id: int
    as_of_date: dt.date
    horizon: Mapping[str, int]
    release_id: int | None
    released: Mapping[str, int]

    def has_new_loads(self, stream: str) -> bool:
        """Return whether the candidate contains loads of the stream that no release contains."""
        return self.horizon.get(stream, 0) > self.released.get(stream, 0)

    def parameters(self) -> dict[str, str | int]:
        """Return the values of the parameters that queries may use."""
        values: dict[str, str | int] = {
            "as_of_date": self.as_of_date.isoformat(),
            "build_id": self.build_id,
        }
        for stream in load_contracts():
            values[f"{stream}_released"] = self.released.get(stream, 0)
            values[f"{stream}_horizon"] = self.horizon.get(stream, 0)
        return values


def read_scope(connection: psycopg.Connection, build_id: int | None = None) -> Scope:
    """Return the scope of the newest candidate; with `build_id`, only that build is accepted.

    Raises NoCandidate if the marts do not contain the complete candidate.
    """
    newest = builds.newest(connection)
    if newest is None:
        raise NoCandidate("nothing has been built yet: run `livelihood build`, then the gate")
    if build_id is not None and build_id != newest.build_id:
        raise NoCandidate(
            f"the marts no longer contain build {build_id}, build {newest.build_id} replaced it: "
            f"check build {newest.build_id}"
        )
    if not newest.is_built:
        raise NoCandidate(
            f"build {newest.build_id} is {newest.status}, so the marts contain no complete "
            "candidate: wait for it, or run `livelihood build` again"
        )
    release = releases.newest(connection)
    return Scope(
        newest.build_id,
        newest.as_of_date,
        newest.horizon,
        release.release_id if release else None,
        release.horizon if release else {},
    )
