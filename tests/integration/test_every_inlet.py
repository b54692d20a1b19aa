"""Every inlet there is, one by one: a login that is put into it is refused. A new inlet fails here until it is covered.

The lists come from the product itself: the URLconf with its methods, the forms, the mails, what opens a connection,
and the options of the commands.
"""

import argparse
import ast
import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import get_commands, load_command_class
from django.test import Client
from django.urls import get_resolver

from broker.inlets import brought, exempt
from broker.inlets.commands import found_in
from broker.inlets.forms import GatedFormMixin
from broker.inlets.models import Refused
from broker.inlets.said import INLETS
from broker.inlets.uploads import MemoryOnlyUploadHandler
from consents import session
from requests_app.desk import opened
from tests.completeness.routes import places
from tests.requests_world import events

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("broker", "consents", "requests_app")
SECRET = "Thimble!Gravel8"
WORDS = f"my SmartHub password is {SECRET}"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
HEADERS = ("Idempotency-Key", "User-Agent", "X-Request-Id", "X-Anything", "Referer")

# Forms without the gate of their own, which the middleware reads in front of their views, and which keep no words.
_SEARCH, _CODE, _PASSWORD = "words to look for", "a code, a number or a name", "our own password"
_OWN_PEOPLE = (
    "who of our own people is let in, or out: below the forms' layer, so the gate in front of every view reads it"
)
UNGATED_FORMS = {
    "broker.console.forms.FindForm": _SEARCH,
    "broker.console.forms.LogFilterForm": _SEARCH,
    "broker.console.forms.ReasonWordsForm": _SEARCH,
    "broker.console.forms.SearchForm": _SEARCH,
    "broker.console.packs.forms.SubjectsForm": _SEARCH,
    "broker.parties.login.forms.FirstPasswordForm": _PASSWORD,
    "broker.parties.login.forms.SignInForm": _PASSWORD,
    "broker.parties.signin.leaving_views.WhyForm": _OWN_PEOPLE,
    "broker.parties.signin.people_views.AskForm": _OWN_PEOPLE,
    "broker.parties.signin.workbox_views.MailboxForm": _OWN_PEOPLE,
    "consents.checking.forms.LetterForm": _CODE,
    "consents.checking.forms.OnceForm": _CODE,
    "requests_app.completeness.forms.NoneForm": _CODE,
    "requests_app.desk.forms.HintForm": _CODE,
    "requests_app.desk_work.forms.MailboxForm": _CODE,
}
# Each form with a field for files: the field, and the pages that show it.
FILE_FORMS = {
    "broker.console.forms.SearchForm": ("file", {"console-search"}),
    "broker.console.packs.forms.SubjectsForm": ("file", {"console-demand-subjects"}),
    "broker.console.profile_page.ProfileForm": ("file", {"console-profile"}),
    "broker.console.receipt_views.ReceiptForm": ("file", {"check"}),
    "consents.checking.forms.FileForm": ("file", {"verify-file"}),
    "consents.identity.forms.BillForm": ("file", {"my-prove"}),
    "consents.several.forms.ListForm": ("bills", {"share-accounts"}),
    "requests_app.brought.forms.BroughtFilesForm": ("file", {"recipient-drops"}),
    "requests_app.desk.forms.FilesForm": ("attached", {"desk-act"}),
    "requests_app.desk.forms.FormForm": ("attached", {"desk-act"}),
    "requests_app.desk_work.forms.HeardForm": ("scan", {"admin:request-heard"}),
    "requests_app.fees.forms.YesForm": ("scan", {"admin:request-yes"}),
    "requests_app.paper_forms.PaperForm": ("scan", {"admin:paper-enter"}),
    "requests_app.recipients.ask_forms.AskForm": ("file", {"recipient-ask-new"}),
    "requests_app.recipients.batch_forms.ManyForm": ("file", {"recipient-many"}),
    "requests_app.upload.forms.ShareFilesForm": ("file", {"my-share-file"}),
}
# Who takes files out of a request: the pages above, and who asks for their names or counts them alone.
FILE_READERS = {
    "broker/console/packs/demand_views.py",
    "broker/console/profile_page.py",
    "broker/console/receipt_views.py",
    "broker/console/search_page.py",
    "broker/inlets/brought.py",
    "broker/inlets/parts.py",
    "broker/parties/signin/views.py",
    "consents/checking/views.py",
    "consents/identity/views.py",
    "consents/switching.py",
    "requests_app/brought/views.py",
    "requests_app/desk/views.py",
    "requests_app/desk_work/views.py",
    "requests_app/fees/yes_views.py",
    "requests_app/paper_views.py",
    "requests_app/recipients/ask_views.py",
    "requests_app/recipients/batch_views.py",
    "requests_app/upload/views.py",
}
# Who hands mail to a server, and where the gate looks at it before.
MAIL_SENDERS = {
    "broker/notices/sending.py": "each mail passes `transport.gate` with its files when it is written",
    "broker/channels/manual_request.py": "each mail of a request passes `handing_over.checked` with its letters",
    "broker/audit/anchoring.py": "a checkpoint of the log passes `transport.gate` with its note",
    "requests_app/inbound/probe.py": "a mail to our own address: fixed words and a number of chance, and no file",
}
# Who puts a file into a mail: one that is sent, or one that is only kept.
ENCLOSERS = {
    "broker/notices/compose.py": "for `notices/sending.py` and `channels/manual_request.py`",
    "broker/channels/manual_request.py": "by `compose`: letters of a request",
    "broker/notices/sending.py": "by `compose`: what `notices.send_later` was given",
    "broker/audit/anchoring.py": "the note of a checkpoint",
    "consents/work.py": "by `notices.send_later`: a letter and its receipt",
    "consents/stopping/receipt.py": "by `notices.send_later`: the receipt of a stop",
    "requests_app/desk/acts.py": "kept: what the billing desk said on its page, read when it came",
    "requests_app/desk_work/heard.py": "kept: what came by post, read when it came",
}
# Where the gate reads each of those mails: as a whole, as it will leave.
MAILS_READ = {
    "broker/notices/sending.py": "gate.refuses(template, mail, context)",
    "broker/audit/anchoring.py": "gate.rule_against(message)",
    "requests_app/handing_over.py": "demand_clean(mailing.message, mailing.own)",
}
# Who opens other connections, and where the gate looks at what goes and comes.
CALLERS = {
    "broker/channels/nectar/client.py": "`_call` scans what goes, `answer_of` what comes",
    "broker/audit/witness.py": "a checkpoint of the log: numbers and hashes",
    "consents/archiving.py": "a list of certificates: bytes of a known form",
    "broker/operating/inside.py": "a drill's copy on this machine: fixed addresses, and a letter from its backup",
    "requests_app/hooks/sending.py": "`hand_over` scans the message before it is signed",
    "requests_app/test_orders/coop.py": "a rehearsal's co-op on this machine: account numbers and days of an ask",
}
EVERY = sorted({(name, path) for name, path in places("")})


def refused(answer: Any) -> bool:
    """Whether the gate refused, without a word of the secret."""
    return answer.status_code == 403 and SECRET.encode() not in answer.content


def test_every_address_refuses_a_login_in_its_query_string(sqlite_db: str) -> None:
    client = Client()
    open_ones = [path for _name, path in EVERY if not refused(client.get(path, {"q": WORDS}))]
    assert open_ones == []
    assert len(EVERY) > 200
    assert len(events("gate.refused")) == len(EVERY)


@pytest.mark.parametrize("method", UNSAFE)
def test_every_address_refuses_a_login_in_a_form_a_body_and_a_file(sqlite_db: str, method: str) -> None:
    client, unread = Client(), exempt.UNREAD_BODIES
    for name, path in EVERY:
        if name in unread:
            continue
        body = json.dumps({"deep": [{"note": WORDS}]})
        answer = client.generic(method, path, body, content_type="application/json")
        # A page takes no such method at all: it is turned away before anything is read, and says nothing of it back.
        untaken = method != "POST" and answer.status_code == 405 and not path.startswith("/api/")
        assert refused(answer) or (untaken and SECRET.encode() not in answer.content), (method, path)
        if method != "POST":
            continue
        assert refused(client.post(path, {"note": WORDS})), path
        assert refused(client.post(path, {"first": "my SmartHub password is", "second": SECRET})), path
        table = SimpleUploadedFile("usage.csv", f"date,kwh\n2025-10-01,4\n{WORDS}\n".encode(), "text/csv")
        answer = client.post(path, {"file": table})
        if (name, "file") not in brought.FIELDS:
            assert (answer.status_code, SECRET.encode() in answer.content) == (400, False), path
        elif name in brought.FOR_ALL and (name, "file") not in exempt.EXEMPT:
            assert refused(answer), path
    assert {each.inlet for each in Refused.objects.all()} <= set(INLETS)


@pytest.mark.parametrize("header", HEADERS)
def test_a_login_in_a_header_is_refused_whatever_it_is_called(sqlite_db: str, header: str) -> None:
    assert refused(Client().get("/", headers={header: WORDS}))


def test_only_our_own_key_stands_in_the_header_for_keys(sqlite_db: str) -> None:
    basic = "Basic cm9iNzc6R3JhdmVsIVJvYWQ5"
    assert refused(Client().get("/api/v1/consents", headers={"Authorization": f"Portal password {SECRET}"}))
    assert Client().get("/api/v1/consents", headers={"Authorization": basic}).status_code in (401, 403)
    assert Client().get("/api/v1/consents", headers={"Authorization": f"Bearer {SECRET}"}).status_code == 401
    key = f"obk_test_{'q7' * 21}Z"
    assert Client().get("/api/v1/consents", headers={"Authorization": f"Bearer {key}"}).status_code == 401


@pytest.mark.parametrize("damage", [lambda key: key[:-3], lambda key: key + "1", lambda key: key[:30]])
def test_a_key_of_ours_that_was_cut_is_called_a_wrong_key(sqlite_db: str, damage: Callable[[str], str]) -> None:
    """Its sender copied it badly, and has no use for advice about a portal."""
    for number in range(40):
        client, key = Client(REMOTE_ADDR=f"192.0.2.{number}"), damage(f"obk_live_{secrets.token_urlsafe(32)}")
        answer = client.get("/api/v1/consents", headers={"Authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "auth.invalid")
    assert not events("gate.refused")
    said = Client().get(
        "/api/v1/consents", headers={"Authorization": f"Bearer obk_test_my-portal-password-is-{SECRET}"}
    )
    assert refused(said)


@pytest.mark.parametrize("path", ["/", "/nowhere/", "/api/v1/consents", "/metrics", "/ready"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Bearer obk_test_", "Token"])
def test_words_behind_the_name_of_a_scheme_are_read(sqlite_db: str, scheme: str, path: str) -> None:
    assert refused(Client().get(path, headers={"Authorization": f"{scheme} {WORDS}"}))
    assert events("gate.refused")


def test_a_token_of_another_site_is_no_key_of_ours(sqlite_db: str) -> None:
    other = {"Authorization": "Bearer a8Kd.02mmQz-77xK"}
    assert Client().get("/", headers=other).status_code == 403


@pytest.mark.parametrize("token", ["3f" * 32, "an-old-one-4Jx9Qm2Lw8Rt"])
def test_what_watches_has_its_token_in_the_header(sqlite_db: str, settings: Any, token: str) -> None:
    settings.METRICS_TOKEN = "3f" * 32
    expected = 200 if token == settings.METRICS_TOKEN else 404
    assert Client().get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == expected
    assert not events("gate.refused")


@pytest.mark.parametrize(("view", "field"), sorted(exempt.EXEMPT))
def test_beside_an_exempt_field_everything_is_read(sqlite_db: str, view: str, field: str) -> None:
    (path,) = [path for name, path in EVERY if name == view][:1]
    assert exempt.EXEMPT[(view, field)]
    own = SECRET if field != "file" else ""
    assert refused(Client().post(path, {field: own, "elsewhere": WORDS}))
    others = [at for name, at in EVERY if name not in {each for each, _field in exempt.EXEMPT}]
    assert refused(Client().post(others[0], {"password": SECRET}))


def test_each_exemption_is_of_an_address_that_there_is() -> None:
    names = {name for name, _path in EVERY} | {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    assert {view for view, _field in exempt.EXEMPT} | exempt.UNREAD_BODIES | exempt.TOKEN_PATHS <= names


def test_every_form_has_the_gate_in_it() -> None:
    assert places("")  # whoever reads the URLconf has imported every view, and with it every form
    bare = [made for made in _below(forms.BaseForm) if not issubclass(made, GatedFormMixin)]
    written = {f"{made.__module__}.{made.__name__}" for made in bare if any(map(_is_text, made.base_fields.values()))}
    assert written == set(UNGATED_FORMS)


def test_each_field_for_files_is_known_with_its_page() -> None:
    """A form with a new field for files, or a new page with such a form, fails here until it is listed."""
    assert places("")
    with_files = {
        f"{made.__module__}.{made.__name__}": {
            name for name, field in made.base_fields.items() if isinstance(field, forms.FileField)
        }
        for made in _below(forms.BaseForm)
    }
    asked = {name: fields for name, fields in with_files.items() if fields and not name.endswith("Mixin")}
    assert {name: {field} for name, (field, _pages) in FILE_FORMS.items()} == asked
    listed = {(page, field) for field, pages in FILE_FORMS.values() for page in pages}
    assert listed == set(brought.FIELDS)
    names = {name for name, _path in EVERY} | {f"admin:{name}" for name, path in EVERY if path.startswith("/admin/")}
    assert {page for page, _field in brought.FIELDS} <= names
    several = {"BroughtFilesForm", "FilesForm", "FormForm", "ListForm", "ShareFilesForm"}
    many = {(page, field) for form, (field, pages) in FILE_FORMS.items() for page in pages if _last(form) in several}
    assert many == {key for key, most in brought.FIELDS.items() if most > 1}
    takers = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "request.FILES" in path.read_text(encoding="utf-8")
    }
    assert takers == FILE_READERS


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def test_whoever_proved_nothing_has_a_session_without_these_words() -> None:
    assert {session.DRAFT, session.CUSTOMER, opened.KEY} == brought.PROVEN


def test_a_form_of_a_model_is_seen_as_well() -> None:
    made = type("Made", (forms.ModelForm,), {"__module__": f"{PACKAGES[0]}.made_here", "words": forms.CharField()})
    assert made in set(_below(forms.BaseForm))
    assert any(map(_is_text, made.base_fields.values()))
    made.__module__ = "elsewhere"  # it is nobody's form from here on


def _is_text(field: forms.Field) -> bool:
    """Whether a person writes words into a field: a choice, a number or a day is none."""
    return isinstance(field, forms.CharField) and not isinstance(field, forms.RegexField)


def _below(made: type[Any]) -> Iterator[type[Any]]:
    for each in made.__subclasses__():
        if each.__module__.startswith(PACKAGES) and each is not GatedFormMixin:
            yield each
        yield from _below(each)


def test_whoever_sends_mail_or_opens_a_connection_is_known() -> None:
    mails, calls = set(), set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(("broker/transport/", "broker/rehearsal/", "broker/demo/")):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                said = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
                mails |= {name} if said == "smtp.send" else set()
                calls |= {name} if said in ("outward.post", "http.client", "transport.http.client") else set()
    assert mails == set(MAIL_SENDERS)
    assert calls == set(CALLERS)


def test_whoever_puts_a_file_into_a_mail_is_known_and_the_mail_is_read_with_it() -> None:
    enclosers, read = set(), {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(("broker/rehearsal/", "broker/demo/")):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                said = ast.unparse(node.func)
                encloses = said.rpartition(".")[2] in ("add_attachment", "add_related", "MIMEMultipart")
                enclosers |= {name} if encloses or any(each.arg == "attachments" for each in node.keywords) else set()
                if said in ("gate.refuses", "gate.rule_against", "demand_clean"):
                    read[name] = ast.unparse(node)
    assert enclosers == set(ENCLOSERS)
    assert read == MAILS_READ
    assert "requests_app/inbound/probe.py" not in enclosers  # the one sender whose mail nobody reads


def test_uploads_stay_in_memory_until_the_gate_has_seen_them(settings: Any) -> None:
    handler = f"{MemoryOnlyUploadHandler.__module__}.{MemoryOnlyUploadHandler.__name__}"
    assert [handler] == settings.FILE_UPLOAD_HANDLERS


OPTIONS = sorted(
    (name, action.option_strings[-1] if action.option_strings else "")
    for name, app in get_commands().items()
    if str(app).startswith(PACKAGES)
    for action in load_command_class(app, name).create_parser("manage.py", name)._actions
    if action.nargs != 0 and action.type in (None, str) and not isinstance(action, argparse._HelpAction)
)


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_every_argument_of_a_command_refuses_a_login(command: str, option: str) -> None:
    before = ["manage.py", command]
    assert found_in([*before, *([option] if option else []), WORDS]) is not None
    assert found_in([*before, f"{option}={WORDS}"] if option else [*before, WORDS]) is not None
