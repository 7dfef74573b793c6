"""Alerts: conditions someone must act on, raised once, sent once, cleared by themselves."""

from livelihood.alert.handling import ACTIVE_STATES, STATES, Alert, acknowledge, handle, list_alerts
from livelihood.alert.lifecycle import AlertReport, raise_alerts
from livelihood.alert.outbox import DeliveryReport, deliver
from livelihood.alert.rules import RULES, Rule

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
