"""Profiles: read strictly, scaled for tests only."""

import pytest
import yaml

from producers.errors import SourceError
from producers.simulator import load_profile, read_profile
from producers.simulator.profile import PROFILES_FOLDER


def test_the_townships_of_ceheng_are_in_the_region_tree():
    import polars as pl

    from livelihood.load.references import REGIONS

    regions = pl.read_csv(REGIONS, infer_schema=False).filter(
        (pl.col("parent_code") == "522327") & (pl.col("level") == "township")
    )
    profile = load_profile()
    assert [place.code for place in profile.townships] == regions["region_code"].to_list()
    assert [place.name for place in profile.townships] == regions["name_zh"].to_list()


def test_a_scaled_county_keeps_townships_and_rates():
    profile = load_profile()
    small = profile.scaled(0.01)
    assert small.population.residents == 2_500
    assert small.townships == profile.townships
    assert small.careers == profile.careers
    assert small.jobs["farming"].employers == 0


def test_an_unknown_profile_lists_those_there_are():
    with pytest.raises(SourceError, match="there are: ceheng"):
        load_profile("atlantis")


def test_a_misspelt_key_is_named(tmp_path):
    content = yaml.safe_load((PROFILES_FOLDER / "ceheng.yaml").read_text(encoding="utf-8"))
    content["population"]["residentz"] = 1
    path = tmp_path / "wrong.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(SourceError, match="residentz"):
        read_profile(path)
