"""The letters in force that a major version of the template affects: the list for a campaign (reads only)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from consents.lifecycle import LIVE
from consents.loa import versions
from consents.models import Consent, LetterOfAuthorization


@dataclass(frozen=True)
class Affected:
    """A letter to be re-issued: numbers and dates, nobody's name."""

    consent: str
    letter: str
    version: str
    recipient: str
    ends: date


def affected(now: str) -> Iterator[Affected]:
    """Give each letter that goes on and was signed with an older major version than `now`, the first to end first.

    A letter that has a successor already is not asked for again.
    """
    renewed = Consent.objects.filter(state__in=LIVE, supersedes__isnull=False).values("supersedes")
    rows = LetterOfAuthorization.objects.filter(consent__state__in=LIVE).exclude(consent__in=renewed)
    for row in rows.select_related("consent__recipient").order_by("consent__ends", "number"):
        if versions.is_affected(row.template_version, now):
            consent = row.consent
            yield Affected(consent.number, row.number, row.template_version, consent.recipient.legal_name, consent.ends)
