"""The stream `wage_payment`: payrolls of residents and of construction workers from outside."""

from simulator.streams.wage_payment.stream import STREAM

__all__ = ["STREAM"]
