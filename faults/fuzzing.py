"""Fuzzing: arbitrary bytes, messages with one wrong value, arbitrary files, mappings and text."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from faults.environment import FaultEnvironment
from faults.fuzzing_files import damaged_workbooks, json_shapes, quotations, workbooks
from faults.fuzzing_text import outputs
from faults.outcome import Outcome
from livelihood.contracts import Contract, load_contract, load_contracts
from livelihood.contracts.references import references
from livelihood.errors import LivelihoodError
from livelihood.kafka import Batch
from livelihood.load.batch import validate_batch
from livelihood.settings import ROOT
from producers.sources.file import FORMATS, FileSource
from producers.sources.mapper import Mapper
from producers.sources.mapping import FILLED, read_mapping
from testkit.message_factory import message, row

PIECES = (
    *(b"{", b"}", b'"', b":", b",", b" ", b"[", b"]", b"\n", b"\r", b"\x00", b"\xff\xfe"),
    *(b"\\u0000", b"\\ud800", b"\\u003a", b"null", b"true", b"1e999", b"-0", b"1e18"),
    *(b"9" * 30, b"1" * 5_000, b"[" * 2_000, b'{"a":' * 2_000, b'"revision":1,'),
)
# JSON values that parsers convert, refuse or read differently from each other.
ODD_VALUES = (
    *("1", "-0", "1e3", "1e18", "1.0", "true", "null", "[1]", '{"a":1}', '"1"', "9" * 30),
    *('"\\u0031"', '"\\u003a"', '"\\u0000"', '"\\ud800"', '"true"', "1e999", "1" * 5_000),
    *('"-0001-11-30"', '"0000-01-01"', '"10000-01-01"', '"+12022-01-01"'),
    "[" * 1_500 + "]" * 1_500,
    *('"-262143-01-01T00:00:00Z"', '"0001-01-01T00:00:00+23:59"', '"9999-12-31T23:59:59-23:59"'),
)
TIMES_MILLISECONDS = (0, -1, 2**62, -(2**62), 253_402_300_800_000)


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Fuzz messages, files, mappings and text (Hypothesis), and messages by coverage (atheris)."""
    tests = (
        ("any messages", 1_500, 100, _messages),
        ("one value of any kind", 1_500, 100, _values),
        ("odd members", 1_500, 100, _members),
        ("files", 1_000, 60, _files),
        ("workbooks", 1_000, 60, workbooks),
        ("damaged workbooks", 1_000, 60, damaged_workbooks),
        ("quotations", 1_000, 60, quotations),
        ("shapes of JSON", 1_000, 60, json_shapes),
        ("mappings", 1_000, 60, _mappings),
        ("text in outputs", 2_000, 100, outputs),
    )
    return [
        *(
            _fuzz(environment, f"fuzzing: {title}", environment.sized(long, short), test)
            for title, long, short, test in tests
        ),
        _fuzz_by_coverage(environment, environment.sized(60, 8)),
    ]


def check_batch(values: list[bytes | None], contract: Contract) -> None:
    """Raise AssertionError unless each message becomes a row with all its values or a reject."""
    count = len(values)
    times = [TIMES_MILLISECONDS[index % len(TIMES_MILLISECONDS)] for index in range(count)]
    batch = Batch([0] * count, list(range(count)), times, [None] * count, values, {0: count})
    validated = validate_batch(batch, contract, references())
    landed = validated.rows["_offset"].to_list()
    rejected = {reject["offset"]: reject for reject in validated.rejects.iter_rows(named=True)}
    _require(sorted([*landed, *rejected]) == list(range(count)), "a message was lost or duplicated")
    for offset, reject in rejected.items():
        _require(reject["value"] == values[offset], "a reject's bytes are not those that were sent")
        _require(bool(reject["reasons"]), "a reject without a reason")
        # Survived, but a kind of message that the decoder does not know.
        is_known = not reject["reasons"][0].startswith("undecodable")
        _require(is_known, f"decoding raised an error: {reject['reasons']}")
    for row_ in validated.rows.iter_rows(named=True):
        pairs = json.loads(values[row_["_offset"]] or b"", object_pairs_hook=list)
        _require(len(dict(pairs)) == len(pairs), "a repeated key was read")
        sent = {name for name, value in pairs if value is not None}
        read = {column.name for column in contract.columns if row_[column.name] is not None}
        _require(sent == read, "a row has more or fewer values than its message")
    required = [column.name for column in contract.columns if column.required]
    _require(not sum(validated.rows.select(required).null_count().row(0)), "a row lacks a value")


def _require(condition: bool, violation: str) -> None:
    if not condition:
        raise AssertionError(violation)


def _fuzz(
    environment: FaultEnvironment, title: str, examples: int, test: Callable[[st.DataObject], None]
) -> Outcome:
    outcome = Outcome(title)
    environment.log(title)
    count = 0

    def attempt(data: st.DataObject) -> None:
        nonlocal count
        count += 1
        test(data)

    limits = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.target, Phase.shrink],
    )
    try:
        seeded(environment.seed)(limits(given(st.data())(attempt)))()
    except Exception as error:
        report = "; ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])])
        outcome.expect(False, report)
    outcome.times = count
    return outcome


_STREAMS = st.sampled_from(sorted(load_contracts()))
_ANY_BYTES = st.one_of(
    st.none(),
    st.binary(max_size=200),
    st.lists(st.sampled_from(PIECES)).map(b"".join),
    st.integers(1, 200_000).map(lambda depth: b"[" * depth),
    st.integers(1, 3_000).map(lambda depth: b'{"a":' * depth + b"1" + b"}" * depth),
    st.text().map(lambda text: text.encode("utf-8", "surrogatepass")),
)
_ANY_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates().map(str)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def _messages(data: st.DataObject) -> None:
    stream = data.draw(_STREAMS)
    good = message(stream)
    spliced = st.tuples(st.integers(0, len(good)), st.integers(0, 20), st.binary(max_size=8)).map(
        lambda cut: good[: cut[0]] + cut[2] + good[cut[0] + cut[1] :]
    )
    values = data.draw(st.lists(st.one_of(_ANY_BYTES, st.just(good), spliced), max_size=30))
    check_batch(values, load_contract(stream))


def _values(data: st.DataObject) -> None:
    """Check rows that are valid except for one value or key."""
    stream = data.draw(_STREAMS)
    contract = load_contract(stream)
    names = st.one_of(st.sampled_from([c.name for c in contract.columns]), st.text(max_size=10))
    changed = st.tuples(names, _ANY_JSON).map(lambda pair: _encoded(row(stream) | dict([pair])))
    check_batch([*data.draw(st.lists(changed, max_size=10)), message(stream)], contract)


def _members(data: st.DataObject) -> None:
    """Check rows with odd, repeated and unknown members, filled with blanks to any length."""
    stream = data.draw(_STREAMS)
    contract = load_contract(stream)
    members = [f'"{name}":{json.dumps(value)}' for name, value in row(stream).items()]
    names = st.one_of(st.sampled_from([c.name for c in contract.columns]), st.just("x"))
    added = st.tuples(names, st.sampled_from(ODD_VALUES) | _ANY_JSON.map(json.dumps))
    for name, text in data.draw(st.lists(added, max_size=4)):
        at = data.draw(st.integers(0, len(members)))
        members[at : at + data.draw(st.integers(0, 1))] = [f'"{name}":{text}']
    text = "{" + ",".join(members)
    blanks = [f"{text}{' ' * count}}}".encode() for count in range(24)]
    check_batch([*blanks, message(stream)], contract)


def _encoded(document: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        return repr(document).encode("utf-8", "surrogatepass")


def _files(data: st.DataObject) -> None:
    """Expect that a file is read row by row, or rejected with a message."""
    result = data.draw(st.sampled_from(sorted(FORMATS)))
    heads = (b"", b"PK\x03\x04", b"PAR1", b"record_id,township_code\n", b'{"record_id": "a"}\n')
    content = data.draw(st.sampled_from(heads)) + data.draw(
        _ANY_BYTES.map(lambda value: value or b"")
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"garbage{result}"
        path.write_bytes(content)
        mapping = _mapping_file(Path(folder), {"stream": "training", "columns": {}})
        contract = load_contract("training")
        try:
            source = FileSource(path)
            mapper = Mapper(read_mapping(mapping, contract), contract, is_sparse=source.is_sparse)
            for frame in source.frames():
                _require(mapper.apply(frame).height == frame.height, "a row was lost")
        except LivelihoodError as error:
            _require(bool(str(error)), "an error without a message")


def _mappings(data: st.DataObject) -> None:
    """Expect that a mapping is applied to a small file, or rejected with a message."""
    contract = load_contract("training")
    names = st.sampled_from([c.name for c in contract.columns if c.name not in FILLED])
    rule = st.one_of(_ANY_JSON, st.dictionaries(st.sampled_from(_KEYS), _ANY_JSON, max_size=3))
    document = data.draw(
        st.one_of(
            _ANY_JSON,
            st.fixed_dictionaries(
                {"stream": st.just("training"), "columns": st.dictionaries(names, rule, max_size=4)}
            ),
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.csv"
        path.write_text("a,b\n1,2\n,x\n", encoding="utf-8")
        try:
            mapping = read_mapping(_mapping_file(Path(folder), document), contract)
            source = FileSource(path, mapping.file)
            mapper = Mapper(mapping, contract, is_sparse=source.is_sparse)
            for frame in source.frames():
                _require(mapper.apply(frame).height == frame.height, "a row was lost")
        except LivelihoodError as error:
            _require(bool(str(error)), "an error without a message")


_KEYS = ("from", "constant", "join", "extract", "values", "otherwise", "default", "unit", "date")


def _mapping_file(folder: Path, document: Any) -> Path:  # noqa: ANN401 - any JSON
    path = folder / "mapping.yaml"
    path.write_text(
        yaml.safe_dump(document, allow_unicode=True), encoding="utf-8", errors="replace"
    )
    return path


def _fuzz_by_coverage(environment: FaultEnvironment, seconds: int) -> Outcome:
    outcome = Outcome("fuzzing: guided by coverage (atheris)")
    environment.log(outcome.fault)
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "faults.coverage_guided",
            str(environment.seed % 2**31),
            str(seconds),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = process.stderr.splitlines()
    runs = [line.split()[1] for line in lines if line.startswith("Done ")]
    outcome.times = int(runs[0]) if runs else 0
    outcome.expect(
        process.returncode == 0, f"exit code {process.returncode}: {' / '.join(lines[-8:])}"
    )
    return outcome
