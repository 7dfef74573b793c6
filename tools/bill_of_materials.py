"""The software bill of materials, sbom.cdx.json: every locked package, and Kafka's jars.

``python -m tools.bill_of_materials`` writes it in the format CycloneDX 1.6; `make lock` runs it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from livelihood.settings import ROOT

PATH = ROOT / "sbom.cdx.json"
REQUIREMENTS = ROOT / "requirements.txt"
JARS = ROOT / "infra" / "kafka" / "jgo.lock.toml"
PROGRAM = Path(sys.executable).with_name("cyclonedx-py")
Component = dict[str, Any]


def render() -> str:
    """Return the bill of materials, the same text for the same lock files on every machine."""
    command = [
        str(PROGRAM),
        "requirements",
        str(REQUIREMENTS),
        "--output-reproducible",
        "--no-validate",
    ]
    command += ["--pyproject", str(ROOT / "pyproject.toml")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    bill: dict[str, Any] = json.loads(ran.stdout)
    packages = [_package(component) for component in bill["components"]]
    bill["components"] = sorted([*packages, *_jars()], key=lambda component: component["purl"])
    # The lock file contains no graph, and the tools are described by addresses of their documents.
    del bill["dependencies"], bill["metadata"]["tools"]
    return json.dumps(bill, indent=2, ensure_ascii=False) + "\n"


def _package(component: Component) -> Component:
    """Return a package without the index and the line that it was read from."""
    identity = {name: component[name] for name in ("name", "purl", "type", "version")}
    return {"bom-ref": component["purl"], **identity}


def _jars() -> list[Component]:
    locked = tomllib.loads(JARS.read_text(encoding="utf-8"))["dependencies"]
    return [_jar(dependency) for dependency in locked]


def _jar(dependency: dict[str, Any]) -> Component:
    group, name, version = (dependency[key] for key in ("groupId", "artifactId", "version"))
    purl = f"pkg:maven/{group}/{name}@{version}"
    return {
        "bom-ref": purl,
        "group": group,
        "hashes": [{"alg": "SHA-256", "content": dependency["sha256"]}],
        "name": name,
        "purl": purl,
        "type": "library",
        "version": version,
    }


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
