"""What all parts of a profile share: strict reading, and counts that can be made smaller."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

Share = float


class Part(BaseModel):
    """A part of a profile: a key it does not declare is an error, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def times(self, fraction: float, *names: str, least: int = 1) -> Self:
        """This part with the named counts multiplied; zero stays zero."""
        values = {name: getattr(self, name) for name in names}
        smaller = {
            name: max(least, round(value * fraction)) if value else 0
            for name, value in values.items()
        }
        return self.model_copy(update=smaller)
