"""Record which failed checks a person accepted for a build, and show them with the release."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table of acceptances, and their column in the list of releases."""
    op.execute("""
        create table ops.gate_acceptance (
            build_id bigint not null references ops.build,
            check_id text not null,
            accepted_by text not null check (accepted_by <> ''),
            reason text not null check (reason <> ''),
            observed text not null,
            accepted_at timestamptz not null default clock_timestamp(),
            primary key (build_id, check_id)
        )""")
    op.execute("""
        alter table published.release
        add column accepted_checks jsonb not null default '[]'""")
