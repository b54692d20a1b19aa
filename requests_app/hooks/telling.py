"""Which acts are told, and to whom: each in the transaction of the act, under its event (receivers; actions).

A recipient learns of a consent once it came into force, and of its end only then: one that waited for another holder,
or for a look at signs of abuse, and came to nothing, was never any of its business.
"""

from datetime import datetime
from typing import Any

from broker.terms import EventRef
from consents.asking.lifecycle import State as AskState
from consents.asking.models import ConsentAsk
from consents.lifecycle import State
from consents.models import Consent, ConsentEvent, ConsentNotice
from requests_app.hooks.outbox import tell
from requests_app.models import DataRequest, ManualRequest, ReceivedFile

_ON_HOLD = frozenset({State.SUSPENDED, State.PAUSED_DORMANT})
_ENDS = {State.REVOKED: "consent.revoked", State.EXPIRED: "consent.expired"}
_ASKS = {
    AskState.GRANTED: "consent_ask.granted",
    AskState.DECLINED: "consent_ask.declined",
    AskState.EXPIRED: "consent_ask.expired",
    AskState.CANCELLED: "consent_ask.cancelled",
}
_REMINDS = "ends_"  # the notices that say that a consent ends soon


def on_state(*, instance: ConsentEvent, created: bool, **_signal: Any) -> None:
    """Tell of a state that a consent entered, but for its end: that has a signal of its own."""
    state = State(instance.state)
    if not created or state not in _ON_HOLD | {State.ACTIVE}:
        return
    earlier = ConsentEvent.objects.filter(consent=instance.consent_id).exclude(id=instance.id)
    was_in_force = earlier.filter(state=State.ACTIVE).exists()
    type_ = "consent.suspended"
    if state == State.ACTIVE:
        type_ = "consent.resumed" if was_in_force else "consent.granted"
    elif not was_in_force:
        return
    _of_consent(type_, instance.consent, EventRef(instance.audit_event_id), instance.at)


def on_notice(*, instance: ConsentNotice, created: bool, **_signal: Any) -> None:
    """Tell that a consent ends soon, whenever the customer is told so."""
    if created and instance.kind.startswith(_REMINDS):
        _of_consent("consent.expiring", instance.consent, EventRef(instance.audit_event_id), instance.at)


def on_ended(*, consent: Consent, ref: EventRef, now: datetime, by: Consent | None = None, **_signal: Any) -> None:
    """Tell of the end of a consent that was in force, and that data under it can be read no more."""
    if not ConsentEvent.objects.filter(consent=consent, state=State.ACTIVE).exists():
        return
    if consent.state == State.SUPERSEDED:
        _of_consent("consent.amended", consent, ref, now, **({"by": by.id} if by else {}))
    elif consent.state in _ENDS:
        _of_consent(_ENDS[State(consent.state)], consent, ref, now)
    if ReceivedFile.objects.filter(consent=consent, state=ReceivedFile.State.ACCEPTED).exists():
        _of_consent("data.withdrawn", consent, ref, now)


def on_ask_ended(*, ask: ConsentAsk, ref: EventRef, now: datetime, **_signal: Any) -> None:
    """Tell who asked for a consent how that ended: the application, or those of an analyst's organisation."""
    data = {"ask": ask.id, **({"consent": ask.consent_id} if ask.consent_id else {})}
    whose: dict[str, Any] = {"application": ask.application_id}
    if ask.application_id is None:
        whose = {"organisation": ask.organisation_id}
    tell(_ASKS[AskState(ask.state)], data, consent=ask.consent, ref=ref, now=now, **whose)


def request_moved(manual: ManualRequest, *, ref: EventRef, now: datetime) -> None:
    """Tell the application that asked that its request moved on."""
    asked_moved(manual.request, ref=ref, now=now)


def asked_moved(asked: DataRequest, *, ref: EventRef, now: datetime) -> None:
    """Tell the same of a request, whichever way it goes."""
    _of_request("request.state_changed", asked, ref, now)


def data_ready(asked: DataRequest, *, ref: EventRef, now: datetime) -> None:
    """Tell the application that asked that something of it can be read now."""
    _of_request("data.ready", asked, ref, now)


def data_revised(asked: DataRequest, *, ref: EventRef, now: datetime) -> None:
    """Tell the application that asked that a value that it read is another one now, is settled, or is doubted."""
    _of_request("data.revised", asked, ref, now)


def file_destroyed(asked: DataRequest, file: ReceivedFile, *, ref: EventRef, now: datetime) -> None:
    """Tell the application that asked that a file which it may have read is there no more."""
    _of_request("file.destroyed", asked, ref, now, file=file.id)


def _of_consent(type_: str, consent: Consent, ref: EventRef, now: datetime, **more: Any) -> None:
    data = {"consent": consent.id, **more}
    tell(type_, data, organisation=consent.recipient_id, consent=consent, ref=ref, now=now)


def _of_request(type_: str, asked: DataRequest, ref: EventRef, now: datetime, **more: Any) -> None:
    data = {"request": asked.id, **({"consent": asked.consent_id} if asked.consent_id else {}), **more}
    tell(type_, data, application=asked.application_id, consent=asked.consent, ref=ref, now=now)
