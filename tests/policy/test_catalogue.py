"""What is counted is used, what is used is counted, and no stream lacks a part."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from livelihood.contracts import load_contracts
from livelihood.registry import (
    Indicator,
    load_baselines,
    load_index_weights,
    load_indicators,
    load_targets,
)
from livelihood.settings import ROOT
from simulator.oracle.indicators import INDICATORS as EXPECTED
from tests.policy.models import models, month_models, stream_measures
from tests.policy.repository import require
from tests.policy.streams import (
    COUNTED_FILES,
    FILES,
    MONTHS,
    STREAMS_MACRO,
    incomplete,
    missing_parts,
)

INDICATORS = list(load_indicators().values())
STREAMS = list(load_contracts())
COUNTED = [stream for stream, contract in load_contracts().items() if contract.is_counted]
# Marks the months in which a stream has records.
RECORDS = ("records", "all")
# Indicators that no target, baseline or used ratio needs: the catalogue explains them.
SHOWN_ALL_THE_SAME = {row.indicator_code for row in INDICATORS if row.reason_shown}


def counted() -> set[tuple[str, str]]:
    return {pair for stream in COUNTED for pair in stream_measures(stream)}


def unfilled(indicators: Iterable[Indicator], measures: set[tuple[str, str]]) -> Iterator[str]:
    """Yield indicators with a measure that no model counts for one of their populations."""
    for row in indicators:
        for measure in row.measures:
            for population in row.populations:
                if (measure, population) not in measures:
                    yield (
                        f"{row.indicator_code}: no model of intermediate/months counts "
                        f"{measure} of {population}"
                    )


def unused(
    indicators: list[Indicator], used: set[str | None], explained: Iterable[str]
) -> list[str]:
    """Return indicators that no target, baseline or needed ratio uses and no reason explains."""
    of = {row.indicator_code: row for row in indicators}
    needed = {measure for code in of.keys() & used for measure in of[code].measures}
    return [
        f"{code}: no target, baseline or ratio uses it; enter its reason_shown, or remove it"
        for code, row in of.items()
        if code not in used and code not in explained and row.numerator_measure not in needed
    ]


def used_indicators() -> set[str | None]:
    """Return the indicators of targets and baselines, and the parts of composites."""
    targets = load_targets().values()
    return (
        {row.indicator_code for row in targets}
        | {row.reference_indicator_code for row in targets}
        | {row.indicator_code for row in load_baselines().values()}
        | {row.indicator_code for row in load_index_weights()}
        | {row.numerator_indicator for row in INDICATORS}
        | {row.denominator_indicator for row in INDICATORS}
    )


def test_every_indicator_is_filled() -> None:
    assert len(INDICATORS) > 50
    require(unfilled(INDICATORS, counted()))


def test_every_indicator_is_used_or_explained() -> None:
    require(unused(INDICATORS, used_indicators(), SHOWN_ALL_THE_SAME))


def test_no_explanation_has_outlived_its_need() -> None:
    needless = [
        code
        for code in SHOWN_ALL_THE_SAME
        if not unused(INDICATORS, used_indicators(), SHOWN_ALL_THE_SAME - {code})
    ]
    assert needless == []


def test_every_measure_is_used_and_counted_once() -> None:
    used = {
        (measure, population)
        for row in INDICATORS
        for measure in row.measures
        for population in row.populations
    }
    counts = Counter(pair for stream in COUNTED for pair in stream_measures(stream))
    assert counts.pop(RECORDS) >= len(COUNTED)
    require(f"{pair} is counted by {count} models" for pair, count in counts.items() if count > 1)
    require(f"{pair} is counted for nothing" for pair in sorted(counts.keys() - used))


def test_every_month_model_belongs_to_one_stream() -> None:
    owned = Counter(model.name for stream in COUNTED for model in month_models(stream))
    folder = ROOT / "dbt_project" / "models" / "intermediate" / "months"
    assert owned == Counter(path.stem for path in folder.glob("*.sql"))


def test_the_oracle_computes_every_indicator() -> None:
    assert set(EXPECTED) == {row.indicator_code for row in INDICATORS}
    require(
        f"{row.indicator_code}: populations {' '.join(row.populations)} in the catalogue, "
        f"{' '.join(EXPECTED[row.indicator_code].populations)} in the oracle"
        for row in INDICATORS
        if set(row.populations) != set(EXPECTED[row.indicator_code].populations)
    )


def factor_of(row: Indicator) -> int:
    """Return the factor of the quotient of its measures."""
    if row.unit == "pct":
        return 100
    # The survey asks for the income of a quarter; it is shown as that of a year.
    return 4 if row.stream == "household_survey" else 1


def test_ratios_have_a_denominator_and_names_their_unit() -> None:
    endings = {"pct": "_pct", "persons": "_persons", "households": "_households"}
    for row in INDICATORS:
        code = row.indicator_code
        assert bool(row.denominator_measure) == (row.kind in {"ratio", "mean"}), code
        assert row.kind == "composite" or row.factor == factor_of(row), code
        assert code.endswith(endings.get(row.unit, f"_{row.unit}")), code


def test_an_indicator_without_model_is_found() -> None:
    row = INDICATORS[0].model_copy(
        update={"numerator_measure": "imagined", "populations": ("all", "urban")}
    )
    assert len(list(unfilled([row], counted()))) == 2
    assert unused([row], set(), [])
    assert not unused([row], {row.indicator_code}, [])


@pytest.mark.parametrize("stream", STREAMS)
def test_every_stream_is_whole(stream: str) -> None:
    require(filter(None, [incomplete(stream)]))
    assert re.fullmatch("[一-龥]+", load_contracts()[stream].owner_zh)
    assert stream not in COUNTED or RECORDS in stream_measures(stream)


def test_every_model_of_a_stream_belongs_to_a_contract() -> None:
    for ending, prefix, streams in (
        ("_records", "int_", STREAMS),
        ("_measures", "int_", COUNTED),
        ("", "stg_", STREAMS),
    ):
        streams_with_model = {
            name.removeprefix(prefix).removesuffix(ending)
            for name in models()
            if name.startswith(prefix) and name.endswith(ending) and (prefix or ending)
        }
        assert streams_with_model == set(streams), f"{prefix}<stream>{ending}"


def test_what_a_new_stream_lacks_is_listed_by_name() -> None:
    message = incomplete("school_meal")
    assert message is not None
    assert message.startswith("the stream school_meal lacks its contract: contracts/school_meal.")
    for path in (*FILES.values(), *COUNTED_FILES.values()):
        assert path.format(stream="school_meal") in message
    for part in ("its dbt source", STREAMS_MACRO, "an indicator: ", "a source"):
        assert part in message


def test_a_stream_that_is_not_counted_needs_no_measures() -> None:
    assert "reported_figure" not in COUNTED
    assert not {f"int_reported_figure{ending}" for ending in ("_changes", "_measures")} & set(
        models()
    )


@pytest.mark.parametrize("part", [*FILES, *COUNTED_FILES])
def test_each_missing_part_is_named(part: str, tmp_path: Path) -> None:
    stream = "wage_payment"
    _copy(tmp_path)
    assert incomplete(stream, tmp_path) is None
    (tmp_path / {**FILES, **COUNTED_FILES}[part].format(stream=stream)).unlink()
    (problem,) = missing_parts(stream, tmp_path)
    assert part in problem


def test_a_stream_without_a_month_model_is_named(tmp_path: Path) -> None:
    _copy(tmp_path)
    (tmp_path / MONTHS / "int_training_months.sql").unlink()
    (problem,) = missing_parts("training", tmp_path)
    assert MONTHS in problem


def test_a_missing_place_in_the_list_of_streams_is_named(tmp_path: Path) -> None:
    _copy(tmp_path)
    macro = tmp_path / STREAMS_MACRO
    macro.write_text(macro.read_text(encoding="utf-8").replace(" wage_payment", ""))
    (problem,) = missing_parts("wage_payment", tmp_path)
    assert STREAMS_MACRO in problem


def _copy(root: Path) -> None:
    for folder in ("contracts", "docs/schemas", "dbt_project", "simulator", "tests/unit/streams"):
        ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
        shutil.copytree(ROOT / folder, root / folder, ignore=ignored)
