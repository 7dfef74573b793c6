"""The stream `reported_figure`: what offices report about targets and indicators."""

from simulator.streams.reported_figure.reports import STREAM

__all__ = ["STREAM"]
