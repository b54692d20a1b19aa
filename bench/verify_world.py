"""What `./run bench verify` works on: one real sealed letter in force, printed as JSON; run as a program.

Argument: a folder for the roots. It runs under the settings and the database of the environment.
"""

import hashlib
import json
import sys
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402
from django.test import override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from broker import vault  # noqa: E402
from broker.audit import log  # noqa: E402
from broker.db import installation  # noqa: E402
from broker.terms import SERVICE  # noqa: E402
from consents.actions import central_today, move  # noqa: E402
from consents.lifecycle import State  # noqa: E402
from consents.loa.letter import AccountLine, Party, new_verification_code  # noqa: E402
from consents.loa.render import render_letter  # noqa: E402
from consents.models import Consent, ConsentAccount, LetterFile, LetterOfAuthorization  # noqa: E402
from tests import loa_samples  # noqa: E402
from tests.loa_desk import open_desk  # noqa: E402
from tests.requests_world import ACCOUNT, World, world  # noqa: E402

NAME, ADDRESS, NUMBER = "Pat Member", "2 Example Road", "LOA-2026-00000042"
TYPES = ["bill", "usage_daily"]
PAST = (date(2025, 1, 1), date(2026, 7, 1))


def make(folder: Path) -> dict[str, str]:
    """Make the letter and everything around it; give its code."""
    w, today, code = world(), central_today(timezone.now()) - timedelta(days=1), new_verification_code()
    term = (today, today + timedelta(days=180))
    stated = loa_samples.facts(
        number=NUMBER,
        verification_code=code,
        customer_name=NAME,
        accounts=(AccountLine(ACCOUNT, ADDRESS),),
        recipient=Party(w.organisation.legal_name, "1 Example Street", "inbox@acme.example"),
        data_types=tuple(TYPES),
        history_from=PAST[0],
        history_to=PAST[1],
        forward_until=None,
        starts=term[0],
        ends=term[1],
    )
    shown = render_letter(stated, rehearsal=True).pdf
    with open_desk(folder) as desk, override_settings(ALLOWED_EGRESS=[desk.place]):
        sealed = desk.seal(shown, NAME)
    _record(w, shown, sealed, term, code)
    return {"code": code, "digits": ACCOUNT[-4:]}


def _record(w: World, shown: bytes, sealed: bytes, term: tuple[date, date], code: str) -> None:
    now, letter_id, subject = timezone.now(), uuid.uuid4(), w.customer.id
    with transaction.atomic():
        ref = log.append("consent.granted", actor=SERVICE("bench"), subject=subject, body={})
        consent = Consent.objects.create(
            number="OB-2026-900001",
            customer=w.customer,
            recipient=w.organisation,
            utility="obec",
            data_types=TYPES,
            purpose="rate_comparison",
            history_from=PAST[0],
            history_to=PAST[1],
            starts=term[0],
            ends=term[1],
            state="signed",
            assurance="L1",
            text_version="bench",
            text_sha256=hashlib.sha256(shown).digest(),
            signed_at=now,
            stop_token_hash=uuid.uuid4().bytes * 2,
            granted_event=ref.id,
            audit_event_id=ref.id,
        )
        ConsentAccount.objects.create(consent=consent, account=w.account, audit_event_id=ref.id)
        place = vault.Place("consents_letterofauthorization", "signer_name", letter_id)
        letter = LetterOfAuthorization.objects.create(
            id=letter_id,
            consent=consent,
            number=NUMBER,
            verification_code=code,
            template_version="bench",
            signer_name=vault.seal(NAME, subject=subject, place=place),
            signed_at=now,
            audit_event_id=ref.id,
        )
        for kind, data in (("presented", shown), ("delivered", sealed)):
            _file(letter, kind, data, subject, ref)
        assert move(consent, State.ACTIVE, ref=ref, now=now)


def _file(letter: LetterOfAuthorization, kind: str, data: bytes, subject: uuid.UUID, ref: Any) -> None:
    LetterFile.objects.create(
        letter=letter,
        kind=kind,
        sha256=hashlib.sha256(data).digest(),
        bytes=len(data),
        file=vault.seal_file(data, subject=subject, name="letter.pdf", retention=vault.EVIDENCE),
        made_at=timezone.now(),
        audit_event_id=ref.id,
    )


if __name__ == "__main__":
    installation.declare("rehearsal")
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    print(json.dumps(make(Path(sys.argv[1]))))
    log.close_lanes()
