"""dbt's unit tests hold: the decision in each model, on rows worked out by hand."""

from __future__ import annotations

from livelihood.settings import Settings
from livelihood.transform.dbt import run_dbt
from testkit.platforms import AS_OF


def test_every_unit_test_of_the_dbt_project_holds(published_platform: Settings) -> None:
    # They need the relations of a warehouse that was built once, and change none of them.
    command = ["test", "--select", "test_type:unit"]
    run_dbt(published_platform, command, {"as_of_date": AS_OF.isoformat()})
