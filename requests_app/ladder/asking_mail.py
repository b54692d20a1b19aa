"""The mail of a follow-up, about one request or several that left together (action's part)."""

from collections.abc import Sequence

from broker.channels import follow_up as channel
from broker.channels.manual_request import Mailing
from requests_app.desk import bundles
from requests_app.desk.mail import item_of, page_of, thread_of
from requests_app.handing_over import checked
from requests_app.ladder import looking
from requests_app.ladder.models import FollowUp
from requests_app.mailing import address_of, destination, profile_for
from requests_app.models import ManualRequest


def written(asks: Sequence[FollowUp]) -> Mailing:
    """Write the mail that asks about these requests of one mail again, under the first one's Message-ID and thread."""
    first = asks[0]
    manual, profile = first.manual, profile_for(first.manual)
    order = channel.FollowUp(
        thread=thread_of(manual),
        to=address_of(profile),
        message_id=first.message_id,
        earlier=_earlier(manual),
        utility_name=profile.name,
        still_open=tuple(channel.Open(item_of(each.manual), each.manual.promised_for) for each in asks),
        letters=tuple(dict.fromkeys(_letter(each.manual) for each in asks)),
        sent_on=manual.sent_at.astimezone(profile.tz).date() if manual.sent_at else None,
        again=all(each.number > 1 for each in asks),
        others=tuple(thread_of(each.manual) for each in asks[1:]),
        page=page_of(manual),
    )
    return checked(channel.follow_up(order, destination=destination(), own_servers=profile.contacts.mail_servers))


def _earlier(manual: ManualRequest) -> tuple[str, ...]:
    """Give the Message-IDs of a request's earlier mails, the one with the letter first, whoever's mails they were."""
    letter = bundles.mail_of(manual)  # its own mail, or another request's that it went with
    asks = FollowUp.objects.select_related("went_with").filter(manual=manual, state__in=looking.ASKED)
    ids = [(each.went_with or each).message_id for each in asks.order_by("number")]
    return (letter.message_id if letter else manual.message_id, *ids)


def _letter(manual: ManualRequest) -> str:
    consent = manual.request.consent
    assert consent is not None
    return consent.letter.number
