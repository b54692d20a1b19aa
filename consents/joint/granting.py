"""What is looked at when a consent is signed, inside the transaction of the signature (actions)."""

from datetime import datetime
from typing import Any

from consents.joint import counting, members, objecting, provers
from consents.joint.signs import place_of
from consents.models import Consent
from consents.rules import Answers


def on_granted(*, consent: Consent, answers: Answers, signer: str, address: str, now: datetime, **_signal: Any) -> None:
    """Record the second holder, hold what an objection or another proof reaches, and what shows signs of abuse."""
    member = None
    for account in consent.accounts.order_by("created_at", "id"):
        # One for each consent, whichever of its accounts has a second holder.
        member = member or members.record(consent, account, line=answers.name_as_billed, signer=signer, now=now)
        objecting.reach_new(consent, account, now=now)
        provers.reach_new(consent, account, now=now)
    counting.look(consent, place=place_of(address), helper=answers.helper if answers.helped else "", now=now)
