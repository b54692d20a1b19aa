"""What is looked at when a consent is signed, inside the transaction of the signature (actions)."""

from datetime import datetime
from typing import Any

from consents.joint import counting, members, objecting
from consents.models import Consent
from consents.rules import Answers

HELPER, PLACE = "helper", "place"  # answers that the ceremony may have kept


def on_granted(*, consent: Consent, answers: Answers, signer: str, now: datetime, **_signal: Any) -> None:
    """Record the second holder, hold what an objection reaches, and hold what shows signs of abuse."""
    account = consent.accounts.get()
    members.record(consent, account, line=answers.name_as_billed, signer=signer, extra=dict(answers.extra), now=now)
    objecting.reach_new(consent, account, now=now)
    extra = answers.extra
    counting.look(consent, place=extra.get(PLACE, ""), helper=extra.get(HELPER, ""), now=now)
