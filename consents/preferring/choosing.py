"""A customer says by which way her data should come (actions). A way that an application names still counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from broker import publishing
from broker.audit import log
from broker.terms import Actor, Refusal
from consents.lifecycle import LIVE
from consents.models import Consent
from consents.preferring.models import ChannelPreference


def offered(consent: Consent) -> list[str]:
    """Give the ways that she may put first: those of the profile, and none through a company that she did not name."""
    profile = publishing.offer(consent.utility)
    if profile is None:
        return []
    ways = [profile.channels[name] for name in profile.may_prefer]
    return [each.name for each in ways if each.onward_recipient in (None, *consent.onward_recipients)]


def of(consent: Consent) -> list[str]:
    """Give the ways that come first for a consent: her newest choice, else what was signed."""
    return counting(consent, _newest(consent.id).first())


def newest() -> Subquery:
    """Give what a query of consents asks to know her newest choice of each; null where she made none."""
    return Subquery(_newest(OuterRef("pk"))[:1])


def counting(consent: Consent, chosen: Sequence[str] | None) -> list[str]:
    """Give the ways that come first where her newest choice is this (None: she made none)."""
    return list(consent.prefers if chosen is None else chosen)


def _newest(consent: Any) -> QuerySet[ChannelPreference, list[str]]:
    rows = ChannelPreference.objects.filter(consent=consent).order_by("-number")
    return rows.values_list("channels", flat=True)


def prefer(
    consent: Consent, channels: Sequence[str], *, actor: Actor, now: datetime
) -> ChannelPreference | Refusal | None:
    """Record her choice; None where it is the one that counts already.

    Refused: `consent.absent` where it is not hers, `state.conflict` once the consent has ended,
    `channel.not_available` for a way that she cannot choose.
    """
    if (actor.kind, actor.id) != ("c", consent.customer_id):
        return Refusal("consent.absent")
    with transaction.atomic():
        # The row of the consent is the turn in which choices are taken, one after the other.
        row = Consent.objects.select_for_update(of=("self",)).get(id=consent.id)
        if row.state not in LIVE:
            return Refusal("state.conflict")
        if len(set(channels)) != len(channels) or not set(channels) <= set(offered(row)):
            return Refusal("channel.not_available")
        before = of(row)
        if before == list(channels):
            return None
        number = row.channel_preferences.count() + 1
        body = {"consent": row.id, "number": number, "channels": list(channels), "before": before}
        ref = log.append("consent.preferred", actor=actor, subject=row.customer_id, obj="consent", body=body)
        return ChannelPreference.objects.create(
            consent=row, number=number, channels=list(channels), at=now, audit_event_id=ref.id
        )
