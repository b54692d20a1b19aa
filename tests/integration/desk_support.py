"""A billing desk at our page: its browser, its code, its answers."""

import re
import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from broker.notices.models import Notice
from broker.rehearsal.coop_mailbox import CoopMailbox
from requests_app.desk import codes
from requests_app.desk.models import DeskAct, DeskCode
from requests_app.fees import answering, asking, quoting
from requests_app.models import ManualRequest
from tests.requests_world import run_job


def ask(client: Client, hint: str) -> Any:
    """Enter the code of our mail."""
    return client.post("/desk/", {"hint": hint})


def mailed(mailbox: CoopMailbox) -> str | None:
    """Run the newest ask's job, and give the digits that then came to the desk's mailbox, if any did."""
    row = DeskCode.objects.order_by("-made_at")[0]
    assert run_job(codes.CODE, row.id) == "done"
    notice = Notice.objects.filter(key=f"desk-code:{row.id}").first()
    if notice is None:
        return None
    assert run_job("notices.send", notice.id) == "done"
    mail = mailbox.mails.message(max(mailbox.mails.numbers()))
    found = re.search(r"^(\d{6})\r?$", mail.get_body(("plain",)).get_content(), re.M)
    assert found is not None
    assert str(mail["To"]) == "billing@coop.example"
    return found[1]


def opened(manual: ManualRequest, mailbox: CoopMailbox) -> Client:
    """Give a browser in which the page of this request's desk is open."""
    client = Client()
    assert ask(client, codes.hint_of(manual)).status_code == 302
    answer = client.post("/desk/code/", {"code": mailed(mailbox)})
    assert (answer.status_code, answer["Location"]) == (302, "/desk/requests/")
    return client


def press(client: Client, manual: ManualRequest, kind: str, **data: Any) -> Any:
    """Send one of the forms, with a number of its own where none is given."""
    return client.post(f"/desk/requests/{manual.id}/{kind}/", {"once": str(uuid.uuid4()), "words": "", **data})


def told(client: Client, manual: ManualRequest, kind: str, **data: Any) -> DeskAct:
    """Send one of the forms, and give what was written down."""
    answer = press(client, manual, kind, **data)
    assert answer.status_code == 302, answer.content.decode()
    manual.refresh_from_db()
    return DeskAct.objects.filter(manual=manual, kind=kind).order_by("-at")[0]


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    """Make a file as a browser sends it."""
    return SimpleUploadedFile(name, data, "application/octet-stream")


def drawn(manual: ManualRequest, what: str) -> dict[str, str]:
    """Give what a staff form carries of the fee, question or mail that is open now, as its page draws it."""
    manual = ManualRequest.objects.get(id=manual.id)
    find = {"alone": quoting.open_fee, "second": quoting.open_fee, "heard": asking.waiting}
    row: Any = answering.on_its_way(manual) if what == "mail" else find[what](manual) if what in find else None
    return {"about": str(row.id)} if row is not None else {}
