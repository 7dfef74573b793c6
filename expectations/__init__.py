"""The gate: the checks that decide whether a candidate may be published."""

from expectations.acceptance import accept_check
from expectations.catalogue import all_checks, checks_markdown, suite
from expectations.check import Check, Outcome
from expectations.gate import last_verdict, run_gate
from expectations.scope import NoCandidate
from livelihood.warehouse.ledger.verdicts import GateVerdict

__all__ = [
    "Check",
    "GateVerdict",
    "NoCandidate",
    "Outcome",
    "accept_check",
    "all_checks",
    "checks_markdown",
    "last_verdict",
    "run_gate",
    "suite",
]
