"""What a recipient's pages refuse for another reason than whose something is: a suspended person, nothing there."""

import re
import uuid
from collections.abc import Iterator

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker.audit import log
from broker.inlets import watching
from broker.inlets.sending import Sender
from broker.parties.models import User
from broker.terms import SERVICE
from tests.authz.asking import Asker
from tests.authz.crossing import rows
from tests.authz.paths import Place

MOST = 20  # more than anybody is let off with
NOTHING = "/recipient/there-is-no-such-page/"
_CHANGING = re.compile(rb'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"')


def passed_over(asker: Asker) -> Iterator[str]:
    """Ask for what is not there, as oneself; then for everything, suspended."""
    pages = [place for place, row in rows("recipient") if row.method == "GET" and row.cells["analyst"] == "ok"]
    yield from _not_there(asker, {place.name: place for place in pages})
    yield from _suspended(asker, pages)


def _not_there(asker: Asker, pages: dict[str, Place]) -> Iterator[str]:
    """A request that nobody has, and a picture that a request has not, are pages that there are not."""
    some = next(iter(pages.values()))
    assert asker.ask(some, "GET", "analyst", path=NOTHING) == "none"
    nothing = _body(asker)
    own, nobodys = asker.shared.own["request"], str(uuid.UUID(int=5))
    for name in ("recipient-data", "recipient-readings", "recipient-bills", "recipient-file"):
        path = pages[name].path(asker.shared.own).replace(own, nobodys)
        asker.ask(pages[name], "GET", "analyst", path=path)
        yield "" if _body(asker) == nothing else f"{path} is another page than one that is not there"
    for picture in ((1, "there-is-none", "svg"), (1, "months", "exe"), (99, "months", "svg")):
        path = reverse("recipient-picture", args=(own, *picture))
        came = asker.ask(pages["recipient-picture"], "GET", "analyst", path=path)
        yield "" if came == "none" else f"{path}: {came}, and there is no such picture"


def _body(asker: Asker) -> bytes:
    return _CHANGING.sub(b"", asker.body)


def _suspended(asker: Asker, pages: list[Place]) -> Iterator[str]:
    """A person who sent logins again and again sees no page any more until an officer looked."""
    asker.restore()
    person = User.objects.get(username="ana")
    with transaction.atomic():
        ref = log.append("gate.refused", actor=SERVICE("tests"), subject=None, body={}, res="denied")
        for _ in range(MOST):
            watching.sent(Sender(person=person), ref=ref, now=timezone.now())
    assert watching.is_suspended(person=person)
    for place in pages:
        came = asker.ask(place, "GET", "analyst")
        yield "" if came == "403" else f"{place.name} by somebody who is suspended: {came}"
    asker.restore()
