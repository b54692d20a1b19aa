"""She finds no download button: her co-op is asked by letter instead, for the recipient of her permission (action)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from broker import vault
from broker.audit import log
from broker.db import installation
from broker.parties.models import Application
from broker.terms import Actor, Refusal
from consents.actions import central_today
from consents.models import Consent
from requests_app import pull, share
from requests_app.alerts import tell_staff
from requests_app.models import ManualRequest

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

    The 17 rules decide as for an ask of the recipient's own. Where the recipient has no program that could get the
    answer, a person is told.
    """
    data_types, days = wanted(consent, kind), share.any_day(consent)
    if not data_types:
        return Refusal("scope.data_type")
    if days is None:
        return Refusal("scope.range")
    application = _application(consent, now)
    with transaction.atomic():
        log.append(
            "share.by_letter",
            actor=actor,
            subject=consent.customer_id,
            obj="share",
            purpose="own_data",
            body={"consent": consent.id, "data_types": data_types},
        )
        if application is None:
            tell_staff(
                "A customer asks for a letter to the co-op",
                f"She found no download under {consent.number}, and the recipient has no application.",
                key=f"by-letter:{consent.id}:{kind}",
            )
    if application is None:
        return Asked("")
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
    key = f"by-letter:{consent.id}:{kind}:{central_today(now)}"  # a second click on the same day asks nothing new
    answer = pull.pull(application, body, idempotency_key=key, now=now, actor=actor)
    if isinstance(answer, Refusal):
        return answer
    if answer.decision.outcome != "route":
        return Refusal(answer.decision.codes[0])
    return Asked(ManualRequest.objects.get(request=answer.request).number)


def _application(consent: Consent, now: datetime) -> Application | None:
    """Give the recipient's newest program that fits this installation: what comes is released to it alone."""
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
