"""What can go wrong while records are read and sent, each said to the person who can fix it.

LivelihoodError
├── TokenKeyError     the key of the tokens is unreadable, unsafe or was exchanged
├── SourceError       a file or query cannot be read, or lacks columns
├── MappingError      a mapping file names columns or options that do not exist
├── CheckpointBusy    the same import is already running
└── SendFailed        Kafka took some records and refused others
"""

from __future__ import annotations

from livelihood.errors import LivelihoodError


class TokenKeyError(LivelihoodError):
    """The token key cannot be used."""


class SourceError(LivelihoodError):
    """A source cannot be read, or its columns are not those of the stream."""


class MappingError(LivelihoodError):
    """A mapping file says something that has no meaning here."""


class CheckpointBusy(LivelihoodError):
    """Another process is working on the same import."""


class SendFailed(LivelihoodError):
    """Kafka did not acknowledge all records; what it acknowledged is remembered."""
