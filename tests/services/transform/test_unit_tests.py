"""Tests of the dbt project that a build leaves out: unit tests and keys of intermediate tables."""

from __future__ import annotations

import pytest

from livelihood.errors import BuildFailed
from livelihood.settings import Settings
from livelihood.transform.dbt import run_dbt
from livelihood.warehouse import connect
from testkit.platforms import AS_OF

VARIABLES = {"as_of_date": AS_OF.isoformat()}


def test_every_unit_test_of_the_dbt_project_passes(published_platform: Settings) -> None:
    # They need the relations of a warehouse that was built once, and change none of them.
    run_dbt(published_platform, ["test", "--select", "test_type:unit"], VARIABLES)


def test_keys_of_staging_and_intermediate_tables_are_unique(published_platform: Settings) -> None:
    run_dbt(published_platform, ["test", "--select", "tag:keys"], VARIABLES)


def test_a_second_row_with_the_same_key_is_reported(platform: Settings) -> None:
    run_dbt(platform, ["build", "--select", "int_region_ancestors", "regions"], VARIABLES)
    with connect(platform) as connection:
        connection.execute(
            "insert into intermediate.int_region_ancestors"
            " select * from intermediate.int_region_ancestors limit 1"
        )
    with pytest.raises(BuildFailed, match="key_int_region_ancestors"):
        run_dbt(platform, ["test", "--select", "tag:keys,int_region_ancestors"], VARIABLES)
