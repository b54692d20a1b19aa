"""No test leaves this machine, nor does any process that a test starts; and what may leave is written down."""

import ast
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from broker.channels.nectar.paths import DEFAULT
from tests.conftest import NoNetwork
from tests.test_house import sources, text_of

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "egress.md").read_text(encoding="utf-8")
ELSEWHERE = "198.51.100.7"  # RFC 5737: nobody's
CHILD = f"""
import errno, socket
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as line:
        line.settimeout(20)
        try:
            line.connect(("{ELSEWHERE}", 80))
        except OSError as error:
            print(errno.errorcode.get(error.errno, repr(error)))
        else:
            print("reached")
with socket.create_server(("127.0.0.1", 0)) as here, socket.create_connection(here.getsockname()):
    print("here")
"""


def test_python_reaches_nobody() -> None:
    with pytest.raises(NoNetwork):
        socket.create_connection((ELSEWHERE, 80), timeout=1)
    with pytest.raises(NoNetwork):
        socket.getaddrinfo("broker.example", 443)


def test_no_process_of_the_run_reaches_another_machine() -> None:
    """By `./run test` the run itself has such a network; a single file run by hand makes one for this process."""
    alone = os.environ.get("BROKER_NETWORK") == "shut"
    own = [] if alone else ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    done = subprocess.run([*own, sys.executable, "-I", "-c", CHILD], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ENETUNREACH", "ENETUNREACH", "here"]


def test_every_purpose_is_written_down() -> None:
    purposes = {
        ast.literal_eval(node.args[0])
        for path in sources()
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "http.client"
    }
    rows = set(re.findall(r"^\| `([a-z ]+)` \|", DOCUMENT, re.MULTILINE))
    assert purposes == {"nectar", "timestamp", "witness", "revocation list", "rehearsal", "drill"} <= rows


def test_every_call_of_nectar_is_written_down() -> None:
    assert dict(re.findall(r"^\| `([a-z_.]+)` \| `([A-Z]+ /[^`]*)` \|", DOCUMENT, re.MULTILINE)) == DEFAULT
