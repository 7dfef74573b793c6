"""Coverage-guided fuzzing of the decoder: `python -m faults.coverage_guided SEED SECONDS`.

The fuzzer needs a process of its own: it ends the process, and after an error writes the input.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["livelihood.load.decode", "livelihood.load.inspection", "livelihood.load.batch"]
):
    import livelihood.load.batch

from faults.fuzzing import ODD_VALUES, PIECES, check_batch
from livelihood.contracts import load_contract, load_contracts
from testkit.message_factory import message

assert livelihood.load.batch

# Enough for more than a thousand nested objects.
MAX_INPUT_BYTES = 16_384


def try_bytes(data: bytes) -> None:
    """Check one input: the first byte selects the stream, the lines after it are messages."""
    streams = sorted(load_contracts())
    stream = streams[data[0] % len(streams)] if data else streams[0]
    check_batch([*data[1:].split(b"\x1e"), message(stream)], load_contract(stream))


def main(seed: str, seconds: str) -> None:
    """Fuzz for some seconds, starting from a valid message of each stream and odd values."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, stream in enumerate(sorted(load_contracts())):
            (Path(corpus) / stream).write_bytes(bytes([number]) + message(stream))
        for number, piece in enumerate((*PIECES, *map(str.encode, ODD_VALUES))):
            odd = b'\x00{"record_id":' + piece + b',"record_id":"a"}'
            (Path(corpus) / f"odd_{number}").write_bytes(odd[:MAX_INPUT_BYTES])
        arguments = [
            f"-seed={seed}",
            f"-max_total_time={seconds}",
            f"-max_len={MAX_INPUT_BYTES}",
            "-rss_limit_mb=0",
        ]
        artifacts = f"-artifact_prefix={tempfile.gettempdir()}/"
        atheris.Setup([sys.argv[0], *arguments, artifacts, corpus], try_bytes)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
