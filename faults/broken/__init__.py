"""Patches that break the platform. The experiments must detect each of them."""
