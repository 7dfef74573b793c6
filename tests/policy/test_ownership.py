"""Facts with one owner: the ledger has the SQL on its tables, the pipeline the order of stages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from livelihood.settings import ROOT
from tests.policy.repository import files, require

PRODUCT = ("livelihood/", "expectations/", "producers/", "simulator/", "dags/", "infra/")
LEDGER = "livelihood/warehouse/ledger/"
MIGRATIONS = "livelihood/warehouse/migrations/"
PIPELINE = "livelihood/pipeline.py"
LEDGER_SQL = re.compile(
    r"(?:\b(?:from|join|into|update|table|only|using|truncate|on)|,)\s+"
    r"(?:ops\.(?:load|load_failure|quarantine_overflow|quarantine_purge|build|build_watermark|gate_result"
    r"|stream_offset|stream_stop|offset_gap|source|source_key)"
    r"|published\.release)\b(?!_)",
    re.IGNORECASE,
)
LEDGER_NAMES = {
    ("ops", name)
    for name in (
        "load",
        "load_failure",
        "quarantine_overflow",
        "quarantine_purge",
        "build",
        "build_watermark",
        "gate_result",
        "stream_offset",
        "stream_stop",
        "offset_gap",
        "source",
        "source_key",
    )
} | {("published", "release")}
# Statements that join a table of the ledger with others, and why a function cannot replace it.
ALLOWED_SQL = {
    "expectations/checks/candidate.py": "a check is one statement that Great Expectations runs",
    "expectations/checks/delivery.py": "a check compares landing with its loads in one snapshot",
    "livelihood/publish/views.py": "the body of the function that shows an earlier release",
}
STAGES = {
    ("livelihood.transform", "build"): "build",
    ("livelihood.transform.run", "build"): "build",
    ("expectations", "run_gate"): "gate",
    ("expectations.gate", "run_gate"): "gate",
    ("livelihood.publish", "publish"): "publish",
    ("livelihood.publish.release", "publish"): "publish",
}
# Tests of single stages, which call them in orders that the pipeline does not allow.
STAGE_TESTS = (
    "tests/services/transform/",
    "tests/services/expectations/",
    "tests/services/publish/",
    "tests/services/warehouse/",
)


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of each string but docstrings; values in f-strings are left out."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else "{}" for p in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and id(node) not in docstrings:
            value = node.value
            if isinstance(value, bytes):
                value = value.decode(errors="replace")
            if isinstance(value, str):
                yield node.lineno, value


def ledger_sql(name: str, text: str) -> Iterator[str]:
    """Yield each place in a module with SQL on a table of the ledger."""
    tree = ast.parse(text)
    for line, string in texts(tree):
        if LEDGER_SQL.search(string):
            yield f"{name}:{line}: this SQL belongs in {LEDGER}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "Identifier":
            values = tuple(a.value for a in node.args if isinstance(a, ast.Constant))
            if values[:2] in LEDGER_NAMES:
                yield f"{name}:{node.lineno}: this SQL belongs in {LEDGER}"


def stage_names(tree: ast.Module) -> dict[str, str]:
    """Return the stage by each local name under which a module imports it."""
    return {
        alias.asname or alias.name: stage
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (stage := STAGES.get((node.module or "", alias.name)))
    }


def stage_sequences(name: str, text: str) -> Iterator[str]:
    """Yield each function of a module that calls several stages of the pipeline."""
    tree = ast.parse(text)
    names = stage_names(tree)
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        called = {
            names[node.func.id]
            for node in ast.walk(function)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in names
        }
        if len(called) > 1:
            stages = ", ".join(sorted(called))
            yield f"{name}:{function.lineno}: {function.name} calls {stages}; call {PIPELINE}"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_only_the_ledger_has_sql_on_its_tables() -> None:
    modules = [
        name
        for name in files()
        if name.endswith(".py")
        and name.startswith(PRODUCT)
        and not name.startswith((LEDGER, MIGRATIONS))
    ]
    assert modules
    require(
        problem
        for name in modules
        if name not in ALLOWED_SQL
        for problem in ledger_sql(name, read(name))
    )
    # An exception that is no longer needed is removed from the list.
    require(
        f"{name}: no exception" for name in ALLOWED_SQL if not any(ledger_sql(name, read(name)))
    )


def test_planted_sql_on_a_table_of_the_ledger_is_found() -> None:
    for planted in (
        'connection.execute("select max(build_id)\\n  from ops.build")',
        'connection.execute("select 1 from landing.training, ops.load")',
        'connection.execute(b"delete from published.release")',
        'QUERY = f"select 1 from {a} join ops.load using (load_id)"',
        'sql.SQL("select 1 from {}").format(sql.Identifier("ops", "stream_offset"))',
    ):
        assert len(list(ledger_sql("livelihood/x.py", planted))) >= 1, planted
    harmless = (
        '"""A row of ops.build."""\nx = "see ops.offset_gap"\n'
        'y = "select 1 from ops.build_error join published.release_on(day)"'
    )
    assert not list(ledger_sql("livelihood/x.py", harmless))


def test_only_the_pipeline_calls_stages_in_sequence() -> None:
    modules = [
        name for name in files() if name.endswith(".py") and not name.startswith(STAGE_TESTS)
    ]
    assert PIPELINE in modules
    require(
        problem
        for name in modules
        if name != PIPELINE
        for problem in stage_sequences(name, read(name))
    )


def test_a_planted_copy_of_the_pipeline_is_found() -> None:
    planted = (
        "from expectations import run_gate\n"
        "def monitor(settings):\n"
        "    from livelihood.transform import build as compute\n"
        "    run_gate(settings, compute(settings).build_id)\n"
    )
    assert len(list(stage_sequences("bench/x.py", planted))) == 1
    one_stage = (
        "from livelihood.publish import publish\ndef f(s):\n    publish(s)\n    publish(s)\n"
    )
    assert not list(stage_sequences("bench/x.py", one_stage))
