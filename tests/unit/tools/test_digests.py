"""Digests come from a registry that answers; otherwise no file changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from livelihood.settings import ROOT
from tools.digests import FILES, REFERENCE, DigestUnknown, Image, locate, main

INDEX = "application/vnd.oci.image.index.v1+json"
COMPOSE = "services:\n  a:\n    image: postgres:18\n  b:\n    image: livelihood/airflow:0.2.0\n"
DOCKERFILE = "FROM apache/airflow:3.3.2-python3.11\nUSER root\n"


def manifest(path: str) -> bytes:
    return json.dumps({"mediaType": INDEX, "manifests": [], "of": path}).encode()


def digest(path: str) -> str:
    return f"sha256:{hashlib.sha256(manifest(path)).hexdigest()}"


class Registry(BaseHTTPRequestHandler):
    """The distribution API of OCI, with a token server, as public registries have it."""

    missing = ""
    lies = False

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/token":
            scope = parse_qs(url.query)["scope"][0]
            return self.answer(200, json.dumps({"token": f"for {scope}"}).encode())
        repository = url.path.removeprefix("/v2/").partition("/manifests/")[0]
        scope = f"repository:{repository}:pull"
        if self.headers.get("Authorization") != f"Bearer for {scope}":
            realm = f"http://{self.headers['Host']}/token"
            challenge = f'Bearer realm="{realm}",service="registry",scope="{scope}"'
            return self.answer(401, b"{}", {"WWW-Authenticate": challenge})
        if repository == self.missing or INDEX not in self.headers["Accept"]:
            return self.answer(404, b"{}")
        claimed = digest("another" if self.lies else url.path)
        return self.answer(200, manifest(url.path), {"Docker-Content-Digest": claimed})

    def answer(self, code: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    texts = {"docker-compose.yml": COMPOSE, "Dockerfile": DOCKERFILE}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return [tmp_path / name for name in texts]


def test_images_are_pinned_to_what_the_registry_has(registry: str, files: list[Path]) -> None:
    for _ in range(2):
        assert main(["--registry", registry], files) == 0
        compose, dockerfile = (path.read_text() for path in files)
        postgres = digest("/v2/library/postgres/manifests/18")
        airflow = digest("/v2/apache/airflow/manifests/3.3.2-python3.11")
        assert compose == COMPOSE.replace("postgres:18", f"postgres:18@{postgres}")
        assert dockerfile == DOCKERFILE.replace("3.11\n", f"3.11@{airflow}\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"missing": "apache/airflow"}, "apache/airflow:3.3.2-python3.11: Client error '404"),
        ({"lies": True}, "library/postgres:18: the manifest does not match its digest"),
    ],
)
def test_nothing_changes_unless_every_digest_is_known(
    change: dict[str, object],
    message: str,
    registry: str,
    files: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in change.items():
        monkeypatch.setattr(Registry, name, value)
    assert main(["--registry", registry], files) == 1
    assert message in (error := capsys.readouterr().err)
    assert error.endswith("no file was changed\n")
    assert [path.read_text() for path in files] == [COMPOSE, DOCKERFILE]


@pytest.mark.parametrize("arguments", [[], ["--registry", "http://127.0.0.1:1"]])
def test_without_an_answer_nothing_changes(
    arguments: list[str], files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert main(arguments, files) == 1
    assert [path.read_text() for path in files] == [COMPOSE, DOCKERFILE]


def test_the_registry_follows_from_the_name_of_an_image() -> None:
    given = "https://registry.example.org/"
    bare = given.rstrip("/")
    assert locate("postgres", "18", given) == Image(bare, "library/postgres", "18")
    assert locate("apache/kafka", "4", given) == Image(bare, "apache/kafka", "4")
    with_host = "images.example.org:5000/a/b"
    assert locate(with_host, "1", None) == Image("https://images.example.org:5000", "a/b", "1")
    with pytest.raises(DigestUnknown, match="run `make digests REGISTRY="):
        locate("postgres", "18", None)


def test_every_image_of_the_project_is_found() -> None:
    references = [match["name"] for path in FILES for match in REFERENCE.finditer(path.read_text())]
    assert sorted(references) == [
        "apache/airflow",
        "apache/kafka",
        "livelihood/airflow",
        "postgres",
    ]
    text = (ROOT / "docker-compose.yml").read_text()
    assert text.count("image: ") + 1 == len(references)
