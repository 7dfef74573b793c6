"""The command that writes the files derived from contracts, registry, checks, settings and locks.

`python -m tools.generate` writes them; with `--check` it fails if one of them is out of date.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from livelihood.errors import LivelihoodError
from livelihood.settings import ROOT


def _dbt_sources() -> str:
    from livelihood.contracts import load_contracts
    from livelihood.contracts.derive import dbt_sources

    return dbt_sources(load_contracts().values())


def _dbt_streams() -> str:
    from livelihood.contracts import load_contracts
    from livelihood.contracts.derive import dbt_streams

    return dbt_streams(load_contracts().values())


def _dbt_monitors() -> str:
    from tools.generate.dbt_macros import dbt_monitors

    return dbt_monitors()


def _schema(stream: str) -> Callable[[], str]:
    def write() -> str:
        from livelihood.contracts import load_contract
        from livelihood.contracts.derive import json_schema

        return json.dumps(json_schema(load_contract(stream)), indent=2, ensure_ascii=False) + "\n"

    return write


def _dictionary() -> str:
    from tools.generate.data_dictionary import data_dictionary

    return data_dictionary()


def _plans() -> str:
    from tools.generate.plans import plans_markdown

    return plans_markdown()


def _checks() -> str:
    from expectations import checks_markdown

    return checks_markdown()


def _environment_example() -> str:
    from infra.env_example import render

    return render()


def _bill_of_materials() -> str:
    from tools.bill_of_materials import render

    return render()


def derived_files() -> dict[Path, Callable[[], str]]:
    """Return the function that creates the text of each derived file."""
    from livelihood.contracts import load_contracts
    from tools.generate.stream_models import derived_models

    schemas = {
        ROOT / "docs" / "schemas" / f"{stream}.schema.json": _schema(stream)
        for stream in load_contracts()
    }
    return {
        ROOT / "dbt_project" / "models" / "staging" / "_landing.yml": _dbt_sources,
        ROOT / "dbt_project" / "macros" / "streams.sql": _dbt_streams,
        ROOT / "dbt_project" / "macros" / "monitors.sql": _dbt_monitors,
        ROOT / "docs" / "data-dictionary.md": _dictionary,
        ROOT / "docs" / "plans.md": _plans,
        ROOT / "docs" / "checks.md": _checks,
        ROOT / ".env.example": _environment_example,
        ROOT / "sbom.cdx.json": _bill_of_materials,
        **schemas,
        **derived_models(),
    }


def orphaned_files() -> list[Path]:
    """Return the message schemas and models of streams that no longer have a source."""
    schemas = (ROOT / "docs" / "schemas").glob("*.schema.json")
    models = (ROOT / "dbt_project" / "models" / "intermediate").rglob("*.sql")
    generated = (path for path in models if "Generated from" in path.read_text("utf-8")[:40])
    return sorted({*schemas, *generated} - derived_files().keys())


def drifted() -> list[str]:
    """Return the derived files that are out of date."""
    return [
        str(path.relative_to(ROOT))
        for path, write in derived_files().items()
        if not path.exists() or path.read_text(encoding="utf-8") != write()
    ]


def refused() -> list[str]:
    """Return the changes of contracts that their version numbers do not announce."""
    from livelihood.contracts.compatibility import refused_changes

    return [
        change
        for path, write in derived_files().items()
        if path.name.endswith(".schema.json") and path.exists()
        for change in refused_changes(
            json.loads(path.read_text(encoding="utf-8")), json.loads(write())
        )
    ]


def main() -> int:
    """Write or, with `--check`, compare the files. Return 1 if one is out of date or not readable.

    Nothing is written if a contract breaks its message schema without announcing it.
    """
    try:
        if changes := refused():
            sys.stderr.write("".join(f"{change}\n" for change in changes))
            return 1
        return _compare() if "--check" in sys.argv[1:] else _write()
    except LivelihoodError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _compare() -> int:
    stale = drifted()
    for name in stale:
        sys.stderr.write(f"{name} is out of date: run `make generate`\n")
    orphans = orphaned_files()
    for path in orphans:
        sys.stderr.write(f"{path.relative_to(ROOT)} has no source: run `make generate`\n")
    return 1 if stale or orphans else 0


def _write() -> int:
    for path, write in derived_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(write(), encoding="utf-8")
    for path in orphaned_files():
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
