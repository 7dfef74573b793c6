"""The build: one dbt run that turns landed records into candidate figures."""

from livelihood.transform.reconciliation import ReconcileReport, reconcile
from livelihood.transform.run import BuildReport, build

__all__ = ["BuildReport", "ReconcileReport", "build", "reconcile"]
