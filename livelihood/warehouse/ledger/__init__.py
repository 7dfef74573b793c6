"""The ledger of the platform: which loads, builds, verdicts and releases there are.

The only package with SQL on `ops.load`, `ops.load_failure`, `ops.quarantine_overflow`,
`ops.quarantine_purge`, `ops.stream_offset`, `ops.stream_stop`, `ops.offset_gap`, `ops.build`,
`ops.build_watermark`, `ops.gate_result`, `ops.source`, `ops.source_key` and `published.release`.
Its functions work inside the caller's transaction and neither commit nor roll back.
"""
