"""Publication when little and when everything has changed, beside plainly writing all rows anew."""

from __future__ import annotations

from bench.bed import Bed
from bench.county import published
from bench.figures import Figure, median, timed
from livelihood.publish import publish
from livelihood.settings import Settings
from livelihood.warehouse import connect

TITLE = "Publish: one transaction, every vintage kept"
PLAIN = "plain rewrite"


def measure(bed: Bed) -> list[Figure]:
    """Seconds of a release in which 1 % and 100 % of the figures differ from the one before."""
    rounds = bed.sized(3, 1)
    with published(bed) as settings:
        _keep_marts_as_tables(settings)
        bed.say("publishing changed figures")
        rows = _rows(settings)
        plain = median([timed(lambda: _rewrite(settings))[0] for _ in range(rounds)])
        return [
            Figure(
                f"{share:.0%} of {rows:,} figures changed",
                median([_release_seconds(settings, share) for _ in range(rounds)]),
                "s",
                PLAIN,
                plain,
            )
            for share in (0.01, 1.0)
        ]


def _release_seconds(settings: Settings, share: float) -> float:
    with connect(settings) as connection:
        connection.execute(
            "update marts.indicator_value set value = value + 1"
            " where abs(hashtext(indicator_code || region_code || population || period_month))"
            " %% 100 < %s",
            [round(100 * share)],
        )
        _pass_gate(settings)
    seconds, release = timed(lambda: publish(settings))
    if release is None:
        raise RuntimeError("nothing was published")
    return seconds
