"""Reset of the build watermarks, some of whose models no longer exist.

The code has changed as well, so the next build is a full refresh.
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Delete all watermarks."""
    op.execute("delete from ops.build_watermark")
