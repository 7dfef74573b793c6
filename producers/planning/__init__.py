"""Planning of an import: everything that is to be sent is known before the first record is.

The rows are read, checked and tokenised into a spool. Then rows with equal ids are refused or
summed, and records that the import replaces or no longer contains are added as withdrawals.
"""

from producers.planning.export import Export
from producers.planning.plan import Confirmations, Plan, plan

__all__ = ["Confirmations", "Export", "Plan", "plan"]
