"""What the doctor asks of the installation: each fact by itself, so that one that fails hides no other (action).

Nothing is opened and nothing is changed; what was asked and could not be answered is named, and counts as a warning.
"""

import csv
import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from broker import publishing, sandbox
from broker.approvals import acts
from broker.audit import anchors, banner, delay, log, marked, store
from broker.audit.words import ACTS
from broker.db import catalogue, installation
from broker.duties import glass, people, team
from broker.jobs import heartbeats
from broker.jobs.models import Job
from broker.jobs.states import JobState
from broker.operating.dns_rules import Record
from broker.operating.rules import Asked, Copied, Done, Facts, Finding, KeyFile, Login, Looked, Stamped, State
from broker.parties.signin import alerts
from broker.terms import Actor
from broker.transport import TransportError
from broker.utilities.closings import Certainty
from requests_app.clocks import calendars
from requests_app.inbound import probe
from requests_app.worklist_order import pen

COPIED, ASKED = "keys-copied/1", "doctor-asked/1"  # names of secrets
PROCESSES = ("worker", "integrator", "keeper", "anchor-log", "mail-listener")
_NEWEST = "SELECT ts, res FROM audit_index WHERE act = %s ORDER BY ts DESC LIMIT 1"
# Where PostgreSQL keeps its files on a machine of its own: a disk that is full there stops everything.
_CLUSTER = Path("/var/lib/postgresql")
_MEMORY = Path("/proc/meminfo")

_late: dict[str, Callable[[datetime], int]] = {}


def count_late(what: str, by: Callable[[datetime], int]) -> None:
    """Have a package above say how many of its things are late at a moment; one that says nothing is not known."""
    _late[what] = by


def gather(
    *,
    now: datetime,
    dns: list[Record] | None = None,
    round_trip: timedelta | str | None = None,
    stamps: list[Stamped] | None = None,
    web: str | None = None,
) -> Facts:
    """Ask everything; the rest comes from whoever looked it up or tried it. `now` in UTC.

    `web`: why the web server does not answer; "" where it does.
    """
    found: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for line, name, ask in _questions(now):
        try:
            found[name] = ask()
        except Exception as wrong:  # noqa: BLE001 - whatever breaks one question is told, and the others are asked
            missing[line] = type(wrong).__name__
    return Facts(
        now=now,
        engine=connection.vendor,
        engine_named=os.environ.get("DATABASE_URL", "").startswith("sqlite:"),
        authorities=len(settings.TIMESTAMP_URLS) if settings.TIMESTAMP_ROOT_FILE else 0,
        mail_domain=settings.MAIL_DOMAIN,
        dns=dns,
        round_trip=round_trip,
        stamps=stamps,
        web=web,
        missing=missing,
        **found,
    )


def _questions(now: datetime) -> list[tuple[str, str, Callable[[], Any]]]:
    """The line that says when it cannot be answered, the fact, and how it is asked."""
    return [
        ("installation", "live", lambda: installation.mode() == "live"),
        ("schema", "pending", _pending),
        ("database", "login", _login),
        ("key files", "keys", key_files),
        ("copy of the keys elsewhere", "copied", copied),
        ("fingerprints of keys", "fingerprints", fingerprints),
        ("clock", "newest_event", _newest_event),
        ("time of others", "outside_time", lambda: anchored(now)),
        ("log anchor", "anchored", lambda: anchored(now)),
        ("log verified", "verified", _verified),
        ("log", "older", log.why_closed),
        ("log signed", "unsigned", lambda: _unsigned(now)),
        ("backup", "backup", lambda: last("admin.backup")),
        ("restore drill", "drill", lambda: last("admin.drill")),
        ("processes", "beats", beats),
        ("jobs", "dead_jobs", lambda: Job.objects.filter(state=JobState.DEAD).count()),
        ("broken glasses", "late_reviews", lambda: glass.to_review(now)[1]),
        ("incidents", "late_incidents", lambda: _late["incidents"](now)),
        ("reviews of rights", "late_rights", lambda: _late["rights"](now)),
        ("mails with a login", "late_logins", lambda: _late["logins"](now)),
        ("acts of two people", "unmet", _unmet),
        ("work mailboxes", "unheard", lambda: len(alerts.without_mailbox())),
        ("held mails", "held", lambda: [now - at for at in pen().values_list("at", flat=True)]),
        ("closing days", "assumed_days", lambda: _assumed(now)),
        ("disk", "free_disk", disks),
        ("memory", "free_memory", memory),
        ("sandbox", "sandbox", _walls),
        ("dependencies", "dependencies", _dependencies),
        ("what was asked of others", "asked", asked),
    ]


def mail_round_trip(*, patience: float) -> timedelta | str:
    """Send one mail to ourselves and wait up to so many seconds until it came in; how long it took, or what failed."""
    began = time.monotonic()
    try:
        nonce = probe.send(now=datetime.now(UTC))
    except TransportError as error:
        return f"it could not be sent: {error}"
    while time.monotonic() < began + patience:
        if probe.is_back(nonce):
            return timedelta(seconds=round(time.monotonic() - began, 1))
        time.sleep(0.2)
    return f"it did not come back within {patience:.0f} s"


def key_files() -> list[KeyFile]:
    """The files of keys that this user of the machine has to do with."""
    found = [
        _key_file("wrapping keys", settings.KEY_FILE),
        _key_file("seal of letters", settings.SEAL_KEY_FILE),
    ]
    if settings.IMAP_PASSWORD_FILE:
        found.append(_key_file("password of the mailbox", settings.IMAP_PASSWORD_FILE))
    if "secret_key_file" in (stored := _sealed_options()):
        found.append(_key_file("secret of the S3 login", stored["secret_key_file"]))
    return found


def _sealed_options() -> dict[str, Any]:
    sealed: Any = settings.STORAGES["sealed"]
    return dict(sealed.get("OPTIONS", {}))


def fingerprints() -> dict[str, str]:
    """SHA-256 of each key file, by its path: it says whether a copy is of these bytes, and nothing of what they are."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in map(Path, (settings.KEY_FILE, settings.SEAL_KEY_FILE))
        if path.exists()
    }


def declare_copied(where: str, *, actor: Actor, now: datetime) -> Copied:
    """Keep that a copy of the key files as they are now lies there, with one entry of the log. `now` in UTC."""
    found = Copied(now, where, fingerprints())
    facts = {"at": now.isoformat(), "where": where, "fingerprints": dict(found.fingerprints)}
    log.append("admin.keys_copied", actor=actor, subject=None, obj="setting", body=facts)
    marked.save(_copied_file(), COPIED, json.dumps(facts))
    return found


def copied() -> Copied | None:
    """The last declaration; None where there is none. Raises ValueError where the file is not as it was left."""
    try:
        facts = json.loads(marked.load(_copied_file(), COPIED))
    except FileNotFoundError:
        return None
    return Copied(datetime.fromisoformat(facts["at"]), str(facts["where"]), facts["fingerprints"])


def keep_asked(found: Iterable[Finding], *, now: datetime) -> None:
    """Keep what was found out by asking others, for whoever looks without asking. Raises OSError, `VaultError`."""
    anew = [Asked(now, each) for each in found]
    names = {each.line.name for each in anew}
    try:
        earlier = asked()
    except ValueError:  # somebody else's words: none of them is kept
        earlier = []
    kept = [each for each in earlier if each.line.name not in names] + anew
    facts = [[each.at.isoformat(), each.line.name, each.line.state, each.line.says, each.line.fix] for each in kept]
    marked.save(_asked_file(), ASKED, json.dumps(facts))


def asked() -> list[Asked]:
    """What was found out so the last time. Raises ValueError where the file is not as it was left."""
    try:
        facts = json.loads(marked.load(_asked_file(), ASKED))
    except FileNotFoundError:
        return []
    return [
        Asked(datetime.fromisoformat(at), Finding(name, State(state), says, fix))
        for at, name, state, says, fix in facts
    ]


def _asked_file() -> Path:
    return Path(settings.DATA_DIR) / "run" / "doctor-asked.json"


def _copied_file() -> Path:
    return Path(settings.DATA_DIR) / "run" / "keys-copied.json"


def _key_file(what: str, path: Path | str) -> KeyFile:
    try:
        facts = Path(path).stat()
    except OSError:
        return KeyFile(what, str(path), None, ours=False)
    return KeyFile(what, str(path), facts.st_mode & 0o777, ours=facts.st_uid in (0, os.geteuid()))


def _pending() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{each.app_label}.{each.name}" for each, _ in plan]


def _login() -> Login | None:
    """Who this process is to PostgreSQL: triggers and grants hold nobody who is a superuser or owns the tables."""
    if connection.vendor != "postgresql":
        return None
    role, power = catalogue.login(connection)
    return Login(role, int(store.rows("SHOW server_version_num")[0][0]) // 10_000, power)


def _newest_event() -> datetime | None:
    found = store.rows("SELECT max(ts) FROM audit_index")[0][0]
    return None if found is None else _moment(found)


def anchored(now: datetime) -> datetime | None:
    """Since when a checkpoint is in other hands; None: not within the last 48 hours. `now` in UTC."""
    found = anchors.newest(now)
    return None if found is None else found.at


def _verified() -> Done | None:
    found = banner.believed()
    return None if found is None else Done(found.at, found.ok)


def verified_at() -> datetime | None:
    """When the log was last verified and held; None: it did not, or never was."""
    done = _verified()
    return done.at if done is not None and done.ok else None


def _unsigned(now: datetime) -> timedelta | None:
    oldest = delay.oldest_unsigned(log.origin_id())
    return None if oldest is None else now - _moment(oldest)


def last(act: str) -> Done | None:
    """When this act was last logged, and whether it held."""
    found = store.rows(_NEWEST, [ACTS[act].number])
    return Done(_moment(found[0][0]), found[0][1] == "ok") if found else None


def beats() -> dict[str, datetime | None]:
    """The last sign of life of each process; None: there never was one."""
    found = {name: heartbeats.last_beat(name) for name in PROCESSES}
    return {name: None if beat is None else beat.beat_at for name, beat in found.items()}


def _assumed(now: datetime) -> int:
    days = calendars.in_force(publishing.working(settings.HOME_UTILITY)).rows
    return sum(day >= now.date() and row.certainty is Certainty.ASSUMED for day, row in days.items())


def _unmet() -> list[str]:
    return [each.title for each in team.unmet(acts.registered(), people.team())]


def disks() -> dict[str, int]:
    """Per cent that are free, for each folder of data on this machine, PostgreSQL's own where it is there."""
    places = {str(settings.DATA_DIR), str(_sealed_options().get("location") or settings.DATA_DIR)}
    if connection.vendor == "postgresql":
        places.add(str(_CLUSTER))
    usage = {place: shutil.disk_usage(place) for place in sorted(places) if Path(place).exists()}
    return {place: round(100 * each.free / each.total) for place, each in usage.items()}


def memory() -> int:
    """Megabytes of memory that are available. Raises OSError where the kernel does not say."""
    for line in _MEMORY.read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    raise OSError("the kernel does not say")


def _walls() -> list[str]:
    """Try the walls around strangers' files from inside; name those that do not stand."""
    lacking = []
    tried = sandbox.call("broker.sandbox.trials:connect_by_libc", {"port": 9}, wall=20, cpu=5)
    if tried["errno"] in (0, errno.ECONNREFUSED):
        lacking.append("a network namespace")
    if sandbox.call("broker.sandbox.trials:read", {"path": str(settings.KEY_FILE)}, wall=20, cpu=5)["errno"] == 0:
        lacking.append("Landlock")
    return lacking


def _dependencies() -> Looked:
    with (Path(settings.BASE_DIR) / "docs" / "dependencies.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    behind = sum(row["newest_known"] != row["locked"] for row in rows)
    return Looked(min(date.fromisoformat(row["looked_at"]) for row in rows), behind)


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(int(microseconds) / 1_000_000, UTC)
