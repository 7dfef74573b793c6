"""Only the registry opens the seed files; every other module reads typed rows from it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from livelihood.settings import ROOT
from tests.policy.repository import files, require
from tests.policy.seeds import MODELS

# They work on the files as such.
EXEMPT = {
    "livelihood/transform/dbt.py": "computes a digest of all files that decide the figures",
    "bench/changed.py": "writes a shorter catalogue into a copy of the repository",
    "tests/policy/test_seeds.py": "compares the files with dbt's declarations",
    "tests/unit/registry/test_seeds.py": "plants faults in copies of the files",
}
NAMES = {"seeds", *(f"{name}.csv" for name in MODELS)}


def opened_seeds(text: str) -> Iterator[str]:
    """Yield the lines on which a module names the folder or a file of it in a path."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ImportFrom(module="livelihood.registry.seeds", names=names):
                parts = [alias.name for alias in names if alias.name == "SEEDS"]
            case ast.BinOp(op=ast.Div(), right=ast.Constant(value=str(part))):
                parts = [part]
            case ast.Call(func=ast.Name(id="Path") | ast.Attribute(attr="joinpath"), args=args):
                parts = [str(arg.value) for arg in args if isinstance(arg, ast.Constant)]
            case _:
                continue
        if any(part == "SEEDS" or part.split("/")[-1] in NAMES for part in parts):
            yield f"line {node.lineno}: read it by livelihood.registry"


def test_only_the_registry_opens_seed_files() -> None:
    modules = [
        name
        for name in files()
        if name.endswith(".py") and not name.startswith("livelihood/registry/")
    ]
    openings = {name: list(opened_seeds((ROOT / name).read_text("utf-8"))) for name in modules}
    require(
        f"{name}: {line}"
        for name, lines in openings.items()
        if name not in EXEMPT
        for line in lines
    )
    assert {name for name, lines in openings.items() if lines} == EXEMPT.keys()


@pytest.mark.parametrize(
    "line",
    [
        'open(ROOT / "dbt_project" / "seeds" / name)',
        'open(folder / "targets.csv")',
        'Path("dbt_project", "seeds", "targets.csv").open()',
        'Path("dbt_project/seeds/targets.csv").open()',
        'ROOT.joinpath("dbt_project", "seeds")',
        "from livelihood.registry.seeds import SEEDS, read_rows",
    ],
)
def test_a_module_that_opens_a_seed_file_is_found(line: str) -> None:
    assert list(opened_seeds(line))
    assert not list(opened_seeds('message = "Correct its row in seeds/targets.csv"'))
