"""Contracts: what each stream carries, declared once in `contracts/` and derived from here."""

from livelihood.contracts.model import (
    Column,
    Contract,
    Rule,
    load_contract,
    load_contracts,
    read_contract,
)

__all__ = ["Column", "Contract", "Rule", "load_contract", "load_contracts", "read_contract"]
