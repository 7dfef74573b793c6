"""The scorecard: every target with its value and status, on the terminal and as a page."""

from livelihood.scorecard.filters import select_department, select_plan, select_township
from livelihood.scorecard.html import render_html
from livelihood.scorecard.model import Scorecard
from livelihood.scorecard.read import read_scorecard
from livelihood.scorecard.terminal import render_terminal

__all__ = [
    "Scorecard",
    "read_scorecard",
    "render_html",
    "render_terminal",
    "select_department",
    "select_plan",
    "select_township",
]
