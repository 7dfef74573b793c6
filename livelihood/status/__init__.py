"""The state of the platform: what each stage did last, what is overdue, and metrics of both."""

from livelihood.status.read import Status, status
from livelihood.status.terminal import render_status

__all__ = ["Status", "render_status", "status"]
