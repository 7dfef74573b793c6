"""Messages that once stopped the loader or filled the quarantine, while the loader is killed."""

from __future__ import annotations

import itertools
import json
import time

from faults.environment import FaultEnvironment
from faults.outcome import Outcome
from faults.processes import KILLED, StrikeTimer, start
from livelihood.contracts import load_contract
from livelihood.kafka import topic_states
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.message_factory import message, row
from testkit.topics import send

STREAM = "wage_payment"
VALID_MESSAGES = 100
SMALL = {
    "load_batch_records": 50,
    "load_transaction_records": 100,
    # Exceeded by the fourth large message.
    "quarantine_quota_megabytes": 1,
}
KILLS_BETWEEN_RECOVERIES = 20


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Send valid and harmful messages and kill loads of them; then load and compare the counts."""
    kills = environment.sized(200, 5)
    fault = "harmful messages and a full quota, loader killed"
    environment.log(f"{fault}, {kills} times")
    outcome = Outcome(fault)
    timer = StrikeTimer(environment.random_generator("messages"))
    start(int).join()
    numbers = itertools.count(1)
    with environment.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        first = _end(settings)
        for attempt in outcome.tries(kills):
            values = [message(STREAM, next(numbers)) for _ in range(VALID_MESSAGES)]
            send(settings, STREAM, [*harmful(), *values, *harmful()])
            process = start(load, settings, STREAM)
            timer.interrupts(process)
            process.kill()
            outcome.times += process.result().status == KILLED
            if outcome.times == kills or attempt % KILLS_BETWEEN_RECOVERIES == 0:
                began = time.monotonic()
                load(settings, STREAM)
                outcome.record_recovery(time.monotonic() - began)
        load(settings, STREAM)
        return [_count(outcome, settings, _end(settings) - first, next(numbers) - 1)]


def harmful() -> list[bytes | None]:
    """Return messages that must be rejected, each for another reason."""
    valid = message(STREAM)
    loose = json.dumps(row(STREAM) | {"due_date": "-0001-11-30"}).encode()
    return [
        b'{"a":' * 1_000 + b"1" + b"}" * 1_000,
        b"[" * 200_000,
        loose,
        message(STREAM, due_date="+12022-01-01"),
        valid[:-1] + b',"revision":2}',
        valid.replace(b'"source_system":"test"', b'"source_system":1e18')[:-1]
        + b',"revision":2    }',
        valid.replace(b'"test"', b'"a\\u0000b"'),
        b"{" + b"x" * 300_000,
        None,
    ]


def _end(settings: Settings) -> int:
    return sum(topic_states(settings, [load_contract(STREAM)])[STREAM].end.values())


def _count(outcome: Outcome, settings: Settings, sent: int, valid: int) -> Outcome:
    with connect(settings) as connection:
        counts = connection.execute(_COUNTS).fetchone() or (0,) * 6
    landed, records, stored, rejected, overflowed, counted = counts
    outcome.sent, outcome.landed, outcome.quarantined = sent, landed, stored
    outcome.lost = max(0, sent - landed - stored - counted)
    outcome.twice = max(0, landed + stored + counted - sent)
    outcome.expect(landed == valid, f"{landed} rows landed, {valid} valid messages were sent")
    outcome.expect(
        (records, rejected, overflowed) == (landed, stored, counted),
        f"ops.load counts {records}, {rejected} and {overflowed} messages; {landed}, {stored} and "
        f"{counted} are stored or counted",
    )
    outcome.expect(counted > 0, "the quota was never exceeded, which tests nothing")
    return outcome


_COUNTS = b"""
    select
        (select count(distinct record_id) from landing.wage_payment),
        (select sum(records)::bigint from ops.load),
        (select count(*) from ops.quarantine),
        (select sum(rejected)::bigint from ops.load),
        (select sum(overflowed)::bigint from ops.load),
        (select coalesce(sum(messages), 0)::bigint from ops.quarantine_overflow)"""
