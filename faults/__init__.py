"""What the platform withstands: faults injected from a seed, and what was sent compared with what arrived; see docs/faults.md."""
