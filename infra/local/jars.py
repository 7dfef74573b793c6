"""The Java archives of Kafka: fetched by Maven coordinate, checked against a lock file, kept.

``python -m infra.local.jars`` resolves the coordinates again and writes the lock file.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.errors import LocalServerError
from livelihood.settings import ROOT

if TYPE_CHECKING:
    from jgo.env import LockedDependency
    from jgo.maven import MavenContext

LOCK_PATH = ROOT / "infra" / "kafka" / "jgo.lock.toml"
COORDINATES = (
    "org.apache.kafka:kafka_2.13:4.1.1",
    # The broker logs through SLF4J; without a provider it says nothing, not even why it stops.
    # The mark "!" keeps the versions this one manages from overruling those of Kafka.
    "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3!",
)
DOWNLOADS_AT_A_TIME = 8


def kafka_jars() -> list[Path]:
    """Paths of all archives of Kafka, as `locked_jars` gives them."""
    return locked_jars(LOCK_PATH)


def locked_jars(lock_path: Path) -> list[Path]:
    """Paths of all archives a lock file names, downloaded when they are not there yet.

    Raises LocalServerError when one cannot be fetched or is not what the lock file says.
    """
    folder = _cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(DOWNLOADS_AT_A_TIME) as pool:
        return list(pool.map(lambda locked: _fetch(locked, folder), _locked(lock_path)))


def _locked(lock_path: Path) -> list[LockedDependency]:
    from jgo.env import LockFile

    return list(LockFile.load(lock_path).dependencies)


def _cache_folder() -> Path:
    from jgo.config import GlobalSettings

    return Path(GlobalSettings.load().cache_dir) / "livelihood"


def _fetch(locked: LockedDependency, folder: Path) -> Path:
    kept = folder / f"{locked.artifactId}-{locked.version}.{locked.packaging}"
    if kept.exists() and _sha256(kept) == locked.sha256:
        return kept
    # Downloaded aside and moved when checked, so that a broken download is never taken for a jar.
    with tempfile.TemporaryDirectory(dir=folder) as aside:
        downloaded = _download(locked, Path(aside))
        if _sha256(downloaded) != locked.sha256:
            raise LocalServerError(
                f"{kept.name} is not the file that its lock file names (its SHA-256 differs): the "
                "repository or the connection changed it; try again, or check your jgo settings."
            )
        shutil.move(downloaded, kept)
    return kept


def _download(locked: LockedDependency, folder: Path) -> Path:
    project = _maven(folder).project(locked.groupId, locked.artifactId)
    try:
        return Path(project.at_version(locked.version).artifact().resolve())
    except (RuntimeError, OSError) as error:
        raise LocalServerError(
            f"Could not download {locked.groupId}:{locked.artifactId}:{locked.version} for Kafka "
            f"({error}): check the network, or set LIVELIHOOD_KAFKA_BOOTSTRAP_SERVERS to a Kafka "
            "that runs elsewhere."
        ) from error


def _maven(folder: Path) -> MavenContext:
    """Access to Maven repositories: the default one and those of the user's jgo settings."""
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    repositories = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    return MavenContext(repo_cache=folder, remote_repos=repositories, timeout=60)


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_lock(
    lock_path: Path = LOCK_PATH,
    coordinates: Sequence[str] = COORDINATES,
    unwanted: Collection[str] = (),
) -> int:
    """Resolve the coordinates, write the lock file, return the number of archives.

    What is `unwanted`, as group:artifact, is left out: nothing that is used needs it.
    """
    from jgo.env import LockFile

    with tempfile.TemporaryDirectory() as folder:
        maven = _maven(Path(folder))
        wanted = [maven.create_dependency(coordinate) for coordinate in coordinates]
        chosen, transitive = maven.resolver.resolve(wanted)
        dependencies = [
            each
            for each in (*chosen, *transitive)
            if f"{each.groupId}:{each.artifactId}" not in unwanted
        ]
        LockFile.from_resolved_dependencies(dependencies).save(lock_path)
    return len(dependencies)


if __name__ == "__main__":
    sys.stdout.write(f"{write_lock()} archives are in {LOCK_PATH}\n")
