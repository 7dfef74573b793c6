"""The expected work lists, computed without SQL."""
