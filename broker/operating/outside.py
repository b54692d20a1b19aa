"""What the doctor asks of others when it is told to: the timestamp authorities, and the resolver (action).

Nothing but a random number and the names of our own domain leaves.
"""

import secrets
from datetime import UTC, datetime, timedelta

from asn1crypto import tsp
from django.conf import settings

from broker.operating.dns_rules import Record
from broker.operating.rules import Stamped
from broker.transport import TransportError, names, timestamp


def stamps() -> list[Stamped]:
    """Have each authority stamp a random number; what each said, and how far its clock is from ours."""
    return [_stamp(number, url) for number, url in enumerate(settings.TIMESTAMP_URLS, start=1)]


def records() -> list[Record] | None:
    """Look up what the DNS says of the sending domain; None where no resolver is set. Raises `TransportError`."""
    if not settings.DNS_RESOLVER:
        return None
    domain = settings.MAIL_DOMAIN
    keys = [f"{selector}._domainkey.{domain}" for selector in settings.DKIM_SELECTORS]
    return names.texts(settings.DNS_RESOLVER, [domain, f"_dmarc.{domain}", *keys])


def _stamp(number: int, url: str) -> Stamped:
    before = datetime.now(UTC)
    try:
        answer = tsp.TimeStampResp.load(timestamp.respond([url], secrets.token_bytes(32)))
        info = answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        at: datetime = info["gen_time"].native
    except (TransportError, OSError, ValueError) as error:
        return Stamped(number, None, str(error).removeprefix("authority 1: ") or type(error).__name__)
    after = datetime.now(UTC)
    # Its word may have no fractions of a second: what lies between question and answer is no difference.
    low, high = before.replace(microsecond=0) - timedelta(seconds=1), after
    return Stamped(number, at - high if at > high else at - low if at < low else timedelta(0), "")
