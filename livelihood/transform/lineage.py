"""OpenLineage events: which tables a build read and wrote; off by default.

The events are derived from dbt's artifacts after the run. A collector that does not answer never
fails a build, nor delays it for longer than the time limit.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

from livelihood.settings import LINEAGE_NAMESPACE, Settings
from livelihood.time_limit import call_within

logger = logging.getLogger(__name__)

# For all events of a build; the client's own time limit counts for each read of each event.
TIMEOUT_SECONDS = 15.0
PRODUCER = "https://github.com/OpenLineage/OpenLineage/tree/main/integration/dbt"


def emit_lineage(settings: Settings, project: Path, target: Path) -> int:
    """Send the events of the run whose artifacts are in `target`. Return their number."""
    if settings.lineage_transport is None:
        return 0
    # Off by default, and the import takes half a second.
    from openlineage.client import OpenLineageClient
    from openlineage.common.provider.dbt.local import DbtLocalArtifactProcessor

    try:
        transport = json.loads(settings.lineage_transport.get_secret_value())
        processor = DbtLocalArtifactProcessor(
            producer=PRODUCER,
            job_namespace=LINEAGE_NAMESPACE,
            project_dir=str(project),
            target_path=str(target),
            skip_errors=True,
        )
        events = processor.parse().events()
        client = OpenLineageClient(config={"transport": transport})

        def emit() -> None:
            for event in events:
                client.emit(event)
            client.close()

        call_within(TIMEOUT_SECONDS, emit, "lineage")
    except Exception as error:  # no error of the collector or its client may fail the build
        reason = (
            f"no answer in {TIMEOUT_SECONDS:.0f} s" if isinstance(error, TimeoutError) else error
        )
        logger.warning("the lineage of the build was not sent: %s", reason)
        return 0
    return len(events)
