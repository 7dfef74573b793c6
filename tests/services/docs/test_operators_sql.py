"""The SQL statements in the handbooks run; their effects are rolled back."""

from __future__ import annotations

import re

import pytest

from livelihood.settings import Settings
from livelihood.warehouse import connect
from tests.documents import Block, Document

BLOCKS = [
    block
    for name in ("docs/runbook.md", "CONTRIBUTING.md")
    for block in Document(name).blocks
    if block.language == "sql"
]
# The test has a transaction of its own, which VACUUM would not run in.
STATEMENT = re.compile(r"(?:\$\$.*?\$\$|[^;])+", re.DOTALL)
LEFT_OUT = re.compile(r"begin|commit|vacuum\b.*", re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.heading)
def test_the_statements_run(published_platform: Settings, block: Block) -> None:
    statements = [statement.strip() for statement in STATEMENT.findall(block.text)]
    with connect(published_platform) as connection:
        for statement in statements:
            if statement and not LEFT_OUT.fullmatch(statement):
                connection.execute(statement.encode())
        connection.rollback()
