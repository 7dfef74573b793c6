"""Declarations of the checks, one module per mart or kind of question."""
