"""What all tests share: a property is about values, and a slow machine refutes none."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("livelihood", deadline=None)
settings.load_profile("livelihood")
