"""Alias: `python -m producers` is the command line `livelihood`."""

from livelihood.cli.main import app, main

__all__ = ["app", "main"]

if __name__ == "__main__":
    main()
