"""Errors while records are read and sent, worded for the person who can fix them.

LivelihoodError
├── TokenKeyError     the key of the tokens is unreadable, not private or was replaced
├── SourceError       a file or query cannot be read, or lacks columns
├── MappingError      a mapping file names columns or options that do not exist
├── CheckpointBusy    the same import is already running
├── ImportRefused     the import would withdraw or replace more than it should
└── SendFailed        Kafka took some records and refused others
"""

from __future__ import annotations

from livelihood.errors import LivelihoodError


class TokenKeyError(LivelihoodError):
    """The token key cannot be used."""


class SourceError(LivelihoodError):
    """A source cannot be read, or its columns are not those of the stream."""


class MappingError(LivelihoodError):
    """A mapping file is not valid for the stream."""


class CheckpointBusy(LivelihoodError):
    """Another process is running the same import."""


class ImportRefused(LivelihoodError):
    """An import needs the confirmation of the operator. Nothing was sent."""


class SendFailed(LivelihoodError):
    """Kafka did not acknowledge all records; what it acknowledged is recorded."""
