"""Whether a document may go to Nectar, or what came of it may be kept: asked anew each time, by the consent of now."""

from datetime import date, datetime

from consents.models import Consent
from requests_app import grants, importing
from requests_app.account_rules import allowed_days
from requests_app.importing import Days, Imported
from requests_app.models import ReceivedFile
from requests_app.reading import read_consent
from requests_app.share import any_day


def refusal(file: ReceivedFile, now: datetime) -> str | None:
    """Give the code of why a document may not go to Nectar at this moment; None while it may.

    Her consent is read anew: it is in force, and names Nectar as one who gets it on the way.
    """
    known = (file.covers_from, file.covers_to) if file.covers_from and file.covers_to else any_day(file.consent)
    return "scope.range" if known is None else _decide(file, known, now)


def against(file: ReceivedFile, imported: Imported, accounts: list[str], now: datetime) -> str | None:
    """Give the code of what stands against readings: another account, or days that she did not share."""
    if not accounts or not all(importing.is_account_of(file, each) for each in accounts):
        return "scope.account"
    if imported.days is None:
        return "file.unreadable"
    return _decide(file, imported.days, now)


def shared_days(consent: Consent) -> list[Days]:
    """Give the days that a consent covers."""
    grant = read_consent(grants.whole(consent.id))
    return list(allowed_days(grant)) if grant else []


def _decide(file: ReceivedFile, days: tuple[date, date], now: datetime) -> str | None:
    decided = grants.decide_file(
        file.consent, file.account, data_types=[file.data_type], days=days, channel="nectar", now=now
    )
    return next(iter(decided.codes), None)
