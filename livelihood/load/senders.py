"""Judgement of a sender: is its source registered, for this stream, region and token key?

A sender is the origin of a record as its columns state it. The rules are pure functions of the
registry; `livelihood.load.sources` applies them to batches.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from livelihood.contracts import Contract
from livelihood.registry import load_regions
from livelihood.warehouse.ledger.sources import Source, SourceKey, is_name

# Sources beyond this number are registered by the operator only.
MAX_FIRST_USES = 100

Registry = Mapping[str, Source]


class Sender(NamedTuple):
    """The origin of a record, by the columns of the same names."""

    source_system: str
    token_key_version: int
    token_key_fingerprint: str | None


class Judgement(NamedTuple):
    """Why records of a sender are rejected: all, those of other times, those of other regions."""

    reason: str | None = None
    untimely: str | None = None
    valid_from: dt.datetime | None = None
    valid_to: dt.datetime | None = None
    outside: str | None = None
    regions: list[str] | None = None


class FirstUse(NamedTuple):
    """What a sender uses for the first time, and may: the source or stream, the token key."""

    is_new_stream: bool
    is_first_key: bool


ACCEPTED = Judgement()


@dataclass(frozen=True)
class StreamRules:
    """The rules of a stream. Where it has no tokens, the token key of a record means nothing."""

    stream: str
    has_tokens: bool

    @classmethod
    def of(cls, contract: Contract) -> StreamRules:
        """Return the rules of a contract."""
        return cls(contract.name, any(column.token_source for column in contract.columns))

    def judge(self, registry: Registry, sender: Sender) -> Judgement:
        """Return why records of a sender are rejected; each reason names its source."""
        source = registry.get(sender.source_system)
        if source is None:
            return Judgement(self._unknown(registry, sender))
        where = f"source_system: {source.source_system} is not registered"
        if source.retired_at is not None:
            return Judgement(f"unknown_source: {where} any more: it was retired")
        if self.stream not in source.streams:
            return Judgement(f"foreign_stream: {where} for this stream")
        keys = _matching(source, sender)
        if self.has_tokens and not keys:
            return Judgement(f"foreign_token_key: {where} with this token key")
        judgement = Judgement()
        if self.has_tokens and (validity := _validity(keys)) != (None, None):
            untimely = f"foreign_token_key: {where} with this token key at the time it was sent"
            judgement = Judgement(None, untimely, *validity)
        if source.region_codes:
            outside = f"foreign_region: {where} for this region"
            judgement = judgement._replace(outside=outside, regions=_regions(source))
        return judgement

    def first_use(self, registry: Registry, sender: Sender) -> FirstUse | None:
        """Return what a rejected sender may register by its first use, None if nothing.

        The first use of a key that no other source has is a mistake until the operator registers
        it: the same persons would count twice.
        """
        source = registry.get(sender.source_system)
        is_new = source is None or self.stream not in source.streams
        is_first_key = self.has_tokens and (source is None or _lacks_key(source, sender))
        if source is None:
            is_allowed = is_name(sender.source_system) and len(registry) < MAX_FIRST_USES
        else:
            is_registered_key = is_first_key or bool(_matching(source, sender))
            is_allowed = source.retired_at is None and (is_registered_key or not self.has_tokens)
        if not is_allowed or (is_first_key and not self._is_shared_key(registry, sender)):
            return None
        return FirstUse(is_new, is_first_key)

    def _unknown(self, registry: Registry, sender: Sender) -> str:
        name = sender.source_system if is_name(sender.source_system) else "(name not shown)"
        reason = f"unknown_source: source_system: {name} is not registered"
        if self._is_shared_key(registry, sender):
            return reason
        return f"{reason}, and its token key is not that of the other sources"

    def _is_shared_key(self, registry: Registry, sender: Sender) -> bool:
        """Return whether another source uses this key, or none of them has one."""
        keys = [
            key
            for source in registry.values()
            if source.retired_at is None and source.source_system != sender.source_system
            for key in source.keys
            if key.valid_to is None
        ]
        version, fingerprint = sender.token_key_version, sender.token_key_fingerprint
        return not (self.has_tokens and keys) or any(
            key.key_version == version
            and (not fingerprint or key.fingerprint in (None, fingerprint))
            for key in keys
        )


def _matching(source: Source, sender: Sender) -> list[SourceKey]:
    version, fingerprint = sender.token_key_version, sender.token_key_fingerprint
    return [key for key in source.keys if key.matches(version, fingerprint)]


def _lacks_key(source: Source, sender: Sender) -> bool:
    """Return whether the source has no key yet, or not yet the fingerprint of this version."""
    if not source.keys or sender.token_key_fingerprint is None:
        return not source.keys
    version = sender.token_key_version
    return any(key.key_version == version and key.fingerprint is None for key in source.keys)


def _validity(keys: list[SourceKey]) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return the first start and the last end of the keys; None: unbounded."""
    starts = [key.valid_from for key in keys if key.valid_from]
    ends = [key.valid_to for key in keys if key.valid_to]
    return (
        min(starts) if len(starts) == len(keys) else None,
        max(ends) if len(ends) == len(keys) else None,
    )


def _regions(source: Source) -> list[str]:
    """Return the codes of the source's regions and of all regions in them."""
    parents = tuple(source.region_codes)
    return [code for code in load_regions() if code.startswith(parents)]
