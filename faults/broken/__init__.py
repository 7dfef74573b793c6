"""Patches that break the platform; the experiments must detect each of them."""
