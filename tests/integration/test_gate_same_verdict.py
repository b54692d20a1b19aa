"""`scan_credentials` says of a text what the way in says that the text would come by; only ids are named here."""

import pytest
from django.http import HttpResponse
from django.test import Client

from broker.inlets import outbound
from requests_app.receive import gate, read_mail
from tests.fixtures.credentials.figures import Line, lines, verdicts
from tests.integration.mail_support import mail

ASKED = lines("shown")


def by_form(line: Line) -> bool:
    return refused(Client().post("/my/sign-in/", {"note": line["text"]}))


def by_note(line: Line) -> bool:
    return refused(Client().post("/admin/tables/", {"note": line["text"]}))


def by_api(line: Line) -> bool:
    return refused(Client().post("/api/v1/consents", line["text"], content_type="application/json"))


def by_mail(line: Line) -> bool:
    return gate(read_mail(mail(line["text"])))[0] is not None


def by_sending(line: Line) -> bool:
    return outbound.check(line["text"]) is not None


def refused(answer: HttpResponse) -> bool:
    """Say whether the gate answered: nobody is signed in, so that no view of these says 403."""
    return answer.status_code == 403


WAYS = {
    "web_form": by_form,
    "admin_note": by_note,
    "api_json": by_api,
    "email_reply": by_mail,
    "outbound_email": by_sending,
}


@pytest.mark.parametrize("inlet", sorted(WAYS))
def test_the_command_says_what_the_way_in_says(sqlite_db: str, inlet: str) -> None:
    asked = [line for line in ASKED if line["inlet"] == inlet]
    said = verdicts(asked)
    differ = {line["id"]: said[line["id"]] for line in asked if WAYS[inlet](line) != said[line["id"]]}
    assert len(asked) > 30
    assert differ == {}
