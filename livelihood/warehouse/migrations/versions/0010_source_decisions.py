"""Record who retired a source and who ended a token key."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add columns for the person; decisions before this version name no one."""
    op.execute("""
        alter table ops.source add column retired_by text check (retired_by <> '')""")
    op.execute("""
        alter table ops.source_key add column ended_by text check (ended_by <> '')""")
