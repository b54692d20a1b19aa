"""What a customer does, from the first link to the last look: each request leaves exactly the declared events."""

import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from broker.demo.visitor import Visitor, word_of
from broker.parties.keys import create_application
from broker.parties.models import Customer, EmailLink
from broker.terms import SERVICE
from consents.ceremony.models import PageSnapshot
from consents.models import Consent, Draft
from requests_app.models import ReceivedFile
from requests_app.upload.models import ShareDraft
from tests.completeness.declared import DECLARED
from tests.completeness.forms import form, page
from tests.completeness.watch import Watch
from tests.integration.grant_support import ACCOUNT, DATA, EMAIL, NAME, Desk, desk, last_day
from tests.requests_world import usage

__all__ = ["desk"]


def test_a_grant_leaves_what_is_declared_for_each_step(desk: Desk) -> None:
    watch, person = Watch(DECLARED, prefix="grant", postgresql=True), desk.visitor()
    first = f"/share/with/{desk.organisation.slug}/"
    watch.step("share-start GET", page(person, first))

    def address() -> None:
        watch.know("address", EmailLink.objects.get().id)

    def draft() -> None:
        watch.know("draft", Draft.objects.get().id)

    watch.step("share-start POST", form(person, first, {"email": EMAIL}), meanwhile=address)
    mail = desk.mail("link and code")
    link = next(urlsplit(each).path for each in mail["links"] if "/share/open/" in each)
    code = mail["codes"][0]
    watch.step("share-open GET", page(person, link))
    watch.step("share-open POST", form(person, link, {}))
    watch.step("share-code GET", page(person, "/share/code/"))
    watch.step("share-code POST wrong", form(person, "/share/code/", {"code": f"{(int(code) + 1) % 1_000_000:06}"}))
    watch.step("share-code POST", form(person, "/share/code/", {"code": code}), meanwhile=draft)
    asked: dict[str, object] = {"purpose": "rate_comparison", "last_day": last_day()}
    answers: dict[str, dict[str, object]] = {"account": {**ACCOUNT}, "data": {**DATA}, "purpose": asked}
    for name, data in answers.items():
        watch.step(f"share-{name} GET", page(person, f"/share/{name}/"))
        watch.step(f"share-{name} POST", form(person, f"/share/{name}/", data))
    watch.step("paper-start GET", page(person, "/share/paper/"))
    terms = watch.step("share-terms GET", page(person, "/share/terms/"))
    agreed: dict[str, object] = {"disclosure": person.field(terms, "disclosure"), "agrees": "on"}
    watch.step("share-terms POST refused", form(person, "/share/terms/", {**agreed, "agrees": ""}))
    watch.step("share-terms POST", form(person, "/share/terms/", agreed))
    opened = watch.step("share-read GET", page(person, "/share/read/"))
    letter = watch.step("share-letter GET", page(person, "/share/letter.pdf"))
    frozen: dict[str, object] = {"letter_sha256": person.field(opened, "letter_sha256")}
    watch.step("share-prepare POST again", form(person, "/share/read/", to="/share/prepare/"))
    watch.step("share-read POST wrong", form(person, "/share/read/", {**frozen, "word": "0000"}))
    word = word_of(letter.content)
    watch.step("share-read POST", form(person, "/share/read/", {**frozen, "word": word}))
    watch.step("share-check GET", page(person, "/share/check/"))
    watch.step("share-check POST unnamed", form(person, "/share/check/", {**frozen, "typed_name": ""}))
    sign = form(person, "/share/check/", {**frozen, "typed_name": NAME})
    watch.step("share-check POST", sign, meanwhile=lambda: watch.know("her", Customer.objects.get().id))
    watch.step("share-done GET", page(person, "/share/done/"))
    other = desk.visitor()
    other.submit(first, {"email": "other@member.example"})
    watch.know("address", EmailLink.objects.get(code_used_at=None).id)
    again = form(other, "/share/code/", to="/share/code/again/")
    watch.step("share-code-again POST", again, meanwhile=lambda: watch.know("second", _newest_link()))
    watch.finish()


def test_a_no_leaves_its_event(desk: Desk) -> None:
    watch, person = Watch(DECLARED, prefix="no"), desk.visitor()
    no = f"/share/with/{desk.organisation.slug}/no/"
    watch.step("share-decline POST", form(person, no.removesuffix("no/"), to=no))
    watch.finish()


@pytest.mark.granted
def test_her_own_pages_leave_what_is_declared(desk: Desk) -> None:
    desk.grant()
    watch, person, consent = Watch(DECLARED, prefix="my"), desk.visitor(), Consent.objects.get()
    watch.know("her", consent.customer_id)
    watch.names["consent"] = str(consent.id)
    watch.step("my-sign-in GET", page(person, "/my/sign-in/"))
    secret: dict[str, object] = {"email": "gwen password: hunter2-hunter2"}
    watch.step("my-sign-in POST secret", form(person, "/my/sign-in/", secret))
    sign_in = form(person, "/my/sign-in/", {"email": EMAIL})
    watch.step("my-sign-in POST", sign_in, meanwhile=lambda: watch.know("address", _newest_link()))
    mail = desk.mail("link and code")
    link = next(urlsplit(each).path for each in mail["links"] if "/my/open/" in each)
    watch.step("my-open GET", page(person, link))
    watch.step("my-open POST", form(person, link))
    watch.step("my-code GET", page(person, "/my/code/"))
    watch.step("my-code POST", form(person, "/my/code/", {"code": mail["codes"][0]}))
    watch.step("my GET", page(person, "/my/"))
    watch.step("my-letter GET", page(person, f"/my/{consent.id}/letter.pdf"))
    watch.step("my-access GET", page(person, "/my/access/"))
    own = f"/my/{consent.id}"
    watch.step("my-how-signed GET", page(person, f"{own}/how-signed/"))
    kept = PageSnapshot.objects.filter(consent=consent).latest("at")
    watch.step("my-page-as-served GET", page(person, f"{own}/how-signed/{kept.id}/"))
    watch.step("my-resume GET", page(person, f"{own}/resume/"))
    watch.step("my-resume POST", form(person, "/my/paper/", to=f"{own}/resume/"))
    _ways(watch, person, own)
    watch.step("my-renew GET", page(person, f"{own}/renew/"))
    renew = form(person, f"{own}/renew/")
    watch.step("my-renew POST", renew, meanwhile=lambda: watch.know("renewal", _newest_link()))
    code = {"code": desk.mail("to renew")["codes"][0]}
    watch.step(
        "share-code POST renewal",
        form(person, "/share/code/", code),
        meanwhile=lambda: watch.know("draft", _newest_draft()),
    )
    watch.step("share-renewal GET", page(person, "/share/renewal/"))
    watch.step("share-renewal POST", form(person, "/share/renewal/", {"number": ACCOUNT["number"], "helped": "no"}))
    watch.step("my-paper GET", page(person, "/my/paper/"))
    watch.step("my-paper POST", form(person, "/my/paper/"))
    watch.step("my-share-file GET", page(person, f"{own}/file/"))
    watch.step("my-share-file POST none", form(person, f"{own}/file/"))
    watch.step("my-share-guide GET", page(person, f"{own}/file/how/bills/"))
    files = [
        ("file", ("notes.csv", b"this is no file of a portal\n", "text/csv")),
        ("file", ("usage.csv", usage(ACCOUNT["number"]).encode(), "text/csv")),
    ]
    handed = form(person, f"{own}/file/", files=files)
    watch.step("my-share-file POST", handed, meanwhile=lambda: watch.know("shared", _newest_share_draft()))
    looked = f"{own}/file/look/{_newest_share_draft()}/"
    watch.step("my-share-look GET", page(person, looked))
    watch.step("my-share-look POST", form(person, looked, {"act": "save"}))
    watch.step("my-share-look POST again", form(person, f"{own}/file/", {"act": "save"}, to=looked))
    now = timezone.now()
    until = now + timedelta(days=9)
    create_application(consent.recipient, "x", "test", expires_at=until, actor=SERVICE("tests"), now=now)
    watch.step("my-share-letter GET", page(person, f"{own}/file/letter/bills/"))
    watch.step("my-share-letter POST", form(person, f"{own}/file/letter/bills/"))
    watch.step("my-data GET", page(person, "/my/data/"))
    watch.step("my-data-file GET", page(person, f"/my/data/{ReceivedFile.objects.get().id}/"))
    watch.step("my-data-file GET foreign", page(person, f"/my/data/{uuid.uuid4()}/", expect=404))
    its = ReceivedFile.objects.get()
    watch.step("my-data-use GET", page(person, f"/my/data/use/{its.account_id}/{its.data_type}/"))
    watch.step("my-data-readings GET", page(person, "/my/data/readings.csv"))
    receipt = desk.mail("Receipt")
    stop = next(urlsplit(each).path for each in receipt["links"] if "/stop/" in each)
    watch.step("my-stop GET", page(person, f"{own}/stop/"))
    watch.step("my-stop POST", form(person, f"{own}/stop/"))
    watch.step("stop GET", page(person, stop))
    watch.step("stop POST", form(person, stop))
    watch.step("stop-letter POST", form(person, stop, to=f"{stop}letter.pdf"))
    watch.step("my-sign-out POST", form(person, "/my/sign-in/", to="/my/sign-out/"))
    watch.finish()


def _newest_share_draft() -> uuid.UUID:
    return ShareDraft.objects.latest("created_at").id


def _newest_link() -> uuid.UUID:
    newest = EmailLink.objects.order_by("-created_at").first()
    assert newest is not None
    return newest.id


def _newest_draft() -> uuid.UUID:
    return Draft.objects.latest("created_at").id


def _ways(watch: Watch, person: Visitor, own: str) -> None:
    """She chooses a way, twice the same, and one that she cannot; and tries another's page."""
    watch.names["other"] = other = str(uuid.uuid4())
    watch.step("my-way GET", page(person, f"{own}/way/"))
    watch.step("my-way POST wrong", form(person, f"{own}/way/", {"way": "scraping"}))
    watch.step("my-way POST", form(person, f"{own}/way/", {"way": "customer_upload"}))
    watch.step("my-way POST again", form(person, f"{own}/way/", {"way": "customer_upload"}))
    watch.step("my-way GET foreign", page(person, f"/my/{other}/way/", expect=404))
