"""What the end of a consent does to requests, and how far it got (actions)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from broker import jobs
from broker.channels import manual_request
from broker.terms import EventRef
from consents.effects import Target
from consents.models import Consent
from requests_app.lifecycle import ManualState, NectarState, WithdrawalState
from requests_app.models import ManualRequest, NectarPull, Release
from requests_app.moves import move

UNSENT = (ManualState.QUEUED, ManualState.NOT_DELIVERED)
DONE, WAITING, CANNOT_UNDO = "done", "waiting", "cannot_undo"


def on_consent_ended(*, consent: Consent, ref: EventRef, now: datetime, **_signal: Any) -> None:
    """Stop what is queued and call back what was sent, in the transaction that ends the consent."""
    for manual in ManualRequest.objects.filter(request__consent=consent).exclude(state=ManualState.WITHDRAWN):
        if manual.state in UNSENT:
            jobs.cancel_for(manual.id, kind="manual.send")
            move(manual, ManualState.WITHDRAWN, ref=ref)
            continue
        # Also where we do not know whether it was sent: to call back too much does no harm.
        reserved = manual_request.message_id(manual.thread_token)
        if move(manual, ManualState.WITHDRAWN, ref=ref, withdrawal=WithdrawalState.QUEUED, withdrawal_id=reserved):
            jobs.enqueue("manual.withdraw", manual.id, key=f"manual.withdraw:{manual.id}")
    for pull in NectarPull.objects.filter(file__consent=consent, state=NectarState.QUEUED):
        jobs.cancel_for(pull.id, kind="nectar.upload")
        NectarPull.objects.filter(id=pull.id, state=NectarState.QUEUED).update(
            state=NectarState.CANCELLED, code="consent.revoked", updated_at=now, audit_event_id=ref.id
        )


def provider(consent: Consent) -> list[Target]:
    """List what the end of this consent reaches, and how far that got."""
    manual = ManualRequest.objects.filter(request__consent=consent).order_by("created_at")
    targets = [Target(_("Request %(number)s to your co-op") % {"number": each.number}, _state(each)) for each in manual]
    targets += [
        Target(_("A bill that was sent to Nectar"), DONE if each.state == NectarState.CANCELLED else CANNOT_UNDO)
        for each in NectarPull.objects.filter(file__consent=consent)
    ]
    read = Release.objects.filter(consent=consent).values("file").distinct().count()
    if read:
        text = ngettext("%(count)d file that was already read", "%(count)d files that were already read", read)
        targets.append(Target(text % {"count": read}, CANNOT_UNDO))
    return targets


def _state(manual: ManualRequest) -> str:
    if manual.state != ManualState.WITHDRAWN:
        return WAITING
    if manual.withdrawal in ("", WithdrawalState.SENT):
        return DONE
    return CANNOT_UNDO if manual.withdrawal == WithdrawalState.REFUSED else WAITING
