"""When the rows of a release were removed by retention; the release itself stays listed."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the mark."""
    op.execute("alter table published.release add column if not exists rows_removed_at timestamptz")
