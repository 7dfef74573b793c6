"""Alerts: conditions that require action. Raised once, sent once, cleared automatically."""

from livelihood.alerts.handling import (
    ACTIVE_STATES,
    STATES,
    Alert,
    acknowledge,
    handle,
    list_alerts,
)
from livelihood.alerts.lifecycle import AlertReport, raise_alerts
from livelihood.alerts.outbox import DeliveryReport, deliver
from livelihood.alerts.rules import RULES, Rule

__all__ = [
    "ACTIVE_STATES",
    "RULES",
    "STATES",
    "Alert",
    "AlertReport",
    "DeliveryReport",
    "Rule",
    "acknowledge",
    "deliver",
    "handle",
    "list_alerts",
    "raise_alerts",
]
