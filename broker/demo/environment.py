"""The rehearsal's environment: chosen once per run, written where `./run manage` finds it afterwards."""

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from broker.rehearsal.coop_mailbox import RECEIVER

ROOT = Path(__file__).resolve().parents[2]
# Another folder lets a test play beside a person's own rehearsal.
DATA = Path(os.environ.get("REHEARSAL_DIR", ROOT / "var" / "demo"))
FILE = DATA / "env"
# Beside the data: it belongs to PostgreSQL's own user, who may not look into our folder.
CLUSTER = DATA.with_name(f"{DATA.name}-postgresql")
ROLES = ("broker_owner", "broker_app", "broker_integrator", "broker_keeper", "broker_reader")
USUAL_WEB_PORT = 8000
# What a person's own shell may hold and a rehearsal must not take over.
FOREIGN = (
    "BROKER_KEY_FILE",
    "BEHIND_PROXY",
    "DATABASE_ADMIN_PASSWORD",
    "DATABASE_PASSWORDS",
    "DATABASE_PORT",
    "DJANGO_SETTINGS_MODULE",
    "INTEGRATOR_DATABASE_URL",
    "JOBS_SYNC",
    "KEEPER_DATABASE_URL",
    "KEY_PROVIDER",
    "LOG_LEVEL",
    "LOG_ORIGIN",
    "MIGRATE_DATABASE_URL",
    "SEALED_FILES_DIR",
    "SEALED_FILES_S3",
    "SEAL_CERT_FILE",
    "SEAL_KEY_FILE",
    "SEAL_ROOT_FILE",
    "SECURE_SSL_REDIRECT",
    "SIGNER_DIR",
    "SIGNER_SOCKET",
    "SIGNER_USER",
    "SMTP_STARTTLS",
)


@dataclass(frozen=True)
class Ports:
    """The loopback ports of one run."""

    web: int
    lmtp: int
    people_smtp: int
    people_page: int
    coop_smtp: int
    coop_page: int
    nectar: int
    timestamp: int
    witness: int
    application: int
    database: int


def choose_ports(web: int | None = None) -> Ports:
    """Choose free ports; the web's is the usual one when it is free and none was asked for."""
    held = [socket.socket() for _ in range(11)]
    try:
        for probe in held:
            probe.bind(("127.0.0.1", 0))
        free = [probe.getsockname()[1] for probe in held]
    finally:
        for probe in held:
            probe.close()
    if web is None and _is_free(USUAL_WEB_PORT):
        web = USUAL_WEB_PORT
    return Ports(web or free[0], *free[1:])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def variables(ports: Ports, kept: Mapping[str, str], data: Path = DATA, *, postgresql: bool = False) -> dict[str, str]:
    """Give every variable of this run; secrets of an earlier run in the same folder are kept."""
    loopback = "127.0.0.1"
    reached = (ports.people_smtp, ports.coop_smtp, ports.coop_page, ports.nectar, ports.timestamp, ports.witness)
    return {
        "SECRET_KEY": kept.get("SECRET_KEY") or secrets.token_urlsafe(48),
        "NECTAR_API_KEY": kept.get("NECTAR_API_KEY") or f"rehearsal-{secrets.token_urlsafe(24)}",
        "RUN_TOKEN": secrets.token_hex(16),
        "BROKER_DATA_DIR": str(data),
        "ALLOWED_HOSTS": f"localhost,{loopback}",
        "PUBLIC_URL": f"http://{loopback}:{ports.web}",
        "OPERATOR_NAME": "The data access desk (rehearsal)",
        "OPERATOR_ADDRESS": "1 Rehearsal Road, Example, MO 00000",
        "OPERATOR_PHONE": "555-0101",
        "OPERATOR_EMAIL": "desk@broker.example",
        "MAIL_FROM": "desk@broker.example",
        "MAIL_AUTHSERV_ID": RECEIVER,
        "REQUEST_GATHER_MINUTES": "0",
        "EXTRA_AUTHENTICATION_BACKENDS": "broker.parties.rehearsal.UnsafeRehearsalBackend",
        "ALLOWED_EGRESS": ",".join(f"{loopback}:{port}" for port in reached),
        # The recipient's own program; a receiver that somebody tries is written into the file beside it.
        "WEBHOOK_EGRESS": ",".join([f"{loopback}:{ports.application}", *_tried(kept)]),
        "APPLICATION_PORT": str(ports.application),
        "SMTP_HOST": loopback,
        "SMTP_PORT": str(ports.people_smtp),
        "UTILITY_MAIL_SERVER": f"{loopback}:{ports.coop_smtp}",
        "REHEARSAL_COOP_URL": f"http://{loopback}:{ports.coop_page}",
        "LMTP_HOST": loopback,
        "LMTP_PORT": str(ports.lmtp),
        "NECTAR_URL": f"http://{loopback}:{ports.nectar}/v2.2",
        "TIMESTAMP_URLS": f"http://{loopback}:{ports.timestamp}/",
        "TIMESTAMP_ROOT_FILE": str(data / "rehearsal" / "timestamp.root.pem"),
        "LOG_WITNESSES": str(data / "rehearsal" / "witness" / "witness.policy"),
        # A third party with a mail server of its own, which the play keeps in the same house as everybody's.
        "LOG_MAIL_TO": "checkpoints@auditor.example",
        "LOG_MAIL_SERVER": f"{loopback}:{ports.people_smtp}",
        "WITNESS_PORT": str(ports.witness),
        "PEOPLE_PAGE_PORT": str(ports.people_page),
        "COOP_PAGE_PORT": str(ports.coop_page),
    } | (_on_postgresql(ports, kept) if postgresql else _on_sqlite(data))


def _on_sqlite(data: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{data / 'broker.sqlite3'}", "MIGRATE_DATABASE_URL": ""}


def _on_postgresql(ports: Ports, kept: Mapping[str, str]) -> dict[str, str]:
    """Give a login for each role, as an installation has it (docs/install.md)."""
    known = passwords(kept)
    words = {role: known.get(role) or secrets.token_hex(24) for role in ROLES}

    def login(role: str) -> str:
        return f"postgresql://{role}:{words[role]}@127.0.0.1:{ports.database}/broker"

    return {
        "DATABASE_PORT": str(ports.database),
        "DATABASE_ADMIN_PASSWORD": kept.get("DATABASE_ADMIN_PASSWORD") or secrets.token_hex(24),
        "DATABASE_PASSWORDS": ",".join(f"{role}:{word}" for role, word in words.items()),
        "DATABASE_URL": login("broker_app"),
        "MIGRATE_DATABASE_URL": login("broker_owner"),
        "INTEGRATOR_DATABASE_URL": login("broker_integrator"),
        "KEEPER_DATABASE_URL": login("broker_keeper"),
    }


def passwords(values: Mapping[str, str]) -> dict[str, str]:
    """Give the password of each role of the rehearsal's database; none on SQLite."""
    return dict(each.split(":", 1) for each in values.get("DATABASE_PASSWORDS", "").split(",") if each)


def is_on_postgresql(values: Mapping[str, str]) -> bool:
    """Say whether a rehearsal with these variables runs on PostgreSQL."""
    return bool(values.get("DATABASE_PASSWORDS"))


def _tried(kept: Mapping[str, str]) -> list[str]:
    """Give the receivers that somebody wrote into the file; the program of an earlier run is not among them."""
    earlier = f"127.0.0.1:{kept.get('APPLICATION_PORT', '')}"
    return [each for each in kept.get("WEBHOOK_EGRESS", "").split(",") if each and each != earlier]


def read(path: Path = FILE) -> dict[str, str]:
    """Read the variables of the last run; none when there was none."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def write(values: Mapping[str, str], path: Path = FILE) -> None:
    """Write the variables, readable by their owner alone."""
    if any("\n" in value for value in values.values()):
        raise ValueError("a line break in a variable")
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.writelines(f"{name}={value}\n" for name, value in values.items())
    new.replace(path)
