"""The jars of Kafka: downloaded by Maven coordinate, verified by a lock file, and cached.

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
    # The broker logs through SLF4J; without a provider it logs nothing, not even why it stops.
    # "!" excludes the managed versions of this artifact, which would override those of Kafka.
    "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3!",
)
PARALLEL_DOWNLOADS = 8


def kafka_jars() -> list[Path]:
    """Return the paths of all jars of Kafka; see `locked_jars`."""
    return locked_jars(LOCK_PATH)


def locked_jars(lock_path: Path) -> list[Path]:
    """Return the paths of all jars of a lock file, downloading those that are not cached.

    Raises LocalServerError if a jar cannot be downloaded or differs from its SHA-256.
    """
    folder = _cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
        return list(pool.map(lambda locked: _fetch(locked, folder), _locked(lock_path)))


def _locked(lock_path: Path) -> list[LockedDependency]:
    from jgo.env import LockFile

    return list(LockFile.load(lock_path).dependencies)


def _cache_folder() -> Path:
    from jgo.config import GlobalSettings

    return Path(GlobalSettings.load().cache_dir) / "livelihood"


def _fetch(locked: LockedDependency, folder: Path) -> Path:
    cached = folder / f"{locked.artifactId}-{locked.version}.{locked.packaging}"
    if cached.exists() and _sha256(cached) == locked.sha256:
        return cached
    # Verified in a temporary folder and then moved, so that a broken download is never used.
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        downloaded = _download(locked, Path(temporary))
        if _sha256(downloaded) != locked.sha256:
            raise LocalServerError(
                f"{cached.name} is not the file of the lock file (its SHA-256 differs): the "
                "repository or the connection changed it; try again, or check your jgo settings"
            )
        shutil.move(downloaded, cached)
    return cached


def _download(locked: LockedDependency, folder: Path) -> Path:
    project = _maven(folder).project(locked.groupId, locked.artifactId)
    try:
        return Path(project.at_version(locked.version).artifact().resolve())
    except (RuntimeError, OSError) as error:
        raise LocalServerError(
            f"could not download {locked.groupId}:{locked.artifactId}:{locked.version} for Kafka "
            f"({error}): check the network, or set LIVELIHOOD_KAFKA_BOOTSTRAP_SERVERS to an "
            "external Kafka"
        ) from error


def _maven(folder: Path) -> MavenContext:
    """Return access to the Maven repositories: the default one and those of the jgo settings."""
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
    excluded: Collection[str] = (),
) -> int:
    """Resolve the coordinates, write the lock file and return the number of jars.

    `excluded` artifacts, given as group:artifact, are omitted.
    """
    from jgo.env import LockFile

    with tempfile.TemporaryDirectory() as folder:
        maven = _maven(Path(folder))
        requested = [maven.create_dependency(coordinate) for coordinate in coordinates]
        direct, transitive = maven.resolver.resolve(requested)
        dependencies = [
            dependency
            for dependency in (*direct, *transitive)
            if f"{dependency.groupId}:{dependency.artifactId}" not in excluded
        ]
        LockFile.from_resolved_dependencies(dependencies).save(lock_path)
    return len(dependencies)


if __name__ == "__main__":
    sys.stdout.write(f"{write_lock()} jars are in {LOCK_PATH}\n")
