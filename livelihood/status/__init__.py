"""The state of the platform: the last run of each stage, what is overdue, and metrics."""

from livelihood.status.model import Status
from livelihood.status.read import read_status
from livelihood.status.terminal import render_status

__all__ = ["Status", "read_status", "render_status"]
