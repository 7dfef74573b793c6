"""Ports of this machine: whether a port is free, and whether a server answers on it."""

from __future__ import annotations

import errno
import itertools
import socket
from collections.abc import Mapping

from infra.local.errors import LocalServerError


def require_free_port(port: int, setting: str, title: str) -> None:
    """Raise LocalServerError, with the setting to change, if a port on 127.0.0.1 is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            is_used = error.errno == errno.EADDRINUSE
            reason = "another program uses it" if is_used else error.strerror
            raise LocalServerError(
                f"{title} cannot use port {port} on 127.0.0.1, {reason}: "
                f"set LIVELIHOOD_{setting.upper()} to a free port"
            ) from error


def require_different_ports(ports: Mapping[str, int]) -> None:
    """Raise LocalServerError if two settings name the same port."""
    for first, second in itertools.combinations(ports, 2):
        if ports[first] == ports[second]:
            raise LocalServerError(
                f"LIVELIHOOD_{first.upper()} and LIVELIHOOD_{second.upper()} are the same port, "
                f"{ports[first]}: set one of them to another"
            )


def answers_on_port(port: int) -> bool:
    """Return whether a server accepts connections on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
