"""The quota of the quarantine: how many bytes of rejected messages a stream stores in a day.

Beyond the quota, messages that can never be accepted are counted with their offsets instead of
stored, except the first of each kind and day. Messages that a replay may accept are always stored;
beyond a second limit the stream stops.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl
import psycopg

from livelihood.errors import QuarantineFull
from livelihood.settings import Settings
from livelihood.warehouse.ledger import loads
from livelihood.warehouse.ledger.loads import Overflow

# Reasons that no change of the registry or of a contract's minor version removes.
UNREADABLE = frozenset(
    (
        "tombstone",
        "empty",
        "too_large",
        "wrong_encoding",
        "broken_json",
        "not_an_object",
        "wrong_type",
        "duplicate_key",
        "undecodable",
    )
)
_MEGABYTE = 1_000_000

_USED = """
    select
        coalesce(sum(coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0)), 0)::bigint,
        coalesce(array_agg(distinct split_part(reasons[1], ':', 1)), '{}')
    from ops.quarantine
    where stream = %s and quarantined_at >= current_date and replayed_load_id is null"""


@dataclass
class Quota:
    """What a stream has stored today, and what a load counts instead of storing."""

    connection: psycopg.Connection
    stream: str
    settings: Settings
    overflows: dict[tuple[str, int], Overflow] = field(default_factory=dict)
    _used: int | None = None
    _kinds: set[str] = field(default_factory=set)

    def admit(self, rejects: pl.DataFrame) -> pl.DataFrame:
        """Return the rejects to store and count the others.

        Raises QuarantineFull if those that a replay may accept exceed the limit.
        """
        if rejects.is_empty():
            return rejects
        used = self._read_used()
        sizes = [
            len(key or b"") + len(value or b"")
            for key, value in zip(rejects["key"], rejects["value"], strict=True)
        ]
        codes = [[reason.partition(":")[0] for reason in reasons] for reasons in rejects["reasons"]]
        if used + sum(sizes) <= self.settings.quarantine_quota_megabytes * _MEGABYTE:
            self._used = used + sum(sizes)
            self._kinds.update(first for first, *_ in codes)
            return rejects
        positions = rejects.select("partition", "offset").rows()
        return rejects.filter(
            [
                self._is_stored(kinds, size, *position)
                for kinds, size, position in zip(codes, sizes, positions, strict=True)
            ]
        )

    def record(self, load_id: int) -> None:
        """Write what the load has counted to the ledger."""
        loads.record_overflows(self.connection, load_id, self.stream, self.overflows.values())

    def _read_used(self) -> int:
        if self._used is None:
            row = self.connection.execute(_USED, [self.stream]).fetchone()
            self._used, kinds = row or (0, [])
            self._kinds.update(kinds)
        return self._used or 0

    def _is_stored(self, codes: list[str], size: int, partition: int, offset: int) -> bool:
        used = self._read_used() + size
        first = codes[0]
        if used > self.settings.quarantine_quota_megabytes * _MEGABYTE:
            if not UNREADABLE.isdisjoint(codes):
                if first in self._kinds:
                    self._count(first, size, partition, offset)
                    return False
            elif used > self.settings.quarantine_limit_megabytes * _MEGABYTE:
                raise QuarantineFull(self._message(first, partition, offset))
        self._used = used
        self._kinds.add(first)
        return True

    def _count(self, code: str, size: int, partition: int, offset: int) -> None:
        none = Overflow(code, partition, offset, offset, 0, 0)
        former = self.overflows.get((code, partition), none)
        self.overflows[code, partition] = Overflow(
            code,
            partition,
            min(former.from_offset, offset),
            max(former.to_offset, offset + 1),
            former.messages + 1,
            former.bytes + size,
        )

    def _message(self, code: str, partition: int, offset: int) -> str:
        return (
            f"stream {self.stream}: rejected records of today exceed "
            f"{self.settings.quarantine_limit_megabytes} MB in ops.quarantine, at partition "
            f"{partition}, offset {offset} ({code}). The stream is stopped; remove the cause and "
            f"replay, or raise LIVELIHOOD_QUARANTINE_LIMIT_MEGABYTES; see the runbook, 'quarantine "
            "full'"
        )
