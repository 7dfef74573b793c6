"""Plans and what they promise: targets and their parts, baselines, deadlines, contradictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from livelihood.registry.seeds import Codes, Date, Flag, Number, SeedRow, read_mapping, read_rows

StatementKind = Literal[
    "level", "coverage", "zero", "growth", "relative", "direction", "standard", "cap", "threshold",
    "commitment", "deadline", "table_cell",
]  # fmt: skip
Periodicity = Literal["cumulative", "annual", "by_end", "monthly", "continuous"]
Comparator = Literal[">=", "<=", "=", "between", "growth", "relative", "trend"]
Basis = Literal["stated", "implied", "reading"]
# Kinds of the statements that are a plan's own goals.
HEADLINE_KINDS: frozenset[StatementKind] = frozenset({"level", "growth", "relative", "zero"})


class Plan(SeedRow):
    """A published plan that is monitored."""

    seed: ClassVar[str] = "plans"
    key: ClassVar[tuple[str, ...]] = ("plan_id",)

    plan_id: str
    name_zh: str
    name_en: str
    document: str
    region_code: str
    starts_on: Date
    ends_on: Date
    monitor_from: Date
    goals_section: str


class Target(SeedRow):
    """A promise of a plan; `value` and `value_high` are in `unit`.

    `measured_by` is the stream whose records measure it, `reported_figure` if an office reports it,
    `none` if nothing can. `direction` is set where no indicator gives one.
    """

    seed: ClassVar[str] = "targets"
    key: ClassVar[tuple[str, ...]] = ("target_id",)

    target_id: str
    plan_id: str
    section: str
    statement_kind: StatementKind
    name_zh: str
    name_en: str
    indicator_code: str | None = None
    region_code: str
    population: str
    starts_on: Date
    ends_on: Date
    periodicity: Periodicity
    comparator: Comparator
    value: Number | None = None
    value_high: Number | None = None
    unit: str
    reference_indicator_code: str | None = None
    reference_population: str | None = None
    basis: Basis
    is_approximate: Flag
    owner: str
    supporting: str = ""
    applies_to_parts: Flag
    measured_by: str
    direction: Literal["up", "down"] | None = None
    not_measurable_reason: str = ""
    duplicate_of: str | None = None
    quote_zh: str
    note: str = ""

    @property
    def is_reported(self) -> bool:
        """Whether an office reports the value, because no record measures it."""
        return self.measured_by == "reported_figure"

    def is_headline(self, plan: Plan) -> bool:
        """Return whether the target is one of the plan's own goals, as in the mart `dim_target`."""
        in_goals = self.section.startswith(plan.goals_section)
        return in_goals and self.statement_kind in HEADLINE_KINDS and self.duplicate_of is None


class TargetPart(SeedRow):
    """What a plan itself assigns to a year, region or office of a target."""

    seed: ClassVar[str] = "target_parts"
    key: ClassVar[tuple[str, ...]] = ("part_id",)

    part_id: str
    target_id: str
    part_kind: Literal["year", "region"]
    region_code: str | None = None
    name_zh: str
    year: int | None = None
    value: Number
    unit: str
    owner: str
    due_on: Date
    quote_zh: str
    note: str = ""


class Baseline(SeedRow):
    """A value that a plan gives for a day before or at its start."""

    seed: ClassVar[str] = "baselines"
    key: ClassVar[tuple[str, ...]] = ("baseline_id",)

    baseline_id: str
    plan_id: str
    section: str
    name_zh: str
    indicator_code: str | None = None
    region_code: str
    population: str
    period: Date
    value: Number
    unit: str
    quote_zh: str
    note: str = ""


class Deadline(SeedRow):
    """The day by which the offices of a plan must have reported on a period."""

    seed: ClassVar[str] = "report_deadlines"
    key: ClassVar[tuple[str, ...]] = ("plan_id", "period_end_date")

    plan_id: str
    period_end_date: Date
    due_date: Date
    section: str
    quote_zh: str
    note: str = ""


class Contradiction(SeedRow):
    """Where a plan contradicts itself or another plan of its region, and which target counts."""

    seed: ClassVar[str] = "contradictions"
    key: ClassVar[tuple[str, ...]] = ("contradiction_id",)

    contradiction_id: str
    plan_id: str
    target_ids: Codes
    conflict_zh: str
    conflict_en: str
    monitored_target_id: str | None = None
    reason: str


def load_plans() -> Mapping[str, Plan]:
    """Return the plans by id."""
    return read_mapping(Plan)


def load_targets() -> Mapping[str, Target]:
    """Return the targets of all plans by id."""
    return read_mapping(Target)


def load_target_parts() -> tuple[TargetPart, ...]:
    """Return the parts that plans divide targets into."""
    return read_rows(TargetPart)


def load_baselines() -> Mapping[str, Baseline]:
    """Return the baselines by id."""
    return read_mapping(Baseline)


def load_deadlines() -> tuple[Deadline, ...]:
    """Return the reporting deadlines of all plans."""
    return read_rows(Deadline)


def load_contradictions() -> tuple[Contradiction, ...]:
    """Return the contradictions found in the plans."""
    return read_rows(Contradiction)
