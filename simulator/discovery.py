"""Discovery of what the modules of a package declare: a new module needs no registration."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TypeVar

T = TypeVar("T")


def discover(package: str, attribute: str, kind: type[T]) -> tuple[T, ...]:
    """Import the direct modules of a package and return the attribute of each that declares it.

    The order is that of the module names. Raises `TypeError` if an attribute is of another type.
    """
    path = importlib.import_module(package).__path__
    names = sorted(module.name for module in pkgutil.iter_modules(path))
    modules = [importlib.import_module(f"{package}.{name}") for name in names]
    declared = tuple(getattr(module, attribute) for module in modules if hasattr(module, attribute))
    wrong = [value for value in declared if not isinstance(value, kind)]
    if wrong:
        raise TypeError(f"{attribute} in {package} must be a {kind.__name__}: {wrong}")
    return declared
