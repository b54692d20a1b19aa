"""`scan_credentials` says of a text what the way in says that the text would come by; only ids are named here."""

import json
from typing import Any
from urllib.parse import quote, urlsplit

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from broker.channels.nectar import NectarChannel, client
from broker.channels.nectar.secrets import SecretRefused
from broker.inlets import outbound
from requests_app.receive import gate, read_mail
from tests.fixtures.credentials.figures import Line, lines, verdicts
from tests.integration.mail_support import mail
from tests.integration.test_gate_files import pdf

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


def by_address(line: Line) -> bool:
    """As a browser asks for it: the path, and what stands behind the question mark."""
    parts = urlsplit(line["text"])
    path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
    query = "&".join(each for each in (parts.query, parts.fragment) if each)
    return refused(Client().get(quote(path, safe="/%"), QUERY_STRING=query))


def by_table(line: Line) -> bool:
    return _file(line, "usage.csv", line["text"].encode())


def by_pdf(line: Line) -> bool:
    """A real PDF that says these words in a note in its margin, which is where any letter can stand."""
    return _file(line, "bill.pdf", pdf(lambda document: annotated(document, line["text"])))


def _file(line: Line, name: str, data: bytes) -> bool:
    # Whether that page can be shown is another matter: it wants the log's keys.
    return refused(Client(raise_request_exception=False).post("/check/", {"file": SimpleUploadedFile(name, data)}))


def annotated(document: Any, words: str) -> None:
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], Contents=pikepdf.String(words)
    )
    document.pages[0].Annots = document.make_indirect([document.make_indirect(note)])


def by_nectar(line: Line) -> bool:
    """As a call of ours would carry it."""
    try:
        body = json.loads(line["text"])
    except ValueError:
        body = {"note": line["text"]}
    with NectarChannel(base_url="http://127.0.0.1:9", api_key="k", before=_no_call) as channel:
        try:
            channel._call("company.create", json=body)
        except SecretRefused:
            return True
        except _Called:
            return False
    raise AssertionError("neither refused nor about to be made")


class _Called(Exception):
    """The call would be made now."""


def _no_call() -> None:
    raise _Called


def refused(answer: HttpResponse) -> bool:
    """Say whether the gate answered: nobody is signed in, so that no view of these says 403."""
    return answer.status_code == 403


WAYS = {
    "web_form": by_form,
    "admin_note": by_note,
    "api_json": by_api,
    "email_reply": by_mail,
    "outbound_email": by_sending,
    "url_param": by_address,
    "csv_upload": by_table,
    "pdf_upload": by_pdf,
    "nectar_call": by_nectar,
}


@pytest.mark.parametrize("inlet", sorted(WAYS))
def test_the_command_says_what_the_way_in_says(
    sqlite_db: str, settings: Any, monkeypatch: pytest.MonkeyPatch, inlet: str
) -> None:
    settings.ALLOWED_EGRESS = ["127.0.0.1:9"]  # nobody listens there, and no call is made
    # Beside the gate, a call has a list of names that may not stand in it at all: stricter, and tested on its own.
    monkeypatch.setattr(client, "refuse_secrets", lambda _carried: None)
    asked = [line for line in ASKED if line["inlet"] == inlet]
    said = verdicts(asked)
    differ = {line["id"]: said[line["id"]] for line in asked if WAYS[inlet](line) != said[line["id"]]}
    assert len(asked) > 30
    assert differ == {}
