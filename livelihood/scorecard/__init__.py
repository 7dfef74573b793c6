"""The scorecard: every target with its value and status, on the terminal and as a page."""

from livelihood.scorecard.filters import of_department, of_plan, of_township
from livelihood.scorecard.html import render_html
from livelihood.scorecard.model import Scorecard
from livelihood.scorecard.read import scorecard
from livelihood.scorecard.terminal import alerts_table, render_terminal

__all__ = [
    "Scorecard",
    "alerts_table",
    "of_department",
    "of_plan",
    "of_township",
    "render_html",
    "render_terminal",
    "scorecard",
]
