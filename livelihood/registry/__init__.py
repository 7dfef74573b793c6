"""The registry: plans, targets, deadlines, standards, regions and the catalogue, as typed objects.

The rows are stored in `dbt_project/seeds/*.csv`. Only this package opens these files. Each file is
read once and again when it has changed.
"""

from livelihood.registry.catalogue import (
    IndexWeight,
    Indicator,
    Monitor,
    Population,
    Unit,
    load_index_weights,
    load_indicators,
    load_monitors,
    load_populations,
    load_units,
)
from livelihood.registry.plans import (
    Baseline,
    Contradiction,
    Deadline,
    Plan,
    Target,
    TargetPart,
    load_baselines,
    load_contradictions,
    load_deadlines,
    load_plans,
    load_target_parts,
    load_targets,
)
from livelihood.registry.regions import Region, load_regions
from livelihood.registry.standards import Standard, load_standards

__all__ = [
    "Baseline",
    "Contradiction",
    "Deadline",
    "IndexWeight",
    "Indicator",
    "Monitor",
    "Plan",
    "Population",
    "Region",
    "Standard",
    "Target",
    "TargetPart",
    "Unit",
    "load_baselines",
    "load_contradictions",
    "load_deadlines",
    "load_index_weights",
    "load_indicators",
    "load_monitors",
    "load_plans",
    "load_populations",
    "load_regions",
    "load_standards",
    "load_target_parts",
    "load_targets",
    "load_units",
]
