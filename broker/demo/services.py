"""The services of a rehearsal, in the order in which they start; they stop in the reverse.

Signer and integrator start first: so the integrator is the last to stop but for the signer, when every other
writer has closed its lanes and nothing can be logged any more.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection
from django.utils import timezone

from broker.demo import readiness, signer_account
from broker.demo.environment import DATA, ROOT
from broker.demo.supervisor import Service
from broker.jobs import heartbeats

HOST = "127.0.0.1"
SAMPLE = ROOT.parent / "shared" / "real-inputs" / "smarthub" / "united_power_daily.csv"


def groups(env: Mapping[str, str], data: Path = DATA) -> list[list[Service]]:
    """Give the services of a rehearsal in groups: each group starts at once, when the one before it is ready."""
    token = env["RUN_TOKEN"]
    integrating = readiness.says(data / "logs" / "integrator.log", "integrator ready")
    return [
        [_signer(env, data)],
        [
            _command("integrator", "integrate", integrating, grace=45, more=_login(env, "INTEGRATOR")),
            *_counterparties(env, data),
        ],
        [
            _command("worker", "worker", beats("worker", token), grace=75),
            _command("keeper", "keep_keys", beats("keeper", token), more=_login(env, "KEEPER")),
            _command("anchor-log", "anchor_log", beats("anchor-log", token), grace=30, more=_login(env, "INTEGRATOR")),
            _command("mail-listener", "receive_mail", readiness.listens(int(env["LMTP_PORT"]))),
            _web(env, token),
        ],
    ]


def _signer(env: Mapping[str, str], data: Path) -> Service:
    ready = readiness.unix_socket(data / "run" / "signer.sock")
    user = env.get("SIGNER_USER", "")
    if not user:
        return _command("signer", "sign_log", ready)
    return Service("signer", signer_account.command([sys.executable, str(ROOT / "manage.py")], env, user), ready)


def _counterparties(env: Mapping[str, str], data: Path) -> list[Service]:
    folder = data / "rehearsal"
    listener = f"{env['LMTP_HOST']}:{env['LMTP_PORT']}"
    coop_smtp = env["UTILITY_MAIL_SERVER"].rpartition(":")[2]
    people_mail = ("--http-port", env["PEOPLE_PAGE_PORT"], "--folder", str(folder / "people"))
    coop_mail = ("--http-port", env["COOP_PAGE_PORT"], "--folder", str(folder / "coop"), "--listener", listener)
    program = int(env["APPLICATION_PORT"])
    witness, vkeys = int(env["WITNESS_PORT"]), str(data / "signer" / "log.vkey")
    nectar, stamp = _port(env["NECTAR_URL"]), _port(env["TIMESTAMP_URLS"])
    return [
        _played(env, "people_mailbox", int(env["SMTP_PORT"]), *people_mail, page=int(env["PEOPLE_PAGE_PORT"])),
        _played(env, "coop_mailbox", int(coop_smtp), *coop_mail, *_usage_file(), page=int(env["COOP_PAGE_PORT"])),
        _played(env, "nectar", nectar, "--api-key", env["NECTAR_API_KEY"], page=nectar, health="/_health"),
        _played(env, "timestamp_authority", stamp, "--folder", str(folder), page=stamp),
        _played(env, "application", program, page=program),
        _played(env, "witness", witness, "--folder", str(folder / "witness"), "--log-vkey", vkeys, page=witness),
    ]


def _usage_file() -> tuple[str, ...]:
    """Have the clerk attach a real download where the shared samples lie beside this folder, else a made one."""
    return ("--usage-file", str(SAMPLE)) if SAMPLE.exists() else ()


def _played(env: Mapping[str, str], name: str, port: int, *options: str, page: int, health: str = "/health") -> Service:
    argv = [sys.executable, "-m", f"broker.rehearsal.{name}", "--port", str(port), "--token", env["RUN_TOKEN"]]
    check = readiness.page(f"http://{HOST}:{page}{health}", env["RUN_TOKEN"])
    return Service(name.replace("_", "-"), [*argv, *options], check, grace=3)


def _command(
    name: str, command: str, check: readiness.Check, *, grace: float = 10, more: Mapping[str, str] | None = None
) -> Service:
    return Service(name, [sys.executable, str(ROOT / "manage.py"), command], check, grace=grace, more=more or {})


def _login(env: Mapping[str, str], role: str) -> dict[str, str]:
    """On PostgreSQL these two log in as roles of their own."""
    url = env.get(f"{role}_DATABASE_URL", "")
    return {"DATABASE_URL": url} if url else {}


def _web(env: Mapping[str, str], token: str) -> Service:
    port = _port(env["PUBLIC_URL"])
    argv = [
        sys.executable, "-m", "gunicorn", "--config", "python:broker.demo.gunicorn_conf",
        "--bind", f"{HOST}:{port}", "broker.wsgi:application",
    ]  # fmt: skip
    return Service("web", argv, readiness.page(f"http://{HOST}:{port}/health", token), grace=20)


def addresses(env: Mapping[str, str]) -> dict[str, str]:
    """Give where a person finds what: our site, and the pages of the played counterparties."""
    return {
        "web": env["PUBLIC_URL"],
        "people": f"http://{HOST}:{env['PEOPLE_PAGE_PORT']}",
        "coop": f"http://{HOST}:{env['COOP_PAGE_PORT']}",
        "application": f"http://{HOST}:{env['APPLICATION_PORT']}",
        "nectar": env["NECTAR_URL"],
        "timestamp": env["TIMESTAMP_URLS"],
    }


def beats(name: str, token: str) -> readiness.Check:
    """Ready when the process wrote a sign of life of this run into the database."""

    def check(_pid: int) -> bool:
        beat = heartbeats.last_beat(name)
        return beat is not None and beat.run == token and beat.beat_at <= timezone.now()

    return check


def let_go_of_database() -> None:
    """Close this process's connection: it must not hold a lock while the services work."""
    connection.close()


def _port(url: str) -> int:
    return urlsplit(url).port or 80
