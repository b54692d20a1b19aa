"""What the doctor makes of what it was told: each fact becomes one line with its fix (rules).

Nothing known is never good: a fact that could not be gathered is a warning that says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from broker.operating import dns_rules

BACKUP_OLD, BACKUP_LOST = timedelta(hours=36), timedelta(days=7)
DRILL_OLD, DRILL_LOST = timedelta(days=35), timedelta(days=120)
VERIFIED_OLD, ANCHOR_OLD = timedelta(hours=24), timedelta(hours=48)
BEAT_OLD = timedelta(minutes=5)
SKEW_WARN, SKEW_RED = timedelta(seconds=5), timedelta(minutes=2)
WAIT_WARN, WAIT_RED = timedelta(minutes=1), timedelta(hours=1)
HELD_OLD = timedelta(days=3)
DISK_WARN, DISK_RED = 10, 3  # per cent that are free
MEMORY_WARN, MEMORY_RED = 512, 200  # MB that are available
ROUND_TRIP_SLOW = timedelta(minutes=2)
ASKED_OLD = timedelta(hours=36)  # the timer asks each day
POSTGRESQL = 17  # what everything is tried on
ASK_AGAIN = "manage.py doctor on the server, as the application's user and while the database answers"
LOOK_OLD, LOOK_LOST = timedelta(days=30), timedelta(days=90)  # SECURITY.md


class State(StrEnum):
    """How a line stands; one that is red keeps the installation from being fit to serve.

    The three words are what programs read; decision 0128.
    """

    OK = "ok"
    WARN = "warn"
    RED = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: what was looked at, how it stands, what was found, and what to do."""

    name: str
    state: State
    says: str
    fix: str = ""


@dataclass(frozen=True)
class KeyFile:
    """A file of keys: what for, where, its mode (None: not there, or not to be seen), and whether it is ours."""

    what: str
    path: str
    mode: int | None
    ours: bool
    needed: bool = True


@dataclass(frozen=True)
class Login:
    """Our role in PostgreSQL, its version, and why that role may do too much ("": it may not)."""

    role: str
    version: int
    power: str = ""


@dataclass(frozen=True)
class Copied:
    """The declaration that a copy of the keys lies elsewhere: since when, where, and of which bytes (path: SHA-256)."""

    at: datetime
    where: str
    fingerprints: Mapping[str, str]


@dataclass(frozen=True)
class Done:
    """When something was done last, and whether it held."""

    at: datetime
    ok: bool


@dataclass(frozen=True)
class Stamped:
    """What one timestamp authority answered: how far its clock is from ours, or why there is no answer."""

    number: int
    off: timedelta | None
    why: str = ""


@dataclass(frozen=True)
class Looked:
    """When somebody last looked at the dependencies of this version, and how many had a newer one then."""

    at: date
    behind: int


# What only `--mail` and `--outside` find out; the page shows what the last run of the timer found.
BY_MAIL, BY_STAMPS, BY_DNS = ("mail round trip",), ("timestamp authority",), ("SPF", "DKIM", "DMARC")


@dataclass(frozen=True)
class Asked:
    """A line that an earlier run found out by asking others, and when."""

    at: datetime
    line: Finding


@dataclass(frozen=True)
class Facts:
    """All that was gathered; None where it could not be (`missing` says why), or where there is none."""

    now: datetime
    live: bool = True
    pending: Sequence[str] | None = None
    engine: str = ""
    engine_named: bool = False
    login: Login | None = None
    keys: Sequence[KeyFile] = ()
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    copied: Copied | None = None
    newest_event: datetime | None = None
    outside_time: datetime | None = None
    authorities: int = 0
    stamps: Sequence[Stamped] | None = None
    dependencies: Looked | None = None
    anchored: datetime | None = None
    verified: Done | None = None
    backup: Done | None = None
    drill: Done | None = None
    assumed_days: int | None = None
    beats: Mapping[str, datetime | None] = field(default_factory=dict)
    web: str | None = None
    unsigned: timedelta | None = None
    older: str | None = None
    held: Sequence[timedelta] | None = None
    dead_jobs: int | None = None
    late_reviews: int | None = None
    late_incidents: int | None = None
    late_rights: int | None = None
    late_logins: int | None = None
    unmet: Sequence[str] | None = None
    unheard: int | None = None
    free_disk: Mapping[str, int] = field(default_factory=dict)
    free_memory: int | None = None
    sandbox: Sequence[str] | None = None
    mail_domain: str = ""
    dns: Sequence[tuple[str, str]] | None = None
    round_trip: timedelta | str | None = None
    asked: Sequence[Asked] = ()
    missing: Mapping[str, str] = field(default_factory=dict)


def findings(facts: Facts) -> list[Finding]:
    """Judge everything that was gathered, in the order in which an operator would look."""
    lines = [
        _migrations(facts),
        _engine(facts),
        *[_key_file(each) for each in facts.keys],
        _copy(facts),
        _clock(facts),
        *_earlier_or(facts, BY_STAMPS, facts.stamps, [_authority(facts)]),
        _anchor(facts),
        _verification(facts),
        _lanes(facts),
        _age("backup", facts.backup, facts.now, BACKUP_OLD, BACKUP_LOST, "manage.py backup /srv/backups, each day"),
        _age("restore drill", facts.drill, facts.now, DRILL_OLD, DRILL_LOST, "manage.py restore_drill, each month"),
        *[_beat(name, at, facts.now) for name, at in facts.beats.items()],
        _web(facts),
        _jobs(facts),
        _held(facts),
        _reviews(facts),
        _incidents(facts),
        _rights(facts),
        _logins(facts),
        _team(facts),
        _unheard(facts),
        _closing_days(facts),
        *_earlier_or(facts, BY_MAIL, facts.round_trip, [_round_trip(facts)]),
        *_earlier_or(facts, BY_DNS, facts.dns, [Finding(*each) for each in _sender(facts)]),
        *[_disk(path, free) for path, free in facts.free_disk.items()],
        _memory(facts),
        _sandbox(facts),
        _dependencies(facts),
    ]  # fmt: skip
    unseen = [
        Finding(name, State.WARN, f"could not be checked here: {why}", ASK_AGAIN) for name, why in facts.missing.items()
    ]
    return [*(each for each in lines if each.name not in facts.missing), *unseen]


def _earlier_or(facts: Facts, names: Sequence[str], answer: object, now: list[Finding]) -> list[Finding]:
    """Give what is found now if others gave an answer; else what they were found to say the last time, for a while."""
    earlier = [
        replace(each.line, says=f"{each.line.says}, asked {_ago(facts.now - each.at)}")
        for each in facts.asked
        if each.line.name in names and facts.now - each.at <= ASKED_OLD
    ]
    return earlier if answer is None and earlier else now


def is_fit(found: Sequence[Finding]) -> bool:
    """Say whether nothing is red."""
    return all(each.state is not State.RED for each in found)


def _migrations(facts: Facts) -> Finding:
    if facts.pending is None:
        return Finding("schema", State.WARN, "could not be checked here", ASK_AGAIN)
    if facts.pending:
        return Finding("schema", State.RED, f"{len(facts.pending)} migrations wait", "manage.py migrate")
    return Finding("schema", State.OK, "every migration is applied")


def _engine(facts: Facts) -> Finding:
    if facts.engine == "postgresql":
        return _postgresql(facts)
    if not facts.live:
        return Finding("database", State.OK, "SQLite, of a rehearsal")
    if facts.engine_named:
        return Finding("database", State.WARN, "SQLite, chosen by name", "PostgreSQL 17 for more than one machine")
    return Finding("database", State.RED, "SQLite, which nobody chose", "set DATABASE_URL (.env.example)")


def _postgresql(facts: Facts) -> Finding:
    if facts.login is None:
        return Finding("database", State.WARN, "PostgreSQL; its version could not be asked", ASK_AGAIN)
    if facts.login.power:
        # What only triggers and grants hold is held against nobody then.
        fix = "DATABASE_URL as broker_app, who owns nothing: docs/install.md, 6"
        return Finding("database", State.RED, f"the login {facts.login.role} {facts.login.power}", fix)
    if facts.login.version < POSTGRESQL:
        said = f"PostgreSQL {facts.login.version}, which nobody has tried"
        return Finding("database", State.WARN, said, f"PostgreSQL {POSTGRESQL}")
    return Finding("database", State.OK, f"PostgreSQL {facts.login.version}, as {facts.login.role}")


def _key_file(key: KeyFile) -> Finding:
    name = f"key file: {key.what}"
    if key.mode is None:
        state = State.RED if key.needed else State.WARN
        return Finding(name, state, f"{key.path} is not there", "docs/operating.md, Keys: put its copy back")
    if key.mode & 0o077:
        return Finding(name, State.RED, f"{key.path} can be read by others ({key.mode:o})", f"chmod 600 {key.path}")
    if not key.ours:
        return Finding(name, State.RED, f"{key.path} belongs to another user", f"chown to this user: {key.path}")
    return Finding(name, State.OK, f"{key.path} is its owner's alone")


def _copy(facts: Facts) -> Finding:
    name, fix = "copy of the keys elsewhere", "copy them by hand, then manage.py doctor --keys-copied-to PLACE"
    if facts.copied is None:
        return Finding(name, State.RED if facts.live else State.WARN, "nobody has declared one", fix)
    others = sorted(path for path, mark in facts.fingerprints.items() if facts.copied.fingerprints.get(path) != mark)
    if others:
        return Finding(name, State.RED, f"made before {', '.join(others)} changed", fix)
    return Finding(name, State.OK, f"{facts.copied.where}, declared {facts.copied.at:%Y-%m-%d}")


def _clock(facts: Facts) -> Finding:
    ahead = [at - facts.now for at in (facts.newest_event, facts.outside_time) if at is not None]
    others = [abs(each.off) for each in facts.stamps or () if each.off is not None]
    if others and min(others) > SKEW_WARN:
        # One authority may be wrong itself; the one that is nearest to us counts.
        state = State.RED if min(others) > SKEW_RED else State.WARN
        return Finding(
            "clock", state, f"{_span(min(others))} off every authority's", "systemctl status systemd-timesyncd"
        )
    if not ahead and others:
        return Finding("clock", State.OK, "an authority's shows the same")
    if not ahead:
        return Finding("clock", State.WARN, "nothing to hold it against", "let the time service run; then look again")
    worst = max(ahead)
    if worst <= SKEW_WARN:
        return Finding("clock", State.OK, "not behind the log's newest entry, nor behind what others stamped")
    state = State.RED if worst > SKEW_RED else State.WARN
    return Finding("clock", state, f"{worst.seconds} s behind", "systemctl status systemd-timesyncd")


def _authority(facts: Facts) -> Finding:
    fix = "TIMESTAMP_URLS and TIMESTAMP_ROOT_FILE (.env.example); name three"
    if facts.authorities == 0:
        return Finding("timestamp authority", State.RED, "none is configured", fix)
    if facts.stamps is not None:
        return _asked_authorities(facts.stamps, fix)
    if facts.authorities == 1:
        return Finding("timestamp authority", State.WARN, "one alone: when it is away no letter is stamped", fix)
    return Finding("timestamp authority", State.OK, f"{facts.authorities} are configured")


def _asked_authorities(stamps: Sequence[Stamped], fix: str) -> Finding:
    good = [each for each in stamps if each.off is not None and abs(each.off) <= SKEW_RED]
    wrong = [f"number {each.number}: {each.why or 'its clock is off'}" for each in stamps if each not in good]
    said = f"{len(good)} of {len(stamps)} stamped" + (f"; {'; '.join(wrong)}" if wrong else "")
    state = State.RED if not good else State.WARN if wrong or len(good) == 1 else State.OK
    return Finding("timestamp authority", state, said, "" if state is State.OK else fix)


def _anchor(facts: Facts) -> Finding:
    fix = "LOG_WITNESSES, TIMESTAMP_URLS or LOG_MAIL_TO, and the process anchor_log"
    if facts.anchored is None or facts.now - facts.anchored > ANCHOR_OLD:
        return Finding("log anchor", State.RED if facts.live else State.WARN, "none of the last 48 hours", fix)
    return Finding("log anchor", State.OK, f"a checkpoint is in other hands since {facts.anchored:%Y-%m-%d %H:%M} UTC")


def _verification(facts: Facts) -> Finding:
    name, fix = "log verified", "manage.py verify_log --with-keys; docs/operating.md"
    if facts.older is not None:
        return Finding(name, State.RED, f"reads are closed: {facts.older}", "docs/install-signer.md, The log was lost")
    if facts.verified is None:
        return Finding(name, State.WARN, "never, or its verdict is not to be believed", fix)
    if not facts.verified.ok:
        return Finding(name, State.RED, "the last verification failed", fix)
    if facts.now - facts.verified.at > VERIFIED_OLD:
        return Finding(name, State.WARN, f"last {_ago(facts.now - facts.verified.at)}", "is integrate running?")
    return Finding(name, State.OK, f"last {_ago(facts.now - facts.verified.at)}")


def _lanes(facts: Facts) -> Finding:
    waited = facts.unsigned
    if waited is None or waited <= WAIT_WARN:
        return Finding("log signed", State.OK, "no entry waits for its signature")
    state = State.RED if waited > WAIT_RED else State.WARN
    return Finding("log signed", state, f"an entry has waited {_span(waited)}", "start integrate and sign_log")


def _age(name: str, done: Done | None, now: datetime, old: timedelta, lost: timedelta, fix: str) -> Finding:
    if done is None:
        return Finding(name, State.RED, "never", fix)
    if not done.ok:
        return Finding(name, State.RED, f"the last one failed, {_ago(now - done.at)}", fix)
    age = now - done.at
    state = State.RED if age > lost else State.WARN if age > old else State.OK
    return Finding(name, state, f"last {_ago(age)}", "" if state is State.OK else fix)


def _beat(name: str, at: datetime | None, now: datetime) -> Finding:
    if at is None or now - at > BEAT_OLD:
        said = "gave no sign of life" if at is None else f"last sign of life {_ago(now - at)}"
        return Finding(f"process {name}", State.RED, said, "start it; its journal says why it ended")
    return Finding(f"process {name}", State.OK, "lives")


def _web(facts: Facts) -> Finding:
    name, fix = "web server", "systemctl restart broker-web; its journal says why it ended. WEB_BIND, ALLOWED_HOSTS"
    if facts.web is None:
        return Finding(name, State.WARN, "could not be checked here", ASK_AGAIN)
    return Finding(name, State.RED, facts.web, fix) if facts.web else Finding(name, State.OK, "answers")


def _jobs(facts: Facts) -> Finding:
    if not facts.dead_jobs:
        return Finding("jobs", State.OK, "none has failed for good")
    return Finding("jobs", State.WARN, f"{facts.dead_jobs} failed for good", "the worklist names each")


def _held(facts: Facts) -> Finding:
    late = [age for age in facts.held or () if age > HELD_OLD]
    if late:
        oldest = _span(max(late))
        return Finding("held mails", State.WARN, f"{len(late)} wait, the oldest {oldest}", "/admin/, Held mails")
    return Finding("held mails", State.OK, "none is overdue")


def _late(name: str, count: int | None, says: str, fix: str, well: str) -> Finding:
    """Judge things that must not be late: one is red, and not to know is a warning."""
    if count is None:
        return Finding(name, State.WARN, "could not be checked here", ASK_AGAIN)
    return Finding(name, State.RED, f"{count} {says}", fix) if count else Finding(name, State.OK, well)


def _reviews(facts: Facts) -> Finding:
    fix = "/console/glass/: another officer or an approver says whether it was right"
    well = "each was reviewed, or is in time"
    return _late("broken glasses", facts.late_reviews, "were not reviewed in time", fix, well)


def _incidents(facts: Facts) -> Finding:
    fix = "/console/incidents/: an officer does what its clocks ask for"
    return _late("incidents", facts.late_incidents, "with a clock that ran out", fix, "every clock is in time")


def _rights(facts: Facts) -> Finding:
    says = "roles or keys go on that nobody looked at in time"
    fix = "/console/rights/: an officer or approver who does not hold them keeps them or takes them away"
    return _late("reviews of rights", facts.late_rights, says, fix, "each role and key was looked at, or is in time")


def _logins(facts: Facts) -> Finding:
    says = "should have been destroyed after ten working days and were not"
    fix = "start keep_keys; where it runs, its journal and an alarm of the log say which key it would not destroy"
    return _late("mails with a login", facts.late_logins, says, fix, "each goes on its day, or a legal hold keeps it")


def _team(facts: Facts) -> Finding:
    name = "acts of two people"
    if facts.unmet is None:
        return Finding(name, State.WARN, "could not be checked here", ASK_AGAIN)
    if facts.unmet:
        says = f"this team cannot do {len(facts.unmet)}, such as: {facts.unmet[0]}"
        return Finding(name, State.WARN, says, "/duties/team/ says who is missing; invite them at /sign-in/people/")
    return Finding(name, State.OK, "this team can do every one")


def _unheard(facts: Facts) -> Finding:
    name = "work mailboxes"
    if facts.unheard is None:
        return Finding(name, State.WARN, "could not be checked here", ASK_AGAIN)
    if facts.unheard:
        says = f"{facts.unheard} who sign in would not hear by mail that somebody else does"
        return Finding(name, State.WARN, says, "/sign-in/people/ says who; each sets one at /sign-in/mailbox/")
    return Finding(name, State.OK, "everybody who signs in has one")


def _closing_days(facts: Facts) -> Finding:
    if facts.assumed_days:
        said = f"{facts.assumed_days} to come are only assumed"
        return Finding("closing days", State.WARN, said, "ask the co-op; /console/closing-days/")
    return Finding("closing days", State.OK, "none to come is only assumed")


def _round_trip(facts: Facts) -> Finding:
    fix = "SMTP_HOST, MAIL_FROM, the mail server's way to LMTP_PORT, and receive_mail"
    if facts.round_trip is None:
        return Finding("mail round trip", State.WARN, "not tried", "manage.py doctor --mail")
    if isinstance(facts.round_trip, str):
        return Finding("mail round trip", State.RED, facts.round_trip, fix)
    state = State.WARN if facts.round_trip > ROUND_TRIP_SLOW else State.OK
    return Finding("mail round trip", state, f"a mail to ourselves came back in {_span(facts.round_trip)}", fix)


def _sender(facts: Facts) -> list[tuple[str, State, str, str]]:
    if facts.dns is None:
        fix = "manage.py doctor --outside, or --dns-file FILE (docs/operating.md)"
        return [("SPF, DKIM, DMARC", State.WARN, "could not be checked here", fix)]
    return [
        (name, State.OK if not why else State.WARN, why or "published", "" if not why else fix)
        for name, why, fix in dns_rules.judge(facts.mail_domain, facts.dns)
    ]


def _disk(path: str, free: int) -> Finding:
    state = State.RED if free < DISK_RED else State.WARN if free < DISK_WARN else State.OK
    return Finding(
        f"disk {path}", state, f"{free} % free", "" if state is State.OK else "make room, or a larger volume"
    )


def _memory(facts: Facts) -> Finding:
    if facts.free_memory is None:
        return Finding("memory", State.WARN, "could not be checked here", ASK_AGAIN)
    free = facts.free_memory
    state = State.RED if free < MEMORY_RED else State.WARN if free < MEMORY_WARN else State.OK
    return Finding(
        "memory", state, f"{free} MB available", "" if state is State.OK else "fewer workers, or more memory"
    )


def _sandbox(facts: Facts) -> Finding:
    if facts.sandbox:
        return Finding("sandbox", State.WARN, f"this host lacks: {', '.join(facts.sandbox)}", "docs/architecture.md")
    return Finding("sandbox", State.OK, "strangers' files are read without network and files")


def _dependencies(facts: Facts) -> Finding:
    fix = "upgrade: docs/install.md, Upgrade"
    if facts.dependencies is None:
        return Finding("dependencies", State.WARN, "could not be checked here", fix)
    age = facts.now.date() - facts.dependencies.at
    said = f"looked at {age.days} days ago, {facts.dependencies.behind} had a newer version"
    state = State.RED if age > LOOK_LOST else State.WARN if age > LOOK_OLD or facts.dependencies.behind else State.OK
    return Finding("dependencies", state, said, "" if state is State.OK else fix)


def _ago(age: timedelta) -> str:
    return f"{_span(age)} ago"


def _span(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    for name, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {name}"
    return f"{seconds} seconds"
