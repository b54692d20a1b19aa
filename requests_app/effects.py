"""What the end of a consent does to requests, and how far it got (actions)."""

from datetime import datetime
from typing import Any

from broker import jobs
from broker.channels import manual_request
from broker.terms import EventRef
from consents.effects import Target
from consents.models import Consent
from consents.stopping.lifecycle import Kind, Reached
from requests_app.hooks import by_her
from requests_app.lifecycle import NOT_OUT, ManualState, WithdrawalState, may_have_left
from requests_app.models import ManualRequest, Release
from requests_app.moves import move
from requests_app.nectar import forgetting as nectar


def on_consent_ended(*, consent: Consent, ref: EventRef, now: datetime, **_signal: Any) -> None:
    """Stop what is queued and call back what was sent, in the transaction that ends the consent.

    Each row is locked first: a letter is either not begun and never will be, or it is begun and is taken back.
    """
    open_requests = ManualRequest.objects.select_for_update(of=("self",)).filter(request__consent=consent)
    for manual in open_requests.exclude(state=ManualState.WITHDRAWN):
        if manual.state in NOT_OUT:
            jobs.cancel_for(manual.id, kind="manual.send")
        _end(manual, ref)
    nectar.on_consent_ended(consent, ref=ref, now=now)
    by_her.ended(consent, ref=ref, now=now)


def _end(manual: ManualRequest, ref: EventRef) -> None:
    """End a request; its letter is called back where it may have left us."""
    if not may_have_left(ManualState(manual.state), manual.sent_at):
        move(manual, ManualState.WITHDRAWN, ref=ref)
        return
    # Also where we do not know whether it was sent: to call back too much does no harm.
    reserved = manual_request.message_id(manual.thread_token)
    if move(manual, ManualState.WITHDRAWN, ref=ref, withdrawal=WithdrawalState.QUEUED, withdrawal_id=reserved):
        jobs.enqueue("manual.withdraw", manual.id, key=f"manual.withdraw:{manual.id}")


def provider(consent: Consent) -> list[Target]:
    """List what the end of this consent reaches, and how far that got."""
    manual = ManualRequest.objects.filter(request__consent=consent).order_by("created_at")
    targets = [_request(each) for each in manual]
    targets += nectar.provider(consent)
    read = Release.objects.filter(consent=consent).values("file").distinct().count()
    if read:
        targets.append(Target(Kind.EXPORTS, consent.id, Reached.CANNOT_UNDO, "handed_over", count=read))
    return targets


def _request(manual: ManualRequest) -> Target:
    state, code = Reached.WAITING, "withdrawing"
    if manual.state == ManualState.WITHDRAWN and manual.withdrawal == "":
        return Target(Kind.JOBS, manual.id, Reached.DONE, "not_sent", manual.number, 1)
    if manual.withdrawal == WithdrawalState.SENT:
        state, code = Reached.DONE, "withdrawn"
    elif manual.withdrawal == WithdrawalState.REFUSED:
        code = "refused"
    return Target(Kind.UTILITY_REQUEST, manual.id, state, code, manual.number, 1)
