"""All streams of the simulator by name, discovered from the modules of this package."""

from __future__ import annotations

from simulator.discovery import discover
from simulator.profiles.part import StreamPart
from simulator.streams.stream import Stream

STREAMS: dict[str, Stream] = {
    stream.name: stream for stream in discover("simulator.streams", "STREAM", Stream)
}
PROFILE_PARTS: dict[str, type[StreamPart]] = {
    stream.profile.key: stream.profile for stream in STREAMS.values() if stream.profile
}
