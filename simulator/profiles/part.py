"""Parts of a profile: read strictly, never changed, and scaled down for tests."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

Share = float
MIN_A_YEAR = 24
"""Persons, cases or loans a year that remain however small an area is scaled."""


class Part(BaseModel):
    """A part of a profile. A key it does not declare is an error."""

    # The names of the YAML files identify a simulation that was sent, so they are serialized too.
    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    def scaled(self, fraction: float) -> Self:
        """Return the part for an area of a fraction of the size; rates stay the same.

        A part with counts overrides this method.
        """
        return self

    def times(self, fraction: float, *names: str, minimum: int = 1) -> Self:
        """Return the part with the named counts multiplied; zero stays zero."""
        counts = {name: getattr(self, name) for name in names}
        smaller = {
            name: max(minimum, round(count * fraction)) if count else 0
            for name, count in counts.items()
        }
        return self.model_copy(update=smaller)


class StreamPart(Part):
    """The part of a profile that one stream needs, declared in the module of the stream."""

    key: ClassVar[str]
    """Key of the part in the YAML file of a profile."""
