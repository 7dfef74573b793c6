"""Layout of a file, where it cannot be detected: the section `file` of a mapping."""

from __future__ import annotations

import codecs
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class FileOptions(BaseModel):
    """Layout of a file, where it cannot be detected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header_line: int = Field(1, ge=1, description="First line with column names, from 1.")
    header_rows: int | None = Field(
        None, ge=1, le=5, description="Lines with column names; merged cells show it if empty."
    )
    sheet: str | int | None = Field(None, description="Worksheet, by name or number from 0.")
    sheets: Literal["all"] | None = Field(
        None, description="`all`: every visible worksheet with the header of the first."
    )
    encoding: str | None = Field(None, description="Text encoding; detected if empty.")
    delimiter: str | None = Field(
        None, min_length=1, max_length=1, description="Separator of a CSV; detected if empty."
    )
    multiline: bool = Field(
        False, description="Whether quoted fields may contain line breaks and many separators."
    )

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, encoding: str | None) -> str | None:
        try:
            return encoding and codecs.lookup(encoding).name
        except (LookupError, ValueError) as error:
            raise ValueError(f"there is no encoding {encoding}") from error
