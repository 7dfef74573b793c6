"""Errors while records are read and sent, worded for the person who can fix them.

ProducerError
├── TokenKeyError     the key of the tokens is unreadable, not private or was replaced
├── SourceError       a file or query cannot be read, or lacks columns
├── MappingError      a mapping file names columns or options that do not exist
├── CheckpointBusy    the same import is already running
├── ImportRefused     the import would withdraw or replace more than it should
└── SendFailed        Kafka took some records and refused others
"""

from __future__ import annotations

from livelihood.errors import LivelihoodError
from producers.masking import mask


class ProducerError(LivelihoodError):
    """An error whose text contains no identifier, even if the name of a file or column does."""

    def __init__(self, message: str) -> None:
        super().__init__(mask(message))


class TokenKeyError(ProducerError):
    """The token key cannot be used."""


class SourceError(ProducerError):
    """A source cannot be read, or its columns are not those of the stream."""


class MappingError(ProducerError):
    """A mapping file is not valid for the stream."""


class CheckpointBusy(ProducerError):
    """Another process is running the same import."""


class ImportRefused(ProducerError):
    """An import needs the confirmation of the operator. Nothing was sent."""


class SendFailed(ProducerError):
    """Kafka did not acknowledge all records; what it acknowledged is recorded."""
