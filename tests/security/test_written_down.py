"""What docs/security-notes.md, docs/keys.md and SECURITY.md write down is what the code does."""

import importlib.util
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.apps import apps
from django.conf import settings
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser

from broker.channels import customer_upload
from broker.importers import feed, smarthub_layout
from broker.jobs import states as job_states
from broker.parties import links
from broker.parties.signin import sessions
from broker.transport import http, outward
from broker.vault import retention
from consents.paper import scans
from consents.visits import limits as visits
from requests_app.inbound import examining
from requests_app.nectar import states as nectar_states
from tests.completeness.routes import addresses
from tests.environment import ROOT
from tests.security.test_security_notes import NOTES, limits

MB = 1024 * 1024
POLICY = (ROOT / "SECURITY.md").read_text()


def part(title: str) -> str:
    """Give one chapter of the notes, on one line for each of its lines."""
    return re.split(r"^## ", NOTES.split(f"## {title}\n")[1], flags=re.MULTILINE)[0]


def rows(title: str) -> list[list[str]]:
    """Give the rows of its table, without its head."""
    lines = [line for line in part(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize(
    "first",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "Content-Length: 4\r\nContent-Length: 5",
        "Transfer-Encoding: xchunked",
    ],
)
def test_a_message_whose_end_can_be_read_in_two_ways_is_refused(first: str) -> None:
    said = f"POST / HTTP/1.1\r\nHost: x\r\n{first}\r\n\r\n0\r\n\r\nGET /my/ HTTP/1.1\r\nHost: x\r\n\r\n"
    with pytest.raises(ParseException):
        next(RequestParser(Config(), BytesIO(said.encode()), ("127.0.0.1", 1)))


def test_kinds_and_sizes_of_files_are_those_of_the_code() -> None:
    found = {row[0]: row for row in rows("Files")}
    assert found["customer"][2] == (
        f"{customer_upload.MAX_BYTES // MB} MB; feed {feed.MAX_BYTES // MB} MB, "
        f"table {smarthub_layout.MAX_BYTES // MB} MB"
    )
    assert found["co-op, by mail or on its page"][2] == f"{examining.MAX_BYTES // MB} MB together"
    assert f"scan of a paper letter {scans.MAX_BYTES // MB} MB" in found["our people"][2]
    assert found["anybody"][2].startswith(f"{settings.MAX_UPLOAD_BYTES // MB} MB")


def test_every_way_in_names_brakes_that_are_counted() -> None:
    kinds = {kind for kind, _most, _span in limits()}
    named = 0
    for row in rows("Ways in"):
        for brake in re.findall(r"`([\w.…-]+)`", row[3]):
            known = any(kind.startswith(brake.rstrip("…-")) for kind in kinds) or hasattr(settings, brake)
            assert known, f"{row[0]}: nothing counts {brake}"
            named += 1
    assert named >= 10


# Where somebody who is not known yet begins or proves who she is; each with the way of the table that it belongs to.
BEGINS = {
    "share-start": "customer", "share-open": "customer", "share-code": "customer", "my-sign-in": "customer",
    "my-open": "customer", "my-code": "customer", "joint-open": "joint holder, objector",
    "joint-code": "joint holder, objector", "object": "joint holder, objector", "object-open": "joint holder, objector",
    "object-code": "joint holder, objector", "login": "our people: staff, officers, approvers, operators",
    "signin-recover": "whoever lost a passkey", "enrol": "whoever lost a passkey", "desk": "a billing desk",
    "desk-code": "a billing desk", "verify": "a clerk with a letter", "verify-code": "a clerk with a letter",
}  # fmt: skip


def test_every_place_where_somebody_comes_in_stands_in_the_table() -> None:
    assert set(BEGINS) <= addresses().keys()
    assert set(BEGINS.values()) <= {row[0] for row in rows("Ways in")}
    opening = {name for name in addresses() if re.search(r"(^|-)(open|code|login|sign-in|enrol|recover)$", name)}
    elsewhere = {
        name
        for name in opening - BEGINS.keys()
        if not name.startswith(("join-", "verify-member", "paper", "my-", "admin:", "after-", "duties-"))
    }
    assert not elsewhere, f"say in docs/security-notes.md by which way one comes in here: {elsewhere}"


def test_no_limit_on_sign_in_or_on_a_letter_hangs_on_a_name_alone() -> None:
    """Whoever tries wrongly uses up his own share first: beside each limit of all stands one of an address."""
    most = {kind: figure for kind, figure, _span in limits()}
    for of_all, own in (
        ("login-all", "login"),
        ("code-own-all", "code-own"),
        ("link-all", "link"),
        ("released-all", "released"),
    ):
        assert int(most[own]) < int(most[of_all]), of_all


def test_no_secret_question_is_kept_anywhere() -> None:
    assert "No secret question is asked anywhere." in NOTES
    words = re.compile(
        r"secret_(question|answer)|security_(question|answer)|mother|maiden|birthplace|\bpet\b|password_hint"
    )
    fields = [f"{model.__name__}.{each.name}" for model in apps.get_models() for each in model._meta.concrete_fields]
    assert len(fields) > 500
    assert not [each for each in fields if words.search(each)]


def test_sessions_last_as_long_as_is_written() -> None:
    assert (timedelta(minutes=15), timedelta(hours=12)) == (sessions.IDLE, sessions.LONGEST)
    assert "15 minutes idle, 12 hours at most" in part("Sessions")
    assert (timedelta(hours=1), timedelta(hours=12)) == (visits.IDLE, visits.LONGEST)
    assert "an hour idle, 12 hours from the last code" in part("Sessions")
    assert timedelta(seconds=settings.SESSION_COOKIE_AGE) == sessions.LONGEST
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
    assert "Several sessions of one person are allowed" in part("Sessions")
    assert links.CODE_MINUTES == 10


def test_levels_of_data_are_the_classes_that_keys_are_kept_by() -> None:
    levels = {row[0]: row for row in rows("Levels of data")}
    assert list(levels) == ["secret", "forbidden", "personal", "evidence", "operating", "public"]
    assert all(len(row) == 5 and all(row) for row in levels.values())  # kept how, seen how, until when: of each
    assert {retention.CASE, retention.EVIDENCE} == {"case", "evidence"}
    case = f"case: {settings.RETENTION_CASE_MONTHS} months or {settings.RETENTION_DAYS_AFTER_END} days after the end"
    assert case in levels["personal"][4]
    assert f"{settings.RETENTION_EVIDENCE_YEARS} years" in levels["personal"][4]
    assert f"{settings.RETENTION_EVIDENCE_YEARS} years" in levels["evidence"][4]


def test_costly_work_has_the_bounds_that_are_written() -> None:
    table = " ".join(cell for row in rows("Costly work, and services outside") for cell in row)
    assert nectar_states.AT_ONCE == 10
    assert "ten calls at a time over all machines" in table
    assert f"{http.WHOLE_SECONDS:.0f} s a call" in table
    assert f"{outward.SECONDS:.0f} s a call, three days of tries" in table
    assert (8, timedelta(seconds=30)) == (job_states.MAX_ATTEMPTS, job_states.FIRST_BACKOFF)
    assert timedelta(hours=2) == job_states.LONGEST_BACKOFF
    assert "eight tries, from 30 s to two hours apart" in table


def test_logs_go_where_the_list_of_logs_says() -> None:
    assert [row[0] for row in rows("Logs")] == [
        "the audit log", "standard output of our processes", "the proxy's access log", "the mail server's log",
    ]  # fmt: skip
    assert {each["class"] for each in settings.LOGGING["handlers"].values()} == {"logging.StreamHandler"}
    assert settings.LOGGING["root"]["handlers"] == ["console"]
    assert not [name for name, each in settings.LOGGING["loggers"].items() if "handlers" in each]


def test_how_soon_a_weak_component_is_replaced_is_written_and_looked_at_in_time() -> None:
    days = [int(found) for found in re.findall(r"^\| [^|]+ \| (\d+) days \|$", POLICY, re.MULTILINE)]
    assert days == [2, 7, 30, 90]  # critical, high, medium, low
    assert "The same times hold for components with a known weakness" in POLICY
    spec = importlib.util.spec_from_file_location("dependencies", ROOT / "requirements" / "dependencies.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert timedelta(days=30) == made.LONGEST
