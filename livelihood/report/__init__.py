"""Reports: the scorecard, the state of the platform, the gate's findings; terminal and page."""

from livelihood.report.card import Scorecard
from livelihood.report.gate_page import read_gate, render_gate_html, render_gate_terminal
from livelihood.report.page import render_html
from livelihood.report.scorecard import scorecard
from livelihood.report.selection import of_department, of_plan, of_township
from livelihood.report.status import Status, status
from livelihood.report.status_view import render_status
from livelihood.report.terminal import alerts_table, render_terminal

__all__ = [
    "Scorecard",
    "Status",
    "alerts_table",
    "of_department",
    "of_plan",
    "of_township",
    "read_gate",
    "render_gate_html",
    "render_gate_terminal",
    "render_html",
    "render_status",
    "render_terminal",
    "scorecard",
    "status",
]
