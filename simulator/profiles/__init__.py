"""Profiles: the size and rates of each simulated area, read from YAML files."""
