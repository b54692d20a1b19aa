"""She finds no download button: her co-op is asked by letter instead, for the recipient of her permission (action)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from broker import vault
from broker.audit import log
from broker.db import installation
from broker.parties.models import Application
from broker.terms import Actor, Refusal
from consents.actions import central_today
from consents.models import Consent
from requests_app import pull, share
from requests_app.alerts import tell_staff
from requests_app.models import DataRequest, ManualRequest
from requests_app.upload.models import LetterAsk

KINDS = {
    "bills": frozenset({"bill"}),
    "usage": frozenset({"usage_monthly", "usage_daily", "usage_hourly", "usage_15min"}),
}


@dataclass(frozen=True)
class Asked:
    """What became of it: the number of the request, or none where a person has to see to it."""

    number: str


def wanted(consent: Consent, kind: str) -> list[str]:
    """Give the data types of this kind that she ticked; nothing where she ticked none."""
    return [each for each in consent.data_types if each in KINDS[kind]]


def ask(consent: Consent, kind: str, *, actor: Actor, now: datetime) -> Asked | Refusal:
    """Ask the co-op by letter for what she ticked of this kind, within her permission; once a day at most.

    The 17 rules decide as for an ask of the recipient's own; what the recipient wrote into its keys, their scopes and
    its calls changes nothing. Where the recipient has no program that could get the answer, a person is told and the
    number is empty.
    """
    data_types, days = wanted(consent, kind), share.any_day(consent)
    if not data_types:
        return Refusal("scope.data_type")
    if days is None:
        return Refusal("scope.range")
    row = _claimed(consent, kind, data_types, actor=actor, now=now)
    if row is None:
        return Asked("")
    if row.request is not None:
        return _answer(row.request)
    body = {
        "consent": str(consent.id),
        "utility": consent.utility,
        "accounts": _numbers(consent, actor),
        "data_types": data_types,
        "from": days[0].isoformat(),
        "to": days[1].isoformat(),
        "purpose": consent.purpose,
        "channel": "manual_request",
    }
    answer = pull.pull(row.application, body, idempotency_key=str(row.id), now=now, actor=actor, hers=True)
    if isinstance(answer, Refusal):
        return answer
    LetterAsk.objects.filter(id=row.id).update(request=answer.request)
    return _answer(answer.request)


def _claimed(consent: Consent, kind: str, data_types: list[str], *, actor: Actor, now: datetime) -> LetterAsk | None:
    """Give the row of today's letter, made by the first click of the day; None where a person was told instead."""
    today = LetterAsk.objects.select_related("application", "request")
    today = today.filter(consent=consent, kind=kind, day=central_today(now))
    if (row := today.first()) is not None:
        return row
    application = _application(consent, now)
    try:
        with transaction.atomic():
            row = None
            if application is not None:  # before the entry: of several clicks at once the slower ones write nothing
                row = LetterAsk.objects.create(
                    consent=consent, kind=kind, day=central_today(now), application=application
                )
            log.append(
                "share.by_letter",
                actor=actor,
                subject=consent.customer_id,
                obj="share",
                purpose="own_data",
                body={"consent": consent.id, "data_types": data_types},
            )
            if row is None:
                tell_staff(
                    "A customer asks for a letter to the co-op",
                    f"She found no download under {consent.number}, and the recipient has no application.",
                    key=f"by-letter:{consent.id}:{kind}",
                )
            return row
    except IntegrityError:
        return today.get()


def _answer(request: DataRequest) -> Asked | Refusal:
    order = request.decisions.filter(step="order").order_by("decided_at")[0]
    if order.outcome != "route":
        return Refusal(order.codes[0])
    return Asked(ManualRequest.objects.get(request=request).number)


def _application(consent: Consent, now: datetime) -> Application | None:
    """Give the recipient's newest program in force that fits this installation, in whose name it is asked."""
    mode = Application.Mode.TEST if installation.mode() == "rehearsal" else Application.Mode.LIVE
    rows = Application.objects.filter(organisation=consent.recipient, mode=mode, revoked_at=None, expires_at__gt=now)
    return rows.order_by("-created_at").first()


def _numbers(consent: Consent, actor: Actor) -> list[str]:
    accounts = list(consent.accounts.order_by("created_at", "id"))
    ref = log.append_read(
        "account.read",
        actor=actor,
        subject=consent.customer_id,
        purpose="own_data",
        obj="account",
        body={"fields": ["number"], "why": "a letter to the co-op"},
        cnt=len(accounts),
    )
    return vault.open_all([each.number for each in accounts], under=ref)
