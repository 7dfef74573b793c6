"""The true work lists of a simulated area, computed without SQL."""
