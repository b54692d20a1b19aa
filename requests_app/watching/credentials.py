"""What follows where a recipient sends credentials: mails to it and to us, and whom its messages are about (receivers).

The states and what leads to them: `broker.inlets.watching`.
"""

import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices, vault
from broker.inlets.models import Watched
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from consents import electronic
from consents.models import Consent
from requests_app.alerts import tell_staff
from requests_app.models import DataRequest, ManualRequest

TOLD = "gate.told"
WRITER = SERVICE("notices")
MOST = 50  # numbers and ids of one message that are looked up
_NUMBER = re.compile(r"(?<![\w-])\d{6,14}(?![\w-])")
_ID = re.compile(r"(?<![0-9a-f-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-f-])")


def on_moved(*, row: Watched, now: datetime, **_signal: Any) -> None:
    """Tell the recipient that it is warned, suspended or let go on; of a suspension our desk too, for the officer."""
    organisation, about = row.organisation, row.application_id or row.person_id
    what = row.application.name if row.application is not None else ""
    notices.send_later(
        "gate_recipient",
        to=ProvenAddress(organisation.contact_email, Proof("party", str(organisation.id))),
        subject=organisation.id,
        context={"state": row.state, "program": what, "count": row.count},
        key=f"gate:{about}:{row.state}:{now.isoformat()}",
    )
    if row.state == Watched.State.SUSPENDED:
        # No word for what it sent: behind "needs a person" our own gate took that for an ask, and kept the mail back.
        tell_staff(
            f"Suspended by the gate: {organisation.legal_name}, refused {row.count} times",
            f"A compliance officer has to look, at {reverse('console-gate')}, and can let it go on.",
            key=f"gate:{about}:{now.isoformat()}",
        )


def held(manual: ManualRequest, now: datetime) -> None:
    """Have her told that a mail on her request had a login in it; once a day, for anybody may write such mails."""
    jobs.enqueue(TOLD, manual.id, key=f"{TOLD}:{manual.id}:{now:%Y-%m-%d}")


@jobs.handler(TOLD)
def told_job(job: jobs.JobView) -> None:
    """Advise her to change her password, in her language."""
    manual = ManualRequest.objects.select_related("request__consent__customer").get(id=job.subject_id)
    consent = manual.request.consent
    if consent is None:
        return
    context = {"number": manual.number, "my_path": reverse("my")}
    key = f"{TOLD}:{job.id}"
    message = electronic.Message("gate_held", consent.customer, context, key, consent)
    electronic.tell(message, why="a mail had a portal login in it", actor=WRITER, now=timezone.now())


def concerned(organisation: uuid.UUID, words: str) -> Iterator[uuid.UUID]:
    """Give the customers whom a recipient's message is about: by an account number, a permission or a request of its.

    Only those who gave this recipient a permission; the words are looked at here and kept nowhere.
    """
    hers = Consent.objects.filter(recipient_id=organisation)
    indexes = [vault.blind_index("account_number", each) for each in _first(_NUMBER, words)]
    ids = [uuid.UUID(each) for each in _first(_ID, words)]
    found = [
        *hers.filter(accounts__number_index__in=indexes).values_list("customer_id", flat=True),
        *hers.filter(id__in=ids).values_list("customer_id", flat=True),
        *DataRequest.objects.filter(id__in=ids, organisation_id=organisation, consent__isnull=False).values_list(
            "consent__customer_id", flat=True
        ),
    ]
    yield from dict.fromkeys(found)


def _first(pattern: re.Pattern[str], words: str) -> list[str]:
    return list(dict.fromkeys(pattern.findall(words)))[:MOST]
