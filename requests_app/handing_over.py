"""How each mail of a request leaves us: looked at by the gate, handed over once, and one thing follows (actions)."""

from collections.abc import Callable

from broker import jobs
from broker.channels.manual_request import Mailing, ManualRequestChannel
from broker.inlets import outbound
from broker.inlets.outbound import OutboundRefused, demand_clean
from broker.transport import Delivery, DeliveryUnknown, PermanentRefusal, TemporaryRefusal
from requests_app.mailing import pause


def checked(mailing: Mailing) -> Mailing:
    """Let no mail of ours ask for a portal login or carry one, in its words or in a letter: raises `OutboundRefused`,
    with its incident.

    Raises `RetryLater` where the engine broke or a letter cannot be read, which is in the log: the mail stays here, and
    is looked at again.
    """
    with outbound.or_later(pause(0)):
        try:
            demand_clean(mailing.message, mailing.own)
        except OutboundRefused as error:
            outbound.record(error.finding, part="mail of a request", inlet="outbound_email")
            raise
    return mailing


def hand_over(
    mailing: Mailing,
    job: jobs.JobView,
    *,
    sent: Callable[[Delivery], None],
    unknown: Callable[[DeliveryUnknown], None],
    refused: Callable[[PermanentRefusal], None],
    back: Callable[[Exception], None],
) -> None:
    """Hand a mail over and let exactly one of these follow; `back` where nothing left us, so that to try again is safe.

    Raises `RetryLater` after a temporary refusal, and whatever else kept the mail here. Scenario S66.
    """
    try:
        delivery = ManualRequestChannel().hand_over(checked(mailing))
    except DeliveryUnknown as error:
        unknown(error)
    except PermanentRefusal as error:
        refused(error)
    except Exception as error:
        # Every other failure happens before the content leaves.
        back(error)
        if isinstance(error, TemporaryRefusal):
            raise jobs.RetryLater("mail.temporary", pause(job.waits)) from None
        raise
    else:
        sent(delivery)
