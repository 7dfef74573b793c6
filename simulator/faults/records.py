"""Named faults in good records: some must be rejected, some must be accepted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from livelihood.contracts import load_contract
from simulator.areas.clock import (
    MICROSECONDS_PER_DAY,
    OFFICE_MICROSECONDS,
    Booleans,
    Calendar,
    Integers,
    timestamps,
)
from simulator.areas.identifiers import with_wrong_check_digit
from simulator.profiles.profile import Profile
from simulator.records import FAULT, SENT_AT, FaultColumns, raw_name

REJECTED_FAULTS = ("invalid_check_digit", "unknown_region", "negative_amount", "paid_century_early")
ACCEPTED_FAULTS = ("duplicate", "late", "corrected", "withdrawn")
MIN_CORRECTED = 3  # one of each mistake
CORRECTION_DAYS, WITHDRAWAL_DAYS, LATE_DAYS, DUPLICATE_DAYS = (3, 60), (2, 40), (35, 130), (0, 20)
WITHDRAWN_SUFFIX = ":w"


@dataclass
class _FaultState:
    """State shared by the faults: the records, which of them are unchanged, the last moment."""

    frame: pl.DataFrame
    moment: Integers  # recorded_at in microseconds since 1970
    last_moment: int
    townships: list[str]
    amounts: tuple[str, ...]
    dates: tuple[str, ...]
    months: int
    entity: str  # column of the person, household, employer or figure
    rng: np.random.Generator
    single: Booleans  # rows of records that have one revision
    unchanged: Booleans

    def take(self, count: int, eligible: Booleans) -> Integers:
        """Draw rows that no other fault has changed, in rising order."""
        pool = np.flatnonzero(self.unchanged & eligible)
        chosen = np.sort(self.rng.permutation(pool)[:count])
        self.unchanged[chosen] = False
        return chosen

    def count(self, share: float, minimum: int = 1) -> int:
        """Return the number of rows of a fault: at least `minimum` unless the share is zero."""
        return max(minimum, round(self.frame.height * share)) if share else 0

    def delays(self, days: tuple[int, int]) -> Integers:
        """Draw a delay for every row: whole days, in microseconds."""
        drawn = self.rng.integers(days[0], days[1] + 1, self.frame.height)
        return drawn * MICROSECONDS_PER_DAY


def add_faults(
    frame: pl.DataFrame,
    stream: str,
    columns: FaultColumns,
    profile: Profile,
    calendar: Calendar,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return the records with faults at the rates of the profile, in no particular order.

    A rejected record is the only message of its fact, so the fact is missing from the expected
    values. A corrected record is wrong in revision 1 and right in revision 2. A withdrawn record
    was registered by mistake, under another number or for another entity. `_fault` marks the record
    that is rejected, repeated, late, a correction or a withdrawal.
    """
    contract = load_contract(stream)
    revised = frame.filter(pl.col("revision") > 1)["record_id"]
    shared = _FaultState(
        frame=frame,
        moment=frame["recorded_at"].to_physical().to_numpy(),
        last_moment=calendar.end_day * MICROSECONDS_PER_DAY + OFFICE_MICROSECONDS,
        townships=[township.code for township in profile.townships],
        amounts=columns.amounts,
        dates=columns.dates_of(stream),
        months=columns.months,
        entity=raw_name(contract.column(contract.entity_key)),
        rng=rng,
        single=(~frame["record_id"].is_in(revised.implode())).to_numpy(),
        unchanged=np.ones(frame.height, dtype=np.bool_),
    )
    shares = profile.faults
    added = [
        *(_rejected(shared, name, getattr(shares, name), profile) for name in REJECTED_FAULTS),
        *_corrected(shared, shares.corrected),
        *_late(shared, shares.late),
    ]
    replaced = np.sort(np.concatenate([part["_row"].to_numpy() for part in added]))
    is_original = np.ones(frame.height, dtype=np.bool_)
    is_original[replaced] = False
    added += [_duplicates(shared, shares.duplicate), *_withdrawn(shared, shares.withdrawn)]
    faulty = pl.concat([frame.filter(is_original), *(part.drop("_row") for part in added)])
    if "submitted_at" in faulty.columns:
        # A report is recorded when it is submitted.
        faulty = faulty.with_columns(submitted_at=pl.col("recorded_at"))
    return faulty


def in_sending_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Sort the records as they are sent. Equal records have an equal order."""
    return frame.sort(SENT_AT, "record_id", "revision", "operation", maintain_order=True)


def _copy(shared: _FaultState, rows: Integers, fault: str | None) -> pl.DataFrame:
    """Copy the given rows, marked with the fault and with their index in `_row`."""
    return shared.frame[rows].with_columns(
        pl.lit(fault, pl.String).alias(FAULT), pl.Series("_row", rows)
    )


def _rejected(shared: _FaultState, name: str, share: float, profile: Profile) -> pl.DataFrame:
    columns = shared.frame.columns
    amounts = [pl.col(column) for column in shared.amounts]
    eligible = shared.single
    if name == "invalid_check_digit":
        has_person = "identity_number" in columns
        number = with_wrong_check_digit(pl.col("identity_number")).alias("identity_number")
        changes = [number] if has_person else []
        eligible = eligible & has_person
    elif name == "unknown_region":
        region = "township_code" if "township_code" in columns else "region_code"
        changes = [pl.lit(profile.county_code + "999").alias(region)]
    elif name == "negative_amount":
        changes = [(-amount - 100).name.keep() for amount in amounts]
        eligible = eligible & bool(amounts)
    else:
        has_paid = "paid_date" in columns
        changes = [pl.col("paid_date").dt.offset_by("-100y")] if has_paid else []
        is_paid = shared.frame["paid_date"].is_not_null().to_numpy() if has_paid else False
        eligible = eligible & is_paid
    rows = shared.take(shared.count(share), eligible)
    return _copy(shared, rows, name).with_columns(changes)


def _corrected(shared: _FaultState, share: float) -> list[pl.DataFrame]:
    """Return revision 1 with a wrong township, month or amount, and the right revision 2."""
    delay = shared.delays(CORRECTION_DAYS)
    eligible = shared.single & (shared.moment + delay <= shared.last_moment)
    rows = shared.take(shared.count(share, MIN_CORRECTED), eligible)
    wrong = [
        mistake(_copy(shared, part, None), shared)
        for mistake, part in zip(
            (_other_township, _other_month, _other_amount), np.array_split(rows, 3), strict=True
        )
    ]
    right = _copy(shared, rows, "corrected").with_columns(
        revision=pl.lit(2, pl.Int32), **_recorded(shared.moment[rows] + delay[rows])
    )
    return [*wrong, right]


def _other_township(part: pl.DataFrame, shared: _FaultState) -> pl.DataFrame:
    """Replace the township by another (if there is one); halve a value without township."""
    if "township_code" not in part.columns:
        return part.with_columns(pl.col("value_ten_thousandths") // 2)
    codes = pl.Series(shared.townships, dtype=pl.String)
    township = part["township_code"].replace_strict(codes, range(len(codes)), return_dtype=pl.Int64)
    step = shared.rng.integers(1, max(len(codes), 2), part.height)
    return part.with_columns(township_code=codes.gather((township + pl.Series(step)) % len(codes)))


def _other_month(part: pl.DataFrame, shared: _FaultState) -> pl.DataFrame:
    """Move the dates to an earlier or later month, except those of yearly contributions."""
    sign = np.where(shared.rng.random(part.height) < 0.5, "-", "")
    offset = pl.lit(pl.Series(sign) + f"{shared.months}mo")
    moved = {name: pl.col(name).dt.offset_by(offset) for name in shared.dates}
    if "period_end_date" in moved:
        moved["period_end_date"] = moved["period_end_date"].dt.month_end()
    if "period_months" in part.columns:
        is_monthly = pl.col("period_months") == 1
        moved = {
            name: pl.when(is_monthly).then(date).otherwise(name) for name, date in moved.items()
        }
    return part.with_columns(**moved)


def _other_amount(part: pl.DataFrame, shared: _FaultState) -> pl.DataFrame:
    """Halve the amounts; replace the township where there are none."""
    if not shared.amounts:
        return _other_township(part, shared)
    return part.with_columns(pl.col(name) // 2 for name in shared.amounts)


def _late(shared: _FaultState, share: float) -> list[pl.DataFrame]:
    """Return records recorded weeks later, and records sent weeks after they were recorded."""
    delay = shared.delays(LATE_DAYS)
    in_time = shared.moment + delay <= shared.last_moment
    count = shared.count(share / 2)
    recorded = shared.take(count, in_time & shared.single)
    # Revised records are included: a first revision may then arrive after the second.
    sent = shared.take(count, in_time)
    late_sent = timestamps(shared.moment[sent] + delay[sent])
    return [
        _copy(shared, recorded, "late").with_columns(
            **_recorded(shared.moment[recorded] + delay[recorded])
        ),
        _copy(shared, sent, "late").with_columns(late_sent.alias(SENT_AT)),
    ]


def _duplicates(shared: _FaultState, share: float) -> pl.DataFrame:
    """Return identical copies, sent up to some weeks later."""
    delay = shared.delays(DUPLICATE_DAYS)
    in_time = shared.moment + delay <= shared.last_moment
    rows = shared.take(shared.count(share), in_time)
    return _copy(shared, rows, "duplicate").with_columns(
        timestamps(shared.moment[rows] + delay[rows]).alias(SENT_AT)
    )


def _withdrawn(shared: _FaultState, share: float) -> list[pl.DataFrame]:
    """Return facts registered again by mistake, and their withdrawals.

    Every other one has the number of the right record and another entity, such as a wrong person:
    it is another record, so its withdrawal leaves the right one in place.
    """
    delay = shared.delays(WITHDRAWAL_DAYS)
    eligible = shared.moment + MICROSECONDS_PER_DAY + delay <= shared.last_moment
    rows = shared.take(shared.count(share), eligible & shared.single)
    recorded_again = shared.moment[rows] + MICROSECONDS_PER_DAY
    twin = _registered_again(shared, rows)
    mistake = _copy(shared, rows, None).with_columns(*twin, **_recorded(recorded_again))
    withdrawal = _copy(shared, rows, "withdrawn").with_columns(
        *twin,
        operation=pl.lit("withdraw"),
        revision=pl.lit(2, pl.Int32),
        **_recorded(recorded_again + delay[rows]),
    )
    return [mistake, withdrawal]


def _registered_again(shared: _FaultState, rows: Integers) -> list[pl.Series]:
    """Return record numbers and entities that together belong to no other record."""
    entities, numbers = shared.frame[shared.entity], shared.frame["record_id"].gather(rows)
    right, wrong = entities.gather(rows), entities.gather(np.roll(rows, 1))
    is_wrong = (right != wrong) & pl.Series(np.arange(len(rows)) % 2 == 0)
    return [
        numbers.zip_with(is_wrong, numbers + WITHDRAWN_SUFFIX),
        wrong.zip_with(is_wrong, right),
    ]


def _recorded(moments: Integers) -> dict[str, pl.Series]:
    """Return the columns of records recorded and sent at these microseconds since 1970."""
    return {"recorded_at": timestamps(moments), SENT_AT: timestamps(moments)}
