"""One whole case, played over HTTP as strangers would: customer, application, clerk, staff, officer."""

import json
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.utils import timezone

from broker.demo import environment, play_hooks, play_identity, play_officer
from broker.demo.report import Report
from broker.demo.seeds import Seeded
from broker.demo.visitor import UnexpectedPage, Visitor, word_of
from broker.demo.waiting import wait_for
from broker.rehearsal import paper
from consents.actions import central_today

NAME = "Rita Rehearsal"
ADDRESS = "2 Rehearsal Road, Example, MO 00000"
# The two days that the played co-op's usage file and its report hold; the end is exclusive.
FILED, LAST_FILED = {"from": "2025-10-19", "to": "2025-10-21"}, "2025-10-20"


class Case:
    """The state of the play: who is logged in where, and the ids that later steps need."""

    def __init__(self, report: Report, seeded: Seeded) -> None:
        self.report, self.seeded = report, seeded
        self.web = report.urls["web"]
        self.customer = Visitor(self.web)
        self.http = httpx.Client(timeout=60, trust_env=False)
        self.api = httpx.Client(
            base_url=f"{self.web}/api/v1",
            headers={"Authorization": f"Bearer {seeded.api_key}"},
            timeout=60,
            trust_env=False,
        )
        self.daily_request = ""
        # Every play has a member and an account of its own: nothing of an earlier one, finished or not, is in its way.
        self.account = f"{secrets.randbelow(90_000_000) + 10_000_000}"
        self.email = f"rita.{self.account}@member.example"
        self.people_seen = self._newest(report.urls["people"])
        self.coop_seen = self._newest(report.urls["coop"])

    # --- mail -----------------------------------------------------------------

    def _newest(self, url: str) -> int:
        """Give the number of the newest mail that lay there before this play."""
        return max((mail["id"] for mail in self.http.get(f"{url}/mails").json()["mails"]), default=0)

    def people_mail(self, to: str, subject: str) -> dict[str, Any]:
        """Wait for a mail to a person."""
        url = f"{self.report.urls['people']}/mails"
        query: dict[str, str | int] = {"to": to, "subject": subject, "after": self.people_seen}
        mails = wait_for(f"a mail “{subject}”", lambda: self.http.get(url, params=query).json()["mails"])
        found: dict[str, Any] = mails[-1]
        return found

    def coop_mail(self, subject: str) -> dict[str, Any]:
        """Wait for a mail at the co-op."""
        url = f"{self.report.urls['coop']}/mails"
        query: dict[str, str | int] = {"subject": subject, "after": self.coop_seen}
        mails = wait_for(f"a mail “{subject}” at the co-op", lambda: self.http.get(url, params=query).json()["mails"])
        found: dict[str, Any] = mails[-1]
        return found

    # --- the application --------------------------------------------------------

    def ask(self, key: str, *, expect: int, **changes: Any) -> dict[str, Any]:
        """Make a data request as the application."""
        body: dict[str, Any] = {
            "accounts": [self.account],
            "data_types": ["usage_daily"],
            "from": "2025-10-01",
            "to": "2025-11-01",
            "purpose": "rate_comparison",
            **changes,
        }
        answer = self.api.post("/data-requests", json=body, headers={"Idempotency-Key": key})
        if answer.status_code != expect:
            raise UnexpectedPage(f"{answer.status_code}, not {expect}: {answer.text[:300]}")
        found: dict[str, Any] = answer.json()
        return found


def play(report: Report, seeded: Seeded) -> None:
    """Play the case from the grant to the stop."""
    case = Case(report, seeded)
    steps: list[tuple[str, Callable[[Case], None]]] = [
        ("she gets a link and a code by mail, and opens the form", _enter),
        ("she says which account, which data, what for, until when", _answer),
        ("she opens the exact letter and signs it", _sign),
        ("her sealed letter comes by mail, with a stop link; the log contains its proof", _receipt),
        ("the application names an address of its own, where it gets word", play_hooks.name_address),
        ("the application asks for daily use: routed to the co-op", _ask_daily),
        ("it asks for 15-minute use, which she did not tick: refused", _ask_quarter_hours),
        ("it sends a SmartHub password: refused, kept nowhere", _ask_with_password),
        ("the co-op gets the letter by mail", _coop_reads),
        ("a read before anything is proven: refused, with the way to prove it", play_identity.too_early),
        ("she proves the account with her own bill", _prove_by_bill),
        ("the co-op's clerk finds the letter by its code and confirms the member", play_identity.by_clerk),
        ("the co-op answers with a PDF and a usage file", _coop_answers),
        ("staff check and accept the files", _staff_accept),
        ("the recipient is told, and reads the data", _recipient_reads),
        ("she shares a bill; Nectar reads it; the recipient gets the numbers", _bill_through_nectar),
        ("she sees who saw her data, the refusals too", _who_saw),
        ("she stops sharing; the next read is refused", _stop),
        ("the co-op is told to stop", _withdrawal),
        ("the application got word of each change by itself: signed, ids alone", play_hooks.was_told),
        ("the officer sees the log, complete and unchanged", play_officer.look),
        ("two people make an evidence pack; a stranger's own program verifies it", play_officer.pack),
    ]
    for name, step in steps:
        with report.step(name):
            step(case)


def _enter(case: Case) -> None:
    case.customer.submit(f"/share/with/{case.seeded.slug}/", {"email": case.email})
    mail = case.people_mail(case.email, "link and code")
    path = next(urlsplit(link).path for link in mail["links"] if "/share/open/" in link)
    case.customer.submit(path)
    case.customer.submit("/share/code/", {"code": mail["codes"][0]})


def _answer(case: Case) -> None:
    who: dict[str, object] = {
        "number": case.account,
        "name": NAME,
        "address": ADDRESS,
        "role": "customer",
        "helped": "no",
    }
    case.customer.submit("/share/account/", who)
    case.customer.submit(
        "/share/data/",
        {"data_types": ["bill", "usage_daily"], "history_from": "2025-01-01", "history_through": "2026-06-30"},
    )
    last = (central_today(timezone.now()) + timedelta(days=180)).isoformat()
    asked: dict[str, object] = {"purpose": "rate_comparison", "last_day": last, "nectar": "on"}
    case.customer.submit("/share/purpose/", asked)
    terms = case.customer.get("/share/terms/")
    agreed: dict[str, object] = {"disclosure": case.customer.field(terms, "disclosure"), "agrees": "on"}
    case.customer.submit("/share/terms/", agreed)


def _sign(case: Case) -> None:
    page = case.customer.get("/share/read/")
    letter = case.customer.get("/share/letter.pdf")
    if not letter.content.startswith(b"%PDF-"):
        raise UnexpectedPage("the letter is no PDF")
    frozen = {"letter_sha256": case.customer.field(page, "letter_sha256")}
    case.customer.submit("/share/read/", {**frozen, "word": word_of(letter.content)})
    case.customer.submit("/share/check/", {**frozen, "typed_name": NAME})


def _receipt(case: Case) -> None:
    mail = case.people_mail(case.email, "Receipt")
    if not mail["attachments"] or not any("/stop/" in link for link in mail["links"]):
        raise UnexpectedPage("the receipt lacks its letter or its stop link")
    if "audit/" not in mail["text"]:
        raise UnexpectedPage("the receipt lacks its checkpoint")
    pdf = case.http.get(f"{case.report.urls['people']}/mails/{mail['id']}/attachments/0").content
    path = environment.DATA / "rehearsal" / "letter-as-delivered.pdf"
    path.write_bytes(pdf)
    case.report.paths["loa"] = str(path)
    consents = case.api.get("/consents").json()["consents"]
    own = next(each for each in consents if case.account in json.dumps(each))
    case.report.ids["consent"], case.report.ids["customer"] = own["id"], own["customer"]
    proof = case.http.get(f"{case.report.urls['people']}/mails/{mail['id']}/attachments/1").text
    if "The log contains it, unchanged" not in case.customer.submit("/check/", {"receipt": proof}).text:
        raise UnexpectedPage("the log of today does not continue her receipt")


def _ask_daily(case: Case) -> None:
    answer = case.ask("daily-1", expect=202, **FILED)
    if answer["channel"] != "manual_request":
        raise UnexpectedPage(f"routed to {answer['channel']}")
    case.daily_request = case.report.ids["request"] = answer["id"]
    again = case.ask("daily-1", expect=202, **FILED)
    if again["id"] != answer["id"]:
        raise UnexpectedPage("the same Idempotency-Key made two requests")


def _ask_quarter_hours(case: Case) -> None:
    answer = case.ask("quarter-1", expect=403, data_types=["usage_15min"])
    nearest = {entry["data_type"] for entry in answer["nearest_permitted"]}
    if answer["code"] != "scope.data_type" or nearest != {"bill", "usage_daily"}:
        raise UnexpectedPage(f"refused with {answer['code']}, nearest {sorted(nearest)}")


def _ask_with_password(case: Case) -> None:
    answer = case.ask("password-1", expect=403, smarthub={"username": "rita", "password": "Rehearsal!Fence7"})
    if answer["code"] != "channel.forbidden.credentials" or "Fence7" in json.dumps(answer):
        raise UnexpectedPage("the password was not refused as it should be")


def _coop_reads(case: Case) -> None:
    mail = case.coop_mail("member authorization enclosed")
    if case.account in mail["text"] + mail["html"] or case.account[-4:] not in mail["text"]:
        raise UnexpectedPage("the mail names the account otherwise than by its last four digits")
    if not any(part["type"] == "application/pdf" for part in mail["attachments"]):
        raise UnexpectedPage("the letter is not attached")
    wait_for("the clock to start", lambda: _status(case).get("clock", {}).get("due"))


def _prove_by_bill(case: Case) -> None:
    play_identity.by_bill(case, NAME, ADDRESS)


def _status(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = case.api.get(f"/data-requests/{case.daily_request}").json()
    return found


def _coop_answers(case: Case) -> None:
    case.http.post(f"{case.report.urls['coop']}/reply", json={"account_number": case.account}).raise_for_status()
    wait_for("the answer to arrive", lambda: _status(case)["state"] == "answered")


def _staff_accept(case: Case) -> None:
    staff = Visitor(case.web)
    staff.submit("/login/", {"username": "staff", "password": case.seeded.logins["staff"]})
    page = staff.get("/admin/")
    if "R-" not in page.text:
        raise UnexpectedPage("the worklist does not show the request")
    _accept_all(case, staff)


def _accept_all(case: Case, staff: Visitor) -> None:
    """Open the request, then each file in quarantine, and accept it as what it is."""
    number = _status(case)["number"]
    request = re.search(rf'href="(/admin/requests/[0-9a-f-]{{36}}/)"[^>]*>\s*{number}\s*<', staff.get("/admin/").text)
    if not request:
        raise UnexpectedPage("the worklist has no link to the request")
    files = sorted(set(re.findall(r'href="(/admin/files/[0-9a-f-]{36}/)"', staff.get(request.group(1)).text)))
    if len(files) != 2:
        raise UnexpectedPage(f"{len(files)} files in quarantine, not 2")
    for path in files:
        page = staff.get(path)
        done = staff.submit(path, {**_said_of(staff, path, page.text), "decision": "accept"})
        if "It stays sealed" in done.text:
            raise UnexpectedPage("a file was not accepted: " + done.text)
    wait_for("the request to be delivered", lambda: _status(case)["state"] == "delivered")


def _said_of(staff: Visitor, path: str, page: str) -> dict[str, str]:
    """Say what a file is: what was read in it, else what stands on it for whoever opens it."""
    if "Open it first." not in page:
        return {name: staff.field_value(staff.get(path), name) for name in ("data_type", "first_day", "last_day")}
    opens = re.search(rf'action="({re.escape(path)}[a-z/]+)"', page)
    if not opens:
        raise UnexpectedPage("no way to open a file of which nothing was read")
    staff.submit(path, action=opens.group(1))
    return {"data_type": "usage_daily", "first_day": FILED["from"], "last_day": LAST_FILED, "by_eye": "on"}


def _recipient_reads(case: Case) -> None:
    case.people_mail("inbox@recipient.example", "Data is ready")
    readings = case.api.get(f"/data-requests/{case.daily_request}/readings")
    if readings.status_code != 200:
        raise UnexpectedPage(f"readings: {readings.status_code} {readings.text[:200]}")
    if "49.600" not in readings.text or "usage_daily" not in readings.text:
        raise UnexpectedPage("the readings are not those of the file")


def _bill_through_nectar(case: Case) -> None:
    consent = case.report.ids["consent"]
    bill = paper.bill(account=case.account)
    looked = case.customer.submit(f"/my/{consent}/file/", files={"file": ("bill.pdf", bill, "application/pdf")})
    if "$98.11" not in looked.text:
        raise UnexpectedPage("the preview does not say what the bill came to")
    case.customer.submit(looked.url.path, {"act": "save"})
    answer = case.ask("bill-1", expect=202, data_types=["bill"], channel="nectar", to="2025-12-01")
    path = f"/data-requests/{answer['id']}/readings"
    wait_for("Nectar's numbers", lambda: case.api.get(path).status_code == 200)


def _who_saw(case: Case) -> None:
    page = case.customer.get("/my/access/").text
    for words in ("Prairie Rate Advisors", "Asked for your data", "Saw your data", "Not given"):
        if words not in page:
            raise UnexpectedPage(f"“{words}” is not on the page")


def _stop(case: Case) -> None:
    case.customer.submit(f"/my/{case.report.ids['consent']}/stop/")
    answer = case.api.get(f"/data-requests/{case.daily_request}/readings")
    if answer.status_code != 403 or answer.json()["code"] != "consent.revoked":
        raise UnexpectedPage(f"after the stop: {answer.status_code}")
    case.people_mail(case.email, "you stopped sharing")


def _withdrawal(case: Case) -> None:
    case.coop_mail("authorization withdrawn")
