"""What leaves passes the gate: every mail of ours, webhooks, and what goes to Nectar; nothing has an override."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from django.db import connection, transaction
from django.utils import timezone

from broker import notices, vault
from broker.audit import log
from broker.channels.nectar import NectarChannel
from broker.channels.nectar.answers import answer_of
from broker.channels.nectar.secrets import SecretRefused
from broker.channels.seam import ChannelError
from broker.inlets import outbound, overrides
from broker.inlets.models import Refused
from broker.jobs.models import Job
from broker.notices import compose
from broker.notices.compose import Rendered
from broker.notices.models import Notice
from broker.parties.models import Organisation
from broker.rehearsal.nectar import Nectar
from broker.transport import Proof, ProvenAddress, gate
from requests_app.hooks import sending
from tests.environment import ROOT
from tests.hooks_world import enter, hooked
from tests.requests_world import ACTOR, events
from tests.unit.test_language_mails import MAIL, TEMPLATES

MAILS = sorted(
    (path.parent.name, path.stem) for path in (TEMPLATES / "emails").glob("e[ns]/*.txt") if path.stem != "base"
)


def mail(made: Rendered) -> EmailMessage:
    """Put a mail together as it would leave."""
    return compose.message(made, to="inbox@acme.example", message_id="<1@localhost>")


@pytest.mark.parametrize(("language", "name"), MAILS)
def test_every_mail_of_ours_passes(sqlite_db: str, language: str, name: str) -> None:
    made = compose.render(name, language=language, context=MAIL)
    assert outbound.hold(name, mail(made), MAIL) is None


SECRET = "Thimble!Gravel8"
WORDS = f"Her SmartHub password is {SECRET}"
TO = ProvenAddress("inbox@acme.example", Proof("party", "acme"))


def test_a_mail_of_ours_with_a_login_is_neither_kept_nor_sent(sqlite_db: str) -> None:
    facts = {"what": WORDS, "detail": "A person reads it.", "path": "/admin/"}
    with transaction.atomic():
        first = notices.send_later("staff_alert", to=TO, subject=uuid.uuid4(), context=facts, key="gate:1")
    row = Notice.objects.get(id=first)
    assert (row.state, row.answer) == ("refused", f"gate: {Refused.objects.get().rule}")
    assert not Job.objects.filter(subject_id=first).exists()
    assert not overrides.open_ones(timezone.now()).exists()
    assert len(events("gate.refused")) == len(events("gate.incident")) == 1
    ref = log.append_read(
        "mail.read", actor=ACTOR, subject=row.subject, purpose="operations", obj="mail", body={}, cnt=1
    )
    assert SECRET not in vault.open(row.content, under=ref)


def test_a_code_of_ours_leaves_in_its_own_mail_alone(sqlite_db: str) -> None:
    facts = {**MAIL, "code": "448812"}
    made = compose.render("link_and_code", language="en", context=facts)
    assert outbound.hold("link_and_code", mail(made), facts) is None
    assert outbound.hold("staff_alert", mail(Rendered("", "The verification code is 448812.")), facts) is not None


def test_no_mail_is_written_where_nobody_looks(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "_gate", None)
    with pytest.raises(RuntimeError), transaction.atomic():
        notices.send_later("staff_alert", to=TO, subject=uuid.uuid4(), context={"what": "A", "path": "/"}, key="gate:2")
    assert not Notice.objects.exists()


def test_a_webhook_with_a_login_is_given_up_and_never_sent(
    committing: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hooked(settings) as h:
        enter(h.world.consent)
        got = len(h.receiver.got)
        monkeypatch.setattr(sending.events, "body", lambda *_facts: json.dumps({"note": WORDS}).encode())
        assert h.send("consent.granted") == "dead"
        assert len(h.receiver.got) == got
        assert h.delivery("consent.granted").code == "refused_gate"
    assert {each.inlet for each in Refused.objects.all()} == {"webhook"}


@pytest.fixture
def nectar(settings: Any) -> Iterator[NectarChannel]:
    with Nectar() as server:
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{server.port}"]
        with NectarChannel(base_url=server.url, api_key="rehearsal-key", timeout=5) as channel:
            yield channel


def test_a_call_to_nectar_with_a_login_is_not_made(nectar: NectarChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_call(*_args: Any, **_options: Any) -> Any:
        raise AssertionError("a call was made")

    monkeypatch.setattr(nectar._http, "request", no_call)
    with pytest.raises(SecretRefused):
        nectar._call("company.create", json={"name": WORDS})


def test_an_answer_of_nectar_with_a_login_is_not_taken() -> None:
    def answer(body: object) -> Any:
        response = httpx.Response(200, json=body)
        return answer_of(response, now=timezone.now())

    assert answer({"documents": [{"fileName": "d-1.pdf", "note": "read in full"}]})
    with pytest.raises(ChannelError) as raised:
        answer({"documents": [{"fileName": "d-1.pdf", "note": WORDS}]})
    assert SECRET not in str(raised.value)


def test_a_command_line_with_a_login_does_nothing(sqlite_db: str) -> None:
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}"}
    argv = [sys.executable, "manage.py", "enrol_organisation", "acme", "--name", WORDS, "--email", "inbox@acme.example"]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Nothing was done" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert not Organisation.objects.exists()
    assert [(each.inlet, each.structural) for each in Refused.objects.all()] == [("command", True)]
