"""One export: the content of a source as of a time, on its way into a stream."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from livelihood.contracts import Contract
from producers.sources import Source
from producers.sources.mapping import Mapping


@dataclass(frozen=True)
class Export:
    """The content of a source and how it is read.

    `recorded_at` is the time of rows without one of their own, `content_at` the time to which the
    content is up to date, as far as it is known.
    """

    contract: Contract
    source: Source
    mapping: Mapping
    source_system: str | None
    recorded_at: dt.datetime
    content_at: dt.datetime
    has_stated_time: bool
