"""The registry: plans, targets, deadlines, standards, regions and the catalogue of indicators."""
