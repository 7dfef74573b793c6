"""The identity of a record, as each contract declares it."""

from __future__ import annotations

from pathlib import Path

import pytest

from livelihood.contracts import load_contract, load_contracts
from livelihood.contracts.model import CONTRACTS_FOLDER, read_contract
from livelihood.errors import ContractError


def test_system_and_entity_belong_to_the_identity_of_a_record() -> None:
    for contract in load_contracts().values():
        assert contract.identity == ("record_id", "source_system", contract.entity_key)
        assert all(contract.column(name).required for name in contract.identity)
    assert load_contract("labour_case").identity[-1] == "employer_token"


@pytest.mark.parametrize(
    ("written", "changed"),
    [
        ("        primaryKey: true\n        primaryKeyPosition: 2\n", ""),
        ("primaryKeyPosition: 3", "primaryKeyPosition: 5"),
    ],
)
def test_another_primary_key_is_rejected_with_its_file(
    written: str, changed: str, tmp_path: Path
) -> None:
    text = (CONTRACTS_FOLDER / "training.odcs.yaml").read_text(encoding="utf-8")
    assert text.count(written) == 1
    path = tmp_path / "training.odcs.yaml"
    path.write_text(text.replace(written, changed), encoding="utf-8")
    with pytest.raises(
        ContractError,
        match=r"training\.odcs\.yaml: the primary key must be record_id, source_system, "
        "person_token, revision, not record_id",
    ):
        read_contract(path)
