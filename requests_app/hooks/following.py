"""Whether a message may still be sent: an end of what it tells of, or of who would get it, makes it moot (rules)."""

from datetime import datetime

from consents.lifecycle import ENDED
from requests_app.hooks import events
from requests_app.hooks.models import Delivery


def no_longer(delivery: Delivery, now: datetime) -> str:
    """Say why a message is not sent any more, as the rows are now; empty where it may be sent.

    `endpoint_disabled`, `application_ended` (its key was revoked or is over), `consent_ended`: what came before the end
    of a consent is moot after it, and only the end itself and the withdrawal of its data are told.
    """
    if delivery.endpoint.disabled_at is not None:
        return "endpoint_disabled"
    application = delivery.endpoint.application
    if application.revoked_at is not None or application.expires_at <= now:
        return "application_ended"
    if events.TYPES[delivery.type].moot and delivery.consent is not None and delivery.consent.state in ENDED:
        return "consent_ended"
    return ""
