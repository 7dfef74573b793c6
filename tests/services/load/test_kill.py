"""The loader is killed at fifty random instants: nothing is lost, nothing is there twice."""

from __future__ import annotations

import multiprocessing
import random
import time

from livelihood.backlog import backlog
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.warehouse import connect
from tests.fake import message, send

STREAM = "wage_payment"
KILLS = 50
RECORDS_PER_KILL = 2_000
SEED = 20220930


def test_fifty_kills_lose_nothing_and_repeat_nothing(platform: Settings) -> None:
    chance = random.Random(SEED)
    small = platform.model_copy(
        update={"load_batch_records": 500, "load_transaction_records": 1_500}
    )
    workers = multiprocessing.get_context("forkserver")
    workers.set_forkserver_preload(["livelihood.load.loader", "tests.fake"])
    # The server that forks imports first; no load is to be measured by that.
    warm = workers.Process(target=int)
    warm.start()
    warm.join()
    sent, killed_while_working, whole_seconds = 0, 0, 0.0
    for attempt in range(KILLS + 1):
        bad = {n for n in range(RECORDS_PER_KILL) if chance.random() < 0.01}
        sent += send(
            platform,
            STREAM,
            (
                b"{broken" if n in bad else message(STREAM, attempt * RECORDS_PER_KILL + n)
                for n in range(RECORDS_PER_KILL)
            ),
        )
        process = workers.Process(target=load, args=(small, STREAM))
        began = time.monotonic()
        process.start()
        if attempt == 0:
            # How long a load takes here and now says when the others are to be killed.
            process.join()
            whole_seconds = time.monotonic() - began
            continue
        time.sleep(chance.uniform(0.0, 0.9 * whole_seconds))
        killed_while_working += process.is_alive()
        process.kill()
        process.join()
    assert killed_while_working > KILLS / 2, "most kills came after the work was done: no test"

    load(platform, STREAM)
    assert backlog(platform)[STREAM] == 0
    with connect(platform) as connection:
        places = connection.execute(
            "select _partition, _offset from landing.wage_payment"
            ' union all select partition, "offset" from ops.quarantine'
        ).fetchall()
        loads = connection.execute("select count(*) from ops.load").fetchone()
    assert len(places) == len(set(places)) == sent
    assert loads is not None
    assert loads[0] > 1
