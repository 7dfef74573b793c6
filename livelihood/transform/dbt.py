"""Runs dbt in this process, with the settings of the platform and without telemetry."""

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

# What decides the figures: these folders, and nothing else.
_CODE = (PROJECT / "models", PROJECT / "macros", SEEDS, ROOT / "contracts")


@lru_cache(maxsize=1)
def code_version() -> str:
    """Version of the package and a digest of all that decides the figures."""
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return f"{version('livelihood')}+{digest.hexdigest()[:12]}"


def dbt_version() -> str:
    """Version of dbt-core."""
    return version("dbt-core")


def run_dbt(
    settings: Settings,
    command: list[str],
    variables: dict[str, Any],
    schema_prefix: str = "",
    *,
    anew: bool = False,
    artifacts: bool = True,
) -> None:
    """Parse the project if it changed, or `anew`, then run one dbt command with these variables.

    Variables are handed over after parsing, because dbt parses anew whenever they differ. With a
    `schema_prefix` all schemas are scratch ones, and dbt's files are kept apart as well. Without
    `artifacts`, its manifest is left as it is if it describes the project, and nothing is told of
    the run: writing both takes longer than the SQL of a small build.
    Raises `BuildFailed` with the failing nodes and their messages.
    """
    manifest = parse(settings, schema_prefix, anew=anew)
    from dbt.cli.main import dbtRunner

    target = _target(settings, schema_prefix)
    told = artifacts or settings.lineage_transport is not None or not _is_described(target)
    result = dbtRunner(manifest=manifest).invoke(
        [
            *_QUIET,
            *([] if told else ["--no-write-json"]),
            *command,
            *_folders(settings, target),
            *("--vars", json.dumps(variables)),
        ]
    )
    if not schema_prefix:
        emit_lineage(settings, PROJECT, target)
    if not result.success:
        raise BuildFailed(_explain(result))


def parse(settings: Settings, schema_prefix: str = "", *, anew: bool = False) -> Any:  # noqa: ANN401 - dbt's manifest
    """What dbt knows of the project, read again where files changed, or `anew` altogether.

    Raises `BuildFailed` with dbt's words.
    """
    _set_environment(settings, schema_prefix)
    from dbt.cli.main import dbtRunner

    folders = _folders(settings, _target(settings, schema_prefix))
    whole = ["--no-partial-parse"] if anew else []
    parsed = dbtRunner().invoke([*_QUIET, *whole, "--no-write-json", "parse", *folders])
    if not parsed.success:
        raise BuildFailed(f"dbt cannot parse its project: {parsed.exception}")
    return parsed.result


def read_ahead(settings: Settings) -> None:
    """Make ready what each build forked from this process would make again: a second of its time.

    dbt keeps its compiled macros, and code that it writes for itself, as long as its process
    lives. A run of no model makes the rest of them; no database is needed. Raises `BuildFailed`.
    """
    manifest = parse(settings)
    from dbt.cli.main import dbtRunner
    from dbt_common.clients.jinja import template_cache

    for macro in manifest.macros.values():
        template_cache.get_node_template(macro)
    nothing = ["--no-write-json", "build", "--select", "fqn:none"]
    dbtRunner(manifest=manifest).invoke([
        *_QUIET, *nothing, *_folders(settings, _target(settings, ""))
    ])  # fmt: skip


def _is_described(target: Path) -> bool:
    """Whether dbt has written its manifest since it last read the project anew."""
    manifest, memory = target / "manifest.json", target / "partial_parse.msgpack"
    return manifest.exists() and manifest.stat().st_mtime >= memory.stat().st_mtime


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
    """Tell dbt's profile where the warehouse is, and its schema macro which prefix to use."""
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
