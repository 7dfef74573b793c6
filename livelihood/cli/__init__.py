"""The command line `livelihood`: the stack, the stages, and questions about what is published."""

from livelihood.interrupts import ended_silently

# The imports take a second, in which a person may press Ctrl-C.
with ended_silently():
    from livelihood.cli.main import app, main

__all__ = ["app", "main"]
