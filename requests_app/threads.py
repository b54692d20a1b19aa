"""On which of our threads a mail came: one request, or a mail of ours that held several of them (look-ups).

The number of another request is a conflict, but not where both went out in one mail of ours: then the answer belongs to
that mail, and a person says which of its requests it is about. Of a mail that held several customers' requests a person
always says so, whatever it names.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from consents.models import Consent
from consents.renewal import successor
from requests_app import grants, matching
from requests_app.decision import PASSING_STATES
from requests_app.desk import bundles
from requests_app.lifecycle import ANSWERABLE
from requests_app.models import ManualRequest, Message


class Thread(NamedTuple):
    """The request whose mail is answered; None: no request, or ones that no mail of ours held together."""

    manual: ManualRequest | None = None
    together: tuple[ManualRequest, ...] = ()  # the requests of that mail, where the answer does not say which

    @property
    def one_of_each(self) -> tuple[ManualRequest, ...]:
        """Where that mail held several customers' requests, the first one of each customer; else nothing."""
        firsts = {each.request.customer_id: each for each in reversed(self.together)}
        return tuple(reversed(firsts.values())) if len(firsts) > 1 else ()

    def is_answerable(self, now: datetime) -> bool:
        """Say whether an answer may still be taken, to any of them.

        What answers several customers lies sealed in the holding pen under no one's key. There a person finds it as
        long as a permission of any of them is in force, even where the request is over: the answer is not lost.
        """
        if any(_is_answerable(each) for each in self.together or (self.manual,)):
            return True
        return any(permission(each, now) is not None for each in self.one_of_each)


NONE = Thread()


def find(tokens: Sequence[str], read: Mapping[str, Any]) -> Thread:
    """Find the thread by the tokens of a mail and the numbers that it names: hints, which anybody may forge."""
    rows = ManualRequest.objects.select_related("request__consent")
    found = list(rows.filter(thread_token__in=tokens).order_by("created_at", "id")[: bundles.MOST + 1])
    if not found:
        return NONE
    together = bundles.all_in(found[0])
    if bundles.is_shared(together) and (later := _about_a_later_mail(together, read)) is not None:
        return Thread(later)
    ours, named = {each.number.upper() for each in together}, set(matching.numbers_in(read))
    if {each.number.upper() for each in found} - ours or rows.filter(number__in=named - ours).exists():
        return NONE
    names_one = len(found) == 1 and named & ours == {found[0].number.upper()}
    if len(together) == 1 or (names_one and not bundles.is_shared(together)):
        return Thread(found[0])
    carrier = bundles.carrier_of(found[0])
    first = next((each for each in together if each.id == carrier), found[0])
    return Thread(first, tuple(together))


def permission(manual: ManualRequest, now: datetime) -> Consent | None:
    """Give the consent in force under which an answer to a request may be read: its own, or what took its place."""
    consent = manual.request.consent
    while consent is not None and (newer := successor(consent)) is not None:
        consent = newer
    return consent if consent is not None and grants.not_in_force(consent, now) is None else None


def _about_a_later_mail(together: Sequence[ManualRequest], read: Mapping[str, Any]) -> ManualRequest | None:
    """Give whose later mail of ours a report of delivery is about: those name one customer alone, and so does it."""
    report = read.get("report") or {}
    if report.get("kind") != "delivery":
        return None
    named = report.get("original") or next(iter(read["refers_to"]), "")
    rows = Message.objects.filter(direction="out", message_id=named, manual__in=[each.id for each in together])
    later = rows.exclude(kind="request").first()
    return next((each for each in together if later is not None and each.id == later.manual_id), None)


def _is_answerable(manual: ManualRequest | None) -> bool:
    consent = manual.request.consent if manual else None
    return bool(manual and manual.state in ANSWERABLE and consent and consent.state in PASSING_STATES)
