"""Airflow reads the lineage transport of the containers from its secret file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from livelihood.settings import ROOT

PROGRAM = """
from airflow import settings
settings.initialize()
from airflow.providers.openlineage import conf
print("transport", conf.transport().get("type"), conf.is_disabled())
"""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (json.dumps({"type": "http", "url": "http://collector:5000"}), "transport http False"),
        ("", "transport None True"),
    ],
)
def test_the_transport_is_that_of_the_file(content: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "lineage_transport"
    path.write_text(content)
    environment = {
        "PATH": os.environ["PATH"],
        "AIRFLOW_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT / "infra" / "airflow"),
        "LIVELIHOOD_LINEAGE_TRANSPORT_FILE": str(path),
    }
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == expected
