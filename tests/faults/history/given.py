"""Consents that were granted in play get a file that can be read; run as a program under the application's login.

Arguments: the consents. Prints as JSON, of each that is in force now, where its file is read and where it is stopped.
No timestamp authority is played, so no letter is sealed: the consents are brought into force without. It may be run
again after whatever cut it off. Without arguments: the session of an analyst of the one recipient.
"""

import json
import sys
import uuid

from django.db import transaction
from django.utils import timezone

from bench import revoke_world  # sets Django up
from broker import vault
from broker.audit import log
from broker.parties.models import Application, Organisation
from broker.terms import SERVICE, Actor
from consents.actions import move
from consents.identity.levels import confirm_by_utility
from consents.lifecycle import State
from consents.models import Consent
from tests.faults.history.playing import asked_for
from tests.recipients_world import analyst, browser_of
from tests.requests_world import World

CLERK = SERVICE("rehearsal")


def main() -> None:
    """Print it."""
    ids = [uuid.UUID(each) for each in sys.argv[1:]]
    if ids:
        given = Consent.objects.filter(id__in=ids, state__in=[State.SIGNED, State.ACTIVE])
        print(json.dumps({str(row.id): _file(row) for row in given if _is_in_force(row)}))
    else:
        print(browser_of(analyst(Organisation.objects.get())).cookies["sessionid"].value)
    log.close_lanes()


def _is_in_force(consent: Consent) -> bool:
    if consent.state == State.ACTIVE:
        return True
    with transaction.atomic():
        ref = log.append("letter.sealed", actor=CLERK, subject=consent.customer_id, body={})
        return move(consent, State.ACTIVE, ref=ref, now=timezone.now())


def _file(consent: Consent) -> dict[str, str]:
    """Have the clerk confirm who signed, ask for data under it and file it: each of them once."""
    confirm_by_utility(consent, how="clerk_button", actor=CLERK, now=timezone.now())
    consent.refresh_from_db()
    account = consent.accounts.get()
    staff = Actor("s", uuid.UUID(int=7), role="staff")
    ref = log.append_read(
        "parties.read", actor=staff, subject=consent.customer_id, purpose="support", obj="consent", body={}
    )
    number = vault.open(account.number, under=ref)
    application = Application.objects.get()
    w = World(consent.recipient, application, "", consent.customer, account, consent)
    ask = w.ask(consent=str(consent.id), accounts=[number])
    return revoke_world.filed(w, consent, ask, key=asked_for(str(consent.id)))


if __name__ == "__main__":
    main()
