"""Errors for people: each message states what is wrong, where, and what to do.

LivelihoodError
├── SettingInvalid           a setting has a wrong value
├── ContractError            a contract file is invalid
├── RegistryError            a seed file has an invalid cell, column or key
├── WarehouseUnavailable     PostgreSQL does not answer
├── BrokerUnavailable        Kafka does not answer
├── StreamStopped            a stream cannot be loaded until an operator acts
│   ├── OffsetsLost          Kafka no longer has the next records
│   └── QuarantineFull       more records are rejected in a day than the quarantine may store
├── LoadFailed               the loader raised an error that is no fault of a message
├── LoadFenced               another loader moved the offsets first
├── StageBusy                the stage is running in another process
├── BuildFailed              dbt could not build the candidate
└── GateClosed               the candidate may not be published
"""

from __future__ import annotations


class LivelihoodError(Exception):
    """Base of all errors whose message is shown to the user."""


class SettingInvalid(LivelihoodError):
    """A setting has a wrong value. The message never contains it, because it may be secret."""


class ContractError(LivelihoodError):
    """A contract file uses a key or a value that the platform does not support."""


class RegistryError(LivelihoodError):
    """A seed file of the registry has a cell, column or key that is not valid."""


class WarehouseUnavailable(LivelihoodError):
    """PostgreSQL did not answer within the retry limit."""


class BrokerUnavailable(LivelihoodError):
    """Kafka did not answer within the retry limit."""


class StreamStopped(LivelihoodError):
    """A stream cannot be loaded until an operator acts."""


class OffsetsLost(StreamStopped):
    """Kafka no longer has the next records, or the topic was created again."""


class QuarantineFull(StreamStopped):
    """More records are rejected in a day than the quarantine may store."""


class LoadFailed(LivelihoodError):
    """The loader raised an error that is no fault of a message. Nothing was written."""


class LoadFenced(LivelihoodError):
    """Another loader moved the stream's offsets first. Nothing was written."""


class StageBusy(LivelihoodError):
    """The same stage is already running in another process."""


class BuildFailed(LivelihoodError):
    """dbt could not build the candidate."""


class GateClosed(LivelihoodError):
    """The candidate may not be published: the gate is closed or has not judged it."""
