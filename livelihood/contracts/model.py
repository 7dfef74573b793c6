"""The contract of a stream: read from its ODCS file, checked, and offered as plain objects."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from livelihood.errors import ContractError
from livelihood.settings import ROOT

CONTRACTS_FOLDER = ROOT / "contracts"
# Every command reads all contracts; the loader written in C is seven times as fast.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LogicalType = Literal["string", "integer", "boolean", "date", "timestamp"]


class _Node(BaseModel):
    """A mapping of the file. A key that is not declared here is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _CustomProperty(_Node):
    property: str
    value: Any


class _Options(_Node):
    pattern: str | None = None
    max_length: int | None = Field(None, alias="maxLength")
    minimum: int | str | None = None
    maximum: int | str | None = None


class _Arguments(_Node):
    valid_values: tuple[str, ...] = Field(alias="validValues")


class _ColumnQuality(_Node):
    type: Literal["library"]
    metric: Literal["invalidValues"]
    must_be: Literal[0] = Field(alias="mustBe")
    arguments: _Arguments


class _Property(_Node):
    name: str
    business_name: str = Field(alias="businessName")
    description: str
    logical_type: LogicalType = Field(alias="logicalType")
    physical_type: str = Field(alias="physicalType")
    required: bool
    examples: tuple[str | int, ...] = ()
    primary_key: bool = Field(False, alias="primaryKey")
    primary_key_position: int | None = Field(None, alias="primaryKeyPosition")
    partitioned: bool = False
    partition_key_position: int | None = Field(None, alias="partitionKeyPosition")
    classification: Literal["personal"] | None = None
    logical_type_options: _Options = Field(_Options(), alias="logicalTypeOptions")
    transform_source_objects: tuple[str, ...] = Field((), alias="transformSourceObjects")
    transform_logic: Literal["hmac-sha-256"] | None = Field(None, alias="transformLogic")
    custom_properties: tuple[_CustomProperty, ...] = Field((), alias="customProperties")
    quality: tuple[_ColumnQuality, ...] = ()


class _TableQuality(_Node):
    id: str
    type: Literal["custom"]
    engine: Literal["polars"]
    description: str
    implementation: str


class _Table(_Node):
    name: str
    business_name: str = Field(alias="businessName")
    physical_name: str = Field(alias="physicalName")
    physical_type: Literal["table"] = Field(alias="physicalType")
    custom_properties: tuple[_CustomProperty, ...] = Field((), alias="customProperties")
    properties: tuple[_Property, ...]
    quality: tuple[_TableQuality, ...] = ()


class _Description(_Node):
    purpose: str


class _Team(_Node):
    name: str
    description: str


class _Sla(_Node):
    property: Literal["freshness", "retention"]
    value: int
    unit: Literal["d"]


class _File(_Node):
    api_version: Literal["v3.1.0"] = Field(alias="apiVersion")
    kind: Literal["DataContract"]
    id: str
    name: str
    version: str
    status: Literal["active", "retired"]
    domain: str
    description: _Description
    team: _Team
    sla: tuple[_Sla, ...] = Field(alias="slaProperties")
    custom_properties: tuple[_CustomProperty, ...] = Field(alias="customProperties")
    tables: tuple[_Table, ...] = Field(alias="schema", min_length=1, max_length=1)


class Column(BaseModel):
    """One declared column: its type, what it may hold, and where a token comes from."""

    model_config = ConfigDict(frozen=True)

    name: str
    title_zh: str
    description: str
    logical_type: LogicalType
    physical_type: str
    required: bool
    valid_values: tuple[str, ...] = ()
    pattern: str | None = None
    max_length: int | None = None
    minimum: int | str | None = None
    maximum: int | str | None = None
    personal: bool = False
    element_code: str | None = None
    reference: str | None = None
    token_source: str | None = None
    source_check: str | None = None
    examples: tuple[str | int, ...] = ()


class Rule(BaseModel):
    """A condition every row must meet, written in SQL over the contract's columns."""

    model_config = ConfigDict(frozen=True)

    id: str
    predicate: str
    message: str


class Contract(BaseModel):
    """What a stream carries; topic, tables, checks and documentation derive from it.

    `business_key` names the columns that identify a fact; empty if no columns of the stream do.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title_zh: str
    version: str
    description: str
    owner: str
    owner_zh: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    entity_key: str
    business_key: tuple[str, ...] = ()
    partitions: int
    compression: str
    retention_days: int
    freshness_days: int

    @property
    def major(self) -> int:
        """Major version: a breaking change raises it and makes a new topic."""
        return int(self.version.split(".")[0])

    @property
    def topic(self) -> str:
        """Kafka topic of the stream."""
        return f"livelihood.{self.name}.v{self.major}"

    @property
    def identity(self) -> tuple[str, str, str]:
        """Columns that identify a record, the most selective first; revisions agree in them."""
        return "record_id", "source_system", self.entity_key

    @property
    def is_counted(self) -> bool:
        """Whether its records are counted by township; others carry finished figures."""
        return any(column.name == "township_code" for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column of that name. Raise KeyError if the contract has none."""
        return {column.name: column for column in self.columns}[name]


def _column(node: _Property) -> Column:
    custom = {item.property: item.value for item in node.custom_properties}
    if unknown := set(custom) - {"elementCode", "reference", "sourceCheck"}:
        raise ContractError(f"column {node.name}: unknown customProperties {sorted(unknown)}")
    options = node.logical_type_options
    return Column(
        name=node.name,
        title_zh=node.business_name,
        description=node.description,
        logical_type=node.logical_type,
        physical_type=node.physical_type,
        required=node.required,
        valid_values=node.quality[0].arguments.valid_values if node.quality else (),
        pattern=options.pattern,
        max_length=options.max_length,
        minimum=options.minimum,
        maximum=options.maximum,
        personal=node.classification == "personal",
        element_code=custom.get("elementCode"),
        reference=custom.get("reference"),
        token_source=node.transform_source_objects[0] if node.transform_source_objects else None,
        source_check=custom.get("sourceCheck"),
        examples=node.examples,
    )


def _business_key(table: _Table) -> tuple[str, ...]:
    """Return the columns of the table's business key. Raise ContractError for unknown ones."""
    custom = {item.property: item.value for item in table.custom_properties}
    if unknown := set(custom) - {"businessKey"}:
        raise ContractError(f"{table.name}: unknown customProperties {sorted(unknown)}")
    key = tuple(custom.get("businessKey", ()))
    if missing := [name for name in key if name not in {node.name for node in table.properties}]:
        raise ContractError(f"{table.name}: businessKey names no column: {', '.join(missing)}")
    return key


def read_contract(path: Path) -> Contract:
    """Read the contract in an ODCS file.

    Raises ContractError, with file and key, if the file is not valid.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - both are safe loaders
        file = _File.model_validate(content)
    except (ValidationError, yaml.YAMLError) as error:
        raise ContractError(f"{path.name}: {error}") from error
    table = file.tables[0]
    entity = [node.name for node in table.properties if node.partitioned]
    if len(entity) != 1:
        raise ContractError(f"{path.name}: exactly one column must be `partitioned`, not {entity}")
    custom = {item.property: item.value for item in file.custom_properties}
    sla = {item.property: item.value for item in file.sla}
    contract = Contract(
        name=file.name,
        title_zh=table.business_name,
        version=file.version,
        description=file.description.purpose,
        owner=file.team.name,
        owner_zh=file.team.description,
        columns=tuple(_column(node) for node in table.properties),
        rules=tuple(
            Rule(id=rule.id, predicate=rule.implementation, message=rule.description)
            for rule in table.quality
        ),
        entity_key=entity[0],
        business_key=_business_key(table),
        partitions=int(custom["topicPartitions"]),
        compression=str(custom["topicCompression"]),
        retention_days=sla["retention"],
        freshness_days=sla["freshness"],
    )
    _check_primary_key(contract, table, path)
    return contract


def _check_primary_key(contract: Contract, table: _Table, path: Path) -> None:
    """Raise ContractError unless the file declares the identity of a record and its revision."""
    key = [node for node in table.properties if node.primary_key]
    declared = [node.name for node in sorted(key, key=lambda node: node.primary_key_position or 0)]
    expected = [*contract.identity, "revision"]
    if declared != expected:
        raise ContractError(
            f"{path.name}: the primary key must be {', '.join(expected)}, not {', '.join(declared)}"
        )


@lru_cache(maxsize=1)
def load_contracts() -> dict[str, Contract]:
    """Return all contracts of the repository by stream name, in alphabetical order."""
    contracts = map(read_contract, sorted(CONTRACTS_FOLDER.glob("*.odcs.yaml")))
    return {contract.name: contract for contract in contracts}


def load_contract(stream: str) -> Contract:
    """Return the contract of a stream. Raise ContractError, with all streams, if there is none."""
    contracts = load_contracts()
    if stream not in contracts:
        raise ContractError(f"there is no stream {stream!r}; there are: {', '.join(contracts)}")
    return contracts[stream]
