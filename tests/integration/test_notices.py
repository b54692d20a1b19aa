"""Mail to people: sealed when written, sent once, logged when sent."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from broker import jobs, notices
from broker.audit.models import AuditEvent
from broker.audit.words import ACTS
from broker.jobs.models import Job
from broker.notices import compose, sending
from broker.notices.models import Notice
from broker.rehearsal import paper
from broker.rehearsal.coop_mailbox import CoopMailbox
from broker.transport import Proof, ProvenAddress
from tests.unit.test_language_mails import MAIL

PAT = "pat.member@example.org"
TO = ProvenAddress(PAT, Proof("code", "link-1"))
SUBJECT = uuid.uuid4()


@pytest.fixture
def server(tmp_path: Path, settings: Any) -> Iterator[CoopMailbox]:
    """A mail server that can also refuse: the co-op's plays the one of all people here."""
    with CoopMailbox(tmp_path / "mail") as mailbox:
        settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", mailbox.port
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{mailbox.port}"]
        yield mailbox


def write(**changes: Any) -> uuid.UUID:
    facts: dict[str, Any] = {
        "to": TO,
        "subject": SUBJECT,
        "context": {
            "number": "OB-1",
            "who": "Acme",
            "at": datetime(2026, 3, 3, 16, 12, tzinfo=UTC),
            "by": "her",
            "my_path": "/my/",
        },
        "key": "stopped:1",
    }
    with transaction.atomic():
        return notices.send_later("stopped", **(facts | changes))


def acts() -> list[int]:
    return list(AuditEvent.objects.order_by("id").values_list("act", flat=True))


def number(name: str) -> int:
    return ACTS[name].number


def test_a_notice_is_sealed_sent_once_and_logged(committing: str, server: CoopMailbox) -> None:
    letter = paper.pdf([["The letter"]])
    notice_id = write(attachments=[("letter.pdf", "application/pdf", letter)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM notices_notice")
        row = repr(cursor.fetchall())
    assert PAT not in row
    assert "Acme" not in row
    jobs.run_due()
    jobs.run_due(timezone.now())
    (mail,) = server.mails.search(to=PAT)
    assert mail["message_id"].startswith(f"<{notice_id}@")
    assert "You stopped sharing with Acme on March 3, 2026, 10:12 a.m. (CST)." in mail["text"]
    assert server.mails.attachments(1)[0].get_content() == letter
    notice = Notice.objects.get(id=notice_id)
    assert notice.state == "sent"
    assert acts().count(number("notice.sent")) == 1
    # Opened under an event that was there before.
    assert acts().index(number("mail.read")) < acts().index(number("notice.sent"))


def test_the_same_key_is_one_mail(committing: str, server: CoopMailbox) -> None:
    assert write() == write()
    jobs.run_due()
    assert server.mails.numbers() == [1]


def test_undone_with_its_cause(committing: str, server: CoopMailbox) -> None:
    def cause() -> None:
        with transaction.atomic():
            write()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cause()
    assert (Notice.objects.count(), Job.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("order", "state", "error"),
    [
        ("refuse_5xx", "refused", "mail.refused"),
        ("drop_after_data", "unknown", "mail.delivery_unknown"),
    ],
)
def test_what_a_resend_cannot_help_is_left_to_a_person(
    sqlite_db: str, server: CoopMailbox, order: str, state: str, error: str
) -> None:
    server.order(order)
    notice_id = write()
    jobs.run_due()
    job = Job.objects.get(subject_id=notice_id)
    assert (Notice.objects.get(id=notice_id).state, job.state, job.last_error_code) == (state, "dead", error)
    assert acts().count(number("notice.failed")) == 1
    assert server.attempts == 1


def test_not_now_means_later(sqlite_db: str, server: CoopMailbox) -> None:
    server.order("refuse_4xx")
    notice_id = write()
    jobs.run_due()
    job = Job.objects.get(subject_id=notice_id)
    assert (job.state, job.last_error_code) == ("queued", "TemporaryRefusal")
    jobs.run_due(job.due_at)
    assert Notice.objects.get(id=notice_id).state == "sent"
    assert server.mails.numbers() == [1]


def test_found_in_the_middle_of_sending_it_is_not_sent_again(sqlite_db: str, server: CoopMailbox) -> None:
    notice_id = write()
    Notice.objects.filter(id=notice_id).update(state="sending")  # what a killed worker leaves
    jobs.run_due()
    assert Notice.objects.get(id=notice_id).state == "unknown"
    assert server.attempts == 0


def test_sent_but_not_recorded_is_not_sent_again(
    sqlite_db: str, server: CoopMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice_id = write()
    real = sending._record

    def broken(*args: Any) -> None:
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr(sending, "_record", broken)
    jobs.run_due()
    monkeypatch.setattr(sending, "_record", real)
    job = Job.objects.get(subject_id=notice_id)
    jobs.run_due(job.due_at)
    assert Notice.objects.get(id=notice_id).state == "unknown"
    assert server.mails.numbers() == [1]


def test_a_mail_that_may_not_go_there_is_refused_when_it_is_written(sqlite_db: str) -> None:
    invited = ProvenAddress(PAT, Proof("invitation", "link-1"))
    with pytest.raises(ValueError, match="attachment"):
        write(to=invited, attachments=[("letter.pdf", "application/pdf", b"%PDF-")])


CONTEXTS: dict[str, dict[str, Any]] = {
    "consent_asked": {"who": "Acme", "path": "/asked/x/", "again": True},
    "join_enrolled": {
        "name": "Acme",
        "user": "acme",
        "path": "/enrol/x/",
        "hours": 48,
        "login": "/login/",
        "developers": "/developers/",
    },
    "join_refused": {"name": "Acme"},
    "sign_in_changed": {
        "what": "recovered",
        "user": "acme",
        "at": datetime(2026, 7, 3, 16, 0, tzinfo=UTC),
        "path": "/sign-in/",
        "passkey": "work laptop",
        "made": datetime(2026, 7, 1, 16, 0, tzinfo=UTC),
        "number": "0b0f6d0e-0000-4000-8000-000000000000",
    },
    "work_code": {"code": "012345", "minutes": 10},
    "gate_recipient": {"state": "suspended", "program": "Rate check", "count": 3},
    "link_and_code": {
        "path": "/share/open/x/",
        "code": "012345",
        "minutes": 10,
        "days": 14,
        "who": "Acme",
        "purpose": "share",
    },
    "receipt": {
        "number": "OB-1",
        "who": "Acme",
        "data_types": ["bill", "usage_daily"],
        "purpose": "To compare electric rates",
        "history_from": date(2025, 1, 1),
        "history_through": date(2025, 12, 31),
        "forward_through": date(2026, 11, 24),
        "onward": "Nectar",
        "last_day": date(2026, 12, 31),
        "account_ending": "7702",
        "stop_path": "/stop/x/",
        "my_path": "/my/",
        "letter_sha256": "ab" * 32,
        "check_path": "/check/",
        "log_keys": ["broker.localhost/audit/main+01234567+AQAA"],
        "checkpoint": "broker.localhost/audit/main\n7\nAAAA\n\n— broker.localhost/audit/main x",
    },
    "declined": {"number": "OB-2"},
    "question_answered": {
        "number": "Q-1",
        "at": datetime(2026, 7, 3, 16, 0, tzinfo=UTC),
        "reply": "Your own signature.",
        "my_path": "/my/",
    },
    "glass_broken": {
        "at": datetime(2026, 7, 3, 16, 0, tzinfo=UTC),
        "until": datetime(2026, 7, 3, 20, 0, tzinfo=UTC),
        "review_by": datetime(2026, 7, 6, 22, 0, tzinfo=UTC),
        "my_path": "/my/",
    },
    "incident": {
        "number": "I-2026-0001",
        "happened_from": datetime(2026, 7, 1, 16, 0, tzinfo=UTC),
        "happened_to": datetime(2026, 7, 2, 16, 0, tzinfo=UTC),
        "said": "A person of ours opened bills without need.",
        "my_path": "/my/",
    },
    "coop_incident": {
        "number": "I-2026-0001",
        "known_at": datetime(2026, 7, 3, 16, 0, tzinfo=UTC),
        "happened_from": datetime(2026, 7, 1, 16, 0, tzinfo=UTC),
        "happened_to": None,
        "customers": 2,
    },
    "legal_demand": {
        "number": "L-2026-0001",
        "authority": "Example County Court",
        "kind": "subpoena",
        "reference": "CV-17",
        "received_on": date(2026, 3, 2),
        "forbidden_until": datetime(2026, 7, 3, 16, 0, tzinfo=UTC),
        "handed": True,
        "my_path": "/my/",
    },
    "stopped": {"number": "OB-1", "who": "Acme", "at": datetime(2026, 7, 3, 16, 0, tzinfo=UTC), "my_path": "/my/"}
    | {"ended_with": ["OB-5"], "standing": ["OB-7"]}
    | {"charges": [{"number": "R-118", "amount": "25.00", "told": True}]},
    "stopped_recipient": {"number": "OB-1", "who": "Acme", "at": datetime(2026, 7, 3, 16, 0, tzinfo=UTC)}
    | {"consent_id": "1d0c4f0e-6a0b-4b53-8a0e-3f0f5b7f9a22"},
    "files_ready_recipient": {"number": "R-118", "path": "/api/v1/data-requests/x/", "page": "/recipient/requests/x/"},
    "brought_asked": {
        "houses": ["Acme"],
        "count": 3,
        "answer_by": datetime(2026, 7, 3, 16, 0, tzinfo=UTC),
        "brought_path": "/my/brought/",
        "my_path": "/my/",
    },
    "brought_answered": {"at": datetime(2026, 7, 3, 16, 0, tzinfo=UTC), "path": "/recipient/brought/x/"},
    "share_wanted": {
        "number": "OB-1",
        "who": "Acme",
        "data_types": ["usage_daily"],
        "begin": date(2025, 10, 1),
        "last_day": date(2025, 10, 31),
        "share_path": "/my/x/file/",
        "my_path": "/my/",
    },
    "request_sent": {
        "number": "R-118",
        "who": "Acme",
        "utility_name": "Ozark Border",
        "data_types": ["usage_daily"],
        "expected_from": date(2026, 3, 9),
        "due": date(2026, 3, 16),
        "first_days": 5,
        "last_days": 10,
        "my_path": "/my/",
    },
    "desk_code": {"code": "012345", "minutes": 10},
    "desk_digest": {
        "day": date(2026, 3, 9),
        "groups": [("Today", 3), ("Overdue", 1)],
        "yours": ["R-118", "R-109"],
        "more": 0,
        "free": 1,
        "path": "/admin/",
        "off_path": "/admin/morning/",
    },
    "request_late": {
        "number": "R-118",
        "who": "Acme",
        "utility_name": "Ozark Border",
        "due": date(2026, 3, 16),
        "promised_for": date(2026, 3, 20),
        "my_path": "/my/",
    },
    "request_promised": {
        "number": "R-118",
        "who": "Acme",
        "utility_name": "Ozark Border",
        "promised_for": date(2026, 3, 20),
        "my_path": "/my/",
    },
    "request_unanswered": {
        "number": "R-118",
        "who": "Acme",
        "utility_name": "Ozark Border",
        "asks": True,
        "portal": "https://portal.coop.example/",
        "share_path": "/my/x/file/",
        "my_path": "/my/",
    },
    "unanswered_recipient": {"number": "R-118", "path": "/api/v1/data-requests/x", "asks": False},
    "outside_asked": {
        "title": "Hand over an evidence pack",
        "path": "/decide/x/",
        "until": datetime(2026, 7, 3, 16, 0, tzinfo=UTC),
    },
    "outside_told": {"what": "was asked", "title": "Hand over a pack", "who": "Lena, Law", "path": "/duties/outside/"},
    "outside_code": {"code": "123456", "minutes": 10},
    "wait_begun": {"what": "We decide.", "until": datetime(2026, 7, 3, 16, 0, tzinfo=UTC), "path": "/my/waits/x/"},
    "rights_to_review": {"number": 12, "due": date(2026, 7, 3), "path": "/console/rights/"},
    "rights_waiting": {"what": "Bill reader", "user": "", "due": date(2026, 7, 3)},
    "rights_suspended": {"what": "", "user": "ana", "due": date(2026, 7, 3)},
    "staff_alert": {"what": "A job died", "detail": "notices.send", "path": "/admin/"},
}
# What the tests of the Spanish mails know of a consent's life does for the English ones too.
OF_A_LIFE = {**MAIL, "who": "Acme", "reply": "By your permission.", "at": datetime(2026, 7, 3, 16, 0, tzinfo=UTC)}
OF_A_LIFE |= {"account_endings": "0042", "hours": 48, "closed": ["R-118"]}
OF_A_LIFE |= {"data_types": ["usage_daily"], "begin": date(2026, 1, 1), "last_day": date(2026, 1, 31)}
CONTEXTS |= dict.fromkeys(
    (
        "declined_receipt",
        "ends_soon",
        "fee_accepted",
        "fee_accepted_recipient",
        "fee_declined",
        "fee_void",
        "fee_void_recipient",
        "gate_held",
        "hourly_notice",
        "joint_ended",
        "joint_notice",
        "joint_waits",
        "not_used",
        "objection_closed",
        "objection_paused",
        "objection_received",
        "objection_resumed",
        "paper_chosen",
        "paused",
        "proven_too",
        "ran_out",
        "ran_out_recipient",
        "replaced",
        "replaced_recipient",
        "request_question",
        "still_sharing",
        "terms_changed",
    ),
    OF_A_LIFE,
)


@pytest.mark.django_db
@pytest.mark.parametrize("name", CONTEXTS)
def test_every_mail_has_a_subject_a_text_and_a_twin_and_no_gaps(name: str) -> None:
    rendered = compose.render(name, language="en", context=CONTEXTS[name])
    assert rendered.subject.startswith("[Rehearsal] ")
    assert "This is a rehearsal." in rendered.text
    for sign in ("{{", "{%", "None", "&amp;", "&#", "\n\n\n"):
        assert sign not in rendered.text
    page = compose.twin(rendered.text, title=rendered.subject, language="en")
    assert page.startswith("<!doctype html>")
    assert "<script" not in page


@pytest.mark.django_db
def test_there_is_a_sample_of_every_mail() -> None:
    folder = Path(compose.__file__).parents[2] / "templates" / "emails" / "en"
    ours = {"clerk_code", "coop_answer", "coop_desk_code", "coop_follow_up", "coop_request", "coop_withdrawal"}
    sampled = set(CONTEXTS) | ours | {"coop_surplus"}
    assert {path.stem for path in folder.glob("*.txt")} == sampled


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The request asks for: Daily energy use, January 1, 2026 through January 31, 2026."),
        ("es", "La solicitud pide: "),
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "request_question",
        "request_late",
        "request_promised",
        "request_unanswered",
        "fee_accepted",
        "fee_declined",
        "fee_void",
    ],
)
def test_a_mail_about_a_request_says_what_it_asks_for(name: str, language: str, said: str) -> None:
    context = {**OF_A_LIFE, "due": date(2026, 3, 16), "promised_for": date(2026, 3, 20), "number": "R-118"}
    text = compose.render(name, language=language, context=context).text
    assert said in text
    assert "\n\n\n" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["clerk_code", "hourly_notice"])
@pytest.mark.parametrize(
    ("language", "endings", "said"),
    [
        ("en", "0017", "account ending in 0017"),
        ("en", "0017, 0018", "accounts ending in 0017, 0018"),
        ("es", "0017", "termina en 0017"),
        ("es", "0017, 0018", "terminan en 0017, 0018"),
    ],
)
def test_a_mail_about_several_accounts_names_them_as_several(name: str, language: str, endings: str, said: str) -> None:
    context = {**OF_A_LIFE, "account_ending": endings, "account_endings": endings, "code": "123456", "path": "/v/x/"}
    assert said in compose.render(name, language=language, context=context).text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "endings", "said"),
    [
        ("en", "0017", "A bill has shown that the account is known"),
        ("en", "0017, 0018", "Bills have shown that the accounts are known"),
        ("es", "0017", "Una factura ha demostrado que quien firmó conoce la cuenta."),
        ("es", "0017, 0018", "Las facturas han demostrado que quien firmó conoce las cuentas."),
    ],
)
def test_what_bills_have_shown_is_said_of_one_account_or_of_several(language: str, endings: str, said: str) -> None:
    context = {**OF_A_LIFE, "account_ending": endings}
    assert said in compose.render("hourly_notice", language=language, context=context).text


@pytest.mark.django_db
def test_a_language_without_the_text_gets_english() -> None:
    rendered = compose.render("declined", language="es", context={"number": "OB-2"})
    assert "declined" in rendered.subject


@pytest.mark.django_db
def test_a_context_cannot_add_a_header() -> None:
    rendered = compose.render("declined", language="en", context={"number": "OB-2\r\nBcc: x@y.example"})
    mail = compose.message(rendered, to=PAT, message_id="<1@x>")
    assert mail["Bcc"] is None


@pytest.mark.django_db
def test_the_code_stands_on_a_line_of_its_own() -> None:
    rendered = compose.render("link_and_code", language="en", context=CONTEXTS["link_and_code"])
    assert "\n012345\n" in rendered.text
    assert json.dumps(rendered.text).count("/share/open/x/") == 1
