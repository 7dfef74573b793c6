"""dbt's artifacts are rewritten when they may differ, and not for each small build."""

from __future__ import annotations

import os

from livelihood.load import load
from livelihood.settings import Settings
from livelihood.transform import build
from testkit.message_factory import message
from testkit.topics import send


def build_one_more(settings: Settings, number: int) -> None:
    send(settings, "employment", [message("employment", record_id=f"record-{number}")])
    load(settings, "employment")
    assert build(settings).is_new


def test_a_small_build_leaves_a_manifest_that_describes_the_project(platform: Settings) -> None:
    manifest = platform.dbt_target / "manifest.json"
    memory = platform.dbt_target / "partial_parse.msgpack"
    build_one_more(platform, 1)
    written_at = manifest.stat().st_mtime_ns
    build_one_more(platform, 2)
    assert manifest.stat().st_mtime_ns == written_at

    os.utime(manifest, (memory.stat().st_mtime - 1,) * 2)
    build_one_more(platform, 3)
    assert manifest.stat().st_mtime >= memory.stat().st_mtime, "dbt has read its project since"

    manifest.unlink()
    build_one_more(platform, 4)
    assert manifest.exists()
