"""What the platform withstands: faults from a seed, and what was sent beside what arrived."""
