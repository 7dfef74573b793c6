"""Ports on this machine: whether one is free, and whether somebody answers on it."""

from __future__ import annotations

import socket

from infra.local.errors import LocalServerError


def require_free_port(port: int, setting: str, title: str) -> None:
    """Raise LocalServerError, naming the setting to change, when a port on 127.0.0.1 is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LocalServerError(
                f"{title} cannot use port {port} on 127.0.0.1, another program has it: "
                f"set LIVELIHOOD_{setting.upper()} to a free port."
            ) from error


def answers_on_port(port: int) -> bool:
    """Whether something accepts connections on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
