"""The gate for what we send: nothing that leaves asks for a login or carries one, and there is no override."""

import re
from collections.abc import Mapping

from django.db import transaction

from broker.credentials import Finding
from broker.inlets import incidents
from broker.inlets.exempt import MAILS, OWN_NUMBERS
from broker.inlets.models import Refused
from broker.inlets.sending import Sender
from broker.looking import look
from broker.terms import SERVICE

SENDER = SERVICE("gate-outbound")
_NUMBERS = re.compile(OWN_NUMBERS)


class OutboundRefused(Exception):
    """A text of ours carries a portal login or asks for one; it does not leave, and there is no override."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.rule)
        self.finding = finding


def check(text: str) -> Finding | None:
    """Scan a text before it leaves, but for our own numbers in it; give the finding."""
    return look(_NUMBERS.sub("R-1", text), "outbound_email")


def demand_clean(*texts: str) -> None:
    """Raise `OutboundRefused` for the first text that may not leave."""
    for text in texts:
        finding = check(text)
        if finding is not None:
            raise OutboundRefused(finding)


def hold(template: str, text: str, context: Mapping[str, object]) -> str | None:
    """Look at a mail before it is written; give the rule that refuses it, with its entry in the log.

    The code or link that a mail of ours is about is taken out first, by the reviewed list (`exempt.MAILS`).
    """
    own = str(context.get(MAILS.get(template, ""), ""))
    finding = check(text.replace(own, "") if own else text)
    if finding is None:
        return None
    record(finding, part=f"mail {template}", inlet="outbound_email")
    return finding.rule


def keep_back(text: str, *, part: str, inlet: str) -> bool:
    """Say whether a text of ours may not leave by this door, with its entry in the log."""
    finding = look(_NUMBERS.sub("R-1", text), inlet)
    if finding is not None:
        record(finding, part=part, inlet=inlet)
    return finding is not None


def unchecked(inlet: str) -> None:
    """Log that something of ours could not be checked, and stays here."""
    incidents.unchecked(sender=Sender(SENDER), inlet=inlet)


def record(finding: Finding, *, part: str, inlet: str) -> Refused:
    """Log that something of ours did not leave; whatever put it there, an officer asks."""
    with transaction.atomic():
        return incidents.record(finding, part=part, sender=Sender(SENDER), inlet=inlet)
