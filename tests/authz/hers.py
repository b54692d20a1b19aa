"""What a customer has: a draft, files that she looks at, an account to prove, a question, links that were mailed."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account
from broker.parties.models import UtilityAccount
from broker.terms import Actor
from consents.access import access_rows
from consents.actions import stop_token
from consents.ceremony import evidence, pages
from consents.ceremony.models import PageSnapshot
from consents.checking import opened as opened_letter
from consents.identity.models import PostedCode
from consents.joint import members
from consents.models import Complaint, Consent, LetterOfAuthorization
from consents.session import CUSTOMER
from requests_app.desk import codes
from requests_app.desk import opened as opened_desk
from requests_app.desk.models import DeskCode
from requests_app.models import ManualRequest
from requests_app.upload import drafts
from tests.authz.named import Named
from tests.joint_world import stranger
from tests.requests_world import ACCOUNT, World, grant, usage

CODE, UNPROVEN, OF_TWO = "123456", "40900058", "40900066"
STEPS = {  # a browser in the middle of each of the public flows: how it begins, and where its link is opened
    "share": ("/share/with/acme/", "/share/open/"),
    "holder": ("", "/holder/open/"),
    "object": ("/object/", "/object/open/"),
    "join": ("/join/", "/join/open/"),
    "my": ("/my/sign-in/", "/my/open/"),
}


@contextmanager
def known(token: str) -> Iterator[None]:
    """Let the next mailed link and code be known, instead of reading a mailbox."""
    with (
        patch("broker.parties.links._new_code", return_value=CODE),
        patch("broker.parties.links.secrets.token_urlsafe", return_value=token),
    ):
        yield


def signed_in(customer: uuid.UUID) -> Client:
    """Give a browser in which this customer has signed in."""
    return _with(**{CUSTOMER: str(customer)})


def joint(named: Named, w: World) -> None:
    """Give the other holder's browser: a customer with the same account number, whose mailed link is open in it."""
    client = named.flows["holder"]
    session = client.session
    session[CUSTOMER] = str(stranger(w).customer_id)
    session.save()
    named.browsers["joint"] = client


def _with(**values: Any) -> Client:
    client = Client()
    session = client.session
    session.update(values)
    session.save()
    return client


def own(named: Named, w: World) -> None:
    """Name what is hers in the world, and make what else she can have."""
    her = named.browsers["own"] = signed_in(w.customer.id)
    named.own |= {"consent": w.consent.id, "first_account": w.account.id, "stop": stop_token(w.consent.id)}
    account, calling = _under(w, UNPROVEN)
    named.own |= {"account": account.id, "calling": calling.id}
    _posted_code(named, her, w)
    _share_draft(named, w)
    _question(named, w, her)
    _second_holder(named, w)
    _signing(named, w)


def _under(w: World, number: str) -> tuple[UtilityAccount, Consent]:
    """Give another permission of hers, for an account that nobody has proven."""
    now = timezone.now()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
        facts = AccountFacts(number, "Pat Member", "9 Example Road")
        account = ensure_account(w.customer, "obec", facts, ref=ref, now=now)
        return account, grant(w.customer, w.organisation, [account], ref=ref, now=now, assurance="L1")


def _posted_code(named: Named, her: Client, w: World) -> None:
    with patch("consents.identity.posted.is_open", return_value=True):  # as if a bill had named her address
        assert her.post(f"/my/account/{w.account.id}/code/ask/").status_code == 302
    named.own["posted_code"] = PostedCode.objects.get().id


def _share_draft(named: Named, w: World) -> None:
    now, actor = timezone.now(), Actor("c", w.customer.id)
    draft = drafts.begin(w.consent, now=now)
    drafts.add(draft, [drafts.Given("usage.csv", usage(ACCOUNT).encode())], actor=actor, now=now)
    named.own["draft"] = draft.id


def _question(named: Named, w: World, her: Client) -> None:
    event = access_rows(w.customer, now=timezone.now(), body={"page": "who saw my data"})[0].event
    named.own["event"] = event
    assert her.post(f"/my/access/{event}/ask/", {"words": "What is this?"}).status_code == 302
    named.own["complaint"] = Complaint.objects.get().id


def _second_holder(named: Named, w: World) -> None:
    account, consent = _under(w, OF_TWO)
    with transaction.atomic():
        made = members.record(consent, account, line="PAT OR KIM MEMBER", signer="Pat Member", now=timezone.now())
    assert made is not None
    assert members.name_address(made, "kim@member.example", actor=members.speaker(made))
    assert members.require_both(made, actor=members.speaker(made), now=timezone.now())
    named.own |= {"holder": members.token(made.id), "member": made.id, "of_two": consent.id}


def _signing(named: Named, w: World) -> None:
    """Keep a record of how she signed, with one page, as short as the pages that show it allow."""
    bundle = {"environment": {"help": "no"}, "attribution": {"role": "person"}}
    bundle |= {"electronic_records": {"pdf_method": "word", "disclosure_version": "test"}}
    page, now = "<p>Check and sign</p>", timezone.now()
    with transaction.atomic():
        ref = log.append("letter.shown", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
        evidence.keep(w.consent, evidence.Gathered(bundle, "00" * 32), ref=ref, now=now)
        served = pages.Page("check", "en", now, hashlib.sha256(page.encode()).digest(), page)
        pages.keep_signed(w.consent, [served], ref=ref)
    named.own["page"] = PageSnapshot.objects.get().id


def steps(named: Named, w: World, manual: ManualRequest) -> None:
    """Give a browser in the middle of each public flow, and a link of each that nobody has opened."""
    for number, (flow, (begins, opens)) in enumerate(STEPS.items()):
        token, unopened = (letter * 43 for letter in "abcdefghij"[2 * number : 2 * number + 2])
        browser = named.flows[flow] = Client()
        _ask(browser, flow, begins, unopened, named, "kim@member.example" if flow == "holder" else "early@m.example")
        _ask(browser, flow, begins, token, named, f"{flow}@member.example")
        assert browser.post(f"{opens}{token}/").status_code == 302, flow
        if flow in ("share", "object"):
            code = {"code": CODE}
            assert browser.post(f"/{flow}/code/", code).status_code == 302, flow
        named.own[f"{flow}_token"] = unopened
    letter = LetterOfAuthorization.objects.get(consent=w.consent)
    until = timezone.now() + timedelta(minutes=30)
    named.own["code"] = letter.verification_code
    named.flows["letter"] = _with(**{opened_letter.KEY: {"id": str(letter.id), "until": until.isoformat()}})
    named.own["hint"] = codes.hint_of(manual).replace("-", "")
    now = timezone.now()
    row = DeskCode.objects.create(
        utility="obec", browser=uuid.uuid4(), made_at=now, expires_at=now + timedelta(hours=1), used_at=now
    )
    named.flows["desk"] = _with(**{opened_desk.KEY: str(row.id), opened_desk.BROWSER: str(row.browser)})


def _ask(browser: Client, flow: str, begins: str, token: str, named: Named, email: str) -> None:
    with known(token):
        if flow == "holder":
            answer = browser.post(f"/holder/{named.own['holder']}/", {"answer": "agree"})
        else:
            answer = browser.post(begins, {"email": email})
    assert answer.status_code == 302, (flow, answer.status_code, answer.content[-1500:])
