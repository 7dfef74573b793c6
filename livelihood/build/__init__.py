"""Build: one dbt run that turns what has landed into the candidate figures."""

from livelihood.build.candidate import BuildReport, build
from livelihood.build.reconciliation import ReconcileReport, reconcile

__all__ = ["BuildReport", "ReconcileReport", "build", "reconcile"]
