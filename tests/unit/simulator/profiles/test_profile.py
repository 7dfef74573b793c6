"""Profiles: read strictly, scaled for tests only."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
import yaml

from livelihood.contracts import load_contract
from livelihood.contracts.references import references
from livelihood.contracts.validation import REASONS, validate
from livelihood.registry import load_plans, load_regions
from producers.errors import SourceError
from simulator import STREAMS, load_profile, read_profile, simulate
from simulator.profile_files import PROFILES_FOLDER
from simulator.profiles.part import StreamPart
from simulator.streams.registry import PROFILE_PARTS
from simulator.streams.social_insurance.profile import InsuranceProfile
from tests.unit.simulator.test_records import tokenised


def test_the_townships_of_ceheng_are_in_the_region_tree() -> None:
    regions = [
        region
        for region in load_regions().values()
        if region.parent_code == "522327" and region.level == "township"
    ]
    profile = load_profile()
    assert [(township.code, township.name) for township in profile.townships] == [
        (region.region_code, region.name_zh) for region in regions
    ]


def test_a_scaled_county_keeps_townships_and_rates() -> None:
    profile = load_profile()
    small = profile.scaled(0.01)
    assert small.population.residents == 2_500
    assert small.townships == profile.townships
    assert small.careers == profile.careers
    assert small.jobs["farming"].employers == 0


def test_an_unknown_profile_is_an_error_that_lists_profiles() -> None:
    with pytest.raises(SourceError, match=r"there are: .*ceheng"):
        load_profile("atlantis")


def test_a_misspelt_key_is_named(tmp_path: Path) -> None:
    content = yaml.safe_load((PROFILES_FOLDER / "ceheng.yaml").read_text(encoding="utf-8"))
    content["population"]["residentz"] = 1
    path = tmp_path / "wrong.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(SourceError, match="residentz"):
        read_profile(path)


AREAS = sorted(path.stem for path in PROFILES_FOLDER.glob("*.yaml"))


def test_there_is_a_profile_for_the_region_of_every_plan() -> None:
    plans = {plan.region_code: plan for plan in load_plans().values()}
    profiles = {load_profile(name).region_code: load_profile(name) for name in AREAS}
    assert profiles.keys() == plans.keys()
    for region, profile in profiles.items():
        assert profile.starts_on == plans[region].starts_on
        assert profile.ends_on <= plans[region].ends_on
    prefixes = [profile.record_prefix for profile in profiles.values()]
    assert len(set(prefixes)) == len(prefixes)


@pytest.mark.parametrize("name", AREAS)
def test_a_simulated_area_meets_the_contracts(name: str) -> None:
    profile = load_profile(name).scaled(0.003)
    end = (profile.starts_on + dt.timedelta(days=200)).replace(day=1) - dt.timedelta(days=1)
    area = simulate(profile, 1, profile.starts_on, end)
    for stream in STREAMS:
        rows = tokenised(area.accepted(stream), stream)
        checked = validate(rows, load_contract(stream), references())
        broken = checked.filter(pl.col(REASONS).list.len() > 0)
        assert broken.is_empty(), broken[REASONS].to_list()[0]
        assert rows["record_id"].str.starts_with(profile.record_prefix).all()
    values = area.expected_indicators(end)
    assert (values["region_code"] == profile.region_code).any()


def test_a_profile_has_only_the_values_that_differ_from_its_base(tmp_path: Path) -> None:
    path = tmp_path / "hamlet.yaml"
    path.write_text(
        "{based_on: ceheng, name: hamlet, population: {residents: 900}, region_code: '620111'}",
        encoding="utf-8",
    )
    hamlet, ceheng = read_profile(path), load_profile("ceheng")
    assert hamlet.population.residents == 900
    assert hamlet.population.disabled_share == ceheng.population.disabled_share
    assert hamlet.jobs == ceheng.jobs
    assert {township.code[:6] for township in hamlet.townships} == {"620111"}


def test_a_part_is_required_unless_all_its_values_have_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class MealsProfile(StreamPart):
        key = "meals"
        per_day: int = 3

    content = yaml.safe_load((PROFILES_FOLDER / "ceheng.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "hamlet.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setitem(PROFILE_PARTS, "meals", MealsProfile)
    assert read_profile(path).part(MealsProfile).per_day == 3
    del content["training"]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(SourceError, match="lacks training"):
        read_profile(path)


def test_people_of_other_employers_add_to_the_insured() -> None:
    profile = load_profile("liangzhou").scaled(0.01)
    area = simulate(profile, 1, profile.starts_on, dt.date(2017, 6, 30), faults=False)
    injured = area.frame("social_insurance").filter(pl.col("insurance_type") == "work_injury")
    first, last = (
        injured.filter(pl.col("period_month") == dt.date(year, 1, 1))["identity_number"].n_unique()
        for year in (2016, 2017)
    )
    assert first >= profile.part(InsuranceProfile).work_injury_stock[0]
    assert last > first
