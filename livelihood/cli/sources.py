"""Commands for the registry of source systems: who may send which records, with which key."""

from __future__ import annotations

import datetime as dt
import getpass
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from livelihood.cli.tables import AsJson, CsvFile, Listing, Output
from livelihood.errors import LivelihoodError
from livelihood.settings import TIME_ZONE, get_settings
from livelihood.terminal import echo

if TYPE_CHECKING:
    import psycopg

    from livelihood.warehouse.ledger.sources import Source

COLUMNS = (
    "source_system", "title", "streams", "regions", "keys", "state", "registered_by",
    "registered_at",
)  # fmt: skip
PRIORITY = ("source_system", "streams", "state", "registered_by", "regions", "keys", "title")
KEY_COLUMNS = (
    "key_version", "fingerprint", "valid_from", "valid_to", "registered_by", "ended_by",
)  # fmt: skip

Name = Annotated[str, typer.Argument(help="Source system, such as payroll_2.")]
Streams = Annotated[
    list[str] | None, typer.Option("--stream", help="Stream that it sends; repeat for several.")
]
Regions = Annotated[
    list[str] | None,
    typer.Option("--region", help="Code of a region that it covers; default: every region."),
]
Fingerprint = Annotated[
    str | None,
    typer.Option(help="Fingerprint of its token key, from `livelihood source fingerprint`."),
]
KeyVersion = Annotated[int, typer.Option(min=1, max=999, help="Version of its token key.")]
By = Annotated[str | None, typer.Option(help="Who decides; default: the logged-in user.")]

source_app = typer.Typer(help="Register source systems: streams, regions and token keys of each.")
key_app = typer.Typer(help="Register the token keys of a source, and when they end.")
source_app.add_typer(key_app, name="key")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(source_app, name="source")


@source_app.command("add")
def add(
    name: Name,
    stream: Streams = None,
    region: Regions = None,
    title: Annotated[str | None, typer.Option(help="What the system is.")] = None,
    fingerprint: Fingerprint = None,
    key_version: KeyVersion = 1,
    by: By = None,
) -> None:
    """Register a source, or add streams to it; a retired one becomes active again.

    Without a fingerprint, the first key that it sends with is registered.
    """
    from livelihood.contracts import load_contract
    from livelihood.warehouse.ledger import sources

    _check_name(name)
    for code in region or ():
        _check_region(code)
    with _registry() as (connection, registry):
        if not stream and name not in registry:
            raise LivelihoodError("name the streams of the source, such as --stream wage_payment")
        streams = [load_contract(one).name for one in stream or ()]
        sources.add(connection, name, streams=streams, region_codes=region, title=title,
                    registered_by=by or getpass.getuser())  # fmt: skip
        if fingerprint is not None:
            _add_key(connection, registry, name, key_version, fingerprint, None, by)
    echo(
        f"source {name} is registered; rejected records are accepted by `livelihood replay STREAM`"
    )


@source_app.command("list")
def list_(csv: CsvFile = None, json: AsJson = False) -> None:
    """List the registered sources."""
    with _registry() as (_, registry):
        rows = [_row(source) for source in registry.values()]
    Output(csv, json).write(Listing(COLUMNS, rows, PRIORITY), "no source is registered")


@source_app.command("show")
def show(name: Name, csv: CsvFile = None, json: AsJson = False) -> None:
    """Show a source and its token keys."""
    with _registry() as (_, registry):
        source = _existing(registry, name)
    output = Output(csv, json)
    if output.is_terminal:
        for title, value in zip(COLUMNS, _row(source), strict=True):
            if title != "keys":
                echo(f"{title}: {value}")
    rows = [[getattr(key, column) for column in KEY_COLUMNS] for key in source.keys]
    output.write(Listing(KEY_COLUMNS, rows), "no token key: the first one that it uses counts")


@source_app.command("retire")
def retire(name: Name, by: By = None) -> None:
    """Accept no further records of a source; what has landed stays."""
    from livelihood.warehouse.ledger import sources

    with _registry() as (connection, registry):
        _existing(registry, name)
        if not sources.retire(connection, name, by or getpass.getuser()):
            raise LivelihoodError(f"source {name} is already retired")
    echo(f"source {name} is retired; `livelihood source add {name}` makes it active again")


@source_app.command("fingerprint")
def fingerprint() -> None:
    """Print version and fingerprint of the token key of this producer."""
    from producers.tokens import tokeniser

    settings = get_settings()
    digest = tokeniser(settings).fingerprint
    echo(f"--key-version {settings.token_key_version} --fingerprint {digest}")


@key_app.command("add")
def add_key(
    name: Name,
    fingerprint: Annotated[str, typer.Option(help="Fingerprint of the key.")],
    key_version: KeyVersion,
    valid_from: Annotated[
        str | None,
        typer.Option(
            "--from", help="First time of sending, YYYY-MM-DD or with THH:MM; default: any."
        ),
    ] = None,
    by: By = None,
) -> None:
    """Register a token key of a source. Keys that were registered before stay valid."""
    start = None if valid_from is None else _parse_time(valid_from)
    with _registry() as (connection, registry):
        _existing(registry, name)
        _add_key(connection, registry, name, key_version, fingerprint, start, by)
    echo(f"key version {key_version} of source {name} is registered")


@key_app.command("end")
def end_key(
    name: Name,
    key_version: KeyVersion,
    at: Annotated[
        str | None,
        typer.Option(help="First time at which it is invalid, as for --from; default: now."),
    ] = None,
    by: By = None,
) -> None:
    """Reject records that are sent with a token key from a time on."""
    from livelihood.warehouse.ledger import sources

    end = dt.datetime.now(dt.UTC) if at is None else _parse_time(at)
    with _registry() as (connection, registry):
        _existing(registry, name)
        if not sources.end_key(connection, name, key_version, end, by or getpass.getuser()):
            raise LivelihoodError(f"source {name} has no key of version {key_version}")
    echo(f"key version {key_version} of source {name} ends at {end.astimezone(TIME_ZONE)}")


@contextmanager
def _registry() -> Iterator[tuple[psycopg.Connection, dict[str, Source]]]:
    """Open a transaction in which no other process changes the registry."""
    from livelihood.warehouse import connect
    from livelihood.warehouse.ledger import sources

    with connect(get_settings()) as connection:
        sources.lock(connection)
        yield connection, sources.read(connection)


def _add_key(
    connection: psycopg.Connection,
    registry: dict[str, Source],
    name: str,
    key_version: int,
    fingerprint: str,
    valid_from: dt.datetime | None,
    by: str | None,
) -> None:
    from livelihood.warehouse.ledger import sources

    if not re.fullmatch("[0-9a-f]{16}", fingerprint):
        raise LivelihoodError(
            "a fingerprint has 16 digits from 0 to f; `livelihood source fingerprint` on the "
            "producer prints it"
        )
    other_fingerprints = {
        key.fingerprint
        for source in registry.values()
        for key in source.keys
        if source.source_system != name and key.key_version == key_version and key.fingerprint
    }
    if other_fingerprints - {fingerprint}:
        echo(
            "warning: another source has another key of this version: the persons of the two are "
            "counted separately", err=True,
        )  # fmt: skip
    sources.add_key(connection, name, key_version, fingerprint, valid_from=valid_from,
                    registered_by=by or getpass.getuser())  # fmt: skip


def _row(source: Source) -> list[object]:
    keys = [f"{key.key_version}: {key.fingerprint or 'not known yet'}" for key in source.keys]
    return [
        source.source_system,
        source.title,
        ", ".join(source.streams),
        ", ".join(source.region_codes) or "all",
        ", ".join(keys) or "not known yet",
        _state(source),
        source.registered_by,
        source.registered_at,
    ]


def _state(source: Source) -> str:
    if source.retired_at is None:
        return "active"
    return f"retired {source.retired_at:%Y-%m-%d} by {source.retired_by or 'unknown'}"


def _existing(registry: dict[str, Source], name: str) -> Source:
    if name not in registry:
        names = ", ".join(registry) or "none"
        raise LivelihoodError(f"there is no source {name!r}; registered are: {names}")
    return registry[name]


def _check_name(name: str) -> None:
    from livelihood.warehouse.ledger import sources

    if not sources.is_name(name):
        raise LivelihoodError(
            f"{name!r} cannot be the name of a source: write it with a to z, digits and _, at most "
            "64 characters and not more than eight digits in a row"
        )


def _check_region(code: str) -> None:
    from livelihood.registry import load_regions

    if code not in load_regions():
        raise LivelihoodError(
            f"there is no region {code!r}; the codes are in dbt_project/seeds/regions.csv"
        )


def _parse_time(text: str) -> dt.datetime:
    """Return a time in China's time zone unless the text names another."""
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise LivelihoodError(f"{text!r} is not a time; write it like 2026-01-31T08:00") from error
    return time if time.tzinfo else time.replace(tzinfo=TIME_ZONE)
