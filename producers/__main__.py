"""Alias: `python -m producers` runs the commands `send`, `simulate`, `form` and `template`."""

from livelihood.cli.producers import app, main

__all__ = ["app", "main"]

if __name__ == "__main__":
    main()
