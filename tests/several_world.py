"""One signing for many accounts: the bills of a farm, the ask for its meters, and whoever answers it."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from broker.demo.visitor import TOKEN, Visitor
from broker.rehearsal import paper
from consents.asking.acts import Asker
from consents.asking.models import ConsentAsk
from consents.asking.tokens import link_of
from tests import clock
from tests.integration.asking_support import application, make
from tests.integration.grant_support import DATA, EMAIL, Desk, last_day

FARM = "Gwen Grant"
LIST = "/share/accounts/"


def numbers(count: int) -> list[str]:
    """Account numbers of a farm; many end in the same digits as another."""
    return [str(51_000_042 + 10_001 * place) for place in range(count)]


def bill(account: str, *, name: str = FARM, made: int = 20, **changes: Any) -> bytes:
    """A real PDF of a bill, made so many days ago."""
    end = clock.today() - timedelta(days=made + 3)
    facts: dict[str, Any] = {
        "account": account,
        "name": name,
        "address": f"{account[-4:]} Test Road, Example, MO 00000",
        "begin": end - timedelta(days=30),
        "end": end,
        "due": end + timedelta(days=21),
        **changes,
    }
    return paper.bill(**facts)


def ask(desk: Desk, accounts: Sequence[str], **changes: Any) -> ConsentAsk:
    """The recipient's application asks for these accounts; its link is handed over."""
    known = desk.organisation.applications.order_by("created_at").first()
    made = known or application(desk.organisation)[0]
    said = {"email": ..., "account": ..., "accounts": list(accounts), **changes}
    return make(Asker.app(made), hashlib.sha256(repr((list(accounts), changes)).encode()).hexdigest(), **said)


def enter(desk: Desk, person: Visitor, asked: ConsentAsk, email: str = EMAIL) -> None:
    """Open the link of an ask, go on, and come back with link and code."""
    person.submit(link_of(asked.id), {"email": email})
    mail = desk.mail("link and code", email)
    path = next(urlsplit(link).path for link in mail["links"] if "/share/open/" in link)
    person.submit(path, {"code": mail["codes"][0]})


def holder(person: Visitor, *, name: str = FARM, expect: int = 200, **changes: Any) -> httpx.Response:
    """Say whose the accounts are."""
    return person.submit(
        "/share/account/", {"name": name, "role": "customer", "helped": "no", **changes}, expect=expect
    )


def drop(
    person: Visitor,
    bills: Sequence[bytes | tuple[str, bytes]] = (),
    *,
    want: Sequence[int],
    do: str = "look",
    expect: int = 200,
    **typed: str,
) -> httpx.Response:
    """Tick, choose files, and press one of the two buttons."""
    return send(person, person.get(LIST), bills, want=want, do=do, expect=expect, **typed)


def send(
    person: Visitor,
    page: httpx.Response,
    bills: Sequence[bytes | tuple[str, bytes]] = (),
    *,
    want: Sequence[int],
    do: str = "look",
    expect: int = 200,
    **typed: str,
) -> httpx.Response:
    """Send the form of a list that was opened before."""
    token = TOKEN.search(page.text)
    assert token, "no form"
    named = [each if isinstance(each, tuple) else (f"bill-{n}.pdf", each) for n, each in enumerate(bills, 1)]
    fields: dict[str, Any] = {"want": [str(each) for each in want], "do": do, "csrfmiddlewaretoken": token[1], **typed}
    sent = [("bills", (name, data, "application/pdf")) for name, data in named]
    answer = person.http.post(LIST, data=fields, files=sent or None, headers={"Referer": str(page.url)})
    assert answer.status_code == expect, (answer.status_code, answer.text[-2000:])
    return answer


def rest(desk: Desk, person: Visitor, **changes: Any) -> None:
    """Answer what comes behind the list, once for all accounts."""
    person.submit("/share/data/", {**DATA, **changes})
    person.submit("/share/purpose/", {"purpose": "rate_comparison", "last_day": last_day()})
    desk.agree(person)
