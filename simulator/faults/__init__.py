"""Planted faults: late, corrected, duplicated and malformed records."""
