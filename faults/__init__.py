"""Fault experiments: kill, freeze, cut and fill, then compare what was sent with what is stored."""
