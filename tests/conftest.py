"""Settings of all tests: examples of a property have no deadline, as the machine may be slow."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("livelihood", deadline=None)
settings.load_profile("livelihood")
