"""Records that arrive after the county was built: new revisions of records it has."""

from __future__ import annotations

import polars as pl

from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from producers.sender import Sender
from testkit.environment import COUNTY_END, Environment
from testkit.simulated_messages import encode_rows
from testkit.topics import Message


def send_corrections(environment: Environment, settings: Settings, count: int) -> int:
    """Send new revisions of about `count` records of all streams and months. Return how many."""
    total = sum(environment.county.accepted(stream).height for stream in load_contracts())
    return send_share(environment, settings, count / total)


def send_share(environment: Environment, settings: Settings, share: float) -> int:
    """Send new revisions of a share of each stream's records. Return how many."""
    return sum(
        _correct(
            settings, stream, environment.county.accepted(stream).sample(fraction=share, seed=1)
        )
        for stream in load_contracts()
    )


def send_last_month(environment: Environment, settings: Settings, count: int) -> int:
    """Send new revisions of `count` wages and contributions of the last month, at most of all.

    Return how many were sent.
    """
    month = _of_last_month(environment)
    share = min(1.0, count / sum(rows.height for rows in month.values()))
    return sum(
        _correct(settings, stream, rows.sample(fraction=share, seed=1))
        for stream, rows in month.items()
    )


def send_township_month(environment: Environment, settings: Settings) -> int:
    """Send new revisions of all wages and insurance of one township in one month."""
    month = _of_last_month(environment)
    township = month["wage_payment"]["township_code"].mode().sort()[0]
    return sum(
        _correct(settings, stream, rows.filter(pl.col("township_code") == township))
        for stream, rows in month.items()
    )


def _of_last_month(environment: Environment) -> dict[str, pl.DataFrame]:
    """Return the records that count in the last month only, by stream."""
    months = {"wage_payment": "wage_month", "social_insurance": "period_month"}
    return {
        stream: environment.county.accepted(stream).filter(
            pl.col(column) == COUNTY_END.replace(day=1)
        )
        for stream, column in months.items()
    }


def corrections(environment: Environment) -> dict[str, list[Message]]:
    """Return every record of the county with a new revision, as messages by stream."""
    return {
        stream: encode_rows(
            environment.settings,
            stream,
            environment.county.accepted(stream).with_columns(pl.col("revision") + 100),
        )
        for stream in load_contracts()
    }


def _correct(settings: Settings, stream: str, rows: pl.DataFrame) -> int:
    """Send the rows with a new revision."""
    corrected = rows.with_columns(pl.col("revision") + 100)
    return Sender(settings, stream).send([corrected]).sent
