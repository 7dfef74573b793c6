"""Progress of an import, in a small file that advances only after Kafka has acknowledged."""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, Field

from livelihood.private_files import open_private, private_folder
from livelihood.settings import Settings
from producers.errors import CheckpointBusy
from producers.storage import write_atomically


class Checkpoint(BaseModel):
    """Number of rows of one import that were sent or rejected, and the size of its rejects file.

    Once an import `is_planned`, `sent`, `withdrawn` and `rejected` are what it amounts to.
    """

    path: Path
    source: str
    topic_id: str
    started_at: dt.datetime = Field(default_factory=lambda: dt.datetime.now(dt.UTC))
    rows: int = 0
    sent: int = 0
    withdrawn: int = 0
    rejected: int = 0
    rejects_bytes: int = 0
    is_planned: bool = False
    is_complete: bool = False

    def save(self) -> None:
        """Write the checkpoint to its file."""
        write_atomically(self.path, self.model_dump_json(exclude={"path"}, indent=1))


def identity(**parts: object) -> str:
    """Return the name of an import: equal parts (content, mapping, stream) have equal names."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@contextmanager
def open_checkpoint(
    settings: Settings, stream: str, key: str, source: str, topic_id: str
) -> Iterator[Checkpoint]:
    """Open the checkpoint of an import and lock it. Raise CheckpointBusy if it is locked.

    The import starts from the beginning if the topic was re-created, because its records were
    deleted.
    """
    folder = private_folder(settings.home / "producers")
    path = folder / f"{stream}-{key}.json"
    with open_private(path.with_suffix(".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CheckpointBusy(
                f"{source} is being sent to {stream} by another process: wait until it ends"
            ) from error
        yield _read(path, source, topic_id)


def _read(path: Path, source: str, topic_id: str) -> Checkpoint:
    initial = Checkpoint(path=path, source=source, topic_id=topic_id)
    if not path.exists():
        return initial
    stored = Checkpoint(path=path, **json.loads(path.read_text(encoding="utf-8")))
    return stored if stored.topic_id == topic_id else initial
