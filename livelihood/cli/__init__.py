"""The command line `livelihood`: the stack, the stages, and questions about what is published."""

from livelihood.cli.main import app, main

__all__ = ["app", "main"]
