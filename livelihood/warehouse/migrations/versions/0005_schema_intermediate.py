"""Rename schema `core` to `intermediate`. The next build fills it, because the code has changed."""

from alembic import op

revision = "0005"
down_revision = "0004"

SCRATCH_SCHEMAS = ("reconcile_seeds", "reconcile_staging", "reconcile_core", "reconcile_marts")


def upgrade() -> None:
    """Drop the tables of the former names, which are derived from `landing`, and their progress."""
    for schema in ("core", *SCRATCH_SCHEMAS):
        op.execute(f"drop schema if exists {schema} cascade")
    op.execute("create schema if not exists intermediate")
    op.execute("delete from ops.build_watermark")
