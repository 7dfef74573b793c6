"""The errors a person is meant to read: one sentence that says what is wrong, where, what to do.

LivelihoodError
├── ContractError            a contract file is not what the platform understands
├── RegistryError            a seed file has a cell, column or key that is not valid
├── WarehouseUnavailable     PostgreSQL does not answer
├── BrokerUnavailable        Kafka does not answer
├── OffsetsLost              Kafka no longer holds the records that come next
├── LoadFenced               another loader moved the offsets first
├── StageBusy                the stage is already running elsewhere
├── BuildFailed              dbt could not build the candidate
└── GateClosed               the candidate may not be published
"""

from __future__ import annotations


class LivelihoodError(Exception):
    """Base of all errors whose text is meant for the person at the terminal."""


class ContractError(LivelihoodError):
    """A contract file uses a key or a value the platform does not understand."""


class RegistryError(LivelihoodError):
    """A seed file of the registry has a cell, column or key that is not valid."""


class WarehouseUnavailable(LivelihoodError):
    """PostgreSQL did not answer within the retry limit."""


class BrokerUnavailable(LivelihoodError):
    """Kafka did not answer within the retry limit."""


class OffsetsLost(LivelihoodError):
    """Kafka no longer holds the next records, or the topic was created anew."""


class LoadFenced(LivelihoodError):
    """Another loader moved the stream's offsets first; nothing was written."""


class StageBusy(LivelihoodError):
    """The same stage is already running in another process."""


class BuildFailed(LivelihoodError):
    """dbt could not build the candidate."""


class GateClosed(LivelihoodError):
    """The candidate is refused: the gate is closed or has not seen it."""
