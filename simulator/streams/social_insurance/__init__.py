"""The stream `social_insurance`: contributions and benefits."""

from simulator.streams.social_insurance.stream import STREAM

__all__ = ["STREAM"]
