"""A process that waits is told to stop by a signal, wherever it is when the signal comes."""

import signal
import subprocess
import sys
import time

from broker.jobs import process

WAITER = """
import django
django.setup()
from broker.jobs import process
stopping = process.until_told()
print("ready", flush=True)
while not stopping.wait(3600):
    pass
print("told", flush=True)
"""


def test_a_waiting_process_ends_by_the_signal() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with subprocess.Popen([sys.executable, "-c", WAITER], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            child.send_signal(number)
            assert child.communicate(timeout=60)[0] == "told\n"
            assert child.returncode == 0


def test_who_was_told_does_not_wait() -> None:
    stopping = process.Stopping()
    assert not stopping.wait(0)
    stopping.set()
    before = time.monotonic()
    assert stopping.wait(3600)
    assert time.monotonic() - before < 3600
