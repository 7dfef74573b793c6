"""Time at which retention deleted the rows of a release. The release stays listed."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column."""
    op.execute("alter table published.release add column if not exists rows_removed_at timestamptz")
