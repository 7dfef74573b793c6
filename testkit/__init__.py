"""Servers, databases, messages and platforms shared by tests, benchmarks and fault experiments."""
