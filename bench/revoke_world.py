"""What `./run bench revoke` works on: consents with a file that the recipient reads, printed as JSON; run as a program.

Argument: how many consents. It runs under the settings and the database of the environment.
"""

import hashlib
import json
import sys
import uuid
from datetime import date, datetime
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from broker import vault  # noqa: E402
from broker.audit import log  # noqa: E402
from broker.db import installation  # noqa: E402
from broker.terms import SERVICE  # noqa: E402
from consents.actions import stop_token  # noqa: E402
from consents.models import Consent  # noqa: E402
from requests_app import pull  # noqa: E402
from requests_app.models import DataRequest, ReceivedFile  # noqa: E402
from tests.requests_world import World, grant, world  # noqa: E402

CONTENT = b"Usage Information\n" + b"2025-10-19,49.600\n" * 400


def one(w: World) -> dict[str, str]:
    """Make one more consent of the member for the same recipient, ask under it, and give it a file."""
    now = timezone.now()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=SERVICE("bench"), subject=w.customer.id, body={})
        consent = grant(w.customer, w.organisation, [w.account], ref=ref, now=now)
    return filed(w, consent, w.ask(consent=str(consent.id)), key=uuid.uuid4().hex)


def filed(w: World, consent: Consent, ask: dict[str, Any], *, key: str) -> dict[str, str]:
    """Ask under a consent and give it a file; under the same key it is one request and one file."""
    now = timezone.now()
    asked = pull.pull(w.application, ask, idempotency_key=key, now=now)
    request = DataRequest.objects.get(id=asked.request.id)  # type: ignore[union-attr]
    there = ReceivedFile.objects.filter(consent=consent).first()
    file = there or _file(w, consent, now)
    return {"path": f"/api/v1/data-requests/{request.id}/files/{file.id}", "stop": f"/stop/{stop_token(consent.id)}/"}


def _file(w: World, consent: Consent, now: datetime) -> ReceivedFile:
    data = CONTENT + consent.id.bytes.hex().encode()
    with transaction.atomic():
        ref = log.append("file.accepted", actor=SERVICE("bench"), subject=w.customer.id, body={})
        return ReceivedFile.objects.create(
            consent=consent,
            account=w.account,
            channel="manual_request",
            name=_sealed_name(w, row := uuid.uuid4()),
            id=row,
            media_type="text/csv",
            bytes=len(data),
            sha256=hashlib.sha256(data).digest(),
            file=vault.seal_file(data, subject=w.customer.id, name="usage.csv"),
            state=ReceivedFile.State.ACCEPTED,
            data_type="usage_daily",
            covers_from=date(2025, 10, 1),
            covers_to=date(2025, 11, 1),
            received_at=now,
            decided_at=now,
            audit_event_id=ref.id,
        )


def _sealed_name(w: World, row: uuid.UUID) -> vault.Sealed:
    place = vault.Place("requests_app_receivedfile", "name", row)
    return vault.seal("usage.csv", subject=w.customer.id, place=place)


def main() -> None:
    """Make them all."""
    installation.declare("rehearsal")
    made = world()
    print(json.dumps({"key": made.key, "consents": [one(made) for _ in range(int(sys.argv[1]))]}))
    log.close_lanes()


if __name__ == "__main__":
    main()
