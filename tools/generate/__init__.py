"""Generates the files that are derived from contracts, catalogue, checks and settings."""
