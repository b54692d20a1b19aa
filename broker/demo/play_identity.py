"""The part of the play in which it is proven who signed: first by her own bill, then by the co-op's clerk."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pdfplumber
from django.utils import timezone

from broker.demo.visitor import UnexpectedPage, Visitor
from broker.rehearsal import paper
from consents.actions import central_today

if TYPE_CHECKING:
    from broker.demo.play import Case

CODE = re.compile(r"\b([0-9A-Z]{4}-[0-9A-Z]{4})\b")


def too_early(case: "Case") -> None:
    """The application reads before anything is proven, and learns how that is raised."""
    answer = case.api.get(f"/data-requests/{case.daily_request}/readings")
    refused = answer.json()
    if answer.status_code != 403 or refused["code"] != "assurance.too_low":
        raise UnexpectedPage(f"before any proof: {answer.status_code} {answer.text[:200]}")
    ways = next(rule["input"]["raise_by"] for rule in refused["rules"] if "assurance.too_low" in rule["codes"])
    if ways[0] != "own_bill":
        raise UnexpectedPage(f"the nearest way would be {ways[0]}")


def by_bill(case: "Case", name: str, address: str) -> None:
    """She proves the account with her newest bill; a bill of somebody else proves nothing."""
    made = central_today(timezone.now()) - timedelta(days=12)
    path = _page(case)
    _send(case, path, made, name="Somebody Else", address=address, expect=422)
    done = _send(case, path, made, name=name, address=address, expect=200)
    if "Your bill fits" not in done:
        raise UnexpectedPage("the bill did not prove the account")
    _expect_level(case, "L2")


def by_clerk(case: "Case") -> None:
    """The clerk finds the letter by its code, and confirms with what only the co-op's mailbox gets."""
    clerk, code = Visitor(case.web), _code_of_letter(case)
    clerk.submit("/v/", {"code": code, "digits": case.account[-4:]})
    clerk.submit("/v/letter/member/")
    mail = case.people_mail("billing@coop.example", "Code to confirm your member")
    digits = next(iter(re.findall(r"\b(\d{6})\b", mail["text"])), "")
    clerk.submit("/v/letter/member/code/", {"code": digits})
    _expect_level(case, "L3")


def _page(case: "Case") -> str:
    found = re.search(r'href="(/my/account/[0-9a-f-]{36}/prove/)"', case.customer.get("/my/").text)
    if not found:
        raise UnexpectedPage("her page does not say where to prove the account")
    return urlsplit(found[1]).path


def _send(case: "Case", path: str, made: date, *, name: str, address: str, expect: int) -> str:
    end = made - timedelta(days=3)
    data = paper.bill(
        account=case.account,
        begin=end - timedelta(days=29),
        end=end,
        charges=Decimal("87.65"),
        due=made + timedelta(days=20),
        name=name.upper(),
        address=address,
    )
    facts: dict[str, object] = {"bill_date": made.isoformat(), "amount": "87.65"}
    files = {"file": ("bill.pdf", data, "application/pdf")}
    return case.customer.submit(path, facts, files=files, expect=expect).text


def _code_of_letter(case: "Case") -> str:
    with pdfplumber.open(case.report.paths["loa"]) as document:
        text = document.pages[0].extract_text() or ""
    found = CODE.search(text)
    if not found:
        raise UnexpectedPage("no code stands on the letter")
    return found[1]


def _expect_level(case: "Case", level: str) -> None:
    consents = case.api.get("/consents").json()["consents"]
    own = next(each for each in consents if each["id"] == case.report.ids["consent"])
    if own["assurance"] != level:
        raise UnexpectedPage(f"her permission stands at {own['assurance']}, not {level}")
