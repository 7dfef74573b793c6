"""Any call is abandoned after its time limit, and the process can end."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from livelihood.time_limit import call_within

PROGRAM = """
import time
from livelihood.time_limit import call_within
try:
    call_within(0.1, lambda: time.sleep(60), "slow")
except TimeoutError:
    print("abandoned")
"""


def test_the_result_and_the_error_of_a_call_are_passed_on() -> None:
    assert call_within(5, lambda: 7, "fast") == 7
    with pytest.raises(ZeroDivisionError):
        call_within(5, lambda: 1 // 0, "wrong")


def test_an_abandoned_call_does_not_keep_the_process_alive() -> None:
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "abandoned\n"
    assert time.monotonic() - began < 20
