"""How fast the platform is, as ratios measured side by side in one run; see docs/performance.md."""
