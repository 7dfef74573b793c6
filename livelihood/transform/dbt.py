"""dbt in this process, with the platform's settings and without telemetry."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from livelihood.errors import BuildFailed
from livelihood.registry.seeds import SEEDS
from livelihood.settings import ROOT, Settings
from livelihood.transform.lineage import emit_lineage

logger = logging.getLogger(__name__)

PROJECT = ROOT / "dbt_project"

_QUIET = ("--quiet", "--no-use-colors", "--log-level", "none")

# The figures depend on these folders and on nothing else.
_CODE = (PROJECT / "models", PROJECT / "macros", SEEDS, ROOT / "contracts")


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return the version of the package and a digest of the files that determine the figures."""
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return f"{version('livelihood')}+{digest.hexdigest()[:12]}"


def dbt_version() -> str:
    """Return the version of dbt-core."""
    return version("dbt-core")


def run_dbt(
    settings: Settings,
    command: list[str],
    variables: dict[str, Any],
    schema_prefix: str = "",
    *,
    full_parse: bool = False,
    artifacts: bool = True,
) -> None:
    """Parse the project, then run one dbt command with these variables.

    Only changed files are parsed, unless `full_parse`. Variables are passed after parsing, because
    dbt parses the whole project whenever they differ. A `schema_prefix` selects scratch schemas and
    a separate folder for dbt's files. Without `artifacts`, a manifest that is up to date is not
    rewritten and no run results are written: both take longer than the SQL of a small build.

    Raises `BuildFailed` with the failing nodes and their messages.
    """
    manifest = parse(settings, schema_prefix, full_parse=full_parse)
    from dbt.cli.main import dbtRunner

    target = _target(settings, schema_prefix)
    writes_json = artifacts or settings.lineage_transport is not None or not _is_current(target)
    result = dbtRunner(manifest=manifest).invoke(
        [
            *_QUIET,
            *([] if writes_json else ["--no-write-json"]),
            *command,
            *_folders(settings, target),
            *("--vars", json.dumps(variables)),
        ]
    )
    if not schema_prefix:
        emit_lineage(settings, PROJECT, target)
    if not result.success:
        raise BuildFailed(_explain(result))


def parse(settings: Settings, schema_prefix: str = "", *, full_parse: bool = False) -> Any:  # noqa: ANN401 - dbt's manifest
    """Return dbt's manifest of the project; parses changed files, or all with `full_parse`.

    Raises `BuildFailed` with dbt's message.
    """
    _set_environment(settings, schema_prefix)
    from dbt.cli.main import dbtRunner

    folders = _folders(settings, _target(settings, schema_prefix))
    partial = ["--no-partial-parse"] if full_parse else []
    parsed = dbtRunner().invoke([*_QUIET, *partial, "--no-write-json", "parse", *folders])
    if not parsed.success:
        raise BuildFailed(f"dbt cannot parse its project: {parsed.exception}")
    return parsed.result


def warm_up(settings: Settings) -> None:
    """Parse the project and compile its macros, for the builds forked from this process.

    dbt caches compiled macros and generated code for the life of its process. A run that selects
    no model generates the remaining code. This saves each build a second and needs no database.
    Raises `BuildFailed`.
    """
    manifest = parse(settings)
    from dbt.cli.main import dbtRunner
    from dbt_common.clients.jinja import template_cache

    for macro in manifest.macros.values():
        template_cache.get_node_template(macro)
    empty_run = ["--no-write-json", "build", "--select", "fqn:none"]
    dbtRunner(manifest=manifest).invoke([
        *_QUIET, *empty_run, *_folders(settings, _target(settings, ""))
    ])  # fmt: skip


def _is_current(target: Path) -> bool:
    """Return whether dbt wrote its manifest after it last parsed the project."""
    manifest, parsed = target / "manifest.json", target / "partial_parse.msgpack"
    return manifest.exists() and manifest.stat().st_mtime >= parsed.stat().st_mtime


def _target(settings: Settings, schema_prefix: str) -> Path:
    return settings.dbt_target.with_name(f"{schema_prefix}target")


def _folders(settings: Settings, target: Path) -> list[str]:
    return [
        "--project-dir", str(PROJECT),
        "--profiles-dir", str(PROJECT),
        "--target-path", str(target),
        "--log-path", str(settings.dbt_target.parent / "logs"),
    ]  # fmt: skip


def _explain(result: Any) -> str:  # noqa: ANN401 - dbt's result types differ per command
    if result.exception is not None:
        return f"dbt stopped: {result.exception}"
    failed = [
        f"{node.node.name}: {' '.join((node.message or '').split())}"
        for node in result.result
        if str(node.status) in ("error", "fail", "runtime error")
    ]
    return f"dbt could not build {len(failed)} node(s): " + "; ".join(failed[:5])


def _set_environment(settings: Settings, schema_prefix: str) -> None:
    """Export the variables that dbt's profile and its schema macro read."""
    url = urlsplit(settings.database_url())
    host = parse_qs(url.query).get("host", [url.hostname or "localhost"])[0]
    os.environ.update(
        LIVELIHOOD_DBT_SCHEMA_PREFIX=schema_prefix,
        LIVELIHOOD_DBT_HOST=host,
        LIVELIHOOD_DBT_PORT=str(url.port or 5432),
        LIVELIHOOD_DBT_USER=unquote(url.username or "postgres"),
        LIVELIHOOD_DBT_PASSWORD=unquote(url.password or ""),
        LIVELIHOOD_DBT_DBNAME=url.path.lstrip("/"),
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
        DO_NOT_TRACK="1",
    )
