"""The schemas, and the bookkeeping tables of the stages."""

from alembic import op

revision = "0001"
down_revision = None

SCHEMAS = ("landing", "ops", "seeds", "staging", "core", "marts", "published")

TABLES = """
create table ops.stream_offset (
    stream text collate "C" not null,
    partition integer not null,
    next_offset bigint not null,
    topic_id text not null,
    updated_at timestamptz not null default now(),
    primary key (stream, partition)
);
create sequence ops.load_id;
create table ops.load (
    load_id bigint primary key,
    stream text collate "C" not null,
    kind text not null check (kind in ('load', 'replay')),
    started_at timestamptz not null,
    committed_at timestamptz not null default clock_timestamp(),
    records bigint not null,
    rejected bigint not null,
    from_offsets jsonb not null,
    to_offsets jsonb not null
);
create index load_stream on ops.load (stream, load_id);
create table ops.quarantine (
    quarantine_id bigint generated always as identity primary key,
    stream text collate "C" not null,
    partition integer not null,
    "offset" bigint not null,
    produced_at timestamptz not null,
    key bytea,
    value bytea,
    reasons text[] not null,
    load_id bigint not null,
    quarantined_at timestamptz not null default now(),
    replayed_load_id bigint,
    unique (stream, partition, "offset")
);
create table ops.build (
    build_id bigint generated always as identity primary key,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    status text not null check (status in ('running', 'built', 'failed')),
    horizon jsonb not null,
    as_of_date date not null,
    code_version text not null,
    contract_versions jsonb not null,
    dbt_version text not null,
    message text
);
create table ops.build_watermark (
    schema_name text not null,
    model text not null,
    horizon jsonb not null,
    as_of_date date not null,
    primary key (schema_name, model)
);
create table ops.gate_result (
    gate_id bigint generated always as identity primary key,
    build_id bigint not null references ops.build,
    verdict text not null check (verdict in ('open', 'closed')),
    checked_at timestamptz not null default clock_timestamp(),
    critical_failed integer not null,
    warning_failed integer not null,
    checks integer not null,
    report jsonb not null
);
create index gate_result_build on ops.gate_result (build_id);
create table published.release (
    release_id bigint primary key,
    released_at timestamptz not null default now(),
    as_of_date date not null,
    build_id bigint not null,
    gate_id bigint not null,
    horizon jsonb not null,
    offsets jsonb not null,
    load_ids jsonb not null,
    dbt_version text not null,
    code_version text not null,
    contract_versions jsonb not null,
    row_counts jsonb not null,
    is_simulated boolean not null
);
create table ops.alert (
    alert_id bigint generated always as identity primary key,
    rule text not null,
    subject text not null,
    level text not null check (level in ('yellow', 'orange', 'red')),
    state text not null check (state in ('open', 'acknowledged', 'handled', 'cleared')),
    title text not null,
    detail jsonb not null default '{}',
    owner text,
    opened_at timestamptz not null default now(),
    state_changed_at timestamptz not null default now(),
    acknowledged_by text,
    acknowledged_at timestamptz,
    handled_by text,
    handled_at timestamptz,
    handling_note text,
    cleared_at timestamptz,
    times_opened integer not null default 1,
    last_seen_at timestamptz not null default now(),
    unique (rule, subject)
);
create table ops.outbox (
    message_id bigint generated always as identity primary key,
    alert_id bigint not null references ops.alert,
    event text not null,
    title text not null,
    body text not null,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    last_error text,
    dead boolean not null default false,
    -- Who has the message already: a dead destination must not make the others get it twice.
    delivered_to text[] not null default '{}'
);
create index outbox_waiting on ops.outbox (next_attempt_at) where sent_at is null and not dead;
comment on table published.release is '发布批次: one row per release; its figures never change';
"""


def upgrade() -> None:
    """Create schemas and bookkeeping tables."""
    for schema in SCHEMAS:
        op.execute(f"create schema if not exists {schema}")
    op.execute(TABLES)
