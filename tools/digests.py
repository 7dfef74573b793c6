"""Pins of the container images: ``name:tag`` becomes ``name:tag@sha256:…``, as the registry has it.

``python -m tools.digests --registry https://HOST`` asks that registry for images without a host in
their name, and others at their own host, by the OCI distribution API. Every manifest is read and
its digest computed; if one cannot be read, no file changes.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import httpx

from livelihood.settings import ROOT

FILES = (ROOT / "docker-compose.yml", ROOT / "infra" / "images" / "Dockerfile")
# Images of this project are built, not pulled.
OWN_PREFIX = "livelihood/"
REFERENCE = re.compile(
    r"(?m)^(?P<start>\s*image: |FROM )(?P<name>[\w.:/-]+?):(?P<tag>[\w.-]+)"
    r"(?:@sha256:[0-9a-f]{64})?$"
)
# An index of several platforms first, because the digest must be valid on all of them.
MEDIA_TYPES = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
TIMEOUT_SECONDS = 20.0


class DigestUnknown(Exception):
    """The digest of an image could not be read."""


class Image(NamedTuple):
    """An image in its registry: the address of the registry, the repository and the tag."""

    registry: str
    repository: str
    tag: str


def locate(name: str, tag: str, registry: str | None) -> Image:
    """Return where an image is. Raises DigestUnknown if its name has no host and none is given."""
    host, _, path = name.partition("/")
    # The rule of image references: a first part with a dot or a port is a host.
    if path and ("." in host or ":" in host):
        return Image(f"https://{host}", path, tag)
    if registry is None:
        raise DigestUnknown(
            f"{name}:{tag} names no registry: run `make digests REGISTRY=https://…`"
        )
    return Image(registry.rstrip("/"), name if path else f"library/{name}", tag)


def read_digest(client: httpx.Client, image: Image) -> str:
    """Return the digest of an image, computed from its manifest. Raises DigestUnknown."""
    url = f"{image.registry}/v2/{image.repository}/manifests/{image.tag}"
    try:
        response = client.get(url, headers={"Accept": MEDIA_TYPES})
        if response.status_code == httpx.codes.UNAUTHORIZED:
            token = _token(client, response.headers.get("WWW-Authenticate", ""))
            headers = {"Accept": MEDIA_TYPES, "Authorization": f"Bearer {token}"}
            response = client.get(url, headers=headers)
        response.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as error:
        reason = str(error).partition("\n")[0]
        raise DigestUnknown(f"{image.repository}:{image.tag}: {reason}") from error
    digest = f"sha256:{hashlib.sha256(response.content).hexdigest()}"
    if response.headers.get("Docker-Content-Digest", digest) != digest:
        raise DigestUnknown(
            f"{image.repository}:{image.tag}: the manifest does not match its digest"
        )
    return digest


def _token(client: httpx.Client, challenge: str) -> str:
    """Return a token for anonymous reading, as the registry's challenge describes (RFC 6750)."""
    scheme, _, options = challenge.partition(" ")
    parameters = dict(re.findall(r'(\w+)="([^"]*)"', options))
    if scheme.lower() != "bearer" or "realm" not in parameters:
        raise ValueError(f"the registry asks for an unsupported log-in ({scheme or 'none'})")
    answer = client.get(parameters.pop("realm"), params=parameters)
    answer.raise_for_status()
    content = answer.json()
    return str(content.get("token") or content["access_token"])


def pin(text: str, client: httpx.Client, registry: str | None) -> str:
    """Return the text with the digest after each image that is pulled. Raises DigestUnknown."""

    def insert(match: re.Match[str]) -> str:
        name, tag = match["name"], match["tag"]
        if name.startswith(OWN_PREFIX):
            return match[0]
        digest = read_digest(client, locate(name, tag, registry))
        sys.stdout.write(f"{name}:{tag} {digest}\n")
        return f"{match['start']}{name}:{tag}@{digest}"

    return REFERENCE.sub(insert, text)


def main(arguments: Sequence[str] | None = None, files: Sequence[Path] = FILES) -> int:
    """Pin all images. Return 1, without a change, if the digest of one is unknown."""
    parser = argparse.ArgumentParser(prog="python -m tools.digests", description=__doc__)
    parser.add_argument("--registry", help="address of the registry of images without a host")
    registry = parser.parse_args(arguments).registry
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=True) as client:
            pinned = {path: pin(path.read_text("utf-8"), client, registry) for path in files}
    except DigestUnknown as error:
        sys.stderr.write(f"{error}\nno file was changed\n")
        return 1
    for path, text in pinned.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
