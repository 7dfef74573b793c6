"""Build: one dbt run that turns what has landed into the candidate figures."""

from livelihood.transform.reconciliation import ReconcileReport, reconcile
from livelihood.transform.run import BuildReport, build

__all__ = ["BuildReport", "ReconcileReport", "build", "reconcile"]
