"""A small warehouse in which every check passes: two townships, four months, one release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from livelihood.contracts import Column, Contract, load_contracts
from livelihood.warehouse.landing import landing_columns
from testkit.marts import create_marts, insert_rows, mart_columns

AS_OF_DATE = dt.date(2023, 6, 30)
MONTHS = [dt.date(2023, month, 1) for month in (3, 4, 5, 6)]
PARENTS = {"52": None, "5223": "52", "522327": "5223", "522327100": "522327", "522327101": "522327"}
LEVELS = {2: "province", 4: "prefecture", 6: "county", 9: "township"}
TOWNSHIPS = ("522327100", "522327101")
RECORDS_PER_LOAD = 3
ARREARS_YUAN = Decimal("2500.50")
ZERO_EMPLOYMENT_HOUSEHOLDS = 10
MONITORS = ("zero_employment_household", "unpaid_wage_project", "uninsured_person")

MARTS = (
    "dim_region",
    "dim_indicator",
    "dim_population",
    "dim_plan",
    "dim_target",
    "dim_monitor",
    "indicator_value",
    "target_progress",
    "wage_arrears",
    "action_list",
    "report_comparison",
    "report_clock",
)


class Figure(NamedTuple):
    """An indicator of the catalogue and its numerator and denominator in one township."""

    code: str
    kind: str
    unit: str
    population: str
    numerator: Decimal
    denominator: Decimal | None = None


def _count(code: str, numerator: int, kind: str = "stock", population: str = "all") -> Figure:
    return Figure(code, kind, "persons", population, Decimal(numerator))


def _ratio(code: str, numerator: int, denominator: int) -> Figure:
    return Figure(code, "ratio", "pct", "all", Decimal(numerator), Decimal(denominator))


FIGURES = (
    _count("employed_persons", 900),
    _count("employed_persons", 200, population="urban"),
    _count("employed_persons", 700, population="rural"),
    _count("labour_force_persons", 1000),
    _ratio("employment_rate_pct", 900, 1000),
    _count("newly_employed_persons", 30, "flow"),
    _count("new_urban_employed_persons", 20, "flow"),
    _count("labour_households", 400),
    _count("zero_employment_households", ZERO_EMPLOYMENT_HOUSEHOLDS),
    _count("employee_pension_insured_persons", 300),
    _ratio("pension_coverage_pct", 950, 1000),
    _ratio("wage_on_time_full_pct", 190, 200),
    _ratio("real_name_cover_pct", 95, 100),
    Figure("wage_arrears_yuan", "flow", "yuan", "all", ARREARS_YUAN),
    Figure("wage_mean_yuan", "mean", "yuan", "all", Decimal(700_000), Decimal(200)),
)
# Computed from the mean wage, which is the same in all regions.
FLOOR = Figure("contribution_base_floor_yuan", "composite", "yuan", "all", Decimal(3500))
FACTORS = {"ratio": Decimal(100), "composite": Decimal("0.6")}
OFFICES = ("县人社局", "县财政局")
_SUBMITTED = "2023-06-16T08:00:00Z"
_TARGET_COLUMNS = (
    "target_id plan_id indicator_code region_code population starts_on ends_on unit measured_by"
    " duplicate_of owner"
)
_ACTION_COLUMNS = "monitor_code region_code subject opened_on persons amount_yuan owner"


def fill(connection: psycopg.Connection) -> None:
    """Create the marts without dbt; fill landing, bookkeeping, marts and one release."""
    create_marts(connection, "marts", MARTS)
    for contract in load_contracts().values():
        _land(connection, contract)
    _reused_ids(connection)
    _dimensions(connection)
    for mart, rows in {
        "indicator_value": _figures(),
        "target_progress": _progress(),
        "wage_arrears": _arrears(),
        "report_comparison": _comparison(),
        "report_clock": _clock(),
    }.items():
        insert_rows(connection, f"marts.{mart}", tuple(mart_columns(mart)), rows)
    _insert(connection, "dim_monitor", "monitor_code name_zh owner", _monitors())
    _insert(connection, "action_list", _ACTION_COLUMNS, _actions())
    _release(connection)
    connection.commit()


def _insert(
    connection: psycopg.Connection, mart: str, columns: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    insert_rows(connection, f"marts.{mart}", columns.split(), rows)


def _land(connection: psycopg.Connection, contract: Contract) -> None:
    # Load 1 was released, load 2 is new; ids are the same for all streams plus a distance.
    base = 10 * list(load_contracts()).index(contract.name)
    names = landing_columns(contract)
    for load_id in (base + 1, base + 2):
        for number in range(RECORDS_PER_LOAD):
            row = {column.name: _cell(column, contract, number) for column in contract.columns}
            row |= {"_partition": 0, "_offset": load_id * 100 + number, "_load_id": load_id}
            row |= {"record_id": f"r{load_id}-{number}", "_produced_at": "2023-06-21T00:00:00Z"}
            connection.execute(
                sql.SQL("insert into landing.{} ({}) values ({})").format(
                    sql.Identifier(contract.name),
                    sql.SQL(", ").join(map(sql.Identifier, names)),
                    sql.SQL(", ").join([sql.Placeholder()] * len(names)),
                ),
                [row[name] for name in names],
            )
        connection.execute(
            "insert into ops.load (load_id, stream, kind, started_at, records, rejected,"
            " from_offsets, to_offsets) values (%s, %s, 'load', now(), %s, 0, '{}', '{}')",
            [load_id, contract.name, RECORDS_PER_LOAD],
        )
    _build_records(connection, contract)


def _build_records(connection: psycopg.Connection, contract: Contract) -> None:
    """Create the table of current records; each is a fact of its own."""
    columns = [
        sql.SQL("{0} || '-' || _offset as {0}" if is_key else "{0}").format(sql.Identifier(name))
        for name, is_key in (
            (name, name in contract.business_key and contract.column(name).logical_type == "string")
            for name in landing_columns(contract)
        )
    ]
    connection.execute(
        sql.SQL(
            "create table {} as select {}, true as is_current, _load_id as _changed_load_id from {}"
        ).format(
            sql.Identifier("intermediate", f"int_{contract.name}_records"),
            sql.SQL(", ").join(columns),
            sql.Identifier("landing", contract.name),
        )
    )


def _reused_ids(connection: psycopg.Connection) -> None:
    """Create the empty list of ids that several entities have."""
    connection.execute(
        "create table intermediate.int_reused_record_ids"
        " (stream text, source_system text, record_id text, is_ambiguous boolean)"
    )


def _cell(column: Column, contract: Contract, number: int) -> Any:
    if column.personal:
        return f"{number:032x}"
    if column.reference:
        return TOWNSHIPS[number % 2]
    if column.valid_values:
        return column.valid_values[number % len(column.valid_values)]
    fixed = {"revision": 1, "source_system": "simulator", "birth_year": 1980, "period_months": 1}
    fixed |= {"graduation_year": 2022, "token_key_version": 1, "refused_offers_count": 3}
    fixed["token_key_fingerprint"] = "0123456789abcdef"
    by_type = {
        "boolean": True,
        "integer": min(100_000, column.maximum) if isinstance(column.maximum, int) else 100_000,
        "date": dt.date(2023, 6, 1),
        "timestamp": "2023-06-20T00:00:00Z",
        "string": "P-1",
    }
    return fixed.get(column.name, by_type[column.logical_type])


def _dimensions(connection: psycopg.Connection) -> None:
    regions = ((code, code, LEVELS[len(code)], parent) for code, parent in PARENTS.items())
    _insert(connection, "dim_region", "region_code name_zh level parent_code", regions)
    indicators = {
        figure.code: (figure.code, figure.kind, figure.unit, FACTORS.get(figure.kind, 1))
        for figure in (*FIGURES, FLOOR)
    }
    _insert(connection, "dim_indicator", "indicator_code kind unit factor", indicators.values())
    populations = ((name, name) for name in ("all", "urban", "rural"))
    _insert(connection, "dim_population", "population name_zh", populations)
    plan = ("plan", "522327", MONTHS[0])
    _insert(connection, "dim_plan", "plan_id region_code monitor_from", [plan])
    when = ("2023-03-01", "2023-12-31")
    targets = (
        (name, "plan", code, "522327", "all", *when, unit, measured_by, None, office)
        for name, code, unit, measured_by, office in (
            ("wages", "wage_on_time_full_pct", "pct", "wage_payment", OFFICES[0]),
            ("newly", "newly_employed_persons", "persons", "employment", OFFICES[0]),
            ("income", None, "yuan", "none", OFFICES[0]),
            ("grants", None, "pct", "reported_figure", OFFICES[0]),
            ("loans", None, "yuan", "reported_figure", OFFICES[1]),
        )
    )
    _insert(connection, "dim_target", _TARGET_COLUMNS, targets)


def _below(region: str) -> int:
    return sum(township.startswith(region) for township in TOWNSHIPS)


def _figures() -> Iterator[tuple[Any, ...]]:
    for figure in FIGURES:
        for region in PARENTS:
            for month in MONTHS:
                if figure.code == "wage_arrears_yuan" and month != MONTHS[-1]:
                    continue
                numerator = figure.numerator * _below(region)
                denominator = figure.denominator and figure.denominator * _below(region)
                value = numerator
                if denominator:
                    value = (100 if figure.kind == "ratio" else 1) * numerator / denominator
                status = "final" if month <= MONTHS[1] else "provisional"
                key = (figure.code, region, figure.population, month)
                yield (*key, round(value, 4), numerator, denominator, figure.unit, 100, status)

    for region in PARENTS:
        for month in MONTHS:
            status = "final" if month <= MONTHS[1] else "provisional"
            key = (FLOOR.code, region, FLOOR.population, month)
            value = FLOOR.numerator * FACTORS[FLOOR.kind]
            yield (*key, value, FLOOR.numerator, None, FLOOR.unit, 100, status)


def _progress() -> Iterator[tuple[Any, ...]]:
    for number, month in enumerate(MONTHS, start=1):
        where = ("plan", "522327", month)
        wages = ("wage_on_time_full_pct", "all", "monthly", ">=", 100, None, 100, 95, -5, "pct")
        yield ("wages", *where, *wages, "missed", MONTHS[0], False, "")
        newly = ("newly_employed_persons", "all", "annual", ">=", 1000, None, 250, 60 * number)
        yield (
            "newly",
            *where,
            *newly,
            60 * number - 250,
            "persons",
            "behind",
            MONTHS[0],
            False,
            "",
        )
        income = (None, "all", "by_end", ">=", 48594.8, None, None, None, None, "yuan")
        reason = "Needs the household survey."
        yield ("income", *where, *income, "not_measurable", MONTHS[0], False, reason)
        for name, unit, value in (("grants", "pct", 100), ("loans", "yuan", 20_000_000)):
            reported = (None, "all", "monthly", ">=", value, None, value, value, 0, unit)
            yield (name, *where, *reported, "met", MONTHS[0], False, "")


def _arrears() -> Iterator[tuple[Any, ...]]:
    for number, township in enumerate(TOWNSHIPS):
        late = (AS_OF_DATE - dt.date(2023, 6, 15)).days
        owed = (12, ARREARS_YUAN, dt.date(2023, 6, 15), late, True)
        yield ("P-1", f"{number:032x}", township, *owed)


def _comparison() -> Iterator[tuple[Any, ...]]:
    # One percent of 1,800 is not yet a difference.
    for month, reported in ((MONTHS[0], 1810), (MONTHS[3], 1818)):
        key = ("employed_persons", "522327", "all", month, OFFICES[0], "persons")
        difference = reported - 1800
        percent = round(Decimal(100 * difference) / 1800, 4)
        before = None if month == MONTHS[0] else 1810
        yield (*key, reported, 1800, difference, percent, before, False, False, _SUBMITTED, "l-1")
    for code, unit, value, office in (
        ("grants", "pct", 100, OFFICES[0]),
        ("loans", "yuan", 20_000_000, OFFICES[1]),
    ):
        key = (code, "522327", "all", MONTHS[3], office, unit)
        yield (*key, value, None, None, None, None, False, False, _SUBMITTED, "l-2")


def _clock() -> Iterator[tuple[Any, ...]]:
    for office, on_time, status, late in (
        (OFFICES[0], 1, "on_time", None),
        (OFFICES[1], 0, "late", 1),
    ):
        when = (dt.date(2023, 6, 18), dt.date(2023, 6, 30), "附件3 三(三)")
        yield ("plan", office, *when, 1, on_time, 1, _SUBMITTED if on_time else None, status, late)


def _monitors() -> Iterator[tuple[Any, ...]]:
    return ((code, code, "bureau") for code in MONITORS)


def _actions() -> Iterator[tuple[Any, ...]]:
    since = dt.date(2023, 6, 15)
    for township in TOWNSHIPS:
        for number in range(ZERO_EMPLOYMENT_HOUSEHOLDS):
            yield (MONITORS[0], township, f"{number:032x}", since, 2, None, "bureau")
        yield (MONITORS[1], township, "P-1", since, 12, ARREARS_YUAN, "bureau")
        yield (MONITORS[2], township, f"{0:032x}", since, 1, None, "bureau")


def _release(connection: psycopg.Connection) -> None:
    streams = list(load_contracts())
    for build_id, load in ((1, 1), (2, 2)):
        horizon = {stream: 10 * number + load for number, stream in enumerate(streams)}
        connection.execute(
            "insert into ops.build (finished_at, status, horizon, as_of_date, code_version,"
            " contract_versions, dbt_version) values (now(), 'built', %s, %s, '0', '{}', '1')",
            [Jsonb(horizon), AS_OF_DATE],
        )
        if build_id == 1:
            connection.execute(
                "insert into published.release (release_id, as_of_date, build_id, gate_id, horizon,"
                " offsets, load_ids, dbt_version, code_version, contract_versions, row_counts,"
                " is_simulated) values (1, %s, 1, 1, %s, '{}', '{}', '1', '0', '{}', '{}', true)",
                [AS_OF_DATE, Jsonb(horizon)],
            )
    connection.execute(
        "insert into ops.build_watermark"
        " select 'intermediate', 'incremental_checkpoint', horizon, as_of_date"
        " from ops.build where build_id = 2"
    )
    for mart in ("indicator_value", "target_progress"):
        connection.execute(
            sql.SQL("create table published.{mart} as select * from marts.{mart}").format(
                mart=sql.Identifier(mart)
            )
        )
