"""Builds broken on purpose: the experiments must catch each of them."""
