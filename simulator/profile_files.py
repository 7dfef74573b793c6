"""Reading of profiles from YAML files, each of which may be based on another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from livelihood.registry import load_regions
from producers.errors import SourceError
from simulator.profiles.profile import Profile
from simulator.streams.registry import PROFILE_PARTS

PROFILES_FOLDER = Path(__file__).resolve().parent / "profiles"
# Default weights of a township in the number of households, by the ending of its name.
TOWNSHIP_WEIGHTS = {"街道": 6.0, "镇": 3.0, "乡": 1.5}
OTHER_WEIGHT = 0.5

Document = dict[str, Any]


def read_profile(path: Path) -> Profile:
    """Read the profile in a YAML file.

    `based_on` names another profile whose values are the defaults. A file without townships has
    all those of its region in the region tree. Raises `SourceError` with file and key if the file
    is not valid.
    """
    try:
        content = _document(path)
        if "townships" not in content:
            content["townships"] = _townships(str(content.get("region_code")))
        return Profile.model_validate(_with_streams(content))
    except (OSError, yaml.YAMLError, ValidationError, SourceError) as error:
        raise SourceError(f"the profile {path} cannot be used: {error}") from error


def load_profile(name: str = "ceheng") -> Profile:
    """Read a profile of the simulator. Raises `SourceError` if there is none of that name."""
    path = PROFILES_FOLDER / f"{name}.yaml"
    if not path.exists():
        names = ", ".join(sorted(file.stem for file in PROFILES_FOLDER.glob("*.yaml")))
        raise SourceError(f"there is no simulator profile {name!r}; there are: {names}")
    return read_profile(path)


def _with_streams(content: Document) -> Document:
    """Return the document with the parts of streams validated and apart from the others.

    A part whose fields all have defaults may be absent.
    """
    absent = PROFILE_PARTS.keys() - content.keys()
    missing = [
        key
        for key in sorted(absent)
        if any(field.is_required() for field in PROFILE_PARTS[key].model_fields.values())
    ]
    if missing:
        raise SourceError(f"it lacks {', '.join(missing)}")
    keys = [*(key for key in content if key in PROFILE_PARTS), *sorted(absent)]
    streams = {key: PROFILE_PARTS[key].model_validate(content.get(key, {})) for key in keys}
    area = {key: value for key, value in content.items() if key not in streams}
    return area | {"streams": streams}


def _document(path: Path) -> Document:
    content: Document = yaml.safe_load(path.read_text(encoding="utf-8"))
    base = content.pop("based_on", None)
    if base is None:
        return content
    base_document = _document(PROFILES_FOLDER / f"{base}.yaml")
    base_document.pop("townships", None)
    return _merged(base_document, content)


def _merged(base: Document, over: Document) -> Document:
    """Merge two documents, key by key; values of the second replace those of the first."""
    merged = {
        key: _merged(base[key], value)
        if isinstance(value, dict) and isinstance(base.get(key), dict)
        else value
        for key, value in over.items()
    }
    return base | merged


def _townships(region_code: str) -> list[Document]:
    """Return all townships of a region, with default weights."""
    return [
        {
            "code": region.region_code,
            "name": region.name_zh,
            "weight": next(
                (
                    weight
                    for kind, weight in TOWNSHIP_WEIGHTS.items()
                    if region.name_zh.endswith(kind)
                ),
                OTHER_WEIGHT,
            ),
            "relocation_weight": 1.0,
        }
        for region in load_regions().values()
        if region.level == "township" and region.region_code.startswith(region_code)
    ]
