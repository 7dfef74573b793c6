"""Reports: the scorecard, the state of the platform, the gate's findings; terminal and page."""

from livelihood.report.page import render_html
from livelihood.report.scorecard import Scorecard, scorecard

__all__ = ["Scorecard", "render_html", "scorecard"]
