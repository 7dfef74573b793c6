"""Payment of amounts due: on time, late, in part or not yet; for wages and insurance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator.areas.clock import (
    NO_DAY,
    Booleans,
    Calendar,
    Integers,
    Numbers,
    dates,
    lags,
    moments,
    timestamps,
)

PARTIAL_SHARE = 0.3  # of late payments, part was paid at first
MAX_RECORDING_DAYS = 6
MEAN_DELAY_DAYS = 24


@dataclass
class Payments:
    """First record of the payment of each amount, and the record of its late settlement.

    Amounts in fen, days since 1970-01-01; `settled_day` is `NO_DAY` if nothing was settled late.
    """

    first_paid_fen: Integers
    first_paid_day: Integers
    first_recorded_day: Integers
    due_fen: Integers
    settled_day: Integers
    settled_recorded_day: Integers


def pay(
    due_fen: Integers,
    due_day: Integers,
    on_time_share: float | Numbers,
    settled_share: float | Numbers,
    early_days: int | Integers,
    rng: np.random.Generator,
) -> Payments:
    """Draw payments: on time up to `early_days` before the due day, or late, or never."""
    count = len(due_fen)
    is_on_time = (rng.random(count) < on_time_share) | (due_fen == 0)
    is_settled = ~is_on_time & (rng.random(count) < settled_share)
    is_partial = ~is_on_time & (rng.random(count) < PARTIAL_SHARE)
    on_time_day = due_day - rng.integers(0, np.broadcast_to(early_days, count) + 1)
    part_fen = (due_fen * rng.uniform(0.3, 0.8, count)).astype(np.int64) // 100 * 100
    first_paid = np.where(is_on_time, due_fen, np.where(is_partial, part_fen, 0))
    paid_day = np.where(is_on_time, on_time_day, np.where(first_paid > 0, due_day, NO_DAY))
    recorded = np.where(is_on_time, on_time_day, due_day + 1)
    recorded = recorded + lags(count, 1.5, MAX_RECORDING_DAYS, rng)
    delay = 2 + lags(count, MEAN_DELAY_DAYS, 150, rng)
    settled = np.where(is_settled, due_day + delay, NO_DAY)
    return Payments(
        first_paid_fen=first_paid,
        first_paid_day=np.where(first_paid > 0, paid_day, NO_DAY),
        first_recorded_day=recorded,
        due_fen=due_fen,
        settled_day=settled,
        settled_recorded_day=np.maximum(settled + lags(count, 2, 8, rng), recorded + 1),
    )


def payment_rows(
    facts: pl.DataFrame,
    payments: Payments,
    paid_column: str,
    calendar: Calendar,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Add revision, amount paid, paid_date and recorded_at to facts recorded by the end.

    A late settlement is a second revision; these follow all first ones.
    """
    is_recorded = payments.first_recorded_day <= calendar.end_day
    first = facts.with_columns(
        pl.Series(paid_column, payments.first_paid_fen),
        revision=pl.lit(1),
        paid_date=dates(payments.first_paid_day),
        recorded_at=timestamps(moments(payments.first_recorded_day, rng)),
    ).filter(is_recorded)
    return pl.concat([first, _settled(facts, payments, paid_column, calendar, rng)])


def _settled(
    facts: pl.DataFrame,
    payments: Payments,
    paid_column: str,
    calendar: Calendar,
    rng: np.random.Generator,
) -> pl.DataFrame:
    is_settled: Booleans = (payments.settled_day != NO_DAY) & (
        payments.settled_recorded_day <= calendar.end_day
    )
    return (
        facts.filter(is_settled)
        .with_columns(
            pl.Series(paid_column, payments.due_fen[is_settled]),
            revision=pl.lit(2),
            paid_date=dates(payments.settled_day[is_settled]),
            recorded_at=timestamps(moments(payments.settled_recorded_day[is_settled], rng)),
        )
        .select([*facts.columns, paid_column, "revision", "paid_date", "recorded_at"])
    )
