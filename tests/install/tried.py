"""The whole guide, typed block by block into a bare Debian 13 that boots under systemd (`./run faults install`).

It takes root, some minutes, and the registries of packages. Where the guide has a person fill in settings by hand, the
trial writes ones that lead to counterparties on loopback.
"""

import json
import os
from itertools import pairwise
from pathlib import Path

from tests.install.guide import Block, blocks
from tests.install.machine import Machine, booted

MARK = "=== block"
SERVES = ("signer", "integrator", "worker", "web", "mail", "keeper", "anchor")
BY_HAND = """
mkdir -p /srv/tsa
(cd /opt/broker && nohup .venv/bin/python -m broker.rehearsal.timestamp_authority --port 3180 --token tried \\
    --folder /srv/tsa > /srv/tsa/log 2>&1 &)
until [ -s /srv/tsa/timestamp.root.pem ]; do sleep 0.2; done
chmod 0755 /srv/tsa
chmod 0644 /srv/tsa/timestamp.root.pem
cat >> /etc/broker/broker.env <<TEXT
OPERATOR_NAME=Guide on trial
OPERATOR_EMAIL=desk@broker.example.org
MAIL_FROM=desk@broker.example.org
TIMESTAMP_URLS=http://127.0.0.1:3180/
TIMESTAMP_ROOT_FILE=/srv/tsa/timestamp.root.pem
ALLOWED_EGRESS=127.0.0.1:3180,localhost:25
TEXT
"""


def test_the_guide_as_it_is_written(tmp_path: Path) -> None:
    told = blocks()
    at = next(n for n, each in enumerate(told) if each.heading == "Upgrade")
    with booted(tmp_path) as machine:
        tried(machine, told[:at], by_hand=BY_HAND)
        served(machine)
        tried(machine, [told[0], told[at]])  # a later shell, which knows nothing of the first one but its names
        served(machine)
        tried(machine, [told[0], told[at + 1]])
        left = machine.run(
            "sh", "-c", "ls -d /opt/broker /etc/broker /var/lib/broker* /etc/systemd/system/broker* ; id broker"
        )
        assert left.stdout == ""


def tried(machine: Machine, told: list[Block], *, by_hand: str = "") -> None:
    """Type blocks into one shell; each that came through is written down."""
    text = ""
    for block in told:
        text += f"echo '{MARK}' $(date +%s.%N) >&2\n{block.text}"
        text += by_hand if block.heading.startswith("7.") else ""
    done = machine.typed(text + f"echo '{MARK}' $(date +%s.%N) >&2\n")
    moments = [float(line.split()[-1]) for line in done.stderr.splitlines() if line.startswith(MARK)]
    spans = [later - earlier for earlier, later in pairwise(moments)]
    for block, seconds in zip(told, spans, strict=False):
        note({"name": block.heading, "seconds": round(seconds, 1)})
    if len(moments) <= len(told):
        raise AssertionError(f"{told[max(0, len(moments) - 1)].heading}: {done.stdout[-1500:]}{done.stderr[-3000:]}")
    assert done.returncode == 0


def served(machine: Machine) -> None:
    """Every unit runs and reads no more than it should; the doctor finds nothing red that can be mended here."""
    for name in SERVES:
        unit = f"broker-{name}.service"
        assert machine.run("systemctl", "is-active", unit).stdout.strip() == "active", said(machine, unit)
        user = machine.run("systemctl", "show", "--property=User", "--value", unit).stdout.strip()
        assert user == ("broker-signer" if name == "signer" else "broker")
    assert machine.run("systemctl", "is-failed", "broker-backup.service").stdout.strip() == "inactive"
    for reader, path in (
        ("broker", "/var/lib/broker-signer/log.key"), ("broker", "/etc/broker/owner.env"),
        ("broker-signer", "/var/lib/broker/keys/broker.keys"), ("broker-signer", "/etc/broker/broker.env"),
        ("www-data", "/etc/broker/broker.env"), ("postgres", "/var/lib/broker/keys/broker.keys"),
    ):  # fmt: skip
        assert machine.run("runuser", "-u", reader, "--", "cat", path).returncode != 0, (reader, path)
    machine.run("broker", "doctor", "--keys-copied-to", "a folder of the trial", seconds=300)
    found = json.loads(machine.run("broker", "doctor", "--outside", "--json", seconds=300).stdout.splitlines()[-1])
    red = {line["name"] for line in found["lines"] if line["state"] == "fail"}
    note({"name": "what the doctor says", "lines": {each["name"]: each["state"] for each in found["lines"]}})
    assert red <= {"log anchor"}  # nobody else's hands are here


def said(machine: Machine, unit: str) -> str:
    return machine.run("journalctl", "--no-pager", "--lines=30", "--output=cat", f"--unit={unit}").stdout


def note(line: dict[str, object]) -> None:
    with Path(os.environ.get("FAULTS_RESULT", os.devnull)).open("a", encoding="utf-8") as out:
        out.write(json.dumps({**line, "engine": "postgresql"}) + "\n")
