"""Which timestamp is good enough for a letter: by an authority that we trust, and of about now.

Checked before it is put into a file, so that a bad authority is passed over for the next one in the list.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from asn1crypto import tsp
from django.conf import settings
from django.utils import timezone
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus

from broker.transport.timestamp import Accept, stamper
from consents.loa.judgement import Trust

LARGEST_DIFFERENCE = timedelta(minutes=5)  # between the authority's clock and ours
WRONG_TIME, NOT_TRUSTED = "wrong time", "not trusted"


def our_stamper(believed: Trust) -> TimeStamper:
    """Give the stamper over this installation's authorities (TIMESTAMP_URLS), in their order."""
    return stamper(settings.TIMESTAMP_URLS, accept=accepts(believed, timezone.now))


def accepts(believed: Trust, clock: Callable[[], datetime]) -> Accept:
    """Give the check of an answer: what is wrong with it in a word, or nothing."""

    async def check(answer: tsp.TimeStampResp) -> str:
        now = clock()
        signed = answer["time_stamp_token"]["content"]
        info = signed["encap_content_info"]["content"].parsed
        if abs(info["gen_time"].native - now) > LARGEST_DIFFERENCE:
            return WRONG_TIME
        digest = info["message_imprint"]["hashed_message"].native
        try:
            found = await validate_tst_signed_data(signed, believed.for_stamps(now), lambda _algorithm: digest)
        except Exception:  # noqa: BLE001 - whatever a strange token provokes means: not trusted
            return NOT_TRUSTED
        status = TimestampSignatureStatus(**found)
        return "" if status.intact and status.valid and status.trusted else NOT_TRUSTED

    return check
