"""Work that is measured in a process of its own: `python -m bench.worker ACTION …` prints JSON.

A new process shows the memory of that work alone and has no caches from the measurement before.
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from livelihood.settings import Settings, get_settings

READERS = {
    "confluent-kafka": "livelihood.kafka",
    "kafka-python": "bench.experiments.kafka_python_reader",
}


def load(settings: Settings, stream: str, reader: str) -> dict[str, Any]:
    """Drain a stream with one of the two readers."""
    import livelihood.load.loader as loader

    loader.read_batches = importlib.import_module(READERS[reader]).read_batches  # type: ignore[attr-defined]
    report = loader.load(settings, stream)
    return {"records": report.records, "rejected": report.rejected, "seconds": report.seconds}


def soak(settings: Settings, stop: str, streams: str) -> dict[str, Any]:
    """Load the streams in turn until the file named `stop` exists."""
    from livelihood.load import load as load_stream

    records = 0
    while not Path(stop).exists():
        loaded = sum(load_stream(settings, stream).records for stream in json.loads(streams))
        records += loaded
        if not loaded:
            time.sleep(0.5)
    return {"records": records}


def plain_loop(settings: Settings, stream: str, table: str, start: str) -> dict[str, Any]:
    """Write a stream, from these offsets to its end, with the plain loop."""
    from bench.experiments.plain_loop import run_loop
    from livelihood.contracts import load_contract
    from livelihood.kafka import topic_states

    contract = load_contract(stream)
    first = {int(partition): offset for partition, offset in json.loads(start).items()}
    end = topic_states(settings, [contract])[stream].end
    return {"records": run_loop(settings, contract, table, first, end)}


def consume(settings: Settings, stream: str, reader: str, records: str) -> dict[str, Any]:
    """Read the last messages of a stream and discard them."""
    from livelihood.contracts import load_contract
    from livelihood.kafka import topic_states

    contract = load_contract(stream)
    end = topic_states(settings, [contract])[stream].end
    # Entity keys fill the partitions evenly enough for this.
    start = {part: max(0, last - int(records) // len(end)) for part, last in end.items()}
    read_batches = importlib.import_module(READERS[reader]).read_batches
    began = time.perf_counter()
    count = sum(len(batch) for batch in read_batches(settings, contract, start, end))
    return {"records": count, "seconds": time.perf_counter() - began}


def build(settings: Settings, kind: str = "incremental") -> dict[str, Any]:
    """Build through the platform, from scratch if `kind` is full. Imports of dbt do not count."""
    from dbt.cli.main import dbtRunner

    from livelihood.transform import build as build_candidate

    assert dbtRunner
    began = time.perf_counter()
    report = build_candidate(settings, full_refresh=kind == "full")
    return {"seconds": time.perf_counter() - began, "is_new": report.is_new}


def bare_build(settings: Settings, *command: str) -> dict[str, Any]:
    """Run `dbt build` by dbt's own runner, in process. Its imports do not count."""
    from bench.bare_dbt import in_process

    return {"seconds": in_process(settings, list(command))}


def send_area(settings: Settings, area: str, last_day: str, scale: str) -> dict[str, Any]:
    """Simulate an area from its first month to a day, faults included, and send all of it.

    It plants fewer malformed messages than usual: those of several areas together would close the
    gate for a stream that has few records.
    """
    from simulator import load_profile, simulate
    from simulator.sending import send_simulation

    profile = load_profile(area)
    faults = profile.faults.model_copy(update={"messages": 2, "oversized_messages": 1})
    profile = profile.model_copy(update={"faults": faults})
    sized = profile if float(scale) == 1.0 else profile.scaled(float(scale))
    began = time.perf_counter()
    simulation = simulate(sized, 1, profile.starts_on, dt.date.fromisoformat(last_day))
    simulating = time.perf_counter() - began
    reports = send_simulation(settings, lambda: simulation, {"bench": area})
    return {
        "records": sum(report.sent for report in reports.values()),
        "simulating": simulating,
        "sending": time.perf_counter() - began - simulating,
    }


def gate(settings: Settings) -> dict[str, Any]:
    """Run the gate on the newest candidate. Imports of Great Expectations do not count."""
    import great_expectations

    from expectations import run_gate

    assert great_expectations
    began = time.perf_counter()
    verdict = run_gate(settings)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "checks": verdict.checks, "verdict": verdict.verdict}


def monitor(settings: Settings) -> dict[str, Any]:
    """Build, check, publish and alert as the tasks of the DAG do, with their imports loaded."""
    from livelihood import pipeline
    from testkit.platforms import raise_if_closed

    for name in ("dbt.cli.main", "dbt.adapters.postgres", "great_expectations", "polars"):
        importlib.import_module(name)
    seconds: dict[str, Any] = {}
    began = time.perf_counter()

    def lap(stage: str, _: object) -> None:
        nonlocal began
        seconds[stage] = time.perf_counter() - began
        began = time.perf_counter()

    report = pipeline.monitor(settings, lap)
    # Nothing that is measured is meant to close the gate.
    raise_if_closed(report.verdict)
    released = report.release.release_id if report.release else None
    return seconds | {
        "is_new": report.build.is_new,
        "release_id": released,
    }


ACTIONS: dict[str, Callable[..., dict[str, Any]]] = {
    action.__name__: action
    for action in (load, soak, plain_loop, consume, send_area, build, bare_build, gate, monitor)
}


def peak_memory_mb(process: int | str = "self") -> float:
    """Return the peak memory of a process in MB, of this one unless another is named.

    ru_maxrss would not do: Linux inherits it from the process that started this one.
    """
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("the kernel reports no VmHWM")


def main() -> None:
    """Run the action named on the command line and print what it measured."""
    action, *arguments = sys.argv[1:]
    result = ACTIONS[action](get_settings(), *arguments)
    print(json.dumps(result | {"peak_memory_mb": peak_memory_mb()}))


if __name__ == "__main__":
    main()
