"""The error of the local stack."""

from __future__ import annotations

from livelihood.errors import LivelihoodError


class LocalServerError(LivelihoodError):
    """A server of the local stack cannot be started or stopped."""
