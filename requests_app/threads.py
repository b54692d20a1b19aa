"""On which of our threads a mail came: one request, or a mail of ours that held several of them (look-ups).

The number of another request is a conflict, but not where both went out in one mail of ours: then the answer belongs to
that mail, and a person says which of its requests it is about.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from requests_app import matching
from requests_app.decision import PASSING_STATES
from requests_app.desk import bundles
from requests_app.lifecycle import ANSWERABLE
from requests_app.models import ManualRequest


class Thread(NamedTuple):
    """The request whose mail is answered; None: no request, or ones that no mail of ours held together."""

    manual: ManualRequest | None = None
    together: tuple[ManualRequest, ...] = ()  # the requests of that mail, where the answer does not say which

    @property
    def is_answerable(self) -> bool:
        """Say whether an answer may still be taken, to any of them."""
        return any(_is_answerable(each) for each in self.together or (self.manual,))


NONE = Thread()


def find(tokens: Sequence[str], read: Mapping[str, Any]) -> Thread:
    """Find the thread by the tokens of a mail and the numbers that it names: hints, which anybody may forge."""
    rows = ManualRequest.objects.select_related("request__consent")
    found = list(rows.filter(thread_token__in=tokens).order_by("created_at", "id")[: bundles.MOST + 1])
    if not found:
        return NONE
    together = bundles.all_in(found[0])
    ours, named = {each.number.upper() for each in together}, set(matching.numbers_in(read))
    if {each.number.upper() for each in found} - ours or rows.filter(number__in=named - ours).exists():
        return NONE
    if len(together) == 1 or (len(found) == 1 and named & ours == {found[0].number.upper()}):
        return Thread(found[0])
    mail = bundles.mail_of(found[0])
    carrier = next((each for each in together if mail and each.id == mail.manual_id), found[0])
    return Thread(carrier, tuple(together))


def _is_answerable(manual: ManualRequest | None) -> bool:
    consent = manual.request.consent if manual else None
    return bool(manual and manual.state in ANSWERABLE and consent and consent.state in PASSING_STATES)
