"""Named faults in otherwise good rows: some a consumer must reject, some it must live with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

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
from simulator.records import FAULT, SENT_AT, FaultColumns

REJECTED_FAULTS = ("invalid_check_digit", "unknown_region", "negative_amount", "paid_century_early")
ACCEPTED_FAULTS = ("duplicate", "late", "corrected", "withdrawn")
LEAST_CORRECTED = 3  # one of each mistake
CORRECTION_DAYS, WITHDRAWAL_DAYS, LATE_DAYS, DUPLICATE_DAYS = (3, 60), (2, 40), (35, 130), (0, 20)
WITHDRAWN_SUFFIX = ":w"


@dataclass
class _Faulting:
    """What the functions below share: the rows, who may be touched, and when the world ends."""

    frame: pl.DataFrame
    moment: Integers  # recorded_at in microseconds since 1970
    last_moment: int
    townships: list[str]
    amounts: tuple[str, ...]
    dates: tuple[str, ...]
    months: int
    rng: np.random.Generator
    single: Booleans  # rows of records that have one revision
    untouched: Booleans

    def take(self, count: int, eligible: Booleans) -> Integers:
        """Rows, in rising order, that no other fault has touched."""
        pool = np.flatnonzero(self.untouched & eligible)
        chosen = np.sort(self.rng.permutation(pool)[:count])
        self.untouched[chosen] = False
        return chosen

    def wanted(self, share: float, least: int = 1) -> int:
        """Number of rows of a fault; a fault that there is at all is in every stream."""
        return max(least, round(self.frame.height * share)) if share else 0

    def delays(self, days: tuple[int, int]) -> Integers:
        """A delay for every row, in microseconds: whole days."""
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
    """The rows with faults at the profile's rates, in the order in which they are sent.

    A rejected row is a fact whose only message is broken, so the fact is missing from the truth. A
    corrected row was wrong in revision 1; revision 2 says what is so. A withdrawn record was
    registered by mistake. `_fault` marks the broken, repeated, late, correcting or withdrawing row.
    """
    revised = frame.filter(pl.col("revision") > 1)["record_id"]
    shared = _Faulting(
        frame=frame,
        moment=frame["recorded_at"].to_physical().to_numpy(),
        last_moment=calendar.end_day * MICROSECONDS_PER_DAY + OFFICE_MICROSECONDS,
        townships=[township.code for township in profile.townships],
        amounts=columns.amounts,
        dates=columns.dates_of(stream),
        months=columns.months,
        rng=rng,
        single=(~frame["record_id"].is_in(revised.implode())).to_numpy(),
        untouched=np.ones(frame.height, dtype=np.bool_),
    )
    shares = profile.faults
    added = [
        *(_rejected(shared, name, getattr(shares, name), profile) for name in REJECTED_FAULTS),
        *_corrected(shared, shares.corrected),
        *_late(shared, shares.late),
    ]
    replaced = np.sort(np.concatenate([part["_row"].to_numpy() for part in added]))
    kept = np.ones(frame.height, dtype=np.bool_)
    kept[replaced] = False
    added += [_duplicates(shared, shares.duplicate), *_withdrawn(shared, shares.withdrawn)]
    faulty = pl.concat([frame.filter(kept), *(part.drop("_row") for part in added)])
    if "submitted_at" in faulty.columns:
        # What an office hands in is recorded at that moment.
        faulty = faulty.with_columns(submitted_at=pl.col("recorded_at"))
    return faulty


def in_sending_order(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows as they are sent; the order is the same whenever the rows are."""
    return frame.sort(SENT_AT, "record_id", "revision", "operation", maintain_order=True)


def _part(shared: _Faulting, rows: Integers, fault: str | None) -> pl.DataFrame:
    """Copies of the rows, marked, with their places in `_row`."""
    return shared.frame[rows].with_columns(
        pl.lit(fault, pl.String).alias(FAULT), pl.Series("_row", rows)
    )


def _rejected(shared: _Faulting, name: str, share: float, profile: Profile) -> pl.DataFrame:
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
    rows = shared.take(shared.wanted(share), eligible)
    return _part(shared, rows, name).with_columns(changes)


def _corrected(shared: _Faulting, share: float) -> list[pl.DataFrame]:
    """Revision 1 with another township, month or amount, and the right revision 2 later."""
    delay = shared.delays(CORRECTION_DAYS)
    eligible = shared.single & (shared.moment + delay <= shared.last_moment)
    rows = shared.take(shared.wanted(share, LEAST_CORRECTED), eligible)
    wrong = [
        mistake(_part(shared, part, None), shared)
        for mistake, part in zip(
            (_other_township, _other_month, _other_amount), np.array_split(rows, 3), strict=True
        )
    ]
    right = _part(shared, rows, "corrected").with_columns(
        revision=pl.lit(2, pl.Int32), **_recorded(shared.moment[rows] + delay[rows])
    )
    return [*wrong, right]


def _other_township(part: pl.DataFrame, shared: _Faulting) -> pl.DataFrame:
    """The next township but some; a county of one keeps it, a figure for all is half of itself."""
    if "township_code" not in part.columns:
        return part.with_columns(pl.col("value_ten_thousandths") // 2)
    codes = pl.Series(shared.townships, dtype=pl.String)
    place = part["township_code"].replace_strict(codes, range(len(codes)), return_dtype=pl.Int64)
    step = shared.rng.integers(1, max(len(codes), 2), part.height)
    return part.with_columns(township_code=codes.gather((place + pl.Series(step)) % len(codes)))


def _other_month(part: pl.DataFrame, shared: _Faulting) -> pl.DataFrame:
    """A month earlier or later; yearly contributions keep theirs."""
    sign = np.where(shared.rng.random(part.height) < 0.5, "-", "")

    offset = pl.lit(pl.Series(sign) + f"{shared.months}mo")
    other = {name: pl.col(name).dt.offset_by(offset) for name in shared.dates}
    if "period_end_date" in other:
        other["period_end_date"] = other["period_end_date"].dt.month_end()
    if "period_months" in part.columns:
        is_monthly = pl.col("period_months") == 1
        other = {
            name: pl.when(is_monthly).then(date).otherwise(name) for name, date in other.items()
        }
    return part.with_columns(**other)


def _other_amount(part: pl.DataFrame, shared: _Faulting) -> pl.DataFrame:
    """Half of the amount paid; another township where there are no amounts."""
    if not shared.amounts:
        return _other_township(part, shared)
    return part.with_columns(pl.col(name) // 2 for name in shared.amounts)


def _late(shared: _Faulting, share: float) -> list[pl.DataFrame]:
    """Rows recorded weeks later, and rows recorded in time but sent weeks later."""
    delay = shared.delays(LATE_DAYS)
    in_time = shared.moment + delay <= shared.last_moment
    half = shared.wanted(share / 2)
    recorded = shared.take(half, in_time & shared.single)
    # Of revised records too: a first revision may then arrive after the second.
    sent = shared.take(half, in_time)
    late_sent = timestamps(shared.moment[sent] + delay[sent])
    return [
        _part(shared, recorded, "late").with_columns(
            **_recorded(shared.moment[recorded] + delay[recorded])
        ),
        _part(shared, sent, "late").with_columns(late_sent.alias(SENT_AT)),
    ]


def _duplicates(shared: _Faulting, share: float) -> pl.DataFrame:
    """The very same rows again, sent up to some weeks later."""
    delay = shared.delays(DUPLICATE_DAYS)
    in_time = shared.moment + delay <= shared.last_moment
    rows = shared.take(shared.wanted(share), in_time)
    return _part(shared, rows, "duplicate").with_columns(
        timestamps(shared.moment[rows] + delay[rows]).alias(SENT_AT)
    )


def _withdrawn(shared: _Faulting, share: float) -> list[pl.DataFrame]:
    """Facts registered a second time under another number, and taken back later."""
    delay = shared.delays(WITHDRAWAL_DAYS)
    eligible = shared.moment + MICROSECONDS_PER_DAY + delay <= shared.last_moment
    rows = shared.take(shared.wanted(share), eligible & shared.single)
    again = shared.moment[rows] + MICROSECONDS_PER_DAY
    twin = pl.col("record_id") + WITHDRAWN_SUFFIX
    mistake = _part(shared, rows, None).with_columns(twin, **_recorded(again))
    back = _part(shared, rows, "withdrawn").with_columns(
        twin,
        operation=pl.lit("withdraw"),
        revision=pl.lit(2, pl.Int32),
        **_recorded(again + delay[rows]),
    )
    return [mistake, back]


def _recorded(moments: Integers) -> dict[str, pl.Series]:
    """Columns of rows recorded, and sent, at these microseconds since 1970."""
    return {"recorded_at": timestamps(moments), SENT_AT: timestamps(moments)}
