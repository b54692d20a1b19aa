"""The rounds to our own mailbox, where answers wait to be fetched: the same door as the listener's (action).

One job a day goes round again and again until its day is over; a mail that both ways bring is one mail.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.jobs import standing
from broker.transport import imap
from requests_app.alerts import tell_staff
from requests_app.receive import receive

POLL = timedelta(minutes=2)
AGAIN = timedelta(seconds=1)
DAY = timedelta(days=1)
MAIL_POLL = "mail.poll"
DAILY = standing.daily(MAIL_POLL)


@jobs.handler(MAIL_POLL)
def poll_job(job: jobs.JobView) -> None:
    """Fetch what waits, then go round again until the day is over; without a mailbox there is nothing to do."""
    if not imap.is_configured():
        return
    over = timezone.now() >= job.created_at + DAY  # the next day's job goes on
    try:
        done = imap.fetch(_take)
    except imap.MailboxDown:
        if over:
            return
        raise jobs.RetryLater("mail.mailbox_down", POLL) from None
    if done.too_large:
        what, detail = "A mail in our mailbox is too large", "It was left there, marked, for a person to look at."
        with transaction.atomic():
            tell_staff(what, detail, key=f"large:{timezone.now():%Y-%m-%d-%H}")
    if done.left or not over:
        raise jobs.RetryLater("mail.next_round", AGAIN if done.left else POLL)


def _take(raw: bytes) -> None:
    """Take one mail; the envelope is not known here, so that the addresses in the mail are the only hints."""
    receive(raw, envelope_from="", envelope_to=[], now=timezone.now())
